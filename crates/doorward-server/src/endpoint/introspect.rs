//! Token introspection (RFC 7662).

use axum::response::Response;
use doorward_core::introspect;
use doorward_core::refusal::Refusal;
use doorward_dialect::{read_introspect, write_claims};

use super::verify::claims_of;
use super::{Told, failed, find, keep, token_endpoint};
use crate::app::App;
use crate::reply::wire;
use crate::router::Incoming;
use crate::shell::Failure;

pub(super) async fn answer(app: &App, incoming: &Incoming) -> Response {
    match ask(app, incoming).await {
        Ok(response) => response,
        Err(failure) => failed(app, incoming, failure, Told { origin: None, ..Told::of(incoming) }),
    }
}

async fn ask(app: &App, incoming: &Incoming) -> Result<Response, Failure<Refusal>> {
    let mut request = read_introspect(&incoming.parts.headers, &incoming.body)
        .map_err(|reason| Failure::Refused(Refusal::new(reason)))?;
    let now = incoming.visit.now;
    let found = find(app, &incoming.route, now).await?;
    let at = found.at();
    request.client.token_endpoint = Some(token_endpoint(app, &incoming.route));
    let verified = claims_of(app, &found.authority.tenant, request.token.as_ref(), now).await?;
    let done = app
        .run_asking(
            (found.authority.tenant.id, now),
            |facts, env| introspect::needs(&at, &request, verified.as_ref(), facts, env),
            |facts, env| introspect::asks(&at, &request, facts, env),
            |facts, env| introspect::decide(&at, &request, verified.as_ref(), facts, env),
        )
        .await?;
    keep(app, incoming, done.trail);
    Ok(wire(write_claims(incoming.route.endpoint, &done.reply, &done.tokens)))
}

//! The token endpoint (RFC 6749 §3.2).

use axum::response::Response;
use doorward_core::grants;
use doorward_core::refusal::Refusal;
use doorward_dialect::{read_token, write_token};

use super::{Told, failed, find, keep, token_endpoint};
use crate::app::App;
use crate::reply::wire;
use crate::router::Incoming;
use crate::shell::Failure;

pub(super) async fn answer(app: &App, incoming: &Incoming) -> Response {
    let correlation = correlation(incoming);
    let told = Told { correlation: correlation.as_deref(), ..Told::of(incoming) };
    match exchange(app, incoming).await {
        Ok(response) => response,
        Err(failure) => failed(app, incoming, failure, told),
    }
}

async fn exchange(app: &App, incoming: &Incoming) -> Result<Response, Failure<Refusal>> {
    let mut request = read_token(&incoming.parts.headers, &incoming.body)
        .map_err(|reason| Failure::Refused(Refusal::new(reason)))?;
    let now = incoming.visit.now;
    let found = find(app, &incoming.route, now).await?;
    let at = found.at();
    request.client.token_endpoint = Some(token_endpoint(app, &incoming.route));
    let done = app
        .run_asking(
            (found.authority.tenant.id, now),
            |facts, env| grants::needs(&at, &request, facts, env),
            |facts, env| grants::asks(&at, &request, facts, env),
            |facts, env| grants::decide(&at, &request, facts, env),
        )
        .await?;
    keep(app, incoming, done.trail);
    Ok(wire(write_token(found.dialect, &done.reply, &done.tokens)))
}

/// The client's own id of the request: from the query or the header; the form has been read by then or is unreadable.
pub(super) fn correlation(incoming: &Incoming) -> Option<String> {
    let query = incoming.parts.uri.query().unwrap_or_default();
    let params = doorward_dialect::Params::query(query).unwrap_or_default();
    let form = doorward_dialect::read_form(&incoming.parts.headers, &incoming.body).unwrap_or_default();
    let of = |params| doorward_dialect::correlation_id(&incoming.parts.headers, params);
    of(&params).or_else(|| of(&form)).map(|id| id.to_string())
}

//! Token revocation (RFC 7009).

use axum::body::Body;
use axum::response::Response;
use doorward_core::refusal::Refusal;
use doorward_core::revoke::{self, Shown};
use doorward_dialect::read_revoke;
use http::HeaderValue;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, VARY};

use super::verify::{Presented, presented};
use super::{Told, failed, find, keep, token_endpoint};
use crate::app::App;
use crate::router::Incoming;
use crate::shell::Failure;

pub(super) async fn answer(app: &App, incoming: &Incoming) -> Response {
    match end(app, incoming).await {
        Ok(response) => response,
        Err(failure) => failed(app, incoming, failure, Told::of(incoming)),
    }
}

async fn end(app: &App, incoming: &Incoming) -> Result<Response, Failure<Refusal>> {
    let mut request = read_revoke(&incoming.parts.headers, &incoming.body)
        .map_err(|reason| Failure::Refused(Refusal::new(reason)))?;
    let now = incoming.visit.now;
    let found = find(app, &incoming.route, now).await?;
    let at = found.at();
    request.client.token_endpoint = Some(token_endpoint(app, &incoming.route));
    let presented = presented(app, &found.authority.tenant, request.token.as_ref(), now).await?;
    let shown = match &presented {
        Presented::Access(claims) => Shown::Access(claims),
        Presented::Id => Shown::Id,
        Presented::Other => Shown::Other,
    };
    let done = app
        .run_asking(
            (found.authority.tenant.id, now),
            |facts, env| revoke::needs(&at, &request, shown, facts, env),
            |facts, env| revoke::asks(&at, &request, facts, env),
            |facts, env| revoke::decide(&at, &request, shown, facts, env),
        )
        .await?;
    keep(app, incoming, done.trail);
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(origin) = Told::of(incoming).origin.and_then(|origin| HeaderValue::from_str(origin).ok()) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
    Ok(response)
}

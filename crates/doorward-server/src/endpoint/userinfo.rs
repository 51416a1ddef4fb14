//! The userinfo endpoint (OpenID Connect Core §5.3).

use axum::response::Response;
use doorward_core::refusal::Refusal;
use doorward_core::userinfo::{self, UserinfoRefusal};
use doorward_dialect::{Challenge, read_userinfo, write_challenge, write_claims};
use doorward_token::{Explain, Trail};

use super::verify::access_token;
use super::{Told, failed, find, keep};
use crate::app::App;
use crate::reply::wire;
use crate::router::Incoming;
use crate::shell::Failure;
use crate::trace::Trace;

pub(super) async fn answer(app: &App, incoming: &Incoming) -> Response {
    match ask(app, incoming).await {
        Ok(response) => response,
        Err(failure) => failed(app, incoming, failure, Told::of(incoming)),
    }
}

async fn ask(app: &App, incoming: &Incoming) -> Result<Response, Failure<Refusal>> {
    let query = incoming.parts.uri.query().unwrap_or_default();
    let token = read_userinfo(&incoming.parts.headers, query, &incoming.body)
        .map_err(|reason| Failure::Refused(Refusal::new(reason)))?;
    let now = incoming.visit.now;
    let found = find(app, &incoming.route, now).await?;
    let Some(token) = token else { return Ok(challenge(app, incoming, Challenge::NoToken, Trail::new())) };
    let report = access_token(app, &found.authority.tenant, &token, now).await?;
    let verified = match report.verified() {
        Ok(claims) => claims,
        Err(why) => return Ok(challenge(app, incoming, Challenge::Token(why), report.trail.clone())),
    };
    let at = found.at();
    let done = app
        .run(
            (found.authority.tenant.id, now),
            |facts, _| userinfo::needs(&at, verified, facts),
            |facts, env| userinfo::decide(&at, verified, facts, env),
        )
        .await;
    match done {
        Ok(done) => {
            keep(app, incoming, done.trail);
            Ok(wire(write_claims(incoming.route.endpoint, &done.reply, &done.tokens)))
        }
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused((why, trail))) => {
            let what = match &why {
                UserinfoRefusal::NoOpenId { .. } => Challenge::Scope { why: &why, needed: "openid" },
                UserinfoRefusal::OtherAudience { .. } | UserinfoRefusal::Revoked => Challenge::Token(&why),
            };
            Ok(challenge(app, incoming, what, trail))
        }
    }
}

fn challenge(app: &App, incoming: &Incoming, what: Challenge<'_>, checks: Trail) -> Response {
    let visit = &incoming.visit;
    let why: Option<&dyn Explain> = match what {
        Challenge::NoToken => None,
        Challenge::Scope { why, .. } | Challenge::Token(why) => Some(why),
    };
    app.ports().traces.keep(match why {
        Some(why) => Trace::of_reason((&visit.trace, visit.now, "userinfo"), why, checks),
        None => Trace::of_success(&visit.trace, visit.now, "userinfo", checks),
    });
    wire(write_challenge(incoming.route.dialect, what, &visit.context(app)))
}

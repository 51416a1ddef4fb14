//! The end-session endpoint (OpenID Connect RP-Initiated Logout 1.0).

use axum::response::Response;
use doorward_core::logout::LogoutReply;
use doorward_core::refusal::Refusal;
use doorward_dialect::{Params, read_form, read_logout};
use http::Method;

use super::{find, keep};
use crate::app::App;
use crate::flow::{self, LogoutState, Posted};
use crate::reply::{ErrorExtras, fault_page, refusal_page};
use crate::router::Incoming;
use crate::shell::Failure;

pub(super) async fn answer(app: &App, incoming: &Incoming) -> Response {
    match end(app, incoming).await {
        Ok(response) => response,
        Err(Failure::Fault(fault)) => fault_page(app, &incoming.visit, &fault),
        Err(Failure::Refused(refusal)) => {
            refusal_page(app, &incoming.visit, &refusal, ErrorExtras::at(&incoming.route))
        }
    }
}

async fn end(app: &App, incoming: &Incoming) -> Result<Response, Failure<Refusal>> {
    let visit = &incoming.visit;
    let query = incoming.parts.uri.query().unwrap_or_default();
    let mut params = Params::query(query).map_err(Refusal::new)?;
    if incoming.parts.method == Method::POST {
        let form = read_form(&incoming.parts.headers, &incoming.body).map_err(Refusal::new)?;
        params = params.and(form).map_err(Refusal::new)?;
    }
    let request = read_logout(&params);
    let found = find(app, &incoming.route, visit.now).await?;
    let (done, view) =
        flow::leave(app, visit, (&found, &incoming.parts.headers), &request, Posted::No).await?;
    keep(app, incoming, done.trail);
    match done.reply {
        LogoutReply::Confirm => {
            let waiting = LogoutState {
                path: incoming.parts.uri.path().to_owned(),
                query: flow::door_of(&incoming.parts.uri).to_owned(),
                request,
            };
            Ok(flow::confirm(app, visit, (&found, &incoming.parts.headers), &waiting).await?)
        }
        done @ LogoutReply::Done { .. } => {
            Ok(flow::ended(app, visit, (&found, &view), done, Posted::No).await?)
        }
    }
}

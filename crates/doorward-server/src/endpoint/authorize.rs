//! The authorization endpoint: from a request to a code, a page, or an error at the right place.
//!
//! Shared with the pages in [`crate::flow`]: after each of them the same decision is asked again, with more to go on.

use axum::response::Response;
use doorward_core::authorize::{
    self, Asking, AuthorizeFailure, AuthorizeReply, AuthorizeRequest, CodeReply, Interaction, PendingSession,
    ReturnAddress, SessionView, Step,
};
use doorward_core::change::{Change, Conflict, GuessChange, SessionChange};
use doorward_core::decision::Decision;
use doorward_core::model::{ClientId, Digest, Instant, Secret};
use doorward_core::needs::Need;
use doorward_core::refusal::{Refusal, RequestRefusal};
use doorward_dialect::{
    Params, authorize_error_params, authorize_fault_params, authorize_success_params, read_authorize,
    read_form, redirect_location,
};
use doorward_store::CommitError;
use doorward_token::ClaimSet;
use http::{Method, StatusCode};

use super::{Found, find};
use crate::app::App;
use crate::cookie;
use crate::endpoint::verify::id_token_hint;
use crate::flow::{self, FlowState};
use crate::pages::{AppCard, ContinuePage, FormPostPage, Href, Page, ResponseField};
use crate::reply::{ErrorExtras, Visit, fault_page, nonce, page, redirect, refusal_page, report};
use crate::router::Incoming;
use crate::shell::{Failure, Fault, SESSION_ROUNDS};
use crate::trace::Trace;

/// An authorization request with all that the browser and the pages brought.
pub(crate) struct Asked {
    pub(crate) found: Found,
    pub(crate) request: AuthorizeRequest,
    pub(crate) interaction: Interaction,
    /// The session cookie's value.
    pub(crate) cookie: Option<Secret>,
    /// A session that a sign-in of this request creates.
    pub(crate) pending: Option<PendingSession>,
    /// What becomes true with the sign-in.
    pub(crate) changes: Vec<Change>,
    /// Marks the flow as used up, with the code.
    pub(crate) spend: Option<GuessChange>,
}

/// What came of it.
pub(crate) enum Outcome {
    Code(CodeReply),
    Failed(Box<AuthorizeFailure>),
    Step(Step),
    /// The flow gave its code before.
    Spent,
}

pub(super) async fn answer(app: &App, incoming: &Incoming) -> Response {
    let visit = &incoming.visit;
    let found = match find(app, &incoming.route, visit.now).await {
        Ok(found) => found,
        Err(Failure::Fault(fault)) => return fault_page(app, visit, &fault),
        Err(Failure::Refused(refusal)) => {
            return refusal_page(app, visit, &refusal, ErrorExtras::at(&incoming.route));
        }
    };
    let extras = || ErrorExtras {
        organisation: Some(found.authority.tenant.display_name.clone()),
        ..ErrorExtras::at(&incoming.route)
    };
    let params = match params(incoming) {
        Ok(params) => params,
        Err(reason @ RequestRefusal::Repeated { .. }) => return repeated(app, incoming, found, reason).await,
        Err(reason) => return refusal_page(app, visit, &Refusal::new(reason), extras()),
    };
    let asked = Asked {
        request: read_authorize(found.dialect, &params),
        found,
        interaction: Interaction::default(),
        cookie: cookie::session(&incoming.parts.headers),
        pending: None,
        changes: Vec::new(),
        spend: None,
    };
    match ask(app, &asked, visit).await {
        Err(fault) => failed(app, (&asked, visit), &fault).await,
        Ok(outcome) => {
            let state = FlowState::begin(&incoming.parts.uri, &asked.request, visit.now);
            let via = Via { posted: false, flow_cookie: cookie::flow(&incoming.parts.headers) };
            deliver(app, (&asked, visit), outcome, state, via).await
        }
    }
}

/// A fault is told to the client where its return address can still be proven, from the cache if need be.
async fn failed(app: &App, (asked, visit): (&Asked, &Visit), fault: &Fault) -> Response {
    match return_address(app, asked, visit.now).await {
        Ok(Some(to)) => {
            let told = report(visit, fault);
            let params = authorize_fault_params(asked.found.dialect, told, &to, &visit.context(app));
            send(app, (asked, visit), &to, params, &Via { posted: false, flow_cookie: None }).await
        }
        Ok(None) | Err(_) => fault_page(app, visit, fault),
    }
}

/// A parameter that occurs twice is told to the client, if client and redirect URI occur once and are in order.
async fn repeated(app: &App, incoming: &Incoming, found: Found, reason: RequestRefusal) -> Response {
    let visit = &incoming.visit;
    let refusal = Refusal::new(reason);
    let organisation = Some(found.authority.tenant.display_name.clone());
    let query = incoming.parts.uri.query().unwrap_or_default();
    let form = if incoming.parts.method == Method::POST { incoming.body.as_slice() } else { &[] };
    let request = Params::that_occur_once(query, form).map(|params| read_authorize(found.dialect, &params));
    let asked = Asked {
        request: request.unwrap_or_default(),
        found,
        interaction: Interaction::default(),
        cookie: None,
        pending: None,
        changes: Vec::new(),
        spend: None,
    };
    match return_address(app, &asked, visit.now).await {
        Err(fault) => fault_page(app, visit, &fault),
        Ok(None) => refusal_page(
            app,
            visit,
            &refusal,
            ErrorExtras { organisation, ..ErrorExtras::at(&incoming.route) },
        ),
        Ok(Some(to)) => {
            app.ports().traces.keep(Trace::of_refusal(&visit.trace, visit.now, "authorize", &refusal));
            let params = authorize_error_params(asked.found.dialect, &refusal, &to, &visit.context(app));
            let via = Via { posted: false, flow_cookie: None };
            send(app, (&asked, visit), &to, params, &via).await
        }
    }
}

/// Where the answer to a request may go, if client and redirect URI are in order.
pub(crate) async fn return_address(
    app: &App,
    asked: &Asked,
    now: Instant,
) -> Result<Option<ReturnAddress>, Fault> {
    let interaction = Interaction::default();
    let session = SessionView::default();
    let asking = Asking {
        at: asked.found.at(),
        request: &asked.request,
        interaction: &interaction,
        session: &session,
        hint: None,
    };
    let facts = app.load(now, |facts, _| authorize::needs(&asking, facts)).await?;
    Ok(authorize::return_address(&asking, &facts))
}

/// Parameters of the query, and of the form where one was posted.
fn params(incoming: &Incoming) -> Result<Params, RequestRefusal> {
    let query = Params::query(incoming.parts.uri.query().unwrap_or_default())?;
    if incoming.parts.method == Method::POST {
        return query.and(read_form(&incoming.parts.headers, &incoming.body)?);
    }
    Ok(query)
}

/// Asks the core, and makes true what it decides. A session that changed meanwhile is read again.
pub(crate) async fn ask(app: &App, asked: &Asked, visit: &Visit) -> Result<Outcome, Fault> {
    let authority = &asked.found.authority;
    let hint = id_token_hint(app, authority, asked.request.id_token_hint.as_deref(), visit.now).await?;
    let mut last = Fault::Conflict(Conflict::Changed);
    for _ in 0..SESSION_ROUNDS {
        let view =
            SessionView { stored: stored(app, asked, visit.now).await?, pending: asked.pending.clone() };
        match once(app, asked, visit, (&view, hint.as_ref())).await {
            Err(Failure::Fault(Fault::Conflict(Conflict::Exists))) if asked.spend.is_some() => {
                keep_sign_in(app, asked).await?;
                return Ok(Outcome::Spent);
            }
            Err(Failure::Fault(Fault::Conflict(conflict))) => last = Fault::Conflict(conflict),
            Err(Failure::Fault(fault)) => return Err(fault),
            Err(Failure::Refused(failure)) => {
                let trace = Trace::of_refusal(&visit.trace, visit.now, "authorize", &failure.refusal);
                app.ports().traces.keep(trace);
                keep_sign_in(app, asked).await?;
                return Ok(Outcome::Failed(failure));
            }
            Ok(outcome) => return Ok(outcome),
        }
    }
    Err(last)
}

async fn once(
    app: &App,
    asked: &Asked,
    visit: &Visit,
    (view, hint): (&SessionView, Option<&ClaimSet>),
) -> Result<Outcome, Failure<Box<AuthorizeFailure>>> {
    let asking = Asking {
        at: asked.found.at(),
        request: &asked.request,
        interaction: &asked.interaction,
        session: view,
        hint,
    };
    let done = app
        .run_once(
            (asked.found.authority.tenant.id, visit.now),
            |facts, _| authorize::needs(&asking, facts),
            |facts, env| authorize::decide(&asking, facts, env).map(|decision| complete(asked, decision)),
        )
        .await?;
    app.ports().traces.keep(Trace::of_success(&visit.trace, visit.now, "authorize", done.trail));
    Ok(match done.reply {
        AuthorizeReply::Code(reply) => Outcome::Code(reply),
        AuthorizeReply::Step(step) => Outcome::Step(step),
    })
}

/// Adds what the sign-in makes true: with the code in one transaction, or on its own before the next page.
fn complete(asked: &Asked, mut decision: Decision<AuthorizeReply>) -> Decision<AuthorizeReply> {
    let mut changes = asked.changes.clone();
    match &decision.reply {
        AuthorizeReply::Code(_) => changes.extend(asked.spend.clone().map(Change::from)),
        AuthorizeReply::Step(_) => {
            changes.extend(asked.pending.as_ref().map(|pending| {
                SessionChange::Put { session: pending.session.clone(), replaces: pending.replaces }.into()
            }));
        }
    }
    changes.append(&mut decision.changes);
    Decision { changes, ..decision }
}

/// A sign-in that succeeded stays, also when the application gets no code.
async fn keep_sign_in(app: &App, asked: &Asked) -> Result<(), Fault> {
    let Some(pending) = &asked.pending else { return Ok(()) };
    let mut changes = asked.changes.clone();
    changes.push(SessionChange::Put { session: pending.session.clone(), replaces: pending.replaces }.into());
    match app.commit(changes).await {
        Ok(()) => Ok(()),
        Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict)),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

/// The session that the cookie stands for, unless it has ended.
async fn stored(
    app: &App,
    asked: &Asked,
    now: Instant,
) -> Result<Option<doorward_core::model::BrowserSession>, Fault> {
    session_of(app, asked.cookie.as_ref(), now).await
}

/// The session that a cookie stands for, unless it has ended.
pub(crate) async fn session_of(
    app: &App,
    cookie: Option<&Secret>,
    now: Instant,
) -> Result<Option<doorward_core::model::BrowserSession>, Fault> {
    let Some(cookie) = cookie else { return Ok(None) };
    let digest: Digest = app.vault().digest(cookie.expose().as_bytes());
    let facts = app.load(now, |_, _| vec![Need::Session(digest)]).await?;
    Ok(facts.session(digest).filter(|session| !session.expiry.has_passed(now)).cloned())
}

/// How the answer leaves: a posted form is answered by a page of ours that navigates on (Settled 20).
pub(crate) struct Via {
    pub(crate) posted: bool,
    pub(crate) flow_cookie: Option<String>,
}

/// Answers the browser.
pub(crate) async fn deliver(
    app: &App,
    (asked, visit): (&Asked, &Visit),
    outcome: Outcome,
    state: FlowState,
    via: Via,
) -> Response {
    let dialect = asked.found.dialect;
    match outcome {
        Outcome::Code(reply) => {
            let params = authorize_success_params(dialect, &reply);
            send(app, (asked, visit), &reply.to, params, &via).await
        }
        Outcome::Failed(failure) => {
            if let Some(to) = &failure.to {
                let params = authorize_error_params(dialect, &failure.refusal, to, &visit.context(app));
                send(app, (asked, visit), to, params, &via).await
            } else {
                let organisation = Some(asked.found.authority.tenant.display_name.clone());
                refusal_page(
                    app,
                    visit,
                    &failure.refusal,
                    ErrorExtras { organisation, dialect: Some(dialect), ..ErrorExtras::default() },
                )
            }
        }
        Outcome::Spent => flow::spent(app, visit, asked, &state),
        Outcome::Step(step) => flow::send_to(app, visit, &step, state, via),
    }
}

/// Sends the parameters to the client: by redirect, by a page that navigates on, or by a form that posts itself.
pub(crate) async fn send(
    app: &App,
    (asked, visit): (&Asked, &Visit),
    to: &ReturnAddress,
    params: Vec<(&'static str, String)>,
    via: &Via,
) -> Response {
    let location = redirect_location(to, &params);
    if let (Some(location), false) = (&location, via.posted) {
        return redirect(location);
    }
    let Ok(target) = Href::parse(location.as_deref().unwrap_or(&to.redirect_uri)) else {
        // A private scheme of a native application: no page can name it, the browser can follow it.
        return redirect(location.as_deref().unwrap_or(&to.redirect_uri));
    };
    let frame = visit.frame(app, Some(&asked.found.authority.tenant.display_name));
    let card = card(app, asked, visit.now).await;
    let nonce = nonce();
    let answer = if location.is_some() {
        Page::Continue(ContinuePage { frame, target, app: card, nonce })
    } else {
        let fields =
            params.into_iter().map(|(name, value)| ResponseField { name: name.to_owned(), value }).collect();
        Page::FormPost(FormPostPage { frame, target, fields, app: card, nonce })
    };
    page(app, &answer, StatusCode::OK)
}

/// The application as pages show it.
pub(crate) async fn card(app: &App, asked: &Asked, now: Instant) -> Option<AppCard> {
    let tenant = asked.found.authority.tenant.id;
    let id = ClientId::parse(asked.request.client_id.as_deref()?).ok()?;
    let facts = app.load(now, |_, _| vec![Need::Client(tenant, id.clone())]).await.ok()?;
    facts.client(tenant, &id).map(|client| AppCard { name: client.name.clone(), back: None })
}

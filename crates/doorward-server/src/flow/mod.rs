//! The pages of a sign-in: each shows one step, reads one form, and asks the authorization decision again.
//!
//! Owns the sealed flow state, its binding to the browser, and the posted forms. Does not own any rule (the core
//! decides which step is next) nor any markup (`pages`).

mod by_code;
mod consent;
mod enrol;
mod factor;
mod invitation;
mod mail_link;
mod picker;
mod reset;
mod show;
mod sign_in;
mod sign_out;
mod sign_up;
mod state;
mod verify;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use doorward_core::authorize::{Interaction, SessionView, Step};
use doorward_core::refusal::{AuthorizeRefusal, FactorRefusal, JourneyRefusal, Refusal, RequestRefusal};
use doorward_dialect::{FORM_LIMIT, Params, authorize_error_params, read_form, route};
use http::request::Parts;
use http::{HeaderMap, Method, Request};

pub(crate) use factor::problem as factor_problem;
pub(crate) use sign_in::problem;
pub(crate) use sign_out::{LogoutState, Posted, confirm, ended, leave};
pub(crate) use state::{FlowState, door_of};

use crate::app::App;
use crate::body;
use crate::cookie;
use crate::endpoint::{Asked, Outcome, Via, ask, deliver, find, return_address, send, session_of};
use crate::events::scribe;
use crate::reply::{ErrorExtras, Visit, fault_page, finish, redirect, refusal_page};
use crate::shell::{Failure, Fault};
use crate::trace::Trace;

/// The longest sealed flow that our own forms can post again, beside what is typed.
const LONGEST_FLOW: usize = FORM_LIMIT - 8 * 1024;
/// What may be sent of an authorization request that needs pages: sealed, it is a third longer.
const LONGEST_REQUEST: usize = 32 * 1024;

/// A step on a page: the flow as it stands, and how the answer leaves.
pub(crate) struct OnPage<'a> {
    pub(crate) app: &'a App,
    pub(crate) visit: &'a Visit,
    pub(crate) asked: Asked,
    pub(crate) state: FlowState,
    pub(crate) via: Via,
}

/// What a step ends in: an answer, or a refusal that becomes a page.
type Stepped = Result<Response, Failure<Refusal>>;

/// Every page of a flow, shown and posted.
pub(crate) async fn handle(
    State(app): State<App>,
    Path(page): Path<String>,
    request: Request<Body>,
) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let answer = match body::read(body, FORM_LIMIT).await {
        Err(reason) => Err(Refusal::new(reason).into()),
        Ok(body) => Box::pin(step(&app, &visit, &page, (&parts, &body))).await,
    };
    let answer = match answer {
        Ok(response) => response,
        Err(Failure::Fault(fault)) => fault_page(&app, &visit, &fault),
        Err(Failure::Refused(refusal)) => refusal_page(&app, &visit, &refusal, ErrorExtras::default()),
    };
    finish(answer, &visit)
}

impl From<Refusal> for Failure<Refusal> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<FactorRefusal> for Failure<Refusal> {
    fn from(reason: FactorRefusal) -> Self {
        Self::Refused(reason.into())
    }
}

impl From<JourneyRefusal> for Failure<Refusal> {
    fn from(reason: JourneyRefusal) -> Self {
        Self::Refused(reason.into())
    }
}

async fn step(app: &App, visit: &Visit, page: &str, (parts, body): (&Parts, &[u8])) -> Stepped {
    let unknown = || {
        Refusal::new(RequestRefusal::UnknownPath {
            path: doorward_core::refusal::quote(parts.uri.path(), 100),
        })
    };
    let params = match parts.method {
        Method::GET | Method::HEAD => {
            // The sealed flow holds a whole request, and so is longer than one may be.
            Params::form(parts.uri.query().unwrap_or_default().as_bytes()).map_err(Refusal::new)?
        }
        Method::POST => {
            same_origin(app, &parts.headers)?;
            read_form(&parts.headers, body).map_err(Refusal::new)?
        }
        _ => {
            let method = doorward_core::refusal::quote(parts.method.as_str(), 20);
            return Err(
                Refusal::new(RequestRefusal::MethodNotAllowed { method, allowed: "GET, POST" }).into()
            );
        }
    };
    let posted = parts.method == Method::POST;
    if page == "sign-out" && posted {
        return sign_out::post(app, visit, &parts.headers, &params).await;
    }
    if page == "invitation" {
        return if posted {
            invitation::post(app, visit, &params).await
        } else {
            invitation::show(app, visit, &params).await
        };
    }
    if page == "mail" && !posted {
        return mail_link::show(app, visit, &parts.headers, &params).await;
    }
    let at = open(app, visit, &parts.headers, &params, posted).await?;
    match (page, posted) {
        ("sign-in", true) => sign_in::post(at, &params).await,
        ("sign-up", false) => sign_up::show(at).await,
        ("sign-up", true) => sign_up::post(at, &params).await,
        ("sign-up-code", false) => verify::show_code(&at, String::new()).await,
        ("sign-up-code", true) => verify::post_code(at, &params).await,
        ("sign-up-resend", true) => verify::resend(at).await,
        ("forgot", false) => reset::show(at).await,
        ("forgot", true) => reset::post(at, &params).await,
        ("reset", false) => reset::show_code(&at, String::new()).await,
        ("reset", true) => reset::post_code(at, &params).await,
        ("reset-resend", true) => reset::resend(at).await,
        ("consent", true) => consent::post(at, &params).await,
        ("enrol-factor", true) => enrol::choose(at, &params).await,
        ("enrol-email", false) => enrol::show_email(at).await,
        ("enrol-email", true) => enrol::post_email(at, &params).await,
        ("enrol-mail", true) => enrol::mail(at).await,
        ("enrol-totp", false) => enrol::show_totp(at).await,
        ("enrol-totp", true) => enrol::post_totp(at, &params).await,
        ("factor-mail", true) => factor::mail(at).await,
        ("factor-ways", false) => factor::ways(at).await,
        ("factor-ways", true) => factor::choose(at, &params).await,
        ("second-factor", true) => factor::post(at, &params).await,
        ("choose-account", true) => picker::post(at, &params).await,
        ("cancel", false) => cancel(at).await,
        ("other-account", false) => other_account(at).await,
        ("sign-in" | "consent" | "choose-account" | "approval" | "enrol-factor" | "second-factor", false) => {
            proceed(at).await
        }
        _ => Err(unknown().into()),
    }
}

/// Opens the flow that the form or the address carries, in the browser in which it began.
async fn open<'a>(
    app: &'a App,
    visit: &'a Visit,
    headers: &HeaderMap,
    params: &Params,
    posted: bool,
) -> Result<OnPage<'a>, Failure<Refusal>> {
    let flow_cookie = cookie::flow(headers).ok_or(JourneyRefusal::ForeignBrowser)?;
    let sealed = params
        .value("flow")
        .ok_or_else(|| Refusal::new(RequestRefusal::MissingParameter { name: "flow" }))?;
    let state = FlowState::open(app, sealed, &flow_cookie, visit.now)?;
    let route = route(&state.path, &state.query).map_err(Refusal::new)?;
    let found = find(app, &route, visit.now).await?;
    let asked = Asked {
        found,
        request: state.request.clone(),
        interaction: state.interaction.clone(),
        cookie: cookie::session(headers),
        pending: None,
        changes: Vec::new(),
        spend: Some(state.spend(app)),
    };
    Ok(OnPage { app, visit, asked, state, via: Via { posted, flow_cookie: Some(flow_cookie) } })
}

/// A posted form must come from a page of ours: the sealed flow in it is bound to this browser, and the browser itself
/// must not say otherwise.
pub(crate) fn same_origin(app: &App, headers: &HeaderMap) -> Result<(), JourneyRefusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let foreign_site = text("sec-fetch-site").is_some_and(|site| site != "same-origin");
    // Our pages send no referrer, and by the Fetch standard a browser then names the origin `null`.
    let foreign_origin =
        text("origin").is_some_and(|origin| origin != "null" && origin != app.settings().base_url);
    if foreign_site || foreign_origin {
        return Err(JourneyRefusal::ForeignBrowser);
    }
    Ok(())
}

/// Asks the decision again, and shows the step that it names or delivers the answer.
pub(crate) async fn proceed(at: OnPage<'_>) -> Stepped {
    let outcome = ask(at.app, &at.asked, at.visit).await?;
    match outcome {
        Outcome::Step(step) if !at.via.posted => show::step(&at, step).await,
        other => {
            let OnPage { app, visit, asked, state, via } = at;
            Ok(deliver(app, (&asked, visit), other, state, via).await)
        }
    }
}

/// Sends the browser to the page of a step.
pub(crate) fn send_to(app: &App, visit: &Visit, step: &Step, mut state: FlowState, via: Via) -> Response {
    let page = match step {
        Step::ChooseAccount { .. } => "choose-account",
        Step::Consent(_) => "consent",
        Step::EnrolFactor(_) => "enrol-factor",
        Step::NeedsAdministrator(_) => "approval",
        Step::SecondFactor(_) => "second-factor",
        Step::SignIn { .. } => "sign-in",
        Step::SignUp => "sign-up",
    };
    state.shown = Vec::new();
    state.reason = match step {
        Step::SignIn { reason, .. } => Some(*reason),
        _ => None,
    };
    let (value, fresh) = match via.flow_cookie {
        Some(value) => (value, false),
        None => (doorward_crypto::random_token(16), true),
    };
    let sealed = state.seal(app, &value);
    if sealed.len() > LONGEST_FLOW {
        let refusal = Refusal::new(RequestRefusal::TooLarge { limit: LONGEST_REQUEST });
        return refusal_page(app, visit, &refusal, ErrorExtras::default());
    }
    let mut response = redirect(&format!("/flow/{page}?flow={sealed}"));
    if fresh {
        cookie::set_flow(response.headers_mut(), &value);
    }
    response
}

/// The person gives up: the application is told.
async fn cancel(at: OnPage<'_>) -> Stepped {
    let to = return_address(at.app, &at.asked, at.visit.now).await?.ok_or(JourneyRefusal::FlowExpired)?;
    let refusal = Refusal::new(AuthorizeRefusal::Cancelled);
    scribe::note(Trace::of_refusal(&at.visit.trace, at.visit.now, "authorize", &refusal));
    let dialect = at.asked.found.dialect;
    let params = authorize_error_params(dialect, &refusal, &to, &at.visit.context(at.app));
    Ok(send(at.app, (&at.asked, at.visit), &to, params, &at.via).await)
}

/// The person wants to sign in with an account that is not offered.
async fn other_account(mut at: OnPage<'_>) -> Stepped {
    at.state.interaction = Interaction { use_another: true, ..Interaction::default() };
    at.asked.interaction = at.state.interaction.clone();
    let outcome = ask(at.app, &at.asked, at.visit).await?;
    let OnPage { app, visit, asked, state, via } = at;
    Ok(deliver(app, (&asked, visit), outcome, state, via).await)
}

/// A flow that gave its code before: going back to it leads nowhere, starting again does.
pub(crate) fn spent(app: &App, visit: &Visit, asked: &Asked, state: &FlowState) -> Response {
    let extras = ErrorExtras {
        organisation: Some(asked.found.authority.tenant.display_name.clone()),
        app: None,
        restart: state.restart(),
        dialect: Some(asked.found.dialect),
    };
    refusal_page(app, visit, &Refusal::new(JourneyRefusal::FlowExpired), extras)
}

/// The accounts that are signed in here, of every tenant.
pub(crate) async fn accounts(
    app: &App,
    headers: &HeaderMap,
    now: doorward_core::model::Instant,
) -> Result<SessionView, Fault> {
    let stored = session_of(app, cookie::session(headers).as_ref(), now).await?;
    Ok(SessionView { stored, pending: None })
}

//! `/account`: people look after their own account, with a session of this browser and nothing else.
//!
//! Owns the addresses, who may come in ([`member`]), and that a form comes from a page of ours in the same browser. Does
//! not own any rule (`doorward_core::journey`), second factors (`factors`) nor markup (`pages`). Whoever is not signed
//! in is sent through an ordinary sign-in of the built-in application (`doorward_core::directory::account_pages`).

mod apps;
mod entrance;
mod factors;
mod member;
mod overview;
mod password;
mod profile;
mod sessions;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use doorward_core::refusal::{FactorRefusal, JourneyRefusal, Reason, Refusal};
use doorward_dialect::{FORM_LIMIT, Params, read_form};
use http::Request;

use crate::app::App;
use crate::body;
use crate::pages::AccountDone;
use crate::reply::{ErrorExtras, Visit, fault_page, finish, redirect, refusal_page};
use crate::shell::Failure;
use member::Member;

/// What a page ends in.
type Answered = Result<Response, Failure<Refusal>>;

/// The pages.
pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/account", get(show))
        .route("/account/sign-in", get(sign_in))
        .route("/account/signed-in", get(signed_in))
        .route("/account/profile", post(change_profile))
        .route("/account/password", get(show_password).post(change_password))
        .route("/account/totp", get(show_totp).post(enrol_totp))
        .route("/account/factors/remove", post(remove_factor))
        .route("/account/recovery-codes", post(new_codes))
        .route("/account/sessions/end", post(end_session))
        .route("/account/sessions/end-others", post(end_others))
        .route("/account/apps/revoke", post(revoke_app))
        .route("/.well-known/change-password", get(well_known))
}

/// One request of a member.
struct Asked<'a> {
    app: &'a App,
    visit: &'a Visit,
    member: &'a Member,
    params: &'a Params,
}

impl Asked<'_> {
    /// Back to the account, which says what was done.
    fn done(&self, what: AccountDone) -> Response {
        redirect(&format!("/account?account={}&done={}", self.member.user.id, what.word()))
    }
}

/// Runs a page for a member; anybody else is led to the sign-in. A posted form must be one of ours.
async fn at(
    app: &App,
    request: Request<Body>,
    page: impl AsyncFnOnce(Asked<'_>) -> Answered + Send,
) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::of(app, &parts);
    let posted = parts.method == http::Method::POST;
    let answer = async {
        let params = if posted {
            crate::flow::same_origin(app, &parts.headers)?;
            let bytes = body::read(body, FORM_LIMIT).await.map_err(Refusal::new)?;
            read_form(&parts.headers, &bytes).map_err(Refusal::new)?
        } else {
            Params::form(parts.uri.query().unwrap_or_default().as_bytes()).map_err(Refusal::new)?
        };
        let wanted = params.value("account").map(str::to_owned);
        let Some(member) = Member::of(app, &parts.headers, wanted.as_deref(), visit.now).await? else {
            return Ok(entrance::show(app, &visit, &params));
        };
        if posted && !member.owns(app, params.value("flow").unwrap_or_default()) {
            return Err(JourneyRefusal::ForeignBrowser.into());
        }
        let asked = Asked { app, visit: &visit, member: &member, params: &params };
        match page(asked).await {
            Err(Failure::Refused(refusal))
                if matches!(refusal.reason, Reason::Factor(FactorRefusal::NeedsFreshSignIn)) =>
            {
                entrance::again(app, &visit, &member).await
            }
            other => other,
        }
    };
    let answer: Answered = answer.await;
    let answer = match answer {
        Ok(response) => response,
        Err(Failure::Fault(fault)) => fault_page(app, &visit, &fault),
        Err(Failure::Refused(refusal)) => refusal_page(app, &visit, &refusal, ErrorExtras::default()),
    };
    finish(answer, &visit)
}

async fn show(State(app): State<App>, request: Request<Body>) -> Response {
    at(&app, request, async |asked| overview::show(&asked, Vec::new()).await).await
}

async fn change_profile(State(app): State<App>, request: Request<Body>) -> Response {
    at(&app, request, async |asked| profile::change(&asked).await).await
}

async fn show_password(State(app): State<App>, request: Request<Body>) -> Response {
    at(&app, request, async |asked| Ok(password::show(&asked, Vec::new()))).await
}

async fn change_password(State(app): State<App>, request: Request<Body>) -> Response {
    at(&app, request, async |asked| password::change(&asked).await).await
}

async fn show_totp(State(app): State<App>, request: Request<Body>) -> Response {
    at(&app, request, async |asked| factors::show(&asked, Vec::new())).await
}

async fn enrol_totp(State(app): State<App>, request: Request<Body>) -> Response {
    at(&app, request, async |asked| factors::enrol(&asked).await).await
}

async fn remove_factor(State(app): State<App>, request: Request<Body>) -> Response {
    at(&app, request, async |asked| factors::remove(&asked).await).await
}

async fn new_codes(State(app): State<App>, request: Request<Body>) -> Response {
    at(&app, request, async |asked| factors::regenerate(&asked).await).await
}

async fn end_session(State(app): State<App>, request: Request<Body>) -> Response {
    at(&app, request, async |asked| sessions::end(&asked).await).await
}

async fn end_others(State(app): State<App>, request: Request<Body>) -> Response {
    at(&app, request, async |asked| sessions::end_others(&asked).await).await
}

async fn revoke_app(State(app): State<App>, request: Request<Body>) -> Response {
    at(&app, request, async |asked| apps::revoke(&asked).await).await
}

/// Where password managers look (W3C, A Well-Known URL for Changing Passwords).
async fn well_known(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    finish(redirect("/account/password"), &Visit::of(&app, &parts))
}

async fn sign_in(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let params = Params::form(parts.uri.query().unwrap_or_default().as_bytes());
    let answer = match params {
        Ok(params) => entrance::sign_in(&app, &visit, &params).await,
        Err(reason) => Err(Refusal::new(reason).into()),
    };
    let answer = match answer {
        Ok(response) => response,
        Err(Failure::Fault(fault)) => fault_page(&app, &visit, &fault),
        Err(Failure::Refused(refusal)) => refusal_page(&app, &visit, &refusal, ErrorExtras::default()),
    };
    finish(answer, &visit)
}

/// A sign-in came back. Its code is of no use to anybody, the session is what counts.
async fn signed_in(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    finish(redirect("/account"), &Visit::of(&app, &parts))
}

//! The demo's web app: a server-side relying party, as a customer would build it, on an origin of its own.
//!
//! Owns its routes, sessions and pages. Knows the server by its addresses and its registration alone: everything it learns
//! comes over HTTP. It works without JavaScript; forms carry a token, a sign-in has a random state, nonce and verifier.
//!
//! | route | does |
//! |---|---|
//! | `GET /` | the page |
//! | `GET /signin?way=flow\|tenant&write=1` | begins a sign-in |
//! | `GET /redirect` | completes it |
//! | `POST /call/{health,notes,add,delete}` | calls the API |
//! | `POST /renew` | renews the tokens without the person |
//! | `POST /signout` | ends this session and the server's |

mod calls;
mod client;
mod fault;
mod pages;
mod session;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, Query, Request, State};
use axum::http::header::{HOST, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use doorward_server::{Clock as _, SystemClock};
use serde::Deserialize;

use self::calls::{Call, Sent};
use self::client::{Callback, Client};
use self::fault::SignInFault;
use self::pages::{Home, Trouble, Way};
use self::session::{Sessions, Visit};
use super::cast;
use super::daemon::LastRun;
use super::doors::Addresses;
use super::look::{self, Look};

pub(super) use self::client::Registration;

/// An access token that ends sooner is renewed before it is used.
const MARGIN_SECS: i64 = 60;
/// The way that is taken unless another one is named.
const FLOW: &str = "flow";
/// The other one.
const TENANT: &str = "tenant";

/// The app's parts.
pub(super) struct WebApp {
    at: Addresses,
    port: u16,
    http: reqwest::Client,
    flow: Client,
    tenant: Client,
    sessions: Sessions,
    look: Arc<Look>,
    daemon: Arc<LastRun>,
}

type App = State<Arc<WebApp>>;

impl WebApp {
    /// The app on that port, a client of the user flow and of the tenant.
    pub(super) fn new(
        (at, port): (&Addresses, u16),
        http: reqwest::Client,
        registration: &Registration,
        look: Arc<Look>,
        daemon: Arc<LastRun>,
    ) -> Self {
        let tenant = format!("{}/{}", at.base, cast::MEADOW);
        let flow = format!("{tenant}/{}", cast::FLOW.to_lowercase());
        Self {
            flow: Client::new(FLOW, flow, http.clone(), registration.clone()),
            tenant: Client::new(TENANT, tenant, http.clone(), registration.clone()),
            sessions: Sessions::new(port),
            at: at.clone(),
            port,
            http,
            look,
            daemon,
        }
    }

    /// Its routes.
    pub(super) fn router(self) -> Router {
        let app = Arc::new(self);
        Router::new()
            .route("/", get(home))
            .route("/signin", get(sign_in))
            .route(cast::CALLBACK, get(callback))
            .route("/call/{name}", post(call))
            .route("/renew", post(renew))
            .route("/signout", post(sign_out))
            .route(look::STYLE_PATH, get(look::style))
            .fallback(no_page)
            .layer(from_fn_with_state(Arc::clone(&app), one_host))
            .with_state(app)
    }

    fn client(&self, way: &str) -> &Client {
        if way == TENANT { &self.tenant } else { &self.flow }
    }

    fn ways(&self) -> Vec<Way> {
        let way = |id: &str, title: &str, detail: &str, client: &Client| Way {
            id: id.to_owned(),
            title: title.to_owned(),
            detail: detail.to_owned(),
            authority: client.authority().to_owned(),
        };
        vec![
            way(
                FLOW,
                "User flow",
                "No consent page: an administrator grants, the rest is left out.",
                &self.flow,
            ),
            way(TENANT, "Tenant", "People are asked for what the app has not been granted.", &self.tenant),
        ]
    }

    fn trouble(&self, status: StatusCode, title: &str, fault: &SignInFault) -> Response {
        let page = Trouble {
            title: title.to_owned(),
            detail: fault.to_string(),
            code: fault.code().map(str::to_owned),
            link: None,
        };
        (status, look::page(self.look.render("trouble.html", &page), &[])).into_response()
    }

    fn visit(&self, headers: &HeaderMap) -> (Visit, i64) {
        let now = SystemClock.now().seconds();
        (self.sessions.visit(headers, now), now)
    }
}

async fn home(State(app): App, headers: HeaderMap) -> Response {
    let (mut visit, now) = app.visit(&headers);
    let report = app.daemon.report();
    let mut page = Home::new(&visit.session, report.as_ref(), app.ways());
    (page.server, page.api) = (app.at.base.clone(), app.at.api.clone());
    let html = app.look.render("home.html", &page);
    // What was told once is not told again when the page is loaded again.
    visit.session.told = None;
    // Signing out leads from here to the server.
    let response = look::page(html, &[&app.at.base]);
    app.sessions.keep(visit, now, response)
}

#[derive(Deserialize)]
struct SignIn {
    #[serde(default)]
    way: String,
    #[serde(default)]
    write: String,
}

async fn sign_in(State(app): App, headers: HeaderMap, Query(asked): Query<SignIn>) -> Response {
    let (mut visit, now) = app.visit(&headers);
    let scope = |name: &str| format!("{}/{name}", cast::NOTES_URI);
    let mut scopes = vec![scope("notes.read")];
    if asked.write == "1" {
        scopes.push(scope("notes.write"));
    }
    match app.client(&asked.way).begin(&scopes).await {
        Err(fault) => app.trouble(StatusCode::BAD_GATEWAY, "The sign-in could not begin", &fault),
        Ok((url, attempt)) => {
            visit.session.attempt = Some(attempt);
            app.sessions.keep(visit, now, see_other(url.as_str()))
        }
    }
}

async fn callback(State(app): App, headers: HeaderMap, Query(callback): Query<Callback>) -> Response {
    let (mut visit, now) = app.visit(&headers);
    // Used up by the first answer, whatever it says.
    let Some(attempt) = visit.session.attempt.take() else {
        return app.trouble(StatusCode::BAD_REQUEST, "You are not signed in", &SignInFault::State);
    };
    match app.client(&attempt.way).complete(&attempt, callback, now).await {
        Ok(person) => {
            visit.session.person = Some(person);
            visit.session.told = None;
            visit.renew(&app.sessions);
            app.sessions.keep(visit, now, see_other("/"))
        }
        Err(fault) => {
            let response = app.trouble(StatusCode::BAD_REQUEST, "You are not signed in", &fault);
            app.sessions.keep(visit, now, response)
        }
    }
}

async fn call(
    State(app): App,
    headers: HeaderMap,
    Path(name): Path<String>,
    form: Result<Form<Sent>, FormRejection>,
) -> Response {
    let (mut visit, now) = app.visit(&headers);
    let Some(form) = admitted(&visit, form) else { return refused_form(&app) };
    let Some(call) = Call::named(&name, &form) else { return no_page(State(app)).await };
    if call.wants_token()
        && let Err(fault) = app.freshen(&mut visit, now, MARGIN_SECS).await
    {
        return app.gone(visit, now, &fault);
    }
    let token = visit.session.person.as_ref().map(|person| person.access_token.as_str());
    visit.session.told = Some(calls::call(&app.http, &app.at.api, &call, token).await);
    app.sessions.keep(visit, now, see_other("/#answer"))
}

async fn renew(State(app): App, headers: HeaderMap, form: Result<Form<Sent>, FormRejection>) -> Response {
    let (mut visit, now) = app.visit(&headers);
    if admitted(&visit, form).is_none() {
        return refused_form(&app);
    }
    match app.freshen(&mut visit, now, i64::MAX).await {
        Ok(()) => app.sessions.keep(visit, now, see_other("/#tokens")),
        Err(fault) => app.gone(visit, now, &fault),
    }
}

async fn sign_out(State(app): App, headers: HeaderMap, form: Result<Form<Sent>, FormRejection>) -> Response {
    let (mut visit, now) = app.visit(&headers);
    if admitted(&visit, form).is_none() {
        return refused_form(&app);
    }
    let person = visit.session.person.take();
    visit.session.told = None;
    visit.renew(&app.sessions);
    let target = match &person {
        None => Ok(None),
        Some(person) => app.client(&person.way).sign_out(person).await.map(Some),
    };
    match target {
        Ok(url) => app.sessions.keep(visit, now, see_other(url.as_ref().map_or("/", |url| url.as_str()))),
        Err(fault) => {
            let title = "You are signed out here, but perhaps not at the server";
            let response = app.trouble(StatusCode::BAD_GATEWAY, title, &fault);
            app.sessions.keep(visit, now, response)
        }
    }
}

impl WebApp {
    /// Renews the tokens silently where they end within `margin_secs`.
    async fn freshen(&self, visit: &mut Visit, now: i64, margin_secs: i64) -> Result<(), SignInFault> {
        let Some(person) = &visit.session.person else { return Ok(()) };
        if person.expires_at.saturating_sub(now) >= margin_secs {
            return Ok(());
        }
        let renewed = self.client(&person.way).renew(person, now).await?;
        visit.session.person = Some(renewed);
        Ok(())
    }

    /// The tokens could not be renewed. Where the server said no for good, the person is signed out here.
    fn gone(&self, mut visit: Visit, now: i64, fault: &SignInFault) -> Response {
        if fault.wants_sign_in() {
            visit.session.person = None;
        }
        let response = self.trouble(StatusCode::UNAUTHORIZED, "Your sign-in could not be renewed", fault);
        self.sessions.keep(visit, now, response)
    }
}

fn admitted(visit: &Visit, form: Result<Form<Sent>, FormRejection>) -> Option<Sent> {
    form.ok().map(|Form(form)| form).filter(|form| visit.admits(&form.form_token))
}

fn refused_form(app: &WebApp) -> Response {
    let page = Trouble {
        title: "This form is out of date".to_owned(),
        detail:
            "Nothing was done: the form was not made for this session. Go back to the page and try again."
                .to_owned(),
        code: None,
        link: None,
    };
    (StatusCode::FORBIDDEN, look::page(app.look.render("trouble.html", &page), &[])).into_response()
}

async fn no_page(State(app): App) -> Response {
    let page = Trouble {
        title: "There is no such page".to_owned(),
        detail: "The app has one page.".to_owned(),
        code: None,
        link: None,
    };
    (StatusCode::NOT_FOUND, look::page(app.look.render("trouble.html", &page), &[])).into_response()
}

fn see_other(target: &str) -> Response {
    match HeaderValue::from_str(target) {
        Ok(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// One host name only: the registered redirect URI says `localhost`, and the session's cookie with it. Other names of this
/// machine are led there; a name of somebody else's that leads here (DNS rebinding) is refused.
async fn one_host(State(app): App, request: Request, next: Next) -> Response {
    let port = app.port;
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if host == format!("localhost:{port}") {
        return next.run(request).await;
    }
    if host == format!("127.0.0.1:{port}") || host == format!("[::1]:{port}") {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        return Redirect::temporary(&format!("{}{path}", app.at.web_app)).into_response();
    }
    (StatusCode::MISDIRECTED_REQUEST, "This app answers to localhost only.\n").into_response()
}

#[cfg(test)]
mod tests;

//! From outcomes to HTTP: pages, redirects, and what every answer carries.

use std::net::IpAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::Response;
use doorward_core::model::Instant;
use doorward_core::refusal::{Disclosure, Reason, Refusal, RequestRefusal};
use doorward_crypto::random;
use doorward_dialect::{Dialect, ErrorContext};
use doorward_token::{Evidence, Explain};
use http::header::{ACCEPT, ACCEPT_LANGUAGE, ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use crate::app::App;
use crate::events::scribe;
use crate::pages::{
    AppCard, Comparison, DevBar, DeveloperNote, ErrorKind, ErrorPage, Frame, Href, Locale, Nonce, Page,
    UtcTime, security_headers,
};
use crate::shell::Fault;
use crate::trace::{Trace, TraceId};

const TRACE_HEADER: HeaderName = HeaderName::from_static("doorward-trace");
const EXPOSE_HEADERS: HeaderName = HeaderName::from_static("access-control-expose-headers");
/// Longer requests are not repeated in a page.
const LONGEST_AGAIN: usize = 4096;
/// Strict transport security, for two years (RFC 6797).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// What every request has: its trace, its moment, and what its headers say about the person.
pub(crate) struct Visit {
    pub(crate) trace: TraceId,
    pub(crate) now: Instant,
    pub(crate) locale: Locale,
    pub(crate) wants_json: bool,
    /// The caller says that it reads HTML, as browsers do.
    pub(crate) reads_html: bool,
    pub(crate) address: Option<IpAddr>,
    /// What the browser calls itself.
    pub(crate) agent: Option<HeaderValue>,
    /// The authorization request itself, for whoever wants to try again.
    again: Option<Href>,
}

impl Visit {
    pub(crate) fn of(app: &App, parts: &Parts) -> Self {
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        let accept = text(ACCEPT).unwrap_or_default();
        let peer = parts.extensions.get::<ConnectInfo<std::net::SocketAddr>>().map(|info| info.0.ip());
        let forwarded = app.settings().trust_forwarded_for.then(|| last_hop(&parts.headers)).flatten();
        Self {
            trace: app.new_trace(),
            now: app.now(),
            locale: Locale::negotiate(None, text(ACCEPT_LANGUAGE)),
            wants_json: accept.contains("application/json") && !accept.contains("text/html"),
            reads_html: accept.contains("text/html"),
            agent: parts.headers.get(http::header::USER_AGENT).cloned(),
            // A proxy on this machine stands for everybody behind it: its own address is nobody's.
            address: forwarded.or(peer.filter(|peer| !peer.is_loopback())),
            again: again(parts),
        }
    }

    pub(crate) fn frame(&self, app: &App, organisation: Option<&str>) -> Frame {
        let dev = app.settings().development.then(|| DevBar {
            trace: self.trace.to_string(),
            people: app
                .settings()
                .landing
                .as_ref()
                .map(|landing| landing.people.iter().map(|person| person.username.clone()).collect())
                .unwrap_or_default(),
            note: String::new(),
        });
        Frame { locale: self.locale, organisation: organisation.map(str::to_owned), footer: Vec::new(), dev }
    }

    pub(crate) fn context<'a>(&'a self, app: &'a App) -> ErrorContext<'a> {
        let mut ctx = ErrorContext::new(&app.settings().base_url, self.trace.as_str(), self.now);
        ctx.development = app.settings().development;
        ctx
    }
}

/// A page that says no must not be a dead end: the same authorization request can be sent again.
fn again(parts: &Parts) -> Option<Href> {
    let is_request = parts.method == Method::GET && parts.uri.path().ends_with("/authorize");
    let address = parts.uri.path_and_query().filter(|_| is_request)?.as_str();
    (address.len() <= LONGEST_AGAIN).then(|| Href::parse(address).ok()).flatten()
}

/// The address that the nearest proxy saw.
fn last_hop(headers: &HeaderMap) -> Option<IpAddr> {
    let value = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    value.rsplit(',').next()?.trim().parse().ok()
}

/// Adds what every answer carries.
pub(crate) fn finish(mut response: Response, visit: &Visit) -> Response {
    let headers = response.headers_mut();
    if let Ok(trace) = HeaderValue::from_str(visit.trace.as_str()) {
        headers.insert(TRACE_HEADER, trace.clone());
        headers.entry("x-ms-request-id").or_insert(trace);
    }
    headers.insert("strict-transport-security", HSTS);
    headers.entry("x-content-type-options").or_insert(HeaderValue::from_static("nosniff"));
    if headers.contains_key("access-control-allow-origin") {
        headers
            .entry(EXPOSE_HEADERS)
            .or_insert(HeaderValue::from_static("WWW-Authenticate, Doorward-Trace, x-ms-request-id"));
    }
    response
}

/// A dialect's answer as an axum one.
pub(crate) fn wire(response: http::Response<Vec<u8>>) -> Response {
    response.map(Body::from)
}

/// A page with its headers.
pub(crate) fn page(app: &App, page: &Page, status: StatusCode) -> Response {
    let text = match app.ports().pages.render(page) {
        Ok(text) => text,
        Err(fault) => {
            tracing::error!(%fault, "a page could not be rendered");
            return plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "DW5151 the page could not be made; the log tells more\n",
            );
        }
    };
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    for (name, value) in security_headers(&page.kind()) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// A sentence, where nothing else is left.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// JSON of our own endpoints.
pub(crate) fn json(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A redirect whose address may hold a code: never cached, never a referrer. 303, so that a posted form is not posted
/// again (RFC 9110 §15.4.4).
pub(crate) fn redirect(target: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(target) else {
        return plain(StatusCode::BAD_REQUEST, "DW1101 the return address cannot be written into a header\n");
    };
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// What an error page may tell, and where it leads.
#[derive(Default)]
pub(crate) struct ErrorExtras {
    /// The tenant's display name.
    pub(crate) organisation: Option<String>,
    /// The application, once it is proven.
    pub(crate) app: Option<AppCard>,
    /// Rebuilds the request.
    pub(crate) restart: Option<Href>,
    /// The dialect of the address, for programs that ask for JSON.
    pub(crate) dialect: Option<Dialect>,
}

impl ErrorExtras {
    /// Nothing but the dialect of an address.
    pub(crate) fn at(route: &doorward_dialect::Route) -> Self {
        Self { dialect: Some(route.dialect), ..Self::default() }
    }
}

/// A refusal as a page for people, or as JSON for machines at the same address.
pub(crate) fn refusal_page(app: &App, visit: &Visit, refusal: &Refusal, extras: ErrorExtras) -> Response {
    app.ports().traces.keep(Trace::of_refusal(&visit.trace, visit.now, "page", refusal));
    if visit.wants_json {
        return wire(doorward_dialect::write_refusal(
            extras.dialect.unwrap_or(Dialect::Oidc),
            refusal,
            &visit.context(app),
        ));
    }
    let row = refusal.reason.row();
    let open = app.settings().development || row.disclosure == Disclosure::Public;
    let evidence = row.evidence.clone().unwrap_or_default();
    let shown = if open { evidence } else { Evidence { sent: evidence.sent, expected: None } };
    let missing = matches!(
        refusal.reason,
        Reason::Request(
            RequestRefusal::UnknownPath { .. }
                | RequestRefusal::UnknownTenant { .. }
                | RequestRefusal::UnknownFlow { .. }
        )
    );
    let (kind, status) = match (&refusal.reason, missing) {
        (_, true) => (ErrorKind::Missing, StatusCode::NOT_FOUND),
        (Reason::Request(RequestRefusal::MethodNotAllowed { .. }), _) => {
            (ErrorKind::Refusal, StatusCode::METHOD_NOT_ALLOWED)
        }
        (Reason::Request(RequestRefusal::TooLarge { .. }), _) => {
            (ErrorKind::Refusal, StatusCode::PAYLOAD_TOO_LARGE)
        }
        _ => (ErrorKind::Refusal, StatusCode::BAD_REQUEST),
    };
    let remedy = if open { row.remedy } else { public_remedy(&row.code.to_string()) };
    let diagnosis = refusal.reason.diagnosis();
    let told = Told { kind, code: row.code.to_string(), diagnosis, remedy, shown };
    let mut response = page(app, &Page::Error(error_page(app, visit, told, extras)), status);
    if let Reason::Request(RequestRefusal::MethodNotAllowed { allowed, .. }) = &refusal.reason {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    }
    response
}

/// The remedy where the evidence is not for everybody.
fn public_remedy(code: &str) -> String {
    format!("Ask the application's developer to look up {code}: doorward explain {code}")
}

/// A fault as a page, or as JSON.
pub(crate) fn fault_page(app: &App, visit: &Visit, fault: &Fault) -> Response {
    let wire_fault = report(visit, fault);
    if visit.wants_json {
        return wire(doorward_dialect::write_fault(Dialect::Oidc, wire_fault, &visit.context(app)));
    }
    let status = if wire_fault == doorward_dialect::Fault::Unavailable {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::INTERNAL_SERVER_ERROR
    };
    let told = Told {
        kind: ErrorKind::Fault,
        code: wire_fault.code().to_string(),
        diagnosis: wire_fault.diagnosis(),
        remedy: wire_fault.remedy(),
        shown: Evidence::default(),
    };
    page(app, &Page::Error(error_page(app, visit, told, ErrorExtras::default())), status)
}

/// Logs a fault once, with its trace id, and says what the wire calls it.
pub(crate) fn report(visit: &Visit, fault: &Fault) -> doorward_dialect::Fault {
    tracing::error!(trace = %visit.trace, %fault, "a request failed");
    let told = match fault {
        Fault::Store(_) | Fault::Conflict(_) => doorward_dialect::Fault::Unavailable,
        Fault::Keys(_) => doorward_dialect::Fault::Internal,
    };
    scribe::fault(told.code().as_str(), fault);
    told
}

/// What an error page says.
struct Told {
    kind: ErrorKind,
    code: String,
    diagnosis: String,
    remedy: String,
    shown: Evidence,
}

fn error_page(app: &App, visit: &Visit, told: Told, extras: ErrorExtras) -> ErrorPage {
    let docs = format!("/docs/errors/{}?trace={}", told.code, visit.trace);
    let shown = told.shown;
    let log = if app.settings().development { "/_live" } else { "/portal/log" };
    let again = visit.again.clone().filter(|_| told.kind != ErrorKind::Missing);
    let comparison = (shown.sent.is_some() || shown.expected.is_some())
        .then(|| Comparison::new(shown.sent.as_deref(), shown.expected.as_deref()));
    ErrorPage {
        frame: visit.frame(app, extras.organisation.as_deref()),
        kind: told.kind,
        code: told.code,
        app: extras.app,
        restart: extras.restart.or(again),
        other_account: None,
        developer: DeveloperNote {
            diagnosis: told.diagnosis,
            comparison,
            remedy: told.remedy,
            trace: visit.trace.to_string(),
            log: Href::parse(format!("{log}/{}", visit.trace)).ok(),
            asked_by: scribe::app_name(),
            time: UtcTime::from_unix_secs(visit.now.seconds()),
            docs: Href::parse(docs).expect("the docs address is a plain path"),
        },
    }
}

/// A nonce for one response.
pub(crate) fn nonce() -> Nonce {
    Nonce::from_random(random())
}

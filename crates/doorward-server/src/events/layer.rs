//! Around everything: begins the draft of every request, and ends it with an answer, a number, and a line.

use axum::body::Body;
use axum::extract::State;
use axum::middleware::Next;
use axum::response::Response;
use doorward_crypto::random;
use http::{HeaderName, HeaderValue, Request};

use super::arrival::Arrival;
use super::line;
use super::ring::Raw;
use super::scribe::{self, Draft};
use crate::app::App;
use crate::clock::Stopwatch;
use crate::trace::TraceId;

const TRACE_HEADER: HeaderName = HeaderName::from_static("doorward-trace");

/// The middleware.
pub(crate) async fn record(State(app): State<App>, request: Request<Body>, next: Next) -> Response {
    let watch = Stopwatch::start();
    let mut draft = Draft::new(TraceId::from_random(random()));
    draft.place = place_of(request.uri().path());
    let mut arrival = Arrival::of(&app, &request);
    let (mut response, mut draft) = scribe::within(draft, next.run(request)).await;
    let elapsed = watch.elapsed();
    if !response.headers().contains_key(TRACE_HEADER)
        && let Ok(trace) = HeaderValue::from_str(draft.trace.as_str())
    {
        response.headers_mut().insert(TRACE_HEADER, trace);
    }
    let status = response.status().as_u16();
    if status >= 500 && draft.code().is_none() {
        draft.fault = Some(("DW5151".to_owned(), "the server failed; its log has more".to_owned()));
    }
    app.ports().metrics.answered(&draft, status, elapsed);
    if draft.private {
        return response;
    }
    let now = app.now();
    line::write(&draft, &arrival, status, elapsed);
    if let Some(similar) = app.ports().recorder.judge((&draft, status), arrival.origin(), now) {
        arrival.answered(&app, response.headers());
        app.ports().recorder.keep(Raw {
            arrival,
            draft,
            at: now,
            at_ms: app.now_ms(),
            status,
            micros: u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            similar,
        });
    }
    response
}

/// The place that a path names before any table was asked. A closed list: it becomes a label of the metrics.
fn place_of(path: &str) -> &'static str {
    let mut segments = path.trim_start_matches('/').splitn(3, '/');
    match (segments.next().unwrap_or_default(), segments.next().unwrap_or_default()) {
        ("", _) => "landing",
        ("flow", page) => page_of(page),
        ("admin", _) => "admin",
        ("docs", _) => "docs",
        ("assets", _) => "asset",
        ("feed", _) => "feed",
        ("account", _) => "account",
        ("portal" | "_live", _) => "portal",
        ("_mail", _) => "mailbox",
        ("_dev", _) => "development",
        ("healthz" | "readyz", _) => "health",
        ("metrics", _) => "metrics",
        // The dialects' table names the endpoint when it has read the address.
        _ => "unknown",
    }
}

/// The pages of a sign-in, as `/flow/{page}` names them.
const PAGES: [&str; 16] = [
    "page/approval",
    "page/cancel",
    "page/choose-account",
    "page/consent",
    "page/email",
    "page/enrol-factor",
    "page/forgot",
    "page/other-account",
    "page/password",
    "page/recovery",
    "page/reset",
    "page/second-factor",
    "page/sign-in",
    "page/sign-out",
    "page/sign-up",
    "page/verify",
];

fn page_of(page: &str) -> &'static str {
    PAGES.into_iter().find(|known| known.strip_prefix("page/") == Some(page)).unwrap_or("page/other")
}

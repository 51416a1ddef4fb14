//! The request log as pages: `/portal/log` and `/portal/log/{trace}` for administrators who are signed in, `/_live` and
//! `/_live/{trace}` for everybody on this machine, in the development profile alone.
//!
//! Owns who may read (`gate`), filters and paging (`listing`), and how a record becomes a page (`paint`). Does not own
//! the log itself (`events`) nor markup (`pages`). Everything works without JavaScript; with it the live page is told
//! that there is news and asks for itself again.

mod gate;
mod listing;
mod news;
mod paint;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Request, StatusCode};

use crate::app::App;
use crate::events::scribe;
use crate::pages::{GateReason, LogKind, Page};
use crate::reply::{Visit, fault_page, finish, page};
use crate::shell::Fault;
use gate::Reader;
use listing::Listing;
use news::News;

/// The pages; the live ones exist in the development profile only.
pub(crate) fn router(app: &App) -> Router<App> {
    let kept = Router::new().route("/portal/log", get(log)).route("/portal/log/{trace}", get(trace));
    if !app.settings().development {
        return kept;
    }
    kept.route("/_live", get(live))
        .route("/_live/events", get(tell_news))
        .route("/_live/{trace}", get(live_trace))
        .route("/metrics", get(crate::metrics::answer))
}

async fn log(State(app): State<App>, request: Request<Body>) -> Response {
    listed(&app, request, LogKind::Kept).await
}

async fn live(State(app): State<App>, request: Request<Body>) -> Response {
    listed(&app, request, LogKind::Live).await
}

async fn trace(State(app): State<App>, Path(trace): Path<String>, request: Request<Body>) -> Response {
    one(&app, &trace, request, LogKind::Kept).await
}

async fn live_trace(State(app): State<App>, Path(trace): Path<String>, request: Request<Body>) -> Response {
    one(&app, &trace, request, LogKind::Live).await
}

async fn listed(app: &App, request: Request<Body>, kind: LogKind) -> Response {
    scribe::keep_out();
    let (parts, _) = request.into_parts();
    let visit = Visit::of(app, &parts);
    let answer = async {
        let reader = Reader::of(app, &visit, (&parts.headers, kind)).await?;
        let clearance = match reader {
            Reader::Cleared(clearance) => clearance,
            Reader::Stopped(why) => return Ok(stopped(app, &visit, why, String::new())),
        };
        let listing = Listing::read(kind, parts.uri.query().unwrap_or_default());
        if let Some(trace) = listing.names_trace() {
            return Ok(crate::reply::redirect(&paint::address(kind, &trace)));
        }
        let answer = listing.page(app, &visit, clearance).await?;
        Ok(page(app, &Page::Log(answer), StatusCode::OK))
    };
    let answer: Result<Response, Fault> = answer.await;
    finish(answer.unwrap_or_else(|fault| fault_page(app, &visit, &fault)), &visit)
}

async fn one(app: &App, trace: &str, request: Request<Body>, kind: LogKind) -> Response {
    scribe::keep_out();
    let (parts, _) = request.into_parts();
    let visit = Visit::of(app, &parts);
    let answer = async {
        let named = if is_trace(trace) { trace.to_ascii_lowercase() } else { String::new() };
        let clearance = match Reader::of(app, &visit, (&parts.headers, kind)).await? {
            Reader::Cleared(clearance) => clearance,
            Reader::Stopped(why) => return Ok(stopped(app, &visit, why, named)),
        };
        let told = match app.logged(trace).await? {
            Some(record) => app.tell(&record, clearance).await?.map(|told| (record, told)),
            None => None,
        };
        let Some((record, told)) = told else {
            return Ok(stopped(app, &visit, (GateReason::NoSuchTrace, Some(kind)), named));
        };
        let answer = paint::trace(app, &visit, kind, (&record, told));
        Ok(page(app, &Page::Trace(Box::new(answer)), StatusCode::OK))
    };
    let answer: Result<Response, Fault> = answer.await;
    finish(answer.unwrap_or_else(|fault| fault_page(app, &visit, &fault)), &visit)
}

fn is_trace(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn stopped(app: &App, visit: &Visit, (why, log): (GateReason, Option<LogKind>), trace: String) -> Response {
    let status = match why {
        GateReason::NotSignedIn => StatusCode::UNAUTHORIZED,
        GateReason::NotAllowed => StatusCode::FORBIDDEN,
        GateReason::NoSuchTrace => StatusCode::NOT_FOUND,
    };
    page(app, &Page::Gate(paint::gate(app, visit, (why, log), trace)), status)
}

/// `GET /_live/events`: server-sent events that say that something was answered, and nothing else.
async fn tell_news(State(app): State<App>, request: Request<Body>) -> Response {
    scribe::keep_out();
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let mut response = Response::new(Body::new(News::from(app.ports().recorder.watch())));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    finish(response, &visit)
}

//! Which handler an address reaches: our own first segments by axum's router, everything else by the dialects' table.

use std::any::Any;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{any, get};
use doorward_core::refusal::{Refusal, RequestRefusal};
use doorward_dialect::{Dialect, Endpoint, FORM_LIMIT, preflight, route, write_refusal};
use http::{Method, Request, StatusCode};
use tower_http::catch_panic::CatchPanicLayer;

use crate::account;
use crate::admin;
use crate::app::App;
use crate::events::scribe;
use crate::reply::{ErrorExtras, Visit, finish, json, refusal_page, wire};
use crate::trace::Trace;
use crate::{again, body, docs, endpoint, events, feed, flow, mailbox, portal, revocations};

/// Everything that the server answers over the network.
pub fn router(app: App) -> Router {
    let development = app.settings().development;
    Router::new()
        .route("/", get(docs::landing))
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
        .route("/assets/{*file}", get(docs::asset))
        .route("/docs/errors", get(docs::index))
        .route("/docs/errors/{code}", get(docs::error))
        .route("/feed/{tenant}/apis/{api}", get(feed::registration))
        .route("/feed/{tenant}/revocations", get(revocations::published))
        .route("/flow/{page}", any(flow::handle))
        .merge(account::router())
        .merge(portal::router(&app))
        .merge(mailbox::router(&app))
        .fallback(dialects)
        .method_not_allowed_fallback(wrong_method)
        .with_state(app.clone())
        .nest("/admin/v1", admin::router(app.clone(), admin::Access::Network))
        .layer(axum::middleware::from_fn_with_state(development, own_host_only))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(axum::middleware::from_fn(again::say_when))
        .layer(axum::middleware::from_fn_with_state(app, events::record))
}

/// In development only loopback names are answered, so that no page on the network can reach the server under a name
/// of its own (DNS rebinding; Settled 17). In production the proxy or the certificate decides.
async fn own_host_only(
    State(development): State<bool>,
    request: Request<Body>,
    next: axum::middleware::Next,
) -> Response {
    if development && !is_loopback_name(&request) {
        let body = serde_json::json!({
            "error": "invalid_request",
            "error_description": "DW1061 parameter-value: the demo answers to localhost, 127.0.0.1 and [::1] only",
        });
        return json(StatusCode::MISDIRECTED_REQUEST, &body);
    }
    next.run(request).await
}

fn is_loopback_name(request: &Request<Body>) -> bool {
    let header = request.headers().get(http::header::HOST).map(|value| value.to_str().unwrap_or_default());
    let authority = request.uri().authority().map(http::uri::Authority::as_str);
    let named = |text: &str| {
        text.parse::<http::uri::Authority>().is_ok_and(|authority| {
            let host = authority.host().to_ascii_lowercase();
            matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
        })
    };
    let hosts = [header, authority];
    hosts.iter().any(Option::is_some) && hosts.into_iter().flatten().all(named)
}

/// A request of one of the dialects, taken apart.
pub(crate) struct Incoming {
    pub(crate) parts: http::request::Parts,
    pub(crate) body: Vec<u8>,
    pub(crate) route: doorward_dialect::Route,
    pub(crate) visit: Visit,
}

async fn dialects(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let mut visit = Visit::of(&app, &parts);
    let answer = match route(parts.uri.path(), parts.uri.query().unwrap_or_default()) {
        Err(refusal) => {
            // Browsers say that they read HTML; a client library fails without words upon a page where it wants JSON.
            visit.wants_json |= !visit.reads_html;
            unrouted(&app, &visit, refusal.into())
        }
        Ok(route) => match named(&route).allow(&parts.method) {
            Err(refusal) => wrong_for(&app, &visit, &route, refusal.into()),
            Ok(()) if parts.method == Method::OPTIONS => {
                scribe::at("preflight");
                wire(preflight(route.endpoint))
            }
            Ok(()) => match body::read(body, FORM_LIMIT).await {
                Err(reason) => wrong_for(&app, &visit, &route, reason.into()),
                Ok(body) => {
                    let incoming = Incoming { parts, body: body.to_vec(), route, visit };
                    return endpoint::answer(&app, incoming).await;
                }
            },
        },
    };
    finish(answer, &visit)
}

/// The endpoint, whose name the log gets to know.
fn named(route: &doorward_dialect::Route) -> Endpoint {
    scribe::at(route.endpoint.name());
    route.endpoint
}

/// Nothing lives there: 404 as a page or as JSON.
fn unrouted(app: &App, visit: &Visit, refusal: Refusal) -> Response {
    refusal_page(app, visit, &refusal, ErrorExtras::default())
}

/// A refusal before the endpoint was asked. Pages' endpoints answer people, the others machines.
fn wrong_for(app: &App, visit: &Visit, route: &doorward_dialect::Route, refusal: Refusal) -> Response {
    match route.endpoint {
        Endpoint::Authorize | Endpoint::EndSession => {
            refusal_page(app, visit, &refusal, ErrorExtras::at(route))
        }
        _ => {
            scribe::note(Trace::of_refusal(&visit.trace, visit.now, route.endpoint.name(), &refusal));
            wire(write_refusal(route.dialect, &refusal, &visit.context(app)))
        }
    }
}

async fn wrong_method(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let method = doorward_core::refusal::quote(parts.method.as_str(), 20);
    let refusal = Refusal::new(RequestRefusal::MethodNotAllowed { method, allowed: "GET" });
    scribe::note(Trace::of_refusal(&visit.trace, visit.now, "unknown", &refusal));
    let mut answer = wire(write_refusal(Dialect::Oidc, &refusal, &visit.context(&app)));
    *answer.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    finish(answer, &visit)
}

/// The process answers.
async fn health(State(_): State<App>) -> Response {
    json(StatusCode::OK, &serde_json::json!({ "status": "ok" }))
}

/// The store can be read, and written unless it says why not.
async fn ready(State(app): State<App>) -> Response {
    match app.store().health().await {
        Ok(health) if health.writes_refused.is_none() => json(
            StatusCode::OK,
            &serde_json::json!({ "status": "ready", "engine": health.engine, "schema": health.schema }),
        ),
        Ok(health) => {
            let body = serde_json::json!({ "status": "read_only", "reason": health.writes_refused });
            json(StatusCode::SERVICE_UNAVAILABLE, &body)
        }
        Err(fault) => {
            tracing::error!(%fault, "the store does not answer");
            json(StatusCode::SERVICE_UNAVAILABLE, &serde_json::json!({ "status": "unavailable" }))
        }
    }
}

/// The panic of a handler becomes a 500 with a body, logged once.
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let text = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap_or_default();
    tracing::error!(panic = %text, "a handler panicked: a bug");
    let body = serde_json::json!({
        "error": "server_error",
        "error_description": "DW5151 internal-fault: the server met a bug; the log has its trace",
    });
    json(StatusCode::INTERNAL_SERVER_ERROR, &body)
}

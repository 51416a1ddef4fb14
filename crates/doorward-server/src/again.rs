//! When to come back: every 503 says it.
//!
//! A client that is told nothing chooses by itself, and MSAL chooses a minute in which it asks for nothing at all. What a
//! 503 is about (a full disk, a queue that does not move) is over sooner, or not worth a minute's silence.

use axum::body::Body;
use axum::middleware::Next;
use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Request, StatusCode};

/// In seconds.
const SOON: HeaderValue = HeaderValue::from_static("5");

/// Adds `Retry-After` to a 503 that has none.
pub(crate) async fn say_when(request: Request<Body>, next: Next) -> Response {
    let mut response = next.run(request).await;
    if response.status() == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().entry(RETRY_AFTER).or_insert(SOON);
    }
    response
}

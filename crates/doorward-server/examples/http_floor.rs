//! The bare HTTP floor for the benchmarks: an axum server that answers one kilobyte of JSON and does nothing else.
//!
//! `http_floor PORT` listens on 127.0.0.1. What a request costs here, no endpoint of the house can undercut.

use axum::Router;
use axum::routing::get;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).and_then(|text| text.parse::<u16>().ok()).unwrap_or(0);
    let body = format!("{{\"filler\":\"{}\"}}", "x".repeat(1000));
    let answer = ([("content-type", "application/json")], axum::body::Bytes::from(body));
    let router = Router::new().route("/", get(move || std::future::ready(answer.clone())));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    axum::serve(listener, router).await
}

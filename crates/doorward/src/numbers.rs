//! The listener of the numbers for Prometheus: apart from the server's own, plain http, and only where it is configured.

use std::net::SocketAddr;

use anyhow::Context as _;
use doorward_server::{App, metrics_router};

use crate::wiring;

/// Answers `/metrics` at that address until the process ends; the address that was bound.
pub(crate) fn serve(app: App, listen: SocketAddr) -> anyhow::Result<SocketAddr> {
    let listener = wiring::bind("metrics.listen", listen)?;
    let address = listener.local_addr().context("reading the address of metrics.listen")?;
    let listener = tokio::net::TcpListener::from_std(listener).context("listening at metrics.listen")?;
    tokio::spawn(async move {
        if let Err(fault) = axum::serve(listener, metrics_router(app)).await {
            tracing::error!(%fault, "the numbers are not answered any more");
        }
    });
    Ok(address)
}

//! Who may administer: the holder of the data directory, through the socket; over the network nobody yet.

use axum::Router;
use axum::routing::any;
use doorward_core::refusal::DirectoryRefusal;

use super::call::{Call, serve};
use super::reply::{Failure, Reply};
use crate::app::App;

/// Where requests come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Over the network: every request is refused, whatever it carries.
    Network,
    /// Through the socket in the data directory, or in the process that opened it: the actor is the operator.
    Socket,
}

/// The API as the network sees it. Which addresses exist is not told either.
pub(super) fn closed() -> Router<App> {
    Router::new().route("/", any(serve(refuse))).route("/{*rest}", any(serve(refuse))).fallback(serve(refuse))
}

async fn refuse(_: Call) -> Result<Reply, Failure> {
    Err(DirectoryRefusal::CredentialsMissing.into())
}

//! What happened: the checks of one request.

use doorward_core::refusal::{DirectoryRefusal, quote};
use serde_json::json;

use super::call::Call;
use super::reply::{Failure, Reply};

/// The checks of a request that this node remembers.
pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    let id = call.param("trace");
    match call.app.trace(id) {
        Some(trace) => Ok(Reply::ok(json!(trace))),
        None => Err(DirectoryRefusal::NotFound { kind: "trace", name: quote(id, 64), nearest: None }.into()),
    }
}

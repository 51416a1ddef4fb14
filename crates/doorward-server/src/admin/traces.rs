//! What happened: the checks of one request, and the audit log.

use doorward_core::model::TenantId;
use doorward_core::refusal::{DirectoryRefusal, quote};
use doorward_store::{DirectoryQuery, Entry};
use serde_json::json;

use super::call::Call;
use super::reply::{Failure, Reply};
use super::{listing, lookup};

/// The checks of a request that this node remembers.
pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    let id = call.param("trace");
    match call.app.trace(id) {
        Some(trace) => Ok(Reply::ok(json!(trace))),
        None => Err(DirectoryRefusal::NotFound { kind: "trace", name: quote(id, 64), nearest: None }.into()),
    }
}

/// The audit log of a tenant, latest first.
pub(super) async fn audit(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    log(call, Some(tenant.id)).await
}

/// The audit log of the installation, latest first.
pub(super) async fn audit_of_all(call: Call) -> Result<Reply, Failure> {
    log(call, None).await
}

async fn log(call: Call, tenant: Option<TenantId>) -> Result<Reply, Failure> {
    let page = call.rows(DirectoryQuery::Audit { tenant, page: call.page()? }).await?;
    Ok(listing::page(&page, |entry| match entry {
        Entry::Audit(line) => Some((**line).clone()),
        _ => None,
    }))
}

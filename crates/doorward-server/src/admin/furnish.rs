//! The built-in application and API of administration, for tenants that are older than they.

use doorward_core::change::{Actor, AuditEntry, Change, Conflict};
use doorward_core::directory::{ADMIN_API, CLI_APP, furnishing};
use doorward_core::needs::Need;
use doorward_store::{CommitError, DirectoryQuery, Entry, Paging, StoreFault};
use serde_json::json;

use crate::app::App;

/// Gives every tenant the command line as an application and the administration as an API, where it lacks them. Called
/// at the start of a server; a tenant in which their names are taken is told in the log and left as it is.
pub async fn furnish(app: &App) -> Result<(), StoreFault> {
    let mut query = DirectoryQuery::Tenants { page: Paging::first() };
    loop {
        let page = app.store().list(&query).await?;
        for entry in page.entries {
            let Entry::Tenant(tenant) = entry else { continue };
            let needs = [Need::ResourceById(tenant.id, ADMIN_API), Need::ClientByApp(tenant.id, CLI_APP)];
            let facts = app.store().facts(&needs).await?;
            let has = (
                facts.resource_by_id(tenant.id, ADMIN_API).is_some(),
                facts.client_by_app(tenant.id, CLI_APP).is_some(),
            );
            let now = app.now();
            let mut changes = furnishing(tenant.id, has, now);
            if changes.is_empty() {
                continue;
            }
            changes.push(Change::Audit(AuditEntry {
                tenant: Some(tenant.id),
                at: now,
                actor: Actor::System,
                credential: None,
                action: "tenant.furnish".to_owned(),
                target: tenant.name.to_string(),
                detail: json!({ "api": ADMIN_API, "app": CLI_APP }),
            }));
            match app.commit(changes).await {
                Err(CommitError::Conflict(Conflict::NameTaken | Conflict::Exists)) => {
                    tracing::warn!(
                        tenant = %tenant.name,
                        "an app doorward-cli or an API doorward-admin is in the way of administration over the network"
                    );
                }
                // After a conflict another node was faster, or the tenant is gone.
                Ok(()) | Err(CommitError::Conflict(_)) => {}
                Err(CommitError::Fault(fault)) => return Err(fault),
            }
        }
        let Some(next) = page.next else { return Ok(()) };
        let after = query.page().after(next);
        query = query.at(after);
    }
}

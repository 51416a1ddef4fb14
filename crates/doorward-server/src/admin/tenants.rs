//! Tenants.

use doorward_core::directory::{Command, NewTenant, TenantChange, TenantCommand, TenantView};
use doorward_core::model::{KeyState, SigningAlgorithm, TenantId, TenantKey, TenantKind, TenantName};
use doorward_core::refusal::{DirectoryRefusal, quote};
use doorward_crypto::random;
use doorward_store::{DirectoryQuery, Entry};
use serde::Deserialize;

use super::call::Call;
use super::keys::new_keys;
use super::reply::{Failure, Reply};
use super::{listing, lookup};
use crate::app::App;

/// A tenant to be made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    name: String,
    domain: Option<String>,
    display_name: Option<String>,
    #[serde(default = "work")]
    kind: TenantKind,
}

fn work() -> TenantKind {
    TenantKind::Work
}

pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let page = call.page()?;
    // Who administers one tenant sees that one.
    if let (Some(home), false) = (call.caller.home(), call.caller.is_everywhere()) {
        let tenant = lookup::the_tenant(&call.app, &TenantKey::new(&home.to_string())).await?;
        return Ok(listing::items(&[TenantView::from(&tenant)], None));
    }
    let page = call.rows(DirectoryQuery::Tenants { page }).await?;
    Ok(listing::page(&page, |entry| match entry {
        Entry::Tenant(tenant) => Some(TenantView::from(&**tenant)),
        _ => None,
    }))
}

pub(super) async fn create(call: Call) -> Result<Reply, Failure> {
    let body: Body = call.json()?;
    let new = NewTenant {
        domain: body.domain,
        display_name: body.display_name,
        kind: body.kind,
        ..fresh(&call.app, body.name).await?
    };
    call.create(Command::Tenant(TenantCommand::Create(Box::new(new)))).await
}

/// A tenant of that name with new keys, and nothing else said.
pub(super) async fn fresh(app: &App, name: String) -> Result<NewTenant, Failure> {
    // Making keys takes a good part of a second: not for a name that cannot be.
    if let Err(why) = TenantName::parse(&name) {
        let sent = quote(&name, 120);
        return Err(DirectoryRefusal::Value { field: "name", sent, fault: why.to_string() }.into());
    }
    let id = TenantId::random(random());
    // No Ed25519 yet: some verifiers stumble over a key of a type that they do not know, so it is published only once
    // an API is to sign with it (doorward keys rotate --algorithm EdDSA).
    let first = [SigningAlgorithm::Rs256, SigningAlgorithm::Es256];
    let keys = new_keys(app, id, &first, KeyState::Active).await?;
    Ok(NewTenant { id, name, domain: None, display_name: None, kind: TenantKind::Work, keys })
}

pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    call.show(Command::Tenant(TenantCommand::Show(call.tenant()))).await
}

pub(super) async fn update(call: Call) -> Result<Reply, Failure> {
    let change: TenantChange = call.json()?;
    call.run(Command::Tenant(TenantCommand::Update(call.tenant(), change))).await
}

pub(super) async fn delete(call: Call) -> Result<Reply, Failure> {
    call.run(Command::Tenant(TenantCommand::Delete(call.tenant(), None))).await
}

//! Tenants.

use doorward_core::directory::{Command, NewTenant, TenantChange, TenantCommand, TenantView};
use doorward_core::model::{KeyState, SigningAlgorithm, TenantId, TenantKind};
use doorward_crypto::random;
use doorward_store::{DirectoryQuery, Entry};
use serde::Deserialize;

use super::call::Call;
use super::keys::new_keys;
use super::listing;
use super::reply::{Failure, Reply};

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
    let page = call.rows(DirectoryQuery::Tenants { page: call.page()? }).await?;
    Ok(listing::page(&page, |entry| match entry {
        Entry::Tenant(tenant) => Some(TenantView::from(&**tenant)),
        _ => None,
    }))
}

pub(super) async fn create(call: Call) -> Result<Reply, Failure> {
    let body: Body = call.json()?;
    let id = TenantId::random(random());
    // No Ed25519 yet: some verifiers stumble over a key of a type that they do not know, so it is published only once
    // an API is to sign with it (doorward keys rotate --algorithm EdDSA).
    let first = [SigningAlgorithm::Rs256, SigningAlgorithm::Es256];
    let keys = new_keys(&call.app, id, &first, KeyState::Active).await?;
    let new = NewTenant {
        id,
        name: body.name,
        domain: body.domain,
        display_name: body.display_name,
        kind: body.kind,
        keys,
    };
    call.create(Command::Tenant(TenantCommand::Create(Box::new(new)))).await
}

pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    call.show(Command::Tenant(TenantCommand::Show(call.tenant()))).await
}

pub(super) async fn update(call: Call) -> Result<Reply, Failure> {
    let change: TenantChange = call.json()?;
    call.run(Command::Tenant(TenantCommand::Update(call.tenant(), change))).await
}

pub(super) async fn delete(call: Call) -> Result<Reply, Failure> {
    call.run(Command::Tenant(TenantCommand::Delete(call.tenant()))).await
}

//! The background job of signing keys: the moves whose time has come, and values at rest that wait to be sealed anew.
//!
//! Owns the round through the tenants; which move is due, and its audit line, is the rule's
//! (`doorward_core::directory`). One node holds the store, so one node makes the rounds; two that raced would meet a conflict
//! and find nothing due the next time.

use doorward_core::change::{Actor, AuditEntry, Change};
use doorward_core::directory::{self, Caller, Command, KeyCommand, KeyStep, key_steps};
use doorward_core::expiring::{Expiring, expiring};
use doorward_core::model::{
    Client, KeyState, SigningAlgorithm, SigningKeyRecord, Tenant, TenantId, TenantKey,
};
use doorward_core::needs::Need;
use doorward_core::refusal::Refusal;
use doorward_crypto::{KeyFault, MasterKey};
use doorward_store::{CommitError, DirectoryQuery, Entry, Paging, StoreFault};

use crate::app::App;
use crate::keyring::{MintFault, new_key, resealed};
use crate::root::RootFault;

/// Why a round was not finished.
#[derive(Debug, thiserror::Error)]
pub enum RotationFault {
    /// A change lost a race; the next round finds what is left.
    #[error("{0}")]
    Commit(#[from] CommitError),
    /// A key cannot be made or opened.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// A stored key is corrupt.
    #[error("a stored key is corrupt: {0}")]
    Corrupt(String),
    /// A rule said no.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The root secret.
    #[error(transparent)]
    Root(#[from] RootFault),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

impl From<MintFault> for RotationFault {
    fn from(fault: MintFault) -> Self {
        match fault {
            MintFault::Key(fault) => Self::Key(fault),
            other => Self::Corrupt(other.to_string()),
        }
    }
}

impl App {
    /// One round: every tenant's keys are moved on, and what the master key still seals itself is sealed anew. Returns how
    /// many tenants changed. What fails for one tenant is told and does not keep the others waiting.
    pub async fn advance_keys(&self) -> Result<usize, StoreFault> {
        let mut changed = 0;
        for tenant in self.all_tenants().await? {
            match self.advance_keys_of(&tenant).await {
                Ok(moved) => changed += usize::from(moved),
                Err(fault) => {
                    tracing::error!(%fault, tenant = %tenant.name, "the signing keys cannot be moved on");
                }
            }
        }
        Ok(changed)
    }

    /// Changes the master key: seals anew whatever the old one sealed itself, then the root secret under both; the old key
    /// goes at the first start with the new one.
    pub async fn rotate_master_key(&self, new: &MasterKey, actor: &Actor) -> Result<(), RotationFault> {
        for tenant in self.all_tenants().await? {
            self.reseal_keys_of(&tenant).await?;
        }
        self.ports().root.rotate(self.store().as_ref(), new).await?;
        let line = AuditEntry {
            tenant: None,
            at: self.now(),
            actor: actor.clone(),
            credential: None,
            action: "master_key.rotate".to_owned(),
            target: "installation".to_owned(),
            detail: serde_json::json!({}),
        };
        Ok(self.commit(vec![Change::Audit(line)]).await?)
    }

    /// What ends soon in any tenant and has to be seen to, the soonest first.
    pub async fn expiring(&self) -> Result<Vec<Expiring>, StoreFault> {
        let now = self.now();
        let mut all = Vec::new();
        for tenant in self.all_tenants().await? {
            let clients = self.all_clients(tenant.id).await?;
            let keys = self.keys_of(&tenant).await?;
            all.extend(expiring(&tenant, (&clients, &keys), now));
        }
        all.sort_by_key(|line| line.at);
        Ok(all)
    }

    /// Every application of a tenant.
    pub(crate) async fn all_clients(&self, tenant: TenantId) -> Result<Vec<Client>, StoreFault> {
        let mut all = Vec::new();
        let mut page = Paging::first();
        loop {
            let query = DirectoryQuery::Clients { tenant, page: page.clone() };
            let rows = self.store().list(&query).await?;
            all.extend(rows.entries.into_iter().filter_map(|entry| match entry {
                Entry::Client(client) => Some(*client),
                _ => None,
            }));
            let Some(next) = rows.next else { return Ok(all) };
            page = page.after(next);
        }
    }

    async fn all_tenants(&self) -> Result<Vec<Tenant>, StoreFault> {
        let mut all = Vec::new();
        let mut page = Paging::first();
        loop {
            let rows = self.store().list(&DirectoryQuery::Tenants { page: page.clone() }).await?;
            all.extend(rows.entries.into_iter().filter_map(|entry| match entry {
                Entry::Tenant(tenant) => Some(*tenant),
                _ => None,
            }));
            let Some(next) = rows.next else { return Ok(all) };
            page = page.after(next);
        }
    }

    async fn advance_keys_of(&self, tenant: &Tenant) -> Result<bool, RotationFault> {
        let resealed = self.reseal_keys_of(tenant).await?;
        let keys = self.keys_of(tenant).await?;
        let steps = key_steps(&keys, tenant.keys, self.now());
        if steps.is_empty() {
            return Ok(resealed);
        }
        let wanted: Vec<SigningAlgorithm> = steps
            .iter()
            .filter_map(|step| match step {
                KeyStep::Publish(algorithm) => Some(*algorithm),
                KeyStep::Promote(_) | KeyStep::Remove(_) => None,
            })
            .collect();
        // An RSA key takes a good part of a second, so this runs beside the request threads.
        let (app, id, now) = (self.clone(), tenant.id, self.now());
        let make = move || {
            let key = |algorithm| new_key((id, algorithm), KeyState::Upcoming, app.sealer(), now);
            wanted.into_iter().map(key).collect::<Result<Vec<_>, _>>()
        };
        let made = tokio::task::spawn_blocking(make).await.expect("making a key does not panic")?;
        self.perform(tenant, KeyCommand::Advance { made }).await?;
        Ok(true)
    }

    async fn reseal_keys_of(&self, tenant: &Tenant) -> Result<bool, RotationFault> {
        let keys = self.keys_of(tenant).await?;
        let mut again: Vec<SigningKeyRecord> = Vec::new();
        for key in &keys {
            again.extend(resealed(key, self.sealer())?);
        }
        let any = !again.is_empty();
        if any {
            self.perform(tenant, KeyCommand::Reseal { resealed: again }).await?;
        }
        Ok(any)
    }

    async fn keys_of(&self, tenant: &Tenant) -> Result<Vec<SigningKeyRecord>, StoreFault> {
        Ok(self.store().facts(&[Need::Keys(tenant.id)]).await?.keys(tenant.id).to_vec())
    }

    /// Runs a command in the server's own name, on the store itself and not on a node's cache.
    async fn perform(&self, tenant: &Tenant, command: KeyCommand) -> Result<(), RotationFault> {
        let command = Command::Key(TenantKey::new(&tenant.id.to_string()), command);
        let mut facts = doorward_core::facts::Facts::new();
        loop {
            let missing = directory::needs(&command, &facts);
            if missing.is_empty() {
                break;
            }
            facts.extend(self.store().facts(&missing).await?);
        }
        let decision = self
            .with_env(self.now(), |env| directory::decide(&command, &facts, env, &Caller::system()))
            .map_err(|refusal| RotationFault::Refused(Box::new(refusal)))?;
        Ok(self.commit(decision.changes).await?)
    }
}

//! Commands of the directory, run in this process: load, decide, commit, and again after a lost race.

use anyhow::{Context as _, anyhow};
use doorward_core::change::Conflict;
use doorward_core::directory::{self, Caller, Command, Outcome, is_built_in};
use doorward_core::facts::Facts;
use doorward_core::model::{Client, Resource, SignInName, Tenant, TenantKey, User};
use doorward_core::needs::Need;
use doorward_server::App;
use doorward_store::{CommitError, DirectoryQuery, Entry, Paging};

/// How often a lost race is run again.
const ROUNDS: usize = 3;

/// The directory of an open installation. Reads the store itself, never a cache.
pub(super) struct Directory<'a> {
    pub(super) app: &'a App,
}

impl Directory<'_> {
    /// Runs a command as the server itself.
    pub(super) async fn run(&self, command: Command) -> anyhow::Result<Outcome> {
        for _ in 0..ROUNDS {
            let mut facts = Facts::new();
            loop {
                let missing = directory::needs(&command, &facts);
                if missing.is_empty() {
                    break;
                }
                facts.extend(self.app.store().facts(&missing).await?);
            }
            let now = self.app.now();
            let decision = self
                .app
                .with_env(now, |env| directory::decide(&command, &facts, env, &Caller::system()))
                .map_err(|refusal| anyhow!("{refusal}"))?;
            match self.app.commit(decision.changes).await {
                Ok(()) => return Ok(decision.outcome),
                Err(CommitError::Conflict(Conflict::Changed)) => {}
                Err(CommitError::Conflict(conflict)) => {
                    return Err(anyhow!("{}", directory::conflict(&command, conflict)));
                }
                Err(CommitError::Fault(fault)) => return Err(fault.into()),
            }
        }
        Err(anyhow!("{}", directory::conflict(&command, Conflict::Changed)))
    }

    /// The tenant of that name.
    pub(super) async fn tenant(&self, name: &str) -> anyhow::Result<Option<Tenant>> {
        let key = TenantKey::new(name);
        let facts = self.app.store().facts(&[Need::Tenant(key.clone())]).await?;
        Ok(facts.tenant(&key).cloned())
    }

    /// The account with that sign-in name.
    pub(super) async fn user(&self, tenant: &Tenant, name: &str) -> anyhow::Result<Option<User>> {
        let name = SignInName::canonical_form(name);
        let need = Need::UserByName(tenant.id, tenant.default_pool, name.clone());
        let facts = self.app.store().facts(&[need]).await?;
        Ok(facts.user_by_name(tenant.id, tenant.default_pool, &name).cloned())
    }

    /// The API of that short name.
    pub(super) async fn api(&self, tenant: &Tenant, name: &str) -> anyhow::Result<Option<Resource>> {
        let facts = self.app.store().facts(&[Need::Resource(tenant.id, name.to_lowercase())]).await?;
        Ok(facts.resource(tenant.id, name).cloned())
    }

    /// Every application of a tenant.
    pub(super) async fn apps(&self, tenant: &Tenant) -> anyhow::Result<Vec<Client>> {
        let mut apps = Vec::new();
        let mut query = Some(DirectoryQuery::Clients { tenant: tenant.id, page: Paging::first() });
        while let Some(asked) = query.take() {
            let page = self.app.store().list(&asked).await.context("listing applications")?;
            apps.extend(page.entries.into_iter().filter_map(|entry| match entry {
                // The command line is every tenant's, not one of the demo's apps.
                Entry::Client(client) if !is_built_in(&client) => Some(*client),
                _ => None,
            }));
            query = page.next.map(|cursor| {
                let next = asked.page().after(cursor);
                asked.at(next)
            });
        }
        Ok(apps)
    }
}

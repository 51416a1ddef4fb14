//! Which cached answers a change makes stale (Settled 14).

use doorward_core::change::{Change, DirectoryChange, KeyChange};
use doorward_core::facts::Answer;
use doorward_core::model::{AppId, ResourceId, RoleHolder, TenantId};
use doorward_core::needs::Need;
use serde::{Deserialize, Serialize};

/// A piece of hot configuration that changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigKey {
    /// The app roles of an application.
    AppRoles(TenantId, AppId),
    /// An application.
    Client(TenantId, AppId),
    /// The user flows of a tenant.
    Flow(TenantId),
    /// The signing keys of a tenant.
    Keys(TenantId),
    /// An API, and with it the app roles that are roles of this API.
    Resource(TenantId, ResourceId),
    /// A tenant with everything in it.
    Tenant(TenantId),
}

impl ConfigKey {
    /// Whether a cached answer may be stale now. An answer that found nothing is concerned whenever something of its
    /// kind changed in its tenant: it may be found now.
    pub fn concerns(&self, need: &Need, answer: &Answer) -> bool {
        match (self, need) {
            (Self::Tenant(changed), Need::Tenant(_)) => match answer {
                Answer::Tenant(Some(tenant)) => tenant.id == *changed,
                _ => true,
            },
            (Self::Tenant(changed), _) => need.is_configuration() && tenant_of(need) == Some(*changed),
            (Self::AppRoles(tenant, app), Need::RoleAssignments(of, RoleHolder::App(holder))) => {
                tenant == of && app == holder
            }
            (Self::Client(tenant, app), Need::Client(of, _)) => {
                tenant == of
                    && match answer {
                        Answer::Client(Some(client)) => client.app_id == *app,
                        _ => true,
                    }
            }
            (Self::Client(tenant, app), Need::ClientByApp(of, asked)) => tenant == of && app == asked,
            (Self::Flow(tenant), Need::Flow(of, _) | Need::Flows(of))
            | (Self::Keys(tenant), Need::Keys(of)) => tenant == of,
            (Self::Resource(tenant, id), Need::Resource(of, _)) => {
                tenant == of
                    && match answer {
                        Answer::Resource(Some(resource)) => resource.id == *id,
                        _ => true,
                    }
            }
            (Self::Resource(tenant, id), Need::ResourceById(of, asked)) => tenant == of && id == asked,
            (Self::Resource(tenant, id), Need::RoleAssignments(of, RoleHolder::App(_))) => {
                tenant == of
                    && match answer {
                        Answer::RoleAssignments(rows) => rows.iter().any(|row| row.resource == *id),
                        _ => true,
                    }
            }
            _ => false,
        }
    }
}

/// The configuration that changed after some version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigLog {
    /// The version that these keys lead to.
    pub version: u64,
    /// What changed, in the order of the commits.
    pub keys: Vec<ConfigKey>,
    /// The log does not reach back so far: drop everything.
    pub reset: bool,
}

/// The configuration that a change touches; empty for everything that belongs to a principal.
pub fn config_keys(change: &Change) -> Vec<ConfigKey> {
    match change {
        Change::Directory(change) => directory_keys(change),
        Change::Key(KeyChange::Add(key)) => vec![ConfigKey::Keys(key.tenant)],
        Change::Key(KeyChange::Move { tenant, .. } | KeyChange::Remove { tenant, .. }) => {
            vec![ConfigKey::Keys(*tenant)]
        }
        Change::Audit(_)
        | Change::Challenge(_)
        | Change::Grant(_)
        | Change::Guess(_)
        | Change::Mail(_)
        | Change::Revocation(_)
        | Change::Session(_) => Vec::new(),
    }
}

fn directory_keys(change: &DirectoryChange) -> Vec<ConfigKey> {
    match change {
        DirectoryChange::CreateTenant(tenant, _) => vec![ConfigKey::Tenant(tenant.id)],
        DirectoryChange::UpdateTenant { after, .. } => vec![ConfigKey::Tenant(after.id)],
        DirectoryChange::DeleteTenant(tenant) => vec![ConfigKey::Tenant(*tenant)],
        DirectoryChange::RegisterClient(client) | DirectoryChange::UpdateClient { after: client, .. } => {
            vec![ConfigKey::Client(client.tenant, client.app_id)]
        }
        DirectoryChange::DeleteClient(tenant, app) => {
            vec![ConfigKey::Client(*tenant, *app), ConfigKey::AppRoles(*tenant, *app)]
        }
        DirectoryChange::RegisterResource(resource)
        | DirectoryChange::UpdateResource { after: resource, .. } => {
            vec![ConfigKey::Resource(resource.tenant, resource.id)]
        }
        DirectoryChange::DeleteResource(tenant, resource) => vec![ConfigKey::Resource(*tenant, *resource)],
        DirectoryChange::PutFlow(flow) => vec![ConfigKey::Flow(flow.tenant)],
        DirectoryChange::DeleteFlow(tenant, _) => vec![ConfigKey::Flow(*tenant)],
        DirectoryChange::AssignRole(row) | DirectoryChange::UnassignRole(row) => match row.holder {
            RoleHolder::App(app) => vec![ConfigKey::AppRoles(row.tenant, app)],
            RoleHolder::User(_) => Vec::new(),
        },
        DirectoryChange::CreateUser(_)
        | DirectoryChange::UpdateUser { .. }
        | DirectoryChange::DeleteUser(..)
        | DirectoryChange::ExtendConsent(_)
        | DirectoryChange::WithdrawConsent { .. } => Vec::new(),
    }
}

fn tenant_of(need: &Need) -> Option<TenantId> {
    match need {
        Need::Client(tenant, _)
        | Need::ClientByApp(tenant, _)
        | Need::Flow(tenant, _)
        | Need::Flows(tenant)
        | Need::Keys(tenant)
        | Need::Resource(tenant, _)
        | Need::ResourceById(tenant, _)
        | Need::RoleAssignments(tenant, _) => Some(*tenant),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use doorward_core::model::{ClientId, Instant, RoleAssignment, RoleId, TenantKey, UserId};

    use super::*;

    fn tenant(byte: u8) -> TenantId {
        TenantId::random([byte; 16])
    }

    #[test]
    fn an_answer_that_found_nothing_is_dropped_with_its_kind_and_tenant() {
        let need = Need::Client(tenant(1), ClientId::parse("shop").unwrap());
        let nothing = Answer::Client(None);
        let app = AppId::random([9; 16]);
        assert!(ConfigKey::Client(tenant(1), app).concerns(&need, &nothing));
        assert!(!ConfigKey::Client(tenant(2), app).concerns(&need, &nothing));
        assert!(!ConfigKey::Flow(tenant(1)).concerns(&need, &nothing));
        assert!(ConfigKey::Tenant(tenant(1)).concerns(&need, &nothing));
        let unknown = Need::Tenant(TenantKey::new("meadow"));
        assert!(ConfigKey::Tenant(tenant(1)).concerns(&unknown, &Answer::Tenant(None)));
    }

    #[test]
    fn removing_an_api_drops_the_app_roles_that_name_it() {
        let (app, api) = (AppId::random([3; 16]), ResourceId::random([4; 16]));
        let need = Need::RoleAssignments(tenant(1), RoleHolder::App(app));
        let row = RoleAssignment {
            tenant: tenant(1),
            holder: RoleHolder::App(app),
            resource: api,
            role: RoleId::random([5; 16]),
            assigned_at: Instant::from_seconds(1),
        };
        let key = ConfigKey::Resource(tenant(1), api);
        assert!(key.concerns(&need, &Answer::RoleAssignments(vec![row])));
        assert!(!key.concerns(&need, &Answer::RoleAssignments(Vec::new())));
    }

    #[test]
    fn what_belongs_to_a_person_is_no_configuration() {
        let row = RoleAssignment {
            tenant: tenant(1),
            holder: RoleHolder::User(UserId::random([3; 16])),
            resource: ResourceId::random([4; 16]),
            role: RoleId::random([5; 16]),
            assigned_at: Instant::from_seconds(1),
        };
        assert!(config_keys(&DirectoryChange::AssignRole(row).into()).is_empty());
    }
}

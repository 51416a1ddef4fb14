//! Who let which client use which permissions of which API.

use serde::{Deserialize, Serialize};

use super::{AppId, Instant, ResourceId, RoleId, ScopeSet, TenantId, UserId};

/// For whom a delegated grant holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Principal {
    /// Every user of the tenant; only an administrator gives it.
    All,
    /// One user.
    User(UserId),
}

/// A delegated grant: the client may use these scopes of this API in the name of the principal.
/// At most one row per (client, resource, principal).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentGrant {
    /// The tenant.
    pub tenant: TenantId,
    /// The application that may.
    pub client: AppId,
    /// The API.
    pub resource: ResourceId,
    /// For whom.
    pub principal: Principal,
    /// Short scope names.
    pub scopes: ScopeSet,
    /// Who gave it; `None` where the operator did on the command line.
    pub granted_by: Option<UserId>,
    /// When it was last extended.
    pub granted_at: Instant,
}

/// Who holds an app role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleHolder {
    /// An application, for its app-only tokens.
    App(AppId),
    /// A user.
    User(UserId),
}

/// An app-role assignment: an application permission that was really granted, or a user's role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleAssignment {
    /// The tenant.
    pub tenant: TenantId,
    /// Who holds it.
    pub holder: RoleHolder,
    /// The API that knows the role.
    pub resource: ResourceId,
    /// The role.
    pub role: RoleId,
    /// When it was assigned.
    pub assigned_at: Instant,
}

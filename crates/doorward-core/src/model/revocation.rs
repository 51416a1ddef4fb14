//! What was taken back, for those who verify tokens without asking (Settled 10).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    AppId, ClientId, Expiry, GrantId, Instant, KeyId, Principal, ResourceId, RoleHolder, RoleId, ScopeSet,
    TenantId, UserId,
};

/// What no longer counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revoked {
    /// Everything that was issued for an API before the moment.
    Api(ResourceId),
    /// Everything that was issued to a client before the moment.
    Client {
        /// The application.
        app: AppId,
        /// As its tokens name it: nobody can look it up once the application is gone.
        client_id: ClientId,
    },
    /// A delegated permission, in tokens issued before the moment: it counts as absent.
    Consent {
        /// The application.
        client: AppId,
        /// The API.
        resource: ResourceId,
        /// Whose grant.
        principal: Principal,
        /// Which scopes; `None` for all of them.
        scopes: Option<ScopeSet>,
    },
    /// Every token of a grant.
    Grant(GrantId),
    /// Everything that a signing key signed, whenever it did.
    Key(KeyId),
    /// Scopes and roles that an API no longer has, in tokens issued before the moment: they count as absent.
    Permissions {
        /// The API.
        resource: ResourceId,
        /// Scopes, by their short names.
        scopes: ScopeSet,
        /// Roles, by their values.
        roles: Vec<String>,
    },
    /// An app role, in tokens issued before the moment: it counts as absent.
    Role {
        /// Who held it.
        holder: RoleHolder,
        /// The API.
        resource: ResourceId,
        /// The role.
        role: RoleId,
    },
    /// Everything that was issued in the tenant before the moment.
    Tenant,
    /// One access token by its `jti`.
    Token(String),
    /// Everything that was issued for a user before the moment.
    User(UserId),
}

impl Revoked {
    /// A stable text that tells one revocation from another; a later one of the same key replaces the earlier.
    pub fn key(&self) -> String {
        match self {
            Self::Api(api) => format!("api/{api}"),
            Self::Client { app, .. } => format!("client/{app}"),
            Self::Consent { client, resource, principal, scopes } => {
                let whose = match principal {
                    Principal::All => "all".to_owned(),
                    Principal::User(user) => user.to_string(),
                };
                let which = scopes.as_ref().map_or_else(|| "*".to_owned(), ToString::to_string);
                format!("consent/{client}/{resource}/{whose}/{which}")
            }
            Self::Grant(grant) => format!("grant/{grant}"),
            Self::Key(kid) => format!("key/{kid}"),
            Self::Permissions { resource, scopes, roles } => {
                format!("permissions/{resource}/{scopes}/{}", roles.join(" "))
            }
            Self::Role { holder, resource, role } => {
                let who = match holder {
                    RoleHolder::App(app) => format!("app/{app}"),
                    RoleHolder::User(user) => format!("user/{user}"),
                };
                format!("role/{who}/{resource}/{role}")
            }
            Self::Tenant => "tenant".to_owned(),
            Self::Token(jti) => format!("token/{jti}"),
            Self::User(user) => format!("user/{user}"),
        }
    }
}

/// One line of the revocation feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// The tenant.
    pub tenant: TenantId,
    /// What.
    pub what: Revoked,
    /// Tokens issued at or before this moment are concerned.
    pub at: Instant,
    /// When every token concerned has ended, and the line with it.
    pub until: Expiry,
}

impl Revocation {
    /// No access token lives longer than a line of the feed: one day.
    pub const KEPT: Duration = Duration::from_hours(24);

    /// A line that is kept as long as any token concerned can live.
    pub fn new(tenant: TenantId, what: Revoked, at: Instant) -> Self {
        Self { tenant, what, at, until: Expiry::at(at + Self::KEPT) }
    }
}

//! What was taken back, for those who verify tokens without asking (Settled 10).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    AppId, Expiry, GrantId, Instant, Principal, ResourceId, RoleHolder, RoleId, ScopeSet, TenantId, UserId,
};

/// What no longer counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revoked {
    /// Everything that was issued to a client before the moment.
    Client(AppId),
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
    /// An app role, in tokens issued before the moment: it counts as absent.
    Role {
        /// Who held it.
        holder: RoleHolder,
        /// The API.
        resource: ResourceId,
        /// The role.
        role: RoleId,
    },
    /// One access token by its `jti`.
    Token(String),
    /// Everything that was issued for a user before the moment.
    User(UserId),
}

impl Revoked {
    /// A stable text that tells one revocation from another; a later one of the same key replaces the earlier.
    pub fn key(&self) -> String {
        match self {
            Self::Client(app) => format!("client/{app}"),
            Self::Consent { client, resource, principal, scopes } => {
                let whose = match principal {
                    Principal::All => "all".to_owned(),
                    Principal::User(user) => user.to_string(),
                };
                let which = scopes.as_ref().map_or_else(|| "*".to_owned(), ToString::to_string);
                format!("consent/{client}/{resource}/{whose}/{which}")
            }
            Self::Grant(grant) => format!("grant/{grant}"),
            Self::Role { holder, resource, role } => {
                let who = match holder {
                    RoleHolder::App(app) => format!("app/{app}"),
                    RoleHolder::User(user) => format!("user/{user}"),
                };
                format!("role/{who}/{resource}/{role}")
            }
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

//! What a decision must see, as data. The shell loads it; the core never asks a store.
//!
//! A decision names what it lacks ([`crate::facts::Facts::lacks`]) until it lacks nothing; two rounds are the rule,
//! three the limit. Every need costs an engine at most one keyed read.

use serde::{Deserialize, Serialize};

use crate::model::{
    AppId, ClientId, Digest, GrantId, PoolId, ResourceId, RoleHolder, TenantId, TenantKey, UserId,
};

/// One keyed question to the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// How many guesses a budget has left is the commit's business; this reads the count for explanations.
    Budget(BudgetKey),
    /// An open challenge.
    Challenge(TenantId, Digest),
    /// The application with that `client_id`.
    Client(TenantId, ClientId),
    /// The application with that GUID.
    ClientByApp(TenantId, AppId),
    /// An authorization code by the digest of the code.
    Code(TenantId, Digest),
    /// The delegated grants of a client for a user: the user's own rows and those for all principals.
    Consents(TenantId, AppId, UserId),
    /// The logged request of that trace id.
    Event(String),
    /// The user flow that answers to that segment, lower case.
    Flow(TenantId, String),
    /// All user flows of a tenant (there are few).
    Flows(TenantId),
    /// A delegated grant.
    Grant(TenantId, GrantId),
    /// The signing keys of a tenant.
    Keys(TenantId),
    /// The API that answers to an identifier: GUID, short name or identifier URI, lower case.
    Resource(TenantId, String),
    /// The API with that id.
    ResourceById(TenantId, ResourceId),
    /// The revocations of a tenant that still concern somebody.
    Revocations(TenantId),
    /// The app-role assignments of one holder.
    RoleAssignments(TenantId, RoleHolder),
    /// A browser session by the digest of its cookie.
    Session(Digest),
    /// Whether a single-use mark was set.
    Spent(Digest),
    /// The tenant that answers to an id, short name or domain.
    Tenant(TenantKey),
    /// Whether a token id (`jti`) was revoked on its own.
    TokenRevoked(TenantId, String),
    /// A user by id.
    User(TenantId, PoolId, UserId),
    /// A user by id alone; ids are unique in a tenant.
    UserInTenant(TenantId, UserId),
    /// A user by canonical sign-in name or user principal name, in a pool.
    UserByName(TenantId, PoolId, String),
}

impl Need {
    /// Whether the answer is hot configuration, which a node may keep in its cache (Settled 14). Everything that
    /// belongs to a principal, and every code, grant and session, is read each time.
    pub fn is_configuration(&self) -> bool {
        matches!(
            self,
            Self::Client(..)
                | Self::ClientByApp(..)
                | Self::Flow(..)
                | Self::Flows(..)
                | Self::Keys(..)
                | Self::Resource(..)
                | Self::ResourceById(..)
                | Self::Tenant(..)
        ) || matches!(self, Self::RoleAssignments(_, RoleHolder::App(_)))
    }
}

/// What a guess budget counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetKey {
    /// Password guesses at one sign-in name, whether the account exists or not. Holds a keyed digest of the name.
    Password(TenantId, Digest),
    /// Guesses at the answer of a challenge, by the challenge's transaction or the account.
    Answer(TenantId, Digest),
    /// Guesses at an account's second factor.
    Factor(TenantId, UserId),
    /// Mails to one mailbox. Holds a keyed digest of the address.
    Mail(TenantId, Digest),
}

impl BudgetKey {
    /// A stable text for engines to key rows by.
    pub fn to_text(&self) -> String {
        match self {
            Self::Answer(tenant, digest) => format!("answer/{tenant}/{}", digest.to_text()),
            Self::Factor(tenant, user) => format!("factor/{tenant}/{user}"),
            Self::Mail(tenant, digest) => format!("mail/{tenant}/{}", digest.to_text()),
            Self::Password(tenant, digest) => format!("password/{tenant}/{}", digest.to_text()),
        }
    }

    /// The tenant it belongs to.
    pub fn tenant(&self) -> TenantId {
        match self {
            Self::Answer(tenant, _)
            | Self::Factor(tenant, _)
            | Self::Mail(tenant, _)
            | Self::Password(tenant, _) => *tenant,
        }
    }
}

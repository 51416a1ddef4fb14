//! The questions of an administration, and the pages that answer them.

use doorward_core::change::AuditEntry;
use doorward_core::model::{
    AppId, BrowserSession, Client, ConsentGrant, Event, Grant, Mail, PoolId, Resource, ResourceId,
    RoleAssignment, RoleHolder, SigningKeyRecord, Tenant, TenantId, User, UserFlow, UserId, UserPool,
};
use serde::{Deserialize, Serialize};

/// A listing. Everything but the tenants and the installation's audit log belongs to one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DirectoryQuery {
    /// The audit log, latest first: of one tenant, or of the whole installation.
    Audit {
        /// The tenant; `None` for every line there is.
        tenant: Option<TenantId>,
        /// Which page.
        page: Paging,
    },
    /// Applications by name.
    Clients {
        /// The tenant.
        tenant: TenantId,
        /// Which page.
        page: Paging,
    },
    /// Delegated permissions.
    Consents {
        /// The tenant.
        tenant: TenantId,
        /// Only of this application.
        client: Option<AppId>,
        /// Only those given for this user alone.
        user: Option<UserId>,
        /// Which page.
        page: Paging,
    },
    /// The request log, latest first: of one tenant, or of the whole installation.
    Events {
        /// The tenant; `None` for every line there is.
        tenant: Option<TenantId>,
        /// Only of this application; needs a tenant.
        app: Option<AppId>,
        /// Only of this user; needs a tenant.
        user: Option<UserId>,
        /// Which page.
        page: Paging,
    },
    /// User flows by name.
    Flows {
        /// The tenant.
        tenant: TenantId,
        /// Which page.
        page: Paging,
    },
    /// Delegated grants, the revoked ones included until they are swept.
    Grants {
        /// The tenant.
        tenant: TenantId,
        /// Only of this user.
        user: Option<UserId>,
        /// Only of this application.
        client: Option<AppId>,
        /// Which page.
        page: Paging,
    },
    /// Signing keys.
    Keys {
        /// The tenant.
        tenant: TenantId,
        /// Which page.
        page: Paging,
    },
    /// The outbox, next attempt first.
    Mails {
        /// Which page.
        page: Paging,
    },
    /// Pools by name.
    Pools {
        /// The tenant.
        tenant: TenantId,
        /// Which page.
        page: Paging,
    },
    /// APIs by name.
    Resources {
        /// The tenant.
        tenant: TenantId,
        /// Which page.
        page: Paging,
    },
    /// App-role assignments.
    RoleAssignments {
        /// The tenant.
        tenant: TenantId,
        /// Only of this holder.
        holder: Option<RoleHolder>,
        /// Only of this API's roles.
        resource: Option<ResourceId>,
        /// Which page.
        page: Paging,
    },
    /// The browser sessions in which a user is signed in, the ended ones included until they are swept.
    Sessions {
        /// The tenant.
        tenant: TenantId,
        /// The user.
        user: UserId,
        /// Which page.
        page: Paging,
    },
    /// Tenants by name.
    Tenants {
        /// Which page.
        page: Paging,
    },
    /// Users by sign-in name.
    Users {
        /// The tenant.
        tenant: TenantId,
        /// Only of this pool.
        pool: Option<PoolId>,
        /// How a sign-in name, e-mail address or the display name begins; compared without case.
        search: Option<String>,
        /// Which page.
        page: Paging,
    },
}

impl DirectoryQuery {
    /// The page that was asked for.
    pub fn page(&self) -> &Paging {
        match self {
            Self::Audit { page, .. }
            | Self::Clients { page, .. }
            | Self::Consents { page, .. }
            | Self::Events { page, .. }
            | Self::Flows { page, .. }
            | Self::Grants { page, .. }
            | Self::Keys { page, .. }
            | Self::Mails { page }
            | Self::Pools { page, .. }
            | Self::Resources { page, .. }
            | Self::RoleAssignments { page, .. }
            | Self::Sessions { page, .. }
            | Self::Tenants { page }
            | Self::Users { page, .. } => page,
        }
    }

    /// The same listing, another page.
    #[must_use]
    pub fn at(mut self, page: Paging) -> Self {
        match &mut self {
            Self::Audit { page: old, .. }
            | Self::Clients { page: old, .. }
            | Self::Consents { page: old, .. }
            | Self::Events { page: old, .. }
            | Self::Flows { page: old, .. }
            | Self::Grants { page: old, .. }
            | Self::Keys { page: old, .. }
            | Self::Mails { page: old }
            | Self::Pools { page: old, .. }
            | Self::Resources { page: old, .. }
            | Self::RoleAssignments { page: old, .. }
            | Self::Sessions { page: old, .. }
            | Self::Tenants { page: old }
            | Self::Users { page: old, .. } => *old = page,
        }
        self
    }
}

/// How much of a listing, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    limit: u32,
    cursor: Option<Cursor>,
}

/// A page of impossible size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a page holds 1 to 1000 rows, not {0}")]
pub struct PagingFault(pub u32);

impl Paging {
    /// The most rows of a page.
    pub const MOST: u32 = 1000;

    /// `limit` rows, 1 to 1000, after the cursor or from the beginning.
    pub fn new(limit: u32, cursor: Option<Cursor>) -> Result<Self, PagingFault> {
        if (1..=Self::MOST).contains(&limit) { Ok(Self { limit, cursor }) } else { Err(PagingFault(limit)) }
    }

    /// The first page, as large as pages get.
    pub fn first() -> Self {
        Self { limit: Self::MOST, cursor: None }
    }

    /// Pages of the same size after the cursor.
    #[must_use]
    pub fn after(&self, cursor: Cursor) -> Self {
        Self { limit: self.limit, cursor: Some(cursor) }
    }

    /// How many rows.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// After which row.
    pub fn cursor(&self) -> Option<&Cursor> {
        self.cursor.as_ref()
    }
}

/// Where a page ended. Opaque: only the engine that made it reads it, and it may travel through untrusted hands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// Wraps what an engine wrote, or what came back from outside.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Some rows, and where the next ones begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub entries: Vec<T>,
    /// Leads to the rest; `None` when there is none.
    pub next: Option<Cursor>,
}

/// A row of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Of `Audit`.
    Audit(Box<AuditEntry>),
    /// Of `Clients`.
    Client(Box<Client>),
    /// Of `Consents`.
    Consent(Box<ConsentGrant>),
    /// Of `Events`.
    Event(Box<Event>),
    /// Of `Flows`.
    Flow(Box<UserFlow>),
    /// Of `Grants`.
    Grant(Box<Grant>),
    /// Of `Keys`.
    Key(Box<SigningKeyRecord>),
    /// Of `Mails`.
    Mail(Box<Mail>),
    /// Of `Pools`.
    Pool(Box<UserPool>),
    /// Of `Resources`.
    Resource(Box<Resource>),
    /// Of `RoleAssignments`.
    RoleAssignment(Box<RoleAssignment>),
    /// Of `Sessions`.
    Session(Box<BrowserSession>),
    /// Of `Tenants`.
    Tenant(Box<Tenant>),
    /// Of `Users`.
    User(Box<User>),
}

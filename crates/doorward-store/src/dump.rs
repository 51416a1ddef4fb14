//! Everything as rows that no engine owns: for export, restore and the copy from one engine to another (Settled 15).

use doorward_core::change::AuditEntry;
use doorward_core::model::{
    AuthorizationCode, BrowserSession, Challenge, Client, ConsentGrant, Digest, Event, Expiry, Grant,
    Instant, Mail, Resource, Revocation, RoleAssignment, SigningKeyRecord, Tenant, TenantId, User, UserFlow,
    UserPool,
};
use doorward_core::needs::BudgetKey;
use serde::{Deserialize, Serialize};

/// One row. What refers to another row comes after it. Secrets stay digests, or sealed under the master key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DumpRow {
    /// A line of the audit log.
    Audit {
        /// Its place in the log.
        number: u64,
        /// The line.
        entry: Box<AuditEntry>,
    },
    /// A guess budget.
    Budget {
        /// What is counted.
        key: BudgetKey,
        /// Guesses charged.
        count: u32,
        /// When the window began.
        started_at: Instant,
        /// When it ends.
        ends_at: Expiry,
    },
    /// An open challenge.
    Challenge(Box<Challenge>),
    /// An application.
    Client(Box<Client>),
    /// A code.
    Code(Box<AuthorizationCode>),
    /// A delegated permission.
    Consent(Box<ConsentGrant>),
    /// A line of the request log.
    Event {
        /// Its place in the log.
        number: u64,
        /// The line.
        event: Box<Event>,
    },
    /// A user flow.
    Flow(Box<UserFlow>),
    /// A delegated grant with its refresh family.
    Grant(Box<Grant>),
    /// A signing key.
    Key(Box<SigningKeyRecord>),
    /// A mail of the outbox.
    Mail(Box<Mail>),
    /// A pool.
    Pool(Box<UserPool>),
    /// A record of the installation.
    Record {
        /// Its name.
        name: String,
        /// Its content.
        bytes: Vec<u8>,
    },
    /// An API.
    Resource(Box<Resource>),
    /// A line of the revocation feed.
    Revocation(Box<Revocation>),
    /// A revoked access token.
    RevokedToken {
        /// The tenant.
        tenant: TenantId,
        /// Its `jti`.
        jti: String,
        /// When the list may forget it.
        until: Expiry,
    },
    /// An app-role assignment.
    RoleAssignment(Box<RoleAssignment>),
    /// A browser session.
    Session(Box<BrowserSession>),
    /// A single-use mark.
    Spent {
        /// What is used up.
        id: Digest,
        /// When the mark may be forgotten.
        until: Expiry,
    },
    /// A tenant.
    Tenant(Box<Tenant>),
    /// A user.
    User(Box<User>),
}

/// Where a dump goes on. Opaque: only the engine that made it reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DumpCursor(String);

impl DumpCursor {
    /// Wraps what an engine wrote.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Some rows of a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpBatch {
    /// The rows; may be empty although more follow.
    pub rows: Vec<DumpRow>,
    /// Where to go on; `None` at the end.
    pub next: Option<DumpCursor>,
}

//! Durable effects as data: each names a fact that shall be true, and the precondition under which it may become so.
//!
//! Owns the vocabulary. Engines apply a list of changes all or nothing; a precondition that no longer holds is a
//! conflict, upon which the shell loads again and decides again. Metrics, logs and caches are not changes.

use serde::{Deserialize, Serialize};

use crate::model::{
    AppId, AuthorizationCode, BrowserSession, Challenge, Client, ConsentGrant, Digest, Expiry, FlowName,
    Grant, GrantId, Instant, KeyId, KeyState, Mail, MailId, PoolId, Principal, RefreshState, Resource,
    ResourceId, Revocation, RoleAssignment, ScopeSet, SigningKeyRecord, Tenant, TenantId, User, UserFlow,
    UserId, UserPool,
};
use crate::needs::BudgetKey;

/// One durable effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A line of the audit log; rides in the commit of what it tells.
    Audit(AuditEntry),
    /// Questions that were sent to a mailbox.
    Challenge(ChallengeChange),
    /// Tenants, users, applications, APIs, flows, permissions.
    Directory(Box<DirectoryChange>),
    /// Codes, grants, refresh families, revocations.
    Grant(Box<GrantChange>),
    /// Guess budgets and single-use marks.
    Guess(GuessChange),
    /// Signing keys.
    Key(KeyChange),
    /// The outbox.
    Mail(MailChange),
    /// A line of the revocation feed. One with the same key takes the place of the earlier.
    Revocation(Revocation),
    /// Browser sessions.
    Session(SessionChange),
}

/// Effects on delegated grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantChange {
    /// Stores a fresh code. Fails `Exists` when the digest is known.
    IssueCode(AuthorizationCode),
    /// Redeems a code and starts its grant. Fails `CodeSpent` when it was redeemed before, `Missing` when it is gone,
    /// `Epoch` when the user's or the client's epoch is later than the code, or either is disabled or gone.
    RedeemCode {
        /// The tenant.
        tenant: TenantId,
        /// The code.
        digest: Digest,
        /// The grant that begins.
        grant: Grant,
    },
    /// Replaces the current refresh token. Fails `Generation` unless the family's current generation and digest are
    /// the expected ones and it is not revoked; fails `Epoch` as above, judged by the grant's start.
    RotateRefresh {
        /// The tenant.
        tenant: TenantId,
        /// The family.
        grant: GrantId,
        /// Generation of the presented token.
        expected: u32,
        /// SHA-256 of the presented token's secret.
        expected_digest: Digest,
        /// The state that follows.
        next: RefreshState,
    },
    /// Moves the idle end of a family that does not rotate. Fails like `RotateRefresh`.
    TouchRefresh {
        /// The tenant.
        tenant: TenantId,
        /// The family.
        grant: GrantId,
        /// Generation of the presented token.
        expected: u32,
        /// The new idle end.
        idle_expiry: Expiry,
    },
    /// Ends a grant with all its tokens. Idempotent; a grant that does not exist is no conflict.
    RevokeGrant {
        /// The tenant.
        tenant: TenantId,
        /// The grant.
        grant: GrantId,
        /// When.
        at: Instant,
    },
    /// Puts one access token on the list of revoked ones until it would have ended. Idempotent.
    RevokeToken {
        /// The tenant.
        tenant: TenantId,
        /// Its `jti`.
        jti: String,
        /// When the list may forget it.
        until: Expiry,
    },
}

/// Effects on browser sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionChange {
    /// Stores a session. With `version` 1 the digest must be new (`Exists`) and the session `replaces`, if named,
    /// disappears; with a later version the stored version must be the one before (`Changed`).
    Put {
        /// The session as it shall be.
        session: BrowserSession,
        /// The session whose place it takes: the cookie changes when an account is added.
        replaces: Option<Digest>,
    },
    /// Ends a session. Idempotent.
    End {
        /// SHA-256 of its cookie.
        digest: Digest,
    },
}

/// Effects on the directory. Updates compare the stored object with `before` and fail `Changed` where it differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryChange {
    /// A new tenant with its first pool. Fails `NameTaken` on its name or domain.
    CreateTenant(Tenant, UserPool),
    /// Changes a tenant.
    UpdateTenant {
        /// As it was read.
        before: Tenant,
        /// As it shall be.
        after: Tenant,
    },
    /// Removes a tenant with all it holds. Fails `Missing`.
    DeleteTenant(TenantId),
    /// A new user. Fails `NameTaken` when a sign-in name, local id or user principal name is in use in the pool.
    CreateUser(User),
    /// Changes a user; names as above.
    UpdateUser {
        /// As it was read.
        before: User,
        /// As it shall be.
        after: User,
    },
    /// Removes a user with its grants, consents and assignments. Fails `Missing`.
    DeleteUser(TenantId, PoolId, UserId),
    /// A new application. Fails `NameTaken` on `client_id`, GUID or name.
    RegisterClient(Client),
    /// Changes an application.
    UpdateClient {
        /// As it was read.
        before: Client,
        /// As it shall be.
        after: Client,
    },
    /// Removes an application with its grants, consents and assignments. Fails `Missing`.
    DeleteClient(TenantId, AppId),
    /// A new API. Fails `NameTaken` on id, name or identifier URI.
    RegisterResource(Resource),
    /// Changes an API; identifier URIs as above.
    UpdateResource {
        /// As it was read.
        before: Resource,
        /// As it shall be.
        after: Resource,
    },
    /// Removes an API with its consents and assignments. Fails `Missing`.
    DeleteResource(TenantId, ResourceId),
    /// Stores a user flow, new or changed. Fails `NameTaken` when another flow has the name or an alias.
    PutFlow(UserFlow),
    /// Removes a user flow. Fails `Missing`.
    DeleteFlow(TenantId, FlowName),
    /// Adds scopes to the (client, resource, principal) grant: a union, so that two pages at once lose nothing.
    ExtendConsent(ConsentGrant),
    /// Takes scopes away; the row goes with its last scope. `None` takes all. Idempotent.
    WithdrawConsent {
        /// The tenant.
        tenant: TenantId,
        /// The application.
        client: AppId,
        /// The API.
        resource: ResourceId,
        /// Whose grant.
        principal: Principal,
        /// Which scopes.
        scopes: Option<ScopeSet>,
    },
    /// Assigns a role. Idempotent.
    AssignRole(RoleAssignment),
    /// Takes a role away. Idempotent.
    UnassignRole(RoleAssignment),
}

/// Effects on signing keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyChange {
    /// A new key. Fails `Exists` on its kid.
    Add(SigningKeyRecord),
    /// Moves a key on. Fails `Changed` unless it is in state `from`.
    Move {
        /// The tenant.
        tenant: TenantId,
        /// The key.
        kid: KeyId,
        /// The state it must be in.
        from: KeyState,
        /// The state it enters.
        to: KeyState,
        /// When.
        at: Instant,
    },
    /// Forgets a key. Fails `Missing`.
    Remove {
        /// The tenant.
        tenant: TenantId,
        /// The key.
        kid: KeyId,
    },
}

/// Effects on guess budgets and single-use marks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuessChange {
    /// Charges one guess, before it is verified. Fails `BudgetSpent` when `limit` guesses were charged in the
    /// window that began with the first of them.
    Charge {
        /// What is counted.
        key: BudgetKey,
        /// Now.
        at: Instant,
        /// Guesses allowed per window.
        limit: u32,
        /// Length of the window in seconds.
        window_secs: u32,
    },
    /// Forgets the guesses after a right one. Idempotent.
    Clear(BudgetKey),
    /// Marks something as used up. Fails `Exists` when it was.
    Spend {
        /// What: a digest of the transaction.
        id: Digest,
        /// When the mark may be forgotten.
        until: Expiry,
    },
}

/// Effects on challenges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengeChange {
    /// Stores a challenge; the earlier one of the same id is void.
    Put(Challenge),
    /// Uses a challenge up. Fails `Missing` when it is gone, `Changed` when its answer is another one by now.
    Spend {
        /// The tenant.
        tenant: TenantId,
        /// Which.
        id: Digest,
        /// The answer it had when it was read.
        answer: Digest,
    },
}

/// Effects on the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailChange {
    /// Puts a mail into the outbox. Fails `Exists` on its id.
    Queue(Mail),
    /// Takes a mail out: delivered, or given up. Idempotent.
    Remove(MailId),
    /// Tries again later. Idempotent; a mail that is gone is no conflict.
    Postpone {
        /// Which.
        id: MailId,
        /// How often it was tried.
        attempts: u32,
        /// Not before.
        next_attempt: Instant,
        /// Why it was not delivered.
        error: String,
    },
}

/// A line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// The tenant it concerns; `None` for the installation.
    pub tenant: Option<TenantId>,
    /// When.
    pub at: Instant,
    /// Who did it: a user, an application, or the operator at the machine.
    pub actor: Actor,
    /// By which credential they proved it, in words without a secret; `None` at the machine.
    #[serde(default)]
    pub credential: Option<String>,
    /// Dotted verb, for example `app.secret.add`.
    pub action: String,
    /// The object, for people: a name or id.
    pub target: String,
    /// What changed, without secrets.
    pub detail: serde_json::Value,
}

/// Who changed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// An application with its own permission.
    App(AppId),
    /// The holder of the data directory, at the command line.
    Operator,
    /// The server itself: seeding, rotation, sweeping.
    System,
    /// A signed-in person.
    User(TenantId, UserId),
}

/// The precondition that no longer held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Conflict {
    /// All guesses of the window are charged.
    #[error("the guess budget is spent")]
    BudgetSpent,
    /// The object changed since it was read.
    #[error("the object changed meanwhile")]
    Changed,
    /// The code was redeemed before.
    #[error("the code was redeemed meanwhile")]
    CodeSpent,
    /// The user or client was revoked, disabled or removed.
    #[error("the user or client was revoked meanwhile")]
    Epoch,
    /// Something with that key is there already.
    #[error("it exists already")]
    Exists,
    /// The refresh family moved on or was revoked.
    #[error("the refresh family moved on meanwhile")]
    Generation,
    /// It is not there (any more).
    #[error("it does not exist")]
    Missing,
    /// A unique name is in use.
    #[error("the name is taken")]
    NameTaken,
}

impl From<GrantChange> for Change {
    fn from(change: GrantChange) -> Self {
        Self::Grant(Box::new(change))
    }
}

impl From<DirectoryChange> for Change {
    fn from(change: DirectoryChange) -> Self {
        Self::Directory(Box::new(change))
    }
}

impl From<SessionChange> for Change {
    fn from(change: SessionChange) -> Self {
        Self::Session(change)
    }
}

impl From<KeyChange> for Change {
    fn from(change: KeyChange) -> Self {
        Self::Key(change)
    }
}

impl From<GuessChange> for Change {
    fn from(change: GuessChange) -> Self {
        Self::Guess(change)
    }
}

impl From<ChallengeChange> for Change {
    fn from(change: ChallengeChange) -> Self {
        Self::Challenge(change)
    }
}

impl From<MailChange> for Change {
    fn from(change: MailChange) -> Self {
        Self::Mail(change)
    }
}

impl From<Revocation> for Change {
    fn from(revocation: Revocation) -> Self {
        Self::Revocation(revocation)
    }
}

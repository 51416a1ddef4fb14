//! The consistent snapshot that answers a decision's needs.
//!
//! Fields are private; a decision that reads what it did not ask for is a bug, and its first test finds it.

use std::collections::HashMap;

use crate::model::{
    AppId, AuthorizationCode, BrowserSession, Challenge, Client, ClientId, ConsentGrant, Digest, Event,
    Grant, GrantId, PoolId, Resource, ResourceId, Revocation, RoleAssignment, RoleHolder, SigningKeyRecord,
    Tenant, TenantId, TenantKey, User, UserFlow, UserId,
};
use crate::needs::Need;
use crate::outbound::{Heard, Outbound};

/// The answer to one [`Need`]; absence is an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To `Budget`: guesses charged in the current window.
    Budget(u32),
    /// To `Challenge`.
    Challenge(Option<Box<Challenge>>),
    /// To `Client` and `ClientByApp`.
    Client(Option<Box<Client>>),
    /// To `Code`.
    Code(Option<Box<AuthorizationCode>>),
    /// To `Consents`.
    Consents(Vec<ConsentGrant>),
    /// To `Event`.
    Event(Option<Box<Event>>),
    /// To `Flow`.
    Flow(Option<Box<UserFlow>>),
    /// To `Flows`.
    Flows(Vec<UserFlow>),
    /// To `Grant`.
    Grant(Option<Box<Grant>>),
    /// To `Keys`.
    Keys(Vec<SigningKeyRecord>),
    /// To `Resource` and `ResourceById`.
    Resource(Option<Box<Resource>>),
    /// To `Revocations`.
    Revocations(Vec<Revocation>),
    /// To `RoleAssignments`.
    RoleAssignments(Vec<RoleAssignment>),
    /// To `Session`.
    Session(Option<Box<BrowserSession>>),
    /// To `Spent`.
    Spent(bool),
    /// To `Tenant`.
    Tenant(Option<Box<Tenant>>),
    /// To `TokenRevoked`.
    TokenRevoked(bool),
    /// To `User` and `UserByName`.
    User(Option<Box<User>>),
}

/// Answers by need.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    answers: HashMap<Need, Answer>,
    heard: HashMap<Outbound, Heard>,
}

macro_rules! optional {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $ty:ty),*) = $need:expr => $variant:ident -> $out:ty;)*) => {$(
        $(#[$doc])*
        ///
        /// # Panics
        /// When the decision did not ask for it: a bug.
        pub fn $name(&self, $($arg: $ty),*) -> Option<&$out> {
            match self.answer(&$need) {
                Answer::$variant(found) => found.as_deref(),
                other => panic!("an engine answered {other:?}"),
            }
        }
    )*};
}

impl Facts {
    /// No answers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an answer; a later answer replaces an earlier one.
    pub fn insert(&mut self, need: Need, answer: Answer) {
        self.answers.insert(need, answer);
    }

    /// Takes over another snapshot's answers.
    pub fn extend(&mut self, other: Self) {
        self.answers.extend(other.answers);
        self.heard.extend(other.heard);
    }

    /// Adds what somebody else's server said.
    pub fn hear(&mut self, asked: Outbound, heard: Heard) {
        self.heard.insert(asked, heard);
    }

    /// What somebody else's server said; `None` where nobody asked.
    pub fn heard(&self, asked: &Outbound) -> Option<&Heard> {
        self.heard.get(asked)
    }

    /// Those of `needs` that are not answered yet, each once.
    pub fn lacks(&self, needs: &[Need]) -> Vec<Need> {
        let mut missing = Vec::new();
        for need in needs {
            if !self.answers.contains_key(need) && !missing.contains(need) {
                missing.push(need.clone());
            }
        }
        missing
    }

    /// Whether the need was answered.
    pub fn has(&self, need: &Need) -> bool {
        self.answers.contains_key(need)
    }

    /// The answer to a need.
    pub fn get(&self, need: &Need) -> Option<&Answer> {
        self.answers.get(need)
    }

    optional! {
        /// The open challenge.
        challenge(tenant: TenantId, id: Digest) = Need::Challenge(tenant, id) => Challenge -> Challenge;
        /// The application with that `client_id`.
        client(tenant: TenantId, client_id: &ClientId) = Need::Client(tenant, client_id.clone()) => Client -> Client;
        /// The application with that GUID.
        client_by_app(tenant: TenantId, app: AppId) = Need::ClientByApp(tenant, app) => Client -> Client;
        /// The code with that digest.
        code(tenant: TenantId, digest: Digest) = Need::Code(tenant, digest) => Code -> AuthorizationCode;
        /// The logged request.
        event(trace: &str) = Need::Event(trace.to_owned()) => Event -> Event;
        /// The flow that answers to that segment.
        flow(tenant: TenantId, segment: &str) = Need::Flow(tenant, segment.to_lowercase()) => Flow -> UserFlow;
        /// The delegated grant.
        grant(tenant: TenantId, grant: GrantId) = Need::Grant(tenant, grant) => Grant -> Grant;
        /// The API that answers to that identifier.
        resource(tenant: TenantId, identifier: &str) = Need::Resource(tenant, identifier.to_lowercase()) => Resource -> Resource;
        /// The API with that id.
        resource_by_id(tenant: TenantId, id: ResourceId) = Need::ResourceById(tenant, id) => Resource -> Resource;
        /// The browser session.
        session(digest: Digest) = Need::Session(digest) => Session -> BrowserSession;
        /// The tenant.
        tenant(key: &TenantKey) = Need::Tenant(key.clone()) => Tenant -> Tenant;
        /// The user.
        user(tenant: TenantId, pool: PoolId, user: UserId) = Need::User(tenant, pool, user) => User -> User;
        /// The user with that id, in whichever pool.
        user_in_tenant(tenant: TenantId, user: UserId) = Need::UserInTenant(tenant, user) => User -> User;
        /// The user with that canonical name.
        user_by_name(tenant: TenantId, pool: PoolId, name: &str) = Need::UserByName(tenant, pool, name.to_owned()) => User -> User;
    }

    /// The client's delegated grants for that user and for all principals.
    pub fn consents(&self, tenant: TenantId, client: AppId, user: UserId) -> &[ConsentGrant] {
        match self.answer(&Need::Consents(tenant, client, user)) {
            Answer::Consents(rows) => rows,
            other => panic!("an engine answered {other:?}"),
        }
    }

    /// The revocations of the tenant that still concern somebody.
    pub fn revocations(&self, tenant: TenantId) -> &[Revocation] {
        match self.answer(&Need::Revocations(tenant)) {
            Answer::Revocations(rows) => rows,
            other => panic!("an engine answered {other:?}"),
        }
    }

    /// The role assignments of that holder.
    pub fn role_assignments(&self, tenant: TenantId, holder: RoleHolder) -> &[RoleAssignment] {
        match self.answer(&Need::RoleAssignments(tenant, holder)) {
            Answer::RoleAssignments(rows) => rows,
            other => panic!("an engine answered {other:?}"),
        }
    }

    /// All flows of the tenant.
    pub fn flows(&self, tenant: TenantId) -> &[UserFlow] {
        match self.answer(&Need::Flows(tenant)) {
            Answer::Flows(rows) => rows,
            other => panic!("an engine answered {other:?}"),
        }
    }

    /// The signing keys of the tenant.
    pub fn keys(&self, tenant: TenantId) -> &[SigningKeyRecord] {
        match self.answer(&Need::Keys(tenant)) {
            Answer::Keys(rows) => rows,
            other => panic!("an engine answered {other:?}"),
        }
    }

    /// Whether that single-use mark was set.
    pub fn spent(&self, mark: Digest) -> bool {
        match self.answer(&Need::Spent(mark)) {
            Answer::Spent(spent) => *spent,
            other => panic!("an engine answered {other:?}"),
        }
    }

    /// Whether that `jti` was revoked on its own.
    pub fn token_revoked(&self, tenant: TenantId, jti: &str) -> bool {
        match self.answer(&Need::TokenRevoked(tenant, jti.to_owned())) {
            Answer::TokenRevoked(revoked) => *revoked,
            other => panic!("an engine answered {other:?}"),
        }
    }

    fn answer(&self, need: &Need) -> &Answer {
        self.answers.get(need).unwrap_or_else(|| panic!("the decision did not ask for {need:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absence_is_an_answer() {
        let key = TenantKey::new("Meadow");
        let mut facts = Facts::new();
        assert_eq!(facts.lacks(&[Need::Tenant(key.clone()), Need::Tenant(key.clone())]).len(), 1);
        facts.insert(Need::Tenant(key.clone()), Answer::Tenant(None));
        assert!(facts.lacks(&[Need::Tenant(key.clone())]).is_empty());
        assert!(facts.tenant(&key).is_none());
    }

    #[test]
    #[should_panic(expected = "did not ask")]
    fn reading_what_was_not_asked_for_is_a_bug() {
        let _ = Facts::new().tenant(&TenantKey::new("meadow"));
    }
}

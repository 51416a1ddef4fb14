//! The cast of the laws: a tenant with one of everything, each with fresh ids, at a fixed time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use doorward_core::change::{Actor, AuditEntry, Change, DirectoryChange, GrantChange};
use doorward_core::model::{
    AccountSession, AppId, AppRole, AuthorityRef, AuthorizationCode, BrowserSession, Challenge,
    ChallengePurpose, Client, ClientId, ClientKind, ClientSecret, ConsentGrant, ConsentStyle, Digest, Event,
    Expiry, ExposedScope, FlowClaim, FlowIssuer, FlowKind, FlowName, Grant, GrantId, Instant, KeyId,
    KeyState, Mail, MailId, PkceRule, Platform, PoolId, Principal, RedirectUri, RefreshState,
    RegisteredRedirect, Resource, ResourceId, RoleAssignment, RoleHolder, RoleId, RoleMembers, ScopeId,
    ScopeSet, ScopeToken, SecretId, SessionId, SignInName, SigningAlgorithm, SigningKeyRecord, Tenant,
    TenantId, TenantKind, TenantName, TokenProfile, User, UserFlow, UserId, UserPool,
};

/// When the laws take place.
pub const NOW: Instant = Instant::from_seconds(1_800_000_000);

/// Sixteen bytes that no other call returned; not in ascending order, as real ids are not.
pub fn fresh_bytes() -> [u8; 16] {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mix = |seed: u64| {
        let mut value = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value ^ (value >> 27)
    };
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&mix(count + 1).to_be_bytes());
    bytes[8..].copy_from_slice(&count.to_be_bytes());
    bytes
}

/// A digest that no other call returned.
pub fn fresh_digest() -> Digest {
    let half = fresh_bytes();
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&half);
    bytes[16..].copy_from_slice(&half);
    Digest::new(bytes)
}

/// So many seconds after [`NOW`].
pub fn after(seconds: u64) -> Instant {
    NOW + Duration::from_secs(seconds)
}

/// Scopes from text that is known to be right.
pub fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text).expect("the laws write valid scopes")
}

/// A tenant of that name with its first pool.
pub fn tenant(name: &str) -> (Tenant, UserPool) {
    let id = TenantId::random(fresh_bytes());
    let pool = UserPool { tenant: id, id: PoolId::random(fresh_bytes()), name: "People".to_owned() };
    let tenant = Tenant {
        id,
        name: TenantName::parse(name).expect("the laws write valid tenant names"),
        domain: format!("{name}.test"),
        display_name: format!("The {name}"),
        kind: TenantKind::Work,
        default_pool: pool.id,
        flow_issuer: FlowIssuer::Tfp,
        mfa: doorward_core::model::MfaRule::WhenEnrolled,
        user_consent: true,
        keys: doorward_core::model::KeyPolicy::default(),
        disabled: false,
    };
    (tenant, pool)
}

/// A user with that user name in the tenant's default pool.
pub fn user(tenant: &Tenant, name: &str) -> User {
    let id = UserId::random(fresh_bytes());
    User {
        tenant: tenant.id,
        pool: tenant.default_pool,
        id,
        local_id: id.to_string(),
        factors: Vec::new(),
        display_name: format!("{name} of {}", tenant.name),
        given_name: Some(name.to_owned()),
        family_name: None,
        sign_in_names: vec![SignInName::user_name(name).expect("the laws write valid user names")],
        password: Some("$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA".to_owned()),
        roles: Vec::new(),
        disabled: false,
        epoch: NOW,
        created_at: NOW,
    }
}

/// An e-mail name.
pub fn email(text: &str, proven: bool) -> SignInName {
    SignInName::email(text, proven).expect("the laws write valid addresses")
}

/// A web application of that name.
pub fn client(tenant: &Tenant, name: &str) -> Client {
    let app_id = AppId::random(fresh_bytes());
    let uri = RedirectUri::parse("https://app.test/redirect", Platform::Web).expect("the URI is valid");
    Client {
        tenant: tenant.id,
        app_id,
        client_id: ClientId::parse(&app_id.to_string()).expect("a UUID is a client_id"),
        name: name.to_owned(),
        kind: ClientKind::Web,
        redirect_uris: vec![RegisteredRedirect { uri, platform: Platform::Web }],
        post_logout_redirect_uris: vec!["https://app.test/".to_owned()],
        secrets: vec![ClientSecret {
            id: SecretId::random(fresh_bytes()),
            name: "first".to_owned(),
            digest: fresh_digest(),
            hint: "abc".to_owned(),
            created_at: NOW,
            expiry: Expiry::at(after(86_400)),
        }],
        required_access: Vec::new(),
        pkce: PkceRule::Profile,
        first_party: false,
        claims_in_id_token: false,
        refresh_idle_secs: 3600,
        metadata: doorward_core::model::ClientMetadata::default(),
        mfa: None,
        disabled: false,
        epoch: NOW,
        created_at: NOW,
    }
}

/// An API of that name with two scopes and a role.
pub fn resource(tenant: &Tenant, name: &str) -> Resource {
    let scope = |value: &str| ExposedScope {
        id: ScopeId::random(fresh_bytes()),
        value: ScopeToken::parse(value).expect("the laws write valid scopes"),
        admin_only: false,
        title: "Read".to_owned(),
        description: "Reads what is there".to_owned(),
        enabled: true,
    };
    Resource {
        tenant: tenant.id,
        id: ResourceId::random(fresh_bytes()),
        name: name.to_owned(),
        title: name.to_owned(),
        identifier_uris: vec![format!("api://{name}")],
        scopes: vec![scope("notes.read"), scope("notes.write")],
        roles: vec![AppRole {
            id: RoleId::random(fresh_bytes()),
            value: "Notes.All".to_owned(),
            members: RoleMembers::Both,
            description: "Everything".to_owned(),
            enabled: true,
        }],
        profile: TokenProfile::Generic,
        algorithm: SigningAlgorithm::Rs256,
        access_token_secs: 3600,
        introspectors: Vec::new(),
        pre_authorized: Vec::new(),
        disabled: false,
    }
}

/// A user flow of that name.
pub fn flow(tenant: &Tenant, name: &str, aliases: &[&str]) -> UserFlow {
    UserFlow {
        tenant: tenant.id,
        name: FlowName::parse(name).expect("the laws write valid flow names"),
        aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
        kind: FlowKind::SignUpOrSignIn,
        identity: doorward_core::model::FlowIdentity::UserName,
        consent: ConsentStyle::AdminOnly,
        claims: vec![FlowClaim::DisplayName, FlowClaim::ObjectId],
    }
}

/// A signing key.
pub fn key(tenant: &Tenant, kid: &str) -> SigningKeyRecord {
    SigningKeyRecord {
        tenant: tenant.id,
        kid: KeyId::new(kid),
        algorithm: SigningAlgorithm::Es256,
        state: KeyState::Upcoming,
        public_jwk: serde_json::json!({ "kty": "EC", "crv": "P-256", "kid": kid }),
        sealed_private: "c2VhbGVk".to_owned(),
        created_at: NOW,
        state_since: NOW,
        certificate_until: None,
    }
}

/// A browser session in its first version, with one account.
pub fn session(user: &User) -> BrowserSession {
    BrowserSession {
        digest: fresh_digest(),
        version: 1,
        created_at: NOW,
        expiry: Expiry::at(after(BrowserSession::LIFE_SECS)),
        device: None,
        accounts: vec![AccountSession {
            tenant: user.tenant,
            pool: user.pool,
            user: user.id,
            sid: SessionId::random(fresh_bytes()),
            auth_time: NOW,
            amr: vec!["pwd".to_owned()],
            apps: Vec::new(),
        }],
    }
}

/// A code for resetting a password, sent to the user's mailbox.
pub fn challenge(user: &User) -> Challenge {
    Challenge {
        tenant: user.tenant,
        id: fresh_digest(),
        purpose: ChallengePurpose::ResetPassword,
        user: Some(user.id),
        address: "ben@post.test".to_owned(),
        answer: fresh_digest(),
        issued_at: NOW,
        expiry: Expiry::at(after(600)),
    }
}

/// A mail that waits for its first attempt at that moment.
pub fn mail(tenant: Option<TenantId>, next_attempt: Instant) -> Mail {
    Mail {
        id: MailId::random(fresh_bytes()),
        tenant,
        to: "ben@post.test".to_owned(),
        sealed: "c2VhbGVk".to_owned(),
        created_at: NOW,
        expiry: Expiry::at(after(3600)),
        attempts: 0,
        next_attempt,
        last_error: None,
    }
}

/// A refused request of nobody in particular, with that number as its trace.
pub fn event(number: u32, at: Instant) -> Event {
    Event {
        trace: format!("{number:032x}"),
        tenant: None,
        at,
        place: "token".to_owned(),
        app: None,
        user: None,
        browser: Some(fresh_digest()),
        code: Some("DW2001".to_owned()),
        until: Expiry::at(after(86_400)),
        detail: serde_json::json!({ "checks": [{ "name": "client", "outcome": "failed" }] }),
    }
}

/// A line for the audit log.
pub fn audit(tenant: Option<TenantId>, action: &str) -> AuditEntry {
    AuditEntry {
        tenant,
        at: NOW,
        actor: Actor::Operator,
        credential: None,
        action: action.to_owned(),
        target: "the law".to_owned(),
        detail: serde_json::json!({ "why": "because" }),
    }
}

/// One of everything in one tenant.
#[derive(Clone, Debug)]
pub struct House {
    /// The tenant.
    pub tenant: Tenant,
    /// Its pool.
    pub pool: UserPool,
    /// `ben`.
    pub user: User,
    /// `shop`.
    pub client: Client,
    /// `notes`.
    pub resource: Resource,
}

impl House {
    /// A house by that tenant name; nothing is stored yet.
    pub fn plan(name: &str) -> Self {
        let (tenant, pool) = tenant(name);
        let (user, client, resource) =
            (user(&tenant, "ben"), client(&tenant, "shop"), resource(&tenant, "notes"));
        Self { tenant, pool, user, client, resource }
    }

    /// What builds it.
    pub fn changes(&self) -> Vec<Change> {
        vec![
            DirectoryChange::CreateTenant(self.tenant.clone(), self.pool.clone()).into(),
            DirectoryChange::CreateUser(self.user.clone()).into(),
            DirectoryChange::RegisterClient(self.client.clone()).into(),
            DirectoryChange::RegisterResource(self.resource.clone()).into(),
        ]
    }

    /// A code for the user and the client.
    pub fn code(&self) -> AuthorizationCode {
        AuthorizationCode {
            tenant: self.tenant.id,
            digest: fresh_digest(),
            grant: GrantId::random(fresh_bytes()),
            client: self.client.app_id,
            redirect_uri: "https://app.test/redirect".to_owned(),
            redirect_uri_sent: true,
            platform: Platform::Web,
            authority: AuthorityRef::Plain,
            pool: self.pool.id,
            user: self.user.id,
            sid: SessionId::random(fresh_bytes()),
            scopes: scopes("openid offline_access api://notes/notes.read"),
            resource: Some(self.resource.id),
            nonce: Some("n".to_owned()),
            challenge: None,
            auth_time: NOW,
            auth_time_required: false,
            amr: vec!["pwd".to_owned()],
            new_user: false,
            issued_at: NOW,
            expiry: Expiry::at(NOW + AuthorizationCode::LIFE),
            redeemed: None,
        }
    }

    /// The grant that the code starts, with a refresh family.
    pub fn grant(&self, code: &AuthorizationCode) -> Grant {
        Grant {
            tenant: code.tenant,
            id: code.grant,
            client: code.client,
            pool: code.pool,
            user: code.user,
            sid: code.sid,
            authority: code.authority.clone(),
            platform: code.platform,
            scopes: code.scopes.clone(),
            resource: code.resource,
            auth_time: code.auth_time,
            amr: code.amr.clone(),
            started_at: after(5),
            refresh: Some(first_refresh()),
            revoked_at: None,
        }
    }

    /// Issues a code and redeems it: the changes, and the grant that is there afterwards.
    pub fn signed_in(&self) -> (Vec<Change>, Grant) {
        let code = self.code();
        let grant = self.grant(&code);
        let redeem =
            GrantChange::RedeemCode { tenant: code.tenant, digest: code.digest, grant: grant.clone() };
        (vec![GrantChange::IssueCode(code).into(), redeem.into()], grant)
    }

    /// The user's own consent.
    pub fn consent(&self, text: &str) -> ConsentGrant {
        ConsentGrant {
            tenant: self.tenant.id,
            client: self.client.app_id,
            resource: self.resource.id,
            principal: Principal::User(self.user.id),
            scopes: scopes(text),
            granted_by: Some(self.user.id),
            granted_at: NOW,
        }
    }

    /// The API's role for that holder.
    pub fn assignment(&self, holder: RoleHolder) -> RoleAssignment {
        RoleAssignment {
            tenant: self.tenant.id,
            holder,
            resource: self.resource.id,
            role: self.resource.roles[0].id,
            assigned_at: NOW,
        }
    }
}

/// The first state of a refresh family: an hour idle, a day in all.
pub fn first_refresh() -> RefreshState {
    RefreshState {
        generation: 1,
        secret_digest: fresh_digest(),
        rotated_at: after(5),
        successor: None,
        idle_expiry: Expiry::at(after(3600)),
        absolute_expiry: Expiry::at(after(86_400)),
    }
}

/// The state after a rotation at that moment.
pub fn next_refresh(state: &RefreshState, at: Instant) -> RefreshState {
    RefreshState {
        generation: state.generation + 1,
        secret_digest: fresh_digest(),
        rotated_at: at,
        successor: Some("c2VhbGVk".to_owned()),
        idle_expiry: Expiry::at(at + Duration::from_hours(1)),
        absolute_expiry: state.absolute_expiry,
    }
}

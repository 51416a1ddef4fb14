//! Who and what there is: the tenant meadow with its people, applications, APIs, one user flow and its keys.

use std::sync::OnceLock;

use doorward_core::change::{Change, DirectoryChange, KeyChange};
use doorward_core::directory::built_in_graph;
use doorward_core::model::{
    AppId, AppRole, Client, ClientId, ClientKind, ClientSecret, ConsentGrant, ConsentStyle, DirectoryRole,
    Expiry, ExposedScope, FlowClaim, FlowIssuer, FlowKind, FlowName, Instant, KeyState, MsVersion, PkceRule,
    Platform, PoolId, Principal, RedirectUri, RegisteredRedirect, Resource, ResourceId, RoleAssignment,
    RoleHolder, RoleId, RoleMembers, ScopeId, ScopeSet, ScopeToken, SecretId, SignInName, SigningAlgorithm,
    SigningKeyRecord, Tenant, TenantId, TenantKind, TenantName, TokenProfile, User, UserFlow, UserId,
    UserPool,
};
use doorward_crypto::{MasterKey, Sealer};
use doorward_server::{App, new_key};

use super::world::MASTER_KEY;

/// The server's public address.
pub(crate) const BASE: &str = "https://id.test:7443";
/// The web application: confidential.
pub(crate) const WEB: &str = "web";
/// The single-page application.
pub(crate) const SPA: &str = "spa";
/// The application on a device.
pub(crate) const NATIVE: &str = "native";
/// The service.
pub(crate) const DAEMON: &str = "daemon";
pub(crate) const WEB_SECRET: &str = "dws_web/secret+of 32=characters~x";
pub(crate) const DAEMON_SECRET: &str = "dws_daemon-secret-of-32-characters";
pub(crate) const SPA_ORIGIN: &str = "https://spa.test";
/// The notes API, by its identifier.
pub(crate) const NOTES: &str = "api://notes";
/// Administrator.
pub(crate) const ADA: &str = "ada";
pub(crate) const ADA_PASSWORD: &str = "lantern-on-the-hill";
pub(crate) const BEN: &str = "ben";
pub(crate) const BEN_PASSWORD: &str = "kettle & fern \u{e9}08";

const EPOCH: Instant = Instant::from_seconds(0);

/// The redirect URI that an application sends.
pub(crate) fn redirect_of(client: &str) -> &'static str {
    match client {
        WEB => "https://web.test/cb",
        SPA => "https://spa.test/cb",
        NATIVE => "http://localhost:51004/cb",
        _ => "https://daemon.test/cb",
    }
}

/// The same ids in every world, so that keys and hashes are made once.
pub(crate) fn tenant() -> Tenant {
    Tenant {
        id: TenantId::random([1; 16]),
        name: TenantName::parse("meadow").unwrap(),
        domain: "meadow.test".to_owned(),
        display_name: "Meadow School".to_owned(),
        kind: TenantKind::Work,
        default_pool: PoolId::random([2; 16]),
        flow_issuer: FlowIssuer::Tfp,
        mfa: doorward_core::model::MfaRule::WhenEnrolled,
        user_consent: true,
        keys: doorward_core::model::KeyPolicy::default(),
        disabled: false,
    }
}

/// The people, the applications and the APIs, to be changed by tests.
#[derive(Clone)]
pub(crate) struct Cast {
    pub(crate) tenant: Tenant,
    pub(crate) ada: User,
    pub(crate) ben: User,
    pub(crate) web: Client,
    pub(crate) spa: Client,
    pub(crate) native: Client,
    pub(crate) daemon: Client,
    pub(crate) notes: Resource,
    pub(crate) tasks: Resource,
    pub(crate) flow: UserFlow,
}

impl Cast {
    pub(crate) fn new(app: &App) -> Self {
        let tenant = tenant();
        let (ada_hash, ben_hash) = hashes();
        let mut ada = user(&tenant, 11, ADA, "Ada Reed", ada_hash);
        ada.roles.push(DirectoryRole::Administrator);
        let mut ben = user(&tenant, 12, BEN, "Ben <Fern>", ben_hash);
        ben.given_name = Some("Ben".to_owned());
        ben.sign_in_names.push(SignInName::email("ben@mail.test", true).unwrap());
        let daemon = client(app, &tenant, (24, DAEMON, ClientKind::Daemon));
        let notes = notes(&tenant, daemon.app_id);
        let tasks = Resource {
            id: ResourceId::random([42; 16]),
            name: "tasks".to_owned(),
            title: "Tasks".to_owned(),
            identifier_uris: vec!["https://tasks.test".to_owned()],
            scopes: vec![scope(51, "tasks.read", "Read your tasks")],
            roles: Vec::new(),
            profile: TokenProfile::Generic,
            algorithm: SigningAlgorithm::Es256,
            introspectors: Vec::new(),
            ..notes.clone()
        };
        Self {
            web: client(app, &tenant, (21, WEB, ClientKind::Web)),
            spa: client(app, &tenant, (22, SPA, ClientKind::Spa)),
            native: client(app, &tenant, (23, NATIVE, ClientKind::Native)),
            daemon,
            notes,
            tasks,
            flow: UserFlow {
                tenant: tenant.id,
                name: FlowName::parse("B2C_1_susi").unwrap(),
                aliases: vec!["welcome".to_owned()],
                kind: FlowKind::SignUpOrSignIn,
                identity: doorward_core::model::FlowIdentity::UserName,
                consent: ConsentStyle::AdminOnly,
                claims: vec![
                    FlowClaim::DisplayName,
                    FlowClaim::Emails,
                    FlowClaim::GivenName,
                    FlowClaim::NewUser,
                    FlowClaim::ObjectId,
                    FlowClaim::SignInName,
                    FlowClaim::TenantId,
                ],
            },
            ada,
            ben,
            tenant,
        }
    }

    /// Everything, in the order in which it can be stored.
    pub(crate) fn changes(&self, app: &App) -> Vec<Change> {
        let tenant = &self.tenant;
        let pool = UserPool { tenant: tenant.id, id: tenant.default_pool, name: "People".to_owned() };
        let assignment = RoleAssignment {
            tenant: tenant.id,
            holder: RoleHolder::App(self.daemon.app_id),
            resource: self.notes.id,
            role: self.notes.roles[0].id,
            assigned_at: EPOCH,
        };
        let mut all = vec![
            DirectoryChange::CreateTenant(tenant.clone(), pool).into(),
            DirectoryChange::RegisterResource(built_in_graph(tenant.id)).into(),
            DirectoryChange::RegisterResource(self.notes.clone()).into(),
            DirectoryChange::RegisterResource(self.tasks.clone()).into(),
            DirectoryChange::CreateUser(self.ada.clone()).into(),
            DirectoryChange::CreateUser(self.ben.clone()).into(),
            DirectoryChange::PutFlow(self.flow.clone()).into(),
        ];
        for client in [&self.web, &self.spa, &self.native, &self.daemon] {
            all.push(DirectoryChange::RegisterClient(client.clone()).into());
        }
        all.push(DirectoryChange::AssignRole(assignment).into());
        all.extend(keys(app).iter().map(|key| KeyChange::Add(key.clone()).into()));
        all
    }

    /// Lets an application use scopes of an API for everybody.
    pub(crate) fn grant_all(&self, client: &Client, api: ResourceId, scopes: &str) -> Change {
        DirectoryChange::ExtendConsent(ConsentGrant {
            tenant: self.tenant.id,
            client: client.app_id,
            resource: api,
            principal: Principal::All,
            scopes: ScopeSet::parse(scopes).unwrap(),
            granted_by: None,
            granted_at: EPOCH,
        })
        .into()
    }
}

/// Two password hashes, made once: each costs some 20 ms.
fn hashes() -> &'static (String, String) {
    static HASHES: OnceLock<(String, String)> = OnceLock::new();
    HASHES.get_or_init(|| {
        let hash = |password| doorward_crypto::hash_password(password).unwrap();
        (hash(ADA_PASSWORD), hash(BEN_PASSWORD))
    })
}

/// The tenant's keys, made once: every world has the same master key, and opens what is sealed under it.
fn keys(app: &App) -> &'static Vec<SigningKeyRecord> {
    static KEYS: OnceLock<Vec<SigningKeyRecord>> = OnceLock::new();
    let sealer = Sealer::new(&MasterKey::from_base64(MASTER_KEY).unwrap());
    KEYS.get_or_init(|| {
        [SigningAlgorithm::Es256, SigningAlgorithm::Rs256]
            .into_iter()
            .map(|algorithm| new_key((tenant().id, algorithm), KeyState::Active, &sealer, app.now()).unwrap())
            .collect()
    })
}

fn user(tenant: &Tenant, seed: u8, name: &str, display_name: &str, hash: &str) -> User {
    let id = UserId::random([seed; 16]);
    User {
        tenant: tenant.id,
        pool: tenant.default_pool,
        id,
        local_id: id.to_string(),
        factors: Vec::new(),
        display_name: display_name.to_owned(),
        given_name: None,
        family_name: None,
        sign_in_names: vec![SignInName::user_name(name).unwrap()],
        password: Some(hash.to_owned()),
        roles: Vec::new(),
        disabled: false,
        epoch: EPOCH,
        created_at: EPOCH,
    }
}

fn client(app: &App, tenant: &Tenant, (seed, client_id, kind): (u8, &str, ClientKind)) -> Client {
    let (platform, uris, secret): (_, &[&str], _) = match kind {
        ClientKind::Native => (Platform::Native, &["http://localhost/cb", "com.example.native:/cb"], None),
        ClientKind::Spa => (Platform::Spa, &["https://spa.test/cb"], None),
        ClientKind::Web => {
            (Platform::Web, &["https://web.test/cb", "https://web.test/cb?x=1"], Some(WEB_SECRET))
        }
        ClientKind::Daemon => (Platform::Web, &[], Some(DAEMON_SECRET)),
    };
    let redirect_uris = uris
        .iter()
        .map(|uri| RegisteredRedirect { uri: RedirectUri::parse(uri, platform).unwrap(), platform });
    let secrets = secret.map(|secret| ClientSecret {
        id: SecretId::random([seed; 16]),
        name: "first".to_owned(),
        digest: app.vault().digest(secret.as_bytes()),
        hint: secret[4..7].to_owned(),
        created_at: EPOCH,
        expiry: Expiry::at(Instant::from_seconds(1_900_000_000)),
    });
    Client {
        tenant: tenant.id,
        app_id: AppId::random([seed; 16]),
        client_id: ClientId::parse(client_id).unwrap(),
        name: format!("The {client_id} app"),
        kind,
        redirect_uris: redirect_uris.collect(),
        post_logout_redirect_uris: vec![format!("https://{client_id}.test/bye")],
        secrets: secrets.into_iter().collect(),
        required_access: Vec::new(),
        pkce: PkceRule::Profile,
        first_party: false,
        claims_in_id_token: false,
        refresh_idle_secs: 14 * 24 * 3600,
        metadata: doorward_core::model::ClientMetadata::default(),
        mfa: None,
        disabled: false,
        epoch: EPOCH,
        created_at: EPOCH,
    }
}

fn scope(seed: u8, value: &str, title: &str) -> ExposedScope {
    ExposedScope {
        id: ScopeId::random([seed; 16]),
        value: ScopeToken::parse(value).unwrap(),
        admin_only: value == "notes.share",
        title: title.to_owned(),
        description: format!("The app uses {value}."),
        enabled: true,
    }
}

/// Profile `ms` version 2; `notes.share` needs an administrator; the service may introspect its tokens.
fn notes(tenant: &Tenant, introspector: AppId) -> Resource {
    Resource {
        tenant: tenant.id,
        id: ResourceId::random([41; 16]),
        name: "notes".to_owned(),
        title: "Notes".to_owned(),
        identifier_uris: vec![NOTES.to_owned()],
        scopes: vec![
            scope(43, "notes.read", "Read your notes"),
            scope(44, "notes.write", "Write notes for you"),
            scope(45, "notes.share", "Share notes with everybody"),
        ],
        roles: vec![AppRole {
            id: RoleId::random([46; 16]),
            value: "Notes.Read.All".to_owned(),
            members: RoleMembers::Applications,
            description: "Read everybody's notes.".to_owned(),
            enabled: true,
        }],
        profile: TokenProfile::Ms(MsVersion::V2),
        algorithm: SigningAlgorithm::Rs256,
        access_token_secs: 3600,
        introspectors: vec![introspector],
        pre_authorized: Vec::new(),
        disabled: false,
    }
}

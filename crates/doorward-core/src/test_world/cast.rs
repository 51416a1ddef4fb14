//! Who and what there is: the tenant meadow with its people, applications, APIs and one user flow.

use std::cell::Cell;

use super::doors::{DIRECTORY_SHAPE, FLOW_SHAPE, PLAIN_SHAPE, USER_FLOW};
use super::{DIRECTORY, Door, FakeVault, PLAIN};
use crate::authorize::SessionView;
use crate::model::{
    AppId, AppRole, Authority, AuthorizationCode, Client, ClientId, ClientKind, ClientSecret, ConsentGrant,
    ConsentStyle, DirectoryRole, Door as DoorKind, Expiry, ExposedScope, FlowClaim, FlowIssuer, FlowKind,
    FlowName, Grant, Instant, MsVersion, PkceRule, Platform, PoolId, RedirectUri, RegisteredRedirect,
    RequiredAccess, Resource, ResourceId, RoleAssignment, RoleId, RoleMembers, ScopeId, ScopeToken, SecretId,
    SignInName, SigningAlgorithm, Tenant, TenantId, TenantKind, TenantName, TokenProfile, User, UserFlow,
    UserId,
};
use crate::permission::{BUILT_IN_API, IDENTITY_SCOPES};
use crate::port::Vault as _;

pub(crate) const WEB: &str = "web";
pub(crate) const SPA: &str = "spa";
pub(crate) const NATIVE: &str = "native";
pub(crate) const DAEMON: &str = "daemon";
pub(crate) const SPA_ORIGIN: &str = "https://spa.test";

/// What the store would hold, and the clock.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) now: Instant,
    pub(crate) tenant: Tenant,
    pub(crate) ada: UserId,
    pub(crate) ben: UserId,
    pub(crate) users: Vec<User>,
    pub(crate) clients: Vec<Client>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) flow: UserFlow,
    pub(crate) consents: Vec<ConsentGrant>,
    pub(crate) assignments: Vec<RoleAssignment>,
    pub(crate) codes: Vec<AuthorizationCode>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) revoked_tokens: Vec<String>,
    pub(crate) spent: Vec<crate::model::Digest>,
    pub(crate) challenges: Vec<crate::model::Challenge>,
    pub(crate) revocations: Vec<crate::model::Revocation>,
    pub(crate) mails: Vec<crate::model::Mail>,
    pub(crate) session: SessionView,
    pub(super) decisions: Cell<u8>,
}

/// The redirect URI that each application sends.
pub(crate) fn redirect_of(client: &str) -> &'static str {
    match client {
        WEB => "https://web.test/cb",
        SPA => "https://spa.test/cb",
        NATIVE => "http://localhost/cb",
        other => panic!("{other} has no redirect URI"),
    }
}

/// The secret of a confidential application.
pub(crate) fn secret_of(client: &str) -> Option<&'static str> {
    match client {
        WEB => Some("dws_web-secret"),
        DAEMON => Some("dws_daemon-secret"),
        _ => None,
    }
}

impl World {
    /// Nobody is signed in, nothing is granted.
    pub(crate) fn new() -> Self {
        let tenant = Tenant {
            id: TenantId::random([1; 16]),
            name: TenantName::parse("meadow").unwrap(),
            domain: "meadow.test".to_owned(),
            display_name: "Meadow".to_owned(),
            kind: TenantKind::Work,
            default_pool: PoolId::random([2; 16]),
            flow_issuer: FlowIssuer::Tfp,
            mfa: crate::model::MfaRule::WhenEnrolled,
            user_consent: true,
            keys: crate::model::KeyPolicy::default(),
            disabled: false,
        };
        let mut ada = user(&tenant, 11, "ada", "Ada Reed");
        ada.roles.push(DirectoryRole::Administrator);
        ada.sign_in_names.push(SignInName::email("ada@mail.test", false).unwrap());
        let mut ben = user(&tenant, 12, "ben.fern", "Ben Fern");
        ben.sign_in_names.push(SignInName::email("ben@mail.test", true).unwrap());
        ben.given_name = Some("Ben".to_owned());
        let flow = UserFlow {
            tenant: tenant.id,
            name: FlowName::parse("Meadow_SignUp").unwrap(),
            aliases: Vec::new(),
            kind: FlowKind::SignUpOrSignIn,
            identity: crate::model::FlowIdentity::UserName,
            consent: ConsentStyle::AdminOnly,
            claims: vec![FlowClaim::DisplayName, FlowClaim::Emails, FlowClaim::NewUser, FlowClaim::ObjectId],
        };
        let notes = notes(&tenant);
        let mut clients = vec![
            client(&tenant, 21, WEB, ClientKind::Web),
            client(&tenant, 22, SPA, ClientKind::Spa),
            client(&tenant, 23, NATIVE, ClientKind::Native),
            client(&tenant, 24, DAEMON, ClientKind::Daemon),
        ];
        clients[0].required_access = vec![RequiredAccess {
            resource: notes.id,
            scopes: vec![notes.scopes[0].value.clone()],
            roles: Vec::new(),
        }];
        Self {
            now: Instant::from_seconds(1_800_000_000),
            ada: ada.id,
            ben: ben.id,
            users: vec![ada, ben],
            clients,
            resources: vec![built_in(&tenant), notes, tasks(&tenant)],
            flow,
            consents: Vec::new(),
            assignments: Vec::new(),
            codes: Vec::new(),
            grants: Vec::new(),
            revoked_tokens: Vec::new(),
            spent: Vec::new(),
            challenges: Vec::new(),
            revocations: Vec::new(),
            mails: Vec::new(),
            session: SessionView::default(),
            decisions: Cell::new(0),
            tenant,
        }
    }

    pub(crate) fn plain(&self) -> Door {
        let issuer = "https://id.test/meadow".to_owned();
        Door { authority: self.authority(DoorKind::Plain, issuer), profile: PLAIN, shape: PLAIN_SHAPE }
    }

    pub(crate) fn directory(&self) -> Door {
        let issuer = format!("https://id.test/{}/v2.0", self.tenant.id);
        let authority = self.authority(DoorKind::Directory, issuer);
        Door { authority, profile: DIRECTORY, shape: DIRECTORY_SHAPE }
    }

    pub(crate) fn user_flow(&self) -> Door {
        let issuer = crate::claims::flow_issuer("https://id.test", &self.tenant, &self.flow);
        let authority = self.authority(DoorKind::Flow(self.flow.clone()), issuer);
        Door { authority, profile: USER_FLOW, shape: FLOW_SHAPE }
    }

    pub(crate) fn doors(&self) -> [Door; 3] {
        [self.plain(), self.directory(), self.user_flow()]
    }

    fn authority(&self, door: DoorKind, issuer: String) -> Authority {
        Authority { tenant: self.tenant.clone(), door, issuer, base: "https://id.test".to_owned() }
    }

    pub(crate) fn client(&mut self, client_id: &str) -> &mut Client {
        self.clients.iter_mut().find(|client| client.client_id.as_str() == client_id).unwrap()
    }

    pub(crate) fn user(&mut self, id: UserId) -> &mut User {
        self.users.iter_mut().find(|user| user.id == id).unwrap()
    }

    pub(crate) fn api(&mut self, name: &str) -> &mut Resource {
        self.resources.iter_mut().find(|api| api.name == name).unwrap()
    }
}

fn user(tenant: &Tenant, seed: u8, name: &str, display_name: &str) -> User {
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
        password: None,
        roles: Vec::new(),
        disabled: false,
        epoch: Instant::from_seconds(0),
        created_at: Instant::from_seconds(0),
    }
}

fn client(tenant: &Tenant, seed: u8, client_id: &str, kind: ClientKind) -> Client {
    let platform = match kind {
        ClientKind::Native => Platform::Native,
        ClientKind::Spa => Platform::Spa,
        ClientKind::Daemon | ClientKind::Web => Platform::Web,
    };
    let redirect_uris = if kind == ClientKind::Daemon {
        Vec::new()
    } else {
        let uri = RedirectUri::parse(redirect_of(client_id), platform).unwrap();
        vec![RegisteredRedirect { uri, platform }]
    };
    let secrets = secret_of(client_id).map(|secret| ClientSecret {
        id: SecretId::random([seed; 16]),
        name: "first".to_owned(),
        digest: FakeVault.digest(secret.as_bytes()),
        hint: "web".to_owned(),
        created_at: Instant::from_seconds(0),
        expiry: Expiry::at(Instant::from_seconds(1_900_000_000)),
    });
    Client {
        tenant: tenant.id,
        app_id: AppId::random([seed; 16]),
        client_id: ClientId::parse(client_id).unwrap(),
        name: format!("The {client_id} app"),
        kind,
        redirect_uris,
        post_logout_redirect_uris: vec![format!("https://{client_id}.test/bye")],
        secrets: secrets.into_iter().collect(),
        required_access: Vec::new(),
        pkce: PkceRule::Profile,
        first_party: false,
        claims_in_id_token: false,
        refresh_idle_secs: 14 * 24 * 3600,
        metadata: crate::model::ClientMetadata::default(),
        mfa: None,
        disabled: false,
        epoch: Instant::from_seconds(0),
        created_at: Instant::from_seconds(0),
    }
}

fn api(tenant: &Tenant, id: ResourceId, name: &str, scopes: &[&str]) -> Resource {
    let exposed = |(index, value): (usize, &&str)| ExposedScope {
        id: ScopeId::random([u8::try_from(index).unwrap() + 1; 16]),
        value: ScopeToken::parse(value).unwrap(),
        admin_only: *value == "notes.share",
        title: format!("Use {value}"),
        description: format!("The app uses {value}."),
        enabled: true,
    };
    Resource {
        tenant: tenant.id,
        id,
        name: name.to_owned(),
        title: name.to_owned(),
        identifier_uris: vec![format!("api://{name}")],
        scopes: scopes.iter().enumerate().map(exposed).collect(),
        roles: Vec::new(),
        profile: TokenProfile::Generic,
        algorithm: SigningAlgorithm::Rs256,
        access_token_secs: 3600,
        introspectors: Vec::new(),
        pre_authorized: Vec::new(),
        disabled: false,
    }
}

fn built_in(tenant: &Tenant) -> Resource {
    let scopes = [IDENTITY_SCOPES.as_slice(), &["User.Read"]].concat();
    Resource {
        identifier_uris: vec!["https://graph.test".to_owned()],
        profile: TokenProfile::Ms(MsVersion::V1),
        ..api(tenant, ResourceId::parse(BUILT_IN_API).unwrap(), "graph", &scopes)
    }
}

/// Profile `ms` version 2; `notes.share` needs an administrator.
fn notes(tenant: &Tenant) -> Resource {
    let role = |seed: u8, value: &str, members| AppRole {
        id: RoleId::random([seed; 16]),
        value: value.to_owned(),
        members,
        description: value.to_owned(),
        enabled: true,
    };
    let scopes = ["notes.read", "notes.write", "notes.share"];
    Resource {
        profile: TokenProfile::Ms(MsVersion::V2),
        roles: vec![
            role(31, "Notes.Read.All", RoleMembers::Applications),
            role(32, "Notes.Editor", RoleMembers::Users),
            role(33, "Notes.Admin", RoleMembers::Both),
        ],
        ..api(tenant, ResourceId::random([41; 16]), "notes", &scopes)
    }
}

fn tasks(tenant: &Tenant) -> Resource {
    api(tenant, ResourceId::random([42; 16]), "tasks", &["tasks.read", "tasks.write"])
}

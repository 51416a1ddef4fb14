//! A small directory for tests: tenant `meadow`, its people, one application, one API, and a vault that is no vault.

use doorward_token::jose::{Algorithm, Jwk};

use super::{Caller, Command, Decision, decide, needs};
use crate::facts::{Answer, Facts};
use crate::model::{
    AppId, AppRole, Client, ClientId, ClientKind, ConsentGrant, Digest, DirectoryRole, ExposedScope,
    FlowIssuer, Instant, KeyId, KeyState, PkceRule, Platform, PoolId, Principal, RedirectUri,
    RegisteredRedirect, Resource, ResourceId, RoleAssignment, RoleId, RoleMembers, ScopeId, ScopeToken,
    SignInName, SigningAlgorithm, SigningKeyRecord, Tenant, TenantId, TenantKind, TenantName, TokenProfile,
    User, UserFlow, UserId,
};
use crate::needs::Need;
use crate::outbound::{Heard, Outbound};
use crate::port::{ENTROPY_BYTES, Entropy, Env, Vault};
use crate::refusal::Refusal;

/// The clock of every test.
pub(super) const NOW: Instant = Instant::from_seconds(1_800_000_000);

/// A digest without secrecy: good enough to tell texts apart.
pub(super) struct PaperVault;

impl Vault for PaperVault {
    fn digest(&self, bytes: &[u8]) -> Digest {
        let mut out = [0u8; 32];
        let mut state = 0xcbf2_9ce4_8422_2325_u64;
        for (round, slot) in out.iter_mut().enumerate() {
            for byte in bytes.iter().chain([&u8::try_from(round).expect("32 rounds")]) {
                state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            }
            *slot = state.to_le_bytes()[7];
        }
        Digest::new(out)
    }

    fn mac(&self, tenant: TenantId, label: &'static str, bytes: &[u8]) -> [u8; 32] {
        *self.digest(&[tenant.as_bytes(), label.as_bytes(), bytes].concat()).as_bytes()
    }

    fn seal(&self, _: &[u8], _: [u8; 12], _: &[u8]) -> Vec<u8> {
        unimplemented_in_tests()
    }

    fn open(&self, _: &[u8], _: &[u8]) -> Option<Vec<u8>> {
        unimplemented_in_tests()
    }

    fn verifies(&self, _: Algorithm, _: &Jwk, _: &[u8], _: &[u8]) -> bool {
        unimplemented_in_tests()
    }
}

fn unimplemented_in_tests() -> ! {
    panic!("the administration seals nothing")
}

/// Everything that a decision may ask for.
pub(super) struct Bench {
    pub(super) tenant: Tenant,
    pub(super) users: Vec<User>,
    pub(super) clients: Vec<Client>,
    pub(super) resources: Vec<Resource>,
    pub(super) flows: Vec<UserFlow>,
    pub(super) keys: Vec<SigningKeyRecord>,
    pub(super) consents: Vec<ConsentGrant>,
    pub(super) assignments: Vec<RoleAssignment>,
    pub(super) caller: Caller,
}

impl Bench {
    pub(super) fn new() -> Self {
        let tenant = tenant();
        let mut ada = user("ada");
        ada.roles.push(DirectoryRole::Administrator);
        Self {
            users: vec![ada, user("ben.fern")],
            clients: vec![web("shop")],
            resources: vec![notes()],
            flows: Vec::new(),
            keys: vec![key(tenant.id, SigningAlgorithm::Rs256, "k1", KeyState::Active)],
            consents: Vec::new(),
            assignments: Vec::new(),
            caller: Caller::operator(),
            tenant,
        }
    }

    /// Loads until nothing is lacking, at most three times, then decides.
    pub(super) fn decide(&self, command: &Command) -> Result<Decision, Refusal> {
        self.decide_hearing(command, &[])
    }

    /// The same, where other servers say something.
    pub(super) fn decide_hearing(
        &self,
        command: &Command,
        heard: &[(Outbound, Heard)],
    ) -> Result<Decision, Refusal> {
        let mut facts = Facts::new();
        for round in 0.. {
            let lacking = needs(command, &facts);
            if lacking.is_empty() {
                break;
            }
            assert!(round < 3, "a fourth round for {lacking:?}");
            for need in lacking {
                let answer = self.answer(&need);
                facts.insert(need, answer);
            }
        }
        for (asked, heard) in heard {
            facts.hear(asked.clone(), heard.clone());
        }
        let mut pool = [0u8; ENTROPY_BYTES];
        for (index, byte) in pool.iter_mut().enumerate() {
            *byte = u8::try_from(index % 251).expect("below 251");
        }
        let entropy = Entropy::new(pool);
        let env = Env { now: NOW, entropy: &entropy, vault: &PaperVault };
        decide(command, &facts, &env, &self.caller)
    }

    fn answer(&self, need: &Need) -> Answer {
        let client = |found: &dyn Fn(&Client) -> bool| {
            Answer::Client(self.clients.iter().find(|c| found(c)).cloned().map(Box::new))
        };
        let resource = |found: &dyn Fn(&Resource) -> bool| {
            Answer::Resource(self.resources.iter().find(|r| found(r)).cloned().map(Box::new))
        };
        let user = |found: &dyn Fn(&User) -> bool| {
            Answer::User(self.users.iter().find(|u| found(u)).cloned().map(Box::new))
        };
        match need {
            Need::Tenant(key) => {
                let is_it =
                    key.as_str() == self.tenant.name.as_str() || key.as_str() == self.tenant.id.to_string();
                Answer::Tenant(is_it.then(|| Box::new(self.tenant.clone())))
            }
            Need::Client(_, id) => client(&|c| c.client_id == *id),
            Need::ClientByApp(_, id) => client(&|c| c.app_id == *id),
            Need::Resource(_, text) => resource(&|r| r.name.to_lowercase() == *text || r.answers_to(text)),
            Need::ResourceById(_, id) => resource(&|r| r.id == *id),
            Need::UserInTenant(_, id) | Need::User(_, _, id) => user(&|u| u.id == *id),
            Need::UserByName(_, _, name) => user(&|u| {
                u.sign_in_names.iter().any(|n| n.proven && n.canonical == *name)
                    || self.tenant.user_principal_name(u.sign_in_name()) == *name
            }),
            Need::Flows(_) => Answer::Flows(self.flows.clone()),
            Need::Keys(_) => Answer::Keys(self.keys.clone()),
            Need::Consents(_, app, user) => Answer::Consents(
                self.consents
                    .iter()
                    .filter(|c| {
                        c.client == *app
                            && (c.principal == Principal::All || c.principal == Principal::User(*user))
                    })
                    .cloned()
                    .collect(),
            ),
            Need::RoleAssignments(_, holder) => Answer::RoleAssignments(
                self.assignments.iter().filter(|a| a.holder == *holder).cloned().collect(),
            ),
            other => panic!("an administrator does not ask for {other:?}"),
        }
    }
}

/// A stable id from a name, so that tests read the same every time.
fn id_of(name: &str) -> [u8; 16] {
    let digest = PaperVault.digest(name.as_bytes());
    digest.as_bytes()[..16].try_into().expect("16 of 32 bytes")
}

pub(super) fn tenant() -> Tenant {
    Tenant {
        id: TenantId::random(id_of("meadow")),
        name: TenantName::parse("meadow").unwrap(),
        domain: "meadow.test".to_owned(),
        display_name: "Meadow".to_owned(),
        kind: TenantKind::Work,
        default_pool: PoolId::random(id_of("pool")),
        flow_issuer: FlowIssuer::Tfp,
        mfa: crate::model::MfaRule::WhenEnrolled,
        user_consent: true,
        keys: crate::model::KeyPolicy::default(),
        disabled: false,
    }
}

pub(super) fn user(name: &str) -> User {
    let tenant = tenant();
    User {
        tenant: tenant.id,
        pool: tenant.default_pool,
        id: UserId::random(id_of(name)),
        local_id: name.to_owned(),
        factors: Vec::new(),
        display_name: String::new(),
        given_name: None,
        family_name: None,
        sign_in_names: vec![SignInName::user_name(name).unwrap()],
        password: None,
        roles: Vec::new(),
        disabled: false,
        epoch: Instant::from_seconds(0),
        created_at: NOW,
    }
}

pub(super) fn web(name: &str) -> Client {
    let app_id = AppId::random(id_of(name));
    Client {
        tenant: tenant().id,
        app_id,
        client_id: ClientId::parse(&app_id.to_string()).unwrap(),
        name: name.to_owned(),
        kind: ClientKind::Web,
        redirect_uris: vec![RegisteredRedirect {
            uri: RedirectUri::parse("https://shop.test/cb", Platform::Web).unwrap(),
            platform: Platform::Web,
        }],
        post_logout_redirect_uris: Vec::new(),
        secrets: Vec::new(),
        required_access: Vec::new(),
        pkce: PkceRule::Profile,
        first_party: false,
        claims_in_id_token: false,
        refresh_idle_secs: 1_209_600,
        metadata: crate::model::ClientMetadata::default(),
        mfa: None,
        disabled: false,
        epoch: Instant::from_seconds(0),
        created_at: NOW,
    }
}

/// The API `notes`: scopes `notes.read`, `notes.write`, the admin-only `notes.share`, and the role `Notes.Read.All`.
pub(super) fn notes() -> Resource {
    let scope = |value: &str, admin_only| ExposedScope {
        id: ScopeId::random(id_of(value)),
        value: ScopeToken::parse(value).unwrap(),
        admin_only,
        title: value.to_owned(),
        description: String::new(),
        enabled: true,
    };
    Resource {
        tenant: tenant().id,
        id: ResourceId::random(id_of("notes")),
        name: "notes".to_owned(),
        title: "Notes".to_owned(),
        identifier_uris: vec!["api://notes".to_owned()],
        scopes: vec![scope("notes.read", false), scope("notes.write", false), scope("notes.share", true)],
        roles: vec![AppRole {
            id: RoleId::random(id_of("Notes.Read.All")),
            value: "Notes.Read.All".to_owned(),
            members: RoleMembers::Applications,
            description: "Read all notes".to_owned(),
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

pub(super) fn key(
    tenant: TenantId,
    algorithm: SigningAlgorithm,
    kid: &str,
    state: KeyState,
) -> SigningKeyRecord {
    SigningKeyRecord {
        tenant,
        kid: KeyId::new(kid),
        algorithm,
        state,
        public_jwk: serde_json::json!({}),
        sealed_private: String::new(),
        created_at: NOW,
        state_since: NOW,
        certificate_until: None,
    }
}

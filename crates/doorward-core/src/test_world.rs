//! A small world for the tests of rules: two profiles, a vault without cryptography, and ready-made objects.

use crate::model::{Digest, TenantId};
use crate::port::Vault;
use crate::profile::{
    BareScope, CodeBinding, ConfidentialPkce, ConsentRule, DaemonScope, DaemonScopeEcho, IdTokenRule,
    LogoutWithoutHint, MissingRedirectUri, OriginRule, Profile, RefreshBeyondGrant, RefreshBinding, Rotation,
    ScopeClaims, SeveralAccountsError, SubjectRule, UnknownScope,
};

/// The rules of plain OpenID Connect.
pub(crate) const PLAIN: Profile = Profile {
    name: "plain",
    bare_scope: BareScope::ResourceParameter,
    code_binding: CodeBinding::Door,
    confidential_pkce: ConfidentialPkce::Required,
    consent: ConsentRule::Interactive,
    daemon_scope: DaemonScope::ResourceOrDefault,
    daemon_scope_echo: DaemonScopeEcho::Echo,
    id_token: IdTokenRule::OpenIdScope,
    logout_without_hint: LogoutWithoutHint::Confirm,
    missing_redirect_uri: MissingRedirectUri::UseTheOnlyOne,
    origin: OriginRule::SpaNeedsOrigin,
    refresh_beyond_grant: RefreshBeyondGrant::Refuse,
    refresh_binding: RefreshBinding::Door,
    rotation: Rotation::PublicClients,
    scope_claims: ScopeClaims::UserinfoOnly,
    several_accounts: SeveralAccountsError::AccountSelection,
    subject: SubjectRule::Public,
    unknown_scope: UnknownScope::Ignore,
};

/// The rules of a directory door.
pub(crate) const DIRECTORY: Profile = Profile {
    name: "directory",
    bare_scope: BareScope::BuiltIn,
    code_binding: CodeBinding::Door,
    confidential_pkce: ConfidentialPkce::Optional,
    consent: ConsentRule::Interactive,
    daemon_scope: DaemonScope::DefaultOnly,
    daemon_scope_echo: DaemonScopeEcho::Omit,
    id_token: IdTokenRule::EveryDelegatedGrant,
    logout_without_hint: LogoutWithoutHint::LeadBack,
    missing_redirect_uri: MissingRedirectUri::UseTheOnlyOne,
    origin: OriginRule::WebForbidsOrigin,
    refresh_beyond_grant: RefreshBeyondGrant::IfConsented,
    refresh_binding: RefreshBinding::Tenant,
    rotation: Rotation::PublicClients,
    scope_claims: ScopeClaims::IdToken,
    several_accounts: SeveralAccountsError::Interaction,
    subject: SubjectRule::Pairwise,
    unknown_scope: UnknownScope::Refuse,
};

/// Deterministic and without any strength: enough to test rules.
pub(crate) struct FakeVault;

fn mix(parts: &[&[u8]]) -> [u8; 32] {
    let mut state =
        [0xcbf2_9ce4_8422_2325_u64, 0x9ae1_6a3b_2f90_404f, 0x1000_0000_01b3, 0xc2b2_ae3d_27d4_eb4f];
    for (index, part) in parts.iter().enumerate() {
        for byte in part.iter().chain([&u8::try_from(index % 256).unwrap_or(0)]) {
            for (lane, word) in state.iter_mut().enumerate() {
                *word = (*word ^ u64::from(*byte))
                    .wrapping_mul(0x1000_0000_01b3 + 2 * lane as u64)
                    .rotate_left(23);
            }
        }
    }
    let mut out = [0; 32];
    for (chunk, word) in out.chunks_mut(8).zip(state) {
        chunk.copy_from_slice(&word.to_be_bytes());
    }
    out
}

impl Vault for FakeVault {
    fn digest(&self, bytes: &[u8]) -> Digest {
        Digest::new(mix(&[b"digest", bytes]))
    }

    fn mac(&self, tenant: TenantId, label: &'static str, bytes: &[u8]) -> [u8; 32] {
        mix(&[b"mac", tenant.as_bytes(), label.as_bytes(), bytes])
    }

    fn seal(&self, secret: &[u8], nonce: [u8; 12], plain: &[u8]) -> Vec<u8> {
        let pad = mix(&[b"pad", secret, &nonce]);
        let body: Vec<u8> = plain.iter().zip(pad.iter().cycle()).map(|(a, b)| a ^ b).collect();
        let tag = mix(&[b"tag", secret, &nonce, &body]);
        [nonce.as_slice(), &tag, &body].concat()
    }

    fn open(&self, secret: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(12)?;
        let (tag, body) = rest.split_at_checked(32)?;
        (mix(&[b"tag", secret, nonce, body]) == tag).then(|| {
            let pad = mix(&[b"pad", secret, nonce]);
            body.iter().zip(pad.iter().cycle()).map(|(a, b)| a ^ b).collect()
        })
    }
}

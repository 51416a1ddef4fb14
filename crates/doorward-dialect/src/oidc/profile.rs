//! The rules of plain OpenID Connect: what the specifications and RFC 9700 say where they leave no choice, and the
//! stricter side where they do.

use doorward_core::profile::{
    BareScope, CodeBinding, ConfidentialPkce, ConsentRule, DaemonScope, DaemonScopeEcho, IdTokenRule,
    LogoutWithoutHint, MissingRedirectUri, OriginRule, Profile, RefreshBeyondGrant, RefreshBinding, Rotation,
    ScopeClaims, SeveralAccountsError, SubjectRule, UnknownScope,
};

/// The rules.
pub const PROFILE: Profile = Profile {
    name: "oidc",
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

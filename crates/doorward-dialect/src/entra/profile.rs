//! The rules that Microsoft's clients build on.

use doorward_core::profile::{
    BareScope, CodeBinding, ConfidentialPkce, ConsentRule, DaemonScope, DaemonScopeEcho, IdTokenRule,
    LogoutWithoutHint, MissingRedirectUri, OriginRule, Profile, RefreshBeyondGrant, RefreshBinding, Rotation,
    ScopeClaims, SeveralAccountsError, SubjectRule, UnknownScope,
};

/// The rules.
pub const PROFILE: Profile = Profile {
    name: "entra",
    // `User.Read` without an API in front belongs to the built-in directory API.
    bare_scope: BareScope::BuiltIn,
    code_binding: CodeBinding::Door,
    // msal-node sends no challenge unless the application supplies one.
    confidential_pkce: ConfidentialPkce::Optional,
    consent: ConsentRule::Interactive,
    daemon_scope: DaemonScope::DefaultOnly,
    // With `scope` in the answer, MSAL never finds the application's token in its cache again.
    daemon_scope_echo: DaemonScopeEcho::Omit,
    // Without an ID token there is no account, on refresh as well.
    id_token: IdTokenRule::EveryDelegatedGrant,
    // MSAL signs out without a hint and expects to come back.
    logout_without_hint: LogoutWithoutHint::LeadBack,
    missing_redirect_uri: MissingRedirectUri::UseTheOnlyOne,
    origin: OriginRule::WebForbidsOrigin,
    // A refresh token serves every API that the person has consented to.
    refresh_beyond_grant: RefreshBeyondGrant::IfConsented,
    refresh_binding: RefreshBinding::Tenant,
    rotation: Rotation::PublicClients,
    scope_claims: ScopeClaims::IdToken,
    several_accounts: SeveralAccountsError::Interaction,
    subject: SubjectRule::Pairwise,
    unknown_scope: UnknownScope::Refuse,
};

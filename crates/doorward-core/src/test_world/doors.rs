//! Three doors: plain OpenID Connect, the directory, and a user flow that asks nobody.

use crate::claims::{ClientInfoShape, Source, TokenShape, When};
use crate::decision::At;
use crate::model::Authority;
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

/// The rules of a user flow.
pub(super) const USER_FLOW: Profile = Profile {
    name: "user flow",
    consent: ConsentRule::ByFlow,
    missing_redirect_uri: MissingRedirectUri::Refuse,
    subject: SubjectRule::Public,
    ..DIRECTORY
};

pub(super) const PLAIN_SHAPE: TokenShape = TokenShape {
    claims: &[
        ("sid", Source::SessionId, When::Always),
        ("name", Source::DisplayName, When::ProfileScope),
        ("preferred_username", Source::SignInName, When::ProfileScope),
        ("email", Source::Email, When::EmailScope),
        ("email_verified", Source::EmailVerified, When::EmailScope),
    ],
    client_info: ClientInfoShape::None,
    scope_claims_optional: true,
};

pub(super) const DIRECTORY_SHAPE: TokenShape = TokenShape {
    claims: &[
        ("ver", Source::Literal("2.0"), When::Always),
        ("tid", Source::TenantId, When::Always),
        ("oid", Source::ObjectId, When::Always),
        ("sid", Source::SessionId, When::Always),
        ("uti", Source::TokenId, When::Always),
        ("login_hint", Source::AccountHint, When::Always),
        ("name", Source::DisplayName, When::ProfileScope),
        ("preferred_username", Source::SignInName, When::ProfileScope),
        ("email", Source::Email, When::EmailScope),
    ],
    client_info: ClientInfoShape::UserAndFlow,
    scope_claims_optional: false,
};

pub(super) const FLOW_SHAPE: TokenShape = TokenShape {
    claims: &[
        ("ver", Source::Literal("1.0"), When::Always),
        ("tfp", Source::FlowName, When::Always),
        ("sid", Source::SessionId, When::Always),
        ("oid", Source::ObjectId, When::FlowChooses),
        ("tid", Source::TenantId, When::FlowChooses),
        ("name", Source::DisplayName, When::FlowChooses),
        ("given_name", Source::GivenName, When::FlowChooses),
        ("family_name", Source::FamilyName, When::FlowChooses),
        ("preferred_username", Source::SignInName, When::FlowChooses),
        ("emails", Source::EmailsAsArray, When::FlowChooses),
    ],
    client_info: ClientInfoShape::UserAndFlow,
    scope_claims_optional: false,
};

/// An authority with its rules and its shape.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) authority: Authority,
    pub(crate) profile: Profile,
    pub(crate) shape: TokenShape,
}

impl Door {
    pub(crate) fn at(&self) -> At<'_> {
        At { authority: &self.authority, profile: &self.profile, shape: &self.shape }
    }
}

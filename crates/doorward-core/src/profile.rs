//! The rules in which dialects differ, as a closed record of choices (Settled 2). Wire shapes are not here.
//!
//! Each field is read in exactly one place of the core. A dialect owns one constant of this type.

use serde::Serialize;

/// What becomes of a scope that no API exposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum UnknownScope {
    /// Left out; the response's `scope` tells (RFC 6749 §3.3).
    Ignore,
    /// Refused as `invalid_scope`.
    Refuse,
}

/// What a refresh may ask for beyond the scopes of the original grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RefreshBeyondGrant {
    /// Whatever the person or an administrator has consented to by now, also at another API.
    IfConsented,
    /// Nothing (RFC 6749 §6).
    Refuse,
}

/// Whether a client-credentials response tells the scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum DaemonScopeEcho {
    /// Tells it.
    Echo,
    /// Leaves it out: some clients then cache the token, and only then.
    Omit,
}

/// What client credentials may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum DaemonScope {
    /// `{API}/.default` only.
    DefaultOnly,
    /// `{API}/.default`, or `resource` (RFC 8707) with no scope.
    ResourceOrDefault,
}

/// Sign-out with a way back but without an ID token as a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum LogoutWithoutHint {
    /// Asks the person, and does not lead back.
    Confirm,
    /// Leads back where the URI is registered with an application of the tenant.
    LeadBack,
}

/// Where the claims of the scopes `profile` and `email` go when an access token is issued too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ScopeClaims {
    /// Into the ID token as well.
    IdToken,
    /// To userinfo only (OpenID Connect Core §5.4), unless the application's registration says otherwise.
    UserinfoOnly,
}

/// Who is asked for consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ConsentRule {
    /// The user flow's document says.
    ByFlow,
    /// The person, on a page.
    Interactive,
}

/// At which door a code may be redeemed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum CodeBinding {
    /// At the very door that issued it.
    Door,
}

/// At which door a refresh token may be redeemed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum RefreshBinding {
    /// At the door that issued it.
    Door,
    /// At any door of the tenant; the claims follow the door called.
    Tenant,
}

/// Which clients' refresh tokens rotate (Settled 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Rotation {
    /// Those of public clients.
    PublicClients,
}

/// What `Origin` means at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum OriginRule {
    /// A single-page URI must be redeemed with one; that is all.
    SpaNeedsOrigin,
    /// And a URI of another platform must be redeemed without one.
    WebForbidsOrigin,
}

/// When an ID token is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum IdTokenRule {
    /// With every delegated grant.
    EveryDelegatedGrant,
    /// Where `openid` was asked for and granted.
    OpenIdScope,
}

/// PKCE of confidential clients where the registration does not decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ConfidentialPkce {
    /// Checked when sent.
    Optional,
    /// Demanded.
    Required,
}

/// The `sub` of users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SubjectRule {
    /// A different one for every audience; `oid` is the stable id.
    Pairwise,
    /// The user's id.
    Public,
}

/// To which API a scope without an API belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum BareScope {
    /// To the built-in directory API.
    BuiltIn,
    /// To the API that `resource` names (RFC 8707), else to none.
    ResourceParameter,
}

/// The `error` when several accounts fit and nobody may be asked which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SeveralAccountsError {
    /// `account_selection_required` (OpenID Connect Core §3.1.2.6).
    AccountSelection,
    /// `interaction_required`.
    Interaction,
}

/// Which requirement answers a missing `redirect_uri`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum MissingRedirectUri {
    /// Always an error page.
    Refuse,
    /// The only registered one, where the request is not an OpenID Connect one (RFC 6749 §3.1.2.3).
    UseTheOnlyOne,
}

/// All rules in which dialects differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// Name for trails and the docs.
    pub name: &'static str,
    /// Scopes without an API.
    pub bare_scope: BareScope,
    /// Codes and doors.
    pub code_binding: CodeBinding,
    /// PKCE of confidential clients.
    pub confidential_pkce: ConfidentialPkce,
    /// Consent.
    pub consent: ConsentRule,
    /// Scope of client credentials.
    pub daemon_scope: DaemonScope,
    /// Scope in the answer to client credentials.
    pub daemon_scope_echo: DaemonScopeEcho,
    /// ID tokens.
    pub id_token: IdTokenRule,
    /// Sign-out without a hint.
    pub logout_without_hint: LogoutWithoutHint,
    /// A missing `redirect_uri`.
    pub missing_redirect_uri: MissingRedirectUri,
    /// `Origin` at the token endpoint.
    pub origin: OriginRule,
    /// Refresh beyond the grant.
    pub refresh_beyond_grant: RefreshBeyondGrant,
    /// Refresh and doors.
    pub refresh_binding: RefreshBinding,
    /// Rotation.
    pub rotation: Rotation,
    /// Scope claims.
    pub scope_claims: ScopeClaims,
    /// Several accounts.
    pub several_accounts: SeveralAccountsError,
    /// `sub`.
    pub subject: SubjectRule,
    /// Unknown scopes.
    pub unknown_scope: UnknownScope,
}

//! An API as a resource that exposes scopes and app roles (RFC 8707 calls it the resource).

use serde::{Deserialize, Serialize};

use super::{AppId, ResourceId, RoleId, ScopeId, ScopeToken, SigningAlgorithm, TenantId};

/// Version of the `ms` access-token shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MsVersion {
    /// `aud` is the identifier URI as requested, `appid`.
    V1,
    /// `aud` is the API's id, `azp`.
    V2,
}

/// Which claims and header an API's access tokens carry (Settled 5): chosen by the API, not by the door used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenProfile {
    /// `typ: JWT`, `scope` and `scp` as strings, `aud` the identifier URI.
    Generic,
    /// The shape that Microsoft's verifiers read.
    Ms(MsVersion),
    /// RFC 9068: `typ: at+jwt`.
    Rfc9068,
}

/// A delegated permission that an API exposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposedScope {
    /// Stable id.
    pub id: ScopeId,
    /// Short name, as it appears in `scp`.
    pub value: ScopeToken,
    /// Only an administrator may grant it.
    pub admin_only: bool,
    /// What the consent page says, in plain verbs: "Read your notes".
    pub title: String,
    /// What that means, in a sentence.
    pub description: String,
    /// A disabled scope is granted to nobody.
    pub enabled: bool,
}

/// Who may hold an app role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleMembers {
    /// Applications only: an application permission.
    Applications,
    /// Both.
    Both,
    /// Users only.
    Users,
}

impl RoleMembers {
    /// Whether an application may hold it.
    pub fn admits_applications(self) -> bool {
        self != Self::Users
    }

    /// Whether a user may hold it.
    pub fn admits_users(self) -> bool {
        self != Self::Applications
    }
}

/// A role that an API knows; ends up in `roles`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRole {
    /// Stable id.
    pub id: RoleId,
    /// Name in the `roles` claim.
    pub value: String,
    /// Who may hold it.
    pub members: RoleMembers,
    /// What administrators read.
    pub description: String,
    /// A disabled role is in no token.
    pub enabled: bool,
}

/// An API registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The tenant that owns it.
    pub tenant: TenantId,
    /// GUID, the audience of version 2 tokens.
    pub id: ResourceId,
    /// Short name, unique in the tenant.
    pub name: String,
    /// What people read on the consent page.
    pub title: String,
    /// Identifier URIs such as `api://notes`, compared without case; the first is the canonical one.
    pub identifier_uris: Vec<String>,
    /// Delegated permissions.
    pub scopes: Vec<ExposedScope>,
    /// Roles.
    pub roles: Vec<AppRole>,
    /// Shape of its access tokens.
    pub profile: TokenProfile,
    /// Algorithm of its access tokens.
    pub algorithm: SigningAlgorithm,
    /// Life of its access tokens, 300 to 86 400 seconds.
    pub access_token_secs: u32,
    /// Clients that may introspect its tokens although they are not the audience.
    pub introspectors: Vec<AppId>,
    /// Clients whose users are not asked for consent to these scopes (pre-authorised).
    pub pre_authorized: Vec<(AppId, ScopeToken)>,
    /// A disabled API gets no tokens.
    pub disabled: bool,
}

impl Resource {
    /// Whether `identifier` names this API: its id, its short name's `api://` form, or one of its URIs, without case.
    pub fn answers_to(&self, identifier: &str) -> bool {
        self.id.to_string().eq_ignore_ascii_case(identifier)
            || self.identifier_uris.iter().any(|uri| uri.eq_ignore_ascii_case(identifier))
    }

    /// The canonical identifier URI, or the id where there is none.
    pub fn identifier(&self) -> String {
        self.identifier_uris.first().cloned().unwrap_or_else(|| self.id.to_string())
    }

    /// The exposed and enabled scope of that short name. Scope names are compared exactly (RFC 6749 §3.3).
    pub fn scope(&self, value: &str) -> Option<&ExposedScope> {
        self.scopes.iter().find(|scope| scope.enabled && scope.value.as_str() == value)
    }

    /// The audiences that its tokens may carry, for the guard.
    pub fn audiences(&self) -> Vec<String> {
        let mut all = vec![self.id.to_string()];
        all.extend(self.identifier_uris.iter().cloned());
        all
    }
}

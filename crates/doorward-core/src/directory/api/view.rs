//! An API as administrators see it.

use serde::{Deserialize, Serialize};

use crate::model::{
    AppId, AppRole, ExposedScope, MsVersion, Resource, ResourceId, RoleId, RoleMembers, ScopeId, ScopeToken,
    SigningAlgorithm, TokenProfile,
};

/// An API as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiView {
    /// GUID; an audience of its tokens.
    pub id: ResourceId,
    /// Short name.
    pub name: String,
    /// What people read.
    pub title: String,
    /// Identifier URIs, the canonical one first.
    pub identifier_uris: Vec<String>,
    /// Delegated permissions.
    pub scopes: Vec<ScopeView>,
    /// App roles.
    pub roles: Vec<RoleView>,
    /// Shape of its access tokens: `generic`, `ms-v1`, `ms-v2` or `rfc9068`.
    #[serde(with = "profile_name")]
    pub profile: TokenProfile,
    /// Algorithm of its access tokens.
    pub algorithm: SigningAlgorithm,
    /// Life of its access tokens in seconds.
    pub access_token_secs: u32,
    /// Applications that may introspect its tokens.
    #[serde(default)]
    pub introspectors: Vec<AppId>,
    /// Whether it is switched off.
    pub disabled: bool,
}

/// A delegated permission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeView {
    /// Stable id.
    pub id: ScopeId,
    /// Short name.
    pub name: ScopeToken,
    /// Only an administrator may grant it.
    pub admin_only: bool,
    /// What the consent page says.
    pub title: String,
    /// What that means.
    pub description: String,
    /// Whether it can be granted.
    pub enabled: bool,
}

impl From<&ExposedScope> for ScopeView {
    fn from(scope: &ExposedScope) -> Self {
        Self {
            id: scope.id,
            name: scope.value.clone(),
            admin_only: scope.admin_only,
            title: scope.title.clone(),
            description: scope.description.clone(),
            enabled: scope.enabled,
        }
    }
}

/// An app role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleView {
    /// Stable id.
    pub id: RoleId,
    /// Name in `roles`.
    pub name: String,
    /// Who may hold it.
    pub members: RoleMembers,
    /// What administrators read.
    pub description: String,
    /// Whether it is in tokens.
    pub enabled: bool,
}

impl From<&AppRole> for RoleView {
    fn from(role: &AppRole) -> Self {
        Self {
            id: role.id,
            name: role.value.clone(),
            members: role.members,
            description: role.description.clone(),
            enabled: role.enabled,
        }
    }
}

impl From<&Resource> for ApiView {
    fn from(api: &Resource) -> Self {
        Self {
            id: api.id,
            name: api.name.clone(),
            title: api.title.clone(),
            identifier_uris: api.identifier_uris.clone(),
            scopes: api.scopes.iter().map(ScopeView::from).collect(),
            roles: api.roles.iter().map(RoleView::from).collect(),
            profile: api.profile,
            algorithm: api.algorithm,
            access_token_secs: api.access_token_secs,
            introspectors: api.introspectors.clone(),
            disabled: api.disabled,
        }
    }
}

/// One word per profile, as it is typed.
pub(super) fn profile_word(profile: TokenProfile) -> &'static str {
    match profile {
        TokenProfile::Generic => "generic",
        TokenProfile::Ms(MsVersion::V1) => "ms-v1",
        TokenProfile::Ms(MsVersion::V2) => "ms-v2",
        TokenProfile::Rfc9068 => "rfc9068",
    }
}

/// The profile of that name.
pub(super) fn profile_of(word: &str) -> Option<TokenProfile> {
    [
        TokenProfile::Generic,
        TokenProfile::Ms(MsVersion::V1),
        TokenProfile::Ms(MsVersion::V2),
        TokenProfile::Rfc9068,
    ]
    .into_iter()
    .find(|profile| profile_word(*profile) == word)
}

/// A profile as one word.
mod profile_name {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use super::{profile_of, profile_word};
    use crate::model::TokenProfile;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's `with` hands out references")]
    pub(super) fn serialize<S: Serializer>(profile: &TokenProfile, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(profile_word(*profile))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TokenProfile, D::Error> {
        let word = String::deserialize(deserializer)?;
        profile_of(&word).ok_or_else(|| de::Error::custom("a profile is generic, ms-v1, ms-v2 or rfc9068"))
    }
}

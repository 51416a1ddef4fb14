//! An application as administrators see it: secrets by id and hint, never by value or digest.

use serde::{Deserialize, Serialize};

use crate::directory::{PermissionKind, PermissionRef};
use crate::facts::Facts;
use crate::model::{
    AppId, Client, ClientId, ClientKind, ClientMetadata, ClientSecret, Instant, MfaRule, PkceRule, Platform,
    RegisteredRedirect, Resource, ResourceId, SecretId,
};
use crate::needs::Need;

/// An application as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppView {
    /// `client_id` on the wire.
    pub client_id: ClientId,
    /// GUID; `oid` of its app-only tokens.
    pub app_id: AppId,
    /// What people read.
    pub name: String,
    /// Web, single-page, native or daemon.
    pub kind: ClientKind,
    /// Typed redirect URIs.
    pub redirect_uris: Vec<RedirectView>,
    /// Where sign-out may lead to, besides.
    pub post_logout_redirect_uris: Vec<String>,
    /// Secrets, without the secrets.
    pub secrets: Vec<SecretView>,
    /// Permissions asked for.
    pub requires: Vec<RequiredView>,
    /// PKCE for a confidential client.
    pub pkce: PkceRule,
    /// Whether its users are not asked for consent to identity scopes.
    pub first_party: bool,
    /// Whether scope claims enter the ID token, where the profile leaves the choice.
    pub claims_in_id_token: bool,
    /// Seconds for which refresh tokens stay usable when idle.
    pub refresh_idle_secs: u32,
    /// When a second factor is asked of its users, where that is more than the tenant asks.
    #[serde(default)]
    pub mfa: Option<MfaRule>,
    /// Protocol metadata by its registered names (RFC 7591 §2).
    #[serde(default)]
    pub metadata: ClientMetadata,
    /// Whether it is switched off.
    pub disabled: bool,
    /// What was issued before this moment is dead, seconds of the Unix epoch.
    pub epoch: Instant,
    /// When it was registered, seconds of the Unix epoch.
    pub created_at: Instant,
}

/// A redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectView {
    /// The URI.
    pub uri: String,
    /// Its platform.
    pub platform: Platform,
}

impl From<&RegisteredRedirect> for RedirectView {
    fn from(redirect: &RegisteredRedirect) -> Self {
        Self { uri: redirect.uri.as_str().to_owned(), platform: redirect.platform }
    }
}

/// A secret, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretView {
    /// Public id.
    pub id: SecretId,
    /// What the administrator calls it.
    pub name: String,
    /// Its first characters after the prefix.
    pub hint: String,
    /// When it was made, seconds of the Unix epoch.
    pub created_at: Instant,
    /// When it ends, seconds of the Unix epoch.
    pub expires_at: Instant,
}

impl From<&ClientSecret> for SecretView {
    fn from(secret: &ClientSecret) -> Self {
        Self {
            id: secret.id,
            name: secret.name.clone(),
            hint: secret.hint.clone(),
            created_at: secret.created_at,
            expires_at: secret.expiry.instant(),
        }
    }
}

/// A permission asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredView {
    /// As commands name it.
    pub permission: PermissionRef,
    /// Delegated or application.
    pub kind: PermissionKind,
}

/// What [`AppView::new`] reads: the APIs that the application asks for.
pub(super) fn needs(client: &Client) -> impl Iterator<Item = Need> + '_ {
    client.required_access.iter().map(|access| Need::ResourceById(client.tenant, access.resource))
}

impl AppView {
    /// The view; APIs that `facts` knows are named, a permission of an API that is gone is left out.
    pub fn new(client: &Client, facts: &Facts) -> Self {
        Self::naming(client, &[], facts)
    }

    /// The same, where APIs were also loaded by the names in `permissions`.
    pub(super) fn naming(client: &Client, permissions: &[PermissionRef], facts: &Facts) -> Self {
        Self::with_apis(client, &|id| {
            let need = Need::ResourceById(client.tenant, id);
            let by_id = facts.has(&need).then(|| facts.resource_by_id(client.tenant, id)).flatten();
            by_id.or_else(|| {
                let named =
                    |p: &PermissionRef| facts.resource(client.tenant, p.api()).filter(|api| api.id == id);
                permissions.iter().find_map(named)
            })
        })
    }

    /// The view, with the APIs found otherwise.
    pub fn with_apis<'r>(client: &Client, api: &dyn Fn(ResourceId) -> Option<&'r Resource>) -> Self {
        let mut requires = Vec::new();
        for access in &client.required_access {
            let Some(resource) = api(access.resource) else { continue };
            let mut add = |name: &str, kind| {
                if let Ok(permission) = PermissionRef::parse(&format!("{}:{name}", resource.name)) {
                    requires.push(RequiredView { permission, kind });
                }
            };
            access.scopes.iter().for_each(|scope| add(scope.as_str(), PermissionKind::Delegated));
            for role in resource.roles.iter().filter(|role| access.roles.contains(&role.id)) {
                add(&role.value, PermissionKind::Application);
            }
        }
        Self {
            client_id: client.client_id.clone(),
            app_id: client.app_id,
            name: client.name.clone(),
            kind: client.kind,
            redirect_uris: client.redirect_uris.iter().map(RedirectView::from).collect(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            secrets: client.secrets.iter().map(SecretView::from).collect(),
            requires,
            pkce: client.pkce,
            first_party: client.first_party,
            claims_in_id_token: client.claims_in_id_token,
            refresh_idle_secs: client.refresh_idle_secs,
            mfa: client.mfa,
            metadata: client.metadata.clone(),
            disabled: client.disabled,
            epoch: client.epoch,
            created_at: client.created_at,
        }
    }
}

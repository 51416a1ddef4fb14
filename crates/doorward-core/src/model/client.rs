//! An application registered as an OAuth client (RFC 6749 §2).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    AppId, ClientId, ClientMetadata, Digest, Expiry, Instant, MfaRule, Platform, RegisteredRedirect,
    ResourceId, RoleId, ScopeToken, SecretId, TenantId,
};

/// How every client secret begins, so that scanners of source code can find a leaked one.
pub const SECRET_PREFIX: &str = "dws_";

/// What an application is; decides whether it can keep a secret (RFC 6749 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientKind {
    /// A service without a user: confidential, client credentials only.
    Daemon,
    /// An application on a person's device: public.
    Native,
    /// A single-page application: public, bound to its origin.
    Spa,
    /// A server-side web application: confidential.
    Web,
}

impl ClientKind {
    /// Whether the client is confidential, that is: must authenticate.
    pub fn is_confidential(self) -> bool {
        matches!(self, Self::Daemon | Self::Web)
    }
}

/// Whether PKCE is demanded of a confidential client. Public clients always use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PkceRule {
    /// As the authority's profile says.
    #[default]
    Profile,
    /// Never required of this (confidential) client.
    Optional,
    /// Always required of this client.
    Required,
}

/// One of an application's secrets. The secret itself is shown once and never stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSecret {
    /// Public id.
    pub id: SecretId,
    /// What the administrator calls it.
    pub name: String,
    /// SHA-256 of the secret.
    pub digest: Digest,
    /// The first characters after the prefix, to tell secrets apart.
    pub hint: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends.
    pub expiry: Expiry,
}

/// A permission that an application asks for in its registration; a grant makes it real.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredAccess {
    /// The API.
    pub resource: ResourceId,
    /// Delegated permissions by their short names.
    pub scopes: Vec<ScopeToken>,
    /// Application permissions.
    pub roles: Vec<RoleId>,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// The tenant it is registered in.
    pub tenant: TenantId,
    /// GUID; the `oid` and `sub` of its app-only tokens.
    pub app_id: AppId,
    /// `client_id` on the wire; the GUID's text unless the registration chose another.
    pub client_id: ClientId,
    /// What people read.
    pub name: String,
    /// Web, single-page, native or daemon.
    pub kind: ClientKind,
    /// Typed redirect URIs (compared as strings, RFC 9700 §2.1).
    pub redirect_uris: Vec<RegisteredRedirect>,
    /// Where sign-out may lead back to, besides the redirect URIs.
    pub post_logout_redirect_uris: Vec<String>,
    /// Secrets; several, so that they can overlap.
    pub secrets: Vec<ClientSecret>,
    /// Permissions asked for.
    pub required_access: Vec<RequiredAccess>,
    /// PKCE for a confidential client.
    pub pkce: PkceRule,
    /// A first-party application: its users are not asked for consent to identity scopes.
    pub first_party: bool,
    /// Whether scope claims (`name`, `email`, ...) enter the ID token, where the profile leaves the choice.
    pub claims_in_id_token: bool,
    /// Seconds for which this client's refresh tokens stay usable when idle.
    pub refresh_idle_secs: u32,
    /// When a second factor is asked of the people who use it, where that is more than the tenant asks.
    #[serde(default)]
    pub mfa: Option<MfaRule>,
    /// What the registration says beside.
    #[serde(default)]
    pub metadata: ClientMetadata,
    /// A disabled client gets nothing.
    pub disabled: bool,
    /// Grants issued to this client before this moment are dead (Settled 10).
    pub epoch: Instant,
    /// When it was registered.
    pub created_at: Instant,
}

impl Client {
    /// The default idle life of a refresh token: 14 days.
    pub const REFRESH_IDLE: Duration = Duration::from_hours(14 * 24);
    /// No family outlives this, however often it is refreshed: 90 days.
    pub const REFRESH_ABSOLUTE: Duration = Duration::from_hours(90 * 24);
    /// A single-page application's family ends after 24 hours, whatever happens.
    pub const REFRESH_SPA: Duration = Duration::from_hours(24);

    /// The registered URI that equals `presented`, and its platform (RFC 6749 §3.1.2.3; loopback ports RFC 8252 §7.3).
    pub fn registered_redirect(&self, presented: &str) -> Option<&RegisteredRedirect> {
        self.redirect_uris.iter().find(|registered| registered.matches(presented))
    }

    /// The origins from which its single-page code may call the token endpoint.
    pub fn spa_origins(&self) -> impl Iterator<Item = String> + '_ {
        self.redirect_uris.iter().filter(|r| r.platform == Platform::Spa).filter_map(|r| r.uri.origin())
    }

    /// The secrets that have not ended.
    pub fn live_secrets(&self, now: Instant) -> impl Iterator<Item = &ClientSecret> {
        self.secrets.iter().filter(move |secret| !secret.expiry.has_passed(now))
    }
}

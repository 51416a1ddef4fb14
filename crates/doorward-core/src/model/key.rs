//! A tenant's signing keys and their life: upcoming, active, retiring, gone.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Instant, KeyId, TenantId};

/// Algorithms with which the house signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// Ed25519 (RFC 8037).
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// RSA 2048 PKCS#1 v1.5 with SHA-256: the one that every client understands.
    #[serde(rename = "RS256")]
    Rs256,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// The JOSE name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Signs.
    Active,
    /// No longer signs, still published until the last token it signed has ended.
    Retiring,
    /// Published before its first use, so that verifiers already have it.
    Upcoming,
}

/// A signing key as the store keeps it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyRecord {
    /// The tenant that signs with it.
    pub tenant: TenantId,
    /// Key id.
    pub kid: KeyId,
    /// Algorithm.
    pub algorithm: SigningAlgorithm,
    /// Where it is in its life.
    pub state: KeyState,
    /// Public JWK as JSON, with `x5c` and `x5t`.
    pub public_jwk: serde_json::Value,
    /// PKCS#8, sealed under the master key with (tenant, "keys", kid) as associated data; base64url.
    pub sealed_private: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it entered its state.
    pub state_since: Instant,
    /// When its certificate ends; keys of early versions do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_until: Option<Instant>,
}

impl SigningKeyRecord {
    /// Certificates of keys that do not say when theirs ends were made for ten years.
    const EARLY_CERTIFICATE: Duration = Duration::from_hours(10 * 365 * 24);

    /// When its certificate ends.
    pub fn certificate_end(&self) -> Instant {
        self.certificate_until.unwrap_or(self.created_at + Self::EARLY_CERTIFICATE)
    }
}

/// How a tenant's keys follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyPolicy {
    /// Days after which the next key is published, counted from the first signature; 0 for never.
    pub rotate_days: u32,
    /// Hours for which a key is published before it signs: the longest time for which a verifier keeps a key set.
    pub overlap_hours: u32,
}

impl Default for KeyPolicy {
    fn default() -> Self {
        Self { rotate_days: 90, overlap_hours: 24 }
    }
}

impl KeyPolicy {
    /// How long a key stays published after its last signature: the longest life of a token, and an hour.
    pub const RETIRING: Duration = Duration::from_hours(25);

    /// How long a key is published before it signs.
    pub fn overlap(&self) -> Duration {
        Duration::from_hours(self.overlap_hours.into())
    }

    /// How long a key signs before the next one is published; `None` for ever.
    pub fn interval(&self) -> Option<Duration> {
        (self.rotate_days > 0).then(|| Duration::from_hours(u64::from(self.rotate_days) * 24))
    }
}

impl std::fmt::Debug for SigningKeyRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKeyRecord({} {} {:?})", self.kid, self.algorithm.as_str(), self.state)
    }
}

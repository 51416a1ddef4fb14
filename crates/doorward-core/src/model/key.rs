//! A tenant's signing keys and their life: upcoming, active, retiring.

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
}

impl std::fmt::Debug for SigningKeyRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKeyRecord({} {} {:?})", self.kid, self.algorithm.as_str(), self.state)
    }
}

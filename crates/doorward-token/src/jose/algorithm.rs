//! The closed set of signature algorithms (RFC 7518 §3.1, RFC 8037 §3.1).

use std::fmt;

use serde::{Deserialize, Serialize};

/// A signature algorithm this house verifies. There is no `none` and no symmetric one: neither can be represented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256; the signature is r ‖ s of 64 bytes (RFC 7518 §3.4).
    ES256,
    /// ECDSA on P-384 with SHA-384; verified, never issued.
    ES384,
    /// Ed25519 (RFC 8037). The name `Ed25519` of RFC 9864 reads as the same.
    #[serde(alias = "Ed25519")]
    EdDSA,
    /// RSASSA-PSS with SHA-256; verified, never issued.
    PS256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RS256,
}

/// The hash that goes with an algorithm, for `at_hash` and `c_hash` (OpenID Connect Core §3.1.3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashFamily {
    /// 32 bytes.
    Sha256,
    /// 48 bytes.
    Sha384,
    /// 64 bytes; goes with Ed25519, which hashes with SHA-512 inside.
    Sha512,
}

impl Algorithm {
    /// Reads a JOSE name. `None` for everything outside the set, `none` and `HS256` among it.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "ES256" => Self::ES256,
            "ES384" => Self::ES384,
            "EdDSA" | "Ed25519" => Self::EdDSA,
            "PS256" => Self::PS256,
            "RS256" => Self::RS256,
            _ => return None,
        })
    }

    /// The JOSE name, as in a header's `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ES256 => "ES256",
            Self::ES384 => "ES384",
            Self::EdDSA => "EdDSA",
            Self::PS256 => "PS256",
            Self::RS256 => "RS256",
        }
    }

    /// The hash for the left-half claims of an ID token signed with this algorithm.
    pub const fn hash_family(self) -> HashFamily {
        match self {
            Self::ES256 | Self::PS256 | Self::RS256 => HashFamily::Sha256,
            Self::ES384 => HashFamily::Sha384,
            Self::EdDSA => HashFamily::Sha512,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Algorithm; 5] =
        [Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA, Algorithm::PS256, Algorithm::RS256];

    #[test]
    fn names_round_trip_through_text_and_serde() {
        for alg in ALL {
            assert_eq!(Algorithm::from_name(alg.name()), Some(alg));
            let json = serde_json::to_string(&alg).unwrap();
            assert_eq!(json, format!("\"{}\"", alg.name()));
            assert_eq!(serde_json::from_str::<Algorithm>(&json).unwrap(), alg);
        }
    }

    #[test]
    fn no_symmetric_or_empty_algorithm_exists() {
        for bad in ["none", "None", "HS256", "HS512", "rs256", "RSA-OAEP", ""] {
            assert_eq!(Algorithm::from_name(bad), None, "{bad}");
        }
    }
}

//! Identifiers as newtypes, so that one kind cannot be passed for another (Settled: ids are random, never sequences).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not an identifier of this kind.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a {1}")]
pub struct InvalidId(pub String, pub &'static str);

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that is known to be of this kind.
            pub const fn new(uuid: Uuid) -> Self { Self(uuid) }
            /// Makes a random (version 4) identifier of 16 fresh random bytes.
            pub fn random(bytes: [u8; 16]) -> Self { Self(uuid::Builder::from_random_bytes(bytes).into_uuid()) }
            /// Reads the hyphenated or simple form, in any case.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                Uuid::try_parse(text).map(Self).map_err(|_| InvalidId(text.to_owned(), stringify!($name)))
            }
            /// The 16 bytes.
            pub fn as_bytes(&self) -> &[u8; 16] { self.0.as_bytes() }
            /// The UUID.
            pub fn uuid(&self) -> Uuid { self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.hyphenated().fmt(f) }
        }
    )*};
}

id! {
    /// A tenant; also `tid` and `utid` on the wire.
    TenantId;
    /// A pool of users inside a tenant.
    PoolId;
    /// A user, the `oid` of tokens.
    UserId;
    /// An application's id as a GUID; the service principal's object id and the `oid` of app-only tokens.
    AppId;
    /// An API registration; also its audience in the version 2 token shape.
    ResourceId;
    /// A delegated permission.
    ScopeId;
    /// An app role.
    RoleId;
    /// One of an application's secrets. Public: people paste it where the secret belongs.
    SecretId;
    /// A second factor of an account.
    FactorId;
    /// A mail in the outbox.
    MailId;
    /// One delegated grant, started by a redeemed code; also the refresh family and the stem of `jti`.
    GrantId;
    /// One account's session in a browser, the `sid` claim.
    SessionId;
}

/// `client_id` (RFC 6749 §2.2): chosen by the registration, 1 to 128 visible ASCII
/// characters other than `"` and `\\`, so that an `error_description` can quote it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(String);

impl ClientId {
    /// Reads a client identifier from the wire or from a registration.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let fits = (1..=128).contains(&text.len())
            && text.bytes().all(|b| (0x21..=0x7e).contains(&b) && b != b'"' && b != b'\\');
        fits.then(|| Self(text.to_owned()))
            .ok_or_else(|| InvalidId(text.chars().take(64).collect(), "client_id"))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `kid` of a signing key: an RFC 7638 thumbprint, possibly shortened.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyId(String);

impl KeyId {
    /// Wraps a key id made by the crypto crate.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SHA-256 digest of a secret. The store knows secrets by this only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Wraps a digest.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// base64url without padding, 43 characters.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({}…)", &self.to_text()[..6])
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let bytes = URL_SAFE_NO_PAD.decode(text.as_bytes()).map_err(serde::de::Error::custom)?;
        let bytes =
            <[u8; 32]>::try_from(bytes).map_err(|_| serde::de::Error::custom("a digest has 32 bytes"))?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_id_is_visible_ascii() {
        assert!(ClientId::parse("web-shop").is_ok());
        for bad in ["", "with space", "tab\t", "ünï", &"x".repeat(129)] {
            assert!(ClientId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_digest_survives_serialisation_and_hides_in_debug() {
        let digest = Digest::new([7; 32]);
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), digest);
        assert!(format!("{digest:?}").len() < 20);
    }
}

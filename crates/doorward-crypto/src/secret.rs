//! Symmetric keys that never show themselves, and the subkeys derived from them (RFC 5869).

use std::fmt;

use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::random::random;

/// 32 secret bytes; wiped when dropped, printed as `***`.
#[derive(Clone)]
pub struct SecretKey(Zeroizing<[u8; 32]>);

/// The key under which a data directory's or database's other keys and secrets are sealed.
#[derive(Clone, Debug)]
pub struct MasterKey(SecretKey);

/// Why a text is not a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretRefusal {
    /// Not base64.
    #[error("the master key is not base64")]
    NotBase64,
    /// All bytes are the same: a placeholder, not a key.
    #[error("the master key is a placeholder, every byte of it is the same")]
    Placeholder,
    /// Not 32 bytes.
    #[error("the master key has {0} bytes, it needs 32")]
    WrongLength(usize),
}

impl SecretKey {
    /// A fresh key.
    pub fn generate() -> Self {
        Self(Zeroizing::new(random()))
    }

    /// A key from high-entropy material of any length, bound to a purpose. Not for passwords.
    pub fn from_material(material: &[u8], purpose: &str) -> Self {
        expand(&Salt::new(HKDF_SHA256, SALT).extract(material), purpose)
    }

    /// A subkey; different purposes give unrelated keys.
    pub fn derive(&self, purpose: &str) -> Self {
        expand(&Prk::new_less_safe(HKDF_SHA256, self.as_bytes()), purpose)
    }

    /// The bytes, for a primitive that takes them at once.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl MasterKey {
    /// A fresh key.
    pub fn generate() -> Self {
        Self(SecretKey::generate())
    }

    /// Reads what [`MasterKey::to_base64`] wrote; white space around it is ignored, as key files end in a line break.
    pub fn from_base64(text: &str) -> Result<Self, SecretRefusal> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| SecretRefusal::NotBase64)?);
        if bytes.len() != 32 {
            return Err(SecretRefusal::WrongLength(bytes.len()));
        }
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&bytes);
        if key.iter().all(|byte| *byte == key[0]) {
            return Err(SecretRefusal::Placeholder);
        }
        Ok(Self(SecretKey(key)))
    }

    /// 44 characters of base64, wiped when dropped.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_bytes()))
    }

    /// A subkey; different purposes give unrelated keys.
    pub fn derive(&self, purpose: &str) -> SecretKey {
        self.0.derive(purpose)
    }
}

fn expand(prk: &Prk, purpose: &str) -> SecretKey {
    let mut out = Zeroizing::new([0; 32]);
    prk.expand(&[b"doorward ", purpose.as_bytes()], HKDF_SHA256)
        .and_then(|okm| okm.fill(out.as_mut_slice()))
        .expect("32 bytes are within the 255 blocks that HKDF gives");
    SecretKey(out)
}

/// Public, fixed: it only keeps our extraction apart from everyone else's.
const SALT: &[u8] = b"doorward secret material";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_key_round_trips_and_stays_silent() {
        let key = MasterKey::generate();
        let text = key.to_base64();
        let again = MasterKey::from_base64(&format!("  {}\n", text.as_str())).unwrap();
        assert_eq!(again.to_base64(), text);
        assert_eq!(format!("{key:?}"), "MasterKey(***)");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let refused = |text: &str| MasterKey::from_base64(text).unwrap_err();
        assert_eq!(refused("?"), SecretRefusal::NotBase64);
        assert_eq!(refused("AAAA"), SecretRefusal::WrongLength(3));
        assert_eq!(refused(""), SecretRefusal::WrongLength(0));
        assert_eq!(refused(&STANDARD.encode([0; 32])), SecretRefusal::Placeholder);
    }

    #[test]
    fn subkeys_depend_on_key_and_purpose_alone() {
        let key = MasterKey::generate();
        assert_eq!(key.derive("a").as_bytes(), key.derive("a").as_bytes());
        assert_ne!(key.derive("a").as_bytes(), key.derive("b").as_bytes());
        assert_ne!(key.derive("a").as_bytes(), MasterKey::generate().derive("a").as_bytes());
        let from = |material: &[u8], purpose| *SecretKey::from_material(material, purpose).as_bytes();
        assert_eq!(from(b"m", "a"), from(b"m", "a"));
        assert_ne!(from(b"m", "a"), from(b"m", "b"));
        assert_ne!(from(b"m", "a"), from(b"n", "a"));
    }
}

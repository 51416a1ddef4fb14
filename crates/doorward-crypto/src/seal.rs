//! Secrets at rest: AES-256-GCM-SIV under a key that names itself (RFC 8452).
//!
//! A sealed value is `version ‖ key id ‖ nonce ‖ ciphertext ‖ tag`, 33 bytes longer than its content. The associated
//! data says where the value belongs, so that a row's secret cannot be moved to another row.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, Nonce, RandomizedNonceKey};
use zeroize::Zeroizing;

use crate::digest::sha256;
use crate::secret::{MasterKey, SecretKey};

/// Seals with one key, and opens what that key or an older one sealed.
pub struct Sealer {
    current: SealKey,
    older: Vec<SealKey>,
}

/// Why a sealed value does not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenRefusal {
    /// Not made by any version of this program.
    #[error("the sealed value has an unknown format {0}")]
    UnknownFormat(u8),
    /// Sealed under a key that is not here.
    #[error("the value was sealed under the key {sealed_under}, this process has {present}")]
    UnknownKey {
        /// The id of the missing key.
        sealed_under: String,
        /// The id of the current key.
        present: String,
    },
    /// Changed, cut, or moved to another place.
    #[error("the sealed value was changed or belongs somewhere else")]
    Tampered,
    /// Shorter than an empty sealed value.
    #[error("the sealed value is cut short, it has {0} bytes")]
    TooShort(usize),
}

impl Sealer {
    /// Seals under a subkey of the master key.
    pub fn new(master: &MasterKey) -> Self {
        Self::from_key(&master.derive("seal"))
    }

    /// Seals under a key with its own life, such as one derived from a refresh token's secret.
    pub fn from_key(key: &SecretKey) -> Self {
        Self { current: SealKey::new(key), older: Vec::new() }
    }

    /// Also opens what this master key sealed, while its values wait to be sealed anew.
    pub fn with_older(mut self, master: &MasterKey) -> Self {
        self.older.push(SealKey::new(&master.derive("seal")));
        self
    }

    /// Seals a value for the place that `belongs_to` names, for example `tenant/table/id`.
    pub fn seal(&self, content: &[u8], belongs_to: &[u8]) -> Vec<u8> {
        let mut body = Vec::with_capacity(content.len() + TAG_BYTES);
        body.extend_from_slice(content);
        let nonce = self
            .current
            .cipher
            .seal_in_place_append_tag(Aad::from(self.current.bind(belongs_to)), &mut body)
            .expect("contents of our size always fit the cipher");
        let mut sealed = Vec::with_capacity(HEAD_BYTES + body.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(&self.current.id);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.extend_from_slice(&body);
        sealed
    }

    /// Opens a value at the place it belongs to. The content is wiped when dropped.
    pub fn open(&self, sealed: &[u8], belongs_to: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenRefusal> {
        if sealed.len() < HEAD_BYTES + TAG_BYTES {
            return Err(OpenRefusal::TooShort(sealed.len()));
        }
        let (head, body) = sealed.split_at(HEAD_BYTES);
        if head[0] != FORMAT {
            return Err(OpenRefusal::UnknownFormat(head[0]));
        }
        let (id, nonce) = head[1..].split_at(KEY_ID_BYTES);
        let key =
            std::iter::once(&self.current).chain(&self.older).find(|key| key.id == *id).ok_or_else(|| {
                OpenRefusal::UnknownKey { sealed_under: hex(id), present: hex(&self.current.id) }
            })?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| OpenRefusal::Tampered)?;
        let mut body = Zeroizing::new(body.to_vec());
        let content = key
            .cipher
            .open_in_place(nonce, Aad::from(key.bind(belongs_to)), &mut body)
            .map_err(|_| OpenRefusal::Tampered)?
            .len();
        body.truncate(content);
        Ok(body)
    }

    /// Whether a value was sealed under an older key and should be sealed anew.
    pub fn is_stale(&self, sealed: &[u8]) -> bool {
        sealed.get(1..=KEY_ID_BYTES).is_some_and(|id| self.current.id != *id)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("key_id", &hex(&self.current.id)).finish_non_exhaustive()
    }
}

struct SealKey {
    id: [u8; KEY_ID_BYTES],
    cipher: RandomizedNonceKey,
}

impl SealKey {
    fn new(key: &SecretKey) -> Self {
        let mut id = [0; KEY_ID_BYTES];
        id.copy_from_slice(&sha256(key.derive("seal key id").as_bytes())[..KEY_ID_BYTES]);
        let cipher = RandomizedNonceKey::new(&AES_256_GCM_SIV, key.derive("seal cipher").as_bytes())
            .expect("the key has the 32 bytes that the cipher wants");
        Self { id, cipher }
    }

    /// Format and key id are authenticated with the place.
    fn bind(&self, belongs_to: &[u8]) -> Vec<u8> {
        [&[FORMAT], self.id.as_slice(), belongs_to].concat()
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [b >> 4, b & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

const FORMAT: u8 = 1;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealer() -> Sealer {
        Sealer::new(&MasterKey::generate())
    }

    #[test]
    fn a_value_opens_only_where_it_belongs() {
        let sealer = sealer();
        let sealed = sealer.seal(b"secret", b"tenant/key/1");
        assert_eq!(sealer.open(&sealed, b"tenant/key/1").unwrap().as_slice(), b"secret");
        assert_eq!(sealer.open(&sealed, b"tenant/key/2").unwrap_err(), OpenRefusal::Tampered);
        assert_ne!(sealed, sealer.seal(b"secret", b"tenant/key/1"));
        assert_eq!(sealed.len(), 6 + 33);
    }

    #[test]
    fn another_key_is_named_as_the_cause() {
        let sealed = sealer().seal(b"secret", b"");
        assert!(matches!(sealer().open(&sealed, b""), Err(OpenRefusal::UnknownKey { .. })));
    }

    #[test]
    fn an_older_key_still_opens() {
        let (old, new) = (MasterKey::generate(), MasterKey::generate());
        let sealed = Sealer::new(&old).seal(b"secret", b"x");
        let both = Sealer::new(&new).with_older(&old);
        assert_eq!(both.open(&sealed, b"x").unwrap().as_slice(), b"secret");
        assert!(both.is_stale(&sealed) && !both.is_stale(&both.seal(b"", b"")));
    }

    #[test]
    fn foreign_bytes_are_told_apart() {
        let sealer = sealer();
        assert_eq!(sealer.open(b"", b"").unwrap_err(), OpenRefusal::TooShort(0));
        assert_eq!(sealer.open(&[9; 40], b"").unwrap_err(), OpenRefusal::UnknownFormat(9));
        assert!(!format!("{sealer:?}").contains("cipher"));
    }

    proptest! {
        #[test]
        fn any_changed_byte_is_noticed(
            content in proptest::collection::vec(any::<u8>(), 0..64), at in any::<usize>(), flip in 1..=255_u8,
        ) {
            let sealer = sealer();
            let mut sealed = sealer.seal(&content, b"here");
            let opened = sealer.open(&sealed, b"here").unwrap();
            prop_assert_eq!(opened.as_slice(), content.as_slice());
            let at = at % sealed.len();
            sealed[at] ^= flip;
            prop_assert!(sealer.open(&sealed, b"here").is_err());
        }

        #[test]
        fn no_bytes_make_opening_panic(sealed in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert!(sealer().open(&sealed, b"").is_err());
        }
    }
}

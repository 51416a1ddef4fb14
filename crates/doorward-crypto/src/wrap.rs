//! Wrapping one secret under another, with a nonce that the caller has drawn.
//!
//! Unlike [`crate::Sealer`] this is deterministic, so that a recorded decision can be replayed. The cipher forgives a
//! repeated nonce (RFC 8452): the worst that it tells is that two contents were the same.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};

use crate::secret::SecretKey;

const NONCE_BYTES: usize = 12;

/// `nonce ‖ ciphertext ‖ tag`.
pub fn wrap(key: &SecretKey, nonce: [u8; NONCE_BYTES], content: &[u8]) -> Vec<u8> {
    let mut body = content.to_vec();
    cipher(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut body)
        .expect("contents of our size always fit the cipher");
    [nonce.as_slice(), &body].concat()
}

/// Opens what [`wrap`] made; `None` for another key or changed bytes.
pub fn unwrap(key: &SecretKey, wrapped: &[u8]) -> Option<Vec<u8>> {
    let (nonce, body) = wrapped.split_at_checked(NONCE_BYTES)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut body = body.to_vec();
    let length = cipher(key).open_in_place(nonce, Aad::empty(), &mut body).ok()?.len();
    body.truncate(length);
    Some(body)
}

fn cipher(key: &SecretKey) -> LessSafeKey {
    let unbound = UnboundKey::new(&AES_256_GCM_SIV, key.as_bytes()).expect("the key has 32 bytes");
    LessSafeKey::new(unbound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_opens_and_the_same_nonce_repeats() {
        let (one, two) = (SecretKey::from_material(b"a", "t"), SecretKey::from_material(b"b", "t"));
        let wrapped = wrap(&one, [1; 12], b"secret");
        assert_eq!(unwrap(&one, &wrapped).as_deref(), Some(b"secret".as_slice()));
        assert_eq!(unwrap(&two, &wrapped), None);
        assert_eq!(wrap(&one, [1; 12], b"secret"), wrapped);
        let mut changed = wrapped;
        changed[14] ^= 1;
        assert_eq!(unwrap(&one, &changed), None);
        assert_eq!(unwrap(&one, &[0; 5]), None);
    }
}

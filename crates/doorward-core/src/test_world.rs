//! A small world for the tests of rules: a tenant with its cast, doors with their rules and shapes, and a store that
//! is a few vectors.
//!
//! [`World`] answers exactly the needs that a decision names, so that a rule which reads more than it asked for panics
//! in its first test; and it applies changes under their preconditions, so that whole stories can be played.

mod cast;
mod doors;
mod ledger;
mod story;

pub(crate) use cast::{DAEMON, NATIVE, SPA, SPA_ORIGIN, WEB, World, redirect_of, secret_of};
pub(crate) use doors::{DIRECTORY, Door, PLAIN};
pub(crate) use story::{VERIFIER, Visit, access_token_of, id_token_of, redemption, refresh, text, with};

use doorward_token::jose::{Algorithm, Jwk};

use crate::model::{Digest, TenantId};
use crate::port::Vault;

/// Deterministic and without any strength: enough to test rules.
pub(crate) struct FakeVault;

fn mix(parts: &[&[u8]]) -> [u8; 32] {
    let mut state =
        [0xcbf2_9ce4_8422_2325_u64, 0x9ae1_6a3b_2f90_404f, 0x1000_0000_01b3, 0xc2b2_ae3d_27d4_eb4f];
    for (index, part) in parts.iter().enumerate() {
        for byte in part.iter().chain([&u8::try_from(index % 256).unwrap_or(0)]) {
            for (lane, word) in state.iter_mut().enumerate() {
                *word = (*word ^ u64::from(*byte))
                    .wrapping_mul(0x1000_0000_01b3 + 2 * lane as u64)
                    .rotate_left(23);
            }
        }
    }
    let mut out = [0; 32];
    for (chunk, word) in out.chunks_mut(8).zip(state) {
        chunk.copy_from_slice(&word.to_be_bytes());
    }
    out
}

impl Vault for FakeVault {
    fn digest(&self, bytes: &[u8]) -> Digest {
        Digest::new(mix(&[b"digest", bytes]))
    }

    fn mac(&self, tenant: TenantId, label: &'static str, bytes: &[u8]) -> [u8; 32] {
        mix(&[b"mac", tenant.as_bytes(), label.as_bytes(), bytes])
    }

    fn seal(&self, secret: &[u8], nonce: [u8; 12], plain: &[u8]) -> Vec<u8> {
        let pad = mix(&[b"pad", secret, &nonce]);
        let body: Vec<u8> = plain.iter().zip(pad.iter().cycle()).map(|(a, b)| a ^ b).collect();
        let tag = mix(&[b"tag", secret, &nonce, &body]);
        [nonce.as_slice(), &tag, &body].concat()
    }

    fn open(&self, secret: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_at_checked(12)?;
        let (tag, body) = rest.split_at_checked(32)?;
        (mix(&[b"tag", secret, nonce, body]) == tag).then(|| {
            let pad = mix(&[b"pad", secret, nonce]);
            body.iter().zip(pad.iter().cycle()).map(|(a, b)| a ^ b).collect()
        })
    }

    fn verifies(&self, _: Algorithm, key: &Jwk, message: &[u8], signature: &[u8]) -> bool {
        signature == fake_signature(key, message)
    }
}

/// What [`FakeVault`] takes for a signature by `key`.
pub(crate) fn fake_signature(key: &Jwk, message: &[u8]) -> [u8; 32] {
    mix(&[b"signature", format!("{:?}", key.key).as_bytes(), message])
}

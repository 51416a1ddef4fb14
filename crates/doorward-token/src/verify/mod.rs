//! Judging a token: expectations in, a full list of verdicts out.
//!
//! The order of the checks is fixed, and the first that fails is the cause:
//! present > parseable > kind > issuer > key > algorithm > signature > time > audience. The checks after it still
//! run where they can, so that a trail shows everything that is wrong at once.
//! Owns the meaning of a token. Does not own signatures (the [`SignatureCheck`] port), where keys come from (the
//! [`KeyLookup`] port), the clock (an argument), revocation, or permissions (`doorward-policy`).

mod checks;
mod expectation;
mod kind;
mod refusal;
mod report;

use std::sync::Arc;

use crate::jose::{Algorithm, Jwk, JwkSet};

pub use checks::Verifier;
pub use expectation::{AudienceRule, Expectation, ExpiryRule, IssuerTrust, MAX_LEEWAY_SECS};
pub use kind::{Detected, PrincipalKind, TokenKind};
pub use refusal::TokenRefusal;
pub use report::Report;

/// Checks one signature. An implementor may keep parsed keys between calls.
pub trait SignatureCheck: Send + Sync {
    /// Whether `signature` over `message` was made by the private half of `key`. Malformed keys and signatures, and
    /// an algorithm that does not go with the key, answer `false`.
    fn verify(&self, alg: Algorithm, key: &Jwk, message: &[u8], signature: &[u8]) -> bool;
}

impl<T: SignatureCheck + ?Sized> SignatureCheck for Arc<T> {
    fn verify(&self, alg: Algorithm, key: &Jwk, message: &[u8], signature: &[u8]) -> bool {
        T::verify(self, alg, key, message, signature)
    }
}

/// Finds keys that are already at hand; it never fetches. Who fetches looks at [`Report::wants_key`] and asks again.
pub trait KeyLookup: Send + Sync {
    /// The key `kid` of an issuer that is trusted already; without a `kid`, the issuer's only key.
    fn key(&self, issuer: &str, kid: Option<&str>) -> Option<Arc<Jwk>>;
}

/// One set for every issuer that the expectation names.
impl KeyLookup for JwkSet {
    fn key(&self, _issuer: &str, kid: Option<&str>) -> Option<Arc<Jwk>> {
        self.select(kid).cloned()
    }
}

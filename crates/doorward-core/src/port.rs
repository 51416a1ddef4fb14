//! What the outside must bring: one reading of the clock, fresh random bytes, and the cryptography.
//!
//! A decision is a function of request, facts and environment. The random bytes are drawn before the decision and the
//! [`Vault`] is deterministic, so a recorded decision can be replayed bit for bit (Settled 28).

use std::cell::Cell;

use doorward_token::jose::{Algorithm, Jwk};

use crate::model::{Digest, Instant, TenantId};

/// The deterministic cryptography that rules need. Implemented by the shell on the crypto crate.
pub trait Vault {
    /// SHA-256.
    fn digest(&self, bytes: &[u8]) -> Digest;

    /// HMAC-SHA-256 under the tenant's secret and a label that keeps purposes apart.
    fn mac(&self, tenant: TenantId, label: &'static str, bytes: &[u8]) -> [u8; 32];

    /// Seals `plain` under a key derived from `secret` alone, so that only the holder of `secret` can open it again.
    /// `nonce` must be fresh.
    fn seal(&self, secret: &[u8], nonce: [u8; 12], plain: &[u8]) -> Vec<u8>;

    /// Opens what [`Vault::seal`] sealed; `None` for any other secret or altered bytes.
    fn open(&self, secret: &[u8], sealed: &[u8]) -> Option<Vec<u8>>;

    /// Whether `signature` over `message` was made by the private half of `key` (RFC 7515 §5.2). An algorithm that
    /// does not go with the key answers `false`.
    fn verifies(&self, algorithm: Algorithm, key: &Jwk, message: &[u8], signature: &[u8]) -> bool;
}

/// How many random bytes a decision may draw.
pub const ENTROPY_BYTES: usize = 512;

/// Fresh random bytes, handed out once each.
pub struct Entropy {
    pool: [u8; ENTROPY_BYTES],
    drawn: Cell<usize>,
}

impl Entropy {
    /// Takes over bytes that nobody has used.
    pub fn new(pool: [u8; ENTROPY_BYTES]) -> Self {
        Self { pool, drawn: Cell::new(0) }
    }

    /// No bytes at all: for naming needs, which draws nothing.
    pub fn none() -> Self {
        Self { pool: [0; ENTROPY_BYTES], drawn: Cell::new(ENTROPY_BYTES) }
    }

    /// The next `N` bytes.
    ///
    /// # Panics
    /// When a decision draws more than [`ENTROPY_BYTES`]: that is a bug in the decision, never in the request.
    pub fn draw<const N: usize>(&self) -> [u8; N] {
        let from = self.drawn.get();
        let bytes = self.pool.get(from..from + N).expect("a decision draws at most ENTROPY_BYTES");
        self.drawn.set(from + N);
        bytes.try_into().expect("the slice has N bytes")
    }
}

impl std::fmt::Debug for Entropy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy(***)")
    }
}

/// Everything beside request and facts that a decision depends on.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    /// The one reading of the clock for this request.
    pub now: Instant,
    /// Fresh random bytes.
    pub entropy: &'a Entropy,
    /// Cryptography.
    pub vault: &'a dyn Vault,
}

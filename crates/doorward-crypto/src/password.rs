//! Password hashes: argon2id, in PHC strings.
//!
//! A hash costs about 20 ms and 19 MiB: whoever calls bounds how many run at once.

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

use crate::random::random;

/// What a comparison said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The password is the right one.
    pub ok: bool,
    /// The stored hash is weaker than what [`hash_password`] makes now; replace it if `ok`.
    pub needs_rehash: bool,
}

/// Why a password could not be hashed or compared; never says anything about the password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashFault {
    /// The machine refused the 19 MiB that a hash takes.
    #[error("there was not enough memory to hash a password")]
    OutOfMemory,
    /// Longer than [`MAX_PASSWORD_BYTES`].
    #[error("the password is longer than {MAX_PASSWORD_BYTES} bytes")]
    PasswordTooLong,
    /// A stored hash that would take more memory or time than any of ours.
    #[error("the stored password hash demands more work than is allowed here")]
    TooCostly,
    /// A stored hash of another algorithm, or no hash at all.
    #[error("the stored password hash is of an unknown kind")]
    UnknownHash,
}

/// The longest password that is hashed, in bytes of UTF-8.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// Hashes a password with a fresh salt. Argon2id with 19 MiB, two passes, one lane: the OWASP floor.
pub fn hash_password(password: &str) -> Result<String, HashFault> {
    check_length(password)?;
    let hash = hasher().hash_password_with_salt(password.as_bytes(), &random::<SALT_BYTES>());
    hash.map(|hash| hash.to_string()).map_err(|_| HashFault::OutOfMemory)
}

/// Compares a password with a stored hash, at the cost that the hash names.
pub fn verify_password(password: &str, phc: &str) -> Result<Verdict, HashFault> {
    check_length(password)?;
    let stored = PasswordHash::new(phc).map_err(|_| HashFault::UnknownHash)?;
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).map_err(|_| HashFault::UnknownHash)?;
    let params = Params::try_from(&stored).map_err(|_| HashFault::UnknownHash)?;
    if stored.salt.is_none() || stored.hash.is_none() {
        return Err(HashFault::UnknownHash);
    }
    if params.m_cost() > MAX_MEMORY_KIB || params.t_cost() > MAX_PASSES || params.p_cost() > MAX_LANES {
        return Err(HashFault::TooCostly);
    }
    let ok = match hasher().verify_password(password.as_bytes(), &stored) {
        Ok(()) => true,
        Err(argon2::password_hash::Error::PasswordInvalid) => false,
        Err(argon2::password_hash::Error::OutOfMemory) => return Err(HashFault::OutOfMemory),
        Err(_) => return Err(HashFault::UnknownHash),
    };
    let is_current = algorithm == Algorithm::Argon2id
        && stored.version == Some(u32::from(Version::V0x13))
        && params.m_cost() >= MEMORY_KIB
        && params.t_cost() >= PASSES
        && params.p_cost() >= LANES
        && stored.salt.is_some_and(|salt| salt.len() >= SALT_BYTES)
        && stored.hash.is_some_and(|hash| hash.len() >= OUTPUT_BYTES);
    Ok(Verdict { ok, needs_rehash: !is_current })
}

/// A hash that no password has: comparing with it costs what a real comparison costs, so that an unknown name and a
/// wrong password take the same time.
pub fn dummy_hash() -> String {
    let never = "a salt and an output of these lengths are always representable";
    let params = argon2::password_hash::phc::ParamsString::try_from(&params()).expect(never);
    PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params,
        salt: Some(Salt::new(&random::<SALT_BYTES>()).expect(never)),
        hash: Some(Output::new(&random::<OUTPUT_BYTES>()).expect(never)),
    }
    .to_string()
}

fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params())
}

fn params() -> Params {
    Params::new(MEMORY_KIB, PASSES, LANES, Some(OUTPUT_BYTES))
        .expect("the constants are within argon2's ranges")
}

fn check_length(password: &str) -> Result<(), HashFault> {
    if password.len() > MAX_PASSWORD_BYTES { Err(HashFault::PasswordTooLong) } else { Ok(()) }
}

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const OUTPUT_BYTES: usize = 32;

const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_PASSES: u32 = 16;
const MAX_LANES: u32 = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_the_right_password_passes() {
        let phc = hash_password("Passw0rd!ü").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_eq!(verify_password("Passw0rd!ü", &phc), Ok(Verdict { ok: true, needs_rehash: false }));
        assert_eq!(verify_password("Passw0rd!u", &phc), Ok(Verdict { ok: false, needs_rehash: false }));
        assert_ne!(hash_password("Passw0rd!ü").unwrap(), phc);
    }

    #[test]
    fn nothing_passes_the_dummy_and_its_cost_is_that_of_a_real_hash() {
        let dummy = dummy_hash();
        assert!(dummy.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{dummy}");
        assert_eq!(dummy.len(), hash_password("x").unwrap().len());
        assert_eq!(verify_password("", &dummy), Ok(Verdict { ok: false, needs_rehash: false }));
        assert_ne!(dummy, dummy_hash());
    }

    #[test]
    fn a_weak_stored_hash_asks_to_be_replaced() {
        let params = Params::new(64, 2, 1, Some(32)).unwrap();
        let hash = Argon2::new(Algorithm::Argon2i, Version::V0x13, params)
            .hash_password_with_salt(b"password", b"somesalt")
            .unwrap()
            .to_string();
        assert_eq!(verify_password("password", &hash), Ok(Verdict { ok: true, needs_rehash: true }));
    }

    #[test]
    fn foreign_and_absurd_hashes_are_errors() {
        for foreign in [
            "",
            "plain",
            "$2b$10$abcdefghijklmnopqrstuv",
            "$argon2id$v=19$m=19456,t=2,p=1",
            "$scrypt$ln=1$c2FsdA$aGFzaA",
        ] {
            assert_eq!(verify_password("x", foreign), Err(HashFault::UnknownHash), "{foreign}");
        }
        let absurd = dummy_hash().replace("m=19456", "m=4000000");
        assert_eq!(verify_password("x", &absurd), Err(HashFault::TooCostly));
        assert_eq!(hash_password(&"x".repeat(1025)), Err(HashFault::PasswordTooLong));
    }

    proptest! {
        #[test]
        fn no_stored_text_makes_it_panic(phc in "(\\$argon2id)?[$a-z0-9=,+/A-Z]{0,60}") {
            let _ = verify_password("x", &phc);
        }
    }
}

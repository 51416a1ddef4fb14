//! Signing, verifying, sealing, digests and password hashes on aws-lc-rs and argon2.
//!
//! Owns: key pairs and their certificates ([`SigningKey`], [`certificate`]), the signature port of `doorward-token`
//! ([`AwsLcVerifier`]), secrets at rest ([`MasterKey`], [`Sealer`]), password hashes ([`password`]), digests and
//! randomness, and the certificate authority of a development machine ([`ca`]).
//! Does not own: which key signs when, what a token says, where sealed bytes are kept, how many passwords are hashed
//! at once. Neighbours: `doorward-token` defines keys, headers and claims; `doorward-server` and `doorward-guard`
//! bring this crate to work. Nothing here reads a clock: moments are seconds since 1970-01-01 UTC, and arguments.

pub mod ca;
pub mod certificate;
pub mod digest;
mod jwt;
pub mod password;
pub mod random;
mod seal;
mod secret;
mod signing;
pub mod totp;
mod verifying;
pub mod wrap;

pub use certificate::KeyCertificate;
pub use jwt::sign_jwt;
pub use password::{Verdict, dummy_hash, hash_password, verify_password};
pub use random::{random, random_token};
pub use seal::{OpenRefusal, Sealer};
pub use secret::{MasterKey, SecretKey, SecretRefusal};
pub use signing::{KeyFault, SigningKey, thumbprint};
pub use verifying::AwsLcVerifier;

#[cfg(test)]
mod vectors;

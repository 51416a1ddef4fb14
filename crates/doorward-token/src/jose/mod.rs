//! The compact JWS form, its header, and public keys: the policy layer over JOSE (RFC 7515, 7517, 7518).
//!
//! Owns parsing with every refusal named: size, three parts, a closed header type, no duplicate members, no keys
//! that travel inside the token. Does not own the mathematics of a signature (the port in [`crate::verify`]) nor
//! the meaning of the claims. Neighbours: [`crate::verify`] judges what is parsed here; `doorward-crypto` turns a
//! [`Jwk`] into a key that can verify and writes the [`Header`] of what it signs.

mod algorithm;
pub mod base64url;
mod header;
mod jwk;
mod jwk_set;
mod jws;
mod strict_json;

pub use algorithm::{Algorithm, HashFamily};
pub use header::Header;
pub use jwk::{EcCurve, Jwk, JwkRefusal, KeyMaterial, OkpCurve};
pub use jwk_set::{JwkSet, JwkSetRefusal};
pub use jws::{CompactJws, JwsRefusal, MAX_TOKEN_BYTES, Part};
pub use strict_json::{JsonRefusal, strict_object};

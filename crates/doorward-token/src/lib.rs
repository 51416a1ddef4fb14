//! What a token is, how its claims are checked, which kind it is, and how a check explains itself.
//!
//! Owns: the compact JWS form and its header ([`jose`]), the [`claims`] of a token, the [`verify`] rules that turn
//! them into a [`verify::Report`], the detector of texts that are held for tokens ([`recognise`]), and the vocabulary of
//! explanations ([`explain`]).
//! Does not own: any cryptography (a signature is checked behind the [`verify::SignatureCheck`] port), any clock,
//! any network. Neighbours: `doorward-crypto` implements the port; `doorward-core` and `doorward-guard` both judge
//! tokens through this crate, so that the server and a resource server cannot disagree about what a token means.

pub mod acr;
pub mod claims;
pub mod explain;
pub mod jose;
pub mod recognise;
pub mod revocation;
pub mod verify;

pub use claims::ClaimSet;
pub use explain::{Check, Code, Evidence, Explain, Outcome, Trail};

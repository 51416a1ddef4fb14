//! Plain OpenID Connect and OAuth 2.0: the specifications' own words.
//!
//! Owns the rules, the ID token's shape and the names of refusals for strict relying parties. Neighbours:
//! [`crate::entra`] and [`crate::flow`] say the same for Microsoft's clients.

mod errors;
mod profile;
mod shape;

pub(crate) use errors::wire_error;
pub use profile::PROFILE;
pub use shape::SHAPE;

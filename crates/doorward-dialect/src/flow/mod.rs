//! The directory's dialect through a user flow: Azure AD B2C, as its applications expect it.
//!
//! Owns the rules, the ID token's shape, and the AADB2C numbers. Neighbour: [`crate::entra`], whose AADSTS numbers
//! serve where B2C has none of its own.

mod errors;
mod profile;
mod shape;

pub(crate) use errors::wire_error;
pub use profile::PROFILE;
pub use shape::SHAPE;

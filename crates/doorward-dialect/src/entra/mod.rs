//! The Microsoft directory's dialect, as MSAL and its relatives expect it of `/{tenant}`.
//!
//! Owns the rules, the ID token's shape, and the AADSTS number of every refusal. Neighbour: [`crate::flow`] is the
//! same dialect through a user flow.

mod errors;
mod profile;
mod shape;

pub(crate) use errors::wire_error;
pub use profile::PROFILE;
pub use shape::SHAPE;

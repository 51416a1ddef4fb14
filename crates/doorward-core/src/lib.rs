//! The domain and every rule of the protocol, as pure functions.
//!
//! Owns: the nouns ([`model`]), what a decision must see ([`needs`], [`facts`]), what it makes true ([`change`]), and
//! the rules themselves. Does not own: HTTP, SQL, clocks, randomness, cryptography, wire spellings. Nothing here is
//! `async`. Neighbours: `doorward-dialect` turns wire text into requests and outcomes into wire text,
//! `doorward-store` keeps the changes, `doorward-server` runs the five beats Load, Decide, Mint, Commit, Reply.

pub mod authorize;
pub mod bearer;
pub mod change;
pub mod claims;
pub mod client_auth;
pub mod decision;
pub mod directory;
pub mod expiring;
pub mod facts;
pub mod grants;
pub mod introspect;
pub mod journey;
pub mod logout;
pub mod model;
pub mod needs;
pub mod outbound;
pub mod permission;
pub mod port;
pub mod profile;
pub mod refusal;
pub mod revocation;
pub mod revoke;
pub mod userinfo;

#[cfg(test)]
mod test_world;

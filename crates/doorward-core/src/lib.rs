//! The domain and every rule of the protocol, as pure functions.
//!
//! Owns: the nouns ([`model`]), what a decision must see ([`needs`], [`facts`]), what it makes true ([`change`]), and
//! the rules themselves. Does not own: HTTP, SQL, clocks, randomness, cryptography, wire spellings. Nothing here is
//! `async`. Neighbours: `doorward-dialect` turns wire text into requests and outcomes into wire text,
//! `doorward-store` keeps the changes, `doorward-server` runs the five beats Load, Decide, Mint, Commit, Reply.

pub mod change;
pub mod facts;
pub mod model;
pub mod needs;
pub mod port;
pub mod refusal;

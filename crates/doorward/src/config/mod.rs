//! The configuration file of `doorward serve`: one table of keys, one reader, clear refusals.
//!
//! Owns the keys, their defaults and what is refused as insecure. Read once, here; libraries receive values.

mod keys;
mod load;
mod mail;
mod observing;

pub(crate) use keys::{distance, reference};
pub(crate) use load::{Config, ConfigFault, Tls};
pub(crate) use observing::LogFormat;

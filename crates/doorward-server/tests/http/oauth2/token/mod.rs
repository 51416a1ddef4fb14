//! The token endpoint.

mod client;
mod code;
mod daemon;
mod races;
mod refresh;

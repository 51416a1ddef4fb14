//! The token endpoint.

mod assertion;
mod client;
mod code;
mod daemon;
mod races;
mod refresh;
mod shape;

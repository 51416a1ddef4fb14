//! The authorization endpoint.

mod accounts;
mod code_flow;
mod prompt;
mod races;
mod refusals;
mod returns;

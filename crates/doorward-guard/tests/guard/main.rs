//! The guard in front of a real axum router, with keys from a real HTTP server on this machine.

mod answers;
mod laws;
mod registration;
mod revocations;
mod stage;
mod step_up;
mod storms;
#[path = "../../../../catalogue/witness.rs"]
mod witness;

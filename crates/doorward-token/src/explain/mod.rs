//! How a decision explains itself: stable codes, evidence, and the ordered list of checks.
//!
//! Owns the vocabulary only. The rules that fill a [`Trail`] live where the rule lives (`verify`, `doorward-policy`,
//! `doorward-core`); the texts of the codes live in the failure catalogue.

mod code;
mod trail;

pub use code::{Code, Explain};
pub use trail::{Check, Evidence, Outcome, Trail};

//! Writers: an outcome of the engine becomes the text of a dialect.
//!
//! Owns bodies and headers of token answers, errors, challenges, documents and authorization responses. Decides
//! nothing but spelling, and who may read which part of an explanation (the disclosure class says so). Pages, and the
//! form that posts itself, are the server's.

mod authorize;
mod challenge;
mod context;
mod document;
mod headers;
mod refusal;
mod token;

pub use authorize::{
    authorize_error_params, authorize_fault_params, authorize_success_params, redirect_location,
};
pub use challenge::{Challenge, write_challenge};
pub use context::ErrorContext;
pub use document::{write_claims, write_document, write_private};
pub use headers::preflight;
pub(crate) use refusal::write_instance_unknown;
pub use refusal::{write_fault, write_refusal};
pub use token::write_token;

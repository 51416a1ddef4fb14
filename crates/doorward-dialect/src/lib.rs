//! Wire text to engine requests and back: which address is which door, what a request says, and how an answer is spelled.
//!
//! Owns: the table of addresses ([`route()`]), the rules and token shapes of each [`Dialect`] as data, the readers
//! ([`read_authorize`], [`read_token`], ...) and the writers ([`write_token`], [`write_refusal`], ...), and the
//! documents that clients discover ([`metadata`]). Does not own: any decision. A dialect translates; it does not decide.
//! Nothing here is `async`, opens a socket or reads a clock. Neighbours: `doorward-core` decides what was read here and
//! says in engine words what is written here; `doorward-server` carries the bytes.
//!
//! A dialect is a folder: [`oidc`], [`entra`], and [`flow`] for the user flows of the latter. Each holds its rules
//! (`profile`), the shape of its ID tokens (`shape`), and what its clients call each refusal (`errors`). The match in
//! `errors` has no wildcard: a new reason of the core does not compile before every dialect has a word for it.

mod address;
mod catalogue;
mod description;
mod dialect;
mod endpoint;
pub mod entra;
mod fault;
pub mod flow;
mod instance;
mod metadata;
pub mod oidc;
mod route;
#[cfg(test)]
mod samples;
mod timestamp;
mod wire;
mod wire_error;
mod write;

pub use address::{endpoint_url, issuer, jwks_uri};
pub use catalogue::slug;
pub use dialect::Dialect;
pub use endpoint::Endpoint;
pub use fault::Fault;
pub use instance::instance_discovery;
pub use metadata::metadata;
pub use route::{Place, Route, route, routes_markdown};
pub use wire::{
    FORM_LIMIT, PARAMETER_LIMIT, Params, QUERY_LIMIT, correlation_id, read_authorize, read_form,
    read_introspect, read_logout, read_revoke, read_token, read_userinfo,
};
pub use wire_error::{Number, WireError};
pub use write::{
    Challenge, ErrorContext, authorize_error_params, authorize_fault_params, authorize_success_params,
    preflight, redirect_location, write_challenge, write_claims, write_document, write_fault, write_private,
    write_refusal, write_token,
};

//! The resource-server kit: verifies tokens and enforces an API's policy as a tower layer.
//!
//! Owns: finding the one bearer token of a request, the issuers' keys ([`KeyRing`]), the API's registration as far as it
//! concerns verification ([`Registration`]), what the server took back since ([`RevocationSource`]), the answer to a refused call (RFC 6750 challenge and RFC 9457 body), and the
//! report about it ([`TraceSink`]).
//! Does not own: what a token means (`doorward-token`), how a signature is checked (`doorward-crypto`), who may call what
//! (`doorward-policy`). It never asks the server about a call: keys and registration are fetched ahead, in the background
//! and bounded; without them the answer is 503, never 401.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use doorward_guard::Guard;
//! use doorward_policy::openapi;
//!
//! let document = std::fs::read_to_string("notes.yaml")?;
//! let policy = openapi::read(&document, &openapi::Options::default())?.declaration.policy;
//! let guard = Guard::builder(policy).from_registration("https://id.example.org/feed/meadow/apis/notes").build()?;
//! let by_route = guard.layer().matched_by(|of| of.get::<axum::extract::MatchedPath>().map(|path| path.as_str()));
//! let router: axum::Router = axum::Router::new().layer(by_route);
//! # drop(router);
//! # Ok(()) }
//! ```

mod answer;
mod bearer;
mod builder;
mod caller;
mod clock;
mod fresh;
mod guard;
mod http_source;
mod identity_headers;
mod keyring;
mod layer;
mod refusal;
mod registration;
mod revocations;
mod token_cache;
mod trace;
mod trust;

pub use answer::Refused;
pub use builder::{GuardBuilder, GuardFault, PlainHttp};
pub use caller::Caller;
pub use clock::{Clock, SystemClock};
pub use guard::{Call, Guard};
pub use http_source::{HttpSource, http_client};
pub use keyring::{KeyRing, KeySource};
pub use layer::{GuardLayer, Guarded, MatchedTemplate};
pub use refusal::GuardRefusal;
pub use registration::{Registration, RegistrationSource, RevocationFeed, SourceFault, TrustedIssuer};
pub use revocations::{BOUND_SECS, FeedState, Fetched, POLL, RevocationSource, RevokedPart, StaleFeed};
pub use trace::{DeniedCall, MOST_PER_BATCH, TraceId, TraceSink};

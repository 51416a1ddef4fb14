//! The shell: load, decide, mint, commit, reply; pages, administration and limits.
//!
//! Owns HTTP, the one reading of the clock, fresh randomness, signing, caching and the order of the five beats. Does
//! not own any rule: those are `doorward-core`'s, reached through [`shell`]. Neighbours: `doorward-dialect` reads and
//! writes the wire, `doorward-store` keeps what a decision makes true, the binary wires an engine in.

mod account;
pub mod admin;
mod again;
mod app;
mod body;
mod cache;
mod clock;
mod cookie;
mod device;
mod docs;
mod endpoint;
mod events;
mod factors;
mod feed;
mod fetchers;
mod flow;
mod hashing;
mod keyring;
mod limits;
mod mail;
mod mailbox;
mod metrics;
mod outbound;
pub mod pages;
mod portal;
mod reply;
mod revocations;
mod root;
mod rotation;
mod router;
mod shell;
mod trace;

pub use app::{App, Installation, Landing, OpenFault, Person, Settings};
pub use clock::{Clock, SystemClock};
pub use events::{DenialLog, LogSettings};
pub use keyring::{KeyMaterial, new_key};
pub use mail::{MailState, MailWorker, SmtpFault, SmtpSecurity, SmtpSettings};
pub use metrics::metrics_router;
pub use root::{Root, RootFault};
pub use rotation::RotationFault;
pub use router::router;
pub use trace::{Trace, TraceId};

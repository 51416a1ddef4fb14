//! The request log: what every answered request leaves behind, who may read how much of it, and what is guessed from it.
//!
//! ```text
//!  layer ── begins a draft ──▶ scribe (the request's task) ◀── trails, facts and changes, noted in one place each
//!    │ ends it: status, time, caller
//!    ├──▶ thrift: keep it, or only count it        ├──▶ metrics        └──▶ one line of the log
//!    ▼
//!  ring (this node, the latest) ── every half second ──▶ recorder ──▶ Store::append_events (retention)
//!    ▼
//!  views by disclosure class ──▶ portal, live page, administration, command line        infer ──▶ probable causes
//! ```
//!
//! Owns the draft, the record, its disclosure classes and the inference. Does not own: the trail of a decision (the
//! core's), pages (`portal`), numbers (`metrics`), nor the audit of changes, which rides in their commits. An event holds
//! no secret, no code, no token, no query string and no body; where two requests are joined by a code or a token, a
//! prefix of its digest joins them.

mod arrival;
mod causes;
mod denied;
mod infer;
mod layer;
mod line;
mod record;
mod recorder;
mod ring;
pub(crate) mod scribe;
mod scrub;
mod story;
mod thrift;
mod view;

pub use denied::DenialLog;
pub use recorder::LogSettings;

pub(crate) use causes::Told;
pub(crate) use infer::Probable;
pub(crate) use layer::record;
pub(crate) use record::Record;
pub(crate) use record::grant_of;
pub(crate) use recorder::{Query, Recorder};

pub(crate) use view::{Clearance, TraceView};

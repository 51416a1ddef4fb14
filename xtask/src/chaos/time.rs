//! The one place of the run that reads the clock: how long ago a caller was told something decides what must be true.

use std::time::Instant;

/// This moment.
#[expect(
    clippy::disallowed_methods,
    reason = "callers measure from outside, beside a server with its own clock"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

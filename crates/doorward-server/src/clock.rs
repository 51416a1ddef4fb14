//! The clock port: one reading per request. And the stopwatch of the log and the metrics, which no decision reads.

use std::time::Duration;

use doorward_core::model::Instant;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// Now, in whole seconds.
    fn now(&self) -> Instant;

    /// Now, in milliseconds since 1970-01-01 UTC: for the order of lines in the log, never for a decision.
    fn millis(&self) -> i64 {
        self.now().seconds().saturating_mul(1000)
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        #[expect(clippy::disallowed_methods, reason = "this is the clock port itself")]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Instant::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }

    fn millis(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "this is the clock port itself")]
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// How long something took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(std::time::Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "durations are measured at the edge, for the log and the metrics"
        )]
        let now = std::time::Instant::now();
        Self(now)
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

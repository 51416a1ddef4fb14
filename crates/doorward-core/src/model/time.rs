//! Time as data: whole seconds since 1970-01-01T00:00:00Z, and the one comparison of expiry in the house.

use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment, in whole seconds of the Unix epoch (the resolution of a JWT's NumericDate).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(i64);

impl Instant {
    /// The moment so many seconds after the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// How long ago `earlier` was; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(rhs.as_secs()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, rhs: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(rhs.as_secs()).unwrap_or(i64::MAX)))
    }
}

/// The first moment at which something is no longer good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expiry(Instant);

impl Expiry {
    /// Good until just before `at`.
    pub const fn at(at: Instant) -> Self {
        Self(at)
    }

    /// Whether it is over: the boundary itself counts as over.
    pub fn has_passed(self, now: Instant) -> bool {
        now >= self.0
    }

    /// The boundary.
    pub const fn instant(self) -> Instant {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_itself_is_expired() {
        let expiry = Expiry::at(Instant::from_seconds(100));
        assert!(!expiry.has_passed(Instant::from_seconds(99)));
        assert!(expiry.has_passed(Instant::from_seconds(100)));
    }

    #[test]
    fn time_saturates_instead_of_wrapping() {
        let end = Instant::from_seconds(i64::MAX);
        assert_eq!(end + Duration::from_secs(5), end);
        assert_eq!(Instant::from_seconds(5).since(Instant::from_seconds(9)), Duration::ZERO);
    }
}

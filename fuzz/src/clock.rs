//! How much of the processor this thread has used: what other programs do at the same time does not count.

use std::time::Duration;

/// CPU time of this thread so far. Where the system does not tell, the time of day, which other programs lengthen.
pub(crate) fn used() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.as_deref().and_then(|text| text.split(' ').next()).and_then(|first| first.parse().ok());
    nanos.map_or_else(of_day, Duration::from_nanos)
}

/// The time of day, for bounds.
pub(crate) fn of_day() -> Duration {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
}

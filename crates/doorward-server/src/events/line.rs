//! One line of the structured log per request (`docs/LOGGING.md`).

use std::time::Duration;

use super::arrival::Arrival;
use super::scribe::Draft;

/// Writes the line, where somebody listens. Ids only: names of people are in the request log, which forgets them.
pub(super) fn write(draft: &Draft, arrival: &Arrival, status: u16, elapsed: Duration) {
    if !tracing::enabled!(target: "doorward::request", tracing::Level::INFO) {
        return;
    }
    // A proxy asks every few seconds whether the process lives; that it does is no news. The same goes for guards that follow the feed.
    if status < 400 && matches!(draft.place, "health" | "feed") {
        return;
    }
    let parent = arrival.parent();
    tracing::info!(
        target: "doorward::request",
        trace = draft.trace.as_str(),
        parent = parent.as_deref(),
        method = arrival.method.as_str(),
        place = draft.place,
        status,
        code = draft.code(),
        tenant = draft.tenant.as_ref().map(|(_, name)| name.as_str()),
        client_id = draft.app.as_ref().map(|app| app.client_id.as_str()),
        user_id = draft.user.map(tracing::field::display),
        elapsed_ms = (elapsed.as_secs_f64() * 1_000_000.0).round() / 1000.0,
        "request answered"
    );
}

//! The lines of the log, on standard error: which, and in which form (`docs/LOGGING.md`).

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// What a server writes where nothing else is asked for: what went wrong, and a line per request.
pub(crate) const SERVER: &str = "warn,doorward::request=info";
/// What everything else writes: what went wrong.
pub(crate) const QUIET: &str = "warn";

/// Begins to write lines; `DOORWARD_LOG` chooses other ones.
pub(crate) fn start(usual: &str, format: LogFormat) {
    let filter = EnvFilter::try_from_env("DOORWARD_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    let for_people = match format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Json => false,
        LogFormat::Text => true,
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if for_people {
        lines.with_ansi(std::io::stderr().is_terminal()).init();
    } else {
        lines.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
    }
}

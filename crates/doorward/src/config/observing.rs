//! What is kept and told of requests: the request log, the lines of the log, and the numbers.

use std::net::SocketAddr;
use std::time::Duration;

use doorward_server::LogSettings;
use serde::Deserialize;

use super::ConfigFault;

/// How lines of the log are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// Text where a person reads it at a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// `[log]`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct RawLog {
    #[serde(default)]
    format: LogFormat,
    retention_days: Option<u64>,
    same_per_minute: Option<u32>,
    most_per_minute: Option<u32>,
}

/// `[metrics]`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) struct RawMetrics {
    listen: Option<SocketAddr>,
}

/// The settings of this room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Observing {
    pub(crate) format: LogFormat,
    pub(crate) log: LogSettings,
    /// Where the numbers are answered; nowhere unless it is said.
    pub(crate) metrics: Option<SocketAddr>,
}

impl Observing {
    pub(super) fn judge(log: RawLog, metrics: RawMetrics) -> Result<Self, ConfigFault> {
        let usual = LogSettings::default();
        let retention = match log.retention_days {
            None => usual.retention,
            Some(days @ 1..=365) => Duration::from_hours(days * 24),
            Some(days) => {
                let fault = "it is out of range";
                return Err(ConfigFault::new("log.retention_days", days, fault, "Write days from 1 to 365"));
            }
        };
        let same_per_minute = log.same_per_minute.unwrap_or(usual.same_per_minute);
        let most_per_minute = log.most_per_minute.unwrap_or(usual.most_per_minute);
        Ok(Self {
            format: log.format,
            log: LogSettings { retention, same_per_minute, most_per_minute },
            metrics: metrics.listen,
        })
    }
}

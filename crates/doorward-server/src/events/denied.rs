//! What guards report about calls they refused: it stands in the log beside the requests of this server (Settled 23).

use async_trait::async_trait;
use doorward_core::model::Instant;
use doorward_guard::{DeniedCall, TraceSink};
use doorward_token::Evidence;

use super::record::Record;
use super::scrub::scrub;
use super::story::{Class, Refused, Story};
use crate::app::App;

/// Longest text of a report that is kept.
const LONGEST: usize = 400;

/// A sink that writes into the log of a server in the same process.
pub struct DenialLog(App);

impl DenialLog {
    /// Into that server's log.
    pub fn new(app: App) -> Self {
        Self(app)
    }
}

impl std::fmt::Debug for DenialLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DenialLog")
    }
}

#[async_trait]
impl TraceSink for DenialLog {
    async fn deliver(&self, batch: Vec<DeniedCall>, lost: u64) {
        if lost > 0 {
            tracing::warn!(lost, "a guard refused more calls than it could report");
        }
        for call in batch {
            self.0.ports().recorder.keep_record(record(call));
        }
    }
}

fn record(call: DeniedCall) -> Record {
    let Evidence { sent, expected } = call.evidence.unwrap_or_default();
    let clean = |text: String| scrub(&text, LONGEST);
    let place = format!("api/{}", scrub(&call.api, 60));
    let diagnosis = clean(call.diagnosis);
    Record {
        trace: call.trace.as_str().to_owned(),
        place,
        at: Instant::from_seconds(call.at),
        tenant: None,
        app: None,
        user: None,
        browser: None,
        story: Story {
            version: 1,
            at_ms: call.at.saturating_mul(1000),
            method: scrub(&call.method, 16),
            path: call.route.map(clean).unwrap_or_default(),
            status: call.status,
            client_id: call.client_id.map(clean),
            did: diagnosis.clone(),
            refusal: Some(Refused {
                code: call.code,
                diagnosis,
                remedy: clean(call.remedy),
                sent: sent.map(clean),
                expected: expected.map(clean),
                class: Class::Public,
            }),
            checks: call.checks,
            ..Story::default()
        },
    }
}

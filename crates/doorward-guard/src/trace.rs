//! Refused calls, told to whoever collects them: batched, bounded, never in the way of an answer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use doorward_token::{Evidence, Trail};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::revocations::FeedState;

/// 128 random bits as 32 hexadecimal digits: the answer carries it, and the report is found by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct TraceId(String);

impl TraceId {
    /// A new one.
    pub fn random() -> Self {
        let bytes = doorward_crypto::random::<16>();
        Self(bytes.iter().fold(String::with_capacity(32), |text, byte| text + &format!("{byte:02x}")))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One refused call. No token, no secret, no subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeniedCall {
    /// As in the answer.
    pub trace: TraceId,
    /// Seconds since 1970-01-01 UTC.
    pub at: i64,
    /// The API's name.
    pub api: String,
    /// As sent, shortened.
    pub method: String,
    /// The route's id, where the request found one.
    pub route: Option<String>,
    /// The status of the answer.
    pub status: u16,
    /// `DW` and four digits.
    pub code: String,
    /// What was wrong.
    pub diagnosis: String,
    /// What was sent and what was needed.
    pub evidence: Option<Evidence>,
    /// What to do.
    pub remedy: String,
    /// Issuer and client as the token names them; believed only where the checks say so.
    pub issuer: Option<String>,
    /// See `issuer`.
    pub client_id: Option<String>,
    /// The checks of the token, then of the policy.
    pub checks: Trail,
}

/// Takes reports about refused calls.
#[async_trait]
pub trait TraceSink: Send + Sync {
    /// At most [`MOST_PER_BATCH`] reports, oldest first. A failure is the sink's own business: the calls were answered
    /// long ago. `lost` counts reports that were thrown away since the last batch because too many came.
    async fn deliver(&self, batch: Vec<DeniedCall>, lost: u64);

    /// The revocation feed went stale, or came back. Nothing is done about it by default.
    async fn feed(&self, _state: FeedState) {}
}

/// The way from the guard to the sink.
pub(crate) struct Reporter {
    lost: Arc<AtomicU64>,
    sender: std::sync::OnceLock<mpsc::Sender<DeniedCall>>,
    sink: Arc<dyn TraceSink>,
}

impl Reporter {
    pub(crate) fn new(sink: Arc<dyn TraceSink>) -> Self {
        Self { lost: Arc::default(), sender: std::sync::OnceLock::new(), sink }
    }

    /// Never waits. The worker starts with the first report, inside the runtime that serves requests, and ends with the
    /// guard.
    pub(crate) fn report(&self, call: DeniedCall) {
        let sender = self.sender.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(MOST_WAITING);
            tokio::spawn(work(receiver, Arc::clone(&self.sink), Arc::clone(&self.lost)));
            sender
        });
        if sender.try_send(call).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn work(mut receiver: mpsc::Receiver<DeniedCall>, sink: Arc<dyn TraceSink>, lost: Arc<AtomicU64>) {
    while let Some(first) = receiver.recv().await {
        let mut batch = vec![first];
        // A batch goes when it is full or a moment after its first report.
        let _ = tokio::time::timeout(BATCH_AFTER, async {
            while batch.len() < MOST_PER_BATCH {
                let room = MOST_PER_BATCH - batch.len();
                if receiver.recv_many(&mut batch, room).await == 0 {
                    break;
                }
            }
        })
        .await;
        sink.deliver(batch, lost.swap(0, Ordering::Relaxed)).await;
    }
}

/// The most reports in one delivery.
pub const MOST_PER_BATCH: usize = 100;
const MOST_WAITING: usize = 1_000;
const BATCH_AFTER: Duration = Duration::from_millis(250);

//! The keeper of the log: takes what requests leave behind, writes it to the store in batches, and answers questions.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use doorward_core::model::{AppId, Event, Expiry, Instant, TenantId, UserId};
use doorward_core::needs::Need;
use doorward_store::{Cursor, DirectoryQuery, Entry, Page, Paging, StoreFault};
use tokio::sync::{Mutex, watch};

use super::record::Record;
use super::ring::{Raw, Ring};
use super::scribe::Draft;
use super::thrift::{Budget, Thrift, Verdict};
use crate::app::App;

/// Events of one write.
const BATCH: usize = 500;
/// How often what came in is written.
const WRITE_EVERY: Duration = Duration::from_millis(500);
/// Refusals of one kind and application that are kept a minute: an attack is told, and does not fill the disk.
const REFUSALS_PER_MINUTE: u32 = 600;
/// Places whose successes say nothing: they are counted, and kept only where they were refused.
const SILENT: [&str; 5] = ["asset", "docs", "health", "landing", "metrics"];

/// What the operator decides about the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// How long events are kept; 7 days where nothing is said.
    pub retention: Duration,
    /// Successes of programs (client credentials, introspection, userinfo, metadata, keys) that are kept in a minute
    /// per application; the others are counted.
    pub same_per_minute: u32,
    /// Requests that are kept in a minute, whatever they are: bounds what an attack writes to the disk.
    pub most_per_minute: u32,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { retention: Duration::from_hours(7 * 24), same_per_minute: 120, most_per_minute: 12_000 }
    }
}

/// Ring, thrift and the way to the store.
pub(crate) struct Recorder {
    ring: Ring,
    thrift: Thrift,
    retention_secs: AtomicI64,
    same_per_minute: AtomicU32,
    most_per_minute: AtomicU32,
    counted: AtomicU64,
    failed_writes: AtomicU64,
    writing: Mutex<()>,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        let recorder = Self {
            ring: Ring::new(),
            thrift: Thrift::new(),
            retention_secs: AtomicI64::new(0),
            same_per_minute: AtomicU32::new(0),
            most_per_minute: AtomicU32::new(0),
            counted: AtomicU64::new(0),
            failed_writes: AtomicU64::new(0),
            writing: Mutex::new(()),
        };
        recorder.configure(LogSettings::default());
        recorder
    }

    fn configure(&self, settings: LogSettings) {
        let secs = i64::try_from(settings.retention.as_secs()).unwrap_or(i64::MAX);
        self.retention_secs.store(secs, Ordering::Relaxed);
        self.same_per_minute.store(settings.same_per_minute, Ordering::Relaxed);
        self.most_per_minute.store(settings.most_per_minute, Ordering::Relaxed);
    }

    /// Whether the request is written down, and how many like it were only counted; `None` only counts it.
    pub(super) fn judge(&self, (draft, status): (&Draft, u16), origin: &str, now: Instant) -> Option<u64> {
        let code = draft.code().unwrap_or_default();
        let who = draft.app.as_ref().map_or(origin, |app| app.client_id.as_str());
        let most = match (code, draft.place) {
            // Nothing new since the last time: guards ask every few seconds.
            ("", place) if SILENT.contains(&place) || status == 304 => return None,
            ("", "token") if draft.links.is_empty() => self.same_per_minute.load(Ordering::Relaxed),
            (
                "",
                "introspect" | "userinfo" | "metadata" | "keys" | "feed" | "preflight" | "instance_discovery",
            ) => self.same_per_minute.load(Ordering::Relaxed),
            ("", _) => u32::MAX,
            _ => REFUSALS_PER_MINUTE,
        };
        let budget = Budget { same: most, all: self.most_per_minute.load(Ordering::Relaxed) };
        match self.thrift.judge((draft.place, who, code), budget, now) {
            Verdict::Keep { similar } => Some(similar),
            Verdict::Count => {
                self.counted.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }

    pub(super) fn keep(&self, raw: Raw) {
        self.ring.push(raw);
    }

    pub(super) fn keep_record(&self, record: Record) {
        self.ring.push_record(record);
    }

    /// For the metrics: waiting, lost, only counted, failed writes.
    pub(crate) fn numbers(&self) -> [u64; 4] {
        let (waiting, lost) = self.ring.state();
        [waiting, lost, self.counted.load(Ordering::Relaxed), self.failed_writes.load(Ordering::Relaxed)]
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.ring.watch()
    }

    pub(crate) fn after(&self, app: &App, number: u64) -> Vec<(u64, Arc<Record>)> {
        self.ring.after(app, number)
    }
}

/// Which requests are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Query {
    pub(crate) tenant: Option<TenantId>,
    pub(crate) app: Option<AppId>,
    pub(crate) user: Option<UserId>,
}

impl App {
    /// Says how long the log is kept and how much of it.
    pub fn configure_log(&self, settings: LogSettings) {
        self.ports().recorder.configure(settings);
    }

    /// Writes the log to the store, at most half a second after the requests. Runs until it is dropped.
    pub async fn keep_log(&self) {
        let mut every = tokio::time::interval(WRITE_EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            self.flush_log().await;
        }
    }

    /// Writes what came in so far; at the end of the process, and for tests.
    pub async fn flush_log(&self) {
        let recorder = &self.ports().recorder;
        // One writer at a time, or lines would be written twice.
        let _alone = recorder.writing.lock().await;
        loop {
            let (last, records) = recorder.ring.unwritten(self, BATCH);
            if records.is_empty() {
                return;
            }
            let kept = Duration::from_secs(
                u64::try_from(recorder.retention_secs.load(Ordering::Relaxed)).unwrap_or_default(),
            );
            let events: Vec<Event> =
                records.iter().map(|record| record.to_event(Expiry::at(record.at + kept))).collect();
            if let Err(fault) = self.store().append_events(events).await {
                // Tried again with the next tick; what does not fit into the ring meanwhile is counted as lost.
                if recorder.failed_writes.fetch_add(1, Ordering::Relaxed).is_multiple_of(60) {
                    tracing::warn!(%fault, "the request log cannot be written");
                }
                return;
            }
            recorder.ring.written(last);
        }
    }

    /// The request of that trace id: of this node's memory, else of the store.
    pub(crate) async fn logged(&self, trace: &str) -> Result<Option<Arc<Record>>, StoreFault> {
        let trace = trace.to_ascii_lowercase();
        if trace.len() != 32 || !trace.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        if let Some(found) = self.remembered(&trace) {
            return Ok(Some(found));
        }
        let facts = self.store().facts(&[Need::Event(trace.clone())]).await?;
        Ok(facts.event(&trace).and_then(Record::of_event).map(Arc::new))
    }

    /// The request of that trace id in this node's memory.
    pub(crate) fn remembered(&self, trace: &str) -> Option<Arc<Record>> {
        self.ports().recorder.ring.find(self, trace)
    }

    /// A page of the log, latest first. What is not written yet is written first, so that the page is whole.
    pub(crate) async fn log_page(
        &self,
        query: &Query,
        page: Paging,
    ) -> Result<(Vec<Record>, Option<Cursor>), StoreFault> {
        self.flush_log().await;
        let Query { tenant, app, user } = query.clone();
        let Page { entries, next } =
            self.store().list(&DirectoryQuery::Events { tenant, app, user, page }).await?;
        let records = entries.iter().filter_map(|entry| match entry {
            Entry::Event(event) => Record::of_event(event),
            _ => None,
        });
        Ok((records.collect(), next))
    }
}

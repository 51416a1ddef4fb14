//! The latest requests of this node, in memory: found by trace id, followed by number, written to the store in order.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use doorward_core::model::Instant;
use tokio::sync::watch;

use super::arrival::Arrival;
use super::record::Record;
use super::scribe::Draft;
use crate::app::App;

/// So many are remembered.
pub(super) const MOST: usize = 4096;

/// What a request left behind; the record is made when somebody asks, or when it is written.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(super) arrival: Arrival,
    pub(super) draft: Draft,
    pub(super) at: Instant,
    pub(super) at_ms: i64,
    pub(super) status: u16,
    pub(super) micros: u64,
    pub(super) similar: u64,
}

/// An entry: raw until its record is asked for, or made by another part of the house.
#[derive(Debug)]
pub(super) struct Entry {
    raw: Option<Raw>,
    record: OnceLock<Arc<Record>>,
}

impl Entry {
    fn record(&self, app: &App) -> Arc<Record> {
        let make = || {
            let raw = self.raw.as_ref().expect("an entry without raw parts is made with its record");
            Arc::new(Record::of(app, raw))
        };
        Arc::clone(self.record.get_or_init(make))
    }
}

/// The ring.
pub(crate) struct Ring {
    inner: Mutex<Inner>,
    last: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    /// Number of the first entry that is still there; numbers begin at 1.
    first: u64,
    entries: VecDeque<Arc<Entry>>,
    by_trace: HashMap<String, u64>,
    /// Up to and including this one everything is in the store.
    written: u64,
    lost: u64,
}

impl Inner {
    fn last(&self) -> u64 {
        self.first + self.entries.len() as u64 - 1
    }

    fn at(&self, number: u64) -> Option<&Arc<Entry>> {
        self.entries.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }
}

impl Ring {
    pub(super) fn new() -> Self {
        Self { inner: Mutex::new(Inner { first: 1, ..Inner::default() }), last: watch::channel(0).0 }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a request.
    pub(super) fn push(&self, raw: Raw) {
        let trace = raw.draft.trace.as_str().to_owned();
        self.add(trace, Entry { raw: Some(raw), record: OnceLock::new() });
    }

    /// Adds what another part of the house told.
    pub(super) fn push_record(&self, record: Record) {
        let trace = record.trace.clone();
        self.add(trace, Entry { raw: None, record: OnceLock::from(Arc::new(record)) });
    }

    fn add(&self, trace: String, entry: Entry) {
        let mut inner = self.lock();
        if inner.entries.len() >= MOST
            && let Some(oldest) = inner.entries.pop_front()
        {
            let number = inner.first;
            inner.first += 1;
            if number > inner.written {
                inner.lost += 1;
                inner.written = number;
            }
            let name = match (&oldest.raw, oldest.record.get()) {
                (Some(raw), _) => raw.draft.trace.as_str(),
                (None, Some(record)) => record.trace.as_str(),
                (None, None) => "",
            };
            if inner.by_trace.get(name) == Some(&number) {
                inner.by_trace.remove(name);
            }
        }
        inner.entries.push_back(Arc::new(entry));
        let number = inner.last();
        inner.by_trace.insert(trace, number);
        drop(inner);
        self.last.send_replace(number);
    }

    /// The request of that trace id.
    pub(super) fn find(&self, app: &App, trace: &str) -> Option<Arc<Record>> {
        let entry = {
            let inner = self.lock();
            let number = *inner.by_trace.get(trace)?;
            Arc::clone(inner.at(number)?)
        };
        Some(entry.record(app))
    }

    /// Requests after `number`, oldest first, with their numbers.
    pub(super) fn after(&self, app: &App, number: u64) -> Vec<(u64, Arc<Record>)> {
        let entries: Vec<(u64, Arc<Entry>)> = {
            let inner = self.lock();
            let from = inner.first.max(number.saturating_add(1));
            let skip = usize::try_from(from - inner.first).unwrap_or(usize::MAX);
            (from..).zip(inner.entries.iter().skip(skip).cloned()).collect()
        };
        entries.into_iter().map(|(number, entry)| (number, entry.record(app))).collect()
    }

    /// Number of the latest request, and a way to wait for a later one.
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    /// At most `most` requests that are not written yet, and the number of the last of them.
    pub(super) fn unwritten(&self, app: &App, most: usize) -> (u64, Vec<Arc<Record>>) {
        let (last, entries) = {
            let inner = self.lock();
            let from = inner.first.max(inner.written + 1);
            let skip = usize::try_from(from - inner.first).unwrap_or(usize::MAX);
            let entries: Vec<Arc<Entry>> = inner.entries.iter().skip(skip).take(most).cloned().collect();
            (from + entries.len() as u64 - 1, entries)
        };
        (last, entries.iter().map(|entry| entry.record(app)).collect())
    }

    /// Everything up to that number is in the store.
    pub(super) fn written(&self, number: u64) {
        let mut inner = self.lock();
        inner.written = inner.written.max(number);
    }

    /// How many wait to be written, and how many were lost because they waited too long.
    pub(super) fn state(&self) -> (u64, u64) {
        let inner = self.lock();
        (inner.last() - inner.written.min(inner.last()), inner.lost)
    }
}

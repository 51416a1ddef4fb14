//! A store that can be made to fail, around a real one.

use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use doorward_core::change::{Change, Conflict};
use doorward_core::facts::Facts;
use doorward_core::model::{Event, Instant};
use doorward_core::needs::Need;
use doorward_store::{
    CommitError, ConfigLog, DirectoryQuery, DumpBatch, DumpCursor, DumpRow, Entry, Health, Page, Store,
    StoreFault, Swept,
};

/// What does not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outage {
    Nothing = 0,
    Writes = 1,
    Everything = 2,
    /// Somebody else was always first.
    Races = 3,
}

/// Passes everything on while it is well.
pub(crate) struct Ailing<S> {
    store: S,
    outage: AtomicU8,
}

impl<S> Ailing<S> {
    pub(crate) fn around(store: S) -> Self {
        Self { store, outage: AtomicU8::new(Outage::Nothing as u8) }
    }

    pub(crate) fn set(&self, outage: Outage) {
        self.outage.store(outage as u8, Ordering::SeqCst);
    }

    fn check(&self, least: Outage) -> Result<(), StoreFault> {
        let outage = self.outage.load(Ordering::SeqCst);
        if outage != Outage::Races as u8 && outage >= least as u8 { Err(StoreFault::Full) } else { Ok(()) }
    }
}

#[async_trait]
impl<S: Store> Store for Ailing<S> {
    async fn facts(&self, needs: &[Need]) -> Result<Facts, StoreFault> {
        self.check(Outage::Everything)?;
        self.store.facts(needs).await
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), CommitError> {
        self.check(Outage::Writes)?;
        if self.outage.load(Ordering::SeqCst) == Outage::Races as u8 {
            return Err(CommitError::Conflict(Conflict::Changed));
        }
        self.store.commit(changes).await
    }

    async fn list(&self, query: &DirectoryQuery) -> Result<Page<Entry>, StoreFault> {
        self.check(Outage::Everything)?;
        self.store.list(query).await
    }

    async fn sweep(&self, now: Instant, limit: u32) -> Result<Swept, StoreFault> {
        self.check(Outage::Writes)?;
        self.store.sweep(now, limit).await
    }

    async fn config_since(&self, version: u64) -> Result<ConfigLog, StoreFault> {
        self.check(Outage::Everything)?;
        self.store.config_since(version).await
    }

    async fn record(&self, name: &str) -> Result<Option<Vec<u8>>, StoreFault> {
        self.check(Outage::Everything)?;
        self.store.record(name).await
    }

    async fn put_record_once(&self, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, StoreFault> {
        self.check(Outage::Writes)?;
        self.store.put_record_once(name, bytes).await
    }

    async fn replace_record(&self, name: &str, before: &[u8], after: Vec<u8>) -> Result<bool, StoreFault> {
        self.check(Outage::Writes)?;
        self.store.replace_record(name, before, after).await
    }

    async fn append_events(&self, events: Vec<Event>) -> Result<(), StoreFault> {
        self.check(Outage::Writes)?;
        self.store.append_events(events).await
    }

    async fn dump(&self, cursor: Option<DumpCursor>, limit: u32) -> Result<DumpBatch, StoreFault> {
        self.check(Outage::Everything)?;
        self.store.dump(cursor, limit).await
    }

    async fn load(&self, rows: Vec<DumpRow>) -> Result<(), CommitError> {
        self.check(Outage::Writes)?;
        self.store.load(rows).await
    }

    async fn health(&self) -> Result<Health, StoreFault> {
        self.check(Outage::Everything)?;
        self.store.health().await
    }
}

//! The embedded engine: SQLite with one writer thread, group commit and snapshot readers.
//!
//! Owns one data file, its lock and its schema. Every change runs on the writer thread ([`writer`]) and is durable
//! before it is answered; every read is one snapshot on a reading connection ([`readers`]). Entities are JSON
//! documents beside the columns that are looked up or compared (`docs/decisions/0002-documents-with-keys.md`). Does not
//! own the meaning of needs and changes. Neighbours: `doorward-store` names the port and its laws, which
//! `tests/contract.rs` runs; the binary opens the store.

mod apply;
mod audit;
mod backup;
mod challenges;
mod cursor;
mod directory;
mod doc;
mod dump;
mod events;
mod facts;
mod fault;
mod grants;
mod guesses;
mod history;
mod keys;
mod list;
mod lock;
mod mails;
mod migrate;
mod open;
mod readers;
mod records;
mod restore;
mod revocations;
mod sessions;
mod sweep;
mod writer;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use doorward_core::change::Change;
use doorward_core::facts::Facts;
use doorward_core::model::{Event, Instant};
use doorward_core::needs::Need;
use doorward_store::{
    Backup, BackupOrder, CommitError, ConfigLog, DirectoryQuery, DumpBatch, DumpCursor, DumpRow, Entry,
    Health, Page, Store, StoreFault, Swept, Watch,
};

pub use history::{SchemaStatus, SchemaStep};
pub use open::SqliteOptions;
pub use restore::Staged;
pub use writer::LostCommit;

use lock::DataLock;
use readers::Readers;
use writer::Writer;

/// One open data file. Dropping it waits for the writer to finish what it was given.
pub struct SqliteStore {
    // Dropped in this order: the last connection to close folds the log into the file, and the lock goes last.
    readers: Readers,
    writer: Writer,
    path: PathBuf,
    _lock: DataLock,
}

impl SqliteStore {
    /// Opens a data file, creating and migrating it as needed. Blocks; meant for the start of a process.
    ///
    /// # Errors
    /// [`StoreFault::InUse`] when another process, or another handle of this one, has it open; [`StoreFault::NotOurs`]
    /// and [`StoreFault::Schema`] when the file is another program's or a later version's.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, StoreFault> {
        let opened = open::open(path.as_ref(), &options)?;
        let readers = Readers::open((&opened.path, opened.medium), options.readers.max(1), options.patience)?;
        let writer = Writer::start(opened.writer, opened.medium, &options)?;
        Ok(Self { readers, writer, path: opened.path, _lock: opened.lock })
    }

    /// Reads a backup whole, and says what it holds. Blocks.
    ///
    /// # Errors
    /// [`StoreFault::Damaged`] when a page, a reference or a row is not what was backed up; [`StoreFault::NotOurs`] and
    /// [`StoreFault::Schema`] when it is no backup of this program, or of a later version's store.
    pub fn check_backup(file: &Path, watch: &Watch) -> Result<Backup, StoreFault> {
        backup::check(file, watch)
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn facts(&self, needs: &[Need]) -> Result<Facts, StoreFault> {
        self.readers.run(|conn| facts::load(conn, needs)).await
    }

    async fn commit(&self, changes: Vec<Change>) -> Result<(), CommitError> {
        self.writer.run(move |conn| apply::all(conn, &changes)).await
    }

    async fn list(&self, query: &DirectoryQuery) -> Result<Page<Entry>, StoreFault> {
        let query = query.clone();
        self.readers.run_long(move |conn| list::page(conn, &query)).await
    }

    async fn sweep(&self, now: Instant, limit: u32) -> Result<Swept, StoreFault> {
        self.write(move |conn| sweep::run(conn, now, limit)).await
    }

    async fn config_since(&self, version: u64) -> Result<ConfigLog, StoreFault> {
        self.readers.run(|conn| apply::config_since(conn, version)).await
    }

    async fn record(&self, name: &str) -> Result<Option<Vec<u8>>, StoreFault> {
        self.readers.run(|conn| records::find(conn, name)).await
    }

    async fn put_record_once(&self, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, StoreFault> {
        let name = name.to_owned();
        self.write(move |conn| records::put_once(conn, &name, bytes)).await
    }

    async fn replace_record(&self, name: &str, before: &[u8], after: Vec<u8>) -> Result<bool, StoreFault> {
        let (name, before) = (name.to_owned(), before.to_owned());
        self.write(move |conn| records::replace(conn, &name, &before, &after)).await
    }

    async fn append_events(&self, events: Vec<Event>) -> Result<(), StoreFault> {
        self.write(move |conn| events::append(conn, &events)).await
    }

    async fn dump(&self, cursor: Option<DumpCursor>, limit: u32) -> Result<DumpBatch, StoreFault> {
        self.readers.run_long(move |conn| dump::batch(conn, cursor.as_ref(), limit)).await
    }

    async fn load(&self, rows: Vec<DumpRow>) -> Result<(), CommitError> {
        self.writer.run(move |conn| dump::load(conn, &rows)).await
    }

    async fn back_up(&self, order: BackupOrder) -> Result<Backup, StoreFault> {
        let source = self.path.clone();
        let made = tokio::task::spawn_blocking(move || backup::copy(&source, &order)).await;
        made.map_err(StoreFault::unavailable)?
    }

    async fn health(&self) -> Result<Health, StoreFault> {
        let config_version = self.config_since(u64::MAX).await?.version;
        let writes_refused = match self.writer.refused() {
            None => None,
            // What refused the last write may be gone: one small write tells.
            Some(_) => match self.write(apply::touch).await {
                Ok(()) => None,
                Err(fault) => Some(self.writer.refused().unwrap_or_else(|| fault.to_string())),
            },
        };
        Ok(Health { engine: "sqlite", schema: migrate::known(), config_version, writes_refused })
    }
}

impl SqliteStore {
    /// Work of the writer that has no preconditions.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T, fault::Failed> + Send + 'static,
    ) -> Result<T, StoreFault> {
        self.writer.run(work).await.map_err(|error| match error {
            CommitError::Fault(fault) => fault,
            CommitError::Conflict(conflict) => StoreFault::unavailable(conflict),
        })
    }
}

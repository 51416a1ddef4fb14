//! Snapshot readers: a few read-only connections, handed out one request at a time.
//!
//! A keyed read of warm pages takes microseconds, so [`Readers::run`] does it on the calling task: the way to another
//! thread and back would cost more than the read. What may read many rows goes through [`Readers::run_long`].

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use doorward_store::StoreFault;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::fault::{Failed, fault_of};
use crate::open::{self, Medium};

/// The pool of reading connections.
#[derive(Clone)]
pub(crate) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    patience: Duration,
}

impl Readers {
    /// Opens `count` connections; a request waits for one as long as `patience` says.
    pub(crate) fn open(
        (path, medium): (&Path, Medium),
        count: usize,
        patience: Duration,
    ) -> Result<Self, StoreFault> {
        let connect = |_| match medium {
            Medium::ReadOnly => open::connect_unchanging(path).and_then(configured),
            Medium::Writable => connect(path),
        };
        let connections = (0..count).map(connect).collect::<rusqlite::Result<Vec<_>>>().map_err(fault_of)?;
        Ok(Self {
            permits: Arc::new(Semaphore::new(connections.len())),
            idle: Arc::new(Mutex::new(connections)),
            patience,
        })
    }

    /// A short read on the calling task, in one snapshot.
    pub(crate) async fn run<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failed>,
    ) -> Result<T, StoreFault> {
        let reader = self.take().await?;
        reader.snapshot(read)
    }

    /// A read of many rows, on a thread for blocking work, in one snapshot.
    pub(crate) async fn run_long<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Failed> + Send + 'static,
    ) -> Result<T, StoreFault> {
        let reader = self.take().await?;
        tokio::task::spawn_blocking(move || reader.snapshot(read)).await.map_err(StoreFault::unavailable)?
    }

    async fn take(&self) -> Result<Reader, StoreFault> {
        let permit = Arc::clone(&self.permits).acquire_owned();
        let permit = tokio::time::timeout(self.patience, permit).await.map_err(|_| StoreFault::Overloaded)?;
        let permit = permit.map_err(StoreFault::unavailable)?;
        let conn = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = conn.expect("there are as many connections as permits, and a permit is given back last");
        Ok(Reader { conn: Some(conn), idle: Arc::clone(&self.idle), _permit: permit })
    }
}

/// A connection on loan; returns by itself.
struct Reader {
    conn: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
    _permit: OwnedSemaphorePermit,
}

impl Reader {
    fn snapshot<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Failed>) -> Result<T, StoreFault> {
        let conn = self.conn.as_ref().expect("only `drop` takes the connection away");
        let transaction = Snapshot::begin(conn).map_err(fault_of)?;
        let result = read(conn).map_err(Failed::into_fault);
        drop(transaction);
        result
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        }
    }
}

/// One read transaction, ended even when the read panics.
struct Snapshot<'a>(&'a Connection);

impl<'a> Snapshot<'a> {
    fn begin(conn: &'a Connection) -> rusqlite::Result<Self> {
        conn.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self(conn))
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let ended = self.0.prepare_cached("ROLLBACK").and_then(|mut end| end.execute([]));
        if let Err(error) = ended {
            tracing::error!(%error, "a read transaction did not end");
        }
    }
}

/// A connection that reads what others write.
pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    configured(conn)
}

fn configured(conn: Connection) -> rusqlite::Result<Connection> {
    conn.set_prepared_statement_cache_capacity(64);
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;")?;
    Ok(conn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn who_finds_every_connection_taken_is_told_so_and_the_next_one_is_served() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doorward.db");
        let _opened = crate::open::open(&path, &crate::SqliteOptions::default()).unwrap();
        let readers = Readers::open((&path, Medium::Writable), 1, Duration::from_millis(20)).unwrap();
        let (go_on, wait) = std::sync::mpsc::channel::<()>();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let long = tokio::spawn({
            let readers = readers.clone();
            async move {
                let work = move |_: &Connection| {
                    let _ = begun.send(());
                    let _ = wait.recv();
                    Ok(())
                };
                readers.run_long(work).await
            }
        });
        has_begun.await.unwrap();
        let turned_away = readers.run(|_| Ok(())).await;
        assert!(matches!(turned_away, Err(StoreFault::Overloaded)), "{turned_away:?}");
        go_on.send(()).unwrap();
        long.await.unwrap().unwrap();
        readers.run(|_| Ok(())).await.unwrap();
    }
}

//! Opening a data file: the lock, the file's rights, the connections and their settings.

use std::fmt::Write as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use doorward_store::StoreFault;
use rusqlite::{Connection, OpenFlags};

use crate::fault::fault_of;
use crate::lock::{DataLock, open_private};
use crate::migrate;
use crate::writer::LostCommit;

/// How a data file is opened.
#[derive(Clone)]
pub struct SqliteOptions {
    /// Connections that read; as many reads run at once.
    pub readers: usize,
    /// Write requests that may wait in the queue; more wait with their caller, for as long as `patience` says.
    pub queue: usize,
    /// How long a request waits for a reading connection, or for a place in the queue, before it is told that the store
    /// is overloaded. A crowd that grows without end would help nobody.
    pub patience: Duration,
    /// Pages of 4 KiB that the database may grow to; `None` leaves it to the disk.
    pub most_pages: Option<u32>,
    /// What happens when a commit fails on the disk.
    pub on_lost_commit: LostCommit,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            readers: (2 * cores).max(4),
            queue: 1024,
            patience: Duration::from_secs(5),
            most_pages: None,
            on_lost_commit: LostCommit::EndProcess,
        }
    }
}

/// A file that is locked, ours and up to date, with its writing connection.
pub(crate) struct Opened {
    pub(crate) path: PathBuf,
    pub(crate) lock: DataLock,
    pub(crate) writer: Connection,
    /// Whether the disk lets us write.
    pub(crate) medium: Medium,
}

/// What the disk allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Medium {
    /// Reading alone: nobody can write there, so nothing changes either.
    ReadOnly,
    /// Reading and writing.
    Writable,
}

/// Locks, creates and migrates a file.
pub(crate) fn open(path: &Path, options: &SqliteOptions) -> Result<Opened, StoreFault> {
    let path = resolve(path)?;
    let lock = DataLock::take(&path)?;
    // SQLite gives its log and index files the rights of the database file.
    match open_private(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => return open_read_only(path, lock),
        Err(error) => return Err(StoreFault::unavailable(error)),
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let writer = Connection::open_with_flags(&path, flags).map_err(fault_of)?;
    configure(&writer, options).map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => {
            StoreFault::NotOurs { path: path.clone(), reason: "the file is no SQLite database".to_owned() }
        }
        _ => fault_of(error),
    })?;
    migrate::run(&writer, &path)?;
    fold(&writer);
    Ok(Opened { path, lock, writer, medium: Medium::Writable })
}

/// Copies what an earlier process left in the log into the database file. A server that is killed again and again before it
/// has written much would otherwise never do that: the log, and with it each start, would grow without end.
fn fold(writer: &Connection) {
    match writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)) {
        Ok(0) => {}
        Ok(_) => tracing::warn!("the log could not be folded: somebody else reads the database"),
        Err(error) => tracing::warn!(%error, "the log could not be folded; it is as good where it is"),
    }
}

/// Opens what cannot be written: reads are served, writes are refused by SQLite itself.
fn open_read_only(path: PathBuf, lock: DataLock) -> Result<Opened, StoreFault> {
    let log = std::fs::metadata(log_of(&path)).map_or(0, |meta| meta.len());
    if log > 0 {
        // Part of the data is in the log, and reading it needs an index that cannot be written.
        return Err(StoreFault::ReadOnly);
    }
    let writer = connect_unchanging(&path).map_err(fault_of)?;
    let found = migrate::judge(&writer, &path)?;
    if found < migrate::known() {
        let reason = "it must be brought to the newer schema, and its disk is read-only";
        return Err(StoreFault::Schema { found, known: migrate::known(), reason });
    }
    tracing::warn!(path = %path.display(), "the disk is read-only: reads are served, writes are refused");
    Ok(Opened { path, lock, writer, medium: Medium::ReadOnly })
}

/// A connection to a file that nobody can change: no lock, no log, no index.
pub(crate) fn connect_unchanging(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        // Writing into a text cannot fail.
        let _ = write!(uri, "%{byte:02X}");
    }
    uri.push_str("?immutable=1");
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags)
}

fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// One spelling for one file, so that it has one lock.
fn resolve(path: &Path) -> Result<PathBuf, StoreFault> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| StoreFault::NotOurs {
        path: path.to_owned(),
        reason: "the path names no file".to_owned(),
    })?;
    match path.canonicalize() {
        Ok(path) => Ok(path),
        Err(_) => Ok(folder.canonicalize().map_err(StoreFault::unavailable)?.join(name)),
    }
}

fn configure(conn: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    conn.busy_timeout(Duration::from_secs(5))?;
    conn.set_prepared_statement_cache_capacity(128);
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;
         PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864;",
    )?;
    conn.query_row("PRAGMA wal_autocheckpoint = 0", [], |_| Ok(()))?;
    if let Some(pages) = options.most_pages {
        conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_flushed_and_references_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let opened = open(&folder.path().join("doorward.db"), &SqliteOptions::default()).unwrap();
        let pragma = |name: &str| -> String {
            opened
                .writer
                .query_row(&format!("PRAGMA {name}"), [], |row| {
                    Ok(match row.get_ref(0)? {
                        rusqlite::types::ValueRef::Integer(number) => number.to_string(),
                        other => other.as_str()?.to_owned(),
                    })
                })
                .unwrap()
        };
        assert_eq!(pragma("journal_mode"), "wal");
        assert_eq!(pragma("synchronous"), "2");
        assert_eq!(pragma("foreign_keys"), "1");
        assert_eq!(pragma("wal_autocheckpoint"), "0");
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_data() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doorward.db");
        let _opened = open(&path, &SqliteOptions::default()).unwrap();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", entry.path().display());
        }
    }

    #[test]
    fn two_spellings_of_a_path_share_one_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doorward.db");
        let _opened = open(&path, &SqliteOptions::default()).unwrap();
        let spelling = folder.path().join(".").join("doorward.db");
        let Err(fault) = open(&spelling, &SqliteOptions::default()) else { panic!("it opened twice") };
        assert!(
            matches!(fault, StoreFault::InUse { holder: Some(pid), .. } if pid == std::process::id()),
            "{fault}"
        );
    }

    #[test]
    fn what_is_no_database_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        let text = "These are notes. ".repeat(500);
        std::fs::write(&path, &text).unwrap();
        let Err(fault) = open(&path, &SqliteOptions::default()) else { panic!("it opened") };
        assert!(matches!(fault, StoreFault::NotOurs { .. }), "{fault:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        let Err(fault) = open(&folder.path().join("no/such/folder.db"), &SqliteOptions::default()) else {
            panic!("it opened")
        };
        assert!(matches!(fault, StoreFault::Unavailable { .. }), "{fault:?}");
    }
}

//! What a store can fail at: the machine's failures, apart from the conflicts that are ordinary answers.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use doorward_core::change::Conflict;

/// The machine failed. Logged once, at the edge; the person is told to try again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreFault {
    /// Someone else holds the database longer than the engine is willing to wait.
    #[error("the database is held by another program")]
    Busy,
    /// A stored value is not what the engine wrote.
    #[error("table {table}, column {column}, row {row} holds what this program did not write: {reason}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's key, as text.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The data on the disk is not what was written: a page, an index or a reference is broken.
    #[error("{} is damaged: {reason}", .path.as_ref().map_or_else(|| "the database".to_owned(), |path| path.display().to_string()))]
    Damaged {
        /// The file, where it is known.
        path: Option<PathBuf>,
        /// How that shows.
        reason: String,
    },
    /// A file beside the store, such as a backup, cannot be read or written.
    #[error("{}: {reason}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The disk, or the engine's quota, is full: writes are refused, reads go on.
    #[error("no space is left for the database")]
    Full,
    /// Another process writes to the same data.
    #[error("{} is in use by another process{}", .path.display(), .holder.map_or(String::new(), |pid| format!(" (pid {pid})")))]
    InUse {
        /// The data file.
        path: PathBuf,
        /// Its process id, where it could be read.
        holder: Option<u32>,
    },
    /// A cursor that this listing did not give.
    #[error("the cursor does not belong to this listing")]
    InvalidCursor,
    /// The data belongs to something else.
    #[error("{} is not a doorward database: {reason}", .path.display())]
    NotOurs {
        /// The data file.
        path: PathBuf,
        /// How that shows.
        reason: String,
    },
    /// More requests wait for the database than it can serve in time. This one was not begun.
    #[error("too many requests wait for the database")]
    Overloaded,
    /// The database cannot be written: writes are refused, reads go on.
    #[error("the database is read-only")]
    ReadOnly,
    /// The schema was written by a later version of the program, or was altered.
    #[error("the database has schema {found}, this program knows {known}: {reason}")]
    Schema {
        /// The number of the last migration in the database.
        found: u32,
        /// The number of the last migration that the program knows.
        known: u32,
        /// What follows.
        reason: &'static str,
    },
    /// Anything else: a broken disk, a lost connection, a stopped engine.
    #[error("the database is unavailable")]
    Unavailable {
        /// What the driver said.
        #[source]
        source: Arc<dyn Error + Send + Sync>,
    },
}

impl StoreFault {
    /// A fault with the driver's own error as its source.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { source: Arc::from(source.into()) }
    }
}

/// Why nothing was committed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CommitError {
    /// A precondition no longer holds: load again, decide again.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The machine failed.
    #[error(transparent)]
    Fault(#[from] StoreFault),
}

impl CommitError {
    /// The conflict, where it is one.
    pub fn conflict(&self) -> Option<Conflict> {
        match self {
            Self::Conflict(conflict) => Some(*conflict),
            Self::Fault(_) => None,
        }
    }
}

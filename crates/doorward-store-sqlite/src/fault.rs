//! From the driver's errors to the port's: what is a conflict, what a fault, and what ends the process.

use std::fmt::Display;

use doorward_core::change::Conflict;
use doorward_store::{CommitError, StoreFault};
use rusqlite::ffi;

/// Why a piece of work inside a transaction stopped.
#[derive(Debug)]
pub(crate) enum Failed {
    /// A precondition does not hold.
    Conflict(Conflict),
    /// The machine failed, or a stored value is broken.
    Fault(StoreFault),
    /// What SQLite said.
    Sqlite(rusqlite::Error),
}

impl From<Conflict> for Failed {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl From<StoreFault> for Failed {
    fn from(fault: StoreFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Failed> for CommitError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Conflict(conflict) => Self::Conflict(conflict),
            Failed::Fault(fault) => Self::Fault(fault),
            // A row that refers to a tenant, pool, client or user that is gone.
            Failed::Sqlite(error) if extended(&error) == Some(ffi::SQLITE_CONSTRAINT_FOREIGNKEY) => {
                Self::Conflict(Conflict::Missing)
            }
            Failed::Sqlite(error) => Self::Fault(fault_of(error)),
        }
    }
}

impl Failed {
    /// Names the row where a stored value is broken.
    pub(crate) fn at(self, key: &dyn Display) -> Self {
        match self {
            Self::Fault(StoreFault::Corrupt { table, column, reason, .. }) => {
                Self::Fault(StoreFault::Corrupt { table, column, row: key.to_string(), reason })
            }
            other => other,
        }
    }

    /// As a fault, for work that has no preconditions.
    pub(crate) fn into_fault(self) -> StoreFault {
        match CommitError::from(self) {
            CommitError::Conflict(conflict) => StoreFault::unavailable(conflict),
            CommitError::Fault(fault) => fault,
        }
    }
}

/// The fault behind an error of the driver.
pub(crate) fn fault_of(error: rusqlite::Error) -> StoreFault {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => StoreFault::Busy,
        Some(rusqlite::ErrorCode::ReadOnly) => StoreFault::ReadOnly,
        Some(rusqlite::ErrorCode::DiskFull) => StoreFault::Full,
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => {
            StoreFault::Damaged { path: None, reason: error.to_string() }
        }
        _ => StoreFault::unavailable(error),
    }
}

/// Whether an error of COMMIT leaves open what is on the disk, so that the process must end (Settled 15): after a
/// failed flush the operating system may have dropped the pages, and trying again would claim what is not there.
pub(crate) fn ends_the_process(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::SystemIoFailure | rusqlite::ErrorCode::DatabaseCorrupt)
    )
}

/// Reads a violated unique key as the conflict that it means here.
pub(crate) fn taken<T>(result: rusqlite::Result<T>, conflict: Conflict) -> Result<T, Failed> {
    result.map_err(|error| match extended(&error) {
        Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY) => Failed::Conflict(conflict),
        _ => Failed::Sqlite(error),
    })
}

/// A stored value that this program did not write.
pub(crate) fn corrupt(
    table: &'static str,
    column: &'static str,
    row: &dyn Display,
    reason: &dyn Display,
) -> StoreFault {
    StoreFault::Corrupt { table, column, row: row.to_string(), reason: reason.to_string() }
}

fn extended(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sqlite(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn a_full_disk_and_a_read_only_one_are_told_apart() {
        assert!(matches!(fault_of(sqlite(ffi::SQLITE_FULL)), StoreFault::Full));
        assert!(matches!(fault_of(sqlite(ffi::SQLITE_READONLY)), StoreFault::ReadOnly));
        assert!(matches!(fault_of(sqlite(ffi::SQLITE_READONLY_DBMOVED)), StoreFault::ReadOnly));
        assert!(matches!(fault_of(sqlite(ffi::SQLITE_BUSY_SNAPSHOT)), StoreFault::Busy));
    }

    #[test]
    fn only_a_failing_disk_ends_the_process() {
        assert!(ends_the_process(&sqlite(ffi::SQLITE_IOERR_FSYNC)));
        assert!(ends_the_process(&sqlite(ffi::SQLITE_IOERR_WRITE)));
        assert!(!ends_the_process(&sqlite(ffi::SQLITE_FULL)));
        assert!(!ends_the_process(&sqlite(ffi::SQLITE_BUSY)));
    }

    #[test]
    fn a_dangling_reference_is_a_missing_object() {
        let error = CommitError::from(Failed::from(sqlite(ffi::SQLITE_CONSTRAINT_FOREIGNKEY)));
        assert_eq!(error.conflict(), Some(Conflict::Missing));
    }
}

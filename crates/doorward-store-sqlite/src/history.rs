//! The schema's history for people: what is applied, what is to come, and bringing a data file up to date.

use std::path::Path;

use doorward_store::StoreFault;
use rusqlite::{Connection, OpenFlags};
use serde::Serialize;

use crate::fault::fault_of;
use crate::lock::DataLock;
use crate::migrate;

/// A data file's schema beside the one that this program knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SchemaStatus {
    /// Number of the last migration in the file; 0 for a file without any.
    pub found: u32,
    /// Number of the last migration that this program knows.
    pub known: u32,
    /// Every migration that this program knows, in order.
    pub migrations: Vec<SchemaStep>,
}

/// One migration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SchemaStep {
    /// Its number.
    pub number: u32,
    /// Its name.
    pub name: &'static str,
    /// Whether the file has it.
    pub applied: bool,
    /// What it does, as SQL.
    #[serde(skip)]
    pub sql: &'static str,
}

impl SchemaStatus {
    /// Reads a data file, which a server may be using. A file that is not there has no migration.
    ///
    /// # Errors
    /// [`StoreFault::NotOurs`] when the file is another program's, [`StoreFault::Schema`] when it was written by a
    /// later version of this program, or altered.
    pub fn of(data_file: &Path) -> Result<Self, StoreFault> {
        let found = if data_file.exists() {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let conn = Connection::open_with_flags(data_file, flags).map_err(fault_of)?;
            conn.busy_timeout(std::time::Duration::from_secs(5)).map_err(fault_of)?;
            migrate::judge(&conn, data_file)?
        } else {
            0
        };
        Ok(Self { found, known: migrate::known(), migrations: migrate::steps(found) })
    }

    /// The migrations that the file lacks.
    pub fn pending(&self) -> impl Iterator<Item = &SchemaStep> {
        self.migrations.iter().filter(|step| !step.applied)
    }

    /// Applies what a data file lacks, each migration in a transaction of its own; what it was before.
    ///
    /// # Errors
    /// Also [`StoreFault::InUse`] while a server runs on the file: it brought it up to date when it started.
    pub fn bring_up(data_file: &Path) -> Result<Self, StoreFault> {
        let _lock = DataLock::take(data_file)?;
        let before = Self::of(data_file)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(data_file, flags).map_err(fault_of)?;
        migrate::run(&conn, data_file)?;
        Ok(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_store_lacks_what_came_later_and_is_brought_up_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doorward.db");
        migrate::at(&path, 1);
        let before = SchemaStatus::of(&path).unwrap();
        assert_eq!((before.found, before.known), (1, migrate::known()));
        let pending: Vec<_> = before.pending().map(|step| step.number).collect();
        assert_eq!(pending, (2..=migrate::known()).collect::<Vec<_>>());
        assert!(before.pending().all(|step| step.sql.contains("CREATE") || step.sql.contains("ALTER")));
        assert_eq!(SchemaStatus::of(&path).unwrap(), before, "looking changes nothing");
        assert_eq!(SchemaStatus::bring_up(&path).unwrap(), before);
        let after = SchemaStatus::of(&path).unwrap();
        assert_eq!((after.found, after.pending().count()), (migrate::known(), 0));
    }

    #[test]
    fn a_store_from_the_future_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("doorward.db");
        migrate::at(&path, 1);
        let direct = Connection::open(&path).unwrap();
        direct.execute("INSERT INTO migrations VALUES (999, 'later', 'x')", []).unwrap();
        drop(direct);
        for fault in [SchemaStatus::of(&path).unwrap_err(), SchemaStatus::bring_up(&path).unwrap_err()] {
            assert!(matches!(fault, StoreFault::Schema { found: 999, .. }), "{fault}");
        }
    }
}

//! The schema's history: numbered files, each applied once in its own transaction and held to its checksum.

use std::path::Path;

use doorward_store::StoreFault;
use rusqlite::{Connection, params};

use crate::fault::{Failed, fault_of};
use crate::history::SchemaStep;

struct Migration {
    number: u32,
    name: &'static str,
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, name: "house", sql: include_str!("../migrations/0001_house.sql") },
    Migration { number: 2, name: "letters", sql: include_str!("../migrations/0002_letters.sql") },
];

/// `DWRD`, in the header of every data file.
const APPLICATION_ID: i64 = 0x4457_5244;

/// The number of the last migration that this program knows.
pub(crate) fn known() -> u32 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

/// What this program knows, and whether a database with so many migrations has it.
pub(crate) fn steps(found: u32) -> Vec<SchemaStep> {
    let step = |migration: &Migration| SchemaStep {
        number: migration.number,
        name: migration.name,
        applied: migration.number <= found,
        sql: migration.sql,
    };
    MIGRATIONS.iter().map(step).collect()
}

/// The number of the last migration in a database that is ours.
pub(crate) fn found(conn: &Connection) -> rusqlite::Result<u32> {
    conn.query_row("SELECT coalesce(max(number), 0) FROM migrations", [], |row| row.get(0))
}

/// Brings a database up to date; refuses one that is not ours, newer, or altered.
pub(crate) fn run(conn: &Connection, path: &Path) -> Result<(), StoreFault> {
    claim(conn, path)?;
    let found = judge(conn, path)?;
    for migration in MIGRATIONS.iter().filter(|migration| migration.number > found) {
        apply(conn, migration).map_err(Failed::into_fault)?;
        tracing::info!(number = migration.number, name = migration.name, "migration applied");
    }
    if found > 0 && found < known() {
        // An operator should know: the way back is a backup.
        tracing::warn!(
            from = found,
            to = known(),
            "the store was brought to a newer schema; earlier versions of doorward refuse it from now on"
        );
    }
    Ok(())
}

/// The number of the last migration in a database; refuses one that is not ours, newer, or altered. Changes nothing.
pub(crate) fn judge(conn: &Connection, path: &Path) -> Result<u32, StoreFault> {
    if application_id(conn, path)? != APPLICATION_ID {
        let reason = "it holds nothing of this program's".to_owned();
        return Err(StoreFault::NotOurs { path: path.to_owned(), reason });
    }
    let applied = applied(conn).map_err(fault_of)?;
    let found = applied.last().map_or(0, |row| row.0);
    let refuse = |reason| Err(StoreFault::Schema { found, known: known(), reason });
    if found > known() {
        return refuse("it was written by a later version; run that version, or restore an older backup");
    }
    for (number, checksum) in &applied {
        let ours = MIGRATIONS.iter().find(|migration| migration.number == *number);
        if ours.is_none_or(|migration| fingerprint(migration.sql) != *checksum) {
            return refuse("a migration that was applied differs from the one in this program");
        }
    }
    Ok(found)
}

fn application_id(conn: &Connection, path: &Path) -> Result<i64, StoreFault> {
    conn.query_row("PRAGMA application_id", [], |row| row.get::<_, i64>(0)).map_err(|error| {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => StoreFault::NotOurs {
                path: path.to_owned(),
                reason: "the file is no SQLite database".to_owned(),
            },
            _ => fault_of(error),
        }
    })
}

/// Marks an empty file as ours, and refuses any other that is not.
fn claim(conn: &Connection, path: &Path) -> Result<(), StoreFault> {
    let not_ours = |reason: String| StoreFault::NotOurs { path: path.to_owned(), reason };
    let id = application_id(conn, path)?;
    if id == APPLICATION_ID {
        return Ok(());
    }
    let tables: i64 =
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(fault_of)?;
    if id != 0 || tables != 0 {
        return Err(not_ours("it holds another program's tables".to_owned()));
    }
    let claim = format!(
        "BEGIN IMMEDIATE;
         PRAGMA application_id = {APPLICATION_ID};
         CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT;
         COMMIT;"
    );
    conn.execute_batch(&claim).map_err(fault_of)
}

fn applied(conn: &Connection) -> rusqlite::Result<Vec<(u32, String)>> {
    let mut statement = conn.prepare("SELECT number, checksum FROM migrations ORDER BY number")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn apply(conn: &Connection, migration: &Migration) -> Result<(), Failed> {
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let done = conn.execute_batch(migration.sql).and_then(|()| {
        conn.execute(
            "INSERT INTO migrations (number, name, checksum) VALUES (?1, ?2, ?3)",
            params![migration.number, migration.name, fingerprint(migration.sql)],
        )
    });
    match done {
        Ok(_) => Ok(conn.execute_batch("COMMIT")?),
        Err(error) => {
            if !conn.is_autocommit() {
                conn.execute_batch("ROLLBACK")?;
            }
            Err(error.into())
        }
    }
}

/// FNV-1a of the text without carriage returns: enough to notice an edited file, which is all it is for.
fn fingerprint(sql: &str) -> String {
    let hash = sql.bytes().filter(|byte| *byte != b'\r').fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Makes a data file as an earlier version left it.
#[cfg(test)]
pub(crate) fn at(path: &Path, number: u32) {
    let conn = Connection::open(path).expect("the folder is there");
    claim(&conn, path).expect("the file is new");
    for migration in MIGRATIONS.iter().filter(|migration| migration.number <= number) {
        apply(&conn, migration).expect("it applied once");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        run(&conn, Path::new("test.db")).unwrap();
        conn
    }

    #[test]
    fn a_second_run_changes_nothing() {
        let conn = fresh();
        run(&conn, Path::new("test.db")).unwrap();
        assert_eq!(applied(&conn).unwrap().len(), MIGRATIONS.len());
    }

    #[test]
    fn numbers_ascend_without_gaps() {
        for (index, migration) in MIGRATIONS.iter().enumerate() {
            assert_eq!(migration.number as usize, index + 1);
        }
    }

    #[test]
    fn a_schema_from_the_future_is_refused() {
        let conn = fresh();
        conn.execute("INSERT INTO migrations VALUES (999, 'later', 'x')", []).unwrap();
        let fault = run(&conn, Path::new("test.db")).unwrap_err();
        assert!(matches!(fault, StoreFault::Schema { found: 999, .. }), "{fault}");
    }

    #[test]
    fn an_altered_migration_is_refused() {
        let conn = fresh();
        conn.execute("UPDATE migrations SET checksum = 'x' WHERE number = 1", []).unwrap();
        assert!(matches!(run(&conn, Path::new("test.db")), Err(StoreFault::Schema { .. })));
    }

    #[test]
    fn another_programs_database_is_left_alone() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE notes (text TEXT)").unwrap();
        assert!(matches!(run(&conn, Path::new("test.db")), Err(StoreFault::NotOurs { .. })));
    }

    #[test]
    fn every_foreign_key_has_a_unique_parent() {
        let conn = fresh();
        conn.execute_batch("PRAGMA foreign_keys = ON; PRAGMA foreign_key_check; DELETE FROM tenants")
            .unwrap();
    }
}

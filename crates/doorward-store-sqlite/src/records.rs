//! Small records of the installation: written once, read at every start.

use rusqlite::{Connection, OptionalExtension, params};

use crate::doc;
use crate::fault::Failed;

/// The record of that name.
pub(crate) fn find(conn: &Connection, name: &str) -> Result<Option<Vec<u8>>, Failed> {
    let sql = "SELECT bytes FROM records WHERE name = ?1";
    Ok(conn.prepare_cached(sql)?.query_row(params![name], |row| row.get(0)).optional()?)
}

/// Stores a record unless it is there; returns the one that is.
pub(crate) fn put_once(conn: &Connection, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, Failed> {
    if let Some(stored) = find(conn, name)? {
        return Ok(stored);
    }
    store(conn, name, &bytes)?;
    Ok(bytes)
}

/// Stores a record, new or not.
pub(crate) fn store(conn: &Connection, name: &str, bytes: &[u8]) -> Result<(), Failed> {
    let sql = "INSERT INTO records (name, bytes) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes";
    doc::execute(conn, sql, params![name, bytes])?;
    Ok(())
}

/// Replaces a record that still has that content.
pub(crate) fn replace(conn: &Connection, name: &str, before: &[u8], after: &[u8]) -> Result<bool, Failed> {
    let sql = "UPDATE records SET bytes = ?3 WHERE name = ?1 AND bytes = ?2";
    Ok(doc::execute(conn, sql, params![name, before, after])? == 1)
}

//! Documents: entities as JSON in a `doc` column (decision 0002), read with the table and row that failed.

use std::fmt::Display;

use doorward_store::StoreFault;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::{Failed, corrupt};

/// The text that is stored.
pub(crate) fn encode<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("the nouns of the domain have string keys and finite numbers")
}

/// Reads a stored document. Who knows the row's key names it with [`Failed::at`].
pub(crate) fn decode<T: DeserializeOwned>(table: &'static str, value: ValueRef<'_>) -> Result<T, StoreFault> {
    let text = value.as_str().map_err(|error| corrupt(table, "doc", &"?", &error))?;
    serde_json::from_str(text).map_err(|error| corrupt(table, "doc", &"?", &error))
}

/// The one document that a statement finds in its first column; `key` names it for the operator if it is broken.
pub(crate) fn one<T: DeserializeOwned>(
    conn: &Connection,
    table: &'static str,
    sql: &str,
    (params, key): (impl Params, &dyn Display),
) -> Result<Option<T>, Failed> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    match rows.next()? {
        Some(row) => Ok(Some(decode(table, row.get_ref(0)?).map_err(|fault| Failed::from(fault).at(key))?)),
        None => Ok(None),
    }
}

/// All documents that a statement finds in its first column.
pub(crate) fn many<T: DeserializeOwned>(
    conn: &Connection,
    table: &'static str,
    sql: &str,
    params: impl Params,
) -> Result<Vec<T>, Failed> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let number = found.len() + 1;
        let document = decode(table, row.get_ref(0)?);
        found.push(
            document.map_err(|fault| Failed::from(fault).at(&format_args!("number {number} of a set")))?,
        );
    }
    Ok(found)
}

/// Runs a cached statement and tells how many rows it changed.
pub(crate) fn execute(conn: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
    conn.prepare_cached(sql)?.execute(params)
}

/// Whether a cached statement finds a row.
pub(crate) fn exists(conn: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<bool> {
    conn.prepare_cached(sql)?.exists(params)
}

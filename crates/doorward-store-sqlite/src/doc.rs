//! Documents: entities as JSON in a `doc` column (decision 0002), read with the table and row that failed.
//!
//! A document carries a checksum, for SQLite notices a broken page but not a changed letter in a text. It stands after the
//! JSON as 32 blanks, a space for each 0 and a tab for each 1: blanks after JSON are still JSON, for SQL functions,
//! migrations and people.

use std::fmt::Display;

use doorward_store::StoreFault;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::fault::{Failed, corrupt};

/// The text that is stored, with its checksum.
pub(crate) fn encode<T: Serialize>(value: &T) -> String {
    let mut text = plain(value);
    let sum = checksum(&text);
    text.extend((0..BLANKS).map(|bit| if sum >> bit & 1 == 0 { ' ' } else { '\t' }));
    text
}

/// The same without, for columns that are compared.
pub(crate) fn plain<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("the nouns of the domain have string keys and finite numbers")
}

/// Bits of the checksum, one blank each.
const BLANKS: usize = 32;

/// FNV-1a, folded to 32 bits: against broken disks, not against people.
fn checksum(text: &str) -> u32 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    u32::try_from(hash >> 32).expect("half of the bits")
        ^ u32::try_from(hash & 0xffff_ffff).expect("the other half")
}

/// The JSON in front of the checksum; `None` where that does not match. Documents of early versions have none.
fn checked(text: &str) -> Option<&str> {
    let json = text.trim_end_matches([' ', '\t']);
    let blanks = &text[json.len()..];
    if blanks.is_empty() {
        // A blank that became another of JSON's blanks hides the checksum in front of it.
        return (!json.ends_with(char::is_whitespace)).then_some(json);
    }
    let sum = checksum(json);
    let matches = blanks.len() == BLANKS
        && blanks.bytes().enumerate().all(|(bit, blank)| (blank == b'\t') == (sum >> bit & 1 == 1));
    matches.then_some(json)
}

/// Reads a stored document. Who knows the row's key names it with [`Failed::at`].
pub(crate) fn decode<T: DeserializeOwned>(table: &'static str, value: ValueRef<'_>) -> Result<T, StoreFault> {
    let text = value.as_str().map_err(|error| corrupt(table, "doc", &"?", &error))?;
    let json = checked(text).ok_or_else(|| corrupt(table, "doc", &"?", &"its checksum does not match"))?;
    serde_json::from_str(json).map_err(|error| corrupt(table, "doc", &"?", &error))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<serde_json::Value, StoreFault> {
        decode("users", ValueRef::Text(text.as_bytes()))
    }

    #[test]
    fn a_document_is_still_json_and_an_early_one_is_read() {
        let value = serde_json::json!({ "name": "Ada", "names": ["a", "b"] });
        let text = encode(&value);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        assert_eq!(read(&text).unwrap(), value);
        assert_eq!(read(&plain(&value)).unwrap(), value);
        assert!(read("{}  ").is_err() && read("").is_err());
    }

    proptest! {
        #[test]
        fn a_changed_letter_is_noticed(name in "[a-z0-9 ]{1,40}", place in any::<prop::sample::Index>(), bit in 0..7_u32) {
            let value = serde_json::json!({ "name": name });
            let mut bytes = encode(&value).into_bytes();
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
            let found = String::from_utf8(bytes).ok().and_then(|text| read(&text).ok());
            prop_assert!(found.is_none(), "{:?} was read for {:?}", found, value);
        }
    }
}

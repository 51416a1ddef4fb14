//! The audit log: append-only, in the transaction of what it tells.

use doorward_core::change::AuditEntry;
use rusqlite::{Connection, params};

use crate::doc;
use crate::fault::Failed;

/// Adds a line.
pub(crate) fn append(conn: &Connection, entry: &AuditEntry) -> Result<(), Failed> {
    let tenant = entry.tenant.map(|tenant| *tenant.as_bytes());
    doc::execute(
        conn,
        "INSERT INTO audit (tenant, doc) VALUES (?1, ?2)",
        params![tenant, doc::encode(entry)],
    )?;
    Ok(())
}

/// Stores a line of a dump in its place.
pub(crate) fn load(conn: &Connection, number: u64, entry: &AuditEntry) -> Result<(), Failed> {
    let tenant = entry.tenant.map(|tenant| *tenant.as_bytes());
    let number = i64::try_from(number).map_err(doorward_store::StoreFault::unavailable)?;
    let sql = "INSERT INTO audit (number, tenant, doc) VALUES (?1, ?2, ?3)
               ON CONFLICT (number) DO UPDATE SET tenant = excluded.tenant, doc = excluded.doc";
    doc::execute(conn, sql, params![number, tenant, doc::encode(entry)])?;
    Ok(())
}

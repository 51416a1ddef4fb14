//! The revocation feed: one line per thing that was taken back.

use doorward_core::model::{Revocation, TenantId};
use rusqlite::{Connection, params};

use crate::doc;
use crate::fault::Failed;

/// Stores a line, in place of an earlier one of the same key.
pub(crate) fn store(conn: &Connection, revocation: &Revocation) -> Result<(), Failed> {
    let sql = "INSERT INTO revocations (tenant, key, until, doc) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (tenant, key) DO UPDATE SET until = excluded.until, doc = excluded.doc";
    let until = revocation.until.instant().seconds();
    let row = params![revocation.tenant.as_bytes(), revocation.what.key(), until, doc::encode(revocation)];
    doc::execute(conn, sql, row)?;
    Ok(())
}

/// All lines of a tenant, in the order of their keys.
pub(crate) fn of_tenant(conn: &Connection, tenant: TenantId) -> Result<Vec<Revocation>, Failed> {
    let sql = "SELECT doc FROM revocations WHERE tenant = ?1 ORDER BY key";
    doc::many(conn, "revocations", sql, params![tenant.as_bytes()])
}

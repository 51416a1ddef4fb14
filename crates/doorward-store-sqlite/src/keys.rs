//! Signing keys: a document per key, its state beside it for the comparison.

use doorward_core::change::{Conflict, KeyChange};
use doorward_core::model::{KeyId, SigningKeyRecord, TenantId};
use rusqlite::{Connection, params};

use crate::doc;
use crate::fault::{Failed, taken};

/// Applies one change.
pub(crate) fn apply(conn: &Connection, change: &KeyChange) -> Result<(), Failed> {
    match change {
        KeyChange::Add(key) => {
            let sql = "INSERT INTO keys (tenant, kid, state, doc) VALUES (?1, ?2, ?3, ?4)";
            let row =
                params![key.tenant.as_bytes(), key.kid.as_str(), doc::plain(&key.state), doc::encode(key)];
            taken(doc::execute(conn, sql, row), Conflict::Exists)?;
        }
        KeyChange::Move { tenant, kid, from, to, at } => {
            let mut key = find(conn, *tenant, kid)?.ok_or(Conflict::Missing)?;
            if key.state != *from {
                return Err(Conflict::Changed.into());
            }
            key.state = *to;
            key.state_since = *at;
            store(conn, &key)?;
        }
        KeyChange::Remove { tenant, kid } => {
            let sql = "DELETE FROM keys WHERE tenant = ?1 AND kid = ?2";
            if doc::execute(conn, sql, params![tenant.as_bytes(), kid.as_str()])? == 0 {
                return Err(Conflict::Missing.into());
            }
        }
    }
    Ok(())
}

/// Stores a key as it is, new or not.
pub(crate) fn store(conn: &Connection, key: &SigningKeyRecord) -> Result<(), Failed> {
    let sql = "INSERT INTO keys (tenant, kid, state, doc) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (tenant, kid) DO UPDATE SET state = excluded.state, doc = excluded.doc";
    let row = params![key.tenant.as_bytes(), key.kid.as_str(), doc::plain(&key.state), doc::encode(key)];
    doc::execute(conn, sql, row)?;
    Ok(())
}

/// The tenant's keys, oldest first.
pub(crate) fn of_tenant(conn: &Connection, tenant: TenantId) -> Result<Vec<SigningKeyRecord>, Failed> {
    let sql = "SELECT doc FROM keys WHERE tenant = ?1 ORDER BY kid";
    let mut keys: Vec<SigningKeyRecord> = doc::many(conn, "keys", sql, params![tenant.as_bytes()])?;
    keys.sort_by_key(|key| key.created_at);
    Ok(keys)
}

fn find(conn: &Connection, tenant: TenantId, kid: &KeyId) -> Result<Option<SigningKeyRecord>, Failed> {
    let sql = "SELECT doc FROM keys WHERE tenant = ?1 AND kid = ?2";
    doc::one(conn, "keys", sql, (params![tenant.as_bytes(), kid.as_str()], kid))
}

//! Tenants and their pools.

use doorward_core::change::Conflict;
use doorward_core::model::{PoolId, Tenant, TenantId, TenantKey, User, UserPool};
use rusqlite::{Connection, params};

use super::{name_key, users};
use crate::doc;
use crate::fault::{Failed, taken};

/// A new tenant with its first pool.
pub(crate) fn create(conn: &Connection, tenant: &Tenant, pool: &UserPool) -> Result<(), Failed> {
    if find(conn, tenant.id)?.is_some() {
        return Err(Conflict::Exists.into());
    }
    store(conn, tenant)?;
    if pool.tenant != tenant.id {
        return Err(Conflict::Missing.into());
    }
    store_pool(conn, pool)
}

/// Changes a tenant; a new domain gives every account in it a new user principal name.
pub(crate) fn update(conn: &Connection, before: &Tenant, after: &Tenant) -> Result<(), Failed> {
    let stored = find(conn, before.id)?.ok_or(Conflict::Missing)?;
    if stored != *before || after.id != before.id {
        return Err(Conflict::Changed.into());
    }
    store(conn, after)?;
    if name_key(&before.domain) != name_key(&after.domain) {
        rename_accounts(conn, after)?;
    }
    Ok(())
}

/// Removes a tenant. The directory follows by foreign keys; the audit log stays.
pub(crate) fn delete(conn: &Connection, tenant: TenantId) -> Result<(), Failed> {
    if doc::execute(conn, "DELETE FROM tenants WHERE id = ?1", params![tenant.as_bytes()])? == 0 {
        return Err(Conflict::Missing.into());
    }
    for sql in [
        "DELETE FROM codes WHERE tenant = ?1",
        "DELETE FROM grants WHERE tenant = ?1",
        "DELETE FROM budgets WHERE tenant = ?1",
        "DELETE FROM events WHERE tenant = ?1",
        "DELETE FROM revoked_tokens WHERE tenant = ?1",
    ] {
        doc::execute(conn, sql, params![tenant.as_bytes()])?;
    }
    Ok(())
}

/// The tenant with that id.
pub(crate) fn find(conn: &Connection, tenant: TenantId) -> Result<Option<Tenant>, Failed> {
    doc::one(conn, "tenants", "SELECT doc FROM tenants WHERE id = ?1", (params![tenant.as_bytes()], &tenant))
}

/// The tenant that answers to an id, short name or domain.
pub(crate) fn find_by_key(conn: &Connection, key: &TenantKey) -> Result<Option<Tenant>, Failed> {
    if let Ok(id) = TenantId::parse(key.as_str()) {
        return find(conn, id);
    }
    let sql = "SELECT doc FROM tenant_names JOIN tenants ON id = tenant WHERE segment = ?1";
    doc::one(conn, "tenants", sql, (params![key.as_str()], &key.as_str()))
}

/// Stores a tenant with its names, new or not.
pub(crate) fn store(conn: &Connection, tenant: &Tenant) -> Result<(), Failed> {
    let sql = "INSERT INTO tenants (id, name, doc) VALUES (?1, ?2, ?3)
               ON CONFLICT (id) DO UPDATE SET name = excluded.name, doc = excluded.doc";
    let row = params![tenant.id.as_bytes(), tenant.name.as_str(), doc::encode(tenant)];
    taken(doc::execute(conn, sql, row), Conflict::NameTaken)?;
    doc::execute(conn, "DELETE FROM tenant_names WHERE tenant = ?1", params![tenant.id.as_bytes()])?;
    let mut names = vec![name_key(tenant.name.as_str()), name_key(&tenant.domain)];
    names.dedup();
    for name in names {
        let sql = "INSERT INTO tenant_names (segment, tenant) VALUES (?1, ?2)";
        taken(doc::execute(conn, sql, params![name, tenant.id.as_bytes()]), Conflict::NameTaken)?;
    }
    Ok(())
}

/// Stores a pool, new or not.
pub(crate) fn store_pool(conn: &Connection, pool: &UserPool) -> Result<(), Failed> {
    let sql = "INSERT INTO pools (tenant, id, name, doc) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, doc = excluded.doc";
    let row = params![pool.tenant.as_bytes(), pool.id.as_bytes(), name_key(&pool.name), doc::encode(pool)];
    doc::execute(conn, sql, row)?;
    Ok(())
}

/// Whether the pool is there.
pub(crate) fn pool_exists(conn: &Connection, tenant: TenantId, pool: PoolId) -> Result<bool, Failed> {
    let sql = "SELECT 1 FROM pools WHERE tenant = ?1 AND id = ?2";
    Ok(doc::exists(conn, sql, params![tenant.as_bytes(), pool.as_bytes()])?)
}

fn rename_accounts(conn: &Connection, tenant: &Tenant) -> Result<(), Failed> {
    doc::execute(conn, "DELETE FROM sign_in_names WHERE tenant = ?1", params![tenant.id.as_bytes()])?;
    let sql = "SELECT doc FROM users WHERE tenant = ?1";
    let accounts: Vec<User> = doc::many(conn, "users", sql, params![tenant.id.as_bytes()])?;
    accounts.iter().try_for_each(|user| users::index_names(conn, tenant, user))
}

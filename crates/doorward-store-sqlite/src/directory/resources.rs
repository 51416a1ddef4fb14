//! APIs and what they answer to.

use doorward_core::change::Conflict;
use doorward_core::model::{Resource, ResourceId, TenantId};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

use super::name_key;
use crate::doc;
use crate::fault::{Failed, taken};

/// A new API.
pub(crate) fn register(conn: &Connection, resource: &Resource) -> Result<(), Failed> {
    if find(conn, resource.tenant, resource.id)?.is_some() {
        return Err(Conflict::NameTaken.into());
    }
    store(conn, resource)
}

/// Changes an API.
pub(crate) fn update(conn: &Connection, before: &Resource, after: &Resource) -> Result<(), Failed> {
    let stored = find(conn, before.tenant, before.id)?.ok_or(Conflict::Missing)?;
    if stored != *before || (before.tenant, before.id) != (after.tenant, after.id) {
        return Err(Conflict::Changed.into());
    }
    store(conn, after)
}

/// Removes an API with its consents and assignments.
pub(crate) fn delete(conn: &Connection, tenant: TenantId, id: ResourceId) -> Result<(), Failed> {
    let key = (tenant.as_bytes(), id.as_bytes());
    if doc::execute(conn, "DELETE FROM resources WHERE tenant = ?1 AND id = ?2", key)? == 0 {
        return Err(Conflict::Missing.into());
    }
    doc::execute(conn, "DELETE FROM consents WHERE tenant = ?1 AND resource = ?2", key)?;
    doc::execute(conn, "DELETE FROM role_assignments WHERE tenant = ?1 AND resource = ?2", key)?;
    Ok(())
}

/// The API with that id.
pub(crate) fn find(conn: &Connection, tenant: TenantId, id: ResourceId) -> Result<Option<Resource>, Failed> {
    let sql = "SELECT doc FROM resources WHERE tenant = ?1 AND id = ?2";
    doc::one(conn, "resources", sql, (params![tenant.as_bytes(), id.as_bytes()], &id))
}

/// The API that answers to an identifier, lower case.
pub(crate) fn find_by_identifier(
    conn: &Connection,
    tenant: TenantId,
    identifier: &str,
) -> Result<Option<Resource>, Failed> {
    let sql = "SELECT doc FROM resource_identifiers AS name
               JOIN resources ON resources.tenant = name.tenant AND resources.id = name.resource
               WHERE name.tenant = ?1 AND name.identifier = ?2";
    doc::one(conn, "resources", sql, (params![tenant.as_bytes(), identifier], &identifier))
}

/// Stores an API with its identifiers, new or not.
pub(crate) fn store(conn: &Connection, resource: &Resource) -> Result<(), Failed> {
    let sql = "INSERT INTO resources (tenant, id, name_key, doc) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (tenant, id) DO UPDATE SET name_key = excluded.name_key, doc = excluded.doc";
    let (tenant, id) = (resource.tenant.as_bytes(), resource.id.as_bytes());
    let row = params![tenant, id, name_key(&resource.name), doc::encode(resource)];
    taken(doc::execute(conn, sql, row), Conflict::NameTaken)?;
    doc::execute(
        conn,
        "DELETE FROM resource_identifiers WHERE tenant = ?1 AND resource = ?2",
        params![tenant, id],
    )?;
    let uris = resource.identifier_uris.iter().map(|uri| uri.to_lowercase());
    let names = [resource.id.to_string(), name_key(&resource.name)];
    for identifier in uris.chain(names).collect::<BTreeSet<_>>() {
        let sql = "INSERT INTO resource_identifiers (tenant, identifier, resource) VALUES (?1, ?2, ?3)";
        taken(doc::execute(conn, sql, params![tenant, identifier, id]), Conflict::NameTaken)?;
    }
    Ok(())
}

//! Applications.

use doorward_core::change::Conflict;
use doorward_core::model::{AppId, Client, ClientId, TenantId};
use rusqlite::{Connection, params};

use super::name_key;
use crate::fault::{Failed, taken};
use crate::{doc, grants};

/// A new application.
pub(crate) fn register(conn: &Connection, client: &Client) -> Result<(), Failed> {
    let sql = "INSERT INTO clients (tenant, app_id, client_id, name_key, disabled, epoch, doc)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    write(conn, sql, client)
}

/// Changes an application.
pub(crate) fn update(conn: &Connection, before: &Client, after: &Client) -> Result<(), Failed> {
    let stored = find(conn, before.tenant, before.app_id)?.ok_or(Conflict::Missing)?;
    if stored != *before || (before.tenant, before.app_id) != (after.tenant, after.app_id) {
        return Err(Conflict::Changed.into());
    }
    let sql = "UPDATE clients SET client_id = ?3, name_key = ?4, disabled = ?5, epoch = ?6, doc = ?7
               WHERE tenant = ?1 AND app_id = ?2";
    write(conn, sql, after)
}

/// Removes an application; consents and assignments follow by foreign keys.
pub(crate) fn delete(conn: &Connection, tenant: TenantId, app: AppId) -> Result<(), Failed> {
    let sql = "DELETE FROM clients WHERE tenant = ?1 AND app_id = ?2";
    if doc::execute(conn, sql, params![tenant.as_bytes(), app.as_bytes()])? == 0 {
        return Err(Conflict::Missing.into());
    }
    grants::delete_of_client(conn, tenant, app)
}

/// Stores an application of a dump.
pub(crate) fn load(conn: &Connection, client: &Client) -> Result<(), Failed> {
    let sql = "INSERT INTO clients (tenant, app_id, client_id, name_key, disabled, epoch, doc)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (tenant, app_id) DO UPDATE SET client_id = excluded.client_id,
                 name_key = excluded.name_key, disabled = excluded.disabled, epoch = excluded.epoch, doc = excluded.doc";
    write(conn, sql, client)
}

/// The application with that GUID.
pub(crate) fn find(conn: &Connection, tenant: TenantId, app: AppId) -> Result<Option<Client>, Failed> {
    let sql = "SELECT doc FROM clients WHERE tenant = ?1 AND app_id = ?2";
    doc::one(conn, "clients", sql, (params![tenant.as_bytes(), app.as_bytes()], &app))
}

/// The application with that `client_id`.
pub(crate) fn find_by_client_id(
    conn: &Connection,
    tenant: TenantId,
    id: &ClientId,
) -> Result<Option<Client>, Failed> {
    let sql = "SELECT doc FROM clients WHERE tenant = ?1 AND client_id = ?2";
    doc::one(conn, "clients", sql, (params![tenant.as_bytes(), id.as_str()], id))
}

fn write(conn: &Connection, sql: &str, client: &Client) -> Result<(), Failed> {
    let row = params![
        client.tenant.as_bytes(),
        client.app_id.as_bytes(),
        client.client_id.as_str(),
        name_key(&client.name),
        client.disabled,
        client.epoch.seconds(),
        doc::encode(client)
    ];
    taken(doc::execute(conn, sql, row), Conflict::NameTaken)?;
    refuse_foreign_guid(conn, client)
}

/// Nobody's `client_id` may be the text of another application's GUID: both stand in tokens and are told apart by
/// nothing else.
fn refuse_foreign_guid(conn: &Connection, client: &Client) -> Result<(), Failed> {
    let (tenant, own) = (client.tenant.as_bytes(), client.app_id.as_bytes());
    let meant = AppId::parse(client.client_id.as_str()).ok().map(|app| *app.as_bytes());
    let sql = "SELECT 1 FROM clients WHERE tenant = ?1 AND app_id <> ?2 AND (app_id = ?3 OR client_id = ?4)";
    if doc::exists(conn, sql, params![tenant, own, meant, client.app_id.to_string()])? {
        return Err(Conflict::NameTaken.into());
    }
    Ok(())
}

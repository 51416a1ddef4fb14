//! Delegated permissions: one row per application, API and principal.

use doorward_core::model::{AppId, ConsentGrant, Principal, ResourceId, ScopeSet, TenantId, UserId};
use rusqlite::{Connection, params};

use crate::doc;
use crate::fault::Failed;

/// What identifies a row.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    pub(crate) tenant: TenantId,
    pub(crate) client: AppId,
    pub(crate) resource: ResourceId,
    pub(crate) principal: Principal,
}

/// Adds scopes to what is granted already; who granted, and when, is told by the last addition.
pub(crate) fn extend(conn: &Connection, consent: &ConsentGrant) -> Result<(), Failed> {
    let row = Row {
        tenant: consent.tenant,
        client: consent.client,
        resource: consent.resource,
        principal: consent.principal,
    };
    let granted = find(conn, &row)?.map(|stored| stored.scopes).unwrap_or_default();
    store(conn, &ConsentGrant { scopes: granted.union(&consent.scopes), ..consent.clone() })
}

/// Takes scopes away, or all of them; the row goes with its last scope.
pub(crate) fn withdraw(conn: &Connection, row: &Row, scopes: Option<&ScopeSet>) -> Result<(), Failed> {
    let Some(mut stored) = find(conn, row)? else { return Ok(()) };
    stored.scopes = scopes.map_or_else(ScopeSet::default, |scopes| stored.scopes.minus(scopes));
    if !stored.scopes.is_empty() {
        return store(conn, &stored);
    }
    let sql = "DELETE FROM consents WHERE tenant = ?1 AND client = ?2 AND principal = ?3 AND resource = ?4";
    let principal = principal_key(row.principal);
    let key = params![row.tenant.as_bytes(), row.client.as_bytes(), principal, row.resource.as_bytes()];
    doc::execute(conn, sql, key)?;
    Ok(())
}

/// The rows of a client for one user and for all principals.
pub(crate) fn of_user(
    conn: &Connection,
    tenant: TenantId,
    client: AppId,
    user: UserId,
) -> Result<Vec<ConsentGrant>, Failed> {
    let sql = "SELECT doc FROM consents WHERE tenant = ?1 AND client = ?2 AND principal IN (x'', ?3)
               ORDER BY principal, resource";
    doc::many(conn, "consents", sql, params![tenant.as_bytes(), client.as_bytes(), user.as_bytes()])
}

/// Stores a row as it is, new or not.
pub(crate) fn store(conn: &Connection, consent: &ConsentGrant) -> Result<(), Failed> {
    let sql = "INSERT INTO consents (tenant, client, principal, resource, user, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (tenant, client, principal, resource) DO UPDATE SET doc = excluded.doc";
    let user = match consent.principal {
        Principal::All => None,
        Principal::User(user) => Some(*user.as_bytes()),
    };
    let row = params![
        consent.tenant.as_bytes(),
        consent.client.as_bytes(),
        principal_key(consent.principal),
        consent.resource.as_bytes(),
        user,
        doc::encode(consent)
    ];
    doc::execute(conn, sql, row)?;
    Ok(())
}

/// The bytes of a user, or none for every user.
pub(crate) fn principal_key(principal: Principal) -> Vec<u8> {
    match principal {
        Principal::All => Vec::new(),
        Principal::User(user) => user.as_bytes().to_vec(),
    }
}

fn find(conn: &Connection, row: &Row) -> Result<Option<ConsentGrant>, Failed> {
    let sql =
        "SELECT doc FROM consents WHERE tenant = ?1 AND client = ?2 AND principal = ?3 AND resource = ?4";
    let principal = principal_key(row.principal);
    let key = params![row.tenant.as_bytes(), row.client.as_bytes(), principal, row.resource.as_bytes()];
    doc::one(conn, "consents", sql, (key, &row.client))
}

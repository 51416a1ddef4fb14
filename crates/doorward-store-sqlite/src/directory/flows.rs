//! User flows and the path segments that lead to them.

use doorward_core::change::Conflict;
use doorward_core::model::{FlowName, TenantId, UserFlow};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;

use crate::doc;
use crate::fault::{Failed, taken};

/// Stores a flow, new or changed; its name and aliases must lead to no other flow.
pub(crate) fn put(conn: &Connection, flow: &UserFlow) -> Result<(), Failed> {
    let (tenant, name) = (flow.tenant.as_bytes(), flow.name.lower());
    let sql = "INSERT INTO flows (tenant, name, doc) VALUES (?1, ?2, ?3)
               ON CONFLICT (tenant, name) DO UPDATE SET doc = excluded.doc";
    doc::execute(conn, sql, params![tenant, name, doc::encode(flow)])?;
    doc::execute(conn, "DELETE FROM flow_segments WHERE tenant = ?1 AND flow = ?2", params![tenant, name])?;
    let aliases = flow.aliases.iter().map(|alias| alias.to_lowercase());
    for segment in aliases.chain([name.clone()]).collect::<BTreeSet<_>>() {
        let sql = "INSERT INTO flow_segments (tenant, segment, flow) VALUES (?1, ?2, ?3)";
        taken(doc::execute(conn, sql, params![tenant, segment, name]), Conflict::NameTaken)?;
    }
    Ok(())
}

/// Removes a flow.
pub(crate) fn delete(conn: &Connection, tenant: TenantId, name: &FlowName) -> Result<(), Failed> {
    let sql = "DELETE FROM flows WHERE tenant = ?1 AND name = ?2";
    if doc::execute(conn, sql, params![tenant.as_bytes(), name.lower()])? == 0 {
        return Err(Conflict::Missing.into());
    }
    Ok(())
}

/// The flow that answers to a segment, lower case.
pub(crate) fn find(conn: &Connection, tenant: TenantId, segment: &str) -> Result<Option<UserFlow>, Failed> {
    let sql = "SELECT doc FROM flow_segments AS way JOIN flows ON flows.tenant = way.tenant AND flows.name = way.flow
               WHERE way.tenant = ?1 AND way.segment = ?2";
    doc::one(conn, "flows", sql, (params![tenant.as_bytes(), segment], &segment))
}

/// All flows of a tenant, by name.
pub(crate) fn of_tenant(conn: &Connection, tenant: TenantId) -> Result<Vec<UserFlow>, Failed> {
    let sql = "SELECT doc FROM flows WHERE tenant = ?1 ORDER BY name";
    doc::many(conn, "flows", sql, params![tenant.as_bytes()])
}

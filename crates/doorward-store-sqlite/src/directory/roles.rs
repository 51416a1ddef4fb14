//! App-role assignments; small enough to be columns all over.

use doorward_core::model::{
    AppId, Instant, ResourceId, RoleAssignment, RoleHolder, RoleId, TenantId, UserId,
};
use rusqlite::{Connection, Row, params};
use uuid::Uuid;

use crate::doc;
use crate::fault::{Failed, corrupt};

/// The columns that [`row`] reads.
pub(crate) const COLUMNS: &str = "tenant, kind, holder, resource, role, assigned_at";

/// Assigns a role; one that is assigned already keeps its date.
pub(crate) fn assign(conn: &Connection, assignment: &RoleAssignment) -> Result<(), Failed> {
    let sql = "INSERT INTO role_assignments (tenant, kind, holder, resource, role, app, user, assigned_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
    let (kind, holder) = holder_key(assignment.holder);
    let (app, user) = match assignment.holder {
        RoleHolder::App(_) => (Some(holder), None),
        RoleHolder::User(_) => (None, Some(holder)),
    };
    let row = params![
        assignment.tenant.as_bytes(),
        kind,
        holder,
        assignment.resource.as_bytes(),
        assignment.role.as_bytes(),
        app,
        user,
        assignment.assigned_at.seconds()
    ];
    doc::execute(conn, sql, row)?;
    Ok(())
}

/// Takes a role away, whenever it was assigned.
pub(crate) fn unassign(conn: &Connection, assignment: &RoleAssignment) -> Result<(), Failed> {
    let sql = "DELETE FROM role_assignments
               WHERE tenant = ?1 AND kind = ?2 AND holder = ?3 AND resource = ?4 AND role = ?5";
    let (kind, holder) = holder_key(assignment.holder);
    let (resource, role) = (assignment.resource.as_bytes(), assignment.role.as_bytes());
    doc::execute(conn, sql, params![assignment.tenant.as_bytes(), kind, holder, resource, role])?;
    Ok(())
}

/// Stores an assignment of a dump.
pub(crate) fn load(conn: &Connection, assignment: &RoleAssignment) -> Result<(), Failed> {
    unassign(conn, assignment)?;
    assign(conn, assignment)
}

/// The assignments of one holder.
pub(crate) fn of_holder(
    conn: &Connection,
    tenant: TenantId,
    holder: RoleHolder,
) -> Result<Vec<RoleAssignment>, Failed> {
    let sql = format!(
        "SELECT {COLUMNS} FROM role_assignments WHERE tenant = ?1 AND kind = ?2 AND holder = ?3 ORDER BY resource, role"
    );
    let (kind, holder) = holder_key(holder);
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params![tenant.as_bytes(), kind, holder])?;
    let mut found = Vec::new();
    while let Some(next) = rows.next()? {
        found.push(row(next)?);
    }
    Ok(found)
}

/// Reads [`COLUMNS`].
pub(crate) fn row(row: &Row<'_>) -> Result<RoleAssignment, Failed> {
    let id = |index: usize, column: &'static str| {
        row.get(index)
            .map(Uuid::from_bytes)
            .map_err(|error| corrupt("role_assignments", column, &"?", &error))
    };
    let kind: String = row.get(1)?;
    let holder = id(2, "holder")?;
    Ok(RoleAssignment {
        tenant: TenantId::new(id(0, "tenant")?),
        holder: match kind.as_str() {
            "app" => RoleHolder::App(AppId::new(holder)),
            "user" => RoleHolder::User(UserId::new(holder)),
            other => return Err(corrupt("role_assignments", "kind", &holder, &other).into()),
        },
        resource: ResourceId::new(id(3, "resource")?),
        role: RoleId::new(id(4, "role")?),
        assigned_at: Instant::from_seconds(row.get(5)?),
    })
}

/// The holder as columns.
pub(crate) fn holder_key(holder: RoleHolder) -> (&'static str, [u8; 16]) {
    match holder {
        RoleHolder::App(app) => ("app", *app.as_bytes()),
        RoleHolder::User(user) => ("user", *user.as_bytes()),
    }
}

//! Codes, grants and their refresh families.
//!
//! What a code or a grant is bound to is a document that never changes; what moves are columns. One row per family:
//! a rotation is one UPDATE that carries its own preconditions, the epochs among them, and touches no index.

use doorward_core::change::{Conflict, GrantChange};
use doorward_core::model::{
    AppId, AuthorizationCode, Digest, Expiry, Grant, GrantId, Instant, Redemption, RefreshState, TenantId,
    UserId,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::doc;
use crate::fault::{Failed, corrupt, taken};

/// The columns that [`grant_row`] reads.
pub(crate) const GRANT_COLUMNS: &str =
    "doc, generation, secret_digest, rotated_at, successor, idle_expiry, absolute_expiry, revoked_at";

/// Applies one change.
pub(crate) fn apply(conn: &Connection, change: &GrantChange) -> Result<(), Failed> {
    match change {
        GrantChange::IssueCode(code) => insert_code(conn, code),
        GrantChange::RedeemCode { tenant, digest, grant } => redeem(conn, *tenant, *digest, grant),
        GrantChange::RevokeGrant { tenant, grant, at } => {
            let sql = "UPDATE grants SET revoked_at = coalesce(revoked_at, ?3) WHERE tenant = ?1 AND id = ?2";
            doc::execute(conn, sql, params![tenant.as_bytes(), grant.as_bytes(), at.seconds()])?;
            Ok(())
        }
        GrantChange::RevokeToken { tenant, jti, until } => revoke_token(conn, *tenant, jti, *until),
        GrantChange::RotateRefresh { tenant, grant, expected, expected_digest, next } => {
            let moved = doc::execute(
                conn,
                ROTATE,
                params![
                    tenant.as_bytes(),
                    grant.as_bytes(),
                    expected,
                    expected_digest.as_bytes(),
                    next.generation,
                    next.secret_digest.as_bytes(),
                    next.rotated_at.seconds(),
                    next.successor,
                    next.idle_expiry.instant().seconds(),
                    next.absolute_expiry.instant().seconds()
                ],
            )?;
            if moved == 1 {
                Ok(())
            } else {
                Err(why_not_moved(conn, (*tenant, *grant), *expected, Some(expected_digest))?)
            }
        }
        GrantChange::TouchRefresh { tenant, grant, expected, idle_expiry } => {
            let idle = idle_expiry.instant().seconds();
            let moved =
                doc::execute(conn, TOUCH, params![tenant.as_bytes(), grant.as_bytes(), expected, idle])?;
            if moved == 1 { Ok(()) } else { Err(why_not_moved(conn, (*tenant, *grant), *expected, None)?) }
        }
    }
}

/// The code with its redemption.
pub(crate) fn code(
    conn: &Connection,
    tenant: TenantId,
    digest: Digest,
) -> Result<Option<AuthorizationCode>, Failed> {
    let mut statement =
        conn.prepare_cached("SELECT doc, redeemed_at FROM codes WHERE tenant = ?1 AND digest = ?2")?;
    let mut rows = statement.query(params![tenant.as_bytes(), digest.as_bytes()])?;
    rows.next()?.map(code_row).transpose().map_err(|failed| failed.at(&digest.to_text()))
}

/// Reads `doc, redeemed_at`.
pub(crate) fn code_row(row: &Row<'_>) -> Result<AuthorizationCode, Failed> {
    let mut code: AuthorizationCode = doc::decode("codes", row.get_ref(0)?)?;
    code.redeemed = row.get::<_, Option<i64>>(1)?.map(|at| Redemption { at: Instant::from_seconds(at) });
    Ok(code)
}

/// The grant with the state of its family.
pub(crate) fn grant(conn: &Connection, tenant: TenantId, id: GrantId) -> Result<Option<Grant>, Failed> {
    let sql = format!("SELECT {GRANT_COLUMNS} FROM grants WHERE tenant = ?1 AND id = ?2");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params![tenant.as_bytes(), id.as_bytes()])?;
    rows.next()?.map(grant_row).transpose().map_err(|failed| failed.at(&id))
}

/// Reads [`GRANT_COLUMNS`].
pub(crate) fn grant_row(row: &Row<'_>) -> Result<Grant, Failed> {
    let mut grant: Grant = doc::decode("grants", row.get_ref(0)?)?;
    let broken = |column, reason: &dyn std::fmt::Display| corrupt("grants", column, &grant.id, reason);
    let refresh = match row.get::<_, Option<i64>>(1)? {
        None => None,
        Some(generation) => Some(RefreshState {
            generation: u32::try_from(generation).map_err(|error| broken("generation", &error))?,
            secret_digest: row.get(2).map(Digest::new).map_err(|error| broken("secret_digest", &error))?,
            rotated_at: moment(row, 3).map_err(|error| broken("rotated_at", &error))?,
            successor: row.get(4)?,
            idle_expiry: moment(row, 5).map(Expiry::at).map_err(|error| broken("idle_expiry", &error))?,
            absolute_expiry: moment(row, 6)
                .map(Expiry::at)
                .map_err(|error| broken("absolute_expiry", &error))?,
        }),
    };
    grant.refresh = refresh;
    grant.revoked_at = row.get::<_, Option<i64>>(7)?.map(Instant::from_seconds);
    Ok(grant)
}

/// Whether a `jti` is on the list of revoked tokens.
pub(crate) fn token_revoked(conn: &Connection, tenant: TenantId, jti: &str) -> Result<bool, Failed> {
    let sql = "SELECT 1 FROM revoked_tokens WHERE tenant = ?1 AND jti = ?2";
    Ok(doc::exists(conn, sql, params![tenant.as_bytes(), jti])?)
}

/// Puts a `jti` on the list, or keeps it there longer.
pub(crate) fn revoke_token(
    conn: &Connection,
    tenant: TenantId,
    jti: &str,
    until: Expiry,
) -> Result<(), Failed> {
    let sql = "INSERT INTO revoked_tokens (tenant, jti, until) VALUES (?1, ?2, ?3)
               ON CONFLICT (tenant, jti) DO UPDATE SET until = max(until, excluded.until)";
    doc::execute(conn, sql, params![tenant.as_bytes(), jti, until.instant().seconds()])?;
    Ok(())
}

/// Stores a code of a dump.
pub(crate) fn load_code(conn: &Connection, code: &AuthorizationCode) -> Result<(), Failed> {
    let key = params![code.tenant.as_bytes(), code.digest.as_bytes()];
    doc::execute(conn, "DELETE FROM codes WHERE tenant = ?1 AND digest = ?2", key)?;
    insert_code(conn, code)
}

/// Stores a grant of a dump.
pub(crate) fn load_grant(conn: &Connection, grant: &Grant) -> Result<(), Failed> {
    let key = params![grant.tenant.as_bytes(), grant.id.as_bytes()];
    doc::execute(conn, "DELETE FROM grants WHERE tenant = ?1 AND id = ?2", key)?;
    insert_grant(conn, grant)
}

fn insert_code(conn: &Connection, code: &AuthorizationCode) -> Result<(), Failed> {
    let sql = "INSERT INTO codes (tenant, digest, client, pool, user, issued_at, redeemed_at, check_at, doc)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let redeemed_at = code.redeemed.map(|redemption| redemption.at);
    let check_at = redeemed_at.unwrap_or(code.issued_at) + AuthorizationCode::REMEMBERED;
    let row = params![
        code.tenant.as_bytes(),
        code.digest.as_bytes(),
        code.client.as_bytes(),
        code.pool.as_bytes(),
        code.user.as_bytes(),
        code.issued_at.seconds(),
        redeemed_at.map(Instant::seconds),
        check_at.seconds(),
        doc::encode(code)
    ];
    taken(doc::execute(conn, sql, row), Conflict::Exists)?;
    Ok(())
}

fn redeem(conn: &Connection, tenant: TenantId, digest: Digest, grant: &Grant) -> Result<(), Failed> {
    let sql =
        "SELECT client, pool, user, issued_at, redeemed_at FROM codes WHERE tenant = ?1 AND digest = ?2";
    let found = conn
        .prepare_cached(sql)?
        .query_row(params![tenant.as_bytes(), digest.as_bytes()], |row| {
            Ok((
                (row.get(0)?, row.get(1)?, row.get(2)?),
                row.get::<_, i64>(3)?,
                row.get::<_, Option<i64>>(4)?,
            ))
        })
        .optional()?;
    let (parties, issued_at, redeemed_at): (([u8; 16], [u8; 16], [u8; 16]), _, _) =
        found.ok_or(Conflict::Missing)?;
    if redeemed_at.is_some() {
        return Err(Conflict::CodeSpent.into());
    }
    let (client, pool, user) = parties;
    let alive = "SELECT 1 FROM users, clients
                 WHERE users.tenant = ?1 AND users.pool = ?2 AND users.id = ?3
                   AND users.disabled = 0 AND users.epoch <= ?5
                   AND clients.tenant = ?1 AND clients.app_id = ?4 AND clients.disabled = 0 AND clients.epoch <= ?5";
    if !doc::exists(conn, alive, params![tenant.as_bytes(), pool, user, client, issued_at])? {
        return Err(Conflict::Epoch.into());
    }
    let mark = "UPDATE codes SET redeemed_at = ?3 WHERE tenant = ?1 AND digest = ?2";
    doc::execute(conn, mark, params![tenant.as_bytes(), digest.as_bytes(), grant.started_at.seconds()])?;
    insert_grant(conn, grant)
}

fn insert_grant(conn: &Connection, grant: &Grant) -> Result<(), Failed> {
    let sql = "INSERT INTO grants (tenant, id, client, pool, user, started_at, generation, secret_digest, rotated_at,
                 successor, idle_expiry, absolute_expiry, revoked_at, check_at, doc)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    let bound = Grant { refresh: None, revoked_at: None, ..grant.clone() };
    let family = grant.refresh.as_ref();
    let end =
        family.map_or(grant.started_at, |family| family.idle_expiry.min(family.absolute_expiry).instant());
    let row = params![
        grant.tenant.as_bytes(),
        grant.id.as_bytes(),
        grant.client.as_bytes(),
        grant.pool.as_bytes(),
        grant.user.as_bytes(),
        grant.started_at.seconds(),
        family.map(|family| family.generation),
        family.map(|family| *family.secret_digest.as_bytes()),
        family.map(|family| family.rotated_at.seconds()),
        family.and_then(|family| family.successor.as_deref()),
        family.map(|family| family.idle_expiry.instant().seconds()),
        family.map(|family| family.absolute_expiry.instant().seconds()),
        grant.revoked_at.map(Instant::seconds),
        (end + AuthorizationCode::REMEMBERED).seconds(),
        doc::encode(&bound)
    ];
    taken(doc::execute(conn, sql, row), Conflict::Exists)?;
    Ok(())
}

/// Removes every grant of a user.
pub(crate) fn delete_of_user(conn: &Connection, tenant: TenantId, user: UserId) -> Result<(), Failed> {
    doc::execute(
        conn,
        "DELETE FROM grants WHERE tenant = ?1 AND user = ?2",
        params![tenant.as_bytes(), user.as_bytes()],
    )?;
    Ok(())
}

/// Removes every grant of a client.
pub(crate) fn delete_of_client(conn: &Connection, tenant: TenantId, app: AppId) -> Result<(), Failed> {
    doc::execute(
        conn,
        "DELETE FROM grants WHERE tenant = ?1 AND client = ?2",
        params![tenant.as_bytes(), app.as_bytes()],
    )?;
    Ok(())
}

/// Names the precondition that kept a family from moving.
fn why_not_moved(
    conn: &Connection,
    (tenant, grant): (TenantId, GrantId),
    expected: u32,
    digest: Option<&Digest>,
) -> Result<Failed, Failed> {
    let sql = "SELECT 1 FROM grants WHERE tenant = ?1 AND id = ?2 AND generation = ?3 AND revoked_at IS NULL
                 AND (?4 IS NULL OR secret_digest = ?4)";
    let digest = digest.map(|digest| *digest.as_bytes());
    let current = doc::exists(conn, sql, params![tenant.as_bytes(), grant.as_bytes(), expected, digest])?;
    Ok(Failed::Conflict(if current { Conflict::Epoch } else { Conflict::Generation }))
}

fn moment(row: &Row<'_>, index: usize) -> rusqlite::Result<Instant> {
    row.get(index).map(Instant::from_seconds)
}

/// The user and the client as they are now must be enabled, and their epochs no later than the grant's start.
const ROTATE: &str = "UPDATE grants SET generation = ?5, secret_digest = ?6, rotated_at = ?7, successor = ?8,
    idle_expiry = ?9, absolute_expiry = ?10
  WHERE tenant = ?1 AND id = ?2 AND generation = ?3 AND secret_digest = ?4 AND revoked_at IS NULL
    AND EXISTS (SELECT 1 FROM users WHERE users.tenant = ?1 AND users.id = grants.user AND users.pool = grants.pool
      AND users.disabled = 0 AND users.epoch <= grants.started_at)
    AND EXISTS (SELECT 1 FROM clients WHERE clients.tenant = ?1 AND clients.app_id = grants.client
      AND clients.disabled = 0 AND clients.epoch <= grants.started_at)";

const TOUCH: &str = "UPDATE grants SET idle_expiry = ?4
  WHERE tenant = ?1 AND id = ?2 AND generation = ?3 AND revoked_at IS NULL
    AND EXISTS (SELECT 1 FROM users WHERE users.tenant = ?1 AND users.id = grants.user AND users.pool = grants.pool
      AND users.disabled = 0 AND users.epoch <= grants.started_at)
    AND EXISTS (SELECT 1 FROM clients WHERE clients.tenant = ?1 AND clients.app_id = grants.client
      AND clients.disabled = 0 AND clients.epoch <= grants.started_at)";

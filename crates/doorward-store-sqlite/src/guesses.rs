//! Guess budgets and single-use marks: charged before the guess is verified, one statement each.

use doorward_core::change::{Conflict, GuessChange};
use doorward_core::model::{Digest, Expiry, Instant};
use doorward_core::needs::BudgetKey;
use rusqlite::{Connection, OptionalExtension, params};
use std::time::Duration;

use crate::doc;
use crate::fault::{Failed, taken};

/// Applies one change.
pub(crate) fn apply(conn: &Connection, change: &GuessChange) -> Result<(), Failed> {
    match change {
        GuessChange::Charge { key, at, limit, window_secs } => charge(conn, key, *at, (*limit, *window_secs)),
        GuessChange::Clear(key) => {
            doc::execute(conn, "DELETE FROM budgets WHERE key = ?1", params![key.to_text()])?;
            Ok(())
        }
        GuessChange::Spend { id, until } => {
            let sql = "INSERT INTO spent (id, until) VALUES (?1, ?2)";
            taken(
                doc::execute(conn, sql, params![id.as_bytes(), until.instant().seconds()]),
                Conflict::Exists,
            )?;
            Ok(())
        }
    }
}

/// The guesses charged in the window that began last; whether that window is over is for the reader to judge.
pub(crate) fn count(conn: &Connection, key: &BudgetKey) -> Result<u32, Failed> {
    let sql = "SELECT count FROM budgets WHERE key = ?1";
    let count = conn.prepare_cached(sql)?.query_row(params![key.to_text()], |row| row.get(0)).optional()?;
    Ok(count.unwrap_or(0))
}

/// Whether the mark is set and not yet forgotten.
pub(crate) fn is_spent(conn: &Connection, mark: Digest) -> Result<bool, Failed> {
    let sql = "SELECT 1 FROM spent WHERE id = ?1";
    Ok(conn.prepare_cached(sql)?.exists(params![mark.as_bytes()])?)
}

/// One statement: begins a window, or counts in the running one while something is left.
fn charge(
    conn: &Connection,
    key: &BudgetKey,
    at: Instant,
    (limit, window_secs): (u32, u32),
) -> Result<(), Failed> {
    if limit == 0 {
        return Err(Conflict::BudgetSpent.into());
    }
    let ends_at = at + Duration::from_secs(u64::from(window_secs));
    let sql =
        "INSERT INTO budgets (key, tenant, count, started_at, ends_at, doc) VALUES (?1, ?2, 1, ?3, ?4, ?5)
               ON CONFLICT (key) DO UPDATE SET
                 count = CASE WHEN abs(?3 - started_at) >= ?6 THEN 1 ELSE count + 1 END,
                 started_at = CASE WHEN abs(?3 - started_at) >= ?6 THEN ?3 ELSE started_at END,
                 ends_at = CASE WHEN abs(?3 - started_at) >= ?6 THEN ?4 ELSE started_at + ?6 END
               WHERE abs(?3 - started_at) >= ?6 OR count < ?7";
    let charged = doc::execute(
        conn,
        sql,
        params![
            key.to_text(),
            key.tenant().as_bytes(),
            at.seconds(),
            ends_at.seconds(),
            doc::encode(key),
            window_secs,
            limit
        ],
    )?;
    if charged == 1 { Ok(()) } else { Err(Conflict::BudgetSpent.into()) }
}

/// Stores a budget of a dump.
pub(crate) fn load_budget(
    conn: &Connection,
    key: &BudgetKey,
    count: u32,
    started_at: Instant,
    ends_at: Expiry,
) -> Result<(), Failed> {
    let sql =
        "INSERT INTO budgets (key, tenant, count, started_at, ends_at, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (key) DO UPDATE SET
                 count = excluded.count, started_at = excluded.started_at, ends_at = excluded.ends_at";
    let tenant = key.tenant();
    doc::execute(
        conn,
        sql,
        params![
            key.to_text(),
            tenant.as_bytes(),
            count,
            started_at.seconds(),
            ends_at.instant().seconds(),
            doc::encode(key)
        ],
    )?;
    Ok(())
}

/// Stores a mark of a dump.
pub(crate) fn load_spent(conn: &Connection, id: &Digest, until: Expiry) -> Result<(), Failed> {
    let sql =
        "INSERT INTO spent (id, until) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET until = excluded.until";
    doc::execute(conn, sql, params![id.as_bytes(), until.instant().seconds()])?;
    Ok(())
}

//! Browser sessions: one document per cookie, replaced only by the version that follows it.

use doorward_core::change::{Conflict, SessionChange};
use doorward_core::model::{BrowserSession, Digest};
use doorward_store::StoreFault;
use rusqlite::{Connection, params};

use crate::doc;
use crate::fault::{Failed, taken};

/// Applies one change.
pub(crate) fn apply(conn: &Connection, change: &SessionChange) -> Result<(), Failed> {
    match change {
        SessionChange::End { digest } => end(conn, *digest),
        SessionChange::Put { session, replaces } => {
            match version(session)? {
                i64::MIN..=0 => return Err(Conflict::Changed.into()),
                1 => insert(conn, session)?,
                _ => replace(conn, session)?,
            }
            replaces.filter(|old| *old != session.digest).map_or(Ok(()), |old| end(conn, old))
        }
    }
}

/// Stores a session of a dump.
pub(crate) fn load(conn: &Connection, session: &BrowserSession) -> Result<(), Failed> {
    end(conn, session.digest)?;
    insert(conn, session)
}

fn insert(conn: &Connection, session: &BrowserSession) -> Result<(), Failed> {
    let sql = "INSERT INTO sessions (digest, version, expiry, doc) VALUES (?1, ?2, ?3, ?4)";
    let expiry = session.expiry.instant().seconds();
    let row = params![session.digest.as_bytes(), version(session)?, expiry, doc::encode(session)];
    taken(doc::execute(conn, sql, row), Conflict::Exists)?;
    index(conn, session)
}

fn replace(conn: &Connection, session: &BrowserSession) -> Result<(), Failed> {
    let sql =
        "UPDATE sessions SET version = ?2, expiry = ?3, doc = ?4 WHERE digest = ?1 AND version = ?2 - 1";
    let expiry = session.expiry.instant().seconds();
    let row = params![session.digest.as_bytes(), version(session)?, expiry, doc::encode(session)];
    if doc::execute(conn, sql, row)? != 1 {
        return Err(Conflict::Changed.into());
    }
    let sql = "DELETE FROM session_accounts WHERE digest = ?1";
    doc::execute(conn, sql, params![session.digest.as_bytes()])?;
    index(conn, session)
}

/// Tells whose session it is.
fn index(conn: &Connection, session: &BrowserSession) -> Result<(), Failed> {
    let sql =
        "INSERT INTO session_accounts (tenant, user, digest) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    for account in &session.accounts {
        let row = params![account.tenant.as_bytes(), account.user.as_bytes(), session.digest.as_bytes()];
        doc::execute(conn, sql, row)?;
    }
    Ok(())
}

fn end(conn: &Connection, digest: Digest) -> Result<(), Failed> {
    doc::execute(conn, "DELETE FROM sessions WHERE digest = ?1", params![digest.as_bytes()])?;
    Ok(())
}

fn version(session: &BrowserSession) -> Result<i64, Failed> {
    i64::try_from(session.version).map_err(|error| StoreFault::unavailable(error).into())
}

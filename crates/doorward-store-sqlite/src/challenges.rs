//! Open challenges: one document each, void as soon as another takes its place.

use doorward_core::change::{ChallengeChange, Conflict};
use doorward_core::model::{Challenge, Digest, TenantId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::doc;
use crate::fault::Failed;

/// Applies one change.
pub(crate) fn apply(conn: &Connection, change: &ChallengeChange) -> Result<(), Failed> {
    match change {
        ChallengeChange::Put(challenge) => store(conn, challenge),
        ChallengeChange::Spend { tenant, id, answer } => spend(conn, *tenant, *id, *answer),
    }
}

/// The challenge of that id.
pub(crate) fn find(
    conn: &Connection,
    tenant: TenantId,
    id: Digest,
) -> Result<Option<Box<Challenge>>, Failed> {
    let sql = "SELECT doc FROM challenges WHERE tenant = ?1 AND id = ?2";
    doc::one(conn, "challenges", sql, (params![tenant.as_bytes(), id.as_bytes()], &id.to_text()))
}

/// Stores a challenge; the earlier one of its id is void.
pub(crate) fn store(conn: &Connection, challenge: &Challenge) -> Result<(), Failed> {
    let sql = "INSERT INTO challenges (tenant, id, answer, expiry, doc) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT (tenant, id) DO UPDATE SET
                 answer = excluded.answer, expiry = excluded.expiry, doc = excluded.doc";
    let row = params![
        challenge.tenant.as_bytes(),
        challenge.id.as_bytes(),
        challenge.answer.as_bytes(),
        challenge.expiry.instant().seconds(),
        doc::encode(challenge)
    ];
    doc::execute(conn, sql, row)?;
    Ok(())
}

fn spend(conn: &Connection, tenant: TenantId, id: Digest, answer: Digest) -> Result<(), Failed> {
    let key = params![tenant.as_bytes(), id.as_bytes()];
    let stored: Option<[u8; 32]> = conn
        .prepare_cached("SELECT answer FROM challenges WHERE tenant = ?1 AND id = ?2")?
        .query_row(key, |row| row.get(0))
        .optional()?;
    match stored {
        None => Err(Conflict::Missing.into()),
        Some(stored) if stored != *answer.as_bytes() => Err(Conflict::Changed.into()),
        Some(_) => {
            doc::execute(conn, "DELETE FROM challenges WHERE tenant = ?1 AND id = ?2", key)?;
            Ok(())
        }
    }
}

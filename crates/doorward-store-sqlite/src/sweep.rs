//! Forgetting what is over. Codes and grants carry a moment at which to look at them, which rotations leave alone: a
//! row that was prolonged meanwhile is not removed but looked at later.

use doorward_core::model::{AuthorizationCode, Instant};
use doorward_store::Swept;
use rusqlite::{Connection, params};

use crate::fault::Failed;
use crate::{apply, doc};

/// Removes at most `limit` rows of each kind.
pub(crate) fn run(conn: &Connection, now: Instant, limit: u32) -> Result<Swept, Failed> {
    let mut sweep = Sweep { conn, now: now.seconds(), limit, more: false };
    let swept = Swept {
        budgets: sweep.remove("DELETE FROM budgets WHERE key IN (SELECT key FROM budgets WHERE ends_at <= ?1 LIMIT ?2)")?,
        codes: sweep.remove(
            "DELETE FROM codes WHERE rowid IN (SELECT rowid FROM codes WHERE check_at <= ?1 ORDER BY check_at LIMIT ?2)",
        )?,
        grants: sweep.grants()?,
        revoked_tokens: sweep.remove(
            "DELETE FROM revoked_tokens WHERE (tenant, jti) IN
               (SELECT tenant, jti FROM revoked_tokens WHERE until <= ?1 LIMIT ?2)",
        )?,
        sessions: sweep.remove(
            "DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions WHERE expiry <= ?1 LIMIT ?2)",
        )?,
        spent: sweep.remove("DELETE FROM spent WHERE id IN (SELECT id FROM spent WHERE until <= ?1 LIMIT ?2)")?,
        more: sweep.more,
    };
    apply::trim_config(conn)?;
    Ok(swept)
}

struct Sweep<'a> {
    conn: &'a Connection,
    now: i64,
    limit: u32,
    more: bool,
}

impl Sweep<'_> {
    fn remove(&mut self, sql: &str) -> Result<u64, Failed> {
        let removed = doc::execute(self.conn, sql, params![self.now, self.limit])? as u64;
        self.more |= removed > 0 && removed == u64::from(self.limit);
        Ok(removed)
    }

    fn grants(&mut self) -> Result<u64, Failed> {
        let remembered = i64::try_from(AuthorizationCode::REMEMBERED.as_secs()).expect("it is a day");
        let prolong = "UPDATE grants SET check_at = min(idle_expiry, absolute_expiry) + ?3
                       WHERE rowid IN (SELECT rowid FROM grants WHERE check_at <= ?1 ORDER BY check_at LIMIT ?2)
                         AND generation IS NOT NULL AND min(idle_expiry, absolute_expiry) + ?3 > ?1";
        let prolonged = doc::execute(self.conn, prolong, params![self.now, self.limit, remembered])?;
        // The rows in front that are still due are at most as many as were looked at.
        let due =
            self.limit - u32::try_from(prolonged).expect("no more rows were changed than the limit says");
        let sql = "DELETE FROM grants WHERE rowid IN
                     (SELECT rowid FROM grants WHERE check_at <= ?1 ORDER BY check_at LIMIT ?2)";
        let removed = doc::execute(self.conn, sql, params![self.now, due])?;
        self.more |= prolonged + removed > 0 && prolonged + removed == self.limit as usize;
        Ok(removed as u64)
    }
}

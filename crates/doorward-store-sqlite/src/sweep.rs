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
        budgets: sweep.remove(
            "DELETE FROM budgets WHERE key IN (SELECT key FROM budgets WHERE ends_at <= ?1 LIMIT ?2)",
        )?,
        challenges: sweep.remove(
            "DELETE FROM challenges WHERE (tenant, id) IN
               (SELECT tenant, id FROM challenges WHERE expiry <= ?1 LIMIT ?2)",
        )?,
        codes: sweep.due("codes", "redeemed_at + ?3")?,
        events: sweep.remove(
            "DELETE FROM events WHERE number IN (SELECT number FROM events WHERE until <= ?1 LIMIT ?2)",
        )?,
        grants: sweep.due("grants", "min(idle_expiry, absolute_expiry) + ?3")?,
        revocations: sweep.remove(
            "DELETE FROM revocations WHERE (tenant, key) IN
               (SELECT tenant, key FROM revocations WHERE until <= ?1 LIMIT ?2)",
        )?,
        revoked_tokens: sweep.remove(
            "DELETE FROM revoked_tokens WHERE (tenant, jti) IN
               (SELECT tenant, jti FROM revoked_tokens WHERE until <= ?1 LIMIT ?2)",
        )?,
        sessions: sweep.remove(
            "DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions WHERE expiry <= ?1 LIMIT ?2)",
        )?,
        spent: sweep
            .remove("DELETE FROM spent WHERE id IN (SELECT id FROM spent WHERE until <= ?1 LIMIT ?2)")?,
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

    /// Looks at the rows whose moment has come, of a table in which it may have moved since. `end` is an expression
    /// for the moment at which a row is over, null where it never moves; `?3` is the time for which it is remembered.
    fn due(&mut self, table: &str, end: &str) -> Result<u64, Failed> {
        let remembered = i64::try_from(AuthorizationCode::REMEMBERED.as_secs()).expect("it is a day");
        let looked_at = format!("SELECT rowid FROM {table} WHERE check_at <= ?1 ORDER BY check_at LIMIT ?2");
        let prolong =
            format!("UPDATE {table} SET check_at = {end} WHERE rowid IN ({looked_at}) AND {end} > ?1");
        let prolonged = doc::execute(self.conn, &prolong, params![self.now, self.limit, remembered])?;
        // Of the rows that were looked at, those that are over stand in front now.
        let over =
            self.limit - u32::try_from(prolonged).expect("no more rows were changed than the limit says");
        let delete =
            format!("DELETE FROM {table} WHERE rowid IN ({looked_at}) AND coalesce({end}, ?1) <= ?1");
        let removed = doc::execute(self.conn, &delete, params![self.now, over, remembered])?;
        self.more |= prolonged + removed > 0 && prolonged + removed == self.limit as usize;
        Ok(removed as u64)
    }
}

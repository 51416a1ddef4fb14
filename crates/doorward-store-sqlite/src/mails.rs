//! The outbox: what a mail says never changes, how far it got does.

use doorward_core::change::{Conflict, MailChange};
use doorward_core::model::{Instant, Mail, MailId};
use rusqlite::{Connection, Row, params};

use crate::doc;
use crate::fault::{Failed, taken};

/// The columns that [`row`] reads.
pub(crate) const COLUMNS: &str = "doc, attempts, next_attempt, last_error";

/// Applies one change.
pub(crate) fn apply(conn: &Connection, change: &MailChange) -> Result<(), Failed> {
    match change {
        MailChange::Postpone { id, attempts, next_attempt, error } => {
            let sql = "UPDATE mails SET attempts = ?2, next_attempt = ?3, last_error = ?4 WHERE id = ?1";
            doc::execute(conn, sql, params![id.as_bytes(), attempts, next_attempt.seconds(), error])?;
            Ok(())
        }
        MailChange::Queue(mail) => insert(conn, mail),
        MailChange::Remove(id) => remove(conn, *id),
    }
}

/// Stores a mail of a dump.
pub(crate) fn load(conn: &Connection, mail: &Mail) -> Result<(), Failed> {
    remove(conn, mail.id)?;
    insert(conn, mail)
}

/// Reads [`COLUMNS`].
pub(crate) fn row(row: &Row<'_>) -> Result<Mail, Failed> {
    let mail: Mail = doc::decode("mails", row.get_ref(0)?)?;
    Ok(Mail {
        attempts: row.get(1)?,
        next_attempt: Instant::from_seconds(row.get(2)?),
        last_error: row.get(3)?,
        ..mail
    })
}

fn insert(conn: &Connection, mail: &Mail) -> Result<(), Failed> {
    let sql = "INSERT INTO mails (id, tenant, next_attempt, attempts, last_error, doc)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = params![
        mail.id.as_bytes(),
        mail.tenant.map(|tenant| *tenant.as_bytes()),
        mail.next_attempt.seconds(),
        mail.attempts,
        mail.last_error,
        doc::encode(mail)
    ];
    taken(doc::execute(conn, sql, row), Conflict::Exists)?;
    Ok(())
}

fn remove(conn: &Connection, id: MailId) -> Result<(), Failed> {
    doc::execute(conn, "DELETE FROM mails WHERE id = ?1", params![id.as_bytes()])?;
    Ok(())
}

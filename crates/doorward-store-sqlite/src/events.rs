//! The request log: appended in batches, forgotten by age.

use doorward_core::model::Event;
use rusqlite::{Connection, params};

use crate::doc;
use crate::fault::Failed;

/// Adds lines.
pub(crate) fn append(conn: &Connection, events: &[Event]) -> Result<(), Failed> {
    for event in events {
        write(conn, None, event)?;
    }
    Ok(())
}

/// Stores a line of a dump in its place.
pub(crate) fn load(conn: &Connection, number: u64, event: &Event) -> Result<(), Failed> {
    let number = i64::try_from(number).map_err(doorward_store::StoreFault::unavailable)?;
    write(conn, Some(number), event)
}

/// The line of that trace id.
pub(crate) fn find(conn: &Connection, trace: &str) -> Result<Option<Box<Event>>, Failed> {
    let sql = "SELECT doc FROM events WHERE trace = ?1 ORDER BY number DESC LIMIT 1";
    doc::one(conn, "events", sql, (params![trace], &trace))
}

fn write(conn: &Connection, number: Option<i64>, event: &Event) -> Result<(), Failed> {
    let sql = "INSERT INTO events (number, trace, tenant, user, app, until, doc) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (number) DO UPDATE SET trace = excluded.trace, tenant = excluded.tenant,
                 user = excluded.user, app = excluded.app, until = excluded.until, doc = excluded.doc";
    let row = params![
        number,
        event.trace,
        event.tenant.map(|tenant| *tenant.as_bytes()),
        event.user.map(|user| *user.as_bytes()),
        event.app.map(|app| *app.as_bytes()),
        event.until.instant().seconds(),
        doc::encode(event)
    ];
    doc::execute(conn, sql, row)?;
    Ok(())
}

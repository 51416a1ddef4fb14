//! Everything out, and everything in: table by table, in the order in which rows refer to each other.

use doorward_core::model::{Digest, Expiry, Instant, TenantId};
use doorward_store::{DumpBatch, DumpCursor, DumpRow, StoreFault};
use rusqlite::types::{Type, Value};
use rusqlite::{Connection, Row, params_from_iter};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::directory::{clients, consents, flows, resources, roles, tenants, users};
use crate::fault::{Failed, corrupt};
use crate::{
    apply, audit, challenges, cursor, doc, events, grants, guesses, keys, mails, records, revocations,
    sessions,
};

/// One table of the dump: what is read, along which key, and how a row is understood.
struct Table {
    name: &'static str,
    columns: &'static str,
    key: &'static [(&'static str, Type)],
    read: fn(&Row<'_>) -> Result<DumpRow, Failed>,
}

const ROWID: &[(&str, Type)] = &[("rowid", Type::Integer)];

/// Parents before children.
const TABLES: &[Table] = &[
    Table {
        name: "records",
        columns: "name, bytes",
        key: &[("name", Type::Text)],
        read: |row| Ok(DumpRow::Record { name: row.get(0)?, bytes: row.get(1)? }),
    },
    Table { name: "tenants", columns: "doc", key: ROWID, read: |row| boxed(row, "tenants", DumpRow::Tenant) },
    Table { name: "pools", columns: "doc", key: ROWID, read: |row| boxed(row, "pools", DumpRow::Pool) },
    Table { name: "keys", columns: "doc", key: ROWID, read: |row| boxed(row, "keys", DumpRow::Key) },
    Table { name: "users", columns: "doc", key: ROWID, read: |row| boxed(row, "users", DumpRow::User) },
    Table { name: "clients", columns: "doc", key: ROWID, read: |row| boxed(row, "clients", DumpRow::Client) },
    Table {
        name: "resources",
        columns: "doc",
        key: ROWID,
        read: |row| boxed(row, "resources", DumpRow::Resource),
    },
    Table { name: "flows", columns: "doc", key: ROWID, read: |row| boxed(row, "flows", DumpRow::Flow) },
    Table {
        name: "consents",
        columns: "doc",
        key: ROWID,
        read: |row| boxed(row, "consents", DumpRow::Consent),
    },
    Table {
        name: "role_assignments",
        columns: roles::COLUMNS,
        key: ROWID,
        read: |row| Ok(DumpRow::RoleAssignment(Box::new(roles::row(row)?))),
    },
    Table {
        name: "codes",
        columns: "doc, redeemed_at",
        key: ROWID,
        read: |row| Ok(DumpRow::Code(Box::new(grants::code_row(row)?))),
    },
    Table {
        name: "grants",
        columns: grants::GRANT_COLUMNS,
        key: ROWID,
        read: |row| Ok(DumpRow::Grant(Box::new(grants::grant_row(row)?))),
    },
    Table {
        name: "sessions",
        columns: "doc",
        key: ROWID,
        read: |row| boxed(row, "sessions", DumpRow::Session),
    },
    Table {
        name: "budgets",
        columns: "doc, count, started_at, ends_at",
        key: &[("key", Type::Text)],
        read: |row| {
            Ok(DumpRow::Budget {
                key: doc::decode("budgets", row.get_ref(0)?)?,
                count: row.get(1)?,
                started_at: Instant::from_seconds(row.get(2)?),
                ends_at: expiry(row, 3)?,
            })
        },
    },
    Table {
        name: "spent",
        columns: "id, until",
        key: &[("id", Type::Blob)],
        read: |row| Ok(DumpRow::Spent { id: Digest::new(row.get(0)?), until: expiry(row, 1)? }),
    },
    Table {
        name: "revoked_tokens",
        columns: "tenant, jti, until",
        key: &[("tenant", Type::Blob), ("jti", Type::Text)],
        read: |row| {
            let tenant = TenantId::new(Uuid::from_bytes(row.get(0)?));
            Ok(DumpRow::RevokedToken { tenant, jti: row.get(1)?, until: expiry(row, 2)? })
        },
    },
    Table {
        name: "challenges",
        columns: "doc",
        key: ROWID,
        read: |row| boxed(row, "challenges", DumpRow::Challenge),
    },
    Table {
        name: "mails",
        columns: mails::COLUMNS,
        key: &[("id", Type::Blob)],
        read: |row| Ok(DumpRow::Mail(Box::new(mails::row(row)?))),
    },
    Table {
        name: "revocations",
        columns: "doc",
        key: ROWID,
        read: |row| boxed(row, "revocations", DumpRow::Revocation),
    },
    Table {
        name: "events",
        columns: "doc, number",
        key: &[("number", Type::Integer)],
        read: |row| {
            let number: i64 = row.get(1)?;
            Ok(DumpRow::Event {
                number: u64::try_from(number)
                    .map_err(|error| corrupt("events", "number", &number, &error))?,
                event: Box::new(doc::decode("events", row.get_ref(0)?)?),
            })
        },
    },
    Table {
        name: "audit",
        columns: "doc, number",
        key: &[("number", Type::Integer)],
        read: |row| {
            let number: i64 = row.get(1)?;
            Ok(DumpRow::Audit {
                number: u64::try_from(number).map_err(|error| corrupt("audit", "number", &number, &error))?,
                entry: Box::new(doc::decode("audit", row.get_ref(0)?)?),
            })
        },
    },
];

/// The next batch. A cursor names the table and the key of the last row read from it.
pub(crate) fn batch(conn: &Connection, cursor: Option<&DumpCursor>, limit: u32) -> Result<DumpBatch, Failed> {
    let limit = limit.clamp(1, 10_000) as usize;
    let (mut index, mut after) = match cursor {
        None => (0, None),
        Some(cursor) => position(cursor.as_str())?,
    };
    let mut rows = Vec::new();
    while let Some(table) = TABLES.get(index) {
        let last = table.read(conn, after.take(), limit - rows.len(), &mut rows)?;
        if rows.len() == limit {
            let next = last.map(|key| DumpCursor::new(cursor::write(table.name, &key)));
            return Ok(DumpBatch { rows, next });
        }
        index += 1;
    }
    Ok(DumpBatch { rows, next: None })
}

/// Stores rows as they are.
pub(crate) fn load(conn: &Connection, rows: &[DumpRow]) -> Result<(), Failed> {
    for row in rows {
        match row {
            DumpRow::Audit { number, entry } => audit::load(conn, *number, entry)?,
            DumpRow::Budget { key, count, started_at, ends_at } => {
                guesses::load_budget(conn, key, *count, *started_at, *ends_at)?;
            }
            DumpRow::Challenge(challenge) => challenges::store(conn, challenge)?,
            DumpRow::Client(client) => clients::load(conn, client)?,
            DumpRow::Code(code) => grants::load_code(conn, code)?,
            DumpRow::Consent(consent) => consents::store(conn, consent)?,
            DumpRow::Event { number, event } => events::load(conn, *number, event)?,
            DumpRow::Flow(flow) => flows::put(conn, flow)?,
            DumpRow::Grant(grant) => grants::load_grant(conn, grant)?,
            DumpRow::Key(key) => keys::store(conn, key)?,
            DumpRow::Mail(mail) => mails::load(conn, mail)?,
            DumpRow::Pool(pool) => tenants::store_pool(conn, pool)?,
            DumpRow::Record { name, bytes } => records::store(conn, name, bytes)?,
            DumpRow::Resource(resource) => resources::store(conn, resource)?,
            DumpRow::Revocation(revocation) => revocations::store(conn, revocation)?,
            DumpRow::RevokedToken { tenant, jti, until } => grants::revoke_token(conn, *tenant, jti, *until)?,
            DumpRow::RoleAssignment(assignment) => roles::load(conn, assignment)?,
            DumpRow::Session(session) => sessions::load(conn, session)?,
            DumpRow::Spent { id, until } => guesses::load_spent(conn, id, *until)?,
            DumpRow::Tenant(tenant) => tenants::store(conn, tenant)?,
            DumpRow::User(user) => users::load(conn, user)?,
        }
    }
    apply::reset_config(conn)
}

impl Table {
    /// Reads up to `limit` rows and returns the key of the last one.
    fn read(
        &self,
        conn: &Connection,
        after: Option<Vec<Value>>,
        limit: usize,
        into: &mut Vec<DumpRow>,
    ) -> Result<Option<Vec<Value>>, Failed> {
        let names = self.key.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let condition = match &after {
            None => String::new(),
            Some(key) => format!("WHERE ({names}) > ({})", vec!["?"; key.len()].join(", ")),
        };
        let sql = format!(
            "SELECT {}, {names} FROM {} {condition} ORDER BY {names} LIMIT {limit}",
            self.columns, self.name
        );
        let mut statement = conn.prepare(&sql)?;
        let first_key = statement.column_count() - self.key.len();
        let mut rows = statement.query(params_from_iter(after.unwrap_or_default()))?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            let key = (0..self.key.len()).map(|index| row.get(first_key + index));
            let key = key.collect::<Result<Vec<Value>, _>>()?;
            into.push((self.read)(row).map_err(|failed| failed.at(&cursor::write(self.name, &key)))?);
            last = Some(key);
        }
        Ok(last)
    }
}

fn position(text: &str) -> Result<(usize, Option<Vec<Value>>), StoreFault> {
    let name = text.split('.').next().unwrap_or_default();
    let index = TABLES.iter().position(|table| table.name == name).ok_or(StoreFault::InvalidCursor)?;
    let types: Vec<Type> = TABLES[index].key.iter().map(|(_, kind)| *kind).collect();
    Ok((index, Some(cursor::read(name, &types, text)?)))
}

fn boxed<T: DeserializeOwned>(
    row: &Row<'_>,
    table: &'static str,
    make: fn(Box<T>) -> DumpRow,
) -> Result<DumpRow, Failed> {
    Ok(make(Box::new(doc::decode(table, row.get_ref(0)?)?)))
}

fn expiry(row: &Row<'_>, index: usize) -> rusqlite::Result<Expiry> {
    row.get(index).map(|at| Expiry::at(Instant::from_seconds(at)))
}

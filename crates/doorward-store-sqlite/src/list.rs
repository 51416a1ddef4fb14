//! Listings of the directory, page by page along a key.

use doorward_core::model::{RoleHolder, TenantId, UserId};
use doorward_store::{Cursor, DirectoryQuery, Entry, Page, Paging};
use rusqlite::types::{Type, Value};
use rusqlite::{Connection, Row, params_from_iter};
use serde::de::DeserializeOwned;

use crate::directory::{name_key, roles};
use crate::fault::Failed;
use crate::{cursor, doc, grants, mails};

/// Answers one query.
pub(crate) fn page(conn: &Connection, query: &DirectoryQuery) -> Result<Page<Entry>, Failed> {
    listing(query).run(conn, query.page())
}

fn listing(query: &DirectoryQuery) -> Listing {
    match query {
        DirectoryQuery::Audit { tenant, .. } => {
            let listing = Listing::new("audit", &[("number", Type::Integer)], |row| {
                document(row, "audit", Entry::Audit)
            });
            match tenant {
                Some(tenant) => listing.latest_first().of(*tenant),
                None => listing.latest_first(),
            }
        }
        DirectoryQuery::Clients { tenant, .. } => {
            Listing::new("clients", &[("name_key", Type::Text)], |row| {
                document(row, "clients", Entry::Client)
            })
            .of(*tenant)
        }
        DirectoryQuery::Consents { tenant, client, user, .. } => {
            let key = &[("client", Type::Blob), ("principal", Type::Blob), ("resource", Type::Blob)];
            Listing::new("consents", key, |row| document(row, "consents", Entry::Consent))
                .of(*tenant)
                .only("client = ?", client.map(|client| blob(client.as_bytes())))
                .only("user = ?", user.map(|user| blob(user.as_bytes())))
        }
        DirectoryQuery::Events { tenant, app, user, .. } => {
            Listing::new("events", &[("number", Type::Integer)], |row| document(row, "events", Entry::Event))
                .latest_first()
                .only("tenant = ?", tenant.map(|tenant| blob(tenant.as_bytes())))
                .only("app = ?", app.map(|app| blob(app.as_bytes())))
                .only("user = ?", user.map(|user| blob(user.as_bytes())))
        }
        DirectoryQuery::Flows { tenant, .. } => {
            Listing::new("flows", &[("name", Type::Text)], |row| document(row, "flows", Entry::Flow))
                .of(*tenant)
        }
        DirectoryQuery::Grants { tenant, user, client, .. } => {
            Listing::new("grants", &[("id", Type::Blob)], |row| {
                Ok(Entry::Grant(Box::new(grants::grant_row(row)?)))
            })
            .columns(grants::GRANT_COLUMNS)
            .of(*tenant)
            .only("user = ?", user.map(|user| blob(user.as_bytes())))
            .only("client = ?", client.map(|client| blob(client.as_bytes())))
        }
        DirectoryQuery::Keys { tenant, .. } => {
            Listing::new("keys", &[("kid", Type::Text)], |row| document(row, "keys", Entry::Key)).of(*tenant)
        }
        DirectoryQuery::Mails { .. } => {
            let key = &[("next_attempt", Type::Integer), ("id", Type::Blob)];
            Listing::new("mails", key, |row| Ok(Entry::Mail(Box::new(mails::row(row)?))))
                .columns(mails::COLUMNS)
        }
        DirectoryQuery::Pools { tenant, .. } => {
            let key = &[("name", Type::Text), ("id", Type::Blob)];
            Listing::new("pools", key, |row| document(row, "pools", Entry::Pool)).of(*tenant)
        }
        DirectoryQuery::Resources { tenant, .. } => {
            Listing::new("resources", &[("name_key", Type::Text)], |row| {
                document(row, "resources", Entry::Resource)
            })
            .of(*tenant)
        }
        DirectoryQuery::RoleAssignments { tenant, holder, resource, .. } => {
            let key = &[
                ("kind", Type::Text),
                ("holder", Type::Blob),
                ("resource", Type::Blob),
                ("role", Type::Blob),
            ];
            Listing::new("role_assignments", key, |row| Ok(Entry::RoleAssignment(Box::new(roles::row(row)?))))
                .columns(roles::COLUMNS)
                .of(*tenant)
                .held_by(*holder)
                .only("resource = ?", resource.map(|resource| blob(resource.as_bytes())))
        }
        DirectoryQuery::Sessions { tenant, user, .. } => {
            Listing::new("sessions", &[("digest", Type::Blob)], |row| {
                document(row, "sessions", Entry::Session)
            })
            .of_user(*tenant, *user)
        }
        DirectoryQuery::Tenants { .. } => {
            Listing::new("tenants", &[("name", Type::Text)], |row| document(row, "tenants", Entry::Tenant))
        }
        DirectoryQuery::Users { tenant, pool, search, .. } => {
            let key = &[("sort_name", Type::Text), ("id", Type::Blob)];
            Listing::new("users", key, |row| document(row, "users", Entry::User))
                .of(*tenant)
                .only("pool = ?", pool.map(|pool| blob(pool.as_bytes())))
                .found_by(*tenant, search.as_deref())
        }
    }
}

/// A listing under construction: fixed pieces of SQL and the values that fill them.
struct Listing {
    table: &'static str,
    key: Vec<(&'static str, Type)>,
    columns: &'static str,
    descending: bool,
    conditions: Vec<&'static str>,
    values: Vec<Value>,
    read: fn(&Row<'_>) -> Result<Entry, Failed>,
}

impl Listing {
    fn new(
        table: &'static str,
        key: &[(&'static str, Type)],
        read: fn(&Row<'_>) -> Result<Entry, Failed>,
    ) -> Self {
        let (conditions, values) = (Vec::new(), Vec::new());
        Self { table, key: key.to_vec(), columns: "doc", descending: false, conditions, values, read }
    }

    fn columns(mut self, columns: &'static str) -> Self {
        self.columns = columns;
        self
    }

    fn latest_first(mut self) -> Self {
        self.descending = true;
        self
    }

    fn only(mut self, condition: &'static str, value: Option<Value>) -> Self {
        if let Some(value) = value {
            self.conditions.push(condition);
            self.values.push(value);
        }
        self
    }

    fn of(self, tenant: TenantId) -> Self {
        self.only("tenant = ?", Some(blob(tenant.as_bytes())))
    }

    fn held_by(self, holder: Option<RoleHolder>) -> Self {
        let Some(holder) = holder else { return self };
        let (kind, id) = roles::holder_key(holder);
        self.only("kind = ?", Some(Value::Text(kind.to_owned()))).only("holder = ?", Some(blob(&id)))
    }

    fn of_user(mut self, tenant: TenantId, user: UserId) -> Self {
        self.conditions.push("digest IN (SELECT digest FROM session_accounts WHERE tenant = ? AND user = ?)");
        self.values.extend([blob(tenant.as_bytes()), blob(user.as_bytes())]);
        self
    }

    fn found_by(mut self, tenant: TenantId, search: Option<&str>) -> Self {
        let Some(prefix) = search.map(name_key).filter(|prefix| !prefix.is_empty()) else { return self };
        // No text that begins with the prefix is greater than the prefix followed by the last character there is.
        let end = format!("{prefix}\u{10ffff}");
        self.conditions.push(
            "id IN (SELECT user FROM sign_in_names WHERE tenant = ? AND canonical >= ? AND canonical <= ?
                    UNION SELECT id FROM users WHERE tenant = ? AND display_key >= ? AND display_key <= ?)",
        );
        for _ in 0..2 {
            let range = [blob(tenant.as_bytes()), Value::Text(prefix.clone()), Value::Text(end.clone())];
            self.values.extend(range);
        }
        self
    }

    fn run(self, conn: &Connection, paging: &Paging) -> Result<Page<Entry>, Failed> {
        let (table, width, read) = (self.table, self.key.len(), self.read);
        let limit = usize::try_from(paging.limit()).expect("a page has at most 1000 rows");
        let (sql, values) = self.statement(paging)?;
        let mut statement = conn.prepare_cached(&sql)?;
        let first_key = statement.column_count() - width;
        let mut rows = statement.query(params_from_iter(values))?;
        let (mut entries, mut last) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next()? {
            if entries.len() == limit {
                return Ok(Page { entries, next: Some(Cursor::new(cursor::write(table, &last))) });
            }
            last = (0..width).map(|index| row.get(first_key + index)).collect::<Result<Vec<_>, _>>()?;
            entries.push(read(row).map_err(|failed| failed.at(&cursor::write(table, &last)))?);
        }
        Ok(Page { entries, next: None })
    }

    /// The statement of a page: the columns, then the key, one row more than asked for.
    fn statement(mut self, paging: &Paging) -> Result<(String, Vec<Value>), Failed> {
        let types: Vec<Type> = self.key.iter().map(|(_, kind)| *kind).collect();
        let names = self.key.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let order = if self.descending { " DESC" } else { "" };
        let ordered = names.iter().map(|name| format!("{name}{order}")).collect::<Vec<_>>().join(", ");
        let mut conditions: Vec<String> =
            self.conditions.iter().map(|&condition| condition.to_owned()).collect();
        if let Some(after) = paging.cursor() {
            let marks = vec!["?"; names.len()].join(", ");
            let side = if self.descending { "<" } else { ">" };
            conditions.push(format!("({}) {side} ({marks})", names.join(", ")));
            self.values.extend(cursor::read(self.table, &types, after.as_str())?);
        }
        let filter =
            if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
        self.values.push(Value::Integer(i64::from(paging.limit()) + 1));
        let (columns, names, table) = (self.columns, names.join(", "), self.table);
        let sql = format!("SELECT {columns}, {names} FROM {table} {filter} ORDER BY {ordered} LIMIT ?");
        Ok((sql, self.values))
    }
}

fn document<T: DeserializeOwned>(
    row: &Row<'_>,
    table: &'static str,
    entry: fn(Box<T>) -> Entry,
) -> Result<Entry, Failed> {
    Ok(entry(Box::new(doc::decode(table, row.get_ref(0)?)?)))
}

fn blob(bytes: &[u8]) -> Value {
    Value::Blob(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use doorward_core::model::{AppId, PoolId, ResourceId};

    use super::*;

    /// How SQLite would run the second page of a listing.
    fn plan(conn: &Connection, query: &DirectoryQuery) -> String {
        let listing = listing(query);
        let key: Vec<Value> = listing
            .key
            .iter()
            .map(|(_, kind)| match kind {
                Type::Integer => Value::Integer(1),
                Type::Text => Value::Text("x".to_owned()),
                _ => Value::Blob(vec![1; 16]),
            })
            .collect();
        let cursor = Cursor::new(cursor::write(listing.table, &key));
        let (sql, values) = listing.statement(&query.page().after(cursor)).unwrap();
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let steps = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
    }

    #[test]
    fn a_page_is_reached_without_reading_what_is_before_it() {
        let conn = Connection::open_in_memory().unwrap();
        crate::migrate::run(&conn, Path::new("test.db")).unwrap();
        let tenant = TenantId::random([1; 16]);
        let (app, user) = (AppId::random([2; 16]), UserId::random([3; 16]));
        let (pool, resource) = (PoolId::random([4; 16]), ResourceId::random([5; 16]));
        let page = Paging::first;
        for query in [
            DirectoryQuery::Audit { tenant: None, page: page() },
            DirectoryQuery::Audit { tenant: Some(tenant), page: page() },
            DirectoryQuery::Clients { tenant, page: page() },
            DirectoryQuery::Consents { tenant, client: None, user: None, page: page() },
            DirectoryQuery::Consents { tenant, client: Some(app), user: None, page: page() },
            DirectoryQuery::Events { tenant: None, app: None, user: None, page: page() },
            DirectoryQuery::Events { tenant: Some(tenant), app: None, user: None, page: page() },
            DirectoryQuery::Events { tenant: Some(tenant), app: Some(app), user: None, page: page() },
            DirectoryQuery::Events { tenant: Some(tenant), app: None, user: Some(user), page: page() },
            DirectoryQuery::Mails { page: page() },
            DirectoryQuery::Sessions { tenant, user, page: page() },
            DirectoryQuery::Flows { tenant, page: page() },
            DirectoryQuery::Grants { tenant, user: None, client: None, page: page() },
            DirectoryQuery::Grants { tenant, user: Some(user), client: None, page: page() },
            DirectoryQuery::Grants { tenant, user: None, client: Some(app), page: page() },
            DirectoryQuery::Keys { tenant, page: page() },
            DirectoryQuery::Pools { tenant, page: page() },
            DirectoryQuery::Resources { tenant, page: page() },
            DirectoryQuery::RoleAssignments { tenant, holder: None, resource: None, page: page() },
            DirectoryQuery::RoleAssignments {
                tenant,
                holder: Some(RoleHolder::User(user)),
                resource: Some(resource),
                page: page(),
            },
            DirectoryQuery::Tenants { page: page() },
            DirectoryQuery::Users { tenant, pool: None, search: None, page: page() },
            DirectoryQuery::Users { tenant, pool: Some(pool), search: None, page: page() },
        ] {
            let plan = plan(&conn, &query);
            assert!(plan.starts_with("SEARCH"), "{query:?}: {plan}");
            assert!(!plan.contains("TEMP B-TREE") && !plan.contains("SCAN"), "{query:?}: {plan}");
        }
    }
}

//! Changes, one after the other inside the writer's savepoint, and the configuration log that they leave.

use doorward_core::change::{Change, DirectoryChange};
use doorward_store::{ConfigKey, ConfigLog, config_keys};
use rusqlite::{Connection, params};

use crate::fault::{Failed, corrupt};
use crate::{audit, challenges, directory, doc, grants, guesses, keys, mails, revocations, sessions};

/// More keys than this are not worth telling one by one.
const MOST_KEYS: u64 = 1000;
/// So many versions stay in the log.
const LOG_LENGTH: i64 = 10_000;

/// Applies all changes; the caller's savepoint undoes them when one fails.
pub(crate) fn all(conn: &Connection, changes: &[Change]) -> Result<(), Failed> {
    for change in changes {
        match change {
            Change::Audit(entry) => audit::append(conn, entry)?,
            Change::Challenge(change) => challenges::apply(conn, change)?,
            Change::Directory(change) => directory_change(conn, change)?,
            Change::Grant(change) => grants::apply(conn, change)?,
            Change::Guess(change) => guesses::apply(conn, change)?,
            Change::Key(change) => keys::apply(conn, change)?,
            Change::Mail(change) => mails::apply(conn, change)?,
            Change::Revocation(revocation) => revocations::store(conn, revocation)?,
            Change::Session(change) => sessions::apply(conn, change)?,
        }
    }
    let keys: Vec<ConfigKey> = changes.iter().flat_map(config_keys).collect();
    log_config(conn, &keys)
}

fn directory_change(conn: &Connection, change: &DirectoryChange) -> Result<(), Failed> {
    use directory::{clients, consents, flows, resources, roles, tenants, users};
    match change {
        DirectoryChange::AssignRole(row) => roles::assign(conn, row),
        DirectoryChange::CreateTenant(tenant, pool) => tenants::create(conn, tenant, pool),
        DirectoryChange::CreateUser(user) => users::create(conn, user),
        DirectoryChange::DeleteClient(tenant, app) => clients::delete(conn, *tenant, *app),
        DirectoryChange::DeleteFlow(tenant, name) => flows::delete(conn, *tenant, name),
        DirectoryChange::DeleteResource(tenant, id) => resources::delete(conn, *tenant, *id),
        DirectoryChange::DeleteTenant(tenant) => tenants::delete(conn, *tenant),
        DirectoryChange::DeleteUser(tenant, pool, user) => users::delete(conn, *tenant, *pool, *user),
        DirectoryChange::ExtendConsent(consent) => consents::extend(conn, consent),
        DirectoryChange::PutFlow(flow) => flows::put(conn, flow),
        DirectoryChange::RegisterClient(client) => clients::register(conn, client),
        DirectoryChange::RegisterResource(resource) => resources::register(conn, resource),
        DirectoryChange::UnassignRole(row) => roles::unassign(conn, row),
        DirectoryChange::UpdateClient { before, after } => clients::update(conn, before, after),
        DirectoryChange::UpdateResource { before, after } => resources::update(conn, before, after),
        DirectoryChange::UpdateTenant { before, after } => tenants::update(conn, before, after),
        DirectoryChange::UpdateUser { before, after } => users::update(conn, before, after),
        DirectoryChange::WithdrawConsent { tenant, client, resource, principal, scopes } => {
            let row = consents::Row {
                tenant: *tenant,
                client: *client,
                resource: *resource,
                principal: *principal,
            };
            consents::withdraw(conn, &row, scopes.as_ref())
        }
    }
}

/// Numbers the keys onwards from the version row. The writer being one, commit order is version order.
fn log_config(conn: &Connection, keys: &[ConfigKey]) -> Result<(), Failed> {
    for key in keys {
        doc::execute(conn, "UPDATE config_version SET version = version + 1", [])?;
        doc::execute(
            conn,
            "INSERT INTO config_log (version, key) SELECT version, ?1 FROM config_version",
            params![doc::plain(key)],
        )?;
    }
    Ok(())
}

/// Makes every cache drop everything.
pub(crate) fn reset_config(conn: &Connection) -> Result<(), Failed> {
    doc::execute(conn, "UPDATE config_version SET version = version + 1, floor = version + 1", [])?;
    doc::execute(conn, "DELETE FROM config_log", [])?;
    Ok(())
}

/// Forgets the far end of the log.
pub(crate) fn trim_config(conn: &Connection) -> Result<(), Failed> {
    doc::execute(conn, "UPDATE config_version SET floor = max(floor, version - ?1)", params![LOG_LENGTH])?;
    doc::execute(conn, "DELETE FROM config_log WHERE version <= (SELECT floor FROM config_version)", [])?;
    Ok(())
}

/// The keys that changed after a version.
pub(crate) fn config_since(conn: &Connection, since: u64) -> Result<ConfigLog, Failed> {
    let (version, floor): (i64, i64) = conn
        .prepare_cached("SELECT version, floor FROM config_version")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let number = |column, value: i64| {
        u64::try_from(value).map_err(|error| corrupt("config_version", column, &"1", &error))
    };
    let (version, floor) = (number("version", version)?, number("floor", floor)?);
    // Data that was restored from an older copy is behind a cache that saw the later one.
    let reset = since < floor || since > version || version - since > MOST_KEYS;
    let keys = if reset {
        Vec::new()
    } else {
        let since =
            i64::try_from(since).map_err(|error| corrupt("config_version", "version", &"1", &error))?;
        let sql = "SELECT key FROM config_log WHERE version > ?1 ORDER BY version";
        doc::many(conn, "config_log", sql, params![since])?
    };
    Ok(ConfigLog { version, keys, reset })
}

/// Writes what nobody reads, to see whether writing works. It needs as much room as a large request: a single page often
/// still fits on a disk that is full for everybody else.
pub(crate) fn touch(conn: &Connection) -> Result<(), Failed> {
    let sql = "INSERT INTO records (name, bytes) VALUES ('probe', zeroblob(65536))
               ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes";
    doc::execute(conn, sql, [])?;
    Ok(())
}

//! Users and the names that lead to them.

use std::collections::BTreeMap;

use doorward_core::change::Conflict;
use doorward_core::model::{PoolId, SignInKind, SignInName, Tenant, TenantId, User, UserId};
use rusqlite::{Connection, params};

use super::{name_key, tenants};
use crate::fault::{Failed, taken};
use crate::{doc, grants};

/// A new user.
pub(crate) fn create(conn: &Connection, user: &User) -> Result<(), Failed> {
    let tenant = tenants::find(conn, user.tenant)?.ok_or(Conflict::Missing)?;
    if !tenants::pool_exists(conn, user.tenant, user.pool)? {
        return Err(Conflict::Missing.into());
    }
    let sql = "INSERT INTO users (tenant, pool, id, local_id, sort_name, display_key, disabled, epoch, doc)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    taken(write(conn, sql, user), Conflict::NameTaken)?;
    index_names(conn, &tenant, user)
}

/// Changes a user.
pub(crate) fn update(conn: &Connection, before: &User, after: &User) -> Result<(), Failed> {
    let stored = find_in_pool(conn, before.tenant, before.pool, before.id)?.ok_or(Conflict::Missing)?;
    let same_key = (before.tenant, before.pool, before.id) == (after.tenant, after.pool, after.id);
    if stored != *before || !same_key {
        return Err(Conflict::Changed.into());
    }
    let sql = "UPDATE users SET local_id = ?4, sort_name = ?5, display_key = ?6, disabled = ?7, epoch = ?8, doc = ?9
               WHERE tenant = ?1 AND pool = ?2 AND id = ?3";
    taken(write(conn, sql, after), Conflict::NameTaken)?;
    if before.sign_in_names == after.sign_in_names {
        return Ok(());
    }
    let tenant = tenants::find(conn, after.tenant)?.ok_or(Conflict::Missing)?;
    forget_names(conn, after)?;
    index_names(conn, &tenant, after)
}

/// Removes a user; names, consents and assignments follow by foreign keys.
pub(crate) fn delete(conn: &Connection, tenant: TenantId, pool: PoolId, user: UserId) -> Result<(), Failed> {
    let sql = "DELETE FROM users WHERE tenant = ?1 AND pool = ?2 AND id = ?3";
    if doc::execute(conn, sql, params![tenant.as_bytes(), pool.as_bytes(), user.as_bytes()])? == 0 {
        return Err(Conflict::Missing.into());
    }
    grants::delete_of_user(conn, tenant, user)
}

/// Stores a user of a dump.
pub(crate) fn load(conn: &Connection, user: &User) -> Result<(), Failed> {
    let tenant = tenants::find(conn, user.tenant)?.ok_or(Conflict::Missing)?;
    let sql = "INSERT INTO users (tenant, pool, id, local_id, sort_name, display_key, disabled, epoch, doc)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
               ON CONFLICT (tenant, id) DO UPDATE SET pool = excluded.pool, local_id = excluded.local_id,
                 sort_name = excluded.sort_name, display_key = excluded.display_key, disabled = excluded.disabled,
                 epoch = excluded.epoch, doc = excluded.doc";
    taken(write(conn, sql, user), Conflict::NameTaken)?;
    forget_names(conn, user)?;
    index_names(conn, &tenant, user)
}

/// The user with that id, in whichever pool.
pub(crate) fn find(conn: &Connection, tenant: TenantId, user: UserId) -> Result<Option<User>, Failed> {
    let sql = "SELECT doc FROM users WHERE tenant = ?1 AND id = ?2";
    doc::one(conn, "users", sql, (params![tenant.as_bytes(), user.as_bytes()], &user))
}

/// The user with that id in that pool.
pub(crate) fn find_in_pool(
    conn: &Connection,
    tenant: TenantId,
    pool: PoolId,
    user: UserId,
) -> Result<Option<User>, Failed> {
    let sql = "SELECT doc FROM users WHERE tenant = ?1 AND id = ?2 AND pool = ?3";
    doc::one(conn, "users", sql, (params![tenant.as_bytes(), user.as_bytes(), pool.as_bytes()], &user))
}

/// The user with that proven sign-in name or user principal name.
pub(crate) fn find_by_name(
    conn: &Connection,
    tenant: TenantId,
    pool: PoolId,
    canonical: &str,
) -> Result<Option<User>, Failed> {
    let sql = "SELECT doc FROM sign_in_names AS name JOIN users ON users.tenant = name.tenant AND users.id = name.user
               WHERE name.tenant = ?1 AND name.pool = ?2 AND name.canonical = ?3 AND name.kind <> 'claimed'";
    doc::one(conn, "users", sql, (params![tenant.as_bytes(), pool.as_bytes(), canonical], &"found by name"))
}

/// Enters the names of a user who has none in the table yet.
pub(crate) fn index_names(conn: &Connection, tenant: &Tenant, user: &User) -> Result<(), Failed> {
    let sql = "INSERT INTO sign_in_names (tenant, canonical, pool, user, kind) VALUES (?1, ?2, ?3, ?4, ?5)";
    let (pool, id) = (user.pool.as_bytes(), user.id.as_bytes());
    for (canonical, kind) in names(tenant, user) {
        let row = params![user.tenant.as_bytes(), canonical, pool, id, kind.as_str()];
        taken(doc::execute(conn, sql, row), Conflict::NameTaken)?;
        let Some(rival) = kind.rival() else { continue };
        let clash = "SELECT 1 FROM sign_in_names
                     WHERE tenant = ?1 AND canonical = ?2 AND pool = ?3 AND user <> ?4 AND kind = ?5";
        if doc::exists(conn, clash, params![user.tenant.as_bytes(), canonical, pool, id, rival.as_str()])? {
            return Err(Conflict::NameTaken.into());
        }
    }
    Ok(())
}

/// What a name is to its account; a name that is several things is the first of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum NameKind {
    /// The user principal name.
    Principal,
    /// A name to sign in with.
    SignIn,
    /// An e-mail address that nobody proved.
    Claimed,
}

impl NameKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Principal => "upn",
            Self::SignIn => "name",
            Self::Claimed => "claimed",
        }
    }

    /// What it may not equal, beyond what the unique index keeps apart: somebody's user principal name shall not be
    /// somebody else's e-mail address, proven or not (Settled 30).
    fn rival(self) -> Option<Self> {
        match self {
            Self::Principal => Some(Self::Claimed),
            Self::SignIn => None,
            Self::Claimed => Some(Self::Principal),
        }
    }
}

fn names(tenant: &Tenant, user: &User) -> BTreeMap<String, NameKind> {
    let mut all = BTreeMap::new();
    let mut enter = |canonical: String, kind: NameKind| {
        all.entry(canonical).and_modify(|held: &mut NameKind| *held = kind.min(*held)).or_insert(kind);
    };
    for name in &user.sign_in_names {
        match name.kind {
            SignInKind::Email if !name.proven => enter(name.canonical.clone(), NameKind::Claimed),
            SignInKind::Email => enter(name.canonical.clone(), NameKind::SignIn),
            SignInKind::UserName => {
                enter(name.canonical.clone(), NameKind::SignIn);
                let principal = tenant.user_principal_name(&name.canonical);
                enter(SignInName::canonical_form(&principal), NameKind::Principal);
            }
        }
    }
    all
}

fn forget_names(conn: &Connection, user: &User) -> Result<(), Failed> {
    let sql = "DELETE FROM sign_in_names WHERE tenant = ?1 AND user = ?2";
    doc::execute(conn, sql, params![user.tenant.as_bytes(), user.id.as_bytes()])?;
    Ok(())
}

fn write(conn: &Connection, sql: &str, user: &User) -> rusqlite::Result<usize> {
    let row = params![
        user.tenant.as_bytes(),
        user.pool.as_bytes(),
        user.id.as_bytes(),
        user.local_id,
        name_key(user.sign_in_name()),
        name_key(&user.display_name),
        user.disabled,
        user.epoch.seconds(),
        doc::encode(user)
    ];
    doc::execute(conn, sql, row)
}

//! What ends, and how those hear of it who verify tokens without asking (Settled 10).
//!
//! Owns two rules: which lines of the revocation feed a commit writes ([`lines`]), and how the lines read on the wire
//! ([`feed`]). The first looks at the changes themselves and not at the requests behind them, so that no door, command
//! or later feature can end something without saying so. Does not own: the checks at our own endpoints, which read the
//! store ([`crate::bearer`]), the signature of the feed and its travel (`doorward-server`), nor its reading
//! (`doorward-guard`).
//!
//! | event | line | at an enforcer |
//! |---|---|---|
//! | grant revoked: at the revocation endpoint, by a replayed code, by a reused refresh token | the grant | 401 |
//! | access token revoked | its `jti` | 401 |
//! | user disabled, deleted, password changed or reset, role taken, signed out everywhere | the user, up to now | 401 |
//! | application disabled, deleted, secret withdrawn with its grants | the client, up to now | 401 |
//! | API disabled or deleted | the API, up to now | 401 |
//! | tenant disabled | everything, up to now | 401 |
//! | signing key withdrawn in an emergency | the key | 401 |
//! | consent withdrawn, pre-authorisation taken away | (client, API, person or all, scopes) up to now | permission absent: 403 |
//! | app role unassigned | (holder, API, role) up to now | permission absent: 403 |
//! | scope or role removed from an API, or switched off | (API, permission) up to now | permission absent: 403 |

mod feed;

pub use feed::{FeedLines, feed, is_pairwise, names_people, needs};

use std::time::Duration;

use crate::change::{Change, DirectoryChange, GrantChange};
use crate::model::{
    AppId, Client, ClientId, Expiry, Instant, Principal, Resource, Revocation, Revoked, ScopeSet, TenantId,
    User,
};

/// The lines that go with these changes, for the same commit. What a rule wrote itself is not repeated.
pub fn lines(changes: &[Change], now: Instant) -> Vec<Revocation> {
    let written: Vec<String> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Revocation(line) => Some(line.what.key()),
            _ => None,
        })
        .collect();
    let mut all: Vec<Revocation> = Vec::new();
    for line in changes.iter().flat_map(|change| of(change, now)) {
        let key = line.what.key();
        if !written.contains(&key) && !all.iter().any(|known| known.what.key() == key) {
            all.push(line);
        }
    }
    all
}

fn of(change: &Change, now: Instant) -> Vec<Revocation> {
    match change {
        Change::Directory(change) => of_directory(change, now),
        Change::Grant(change) => of_grant(change, now).into_iter().collect(),
        // A key that leaves at the end of its life signed nothing that still lives; an emergency writes its own line.
        Change::Key(_)
        | Change::Audit(_)
        | Change::Challenge(_)
        | Change::Guess(_)
        | Change::Mail(_)
        | Change::Revocation(_)
        // Applications keep what they were given when a browser signs out; ending a grant is a change of its own.
        | Change::Session(_) => Vec::new(),
    }
}

fn of_grant(change: &GrantChange, now: Instant) -> Option<Revocation> {
    match change {
        GrantChange::RevokeGrant { tenant, grant, at } => {
            Some(Revocation::new(*tenant, Revoked::Grant(*grant), *at))
        }
        GrantChange::RevokeToken { tenant, jti, until } => {
            let what = Revoked::Token(jti.clone());
            // The list in the store and the feed forget it together, leeway of verifiers included.
            let until = Expiry::at(until.instant() + LEEWAY);
            Some(Revocation { tenant: *tenant, what, at: now, until })
        }
        GrantChange::IssueCode(_)
        | GrantChange::RedeemCode { .. }
        | GrantChange::RotateRefresh { .. }
        | GrantChange::TouchRefresh { .. } => None,
    }
}

/// The largest clock skew that a verifier tolerates.
const LEEWAY: Duration = Duration::from_mins(5);

fn of_directory(change: &DirectoryChange, now: Instant) -> Vec<Revocation> {
    match change {
        DirectoryChange::UpdateTenant { before, after } => {
            let ends = after.disabled && !before.disabled;
            ends.then(|| Revocation::new(after.id, Revoked::Tenant, now)).into_iter().collect()
        }
        DirectoryChange::UpdateUser { before, after } => user(before, after, now).into_iter().collect(),
        DirectoryChange::DeleteUser(tenant, _, id) => {
            vec![Revocation::new(*tenant, Revoked::User(*id), now)]
        }
        DirectoryChange::UpdateClient { before, after } => client(before, after, now).into_iter().collect(),
        DirectoryChange::DeleteClient(tenant, app) => vec![deleted_client(*tenant, *app, now)],
        DirectoryChange::UpdateResource { before, after } => api(before, after, now),
        DirectoryChange::DeleteResource(tenant, id) => {
            vec![Revocation::new(*tenant, Revoked::Api(*id), now)]
        }
        DirectoryChange::WithdrawConsent { tenant, client, resource, principal, scopes } => {
            let (client, resource, principal) = (*client, *resource, *principal);
            let what = Revoked::Consent { client, resource, principal, scopes: scopes.clone() };
            vec![Revocation::new(*tenant, what, now)]
        }
        DirectoryChange::UnassignRole(row) => {
            let what = Revoked::Role { holder: row.holder, resource: row.resource, role: row.role };
            vec![Revocation::new(row.tenant, what, now)]
        }
        // A tenant that is gone has no feed: enforcers find theirs stale.
        DirectoryChange::DeleteTenant(_)
        | DirectoryChange::CreateTenant(..)
        | DirectoryChange::CreateUser(_)
        | DirectoryChange::RegisterClient(_)
        | DirectoryChange::RegisterResource(_)
        | DirectoryChange::PutFlow(_)
        | DirectoryChange::DeleteFlow(..)
        | DirectoryChange::ExtendConsent(_)
        | DirectoryChange::AssignRole(_) => Vec::new(),
    }
}

fn user(before: &User, after: &User, now: Instant) -> Option<Revocation> {
    let at = up_to((before.epoch, after.epoch), after.disabled && !before.disabled, now)?;
    Some(Revocation::new(after.tenant, Revoked::User(after.id), at))
}

fn client(before: &Client, after: &Client, now: Instant) -> Option<Revocation> {
    let at = up_to((before.epoch, after.epoch), after.disabled && !before.disabled, now)?;
    let what = Revoked::Client { app: after.app_id, client_id: after.client_id.clone() };
    Some(Revocation::new(after.tenant, what, at))
}

/// The last moment whose tokens are dead: an epoch kills what was issued before it.
fn up_to((before, after): (Instant, Instant), is_switched_off: bool, now: Instant) -> Option<Instant> {
    let moved = (after > before).then(|| after - Duration::from_secs(1));
    moved.or_else(|| is_switched_off.then_some(now))
}

/// Only the rule that removes an application knows its `client_id`, and writes the line itself; most are named by their id.
fn deleted_client(tenant: TenantId, app: AppId, now: Instant) -> Revocation {
    let client_id = ClientId::parse(&app.to_string()).expect("an id is a client_id");
    Revocation::new(tenant, Revoked::Client { app, client_id }, now)
}

fn api(before: &Resource, after: &Resource, now: Instant) -> Vec<Revocation> {
    let (tenant, resource) = (after.tenant, after.id);
    let mut all = Vec::new();
    if after.disabled && !before.disabled {
        all.push(Revocation::new(tenant, Revoked::Api(resource), now));
    }
    let stays = |name: &str| after.scope(name).is_some();
    let scopes: ScopeSet = before
        .scopes
        .iter()
        .filter(|scope| scope.enabled && !stays(scope.value.as_str()))
        .map(|scope| scope.value.clone())
        .collect();
    let stays = |value: &str| after.roles.iter().any(|role| role.enabled && role.value == value);
    let roles: Vec<String> = before
        .roles
        .iter()
        .filter(|role| role.enabled && !stays(&role.value))
        .map(|role| role.value.clone())
        .collect();
    if !scopes.is_empty() || !roles.is_empty() {
        all.push(Revocation::new(tenant, Revoked::Permissions { resource, scopes, roles }, now));
    }
    let mut taken: Vec<(AppId, ScopeSet)> = Vec::new();
    for (app, scope) in before.pre_authorized.iter().filter(|pair| !after.pre_authorized.contains(pair)) {
        match taken.iter_mut().find(|(known, _)| known == app) {
            Some((_, scopes)) => {
                scopes.insert(scope.clone());
            }
            None => taken.push((*app, ScopeSet::from_iter([scope.clone()]))),
        }
    }
    all.extend(taken.into_iter().map(|(client, scopes)| {
        let what = Revoked::Consent { client, resource, principal: Principal::All, scopes: Some(scopes) };
        Revocation::new(tenant, what, now)
    }));
    all
}

#[cfg(test)]
mod tests;

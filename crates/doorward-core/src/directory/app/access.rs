//! The permissions that a registration asks for. Asking grants nothing.

use serde_json::json;

use super::{AppView, undone, updated};
use crate::directory::PermissionRef;
use crate::directory::desk::{Decision, Desk};
use crate::directory::naming::{self, not_among};
use crate::directory::outcome::Outcome;
use crate::directory::value::{at_most, fault};
use crate::model::{Client, ClientKind, RequiredAccess, Resource, RoleId, ScopeToken, Tenant};
use crate::needs::Need;
use crate::refusal::{DirectoryRefusal, Refusal};

/// APIs per application.
const MOST_APIS: usize = 50;

pub(super) fn needs(permissions: &[PermissionRef], tenant: &Tenant, all: &mut Vec<Need>) {
    for permission in permissions {
        naming::api_needs(permission.api(), tenant, all);
    }
}

/// What a permission's name stands for: a scope, a role, or both where an API uses one name for both.
struct Found {
    scope: Option<ScopeToken>,
    role: Option<RoleId>,
}

fn find(permission: &PermissionRef, api: &Resource) -> Result<Found, DirectoryRefusal> {
    let scope = api.scopes.iter().find(|scope| scope.value.as_str() == permission.name());
    let role = api.roles.iter().find(|role| role.value == permission.name());
    if scope.is_none() && role.is_none() {
        let names = api.scopes.iter().map(|scope| scope.value.as_str());
        return Err(not_among(
            "permission",
            permission.name(),
            names.chain(api.roles.iter().map(|r| r.value.as_str())),
        ));
    }
    Ok(Found { scope: scope.map(|scope| scope.value.clone()), role: role.map(|role| role.id) })
}

/// The list with the permissions added. A daemon acts as itself, everything else for people: of a name that is a scope
/// and a role, each takes its own.
pub(super) fn with(
    mut list: Vec<RequiredAccess>,
    permissions: &[PermissionRef],
    kind: ClientKind,
    desk: &Desk<'_>,
) -> Result<Vec<RequiredAccess>, DirectoryRefusal> {
    for permission in permissions {
        let api = naming::api_of(permission, desk.tenant, desk.facts)?;
        let mut found = find(permission, api)?;
        if kind == ClientKind::Daemon {
            if found.role.is_none() {
                let why = "a daemon acts without a person and cannot use a delegated permission: ask for an app role";
                return Err(fault("permission", &permission.to_string(), why));
            }
            found.scope = None;
        } else if found.scope.is_some() {
            found.role = None;
        }
        let index = list.iter().position(|access| access.resource == api.id).unwrap_or_else(|| {
            list.push(RequiredAccess { resource: api.id, scopes: Vec::new(), roles: Vec::new() });
            list.len() - 1
        });
        let access = &mut list[index];
        if let Some(scope) = found.scope
            && !access.scopes.contains(&scope)
        {
            access.scopes.push(scope);
        }
        if let Some(role) = found.role
            && !access.roles.contains(&role)
        {
            access.roles.push(role);
        }
    }
    at_most("requires", list.len(), MOST_APIS)?;
    Ok(list)
}

pub(super) fn require(
    client: &Client,
    permissions: &[PermissionRef],
    desk: &Desk<'_>,
) -> Result<Decision, Refusal> {
    let mut after = client.clone();
    after.required_access = with(after.required_access, permissions, client.kind, desk)?;
    let view = AppView::naming(&after, permissions, desk.facts);
    let mut decision =
        updated(client, after, ("app.require.add", json!({ "permissions": permissions })), desk);
    decision.outcome = Outcome::App(Box::new(view));
    Ok(undone(
        decision,
        &words("rm", client, permissions).iter().map(String::as_str).collect::<Vec<_>>(),
        desk,
    ))
}

pub(super) fn unrequire(
    client: &Client,
    permissions: &[PermissionRef],
    desk: &Desk<'_>,
) -> Result<Decision, Refusal> {
    let mut after = client.clone();
    for permission in permissions {
        let api = naming::api_of(permission, desk.tenant, desk.facts)?;
        let role = api.roles.iter().find(|role| role.value == permission.name()).map(|role| role.id);
        let Some(access) = after.required_access.iter_mut().find(|access| access.resource == api.id) else {
            return Err(not_asked(permission, client).into());
        };
        let before = (access.scopes.len(), access.roles.len());
        access.scopes.retain(|scope| scope.as_str() != permission.name());
        access.roles.retain(|held| Some(*held) != role);
        if before == (access.scopes.len(), access.roles.len()) {
            return Err(not_asked(permission, client).into());
        }
    }
    after.required_access.retain(|access| !access.scopes.is_empty() || !access.roles.is_empty());
    let decision =
        updated(client, after, ("app.require.remove", json!({ "permissions": permissions })), desk);
    Ok(undone(
        decision,
        &words("add", client, permissions).iter().map(String::as_str).collect::<Vec<_>>(),
        desk,
    ))
}

fn not_asked(permission: &PermissionRef, client: &Client) -> DirectoryRefusal {
    fault("permission", &permission.to_string(), format!("{} does not ask for it", client.name))
}

fn words(verb: &str, client: &Client, permissions: &[PermissionRef]) -> Vec<String> {
    let first = ["app", "require", verb, client.name.as_str()].map(str::to_owned);
    first.into_iter().chain(permissions.iter().map(ToString::to_string)).collect()
}

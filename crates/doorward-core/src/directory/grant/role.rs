//! App roles: of applications, for themselves, and of users.

use serde_json::json;

use super::{GrantView, Holder};
use crate::change::DirectoryChange;
use crate::directory::desk::{Decision, Desk};
use crate::directory::naming::{self, not_among};
use crate::directory::outcome::Outcome;
use crate::directory::value::fault;
use crate::model::{AppRole, Client, Resource, RoleAssignment, RoleHolder};
use crate::refusal::{DirectoryRefusal, Refusal};

/// A holder, the application or user behind it, and how it is named.
struct Found<'a> {
    id: RoleHolder,
    client: Option<&'a Client>,
    user: Option<String>,
    name: String,
    words: [&'static str; 1],
}

fn found<'a>(holder: &Holder, desk: &Desk<'a>) -> Result<Found<'a>, DirectoryRefusal> {
    Ok(match holder {
        Holder::App(text) => {
            let client = naming::app(text, desk.tenant, desk.facts)?;
            Found {
                id: RoleHolder::App(client.app_id),
                client: Some(client),
                user: None,
                name: client.name.clone(),
                words: ["--app"],
            }
        }
        Holder::User(text) => {
            let user = naming::user(text, desk.tenant, desk.facts)?;
            let name = user.sign_in_name().to_owned();
            Found {
                id: RoleHolder::User(user.id),
                client: None,
                user: Some(name.clone()),
                name,
                words: ["--user"],
            }
        }
    })
}

pub(super) fn assign(
    holder: &Holder,
    api: &Resource,
    name: &str,
    desk: &Desk<'_>,
) -> Result<Decision, Refusal> {
    let role = role(api, name)?;
    let found = found(holder, desk)?;
    let permission = format!("{}:{name}", api.name);
    let admits = match found.id {
        RoleHolder::App(_) => role.members.admits_applications(),
        RoleHolder::User(_) => role.members.admits_users(),
    };
    if !admits {
        let who = if found.client.is_some() { "applications" } else { "users" };
        return Err(fault("permission", &permission, format!("this role is not for {who}")).into());
    }
    if !role.enabled {
        return Err(fault("permission", &permission, "the role is disabled").into());
    }
    let assignment = RoleAssignment {
        tenant: desk.tenant.id,
        holder: found.id,
        resource: api.id,
        role: role.id,
        assigned_at: desk.env.now,
    };
    let outcome =
        Outcome::Grant(Box::new(GrantView::role(&assignment, found.client, api, found.user.clone())));
    let has = |row: &RoleAssignment| row.resource == api.id && row.role == role.id;
    if desk.facts.role_assignments(desk.tenant.id, found.id).iter().any(has) {
        return Ok(Decision::of(outcome));
    }
    let undo = desk.undo(&["grant", "app-role", "rm", found.words[0], &found.name, &permission]);
    Ok(Decision::of(outcome)
        .change(DirectoryChange::AssignRole(assignment))
        .change(desk.audit("grant.role.add", &found.name, json!({ "permission": permission })))
        .undone_by(undo))
}

pub(super) fn unassign(
    holder: &Holder,
    api: &Resource,
    name: &str,
    desk: &Desk<'_>,
) -> Result<Decision, Refusal> {
    let role = role(api, name)?;
    let found = found(holder, desk)?;
    let permission = format!("{}:{name}", api.name);
    let rows = desk.facts.role_assignments(desk.tenant.id, found.id);
    let Some(row) = rows.iter().find(|row| row.resource == api.id && row.role == role.id) else {
        return Err(fault("permission", &permission, format!("{} does not hold it", found.name)).into());
    };
    let mut view = GrantView::role(row, found.client, api, found.user.clone());
    view.granted_at = None;
    let undo = desk.undo(&["grant", "app-role", "add", found.words[0], &found.name, &permission]);
    Ok(Decision::of(Outcome::Grant(Box::new(view)))
        .change(DirectoryChange::UnassignRole(row.clone()))
        .change(desk.audit("grant.role.remove", &found.name, json!({ "permission": permission })))
        .undone_by(undo))
}

fn role<'a>(api: &'a Resource, name: &str) -> Result<&'a AppRole, DirectoryRefusal> {
    if let Some(role) = api.roles.iter().find(|role| role.value == name) {
        return Ok(role);
    }
    if api.scopes.iter().any(|scope| scope.value.as_str() == name) {
        let why = "it is a delegated permission: grant it with doorward grant add";
        return Err(fault("permission", &format!("{}:{name}", api.name), why));
    }
    Err(not_among("role", name, api.roles.iter().map(|role| role.value.as_str())))
}

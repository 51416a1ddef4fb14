//! Scopes and app roles of an API, one at a time.

use serde_json::json;

use super::import::{RoleSpec, ScopeSpec};
use super::{not_built_in, unused, updated};
use crate::directory::desk::{Decision, Desk};
use crate::directory::naming::not_among;
use crate::directory::value::{at_most, label, optional_label, role_value, scope_value};
use crate::model::{AppRole, ExposedScope, Resource, RoleId, RoleMembers, ScopeId};
use crate::refusal::{DirectoryRefusal, Refusal};

/// Scopes per API, and roles per API.
pub(super) const MOST: usize = 200;

/// The scope that a specification describes; `id` is kept where the API has one of that name.
pub(super) fn scope(spec: &ScopeSpec, id: ScopeId) -> Result<ExposedScope, DirectoryRefusal> {
    let value = scope_value(&spec.value)?;
    let title = if spec.title.trim().is_empty() { &spec.value } else { &spec.title };
    Ok(ExposedScope {
        id,
        value,
        admin_only: spec.admin_only,
        title: label("title", title, 120)?,
        description: optional_label("description", &spec.description, 500)?,
        enabled: true,
    })
}

/// The role that a specification describes.
pub(super) fn role(spec: &RoleSpec, id: RoleId) -> Result<AppRole, DirectoryRefusal> {
    let value = role_value(&spec.value)?;
    let description = if spec.description.trim().is_empty() { &spec.value } else { &spec.description };
    Ok(AppRole {
        id,
        value,
        members: spec.members,
        description: label("description", description, 500)?,
        enabled: true,
    })
}

pub(super) fn add_scope(api: &Resource, spec: &ScopeSpec, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    not_built_in(api)?;
    let mut after = api.clone();
    let known = after.scopes.iter_mut().find(|known| known.value.as_str() == spec.value);
    let undo = if let Some(known) = known {
        let words = scope_words(api, known);
        *known = scope(spec, known.id)?;
        words
    } else {
        after.scopes.push(scope(spec, ScopeId::random(desk.env.entropy.draw()))?);
        ["api", "scope", "rm", &api.name, &spec.value].map(str::to_owned).to_vec()
    };
    at_most("scopes", after.scopes.len(), MOST)?;
    let detail = json!({ "scope": spec.value, "admin_only": spec.admin_only });
    Ok(undone(updated(api, after, ("api.scope.add", detail), desk), &undo, desk))
}

pub(super) fn add_role(api: &Resource, spec: &RoleSpec, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    not_built_in(api)?;
    let mut after = api.clone();
    let known = after.roles.iter_mut().find(|known| known.value == spec.value);
    let undo = if let Some(known) = known {
        let words = role_words(api, known);
        *known = role(spec, known.id)?;
        words
    } else {
        after.roles.push(role(spec, RoleId::random(desk.env.entropy.draw()))?);
        ["api", "role", "rm", &api.name, &spec.value].map(str::to_owned).to_vec()
    };
    at_most("roles", after.roles.len(), MOST)?;
    let detail = json!({ "role": spec.value, "members": spec.members });
    Ok(undone(updated(api, after, ("api.role.add", detail), desk), &undo, desk))
}

pub(super) fn remove_scope(
    api: &Resource,
    word: &str,
    used_by: &[String],
    desk: &Desk<'_>,
) -> Result<Decision, Refusal> {
    not_built_in(api)?;
    let Some(scope) = api.scopes.iter().find(|scope| scope.value.as_str() == word) else {
        return Err(not_among("scope", word, api.scopes.iter().map(|scope| scope.value.as_str())).into());
    };
    unused("scope", word, used_by)?;
    let mut after = api.clone();
    after.scopes.retain(|other| other.id != scope.id);
    after.pre_authorized.retain(|(_, value)| *value != scope.value);
    let undo = scope_words(api, scope);
    Ok(undone(updated(api, after, ("api.scope.remove", json!({ "scope": word })), desk), &undo, desk))
}

pub(super) fn remove_role(
    api: &Resource,
    word: &str,
    used_by: &[String],
    desk: &Desk<'_>,
) -> Result<Decision, Refusal> {
    not_built_in(api)?;
    let Some(role) = api.roles.iter().find(|role| role.value == word) else {
        return Err(not_among("role", word, api.roles.iter().map(|role| role.value.as_str())).into());
    };
    unused("role", word, used_by)?;
    let mut after = api.clone();
    after.roles.retain(|other| other.id != role.id);
    let undo = role_words(api, role);
    Ok(undone(updated(api, after, ("api.role.remove", json!({ "role": word })), desk), &undo, desk))
}

fn undone(decision: Decision, words: &[String], desk: &Desk<'_>) -> Decision {
    if decision.changes.is_empty() {
        return decision;
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    decision.undone_by(desk.undo(&words))
}

/// The command that adds a scope as it is; under another id, if it was removed meanwhile.
fn scope_words(api: &Resource, scope: &ExposedScope) -> Vec<String> {
    let mut words = ["api", "scope", "add", &api.name, scope.value.as_str(), "--title", &scope.title]
        .map(str::to_owned)
        .to_vec();
    if !scope.description.is_empty() {
        words.extend(["--description".to_owned(), scope.description.clone()]);
    }
    if scope.admin_only {
        words.push("--admin-only".to_owned());
    }
    words
}

fn role_words(api: &Resource, role: &AppRole) -> Vec<String> {
    let members = match role.members {
        RoleMembers::Applications => "applications",
        RoleMembers::Both => "both",
        RoleMembers::Users => "users",
    };
    ["api", "role", "add", &api.name, &role.value, "--members", members, "--description", &role.description]
        .map(str::to_owned)
        .to_vec()
}

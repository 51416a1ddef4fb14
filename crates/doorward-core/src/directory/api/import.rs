//! Importing an API's own document: what it says becomes the registration, what was granted stays, and the difference is
//! told before it is made.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::register::{self, ApiChange, summary};
use super::{ApiView, not_built_in, part};
use crate::change::DirectoryChange;
use crate::directory::desk::{Decision, Desk};
use crate::directory::outcome::Outcome;
use crate::directory::value::{at_most, fault, label};
use crate::model::{AppRole, ExposedScope, Resource, ResourceId, RoleId, RoleMembers, ScopeId};
use crate::refusal::{DirectoryRefusal, Refusal};

/// What an API says about itself: the part of its document that concerns the registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiSpec {
    /// Short name.
    pub name: String,
    /// What people read.
    pub title: String,
    /// Identifier URIs, the canonical one first; where none is given the registration keeps or chooses its own.
    #[serde(default)]
    pub identifier_uris: Vec<String>,
    /// Delegated permissions.
    #[serde(default)]
    pub scopes: Vec<ScopeSpec>,
    /// App roles.
    #[serde(default)]
    pub roles: Vec<RoleSpec>,
}

/// A delegated permission as declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeSpec {
    /// Short name.
    pub value: String,
    /// What the consent page says; the name where nothing is said.
    #[serde(default)]
    pub title: String,
    /// What that means.
    #[serde(default)]
    pub description: String,
    /// Only an administrator may grant it.
    #[serde(default)]
    pub admin_only: bool,
}

/// An app role as declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleSpec {
    /// Name in `roles`.
    pub value: String,
    /// What administrators read; the name where nothing is said.
    #[serde(default)]
    pub description: String,
    /// Who may hold it.
    #[serde(default = "applications")]
    pub members: RoleMembers,
}

fn applications() -> RoleMembers {
    RoleMembers::Applications
}

/// What an import changed, or would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The API as it is now.
    pub api: ApiView,
    /// Whether it is new.
    pub created: bool,
    /// The differences, in the order of the document.
    pub changes: Vec<SpecChange>,
}

/// One difference between the registration and the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecChange {
    /// `scope`, `role`, or the name of a setting.
    pub what: String,
    /// Which scope or role; empty for a setting.
    pub name: String,
    /// Added, changed, removed or kept.
    pub kind: SpecChangeKind,
    /// How it was, in words.
    pub was: Option<String>,
    /// How it is, in words.
    pub now: Option<String>,
}

/// How a scope or role differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpecChangeKind {
    /// New in the document.
    Added,
    /// Declared otherwise.
    Changed,
    /// No longer declared, but granted: it stays until it is removed by hand.
    Kept,
    /// No longer declared.
    Removed,
}

pub(super) fn import(
    spec: &ApiSpec,
    settings: &ApiChange,
    granted: &[String],
    desk: &Desk<'_>,
) -> Result<Decision, Refusal> {
    let before = desk.facts.resource(desk.tenant.id, &spec.name);
    if let Some(before) = before {
        not_built_in(before)?;
    }
    let ids = desk.ids();
    let start = match before {
        Some(api) => api.clone(),
        None => register::blank(&spec.name, ResourceId::random(ids.of("api")), desk)?,
    };
    let after = follow(start, spec, granted, &|kind, name| ids.of(&format!("{kind} {name}")))?;
    let after = register::settle(after, settings, desk)?;
    let changes = before.map_or_else(Vec::new, |before| differences(before, &after, spec));
    let report = Import { api: ApiView::from(&after), created: before.is_none(), changes };
    let name = after.name.clone();
    let detail = json!({ "now": summary(&after), "changes": report.changes });
    let decision = Decision::of(Outcome::Imported(Box::new(report)));
    Ok(match before {
        None => decision
            .change(DirectoryChange::RegisterResource(after))
            .change(desk.audit("api.import", &name, detail))
            .undone_by(desk.undo(&["api", "rm", &name])),
        Some(before) if *before == after => decision,
        Some(before) => decision
            .change(DirectoryChange::UpdateResource { before: before.clone(), after })
            .change(desk.audit("api.import", &name, detail)),
    })
}

/// The registration as the document wants it. Ids of what stays are kept; what was granted is never dropped.
fn follow(
    mut api: Resource,
    spec: &ApiSpec,
    granted: &[String],
    id: &dyn Fn(&str, &str) -> [u8; 16],
) -> Result<Resource, DirectoryRefusal> {
    api.title = label("title", &spec.title, 100)?;
    if !spec.identifier_uris.is_empty() {
        api.identifier_uris = register::identifiers(&spec.identifier_uris)?;
    }
    let mut scopes: Vec<ExposedScope> = Vec::new();
    for declared in &spec.scopes {
        if scopes.iter().any(|scope| scope.value.as_str() == declared.value) {
            return Err(fault("scope", &declared.value, "it is declared twice"));
        }
        let known = api.scopes.iter().find(|scope| scope.value.as_str() == declared.value);
        let id = known.map_or_else(|| ScopeId::random(id("scope", &declared.value)), |scope| scope.id);
        scopes.push(part::scope(declared, id)?);
    }
    let kept = api.scopes.iter().filter(|scope| granted.iter().any(|name| name == scope.value.as_str()));
    let missing: Vec<_> =
        kept.filter(|scope| !scopes.iter().any(|s| s.value == scope.value)).cloned().collect();
    scopes.extend(missing);
    let mut roles: Vec<AppRole> = Vec::new();
    for declared in &spec.roles {
        if roles.iter().any(|role| role.value == declared.value) {
            return Err(fault("role", &declared.value, "it is declared twice"));
        }
        let known = api.roles.iter().find(|role| role.value == declared.value);
        let id = known.map_or_else(|| RoleId::random(id("role", &declared.value)), |role| role.id);
        roles.push(part::role(declared, id)?);
    }
    let kept = api.roles.iter().filter(|role| granted.contains(&role.value));
    let missing: Vec<_> = kept.filter(|role| !roles.iter().any(|r| r.value == role.value)).cloned().collect();
    roles.extend(missing);
    at_most("scopes", scopes.len(), part::MOST)?;
    at_most("roles", roles.len(), part::MOST)?;
    api.scopes = scopes;
    api.roles = roles;
    Ok(api)
}

/// What differs, settings first.
fn differences(before: &Resource, after: &Resource, spec: &ApiSpec) -> Vec<SpecChange> {
    let mut all = Vec::new();
    let (was, now) = (ApiView::from(before), ApiView::from(after));
    let setting = |view: &ApiView, name: &str| {
        serde_json::to_value(view).map(|view| view[name].clone()).unwrap_or_default()
    };
    for name in
        ["title", "identifier_uris", "profile", "algorithm", "access_token_secs", "introspectors", "disabled"]
    {
        let (was, now) = (setting(&was, name), setting(&now, name));
        if was != now {
            all.push(SpecChange {
                what: name.to_owned(),
                name: String::new(),
                kind: SpecChangeKind::Changed,
                was: Some(in_words(&was)),
                now: Some(in_words(&now)),
            });
        }
    }
    let scopes = |api: &Resource| -> Vec<(String, String)> {
        api.scopes.iter().map(|scope| (scope.value.to_string(), scope_in_words(scope))).collect()
    };
    let declared: Vec<_> = spec.scopes.iter().map(|scope| scope.value.as_str()).collect();
    compare("scope", (&scopes(before), &scopes(after)), &declared, &mut all);
    let roles = |api: &Resource| -> Vec<(String, String)> {
        api.roles.iter().map(|role| (role.value.clone(), role_in_words(role))).collect()
    };
    let declared: Vec<_> = spec.roles.iter().map(|role| role.value.as_str()).collect();
    compare("role", (&roles(before), &roles(after)), &declared, &mut all);
    all
}

/// Names with their words, before and after.
type Sides<'a> = (&'a [(String, String)], &'a [(String, String)]);

fn compare(what: &str, (before, after): Sides<'_>, declared: &[&str], all: &mut Vec<SpecChange>) {
    let words = |side: &[(String, String)], name: &str| {
        side.iter().find(|(known, _)| known == name).map(|(_, words)| words.clone())
    };
    let gone = before.iter().filter(|(name, _)| !after.iter().any(|(known, _)| known == name));
    for (name, _) in after.iter().chain(gone) {
        let (was, now) = (words(before, name), words(after, name));
        let kind = match (&was, &now) {
            (None, _) => SpecChangeKind::Added,
            (_, None) => SpecChangeKind::Removed,
            _ if !declared.contains(&name.as_str()) => SpecChangeKind::Kept,
            (a, b) if a == b => continue,
            _ => SpecChangeKind::Changed,
        };
        all.push(SpecChange { what: what.to_owned(), name: name.clone(), kind, was, now });
    }
}

fn scope_in_words(scope: &ExposedScope) -> String {
    let who = if scope.admin_only { "administrators grant it" } else { "users may grant it" };
    let more = if scope.description.is_empty() { String::new() } else { format!(": {}", scope.description) };
    format!("{} ({who}){more}", scope.title)
}

fn role_in_words(role: &AppRole) -> String {
    let who = match role.members {
        RoleMembers::Applications => "applications",
        RoleMembers::Both => "applications and users",
        RoleMembers::Users => "users",
    };
    format!("{} (for {who})", role.description)
}

fn in_words(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(list) => list.iter().map(in_words).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

//! `x-doorward-api` on the document: the registration's own words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::finding::{Pointer, Problem};
use super::reader::{Reader, short};
use crate::{PermissionName, PrincipalKind};

/// The section, as far as it is there.
#[derive(Default)]
pub(super) struct ApiSection<'d> {
    pub(super) name: Option<&'d str>,
    pub(super) title: Option<&'d str>,
    /// `audience` first, then `identifier_uris`.
    pub(super) identifier_uris: Vec<String>,
    pub(super) scopes: BTreeMap<PermissionName, ScopeSection<'d>>,
    /// `None` where the section has no list, so that roles are declared by use.
    pub(super) roles: Option<BTreeMap<PermissionName, RoleSection<'d>>>,
}

/// One member of `scopes`.
#[derive(Default)]
pub(super) struct ScopeSection<'d> {
    pub(super) admin_only: bool,
    pub(super) title: Option<&'d str>,
    pub(super) description: Option<&'d str>,
}

/// One item of `roles`.
pub(super) struct RoleSection<'d> {
    pub(super) kinds: BTreeSet<PrincipalKind>,
    pub(super) title: Option<&'d str>,
    pub(super) description: Option<&'d str>,
}

pub(super) fn read<'d>(reader: &mut Reader<'d>) -> ApiSection<'d> {
    let at = Pointer::root().at(SECTION);
    let mut section = ApiSection::default();
    let Some(object) = reader.root().get(SECTION).and_then(|value| reader.object(value, &at)) else {
        return section;
    };
    strict(reader, object, &["name", "title", "audience", "identifier_uris", "scopes", "roles"], &at);
    section.name = reader.text_member(object, "name", &at);
    section.title = reader.text_member(object, "title", &at);
    section.identifier_uris.extend(reader.text_member(object, "audience", &at).map(str::to_owned));
    if let Some(uris) = object.get("identifier_uris") {
        let at = at.at("identifier_uris");
        for (index, uri) in reader.array(uris, &at).into_iter().flatten().enumerate() {
            section.identifier_uris.extend(reader.text(uri, &at.at(index)).map(str::to_owned));
        }
    }
    let mut seen = BTreeSet::new();
    section.identifier_uris.retain(|uri| seen.insert(uri.clone()));
    if let Some(scopes) = object.get("scopes") {
        section.scopes = read_scopes(reader, scopes, &at.at("scopes"));
    }
    if let Some(roles) = object.get("roles") {
        section.roles = Some(read_roles(reader, roles, &at.at("roles")));
    }
    section
}

/// Reads a scope or role name, without any of `prefixes` (identifier URIs) in front.
pub(super) fn permission(
    reader: &mut Reader<'_>,
    text: &str,
    prefixes: &[String],
    at: &Pointer,
) -> Option<PermissionName> {
    let bare = prefixes
        .iter()
        .find_map(|uri| text.strip_prefix(uri.trim_end_matches('/'))?.strip_prefix('/'))
        .unwrap_or(text);
    match PermissionName::parse(bare) {
        Ok(name) => Some(name),
        Err(fault) => {
            reader.problem(at, Problem::Name { text: short(text), fault });
            None
        }
    }
}

/// The kinds that a `kind` (one) or `kinds` (a list) member names; apps where neither is there.
pub(super) fn kinds<'d>(
    reader: &mut Reader<'d>,
    object: &'d Map<String, Value>,
    at: &Pointer,
) -> Option<BTreeSet<PrincipalKind>> {
    let listed = match (object.get("kind"), object.get("kinds")) {
        (None, None) => return Some(BTreeSet::from([PrincipalKind::App])),
        (Some(one), None) => vec![(one, at.at("kind"))],
        (None, Some(many)) => {
            let at = at.at("kinds");
            reader.array(many, &at)?.iter().enumerate().map(|(index, kind)| (kind, at.at(index))).collect()
        }
        (Some(_), Some(_)) => {
            reader.problem(
                at,
                Problem::Extension { extension: "a role", form: "either `kind` or `kinds`, not both" },
            );
            return None;
        }
    };
    let mut kinds = BTreeSet::new();
    for (value, at) in listed {
        match reader.text(value, &at).map(PrincipalKind::parse) {
            Some(Some(kind)) => {
                kinds.insert(kind);
            }
            Some(None) => {
                reader.problem(&at, Problem::Extension { extension: "kind", form: "`user` or `app`" });
            }
            None => {}
        }
    }
    if kinds.is_empty() {
        reader
            .problem(at, Problem::Extension { extension: "kinds", form: "at least one of `user` and `app`" });
        return None;
    }
    Some(kinds)
}

/// Inside our own sections every member has a meaning.
pub(super) fn strict(reader: &mut Reader<'_>, object: &Map<String, Value>, known: &[&str], at: &Pointer) {
    for member in object.keys().filter(|member| !known.contains(&member.as_str())) {
        let suggestion = super::suggest::nearest(member, known.iter().copied());
        reader.problem(&at.at(member), Problem::UnknownMember { member: short(member), suggestion });
    }
}

fn read_scopes<'d>(
    reader: &mut Reader<'d>,
    value: &'d Value,
    at: &Pointer,
) -> BTreeMap<PermissionName, ScopeSection<'d>> {
    let mut scopes = BTreeMap::new();
    for (text, value) in reader.object(value, at).into_iter().flatten() {
        let at = at.at(text);
        let (Some(name), Some(object)) = (permission(reader, text, &[], &at), reader.object(value, &at))
        else {
            continue;
        };
        strict(reader, object, &["admin", "title", "description"], &at);
        let admin_only = match object.get("admin") {
            None => false,
            Some(Value::Bool(admin)) => *admin,
            Some(_) => {
                reader.problem(
                    &at.at("admin"),
                    Problem::Extension { extension: "admin", form: "`true` or `false`" },
                );
                true
            }
        };
        let title = reader.text_member(object, "title", &at);
        let description = reader.text_member(object, "description", &at);
        scopes.insert(name, ScopeSection { admin_only, title, description });
    }
    scopes
}

fn read_roles<'d>(
    reader: &mut Reader<'d>,
    value: &'d Value,
    at: &Pointer,
) -> BTreeMap<PermissionName, RoleSection<'d>> {
    let mut roles = BTreeMap::new();
    for (index, item) in reader.array(value, at).into_iter().flatten().enumerate() {
        let at = at.at(index);
        if let Value::String(text) = item {
            let kinds = BTreeSet::from([PrincipalKind::App]);
            if let Some(name) = permission(reader, text, &[], &at) {
                roles.insert(name, RoleSection { kinds, title: None, description: None });
            }
            continue;
        }
        let Some(object) = reader.object(item, &at) else { continue };
        strict(reader, object, &["value", "title", "description", "kind", "kinds"], &at);
        let Some(text) = reader.text_member(object, "value", &at) else {
            let form = "a name, or `{value: Notes.Read.All, kind: app, description: ...}`";
            reader.problem(&at, Problem::Extension { extension: "x-doorward-api.roles", form });
            continue;
        };
        let (name, kinds) = (permission(reader, text, &[], &at.at("value")), kinds(reader, object, &at));
        if let (Some(name), Some(kinds)) = (name, kinds) {
            let title = reader.text_member(object, "title", &at);
            let description = reader.text_member(object, "description", &at);
            roles.insert(name, RoleSection { kinds, title, description });
        }
    }
    roles
}

/// The member's name.
pub(super) const SECTION: &str = "x-doorward-api";

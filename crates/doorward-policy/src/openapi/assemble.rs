//! The whole document in order: version, names, schemes, operations, and the declaration they add up to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::api::{self, ApiSection, permission};
use super::finding::{Caution, Pointer, Problem};
use super::paths::{self, Inherited, Operation, Surroundings};
use super::reader::{Reader, short};
use super::schemes::{self, SchemeKind, Schemes};
use super::security::{Security, Vocabulary, is_sign_in_scope};
use super::{BasePaths, Options, servers};
use crate::policy::rivals;
use crate::{ApiDeclaration, DeclaredRole, DeclaredScope, PermissionName, Policy, PrincipalKind};

/// Names that the flows declare, with their descriptions.
type Described<'d> = BTreeMap<PermissionName, &'d str>;

/// Reads everything; `None` where that is impossible. Problems are in the reader either way.
pub(super) fn declaration(reader: &mut Reader<'_>, options: &Options) -> Option<ApiDeclaration> {
    let at = Pointer::root();
    let root = reader.root();
    let object = reader.object(root, &at)?;
    check_version(reader)?;
    reader.members(object, ROOT_MEMBERS, &at);
    let section = api::read(reader);
    let schemes = schemes::read(reader);
    let delegated = flow_names(reader, &schemes, &section, &SchemeKind::Delegated);
    let application = flow_names(reader, &schemes, &section, &SchemeKind::Application);
    let vocabulary = Vocabulary {
        identifier_uris: &section.identifier_uris,
        scopes: delegated.keys().chain(section.scopes.keys()).cloned().collect(),
        roles: section.roles.as_ref(),
        schemes: &schemes,
    };
    let inherited = match object.get("security") {
        None => Inherited::Nothing,
        Some(value) => Security::read(reader, value, &vocabulary, &at.at("security"))
            .map_or(Inherited::Malformed, Inherited::Said),
    };
    let operations = paths::read(reader, &Surroundings { inherited, vocabulary: &vocabulary });
    check_operations(reader, &operations);
    let policy = policy(reader, operations, &section, options)?;
    Some(ApiDeclaration {
        name: policy.api().to_owned(),
        title: section.title.or(title(root)).unwrap_or(policy.api()).to_owned(),
        identifier_uris: section.identifier_uris.clone(),
        scopes: scopes(reader, &delegated, &section, &policy),
        roles: roles(&application, &section, &policy),
        policy,
    })
}

fn check_version(reader: &mut Reader<'_>) -> Option<()> {
    let root = reader.root();
    let found = root.get("openapi").or(root.get("swagger"));
    let version = root.get("openapi").and_then(Value::as_str).unwrap_or_default();
    if ["3.0", "3.1"].iter().any(|read| version == *read || version.starts_with(&format!("{read}."))) {
        return Some(());
    }
    let found = match found {
        None => "none".to_owned(),
        Some(Value::String(text)) => short(text),
        Some(other) => format!("{} (not a text)", short(&other.to_string())),
    };
    reader.problem(&Pointer::root().at("openapi"), Problem::Version { found });
    None
}

fn flow_names<'d>(
    reader: &mut Reader<'d>,
    schemes: &Schemes<'d>,
    section: &ApiSection<'_>,
    kind: &SchemeKind,
) -> Described<'d> {
    let mut names = Described::new();
    for (text, description, at) in schemes.values().filter(|s| s.kind == *kind).flat_map(|s| &s.names) {
        if is_sign_in_scope(text) {
            continue;
        }
        if let Some(name) = permission(reader, text, &section.identifier_uris, at) {
            names.insert(name, description);
        }
    }
    names
}

/// Faults between operations, told at their places.
fn check_operations(reader: &mut Reader<'_>, operations: &[Operation]) {
    let mut ids: HashMap<&str, &Pointer> = HashMap::new();
    for Operation { at, route } in operations {
        if let Some(first) = ids.insert(&route.id, at) {
            let (id, other) = (short(&route.id), first.clone());
            reader.problem(&at.at("operationId"), Problem::DuplicateOperationId { id, other });
        }
    }
    let routes: Vec<_> = operations.iter().map(|operation| operation.route.clone()).collect();
    for (first, second) in rivals(&routes) {
        let other = routes[first].label();
        reader.problem(&operations[second].at, Problem::Rivals { other });
    }
}

fn policy(
    reader: &mut Reader<'_>,
    operations: Vec<Operation>,
    section: &ApiSection<'_>,
    options: &Options,
) -> Option<Policy> {
    let base_paths = match &options.base_paths {
        BasePaths::Fixed(paths) => paths.clone(),
        BasePaths::FromServers => servers::base_paths(reader),
        BasePaths::Root => Vec::new(),
    };
    let name = name(reader, section, options);
    if operations.is_empty() && !reader.has_problems() {
        reader.problem(&Pointer::root().at("paths"), Problem::NoOperations);
    }
    if reader.has_problems() {
        return None;
    }
    let routes = operations.into_iter().map(|operation| operation.route).collect();
    match Policy::new(name, routes).and_then(|policy| policy.with_base_paths(base_paths)) {
        Ok(policy) => Some(policy.with_resource(section.identifier_uris.first().cloned())),
        Err(fault) => {
            reader.problem(&Pointer::root().at("paths"), Problem::Policy(fault));
            None
        }
    }
}

fn name(reader: &mut Reader<'_>, section: &ApiSection<'_>, options: &Options) -> String {
    let at = Pointer::root().at(api::SECTION).at("name");
    let given = options.name.as_deref().or(section.name);
    if let Some(given) = given {
        if !is_api_name(given) {
            let form = "a name of lower-case letters, digits, `-`, `_` and `.`, at most 64, such as `notes`";
            reader.problem(&at, Problem::Extension { extension: "x-doorward-api.name", form });
        }
        return given.to_owned();
    }
    let slug: String = title(reader.root())
        .unwrap_or_default()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
        .to_ascii_lowercase()
        .chars()
        .take(64)
        .collect();
    if slug.is_empty() {
        let form = "a name such as `notes` (the title gives none)";
        reader.problem(&at, Problem::Extension { extension: "x-doorward-api.name", form });
    } else {
        reader.caution(&at, Caution::NameFromTitle { name: slug.clone() });
    }
    slug
}

fn is_api_name(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    (1..=64).contains(&text.len()) && text.bytes().all(allowed) && text.as_bytes()[0].is_ascii_alphanumeric()
}

fn title(root: &Value) -> Option<&str> {
    root.get("info")
        .and_then(|info| info.get("title"))
        .and_then(Value::as_str)
        .filter(|title| !title.is_empty())
}

fn scopes(
    reader: &mut Reader<'_>,
    delegated: &Described<'_>,
    section: &ApiSection<'_>,
    policy: &Policy,
) -> Vec<DeclaredScope> {
    let enforced: BTreeSet<_> =
        policy.routes().iter().flat_map(|route| route.requirement.named_scopes()).collect();
    let names: BTreeSet<_> =
        delegated.keys().chain(section.scopes.keys()).chain(enforced.iter().copied()).collect();
    let mut scopes = Vec::new();
    for name in names {
        if !enforced.contains(name) {
            reader.caution(&Pointer::root(), Caution::ScopeUnenforced { scope: name.to_string() });
        }
        let own = section.scopes.get(name);
        let described =
            own.and_then(|own| own.description).or(delegated.get(name).copied()).unwrap_or_default();
        let title = own.and_then(|own| own.title).or(Some(described)).filter(|text| !text.is_empty());
        scopes.push(DeclaredScope {
            value: name.clone(),
            title: title.unwrap_or(name.as_str()).to_owned(),
            description: described.to_owned(),
            admin_only: own.is_some_and(|own| own.admin_only),
        });
    }
    scopes
}

fn roles(application: &Described<'_>, section: &ApiSection<'_>, policy: &Policy) -> Vec<DeclaredRole> {
    let mut members: BTreeMap<&PermissionName, BTreeSet<PrincipalKind>> = BTreeMap::new();
    for role in policy.routes().iter().flat_map(|route| route.requirement.named_roles()) {
        members.entry(&role.name).or_default().extend(&role.kinds);
    }
    for name in application.keys() {
        members.entry(name).or_default().insert(PrincipalKind::App);
    }
    for (name, own) in section.roles.iter().flatten() {
        members.entry(name).or_default().extend(&own.kinds);
    }
    let declared = members.into_iter().map(|(name, members)| {
        let own = section.roles.as_ref().and_then(|roles| roles.get(name));
        let description =
            own.and_then(|own| own.description).or(application.get(name).copied()).unwrap_or_default();
        DeclaredRole {
            value: name.clone(),
            title: own.and_then(|own| own.title).unwrap_or(name.as_str()).to_owned(),
            description: description.to_owned(),
            members,
        }
    });
    declared.collect()
}

const ROOT_MEMBERS: &[&str] = &[
    "openapi",
    "info",
    "jsonSchemaDialect",
    "servers",
    "paths",
    "webhooks",
    "components",
    "security",
    "tags",
    "externalDocs",
    api::SECTION,
];

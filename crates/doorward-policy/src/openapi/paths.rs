//! `paths`: every operation becomes a route, or the reason why it cannot.

use serde_json::{Map, Value};

use super::extensions::{ACR, ANY, Extensions, KIND, MAX_AGE, ROLES};
use super::finding::{Caution, Pointer, Problem};
use super::reader::Reader;
use super::security::{Security, Vocabulary};
use crate::{Method, Requirement, Route, Template};

/// A route and where it is declared.
pub(super) struct Operation {
    pub(super) at: Pointer,
    pub(super) route: Route,
}

/// What every operation is read with.
pub(super) struct Surroundings<'a, 'd> {
    /// `security` of the document.
    pub(super) inherited: Inherited,
    pub(super) vocabulary: &'a Vocabulary<'d>,
}

/// What operations without a `security` of their own get.
pub(super) enum Inherited {
    /// The document's is malformed, which has been recorded.
    Malformed,
    /// The document has none.
    Nothing,
    /// The document's.
    Said(Security),
}

/// Reads all operations.
pub(super) fn read(reader: &mut Reader<'_>, around: &Surroundings<'_, '_>) -> Vec<Operation> {
    let at = Pointer::root().at("paths");
    let mut operations = Vec::new();
    let Some(paths) = reader.root().get("paths").and_then(|paths| reader.object(paths, &at)) else {
        return operations;
    };
    for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
        let at = at.at(path);
        if operations.len() > MOST_OPERATIONS {
            let what = format!("the number of operations, {},", operations.len());
            reader.problem(&at, Problem::TooMuch { what, most: MOST_OPERATIONS });
            break;
        }
        let template = match Template::parse(path) {
            Ok(template) => template,
            Err(fault) => {
                reader.problem(&at, Problem::Template(fault));
                continue;
            }
        };
        let Some(item) = reader.object(item, &at).map(|_| item) else { continue };
        if item.get("$ref").is_some() && METHODS.iter().any(|method| item.get(method).is_some()) {
            reader.problem(&at, Problem::RefWithSiblings);
            continue;
        }
        let Some((item, at)) = reader.follow(item, at) else { continue };
        if let Some(item) = reader.object(item, &at) {
            operations.extend(path_item(reader, item, &template, around, &at));
        }
    }
    operations
}

fn path_item<'d>(
    reader: &mut Reader<'d>,
    item: &'d Map<String, Value>,
    template: &Template,
    around: &Surroundings<'_, '_>,
    at: &Pointer,
) -> Vec<Operation> {
    let known: Vec<&str> = METHODS.iter().chain(PATH_ITEM_MEMBERS).copied().collect();
    reader.members(item, &known, at);
    if item.contains_key("security") {
        reader.problem(&at.at("security"), Problem::PathSecurity);
    }
    if item.contains_key("servers") {
        reader.problem(&at.at("servers"), Problem::ServersBelow);
    }
    let defaults = Extensions::read(reader, item, around.vocabulary, at);
    let mut operations = Vec::new();
    for name in METHODS {
        let Some(value) = item.get(*name) else { continue };
        let at = at.at(name);
        let Some(object) = reader.object(value, &at) else { continue };
        let method = Method::parse(&name.to_ascii_uppercase()).expect("the names of OpenAPI are methods");
        reader.members(object, OPERATION_MEMBERS, &at);
        if object.contains_key("servers") {
            reader.problem(&at.at("servers"), Problem::ServersBelow);
        }
        let label = format!("{method} {template}");
        let Some(requirement) = requirement(reader, object, &defaults, around, &(&at, &label)) else {
            continue;
        };
        let id = reader.text_member(object, "operationId", &at).filter(|id| !id.is_empty()).unwrap_or(&label);
        let route = Route { id: id.to_owned(), method, template: template.clone(), requirement };
        operations.push(Operation { at, route });
    }
    operations
}

fn requirement<'d>(
    reader: &mut Reader<'d>,
    operation: &'d Map<String, Value>,
    defaults: &Extensions,
    around: &Surroundings<'_, '_>,
    (at, label): &(&Pointer, &String),
) -> Option<Requirement> {
    let extensions = Extensions::read(reader, operation, around.vocabulary, at).or(defaults);
    let label = (*label).clone();
    let security = match operation.get("security") {
        Some(value) => Some(Security::read(reader, value, around.vocabulary, &at.at("security"))?),
        None => match &around.inherited {
            Inherited::Malformed => return None,
            Inherited::Nothing => None,
            Inherited::Said(security) => Some(security.clone()),
        },
    };
    let alternatives = match (security, extensions.named()) {
        (None, None) => {
            reader.problem(at, Problem::NoSecurity { label });
            return None;
        }
        (None, Some(_)) => vec![super::security::Alternative::default()],
        (Some(Security::Anonymous | Security::Public), Some(extension)) => {
            reader.problem(at, Problem::PublicWithRequirement { extension });
            return None;
        }
        (Some(Security::Public), None) => return Some(Requirement::Public),
        (Some(Security::Anonymous), None) => {
            reader.caution(at, Caution::AnonymousAlternative { label });
            return Some(Requirement::Public);
        }
        (Some(Security::Token(alternatives)), _) => alternatives,
    };
    match extensions.join(&alternatives) {
        Ok(requirement) => {
            if requirement.clauses().any(|clause| clause.atoms().is_empty()) {
                reader.caution(at, Caution::NoScopes { label });
            }
            Some(requirement)
        }
        Err(why) => {
            reader.problem(at, Problem::Unsatisfiable { why });
            None
        }
    }
}

/// OpenAPI 3.1 §4.8.9.1.
const METHODS: &[&str] = &["get", "put", "post", "delete", "options", "head", "patch", "trace"];

const PATH_ITEM_MEMBERS: &[&str] =
    &["$ref", "summary", "description", "servers", "parameters", "security", ACR, ANY, KIND, MAX_AGE, ROLES];

const OPERATION_MEMBERS: &[&str] = &[
    "tags",
    "summary",
    "description",
    "externalDocs",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "deprecated",
    "security",
    "servers",
    ANY,
    ACR,
    KIND,
    MAX_AGE,
    ROLES,
];

const MOST_OPERATIONS: usize = 5_000;

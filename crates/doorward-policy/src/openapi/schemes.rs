//! `components.securitySchemes`: which of them a token can satisfy, and which names they declare.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::finding::{Caution, Pointer, Problem};
use super::reader::Reader;

/// The declared schemes by name.
pub(super) type Schemes<'d> = BTreeMap<&'d str, Scheme<'d>>;

/// One scheme.
pub(super) struct Scheme<'d> {
    pub(super) kind: SchemeKind,
    /// `scopes` of all flows: name as written, description.
    pub(super) names: Vec<(&'d str, &'d str, Pointer)>,
}

/// What the names in a requirement of the scheme are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SchemeKind {
    /// App roles: only apps themselves can get a token by it.
    Application,
    /// None: a token is asked for, and nothing more.
    Bearer,
    /// Scopes that users grant.
    Delegated,
    /// Scopes, declared elsewhere.
    OpenIdConnect,
    /// Not provable by an access token.
    Unenforceable(String),
}

pub(super) fn read<'d>(reader: &mut Reader<'d>) -> Schemes<'d> {
    let mut schemes = Schemes::new();
    let at = Pointer::root().at("components").at("securitySchemes");
    let root = reader.root();
    let Some(declared) = root.get("components").and_then(|components| components.get("securitySchemes"))
    else {
        return schemes;
    };
    for (name, value) in reader.object(declared, &at).into_iter().flatten() {
        let Some((value, at)) = reader.follow(value, at.at(name)) else { continue };
        if let Some(scheme) = reader.object(value, &at).and_then(|object| scheme(reader, object, &at, name)) {
            schemes.insert(name, scheme);
        }
    }
    schemes
}

fn scheme<'d>(
    reader: &mut Reader<'d>,
    object: &'d Map<String, Value>,
    at: &Pointer,
    name: &str,
) -> Option<Scheme<'d>> {
    let Some(kind) = reader.text_member(object, "type", at) else {
        if !object.contains_key("type") {
            reader.problem(
                at,
                Problem::WrongType { expected: "`type` of the security scheme", found: "nothing" },
            );
        }
        return None;
    };
    let names_none = |kind| Some(Scheme { kind, names: Vec::new() });
    match kind {
        "oauth2" => oauth2(reader, object, at, name),
        "openIdConnect" => names_none(SchemeKind::OpenIdConnect),
        "http" => match reader.text_member(object, "scheme", at) {
            Some(scheme) if scheme.eq_ignore_ascii_case("bearer") => names_none(SchemeKind::Bearer),
            other => {
                names_none(SchemeKind::Unenforceable(format!("http {}", other.unwrap_or("without scheme"))))
            }
        },
        other => names_none(SchemeKind::Unenforceable(super::reader::short(other))),
    }
}

fn oauth2<'d>(
    reader: &mut Reader<'d>,
    object: &'d Map<String, Value>,
    at: &Pointer,
    name: &str,
) -> Option<Scheme<'d>> {
    let at = at.at("flows");
    let Some(flows) = object.get("flows") else {
        reader
            .problem(&at, Problem::WrongType { expected: "`flows` of the oauth2 scheme", found: "nothing" });
        return None;
    };
    let flows = reader.object(flows, &at)?;
    reader.members(flows, FLOWS, &at);
    let mut names = Vec::new();
    for (flow, value) in flows.iter().filter(|(flow, _)| FLOWS.contains(&flow.as_str())) {
        let at = at.at(flow);
        let Some(scopes) = reader.object(value, &at).and_then(|flow| flow.get("scopes")) else { continue };
        let at = at.at("scopes");
        for (scope, description) in reader.object(scopes, &at).into_iter().flatten() {
            let at = at.at(scope);
            if let Some(description) = reader.text(description, &at) {
                names.push((scope.as_str(), description, at));
            }
        }
    }
    let offers = |flow: &&str| flows.contains_key(*flow);
    let for_apps = offers(&CLIENT_CREDENTIALS);
    let for_users = FLOWS.iter().filter(|flow| **flow != CLIENT_CREDENTIALS).any(offers);
    let scheme = name.to_owned();
    match (for_users, for_apps) {
        (false, true) => reader.caution(&at, Caution::ScopesReadAsRoles { scheme }),
        (true, true) => reader.caution(&at, Caution::AppsNeedRoles { scheme }),
        _ => {}
    }
    let kind = if for_apps && !for_users { SchemeKind::Application } else { SchemeKind::Delegated };
    Some(Scheme { kind, names })
}

const CLIENT_CREDENTIALS: &str = "clientCredentials";
const FLOWS: &[&str] =
    &["authorizationCode", CLIENT_CREDENTIALS, "deviceAuthorization", "implicit", "password"];

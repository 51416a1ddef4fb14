//! `security`: absent, `[]`, `[{}]` and lists of alternatives are four different things.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::api::{RoleSection, permission};
use super::finding::{Pointer, Problem};
use super::reader::{Reader, short};
use super::schemes::{SchemeKind, Schemes};
use super::suggest::nearest;
use crate::{PermissionName, RoleAtom};

/// A `security` that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// `{}` is among the alternatives: everybody passes.
    Anonymous,
    /// `[]`.
    Public,
    /// A token is needed, for one of these.
    Token(Vec<Alternative>),
}

/// One object of the list: everything in it is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Alternative {
    pub(super) scopes: BTreeSet<PermissionName>,
    /// Names under a scheme that only apps can use.
    pub(super) app_roles: BTreeSet<PermissionName>,
}

/// The names that the document declares.
pub(super) struct Vocabulary<'d> {
    pub(super) identifier_uris: &'d [String],
    /// Of all user-facing flows and `x-doorward-api.scopes`.
    pub(super) scopes: BTreeSet<PermissionName>,
    pub(super) roles: Option<&'d BTreeMap<PermissionName, RoleSection<'d>>>,
    pub(super) schemes: &'d Schemes<'d>,
}

impl Security {
    /// Reads the list; `None` where it is malformed, which has been recorded.
    pub(super) fn read<'d>(
        reader: &mut Reader<'d>,
        value: &'d Value,
        vocabulary: &Vocabulary<'_>,
        at: &Pointer,
    ) -> Option<Self> {
        let items = reader.array(value, at)?;
        if items.is_empty() {
            return Some(Self::Public);
        }
        let mut anonymous = false;
        let mut alternatives = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let at = at.at(index);
            let object = reader.object(item, &at)?;
            anonymous |= object.is_empty();
            alternatives.push(alternative(reader, object, vocabulary, &at)?);
        }
        Some(if anonymous { Self::Anonymous } else { Self::Token(alternatives) })
    }
}

fn alternative<'d>(
    reader: &mut Reader<'d>,
    object: &'d Map<String, Value>,
    vocabulary: &Vocabulary<'_>,
    at: &Pointer,
) -> Option<Alternative> {
    let mut alternative = Alternative::default();
    let mut sound = true;
    for (name, listed) in object {
        let at = at.at(name);
        let Some(scheme) = vocabulary.schemes.get(name.as_str()) else {
            let suggestion = nearest(name, vocabulary.schemes.keys().copied());
            reader.problem(&at, Problem::SchemeUnknown { scheme: short(name), suggestion });
            sound = false;
            continue;
        };
        let listed = reader.array(listed, &at)?;
        match &scheme.kind {
            SchemeKind::Unenforceable(kind) => {
                reader.problem(&at, Problem::SchemeUnenforceable { scheme: short(name), kind: kind.clone() });
                sound = false;
            }
            SchemeKind::Bearer if !listed.is_empty() => {
                reader.problem(&at, Problem::ScopesOnBearer { scheme: short(name) });
                sound = false;
            }
            SchemeKind::Bearer => {}
            SchemeKind::Application => {
                for (index, item) in listed.iter().enumerate() {
                    let at = at.at(index);
                    let role = reader
                        .text(item, &at)
                        .and_then(|text| vocabulary.application(reader, text, name, &at));
                    sound &= role.is_some();
                    alternative.app_roles.extend(role);
                }
            }
            SchemeKind::Delegated | SchemeKind::OpenIdConnect => {
                for (index, item) in listed.iter().enumerate() {
                    let at = at.at(index);
                    let scope =
                        reader.text(item, &at).and_then(|text| vocabulary.scope(reader, text, name, &at));
                    sound &= scope.is_some();
                    alternative.scopes.extend(scope);
                }
            }
        }
    }
    sound.then_some(alternative)
}

impl Vocabulary<'_> {
    /// A scope that is used under `scheme` (or in an extension).
    pub(super) fn scope(
        &self,
        reader: &mut Reader<'_>,
        text: &str,
        scheme: &str,
        at: &Pointer,
    ) -> Option<PermissionName> {
        if is_sign_in_scope(text) {
            reader.problem(at, Problem::SignInScope { scope: text.to_owned() });
            return None;
        }
        let name = permission(reader, text, self.identifier_uris, at)?;
        // Where nothing is declared anywhere, requirements are the declaration; else they can be checked against it.
        let declares_itself = self.scopes.is_empty()
            && !self.schemes.get(scheme).is_some_and(|scheme| scheme.kind == SchemeKind::Delegated);
        if declares_itself || self.scopes.contains(&name) {
            return Some(name);
        }
        let suggestion = nearest(name.as_str(), self.scopes.iter().map(PermissionName::as_str));
        reader.problem(
            at,
            Problem::ScopeUndeclared { scope: name.to_string(), scheme: short(scheme), suggestion },
        );
        None
    }

    /// A name under a clientCredentials-only scheme.
    fn application(
        &self,
        reader: &mut Reader<'_>,
        text: &str,
        scheme: &str,
        at: &Pointer,
    ) -> Option<PermissionName> {
        let name = permission(reader, text, self.identifier_uris, at)?;
        let declared = self.schemes.get(scheme).into_iter().flat_map(|scheme| &scheme.names);
        let bare: Vec<_> = declared.map(|(declared, _, _)| bare(declared, self.identifier_uris)).collect();
        if bare.contains(&name.as_str()) || self.roles.is_some_and(|roles| roles.contains_key(&name)) {
            return Some(name);
        }
        let suggestion = nearest(name.as_str(), bare);
        reader.problem(
            at,
            Problem::ScopeUndeclared { scope: name.to_string(), scheme: short(scheme), suggestion },
        );
        None
    }

    /// Whether `x-doorward-api.roles`, where there is one, knows the role for the kinds it is used for.
    pub(super) fn check_role(&self, reader: &mut Reader<'_>, role: &RoleAtom, at: &Pointer) {
        let Some(declared) = self.roles else { return };
        match declared.get(&role.name) {
            None => {
                let suggestion = nearest(role.name.as_str(), declared.keys().map(PermissionName::as_str));
                reader.problem(at, Problem::RoleUndeclared { role: role.name.to_string(), suggestion });
            }
            Some(section) => {
                for kind in role.kinds.difference(&section.kinds) {
                    reader.problem(at, Problem::RoleKind { role: role.name.to_string(), kind: *kind });
                }
            }
        }
    }
}

/// The scopes of OpenID Connect itself: they open the userinfo endpoint, never an API.
pub(super) fn is_sign_in_scope(text: &str) -> bool {
    matches!(text, "openid" | "profile" | "email" | "address" | "phone" | "offline_access")
}

fn bare<'t>(text: &'t str, prefixes: &[String]) -> &'t str {
    prefixes
        .iter()
        .find_map(|uri| text.strip_prefix(uri.trim_end_matches('/'))?.strip_prefix('/'))
        .unwrap_or(text)
}

//! `x-doorward-any`, `x-doorward-roles`, `x-doorward-kind`, `x-doorward-acr` and `x-doorward-max-age`, and how they join
//! the document's `security`.
//!
//! * `x-doorward-any: [a, b]`: besides what `security` asks for, one of these scopes.
//! * `x-doorward-roles`: a plain name or `{role, kind: app}` opens the operation to apps that hold all such roles, as an
//!   alternative to `security` (an app cannot hold scopes). `{role, kind: user}` is required of users in addition.
//! * `x-doorward-kind: user | app`: only tokens of this kind.
//! * `x-doorward-acr: VALUE` or a list: of a person, a sign-in of this strength, or of one of these (RFC 9470).
//! * `x-doorward-max-age: SECONDS`: of a person, a sign-in that is not older. The two narrow what people may do, and
//!   neither opens nor closes anything for apps, which do not sign in.
//!
//! A `security` that names no scope means "any valid token". As soon as an app role is named beside it, it no longer
//! admits anybody by itself: otherwise the role would be decoration.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::api::{kinds, permission, strict};
use super::finding::{Pointer, Problem};
use super::reader::Reader;
use super::security::{Alternative, Vocabulary};
use crate::{AcrValue, Atom, Clause, PermissionName, PrincipalKind, Requirement, RoleAtom};

/// The extensions of one operation.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    acr: Option<BTreeSet<AcrValue>>,
    any: Option<BTreeSet<PermissionName>>,
    kind: Option<PrincipalKind>,
    max_age_secs: Option<u32>,
    roles: Option<Vec<RoleAtom>>,
}

impl Extensions {
    /// Reads them from an operation or path item.
    pub(super) fn read<'d>(
        reader: &mut Reader<'d>,
        of: &'d Map<String, Value>,
        vocabulary: &Vocabulary<'_>,
        at: &Pointer,
    ) -> Self {
        let mut read = Self::default();
        if let Some(value) = of.get(ANY) {
            read.any = read_any(reader, value, vocabulary, &at.at(ANY));
        }
        if let Some(value) = of.get(ROLES) {
            read.roles = read_roles(reader, value, vocabulary, &at.at(ROLES));
        }
        if let Some(value) = of.get(ACR) {
            read.acr = read_acr(reader, value, &at.at(ACR));
        }
        if let Some(value) = of.get(MAX_AGE) {
            read.max_age_secs = value
                .as_u64()
                .and_then(|secs| u32::try_from(secs).ok())
                .filter(|secs| (LEAST_AGE_SECS..=MOST_AGE_SECS).contains(secs));
            if read.max_age_secs.is_none() {
                let form = "a whole number of seconds from 10 to 31536000, such as `300`";
                reader.problem(&at.at(MAX_AGE), Problem::Extension { extension: MAX_AGE, form });
            }
        }
        if let Some(value) = of.get(KIND) {
            read.kind = value.as_str().and_then(PrincipalKind::parse);
            if read.kind.is_none() {
                reader.problem(&at.at(KIND), Problem::Extension { extension: KIND, form: "`user` or `app`" });
            }
        }
        read
    }

    /// These, and for what they do not say, `defaults`.
    pub(super) fn or(self, defaults: &Self) -> Self {
        Self {
            acr: self.acr.or_else(|| defaults.acr.clone()),
            any: self.any.or_else(|| defaults.any.clone()),
            kind: self.kind.or(defaults.kind),
            max_age_secs: self.max_age_secs.or(defaults.max_age_secs),
            roles: self.roles.or_else(|| defaults.roles.clone()),
        }
    }

    /// One that is there, for messages.
    pub(super) fn named(&self) -> Option<&'static str> {
        let any = self.any.as_ref().map(|_| ANY);
        any.or(self.roles.as_ref().map(|_| ROLES))
            .or(self.kind.map(|_| KIND))
            .or(self.acr.as_ref().map(|_| ACR))
            .or(self.max_age_secs.map(|_| MAX_AGE))
    }

    /// Joins them with the alternatives of `security`.
    pub(super) fn join(&self, alternatives: &[Alternative]) -> Result<Requirement, &'static str> {
        let user_roles = self.roles_for(PrincipalKind::User);
        let app_roles = self.roles_for(PrincipalKind::App);
        let any = self.any.iter().cloned().map(Atom::AnyScope);
        let user_atoms: Vec<Atom> = any.chain(user_roles).collect();
        let mut clauses: Vec<Clause> = Vec::new();
        for alternative in alternatives {
            if alternative.app_roles.is_empty() {
                let scopes = alternative.scopes.iter().cloned().map(Atom::Scope);
                let atoms: Vec<Atom> = scopes.chain(user_atoms.iter().cloned()).collect();
                if self.kind == Some(PrincipalKind::App) && !atoms.is_empty() {
                    return Err(
                        "x-doorward-kind says app, but scopes and user roles are a user's; remove one of them \
                                (write `security: [{scheme: []}]` on the operation to drop inherited scopes)",
                    );
                }
                if !atoms.is_empty() || app_roles.is_empty() {
                    clauses.push(self.narrowed(atoms));
                }
            } else if self.kind == Some(PrincipalKind::User) || !alternative.scopes.is_empty() {
                return Err(
                    "an alternative asks for what only apps have (a clientCredentials scheme) and for what only \
                            users have; split it into two alternatives",
                );
            } else if !user_atoms.is_empty() {
                return Err(
                    "x-doorward-any and roles of kind user cannot be met by the apps of a clientCredentials scheme; \
                            remove them or name a scheme with a flow for users",
                );
            } else {
                clauses.push(Clause::new(alternative.app_roles.iter().cloned().map(app_role)));
            }
        }
        if !app_roles.is_empty() {
            if self.kind == Some(PrincipalKind::User) {
                return Err(
                    "x-doorward-kind says user, but x-doorward-roles names a role of kind app (the default); write \
                            `{role: Name, kind: user}` or remove one of them",
                );
            }
            clauses.push(Clause::new(app_roles));
        }
        if self.asks_for_a_sign_in() && !clauses.iter().any(Clause::asks_for_a_sign_in) {
            return Err(
                "x-doorward-acr and x-doorward-max-age ask how a person signed in, but only apps may call this; remove \
                 them or let people call it",
            );
        }
        Ok(Requirement::any_of(clauses))
    }

    fn narrowed(&self, mut atoms: Vec<Atom>) -> Clause {
        if let Some(kind) = self.kind
            && atoms.is_empty()
        {
            atoms.push(Atom::Kind(kind));
        }
        if self.kind != Some(PrincipalKind::App) {
            atoms.extend(self.acr.clone().map(Atom::Acr));
            atoms.extend(self.max_age_secs.map(Atom::MaxAge));
        }
        Clause::new(atoms)
    }

    fn asks_for_a_sign_in(&self) -> bool {
        self.acr.is_some() || self.max_age_secs.is_some()
    }

    fn roles_for(&self, kind: PrincipalKind) -> Vec<Atom> {
        let roles = self.roles.iter().flatten().filter(|role| role.kinds.contains(&kind));
        roles
            .map(|role| Atom::Role(RoleAtom { name: role.name.clone(), kinds: BTreeSet::from([kind]) }))
            .collect()
    }
}

fn app_role(name: PermissionName) -> Atom {
    Atom::Role(RoleAtom { name, kinds: BTreeSet::from([PrincipalKind::App]) })
}

fn read_acr(reader: &mut Reader<'_>, value: &Value, at: &Pointer) -> Option<BTreeSet<AcrValue>> {
    let texts: Option<Vec<&str>> = match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(items) if !items.is_empty() => items.iter().map(Value::as_str).collect(),
        _ => None,
    };
    let values = texts.and_then(|texts| texts.into_iter().map(|text| AcrValue::parse(text).ok()).collect());
    if values.is_none() {
        let form = "a value such as `urn:doorward:acr:mfa`, or a list of values of which one suffices";
        reader.problem(at, Problem::Extension { extension: ACR, form });
    }
    values
}

fn read_any<'d>(
    reader: &mut Reader<'d>,
    value: &'d Value,
    vocabulary: &Vocabulary<'_>,
    at: &Pointer,
) -> Option<BTreeSet<PermissionName>> {
    let items = value.as_array().filter(|items| !items.is_empty() && items.iter().all(Value::is_string));
    let Some(items) = items else {
        reader.problem(
            at,
            Problem::Extension {
                extension: ANY,
                form: "a list of scopes, such as `[notes.read, notes.write]`",
            },
        );
        return None;
    };
    let mut scopes = BTreeSet::new();
    for (index, text) in items.iter().filter_map(Value::as_str).enumerate() {
        scopes.extend(vocabulary.scope(reader, text, ANY, &at.at(index)));
    }
    Some(scopes)
}

fn read_roles<'d>(
    reader: &mut Reader<'d>,
    value: &'d Value,
    vocabulary: &Vocabulary<'_>,
    at: &Pointer,
) -> Option<Vec<RoleAtom>> {
    let form = "a list of role names, or of `{role: Notes.Read.All, kind: app}`";
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
        reader.problem(at, Problem::Extension { extension: ROLES, form });
        return None;
    };
    let mut roles = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = at.at(index);
        let (text, kinds) = match item {
            Value::String(text) => (text.as_str(), Some(BTreeSet::from([PrincipalKind::App]))),
            Value::Object(object) if object.get("role").is_some_and(Value::is_string) => {
                strict(reader, object, &["role", "kind", "kinds"], &at);
                (object.get("role").and_then(Value::as_str).unwrap_or_default(), kinds(reader, object, &at))
            }
            _ => {
                reader.problem(&at, Problem::Extension { extension: ROLES, form });
                continue;
            }
        };
        let name = permission(reader, text, &[], &at);
        if let (Some(name), Some(kinds)) = (name, kinds) {
            let role = RoleAtom { name, kinds };
            vocabulary.check_role(reader, &role, &at);
            roles.push(role);
        }
    }
    Some(roles)
}

/// A sign-in is some seconds old when its token arrives: less than this could not be met.
const LEAST_AGE_SECS: u32 = 10;
/// A year.
const MOST_AGE_SECS: u32 = 31_536_000;

pub(super) const ACR: &str = "x-doorward-acr";
pub(super) const ANY: &str = "x-doorward-any";
pub(super) const KIND: &str = "x-doorward-kind";
pub(super) const MAX_AGE: &str = "x-doorward-max-age";
pub(super) const ROLES: &str = "x-doorward-roles";

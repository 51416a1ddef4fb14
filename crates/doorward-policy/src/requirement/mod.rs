//! What a route requires: one of several clauses, each of which is a list of atoms that must all hold.
//!
//! Owns the form and its meaning for one principal ([`Requirement::check`]); [`terms`] compares two requirements.
//! Scopes and roles say what a token may; [`Atom::Acr`] and [`Atom::MaxAge`] say how its person signed in (RFC 9470).

mod acr_value;
mod check;
mod terms;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{PermissionName, PrincipalKind};

pub use acr_value::{AcrValue, NotAnAcr};
pub(crate) use check::Shortfall;

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Atom {
    /// The person signed in with the strength of one of these, or more. An app has none.
    Acr(BTreeSet<AcrValue>),
    /// One of these scopes, where the document writes `x-doorward-any`.
    AnyScope(BTreeSet<PermissionName>),
    /// The caller is of this kind.
    Kind(PrincipalKind),
    /// The person signed in at most so many seconds ago.
    MaxAge(u32),
    /// An app role, held by a caller of a kind that the role is meant for.
    Role(RoleAtom),
    /// A delegated permission: a user let the calling app do this. A token of an app alone never satisfies it, whatever
    /// its `scope` says; what an app may do by itself is a role.
    Scope(PermissionName),
}

/// An app role and the kinds of principal that may use it here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleAtom {
    /// The value in `roles`.
    pub name: PermissionName,
    /// Never empty in a policy.
    pub kinds: BTreeSet<PrincipalKind>,
}

/// Atoms that must all hold. Without atoms every verified token passes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    all_of: BTreeSet<Atom>,
}

impl Clause {
    /// A clause of these atoms; order and repetition mean nothing.
    pub fn new(atoms: impl IntoIterator<Item = Atom>) -> Self {
        Self { all_of: atoms.into_iter().collect() }
    }

    /// The atoms in canonical order.
    pub fn atoms(&self) -> &BTreeSet<Atom> {
        &self.all_of
    }

    /// Whether the strength or the age of the sign-in counts.
    pub(crate) fn asks_for_a_sign_in(&self) -> bool {
        self.all_of.iter().any(|atom| matches!(atom, Atom::Acr(_) | Atom::MaxAge(_)))
    }

    /// The scopes that a client asks for to meet this clause: every named one and the first of each choice.
    pub fn scopes(&self) -> Vec<PermissionName> {
        let named = self.all_of.iter().filter_map(|atom| match atom {
            Atom::Scope(scope) => Some(scope),
            Atom::AnyScope(choice) => choice.first(),
            Atom::Acr(_) | Atom::Kind(_) | Atom::MaxAge(_) | Atom::Role(_) => None,
        });
        named.collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }
}

/// Who may pass a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// Whoever meets one of the clauses.
    AnyOf(BTreeSet<Clause>),
    /// Everybody, without a token. Written out in the document, never assumed.
    Public,
}

impl Requirement {
    /// Whoever meets one of these clauses.
    pub fn any_of(clauses: impl IntoIterator<Item = Clause>) -> Self {
        Self::AnyOf(clauses.into_iter().collect())
    }

    /// All of these scopes, held by a user.
    pub fn all_scopes(scopes: impl IntoIterator<Item = PermissionName>) -> Self {
        Self::any_of([Clause::new(scopes.into_iter().map(Atom::Scope))])
    }

    /// The clauses; none for a public route.
    pub fn clauses(&self) -> impl Iterator<Item = &Clause> {
        match self {
            Self::AnyOf(clauses) => Some(clauses),
            Self::Public => None,
        }
        .into_iter()
        .flatten()
    }

    /// The scopes that get a user in with the least: what a challenge without a token names.
    pub fn least_scopes(&self) -> Vec<PermissionName> {
        let open = self.clauses().filter(|clause| clause.is_open_to(PrincipalKind::User));
        open.map(Clause::scopes).min_by_key(Vec::len).unwrap_or_default()
    }

    /// Every scope named anywhere in it.
    pub fn named_scopes(&self) -> BTreeSet<&PermissionName> {
        let mut names = BTreeSet::new();
        for atom in self.clauses().flat_map(|clause| &clause.all_of) {
            match atom {
                Atom::Scope(scope) => names.extend([scope]),
                Atom::AnyScope(choice) => names.extend(choice),
                Atom::Acr(_) | Atom::Kind(_) | Atom::MaxAge(_) | Atom::Role(_) => {}
            }
        }
        names
    }

    /// Every role named anywhere in it.
    pub fn named_roles(&self) -> BTreeSet<&RoleAtom> {
        let atoms = self.clauses().flat_map(|clause| &clause.all_of);
        atoms.filter_map(|atom| if let Atom::Role(role) = atom { Some(role) } else { None }).collect()
    }

    pub(crate) fn check_satisfiable(&self) -> Result<(), RequirementFault> {
        let Self::AnyOf(clauses) = self else { return Ok(()) };
        if clauses.is_empty() {
            return Err(RequirementFault::NoClause);
        }
        for clause in clauses {
            let is_empty = |atom: &Atom| match atom {
                Atom::Acr(choice) => choice.is_empty(),
                Atom::AnyScope(choice) => choice.is_empty(),
                Atom::Kind(_) | Atom::MaxAge(_) | Atom::Role(_) | Atom::Scope(_) => false,
            };
            if clause.all_of.iter().any(is_empty) {
                return Err(RequirementFault::EmptyChoice);
            }
            if !PrincipalKind::ALL.into_iter().any(|kind| clause.is_open_to(kind)) {
                return Err(RequirementFault::Contradiction { clause: clause.to_string() });
            }
        }
        Ok(())
    }
}

/// Why no token could ever meet a requirement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequirementFault {
    /// Atoms of one clause exclude each other.
    #[error("`{clause}` asks for a user and an app in one token (a scope is always a user's)")]
    Contradiction {
        /// The clause in words.
        clause: String,
    },
    /// A choice among nothing.
    #[error("a choice is empty")]
    EmptyChoice,
    /// A requirement without a clause.
    #[error("there is no clause")]
    NoClause,
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Acr(choice) => {
                let values: Vec<_> = choice.iter().map(AcrValue::as_str).collect();
                write!(f, "a sign-in of {}", values.join(" or "))
            }
            Self::AnyScope(choice) => {
                let names: Vec<_> = choice.iter().map(PermissionName::as_str).collect();
                write!(f, "one of {}", names.join(", "))
            }
            Self::Kind(kind) => write!(f, "any {kind}"),
            Self::MaxAge(secs) => write!(f, "a sign-in at most {secs} s ago"),
            Self::Role(role) => {
                let kinds: Vec<_> = role.kinds.iter().map(|kind| kind.as_str()).collect();
                write!(f, "role {} ({})", role.name, kinds.join(" or "))
            }
            Self::Scope(scope) => write!(f, "{scope}"),
        }
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.all_of.is_empty() {
            return f.write_str("any valid token");
        }
        let atoms: Vec<_> = self.all_of.iter().map(ToString::to_string).collect();
        f.write_str(&atoms.join(" and "))
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("public"),
            Self::AnyOf(clauses) => {
                let clauses: Vec<_> = clauses.iter().map(ToString::to_string).collect();
                f.write_str(&clauses.join(", or "))
            }
        }
    }
}

//! Comparing two requirements: does the one admit anybody whom the other refuses?
//!
//! Per kind of principal a requirement is a monotone formula over scopes and roles. Written as a set of terms (each a
//! set of permissions that suffices), it admits no more than another exactly when each of its terms contains a term of
//! the other.

use std::collections::BTreeSet;

use super::{Atom, Clause, Requirement};
use crate::PrincipalKind;

/// A permission in a term; the flag of the enum keeps a scope apart from a role of the same name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Held<'a> {
    Role(&'a str),
    Scope(&'a str),
}

type Term<'a> = BTreeSet<Held<'a>>;

impl Requirement {
    /// Whether someone may pass here who may not pass `other`. Exact, except that a requirement with more than
    /// [`MOST_TERMS`] terms counts as wider.
    pub fn admits_more_than(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Public) => false,
            (Self::Public, Self::AnyOf(_)) => true,
            (Self::AnyOf(mine), Self::AnyOf(theirs)) => PrincipalKind::ALL.into_iter().any(|kind| {
                let (Some(mine), Some(theirs)) = (terms(mine, kind), terms(theirs, kind)) else {
                    return true;
                };
                !mine.iter().all(|term| theirs.iter().any(|known| known.is_subset(term)))
            }),
        }
    }
}

fn terms(clauses: &BTreeSet<Clause>, kind: PrincipalKind) -> Option<Vec<Term<'_>>> {
    let mut all = Vec::new();
    for clause in clauses.iter().filter(|clause| clause.is_open_to(kind)) {
        let mut expanded: Vec<Term<'_>> = vec![Term::new()];
        for atom in clause.atoms() {
            expanded = expand(expanded, atom);
            if expanded.len() + all.len() > MOST_TERMS {
                return None;
            }
        }
        all.extend(expanded);
    }
    Some(all)
}

fn expand<'a>(terms: Vec<Term<'a>>, atom: &'a Atom) -> Vec<Term<'a>> {
    let choices: Vec<Held<'a>> = match atom {
        Atom::AnyScope(choice) => choice.iter().map(|scope| Held::Scope(scope.as_str())).collect(),
        Atom::Kind(_) => return terms,
        Atom::Role(role) => vec![Held::Role(role.name.as_str())],
        Atom::Scope(scope) => vec![Held::Scope(scope.as_str())],
    };
    let with = |term: &Term<'a>, held: Held<'a>| term.iter().copied().chain([held]).collect();
    terms.iter().flat_map(|term| choices.iter().map(move |held| with(term, *held))).collect()
}

const MOST_TERMS: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PermissionName, RoleAtom};

    fn name(text: &str) -> PermissionName {
        PermissionName::parse(text).expect("a name")
    }

    fn scopes(names: &[&str]) -> Requirement {
        Requirement::all_scopes(names.iter().map(|n| name(n)))
    }

    fn any(names: &[&str]) -> Requirement {
        Requirement::any_of([Clause::new([Atom::AnyScope(names.iter().map(|n| name(n)).collect())])])
    }

    fn role(text: &str, kinds: &[PrincipalKind]) -> Requirement {
        let role = RoleAtom { name: name(text), kinds: kinds.iter().copied().collect() };
        Requirement::any_of([Clause::new([Atom::Role(role)])])
    }

    #[test]
    fn fewer_scopes_admit_more() {
        assert!(scopes(&["a"]).admits_more_than(&scopes(&["a", "b"])));
        assert!(!scopes(&["a", "b"]).admits_more_than(&scopes(&["a"])));
        assert!(!scopes(&["a"]).admits_more_than(&scopes(&["a"])));
    }

    #[test]
    fn any_admits_more_than_all() {
        assert!(any(&["a", "b"]).admits_more_than(&scopes(&["a", "b"])));
        assert!(!scopes(&["a", "b"]).admits_more_than(&any(&["a", "b"])));
        assert!(!any(&["a"]).admits_more_than(&scopes(&["a"])));
    }

    #[test]
    fn public_admits_more_than_anything_and_a_role_is_not_a_scope() {
        assert!(Requirement::Public.admits_more_than(&scopes(&["a"])));
        assert!(!scopes(&["a"]).admits_more_than(&Requirement::Public));
        assert!(!Requirement::Public.admits_more_than(&Requirement::Public));
        assert!(role("a", &[PrincipalKind::User]).admits_more_than(&scopes(&["a"])));
    }

    #[test]
    fn a_role_for_one_more_kind_admits_more() {
        let app = role("R", &[PrincipalKind::App]);
        let both = role("R", &PrincipalKind::ALL);
        assert!(both.admits_more_than(&app));
        assert!(!app.admits_more_than(&both));
    }
}

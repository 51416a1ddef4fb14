//! Comparing two requirements: does the one admit anybody whom the other refuses?
//!
//! Per kind of principal a requirement is a monotone formula over scopes, roles and the strength and age of the sign-in.
//! Written as a set of terms (each a set of things that suffices), it admits no more than another exactly when each of
//! its terms asks for all that a term of the other asks for.

use std::collections::BTreeSet;

use doorward_token::acr;

use super::{Atom, Clause, Requirement};
use crate::PrincipalKind;

/// A thing in a term; the flag of the enum keeps a scope apart from a role of the same name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Held<'a> {
    Acr(&'a str),
    Role(&'a str),
    Scope(&'a str),
}

/// All that is held, and the age of the sign-in where it counts.
#[derive(Clone, Default)]
struct Term<'a> {
    held: BTreeSet<Held<'a>>,
    max_age_secs: Option<u32>,
}

impl<'a> Term<'a> {
    fn with(&self, held: Held<'a>) -> Self {
        let mut next = self.clone();
        next.held.insert(held);
        if let Held::Acr(value) = held {
            // Who signed in with more also signed in with less.
            let lesser = acr::SUPPORTED.into_iter().filter(|known| acr::satisfies(value, known));
            next.held.extend(lesser.map(Held::Acr));
        }
        next
    }

    fn within(&self, max_age_secs: u32) -> Self {
        let stricter = self.max_age_secs.map_or(max_age_secs, |known| known.min(max_age_secs));
        Self { held: self.held.clone(), max_age_secs: Some(stricter) }
    }

    /// Whether whoever meets `other` meets this one.
    fn asks_for_no_more_than(&self, other: &Self) -> bool {
        let younger =
            self.max_age_secs.is_none_or(|most| other.max_age_secs.is_some_and(|other| other <= most));
        younger && self.held.is_subset(&other.held)
    }
}

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
                !mine.iter().all(|term| theirs.iter().any(|known| known.asks_for_no_more_than(term)))
            }),
        }
    }
}

fn terms(clauses: &BTreeSet<Clause>, kind: PrincipalKind) -> Option<Vec<Term<'_>>> {
    let mut all = Vec::new();
    for clause in clauses.iter().filter(|clause| clause.is_open_to(kind)) {
        let mut expanded: Vec<Term<'_>> = vec![Term::default()];
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
        Atom::Acr(choice) => choice.iter().map(|value| Held::Acr(value.as_str())).collect(),
        Atom::AnyScope(choice) => choice.iter().map(|scope| Held::Scope(scope.as_str())).collect(),
        Atom::Kind(_) => return terms,
        Atom::MaxAge(secs) => return terms.iter().map(|term| term.within(*secs)).collect(),
        Atom::Role(role) => vec![Held::Role(role.name.as_str())],
        Atom::Scope(scope) => vec![Held::Scope(scope.as_str())],
    };
    terms.iter().flat_map(|term| choices.iter().map(move |held| term.with(*held))).collect()
}

const MOST_TERMS: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AcrValue, PermissionName, RoleAtom};

    fn name(text: &str) -> PermissionName {
        PermissionName::parse(text).expect("a name")
    }

    fn signed_in(values: &[&str], max_age_secs: Option<u32>) -> Requirement {
        let values = values.iter().map(|value| AcrValue::parse(value).expect("a value")).collect();
        let acr = [Atom::Acr(values)].into_iter().chain(max_age_secs.map(Atom::MaxAge));
        Requirement::any_of([Clause::new(acr)])
    }

    #[test]
    fn a_weaker_or_older_sign_in_admits_more() {
        let (pwd, mfa) = (acr::PASSWORD, acr::MULTI_FACTOR);
        for (first, second, more) in [
            (signed_in(&[pwd], None), signed_in(&[mfa], None), true),
            (signed_in(&[mfa], None), signed_in(&[pwd], None), false),
            (signed_in(&[mfa, "x"], None), signed_in(&[mfa], None), true),
            (signed_in(&["x"], None), signed_in(&[mfa, "x"], None), false),
            (signed_in(&[mfa], None), signed_in(&[mfa], Some(60)), true),
            (signed_in(&[mfa], Some(60)), signed_in(&[mfa], None), false),
            (signed_in(&[mfa], Some(61)), signed_in(&[mfa], Some(60)), true),
            (signed_in(&[mfa], Some(60)), signed_in(&[mfa], Some(60)), false),
            (signed_in(&[mfa], Some(60)), signed_in(&[pwd], Some(61)), false),
            (signed_in(&[mfa], None), scopes(&["a"]), true),
            (scopes(&["a"]), signed_in(&[pwd], None), true),
        ] {
            assert_eq!(first.admits_more_than(&second), more, "{first} / {second}");
        }
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

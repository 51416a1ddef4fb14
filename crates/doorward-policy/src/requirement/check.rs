//! One requirement, one principal: passed by which clause, or short of what.

use std::collections::BTreeSet;

use doorward_token::acr;

use super::{AcrValue, Atom, Clause, Requirement};
use crate::{PermissionName, Principal, PrincipalKind};

/// What a principal lacks, told for the clause that it is nearest to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shortfall {
    /// No clause is open to the principal's kind.
    Kind { needed: PrincipalKind },
    /// Only roles are missing.
    Roles { needed: Vec<PermissionName>, missing: Vec<PermissionName> },
    /// Scopes and roles suffice; the person must sign in again, or with more.
    SignIn { acr_values: Vec<AcrValue>, max_age_secs: Option<u32>, scopes: Vec<PermissionName> },
    /// Scopes are missing.
    Scopes { needed: Vec<PermissionName>, missing: Vec<PermissionName> },
}

impl Requirement {
    /// The clause that lets the principal pass (`None` on a public route), or what is missing from the cheapest clause
    /// that its kind could meet: the fewest atoms missing, then the fewest in all.
    pub(crate) fn check(&self, principal: &Principal) -> Result<Option<&Clause>, Shortfall> {
        let Self::AnyOf(clauses) = self else { return Ok(None) };
        if let Some(met) = clauses.iter().find(|clause| clause.missing(principal).is_empty()) {
            return Ok(Some(met));
        }
        let open = clauses.iter().filter(|clause| clause.is_open_to(principal.kind()));
        match open.min_by_key(|clause| (clause.missing(principal).len(), clause.all_of.len())) {
            Some(nearest) => Err(nearest.shortfall(principal)),
            None => Err(Shortfall::Kind { needed: other(principal.kind()) }),
        }
    }
}

impl Clause {
    /// Whether a principal of this kind could meet the clause at all.
    pub(super) fn is_open_to(&self, kind: PrincipalKind) -> bool {
        self.all_of.iter().all(|atom| atom.is_open_to(kind))
    }

    fn missing(&self, principal: &Principal) -> Vec<&Atom> {
        self.all_of.iter().filter(|atom| !atom.holds_for(principal)).collect()
    }

    fn shortfall(&self, principal: &Principal) -> Shortfall {
        let missing = self.missing(principal);
        let missing_scopes = Clause::new(missing.iter().map(|atom| (*atom).clone())).scopes();
        if !missing_scopes.is_empty() {
            return Shortfall::Scopes { needed: self.scopes_for(principal), missing: missing_scopes };
        }
        if missing.iter().all(|atom| matches!(atom, Atom::Acr(_) | Atom::MaxAge(_))) {
            return self.sign_in(principal);
        }
        let roles = |atoms: &mut dyn Iterator<Item = &Atom>| -> Vec<PermissionName> {
            atoms
                .filter_map(|atom| if let Atom::Role(role) = atom { Some(role.name.clone()) } else { None })
                .collect()
        };
        Shortfall::Roles {
            needed: roles(&mut self.all_of.iter()),
            missing: roles(&mut missing.iter().copied()),
        }
    }

    /// What a new sign-in must be: everything that the clause asks of one, so that one round is enough.
    fn sign_in(&self, principal: &Principal) -> Shortfall {
        let values = self.all_of.iter().filter_map(|atom| match atom {
            Atom::Acr(choice) => Some(choice),
            _ => None,
        });
        Shortfall::SignIn {
            acr_values: values.flatten().cloned().collect(),
            max_age_secs: self
                .all_of
                .iter()
                .filter_map(|atom| if let Atom::MaxAge(secs) = atom { Some(*secs) } else { None })
                .min(),
            scopes: self.scopes_for(principal),
        }
    }

    /// The scopes of the clause; of a choice the one that is held, else the first.
    fn scopes_for(&self, principal: &Principal) -> Vec<PermissionName> {
        let names = self.all_of.iter().filter_map(|atom| match atom {
            Atom::Scope(scope) => Some(scope),
            Atom::AnyScope(choice) => {
                choice.iter().find(|scope| principal.scopes().contains(scope.as_str())).or(choice.first())
            }
            Atom::Acr(_) | Atom::Kind(_) | Atom::MaxAge(_) | Atom::Role(_) => None,
        });
        names.collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }
}

impl Atom {
    fn is_open_to(&self, kind: PrincipalKind) -> bool {
        match self {
            Self::Acr(_) | Self::AnyScope(_) | Self::MaxAge(_) | Self::Scope(_) => {
                kind == PrincipalKind::User
            }
            Self::Kind(wanted) => *wanted == kind,
            Self::Role(role) => role.kinds.contains(&kind),
        }
    }

    fn holds_for(&self, principal: &Principal) -> bool {
        self.is_open_to(principal.kind())
            && match self {
                Self::Acr(choice) => principal.acr().is_some_and(|presented| {
                    choice.iter().any(|wanted| acr::satisfies(presented, wanted.as_str()))
                }),
                Self::AnyScope(choice) => {
                    choice.iter().any(|scope| principal.scopes().contains(scope.as_str()))
                }
                Self::Kind(_) => true,
                Self::MaxAge(secs) => principal.sign_in_age_secs().is_some_and(|age| age <= u64::from(*secs)),
                Self::Role(role) => principal.roles().contains(role.name.as_str()),
                Self::Scope(scope) => principal.scopes().contains(scope.as_str()),
            }
    }
}

fn other(kind: PrincipalKind) -> PrincipalKind {
    match kind {
        PrincipalKind::App => PrincipalKind::User,
        PrincipalKind::User => PrincipalKind::App,
    }
}

//! The decision: which route a request is, and whether this principal may pass it.

use crate::{Clause, Denial, Policy, Principal, Route, requirement::Shortfall};

/// The answer to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<'p> {
    /// The principal may pass.
    Allow {
        /// The declared operation.
        route: &'p Route,
        /// The clause it met; `None` on a public route.
        clause: Option<&'p Clause>,
    },
    /// It may not, and why.
    Deny(Denial),
}

impl Policy {
    /// Decides a request by its raw path (origin form, no query).
    pub fn decide(&self, method: &str, path: &str, principal: &Principal) -> Decision<'_> {
        match self.route(method, path) {
            Ok(route) => self.admit(route, principal),
            Err(denial) => Decision::Deny(denial),
        }
    }

    /// Decides for a route of this policy that has been found already.
    pub fn admit<'p>(&'p self, route: &'p Route, principal: &Principal) -> Decision<'p> {
        let shortfall = match route.requirement.check(principal) {
            Ok(clause) => return Decision::Allow { route, clause },
            Err(shortfall) => shortfall,
        };
        let label = route.label();
        Decision::Deny(match shortfall {
            Shortfall::Kind { needed } => {
                Denial::KindMismatch { route: label, needed, got: principal.kind() }
            }
            Shortfall::Roles { needed, missing } => Denial::MissingRole {
                route: label,
                kind: principal.kind(),
                needed_all_of: needed,
                missing,
                present: principal.roles().iter().cloned().collect(),
            },
            Shortfall::SignIn { acr_values, max_age_secs, scopes } => Denial::InsufficientAuthentication {
                route: label,
                acr_values,
                max_age_secs,
                present_acr: principal.acr().map(str::to_owned),
                age_secs: principal.sign_in_age_secs(),
                scopes,
            },
            Shortfall::Scopes { needed, missing } => Denial::InsufficientScope {
                route: label,
                resource: self.resource().map(str::to_owned),
                needed_all_of: needed,
                missing,
                present: principal.scopes().iter().cloned().collect(),
            },
        })
    }
}

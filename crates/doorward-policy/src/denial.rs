//! Why a request is denied, in the words of the failure catalogue.

use doorward_token::{Code, Evidence, Explain};

use crate::policy::asked_for;
use crate::{AcrValue, Ambiguity, Method, PermissionName, PrincipalKind};

/// A request that the policy does not let through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// The path could be read in two ways.
    #[error("the path `{path}` is refused because {why}")]
    AmbiguousPath {
        /// The path, shortened, control characters shown as escapes.
        path: String,
        /// What is wrong with it.
        why: Ambiguity,
    },
    /// A user's token lacks scopes.
    #[error("{route} needs {}, token has {}", list(needed_all_of), list(present))]
    InsufficientScope {
        /// `METHOD /template`.
        route: String,
        /// The identifier URI before the scopes, where known.
        resource: Option<String>,
        /// All scopes of the cheapest clause that a user can meet: what `scope=` of the challenge says.
        needed_all_of: Vec<PermissionName>,
        /// Those of them that the token lacks.
        missing: Vec<PermissionName>,
        /// The scopes of the token.
        present: Vec<String>,
    },
    /// The route is for the other kind of principal.
    #[error("{route} is for {needed} tokens, this is {} {got} token", article(*got))]
    KindMismatch {
        /// `METHOD /template`.
        route: String,
        /// Whom the route is for.
        needed: PrincipalKind,
        /// Who calls.
        got: PrincipalKind,
    },
    /// The path is declared, the method is not.
    #[error("{method} is not declared for {template}, only {}", list(declared))]
    MethodNotDeclared {
        /// As sent, shortened.
        method: String,
        /// The template that the path matches.
        template: String,
        /// The methods that it has.
        declared: Vec<Method>,
    },
    /// The sign-in behind the token is too weak or too old (RFC 9470).
    #[error("{route} needs {}, this one is {}", wanted(acr_values, *max_age_secs), had(present_acr.as_deref(), *age_secs))]
    InsufficientAuthentication {
        /// `METHOD /template`.
        route: String,
        /// The strengths that the nearest clause accepts; empty where any does.
        acr_values: Vec<AcrValue>,
        /// How old the sign-in may be.
        max_age_secs: Option<u32>,
        /// The strength of the token's sign-in.
        present_acr: Option<String>,
        /// Its age, where the token tells.
        age_secs: Option<u64>,
        /// The scopes of the clause, to be asked for again with it.
        scopes: Vec<PermissionName>,
    },
    /// The kind is right, scopes suffice, a role is missing.
    #[error("{route} needs role {}, token has {}", list(needed_all_of), list(present))]
    MissingRole {
        /// `METHOD /template`.
        route: String,
        /// Who calls.
        kind: PrincipalKind,
        /// All roles of the nearest clause.
        needed_all_of: Vec<PermissionName>,
        /// Those of them that the token lacks.
        missing: Vec<PermissionName>,
        /// The roles of the token.
        present: Vec<String>,
    },
    /// No declared template matches.
    #[error("{method} {path} is not declared by this API")]
    UndeclaredRoute {
        /// As sent, shortened.
        method: String,
        /// As sent, shortened.
        path: String,
    },
}

impl Denial {
    pub(crate) fn ambiguous(path: &str, why: Ambiguity) -> Self {
        Self::AmbiguousPath { path: shown(path), why }
    }

    pub(crate) fn undeclared(method: &str, path: &str) -> Self {
        Self::UndeclaredRoute { method: method.chars().take(20).collect(), path: shown(path) }
    }
}

impl Explain for Denial {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::AmbiguousPath { .. } => "DW3251",
            Self::InsufficientAuthentication { .. } => "DW3260",
            Self::InsufficientScope { .. } => "DW3202",
            Self::KindMismatch { needed: PrincipalKind::User, .. } => "DW3204",
            Self::KindMismatch { needed: PrincipalKind::App, .. } => "DW3205",
            Self::MethodNotDeclared { .. } => "DW3252",
            Self::MissingRole { kind: PrincipalKind::App, present, .. } if present.is_empty() => "DW3003",
            Self::MissingRole { .. } => "DW3254",
            Self::UndeclaredRoute { .. } => "DW3250",
        })
    }

    fn diagnosis(&self) -> String {
        self.to_string()
    }

    fn evidence(&self) -> Option<Evidence> {
        Some(match self {
            Self::AmbiguousPath { path, .. } => Evidence::sent(path),
            Self::InsufficientAuthentication { acr_values, max_age_secs, present_acr, age_secs, .. } => {
                Evidence::differ(had(present_acr.as_deref(), *age_secs), wanted(acr_values, *max_age_secs))
            }
            Self::InsufficientScope { needed_all_of, present, .. }
            | Self::MissingRole { needed_all_of, present, .. } => {
                Evidence::differ(list(present), list(needed_all_of))
            }
            Self::KindMismatch { needed, got, .. } => {
                Evidence::differ(format!("{got} token"), format!("{needed} token"))
            }
            Self::MethodNotDeclared { method, declared, .. } => Evidence::differ(method, list(declared)),
            Self::UndeclaredRoute { method, path } => Evidence::sent(format!("{method} {path}")),
        })
    }

    fn remedy(&self) -> String {
        match self {
            Self::AmbiguousPath { .. } => {
                "send the path plainly: single slashes, no dot segments, nothing encoded twice, no encoded slash or dot".to_owned()
            }
            Self::InsufficientAuthentication { acr_values, max_age_secs, .. } => {
                let acr = (!acr_values.is_empty()).then(|| format!("acr_values={}", list(acr_values)));
                let age = max_age_secs.map(|secs| format!("max_age={secs}"));
                let both: Vec<_> = acr.into_iter().chain(age).collect();
                format!(
                    "send the person through the authorization endpoint again with {}, then call with the new access token",
                    both.join(" and ")
                )
            }
            Self::InsufficientScope { resource, missing, .. } => {
                let scopes: Vec<_> = missing.iter().map(|scope| asked_for(resource.as_deref(), scope)).collect();
                format!("ask for {} in the scope parameter, then call with the new access token", scopes.join(" "))
            }
            Self::KindMismatch { needed: PrincipalKind::User, .. } => {
                "sign a user in and call with the user's token, or call the route that is meant for apps".to_owned()
            }
            Self::KindMismatch { needed: PrincipalKind::App, .. } => {
                "call with a token that the app gets for itself (client credentials): a delegated permission does not \
                 stand in for an application permission"
                    .to_owned()
            }
            Self::MethodNotDeclared { template, declared, .. } => {
                format!("use {}, or declare the method for {template} in the OpenAPI document", list(declared))
            }
            Self::MissingRole { kind: PrincipalKind::App, missing, .. } => format!(
                "assign the app role {} to the calling app, then get a new token: roles appears at the next issue",
                list(missing)
            ),
            Self::MissingRole { kind: PrincipalKind::User, missing, .. } => {
                format!("assign the app role {} to the user, then get a new token", list(missing))
            }
            Self::UndeclaredRoute { .. } => {
                "check the path; a route that exists has to be declared in the API's OpenAPI document".to_owned()
            }
        }
    }
}

fn wanted(acr_values: &[AcrValue], max_age_secs: Option<u32>) -> String {
    let acr = (!acr_values.is_empty()).then(|| {
        let values: Vec<_> = acr_values.iter().map(AcrValue::as_str).collect();
        format!("of {}", values.join(" or "))
    });
    let age = max_age_secs.map(|secs| format!("at most {secs} s ago"));
    let both: Vec<_> = acr.into_iter().chain(age).collect();
    format!("a sign-in {}", both.join(", "))
}

fn had(acr: Option<&str>, age_secs: Option<u64>) -> String {
    let acr = acr.map_or_else(|| "of unknown strength".to_owned(), |acr| format!("of {acr}"));
    let age = age_secs.map_or_else(|| "of unknown age".to_owned(), |secs| format!("{secs} s ago"));
    format!("{acr}, {age}")
}

fn list<T: std::fmt::Display>(items: &[T]) -> String {
    if items.is_empty() {
        return "none".to_owned();
    }
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn article(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::App => "an",
        PrincipalKind::User => "a",
    }
}

/// The start of a path from the wire, safe to print.
fn shown(path: &str) -> String {
    path.chars().take(LONGEST_SHOWN).flat_map(char::escape_debug).collect()
}

const LONGEST_SHOWN: usize = 120;

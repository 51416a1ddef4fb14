//! The token endpoint: authenticate the client, find the grant type, decide.
//!
//! Owns the slice of grant types and the phases that all share, so that no grant can forget client authentication.
//! Each grant says what it needs and decides; it never touches a form, a clock or a store.

mod authorization_code;
mod client_credentials;
mod delegated;
mod refresh_format;
mod refresh_token;
mod reply;
mod request;

use doorward_token::{Evidence, Trail};

pub use refresh_format::RefreshToken;
pub use reply::TokenReply;
pub use request::TokenRequest;

use crate::client_auth::{self, Proof, Proven, kind_name};
use crate::decision::{At, Decision};
use crate::facts::Facts;
use crate::model::{Client, ClientKind};
use crate::needs::Need;
use crate::outbound::Outbound;
use crate::permission::{PermissionFault, syntax_in_words};
use crate::port::Env;
use crate::refusal::{GrantRefusal, Reason, Refusal, RequestRefusal, quote};

/// An authenticated token request.
struct Authenticated<'a> {
    at: &'a At<'a>,
    request: &'a TokenRequest,
    client: &'a Client,
    proof: Proof,
    facts: &'a Facts,
}

type NeedsFn = for<'a> fn(&At<'a>, &TokenRequest, &Facts, &Env<'_>) -> Vec<Need>;
type DecideFn = for<'a> fn(&Authenticated<'a>, &Env<'_>, &mut Trail) -> Result<Decision<TokenReply>, Refusal>;

/// One way to a token.
struct GrantType {
    name: &'static str,
    kinds: &'static [ClientKind],
    needs: NeedsFn,
    decide: DecideFn,
}

/// All ways to a token; discovery lists them from here.
const GRANTS: &[GrantType] = &[
    GrantType {
        name: "authorization_code",
        kinds: &[ClientKind::Native, ClientKind::Spa, ClientKind::Web],
        needs: authorization_code::needs,
        decide: authorization_code::decide,
    },
    GrantType {
        name: "refresh_token",
        kinds: &[ClientKind::Native, ClientKind::Spa, ClientKind::Web],
        needs: refresh_token::needs,
        decide: refresh_token::decide,
    },
    GrantType {
        name: "client_credentials",
        kinds: &[ClientKind::Daemon, ClientKind::Web],
        needs: client_credentials::needs,
        decide: client_credentials::decide,
    },
];

/// The grant types that exist, for metadata documents.
pub fn grant_types() -> impl Iterator<Item = &'static str> {
    GRANTS.iter().map(|grant| grant.name)
}

/// What must be known; ask again with the facts until nothing is lacking.
pub fn needs(at: &At<'_>, request: &TokenRequest, facts: &Facts, env: &Env<'_>) -> Vec<Need> {
    let mut needs = client_auth::needs(at.authority.tenant.id, &request.client, env);
    if let Some(grant) = find(request) {
        needs.extend((grant.needs)(at, request, facts, env));
    }
    needs
}

/// What must be heard from outside, once everything is loaded.
pub fn asks(at: &At<'_>, request: &TokenRequest, facts: &Facts, env: &Env<'_>) -> Option<Outbound> {
    find(request).and_then(|_| client_auth::asks(at.authority, &request.client, facts, env))
}

/// Decides.
pub fn decide(
    at: &At<'_>,
    request: &TokenRequest,
    facts: &Facts,
    env: &Env<'_>,
) -> Result<Decision<TokenReply>, Refusal> {
    let mut trail = Trail::new();
    let result = phases(at, request, facts, env, &mut trail);
    match result {
        Ok(mut decision) => {
            trail.extend(std::mem::take(&mut decision.trail));
            decision.trail = trail;
            Ok(decision)
        }
        Err(mut refusal) => {
            trail.extend(std::mem::take(&mut refusal.trail));
            refusal.trail = trail;
            Err(refusal)
        }
    }
}

fn phases(
    at: &At<'_>,
    request: &TokenRequest,
    facts: &Facts,
    env: &Env<'_>,
    trail: &mut Trail,
) -> Result<Decision<TokenReply>, Refusal> {
    let Some(sent) = &request.grant_type else {
        trail.fail("grant_type.present", "RFC 6749 §4", Evidence::expected("grant_type"));
        return Err(RequestRefusal::MissingParameter { name: "grant_type" }.into());
    };
    let Some(grant) = find(request) else {
        trail.fail("grant_type.known", "RFC 6749 §5.2", Evidence::sent(quote(sent, 60)));
        return Err(GrantRefusal::UnsupportedGrantType { sent: quote(sent, 60) }.into());
    };
    trail.pass("grant_type.known", "RFC 6749 §5.2");
    let proven = client_auth::authenticate(at.authority, &request.client, facts, env, trail)?;
    let granted = granted(at, request, (grant, &proven), facts, env, trail);
    // The assertion is used up, whatever was decided.
    let mut decision = granted.map_err(|refusal| proven.spend_with(refusal))?;
    decision.changes.extend(proven.changes());
    Ok(decision)
}

fn granted(
    at: &At<'_>,
    request: &TokenRequest,
    (grant, proven): (&GrantType, &Proven<'_>),
    facts: &Facts,
    env: &Env<'_>,
    trail: &mut Trail,
) -> Result<Decision<TokenReply>, Refusal> {
    let (client, proof) = (proven.client, proven.proof);
    if !grant.kinds.contains(&client.kind) {
        trail.fail("grant_type.allowed", "RFC 6749 §5.2", Evidence::sent(kind_name(client.kind)));
        return Err(GrantRefusal::GrantNotAllowed {
            kind: kind_name(client.kind),
            grant: grant.name.to_owned(),
        }
        .into());
    }
    trail.pass("grant_type.allowed", "RFC 6749 §5.2");
    (grant.decide)(&Authenticated { at, request, client, proof, facts }, env, trail)
}

fn find(request: &TokenRequest) -> Option<&'static GrantType> {
    let sent = request.grant_type.as_deref()?;
    GRANTS.iter().find(|grant| grant.name == sent)
}

impl From<PermissionFault> for GrantRefusal {
    fn from(fault: PermissionFault) -> Self {
        match fault {
            PermissionFault::Syntax(fault) => Self::ScopeSyntax { fault: syntax_in_words(&fault) },
            PermissionFault::TwoApis(first, second) => {
                Self::TwoApis { first: quote(&first, 80), second: quote(&second, 80) }
            }
            PermissionFault::UnknownApi(identifier) => {
                Self::UnknownApi { identifier: quote(&identifier, 120) }
            }
            PermissionFault::UnknownScope { api, scope } => {
                Self::UnknownScope { api, scope: quote(&scope, 80) }
            }
        }
    }
}

/// Records a failed check and makes its refusal.
fn refuse(trail: &mut Trail, name: &'static str, spec: &'static str, reason: impl Into<Reason>) -> Refusal {
    let reason = reason.into();
    trail.fail(name, spec, reason.row().evidence.unwrap_or_default());
    Refusal::new(reason)
}

#[cfg(test)]
mod tests;

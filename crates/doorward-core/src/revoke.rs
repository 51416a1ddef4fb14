//! Token revocation (RFC 7009): unknown tokens are answered like revoked ones.

use doorward_token::{ClaimSet, Evidence, Trail};

use crate::bearer;
use crate::change::{Change, GrantChange};
use crate::client_auth::{self, PresentedClient};
use crate::decision::{At, Decision};
use crate::facts::Facts;
use crate::grants::RefreshToken;
use crate::model::{Expiry, Instant, Secret};
use crate::needs::Need;
use crate::outbound::Outbound;
use crate::port::Env;
use crate::refusal::{GrantRefusal, Refusal, RequestRefusal};

/// A request of the revocation endpoint.
#[derive(Clone, Debug, Default)]
pub struct RevokeRequest {
    /// The caller.
    pub client: PresentedClient,
    /// The token.
    pub token: Option<Secret>,
    /// A hint, and only that.
    pub token_type_hint: Option<String>,
    /// The `Origin` header, where a browser sent one.
    pub origin: Option<String>,
}

/// What of ours the presented text is, as far as a signature tells.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// An access token that verified.
    Access(&'a ClaimSet),
    /// An ID token that verified: it ends by itself and cannot be called back.
    Id,
    /// Nothing that is signed by us; perhaps a refresh token.
    Other,
}

/// What must be heard from outside, once everything is loaded.
pub fn asks(at: &At<'_>, request: &RevokeRequest, facts: &Facts, env: &Env<'_>) -> Option<Outbound> {
    client_auth::asks(at.authority, &request.client, facts, env)
}

/// What must be known.
pub fn needs(
    at: &At<'_>,
    request: &RevokeRequest,
    shown: Shown<'_>,
    _facts: &Facts,
    env: &Env<'_>,
) -> Vec<Need> {
    let tenant = at.authority.tenant.id;
    let mut needs = client_auth::needs(tenant, &request.client, env);
    if matches!(shown, Shown::Other)
        && let Some(token) = request.token.as_ref().and_then(|t| RefreshToken::decode(t, tenant, env.vault))
    {
        needs.push(Need::Grant(tenant, token.family));
    }
    needs
}

/// Decides. A hint that is wrong or unknown changes nothing (RFC 7009 §2.1), another client's token is left alone, and
/// the answer does not tell.
pub fn decide(
    at: &At<'_>,
    request: &RevokeRequest,
    shown: Shown<'_>,
    facts: &Facts,
    env: &Env<'_>,
) -> Result<Decision<()>, Refusal> {
    let mut trail = Trail::new();
    let tenant = &at.authority.tenant;
    let proven = client_auth::authenticate(at.authority, &request.client, facts, env, &mut trail)
        .map_err(|reason| Refusal::at(reason, trail.clone()))?;
    let caller = proven.client;
    let Some(token) = &request.token else {
        trail.fail("token.present", "RFC 7009 §2.1", Evidence::expected("token"));
        let missing = Refusal::at(RequestRefusal::MissingParameter { name: "token" }, trail);
        return Err(proven.spend_with(missing));
    };
    let mut changes: Vec<Change> = Vec::new();
    if let Shown::Id = shown {
        trail.fail("token.revocable", "RFC 7009 §2.2.1", Evidence::sent("an ID token"));
        return Err(proven.spend_with(Refusal::at(GrantRefusal::NotRevocable, trail)));
    }
    if let Shown::Access(claims) = shown {
        if bearer::client_of(claims).is_some_and(|client| client == caller.client_id)
            && let Some(jti) = claims.text("jti")
        {
            let until = Expiry::at(Instant::from_seconds(claims.seconds("exp").unwrap_or_default()));
            changes.push(GrantChange::RevokeToken { tenant: tenant.id, jti: jti.to_owned(), until }.into());
        }
    } else if let Some(token) = RefreshToken::decode(token, tenant.id, env.vault)
        && let Some(grant) = facts.grant(tenant.id, token.family)
        && grant.client == caller.app_id
        && grant.revoked_at.is_none()
    {
        changes.push(GrantChange::RevokeGrant { tenant: tenant.id, grant: grant.id, at: env.now }.into());
    }
    if changes.is_empty() {
        trail.skip("token.own", "RFC 7009 §2.1");
    } else {
        trail.pass("token.own", "RFC 7009 §2.1");
    }
    changes.extend(proven.changes());
    Ok(Decision::plain((), changes, trail))
}

#[cfg(test)]
mod tests;

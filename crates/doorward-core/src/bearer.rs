//! What a verified token of ours is worth now: its grant, its account and its application may have ended since.
//!
//! Owns the liveness that introspection and userinfo share. The signature, issuer and time were checked before, by
//! the verifier of `doorward-token`; here only what the store knows is asked.

use doorward_token::ClaimSet;

use crate::facts::Facts;
use crate::model::{ClientId, GrantId, Instant, TenantId, User, UserId};
use crate::needs::Need;

/// The grant that a `jti` was issued from: `{grant}.{number}`; `None` for app-only tokens.
pub fn grant_of(claims: &ClaimSet) -> Option<GrantId> {
    let (grant, _) = claims.text("jti")?.split_once('.')?;
    GrantId::parse(grant).ok()
}

/// The client a token was issued to.
pub fn client_of(claims: &ClaimSet) -> Option<ClientId> {
    let text = ["azp", "appid", "client_id"].into_iter().find_map(|name| claims.text(name))?;
    ClientId::parse(text).ok()
}

/// What must be known about a token of this tenant.
pub fn needs(tenant: TenantId, claims: &ClaimSet, facts: &Facts) -> Vec<Need> {
    let mut needs = Vec::new();
    needs.extend(claims.text("jti").map(|jti| Need::TokenRevoked(tenant, jti.to_owned())));
    needs.extend(client_of(claims).map(|client| Need::Client(tenant, client)));
    if let Some(grant) = grant_of(claims) {
        let need = Need::Grant(tenant, grant);
        if facts.has(&need)
            && let Some(grant) = facts.grant(tenant, grant)
        {
            needs.push(Need::User(tenant, grant.pool, grant.user));
        }
        needs.push(need);
    }
    needs
}

/// Why a token that verified is dead all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// The account is gone, disabled, or has a later epoch.
    Account,
    /// The application is gone, disabled, or has a later epoch.
    Client,
    /// Its grant was revoked or is not known.
    Grant,
    /// It was revoked on its own.
    Token,
}

/// Whether the token still lives, and for a person's token whose it is.
pub fn alive<'f>(tenant: TenantId, claims: &ClaimSet, facts: &'f Facts) -> Result<Option<&'f User>, Dead> {
    if claims.text("jti").is_none_or(|jti| facts.token_revoked(tenant, jti)) {
        return Err(Dead::Token);
    }
    let issued = Instant::from_seconds(claims.seconds("iat").unwrap_or_default());
    let client = client_of(claims).and_then(|client| facts.client(tenant, &client)).ok_or(Dead::Client)?;
    if client.disabled || client.epoch > issued {
        return Err(Dead::Client);
    }
    let Some(grant) = grant_of(claims) else { return Ok(None) };
    let grant = facts.grant(tenant, grant).filter(|grant| grant.revoked_at.is_none()).ok_or(Dead::Grant)?;
    if grant.client != client.app_id || client.epoch > grant.started_at {
        return Err(Dead::Grant);
    }
    let user = facts.user(tenant, grant.pool, grant.user).ok_or(Dead::Account)?;
    let named = claims.text("oid").and_then(|oid| UserId::parse(oid).ok());
    if user.disabled || user.epoch > grant.started_at || named.is_some_and(|named| named != user.id) {
        return Err(Dead::Account);
    }
    Ok(Some(user))
}

#[cfg(test)]
mod tests;

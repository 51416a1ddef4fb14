//! Token introspection (RFC 7662): is this token good, asked by somebody who may know.

use doorward_token::{ClaimSet, Evidence, Trail};
use serde_json::{Value, json};

use crate::bearer;
use crate::claims::{ClaimsReply, TokenPlan};
use crate::client_auth::{self, PresentedClient};
use crate::decision::{At, Decision};
use crate::facts::Facts;
use crate::grants::RefreshToken;
use crate::model::{Client, Secret, SigningAlgorithm};
use crate::needs::Need;
use crate::outbound::Outbound;
use crate::port::Env;
use crate::refusal::{ClientAuthRefusal, Refusal, RequestRefusal};

/// A request of the introspection endpoint.
#[derive(Clone, Debug, Default)]
pub struct IntrospectRequest {
    /// The caller.
    pub client: PresentedClient,
    /// The token in question.
    pub token: Option<Secret>,
    /// A hint, and only that.
    pub token_type_hint: Option<String>,
    /// Which answer the caller accepts.
    pub form: AnswerForm,
}

/// The form of an answer about a token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerForm {
    /// A JSON object (RFC 7662 §2.2).
    #[default]
    Json,
    /// A signed token that holds it (RFC 9701 §5).
    Jwt,
}

/// `typ` of a signed answer (RFC 9701 §5).
const SIGNED: &str = "token-introspection+jwt";

/// What must be heard from outside, once everything is loaded.
pub fn asks(at: &At<'_>, request: &IntrospectRequest, facts: &Facts, env: &Env<'_>) -> Option<Outbound> {
    client_auth::asks(at.authority, &request.client, facts, env)
}

/// What must be known. `verified` are the claims of an access token of this tenant that verified.
pub fn needs(
    at: &At<'_>,
    request: &IntrospectRequest,
    verified: Option<&ClaimSet>,
    facts: &Facts,
    env: &Env<'_>,
) -> Vec<Need> {
    let tenant = at.authority.tenant.id;
    let mut needs = client_auth::needs(tenant, &request.client, env);
    if let Some(claims) = verified {
        needs.extend(bearer::needs(tenant, claims, facts));
        needs.extend(claims.text("aud").map(|aud| Need::Resource(tenant, aud.to_lowercase())));
    } else if let Some(token) =
        request.token.as_ref().and_then(|t| RefreshToken::decode(t, tenant, env.vault))
    {
        let need = Need::Grant(tenant, token.family);
        if facts.has(&need)
            && let Some(grant) = facts.grant(tenant, token.family)
        {
            needs.push(Need::User(tenant, grant.pool, grant.user));
            needs.push(Need::ClientByApp(tenant, grant.client));
        }
        needs.push(need);
    }
    needs
}

/// Decides. The reply is the object of RFC 7662 §2.2; anything in doubt is exactly `{"active": false}`.
pub fn decide(
    at: &At<'_>,
    request: &IntrospectRequest,
    verified: Option<&ClaimSet>,
    facts: &Facts,
    env: &Env<'_>,
) -> Result<Decision<ClaimsReply>, Refusal> {
    let mut trail = Trail::new();
    let proven = client_auth::authenticate(at.authority, &request.client, facts, env, &mut trail)
        .map_err(|reason| Refusal::at(reason, trail.clone()))?;
    let caller = proven.client;
    if !caller.kind.is_confidential() {
        let reason = ClientAuthRefusal::CredentialMissing;
        trail.fail(
            "introspection.caller_confidential",
            "RFC 7662 §2.1",
            Evidence::sent(caller.client_id.as_str()),
        );
        return Err(proven.spend_with(Refusal::at(reason, trail)));
    }
    let Some(token) = &request.token else {
        trail.fail("token.present", "RFC 7662 §2.1", Evidence::expected("token"));
        let missing = Refusal::at(RequestRefusal::MissingParameter { name: "token" }, trail);
        return Err(proven.spend_with(missing));
    };
    let answer = match verified {
        Some(claims) => access_token(at, caller, claims, facts, &mut trail),
        None => refresh_token(at, caller, token, facts, env, &mut trail),
    };
    let mut inactive = ClaimSet::new();
    inactive.insert("active", false);
    let answer = answer.unwrap_or(inactive);
    let changes = proven.changes().collect();
    Ok(match request.form {
        AnswerForm::Json => Decision::plain(ClaimsReply::Json(answer), changes, trail),
        AnswerForm::Jwt => {
            let mint = vec![signed(at, caller, &answer, env)];
            Decision { changes, mint, reply: ClaimsReply::Jwt { token: 0, media_type: SIGNED }, trail }
        }
    })
}

/// The answer as a token for the caller. It has no `sub` and no `exp`: it must not be taken for an access token
/// (RFC 9701 §5, §8.1).
fn signed(at: &At<'_>, caller: &Client, answer: &ClaimSet, env: &Env<'_>) -> TokenPlan {
    let mut claims = ClaimSet::new();
    claims
        .insert("iss", at.authority.issuer.as_str())
        .insert("aud", caller.client_id.as_str())
        .insert("iat", env.now.seconds())
        .insert("token_introspection", Value::Object(answer.as_map().clone()));
    let algorithm = caller.metadata.introspection_signed_response_alg.unwrap_or(SigningAlgorithm::Rs256);
    TokenPlan { tenant: at.authority.tenant.id, algorithm, typ: SIGNED.to_owned(), claims, at_hash_of: None }
}

fn access_token(
    at: &At<'_>,
    caller: &Client,
    claims: &ClaimSet,
    facts: &Facts,
    trail: &mut Trail,
) -> Option<ClaimSet> {
    let tenant = at.authority.tenant.id;
    let audience = claims.text("aud").unwrap_or_default();
    let is_own = bearer::client_of(claims).is_some_and(|client| client == caller.client_id);
    let api = claims.text("aud").and_then(|audience| facts.resource(tenant, audience));
    let serves = api.is_some_and(|api| api.introspectors.contains(&caller.app_id));
    if !is_own && !serves {
        trail.fail(
            "introspection.caller_may_know",
            "RFC 7662 §4",
            Evidence::differ(caller.client_id.as_str(), audience),
        );
        return None;
    }
    trail.pass("introspection.caller_may_know", "RFC 7662 §4");
    let user = match bearer::alive(tenant, claims, facts) {
        Ok(user) => user,
        Err(dead) => {
            trail.fail("token.alive", "RFC 7662 §2.2", Evidence::sent(format!("{dead:?}")));
            return None;
        }
    };
    trail.pass("token.alive", "RFC 7662 §2.2");
    let mut answer = ClaimSet::new();
    answer.insert("active", true).insert("token_type", "Bearer");
    answer.insert_some("client_id", bearer::client_of(claims).map(|client| client.to_string()));
    answer.insert_some("username", user.map(|user| user.sign_in_name().to_owned()));
    for name in [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "scope",
        "roles",
        "idtyp",
        "tid",
        "oid",
        "auth_time",
        "amr",
        "acr",
    ] {
        answer.insert_some(name, claims.value(name).cloned());
    }
    Some(answer)
}

fn refresh_token(
    at: &At<'_>,
    caller: &Client,
    token: &Secret,
    facts: &Facts,
    env: &Env<'_>,
    trail: &mut Trail,
) -> Option<ClaimSet> {
    let tenant = at.authority.tenant.id;
    let token = RefreshToken::decode(token, tenant, env.vault)?;
    let grant = facts.grant(tenant, token.family).filter(|grant| grant.revoked_at.is_none())?;
    let state = grant.refresh.as_ref()?;
    let user = facts.user(tenant, grant.pool, grant.user)?;
    let ends = state.idle_expiry.min(state.absolute_expiry);
    let current =
        state.generation == token.generation && env.vault.digest(&token.secret) == state.secret_digest;
    let good = grant.client == caller.app_id
        && current
        && !ends.has_passed(env.now)
        && !user.disabled
        && user.epoch <= grant.started_at
        && caller.epoch <= grant.started_at;
    if !good {
        trail.fail("token.alive", "RFC 7662 §2.2", Evidence::sent("refresh token"));
        return None;
    }
    trail.pass("token.alive", "RFC 7662 §2.2");
    let mut answer = ClaimSet::new();
    answer
        .insert("active", true)
        .insert("client_id", caller.client_id.as_str())
        .insert("username", user.sign_in_name())
        .insert("scope", grant.scopes.to_string())
        .insert("iss", at.authority.issuer.as_str())
        .insert("iat", json!(state.rotated_at.seconds()))
        .insert("exp", ends.instant().seconds());
    Some(answer)
}

#[cfg(test)]
mod tests;

//! The claims of an ID token (OpenID Connect Core §2).

use std::time::Duration;

use doorward_token::ClaimSet;
use serde_json::{Value, json};

use super::{Source, TokenPlan, When, account_hint, subject_for};
use crate::decision::At;
use crate::model::{Acr, Client, FlowClaim, Instant, ScopeSet, SessionId, SigningAlgorithm, User};
use crate::port::Env;
use crate::profile::ScopeClaims;

/// ID tokens live for an hour.
pub(crate) const LIFE: Duration = Duration::from_hours(1);

/// What an ID token tells about a sign-in.
pub struct IdTokenFor<'a> {
    /// The audience.
    pub client: &'a Client,
    /// The subject.
    pub user: &'a User,
    /// Granted scopes in the caller's spelling.
    pub scopes: &'a ScopeSet,
    /// The account session.
    pub sid: SessionId,
    /// When the person proved who they are.
    pub auth_time: Instant,
    /// How.
    pub amr: &'a [String],
    /// `nonce` of the authorization request.
    pub nonce: Option<&'a str>,
    /// The account was created on the way here.
    pub new_user: bool,
    /// Index of the access token that is issued beside it.
    pub access_token: Option<usize>,
    /// Random id of this token.
    pub token_id: String,
}

/// The plan of the ID token at a door.
pub fn id_token(at: &At<'_>, token: &IdTokenFor<'_>, env: &Env<'_>) -> TokenPlan {
    let tenant = at.authority.tenant.id;
    let mut claims = ClaimSet::new();
    claims
        .insert("iss", at.authority.issuer.as_str())
        .insert("aud", token.client.client_id.as_str())
        .insert("sub", subject_for(at, token.client, token.user.id, env.vault))
        .insert("iat", env.now.seconds())
        .insert("nbf", env.now.seconds())
        .insert("exp", (env.now + LIFE).seconds())
        .insert("auth_time", token.auth_time.seconds())
        .insert("amr", json!(token.amr))
        .insert("acr", Acr::of(token.amr).as_str())
        .insert_some("nonce", token.nonce);
    for (name, source, when) in at.shape.claims {
        if holds(*when, *source, at, token) {
            claims.insert_some(name, value(*source, at, token, env));
        }
    }
    if token.new_user && at.authority.flow().is_some_and(|flow| flow.claims.contains(&FlowClaim::NewUser)) {
        claims.insert("newUser", true);
    }
    TokenPlan {
        tenant,
        algorithm: token.client.metadata.id_token_signed_response_alg.unwrap_or(SigningAlgorithm::Rs256),
        typ: "JWT".to_owned(),
        claims,
        at_hash_of: token.access_token,
    }
}

fn holds(when: When, source: Source, at: &At<'_>, token: &IdTokenFor<'_>) -> bool {
    let scope_claims = !at.shape.scope_claims_optional
        || at.profile.scope_claims == ScopeClaims::IdToken
        || token.client.claims_in_id_token
        || token.access_token.is_none();
    match when {
        When::Always => true,
        When::EmailScope => scope_claims && token.scopes.contains("email"),
        When::ProfileScope => scope_claims && token.scopes.contains("profile"),
        When::FlowChooses => {
            at.authority.flow().is_some_and(|flow| flow.claims.iter().any(|c| chosen(*c) == source))
        }
    }
}

fn chosen(claim: FlowClaim) -> Source {
    match claim {
        FlowClaim::DisplayName => Source::DisplayName,
        FlowClaim::Email => Source::Email,
        FlowClaim::Emails => Source::EmailsAsArray,
        FlowClaim::FamilyName => Source::FamilyName,
        FlowClaim::GivenName => Source::GivenName,
        FlowClaim::NewUser => Source::Literal("newUser"),
        FlowClaim::ObjectId => Source::ObjectId,
        FlowClaim::SignInName => Source::SignInName,
        FlowClaim::TenantId => Source::TenantId,
    }
}

fn value(source: Source, at: &At<'_>, token: &IdTokenFor<'_>, env: &Env<'_>) -> Option<Value> {
    let tenant = at.authority.tenant.id;
    match source {
        Source::AccountHint => Some(account_hint(tenant, token.user.id, env.vault).into()),
        Source::FlowName => at.authority.flow_name().map(|flow| flow.lower().into()),
        Source::Literal(text) => Some(text.into()),
        Source::SessionId => Some(token.sid.to_string().into()),
        Source::TokenId => Some(token.token_id.clone().into()),
        about_the_user => user_value(about_the_user, at, token.user),
    }
}

/// The value of a source that depends on the account alone.
pub(super) fn user_value(source: Source, at: &At<'_>, user: &User) -> Option<Value> {
    let filled = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    let proven = || user.emails().find(|email| email.proven);
    match source {
        Source::DisplayName => filled(&user.display_name),
        Source::Email => proven().map(|email| email.value.clone().into()),
        Source::EmailVerified => proven().map(|_| true.into()),
        Source::EmailsAsArray => {
            let all: Vec<&str> =
                user.emails().filter(|email| email.proven).map(|email| email.value.as_str()).collect();
            (!all.is_empty()).then(|| json!(all))
        }
        Source::FamilyName => user.family_name.as_deref().and_then(filled),
        Source::GivenName => user.given_name.as_deref().and_then(filled),
        Source::ObjectId => Some(user.id.to_string().into()),
        Source::SignInName => filled(user.sign_in_name()),
        Source::TenantId => Some(at.authority.tenant.id.to_string().into()),
        Source::AccountHint | Source::FlowName | Source::Literal(_) | Source::SessionId | Source::TokenId => {
            None
        }
    }
}

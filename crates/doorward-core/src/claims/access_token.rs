//! The claims of an access token: decided by the API's profile, not by the door (Settled 5), and always marked with
//! its kind (Settled 6).

use std::time::Duration;

use doorward_token::ClaimSet;
use serde_json::json;

use super::{TokenPlan, subject, subject_for};
use crate::client_auth::Proof;
use crate::decision::At;
use crate::model::{
    Acr, Client, FlowClaim, FlowIssuer, GrantId, MsVersion, Resource, ScopeSet, SessionId, SigningAlgorithm,
    SubjectType, Tenant, TokenProfile, User, UserFlow,
};
use crate::port::Env;
use crate::profile::SubjectRule;

/// Life of a token for userinfo alone.
const IDENTITY_LIFE: Duration = Duration::from_hours(1);

/// For whom an access token speaks.
pub enum Principal<'a> {
    /// The application itself, with its roles.
    App {
        /// Values of the roles it holds at the API.
        roles: Vec<String>,
    },
    /// A person, through the application.
    User {
        /// The person.
        user: &'a User,
        /// Granted scopes by their short names.
        scopes: ScopeSet,
        /// Values of the roles the person holds at the API.
        roles: Vec<String>,
        /// The account session.
        sid: SessionId,
        /// The grant behind it.
        grant: GrantId,
        /// When the person proved who they are.
        auth_time: crate::model::Instant,
        /// How.
        amr: &'a [String],
    },
}

/// What an access token is for.
pub struct AccessTokenFor<'a> {
    /// The application.
    pub client: &'a Client,
    /// How it proved itself.
    pub proof: Proof,
    /// The API, or `None` for userinfo alone.
    pub api: Option<&'a Resource>,
    /// The API's identifier as the request spelt it, for version 1 audiences.
    pub identifier: Option<&'a str>,
    /// For whom.
    pub principal: Principal<'a>,
}

/// The plan of the access token, and its life in seconds.
pub fn access_token(at: &At<'_>, token: &AccessTokenFor<'_>, env: &Env<'_>) -> (TokenPlan, u32) {
    let tenant = &at.authority.tenant;
    let life = token.api.map_or(IDENTITY_LIFE, |api| Duration::from_secs(api.access_token_secs.into()));
    let secs = u32::try_from(life.as_secs()).unwrap_or(u32::MAX);
    let profile = token.api.map_or(TokenProfile::Generic, |api| api.profile);
    let mut claims = ClaimSet::new();
    claims
        .insert("iss", issuer(at, token.api))
        .insert("aud", audience(at, token))
        .insert("iat", env.now.seconds())
        .insert("nbf", env.now.seconds())
        .insert("exp", (env.now + life).seconds());
    principal(&mut claims, at, token, env);
    match profile {
        TokenProfile::Ms(version) => ms(&mut claims, version, at, token),
        TokenProfile::Generic | TokenProfile::Rfc9068 => {
            claims
                .insert("client_id", token.client.client_id.as_str())
                .insert("azp", token.client.client_id.as_str());
        }
    }
    let typ = if profile == TokenProfile::Rfc9068 { "at+jwt" } else { "JWT" };
    let algorithm = token.api.map_or(SigningAlgorithm::Rs256, |api| api.algorithm);
    (TokenPlan { tenant: tenant.id, algorithm, typ: typ.to_owned(), claims, at_hash_of: None }, secs)
}

/// What every profile tells of the principal: kind mark, subject, scopes or roles, session, grant.
fn principal(claims: &mut ClaimSet, at: &At<'_>, token: &AccessTokenFor<'_>, env: &Env<'_>) {
    let tenant = at.authority.tenant.id;
    let random = crate::model::GrantId::random(env.entropy.draw());
    match &token.principal {
        Principal::App { roles } => {
            let sub = match token.api.map(|api| api.profile) {
                Some(TokenProfile::Ms(_)) => token.client.app_id.to_string(),
                _ => token.client.client_id.to_string(),
            };
            claims.insert("idtyp", "app").insert("sub", sub).insert("roles", json!(roles));
            claims.insert("jti", random.to_string());
        }
        Principal::User { user, scopes, roles, sid, grant, auth_time, amr } => {
            let is_pairwise = token.client.metadata.subject_type == Some(SubjectType::Pairwise);
            let sub = match token.api {
                Some(api) if matches!(api.profile, TokenProfile::Ms(_)) && at.authority.flow().is_none() => {
                    subject(SubjectRule::Pairwise, tenant, user.id, &api.id.to_string(), env.vault)
                }
                // The client can read the token: a public subject in it would undo the pairwise one.
                Some(_) if !is_pairwise => subject(SubjectRule::Public, tenant, user.id, "", env.vault),
                _ => subject_for(at, token.client, user.id, env.vault),
            };
            claims
                .insert("idtyp", "user")
                .insert("sub", sub)
                .insert("scp", scopes.to_string())
                .insert("scope", scopes.to_string())
                .insert("sid", sid.to_string())
                .insert("auth_time", auth_time.seconds())
                .insert("amr", json!(amr))
                .insert("acr", Acr::of(amr).as_str())
                .insert("jti", format!("{grant}.{random}"));
            if !roles.is_empty() {
                claims.insert("roles", json!(roles));
            }
        }
    }
}

/// The claims that Microsoft's verifiers read.
fn ms(claims: &mut ClaimSet, version: MsVersion, at: &At<'_>, token: &AccessTokenFor<'_>) {
    let acr = match token.proof {
        Proof::Assertion => "2",
        Proof::None => "0",
        Proof::Secret => "1",
    };
    let (ver, client, client_acr) = match version {
        MsVersion::V1 => ("1.0", "appid", "appidacr"),
        MsVersion::V2 => ("2.0", "azp", "azpacr"),
    };
    claims
        .insert("ver", ver)
        .insert(client, token.client.client_id.as_str())
        .insert(client_acr, acr)
        .insert("tid", at.authority.tenant.id.to_string());
    let jti = claims.text("jti").unwrap_or_default().to_owned();
    claims.insert("uti", jti);
    match &token.principal {
        Principal::App { .. } => {
            claims.insert("oid", token.client.app_id.to_string());
        }
        Principal::User { user, .. } => {
            claims.insert("oid", user.id.to_string());
            let flow = at.authority.flow();
            let name = flow.is_none_or(|flow| flow.claims.contains(&FlowClaim::DisplayName));
            if name && !user.display_name.is_empty() {
                claims.insert("name", user.display_name.as_str());
            }
            let sign_in_name = flow.is_none_or(|flow| flow.claims.contains(&FlowClaim::SignInName));
            if sign_in_name {
                match version {
                    MsVersion::V1 => {
                        claims.insert("upn", at.authority.tenant.user_principal_name(user.sign_in_name()));
                        claims.insert("unique_name", user.sign_in_name());
                    }
                    MsVersion::V2 => {
                        claims.insert("preferred_username", user.sign_in_name());
                    }
                }
            }
            if let Some(flow) = flow {
                claims.insert("tfp", flow.name.lower());
                if flow.claims.contains(&FlowClaim::Emails) {
                    let all: Vec<&str> =
                        user.emails().filter(|e| e.proven).map(|e| e.value.as_str()).collect();
                    if !all.is_empty() {
                        claims.insert("emails", json!(all));
                    }
                }
            }
        }
    }
}

/// `iss`: the API's profile decides; through a user flow, an API of the `ms` profile gets that flow's issuer.
fn issuer(at: &At<'_>, api: Option<&Resource>) -> String {
    let authority = at.authority;
    match (api.map(|api| api.profile), authority.flow()) {
        (None, _) => authority.issuer.clone(),
        (Some(TokenProfile::Ms(_)), Some(flow)) => flow_issuer(&authority.base, &authority.tenant, flow),
        (Some(profile), _) => profile_issuer(&authority.base, &authority.tenant, profile),
    }
}

fn audience(at: &At<'_>, token: &AccessTokenFor<'_>) -> String {
    match token.api {
        None => at.authority.issuer.clone(),
        Some(api) => match api.profile {
            TokenProfile::Ms(MsVersion::V2) => api.id.to_string(),
            TokenProfile::Ms(MsVersion::V1) => token
                .identifier
                .map_or_else(|| api.identifier(), |sent| sent.trim_end_matches("/.default").to_owned()),
            TokenProfile::Generic | TokenProfile::Rfc9068 => api.identifier(),
        },
    }
}

/// `iss` of an API's tokens by its profile.
pub fn profile_issuer(base: &str, tenant: &Tenant, profile: TokenProfile) -> String {
    match profile {
        TokenProfile::Generic | TokenProfile::Rfc9068 => format!("{base}/{}", tenant.name),
        TokenProfile::Ms(MsVersion::V1) => format!("{base}/{}/", tenant.id),
        TokenProfile::Ms(MsVersion::V2) => format!("{base}/{}/v2.0", tenant.id),
    }
}

/// `iss` of a user flow (Settled 30). Ends in a slash, as real tokens of its kind do.
pub fn flow_issuer(base: &str, tenant: &Tenant, flow: &UserFlow) -> String {
    match tenant.flow_issuer {
        FlowIssuer::Tfp => format!("{base}/tfp/{}/{}/v2.0/", tenant.id, flow.name.lower()),
        FlowIssuer::V2 => format!("{base}/{}/v2.0/", tenant.id),
    }
}

/// All issuers whose tokens an API accepts: its profile's, and every flow's where it is of the `ms` profile.
pub fn issuers_of(base: &str, tenant: &Tenant, api: &Resource, flows: &[UserFlow]) -> Vec<String> {
    let mut issuers = vec![profile_issuer(base, tenant, api.profile)];
    if matches!(api.profile, TokenProfile::Ms(_)) {
        for issuer in flows.iter().map(|flow| flow_issuer(base, tenant, flow)) {
            if !issuers.contains(&issuer) {
                issuers.push(issuer);
            }
        }
    }
    issuers
}

//! What every delegated grant shares: the account must still be good, the scopes must still be granted, and then an
//! access token, an ID token and `client_info` are planned in one way.

use doorward_token::Trail;

use super::{Authenticated, TokenReply, refuse};
use crate::claims::{
    AccessTokenFor, ClientInfo, IdTokenFor, TokenPlan, TokenPrincipal, access_token, id_token,
};
use crate::decision::At;
use crate::facts::Facts;
use crate::model::{
    Client, Expiry, FlowName, Grant, GrantId, Instant, Platform, PoolId, Resource, ResourceId, RoleHolder,
    ScopeSet, ScopeToken, Secret, TenantId, User, UserId,
};
use crate::needs::Need;
use crate::permission::{BUILT_IN_API, IDENTITY_SCOPES, asks_nobody, effective, granted_at, short_name};
use crate::port::Env;
use crate::profile::{IdTokenRule, OriginRule};
use crate::refusal::{GrantRefusal, Refusal};

/// What must be known about the account and its permissions.
pub(super) fn needs(tenant: TenantId, client: &Client, pool: PoolId, user: UserId) -> Vec<Need> {
    vec![
        Need::User(tenant, pool, user),
        Need::Consents(tenant, client.app_id, user),
        Need::RoleAssignments(tenant, RoleHolder::User(user)),
        Need::Resource(tenant, BUILT_IN_API.to_owned()),
    ]
}

/// The account behind a grant, if it may still be used: not disabled, and no epoch after `since` (Settled 10).
pub(super) fn account<'f>(
    by: &Authenticated<'f>,
    (pool, user): (PoolId, UserId),
    since: Instant,
    trail: &mut Trail,
) -> Result<&'f User, Refusal> {
    let tenant = by.at.authority.tenant.id;
    let spec = "RFC 6749 §5.2";
    let Some(account) = by.facts.user(tenant, pool, user) else {
        return Err(refuse(trail, "account.usable", spec, GrantRefusal::GrantRevoked));
    };
    if account.disabled {
        return Err(refuse(trail, "account.usable", spec, GrantRefusal::UserDisabled));
    }
    if account.epoch > since || by.client.epoch > since {
        return Err(refuse(trail, "account.usable", spec, GrantRefusal::GrantRevoked));
    }
    trail.pass("account.usable", spec);
    Ok(account)
}

/// The API of a grant, which may have been disabled or removed since.
pub(super) fn resource<'f>(
    by: &Authenticated<'f>,
    resource: Option<ResourceId>,
    trail: &mut Trail,
) -> Result<Option<&'f Resource>, Refusal> {
    let Some(id) = resource else { return Ok(None) };
    let (name, spec) = ("api.known", "RFC 8707 §2");
    let found = by.facts.resource_by_id(by.at.authority.tenant.id, id).filter(|api| !api.disabled);
    let Some(api) = found else {
        let identifier = id.to_string();
        return Err(refuse(trail, name, spec, GrantRefusal::UnknownApi { identifier }));
    };
    trail.pass(name, spec);
    Ok(Some(api))
}

/// What `Origin` means for the platform that the grant was started on.
pub(super) fn origin(
    by: &Authenticated<'_>,
    platform: Platform,
    trail: &mut Trail,
) -> Result<Option<String>, Refusal> {
    let (name, spec) = ("origin.fits_platform", "OAuth 2.0 for Browser-Based Applications");
    match (&by.request.origin, platform) {
        (None, Platform::Spa) => Err(refuse(trail, name, spec, GrantRefusal::OriginMissing)),
        (Some(origin), Platform::Spa) => {
            if !by.client.spa_origins().any(|registered| registered == *origin) {
                let origin = crate::refusal::quote(origin, 120);
                return Err(refuse(trail, name, spec, GrantRefusal::OriginUnregistered { origin }));
            }
            trail.pass(name, spec);
            Ok(Some(origin.clone()))
        }
        (Some(origin), Platform::Web) if by.at.profile.origin == OriginRule::WebForbidsOrigin => {
            let origin = crate::refusal::quote(origin, 120);
            Err(refuse(trail, name, spec, GrantRefusal::OriginOnWebPlatform { origin }))
        }
        _ => {
            trail.skip(name, spec);
            Ok(None)
        }
    }
}

/// Splits scopes in the caller's spelling into those still granted and those not. Identity scopes are implied where
/// the door asks nobody, or the application is first-party.
pub(super) fn still_granted(
    at: &At<'_>,
    client: &Client,
    facts: &Facts,
    (user, api): (UserId, Option<&Resource>),
    scopes: &ScopeSet,
) -> (ScopeSet, ScopeSet) {
    let tenant = at.authority.tenant.id;
    let consents = facts.consents(tenant, client.app_id, user);
    let asks_nobody = asks_nobody(at);
    let built_in = facts.resource(tenant, BUILT_IN_API);
    let identity = built_in.map(|api| granted_at(api.id, consents));
    let at_api = api.map(|api| (api, effective(api, client.app_id, consents)));
    let is_granted = |spelt: &ScopeToken| {
        if IDENTITY_SCOPES.contains(&spelt.as_str()) {
            let stored = identity.as_ref().is_none_or(|granted| granted.contains(spelt.as_str()));
            return asks_nobody || client.first_party || stored;
        }
        let short = short_name(spelt.as_str());
        short == crate::permission::DEFAULT
            || at_api
                .as_ref()
                .is_some_and(|(api, granted)| api.scope(short).is_some() && granted.contains(short))
    };
    let granted = scopes.iter().filter(|scope| is_granted(scope)).cloned().collect();
    let missing = scopes.iter().filter(|scope| !is_granted(scope)).cloned().collect();
    (granted, missing)
}

/// Whether permissions of an API were wanted and none of them is granted any more.
pub(super) fn nothing_is_left(wanted: &ScopeSet, granted: &ScopeSet) -> bool {
    let at_api = |spelt: &ScopeToken| !IDENTITY_SCOPES.contains(&spelt.as_str());
    wanted.iter().any(at_api) && !granted.iter().any(at_api)
}

/// What the tokens of a delegated grant tell.
pub(super) struct Telling<'a> {
    pub(super) grant: &'a Grant,
    pub(super) user: &'a User,
    pub(super) api: Option<&'a Resource>,
    /// Granted now, in the caller's spelling.
    pub(super) scopes: ScopeSet,
    pub(super) nonce: Option<&'a str>,
    pub(super) new_user: bool,
    pub(super) refresh: Option<(Secret, Option<u64>)>,
    pub(super) allow_origin: Option<String>,
}

/// Plans the tokens and the reply.
pub(super) fn tell(
    by: &Authenticated<'_>,
    telling: Telling<'_>,
    env: &Env<'_>,
) -> (Vec<TokenPlan>, TokenReply) {
    let at = by.at;
    let identity_only = telling.api.is_none();
    let short: ScopeSet = telling
        .scopes
        .iter()
        .filter(|spelt| IDENTITY_SCOPES.contains(&spelt.as_str()) == identity_only)
        .filter_map(|spelt| ScopeToken::parse(short_name(spelt.as_str())).ok())
        .filter(|short| short.as_str() != crate::permission::DEFAULT)
        .collect();
    let identifier = telling
        .scopes
        .iter()
        .filter_map(|spelt| spelt.as_str().rsplit_once('/'))
        .map(|(api, _)| api.to_owned())
        .next();
    let (access, expires_in) = access_token(
        at,
        &AccessTokenFor {
            client: by.client,
            proof: by.proof,
            api: telling.api,
            identifier: identifier.as_deref(),
            principal: TokenPrincipal::User {
                user: telling.user,
                scopes: short,
                roles: user_roles(by, telling.api, telling.user.id),
                sid: telling.grant.sid,
                grant: telling.grant.id,
                auth_time: telling.grant.auth_time,
                amr: &telling.grant.amr,
            },
        },
        env,
    );
    let mut mint = vec![access];
    let wants_id =
        at.profile.id_token == IdTokenRule::EveryDelegatedGrant || telling.scopes.contains("openid");
    if wants_id {
        let token = IdTokenFor {
            client: by.client,
            user: telling.user,
            scopes: &telling.scopes,
            sid: telling.grant.sid,
            auth_time: telling.grant.auth_time,
            amr: &telling.grant.amr,
            nonce: telling.nonce,
            new_user: telling.new_user,
            access_token: Some(0),
            token_id: GrantId::random(env.entropy.draw()).to_string(),
        };
        mint.push(id_token(at, &token, env));
    }
    let flow = at.authority.flow_name().map(FlowName::lower);
    let client_info = by
        .request
        .wants_client_info
        .then(|| ClientInfo::of(at.shape.client_info, telling.grant.tenant, telling.user.id, flow.as_deref()))
        .flatten();
    let (refresh_token, refresh_token_expires_in) = match telling.refresh {
        Some((token, ends)) => (Some(token), ends),
        None => (None, None),
    };
    let reply = TokenReply {
        access_token: 0,
        id_token: wants_id.then_some(1),
        refresh_token,
        refresh_token_expires_in,
        expires_in,
        scope: Some(telling.scopes.to_string()),
        client_info,
        allow_origin: telling.allow_origin,
    };
    (mint, reply)
}

fn user_roles(by: &Authenticated<'_>, api: Option<&Resource>, user: UserId) -> Vec<String> {
    let Some(api) = api else { return Vec::new() };
    let tenant = by.at.authority.tenant.id;
    by.facts
        .role_assignments(tenant, RoleHolder::User(user))
        .iter()
        .filter(|assignment| assignment.resource == api.id)
        .filter_map(|assignment| api.roles.iter().find(|role| role.id == assignment.role))
        .filter(|role| role.enabled && role.members.admits_users())
        .map(|role| role.value.clone())
        .collect()
}

/// The idle end, never later than the absolute one.
pub(super) fn idle(client: &Client, absolute: Expiry, now: Instant) -> Expiry {
    let idle = Expiry::at(now + std::time::Duration::from_secs(client.refresh_idle_secs.into()));
    idle.min(absolute)
}

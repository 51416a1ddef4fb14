//! `refresh_token` (RFC 6749 §6, RFC 9700 §4.14): rotation for public clients, one live successor, reuse revokes.

use doorward_token::Trail;

use super::delegated::{self, Telling};
use super::{Authenticated, RefreshToken, TokenReply, TokenRequest, refuse};
use crate::change::{Change, GrantChange};
use crate::decision::{At, Decision};
use crate::facts::Facts;
use crate::model::{Grant, Platform, RefreshState, Resource, ScopeSet, Secret};
use crate::needs::Need;
use crate::permission::{Asked, asks_nobody, effective};
use crate::port::Env;
use crate::profile::{RefreshBeyondGrant, RefreshBinding, Rotation};
use crate::refusal::{GrantRefusal, Refusal, RequestRefusal};

const SPEC: &str = "RFC 6749 §6";

pub(super) fn needs(at: &At<'_>, request: &TokenRequest, facts: &Facts, env: &Env<'_>) -> Vec<Need> {
    let tenant = at.authority.tenant.id;
    let presented =
        request.refresh_token.as_ref().and_then(|text| RefreshToken::decode(text, tenant, env.vault));
    let Some(token) = presented else { return Vec::new() };
    let mut needs = vec![Need::Grant(tenant, token.family)];
    if let Ok(asked) = asked(at, request) {
        needs.extend(asked.needs(tenant));
    }
    if facts.has(&needs[0])
        && let Some(grant) = facts.grant(tenant, token.family)
    {
        needs.push(Need::ClientByApp(tenant, grant.client));
        needs.extend(grant.resource.map(|api| Need::ResourceById(tenant, api)));
        if facts.has(&Need::ClientByApp(tenant, grant.client))
            && let Some(client) = facts.client_by_app(tenant, grant.client)
        {
            needs.extend(delegated::needs(tenant, client, grant.pool, grant.user));
        }
    }
    needs
}

pub(super) fn decide(
    by: &Authenticated<'_>,
    env: &Env<'_>,
    trail: &mut Trail,
) -> Result<Decision<TokenReply>, Refusal> {
    let tenant = by.at.authority.tenant.id;
    let Some(text) = &by.request.refresh_token else {
        let missing = RequestRefusal::MissingParameter { name: "refresh_token" };
        return Err(refuse(trail, "refresh.present", SPEC, missing));
    };
    let Some(token) = RefreshToken::decode(text, tenant, env.vault) else {
        return Err(refuse(trail, "refresh.genuine", SPEC, GrantRefusal::RefreshUnknown));
    };
    trail.pass("refresh.genuine", SPEC);
    let Some(grant) = by.facts.grant(tenant, token.family) else {
        return Err(refuse(trail, "refresh.known", SPEC, GrantRefusal::RefreshUnknown));
    };
    let Some(state) = &grant.refresh else {
        return Err(refuse(trail, "refresh.known", SPEC, GrantRefusal::RefreshUnknown));
    };
    trail.pass("refresh.known", SPEC);
    if grant.client != by.client.app_id {
        return Err(refuse(trail, "refresh.client", SPEC, GrantRefusal::RefreshOtherClient));
    }
    trail.pass("refresh.client", SPEC);
    if by.at.profile.refresh_binding == RefreshBinding::Door && grant.authority != by.at.authority.reference()
    {
        return Err(refuse(trail, "refresh.authority", SPEC, GrantRefusal::CodeOtherAuthority));
    }
    if grant.revoked_at.is_some() {
        return Err(refuse(trail, "refresh.unrevoked", SPEC, GrantRefusal::GrantRevoked));
    }
    trail.pass("refresh.unrevoked", SPEC);
    let place = place(&token, state, env);
    if place == Place::Reused {
        let refusal = refuse(trail, "refresh.current", "RFC 9700 §4.14.2", GrantRefusal::RefreshReused);
        return Err(refusal.with(GrantChange::RevokeGrant { tenant, grant: grant.id, at: env.now }));
    }
    if place == Place::Invented {
        return Err(refuse(trail, "refresh.current", "RFC 9700 §4.14.2", GrantRefusal::RefreshUnknown));
    }
    trail.pass("refresh.current", "RFC 9700 §4.14.2");
    let ends = state.idle_expiry.min(state.absolute_expiry);
    if ends.has_passed(env.now) {
        let late_by_secs = env.now.since(ends.instant()).as_secs();
        let reason = GrantRefusal::RefreshExpired { late_by_secs, spa: grant.platform == Platform::Spa };
        return Err(refuse(trail, "refresh.fresh", SPEC, reason));
    }
    trail.pass("refresh.fresh", SPEC);
    let allow_origin = delegated::origin(by, grant.platform, trail)?;
    let user = delegated::account(by, (grant.pool, grant.user), grant.started_at, trail)?;
    let (scopes, api) = scopes(by, grant, trail)?;

    let (text, changes) = successor(by, &token, grant, state, place, env);
    let spa_end =
        (grant.platform == Platform::Spa).then(|| state.absolute_expiry.instant().since(env.now).as_secs());
    let telling = Telling {
        grant,
        user,
        api,
        scopes,
        nonce: None,
        new_user: false,
        refresh: Some((text, spa_end)),
        allow_origin,
    };
    let (mint, reply) = delegated::tell(by, telling, env);
    Ok(Decision { changes, mint, reply, trail: Trail::new() })
}

/// Where a genuine token stands in its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The current one.
    Current,
    /// The one before, within the grace, and its successor unused: the answer was lost.
    LostAnswer([u8; 32]),
    /// An older one.
    Reused,
    /// The MAC is right and the rest is not: cannot happen to a token of ours.
    Invented,
}

fn place(token: &RefreshToken, state: &RefreshState, env: &Env<'_>) -> Place {
    use base64::Engine as _;
    if token.generation == state.generation {
        let digest = env.vault.digest(&token.secret);
        return if digest == state.secret_digest { Place::Current } else { Place::Invented };
    }
    if token.generation > state.generation {
        return Place::Invented;
    }
    let in_grace = env.now.since(state.rotated_at) < Grant::ROTATION_GRACE;
    if token.generation + 1 == state.generation && in_grace {
        let sealed = state
            .successor
            .as_deref()
            .and_then(|text| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok());
        let opened = sealed.and_then(|sealed| env.vault.open(&token.secret, &sealed));
        if let Some(secret) = opened.and_then(|plain| <[u8; 32]>::try_from(plain).ok()) {
            return Place::LostAnswer(secret);
        }
    }
    Place::Reused
}

/// The refresh token of the answer, and what becomes true.
fn successor(
    by: &Authenticated<'_>,
    token: &RefreshToken,
    grant: &Grant,
    state: &RefreshState,
    place: Place,
    env: &Env<'_>,
) -> (Secret, Vec<Change>) {
    use base64::Engine as _;
    let tenant = grant.tenant;
    let text = |generation, secret| {
        RefreshToken { family: grant.id, generation, secret }.encode(tenant, state.absolute_expiry, env.vault)
    };
    if let Place::LostAnswer(secret) = place {
        return (text(state.generation, secret), Vec::new());
    }
    let idle_expiry = delegated::idle(by.client, state.absolute_expiry, env.now);
    let rotates = match by.at.profile.rotation {
        Rotation::PublicClients => !by.client.kind.is_confidential() || grant.platform != Platform::Web,
    };
    if !rotates {
        // The idle end moves in steps of a day, so that a busy client does not write with every refresh.
        let gained = idle_expiry.instant().since(state.idle_expiry.instant()).as_secs();
        let touch =
            GrantChange::TouchRefresh { tenant, grant: grant.id, expected: state.generation, idle_expiry };
        let changes = if gained >= 86_400 { vec![touch.into()] } else { Vec::new() };
        return (text(token.generation, token.secret), changes);
    }
    let secret: [u8; 32] = env.entropy.draw();
    let sealed = env.vault.seal(&token.secret, env.entropy.draw(), &secret);
    let next = RefreshState {
        generation: state.generation + 1,
        secret_digest: env.vault.digest(&secret),
        rotated_at: env.now,
        successor: Some(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(sealed)),
        idle_expiry,
        absolute_expiry: state.absolute_expiry,
    };
    let change = GrantChange::RotateRefresh {
        tenant,
        grant: grant.id,
        expected: state.generation,
        expected_digest: state.secret_digest,
        next,
    };
    (text(state.generation + 1, secret), vec![change.into()])
}

/// The scopes of this refresh in the caller's spelling, and the API they belong to.
fn scopes<'a>(
    by: &Authenticated<'a>,
    grant: &Grant,
    trail: &mut Trail,
) -> Result<(ScopeSet, Option<&'a Resource>), Refusal> {
    let explicit = by.request.scope.is_some() || !by.request.resource.is_empty();
    let (wanted, api) = if explicit {
        let asked = asked(by.at, by.request)
            .map_err(|fault| refuse(trail, "scope.understood", "RFC 6749 §3.3", GrantRefusal::from(fault)))?;
        let (wanted, api) = if let Some(wanted) = bare_words_of_the_grant(&asked, grant) {
            (wanted, delegated::resource(by, grant.resource, trail)?)
        } else {
            resolve(by, grant, &asked, trail)?
        };
        beyond(by, grant, &wanted, trail)?;
        (wanted, api)
    } else {
        (grant.scopes.clone(), delegated::resource(by, grant.resource, trail)?)
    };
    let (granted, missing) = delegated::still_granted(by.at, by.client, by.facts, (grant.user, api), &wanted);
    let asks_nobody = asks_nobody(by.at);
    let nothing_left = delegated::nothing_is_left(&wanted, &granted);
    if nothing_left || (explicit && !asks_nobody && !missing.is_empty()) {
        return Err(refuse(
            trail,
            "consent.still_given",
            "OpenID Connect Core §3.1.2.4",
            GrantRefusal::ConsentWithdrawn { scopes: missing },
        ));
    }
    trail.pass("consent.still_given", "OpenID Connect Core §3.1.2.4");
    Ok((granted, api))
}

/// What is asked for, looked up, in the caller's spelling.
fn resolve<'a>(
    by: &Authenticated<'a>,
    grant: &Grant,
    asked: &Asked,
    trail: &mut Trail,
) -> Result<(ScopeSet, Option<&'a Resource>), Refusal> {
    let tenant = by.at.authority.tenant.id;
    let mut resolved = asked
        .resolve(tenant, by.at.profile, by.facts)
        .map_err(|fault| refuse(trail, "scope.understood", "RFC 6749 §3.3", GrantRefusal::from(fault)))?;
    if let Some(api) = resolved.api {
        let consents = by.facts.consents(tenant, by.client.app_id, grant.user);
        resolved.expand_default(by.client, &effective(api, by.client.app_id, consents));
    }
    let mut wanted: ScopeSet = resolved.names.iter().map(|name| name.sent.clone()).collect();
    wanted = wanted.union(&resolved.identity);
    if let Some(default) = resolved.default {
        wanted.insert(default);
    }
    Ok((wanted, resolved.api))
}

/// Bare names that the grant already has, asked for without naming its API again: the grant knows which one it is
/// (RFC 8707 §2.2).
fn bare_words_of_the_grant(asked: &Asked, grant: &Grant) -> Option<ScopeSet> {
    let bare: ScopeSet =
        asked.ignored.iter().filter(|word| grant.scopes.contains(word.as_str())).cloned().collect();
    (asked.api.is_none() && !bare.is_empty()).then(|| bare.union(&asked.identity))
}

/// Whether the profile allows to go beyond the grant (RFC 6749 §6 does not).
fn beyond(
    by: &Authenticated<'_>,
    grant: &Grant,
    wanted: &ScopeSet,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    if by.at.profile.refresh_beyond_grant == RefreshBeyondGrant::Refuse {
        let beyond = wanted.minus(&grant.scopes);
        if !beyond.is_empty() {
            return Err(refuse(
                trail,
                "scope.within_grant",
                SPEC,
                GrantRefusal::ScopeBeyondGrant { scopes: beyond },
            ));
        }
    }
    trail.pass("scope.within_grant", SPEC);
    Ok(())
}

fn asked(at: &At<'_>, request: &TokenRequest) -> Result<Asked, crate::permission::PermissionFault> {
    Asked::read(request.scope.as_deref().unwrap_or_default(), &request.resource, at.profile)
}

//! `authorization_code` (RFC 6749 §4.1.3, RFC 7636 §4.6): one code, one redemption.

use doorward_token::Trail;
use subtle::ConstantTimeEq as _;

use super::delegated::{self, Telling};
use super::{Authenticated, TokenReply, TokenRequest, refuse};
use crate::change::GrantChange;
use crate::decision::{At, Decision};
use crate::facts::Facts;
use crate::grants::RefreshToken;
use crate::model::{AuthorizationCode, Client, Expiry, Grant, Platform, RefreshState, Secret};
use crate::needs::Need;
use crate::port::Env;
use crate::profile::CodeBinding;
use crate::refusal::{GrantRefusal, Refusal, RequestRefusal, quote};

pub(super) fn needs(at: &At<'_>, request: &TokenRequest, facts: &Facts, env: &Env<'_>) -> Vec<Need> {
    let tenant = at.authority.tenant.id;
    let Some(code) = &request.code else { return Vec::new() };
    let need = Need::Code(tenant, env.vault.digest(code.expose().as_bytes()));
    let mut needs = vec![need.clone()];
    if facts.has(&need)
        && let Need::Code(_, digest) = need
        && let Some(code) = facts.code(tenant, digest)
    {
        needs.push(Need::ClientByApp(tenant, code.client));
        needs.extend(code.resource.map(|api| Need::ResourceById(tenant, api)));
        if facts.has(&Need::ClientByApp(tenant, code.client))
            && let Some(client) = facts.client_by_app(tenant, code.client)
        {
            needs.extend(delegated::needs(tenant, client, code.pool, code.user));
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
    let Some(presented) = &by.request.code else {
        return Err(refuse(
            trail,
            "code.present",
            "RFC 6749 §4.1.3",
            RequestRefusal::MissingParameter { name: "code" },
        ));
    };
    let digest = env.vault.digest(presented.expose().as_bytes());
    let Some(code) = by.facts.code(tenant, digest) else {
        return Err(refuse(trail, "code.known", "RFC 6749 §4.1.3", GrantRefusal::CodeUnknown));
    };
    trail.pass("code.known", "RFC 6749 §4.1.3");
    if code.client != by.client.app_id {
        return Err(refuse(trail, "code.client", "RFC 6749 §4.1.3", GrantRefusal::CodeOtherClient));
    }
    trail.pass("code.client", "RFC 6749 §4.1.3");
    unspent(by, code, env, trail)?;
    let CodeBinding::Door = by.at.profile.code_binding;
    if code.authority != by.at.authority.reference() {
        return Err(refuse(trail, "code.authority", "RFC 9207", GrantRefusal::CodeOtherAuthority));
    }
    trail.pass("code.authority", "RFC 9207");
    if code.expiry.has_passed(env.now) {
        let late_by_secs = env.now.since(code.expiry.instant()).as_secs();
        return Err(refuse(
            trail,
            "code.fresh",
            "RFC 6749 §4.1.2",
            GrantRefusal::CodeExpired { late_by_secs },
        ));
    }
    trail.pass("code.fresh", "RFC 6749 §4.1.2");
    redirect_uri(by, code, trail)?;
    verifier(by, code, env, trail)?;
    let allow_origin = delegated::origin(by, code.platform, trail)?;
    let user = delegated::account(by, (code.pool, code.user), code.issued_at, trail)?;

    let api = delegated::resource(by, code.resource, trail)?;
    let (scopes, missing) =
        delegated::still_granted(by.at, by.client, by.facts, (code.user, api), &code.scopes);
    if delegated::nothing_is_left(&code.scopes, &scopes) {
        let reason = GrantRefusal::ConsentWithdrawn { scopes: missing };
        return Err(refuse(trail, "consent.still_given", "OpenID Connect Core §3.1.2.4", reason));
    }
    trail.pass("consent.still_given", "OpenID Connect Core §3.1.2.4");

    let mut grant = begin(by.client, code);
    let offline = code.scopes.contains("offline_access");
    let refresh = offline.then(|| first_refresh(by.client, &mut grant, env));
    let telling = Telling {
        grant: &grant,
        user,
        api,
        scopes,
        nonce: code.nonce.as_deref(),
        new_user: code.new_user,
        refresh,
        allow_origin,
    };
    let (mint, reply) = delegated::tell(by, telling, env);
    let changes = vec![GrantChange::RedeemCode { tenant, digest, grant }.into()];
    Ok(Decision { changes, mint, reply, trail: Trail::new() })
}

/// A code that was redeemed never gives tokens again. It revokes its grant, except where the same client proves the
/// verifier within the grace of a network retry (Settled 9).
fn unspent(
    by: &Authenticated<'_>,
    code: &AuthorizationCode,
    env: &Env<'_>,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    let spec = "RFC 6749 §4.1.2, RFC 9700 §2.1.1";
    let Some(redemption) = code.redeemed else {
        trail.pass("code.unspent", spec);
        return Ok(());
    };
    let since = env.now.since(redemption.at);
    let proven = code.challenge.is_some() && verifier_fits(by, code, env);
    let same_verifier = proven && since <= AuthorizationCode::REPLAY_GRACE;
    let reason = GrantRefusal::CodeAlreadyUsed { secs_since_first: since.as_secs(), same_verifier };
    let refusal = refuse(trail, "code.unspent", spec, reason);
    Err(if same_verifier {
        refusal
    } else {
        refusal.with(GrantChange::RevokeGrant { tenant: code.tenant, grant: code.grant, at: env.now })
    })
}

fn redirect_uri(by: &Authenticated<'_>, code: &AuthorizationCode, trail: &mut Trail) -> Result<(), Refusal> {
    let (name, spec) = ("code.redirect_uri", "RFC 6749 §4.1.3");
    match &by.request.redirect_uri {
        None if code.redirect_uri_sent => {
            let reason = GrantRefusal::CodeRedirectMismatch {
                sent: "nothing".to_owned(),
                expected: code.redirect_uri.clone(),
            };
            Err(refuse(trail, name, spec, reason))
        }
        Some(sent) if *sent != code.redirect_uri => {
            let reason = GrantRefusal::CodeRedirectMismatch {
                sent: quote(sent, 200),
                expected: code.redirect_uri.clone(),
            };
            Err(refuse(trail, name, spec, reason))
        }
        _ => {
            trail.pass(name, spec);
            Ok(())
        }
    }
}

fn verifier(
    by: &Authenticated<'_>,
    code: &AuthorizationCode,
    env: &Env<'_>,
    trail: &mut Trail,
) -> Result<(), Refusal> {
    let (name, spec) = ("pkce.verifier", "RFC 7636 §4.6");
    let sent = by.request.code_verifier.is_some();
    match (&code.challenge, sent) {
        (None, false) => {
            trail.skip(name, spec);
            Ok(())
        }
        (None, true) => Err(refuse(trail, name, "RFC 9700 §2.1.1", GrantRefusal::PkceNotStarted)),
        (Some(_), false) => Err(refuse(trail, name, spec, GrantRefusal::PkceVerifier { missing: true })),
        (Some(_), true) if verifier_fits(by, code, env) => {
            trail.pass(name, spec);
            Ok(())
        }
        (Some(_), true) => Err(refuse(trail, name, spec, GrantRefusal::PkceVerifier { missing: false })),
    }
}

/// BASE64URL(SHA256(verifier)) against the challenge; the verifier has 43 to 128 characters (RFC 7636 §4.1).
fn verifier_fits(by: &Authenticated<'_>, code: &AuthorizationCode, env: &Env<'_>) -> bool {
    let (Some(challenge), Some(verifier)) = (&code.challenge, &by.request.code_verifier) else {
        return false;
    };
    let text = verifier.expose();
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let well_formed = (43..=128).contains(&text.len()) && text.bytes().all(unreserved);
    let computed = env.vault.digest(text.as_bytes()).to_text();
    well_formed && bool::from(computed.as_bytes().ct_eq(challenge.as_str().as_bytes()))
}

fn begin(client: &Client, code: &AuthorizationCode) -> Grant {
    Grant {
        tenant: code.tenant,
        id: code.grant,
        client: client.app_id,
        pool: code.pool,
        user: code.user,
        sid: code.sid,
        authority: code.authority.clone(),
        platform: code.platform,
        scopes: code.scopes.clone(),
        resource: code.resource,
        auth_time: code.auth_time,
        amr: code.amr.clone(),
        started_at: code.issued_at,
        refresh: None,
        revoked_at: None,
    }
}

/// Starts the refresh family: its first token, and for single-page applications the seconds until its end.
fn first_refresh(client: &Client, grant: &mut Grant, env: &Env<'_>) -> (Secret, Option<u64>) {
    let secret: [u8; 32] = env.entropy.draw();
    let spa = grant.platform == Platform::Spa;
    let absolute = if spa { Client::REFRESH_SPA } else { Client::REFRESH_ABSOLUTE };
    let absolute_expiry = Expiry::at(env.now + absolute);
    let state = RefreshState {
        generation: 1,
        secret_digest: env.vault.digest(&secret),
        rotated_at: env.now,
        successor: None,
        idle_expiry: delegated::idle(client, absolute_expiry, env.now),
        absolute_expiry,
    };
    let token = RefreshToken { family: grant.id, generation: 1, secret };
    let text = token.encode(grant.tenant, absolute_expiry, env.vault);
    grant.refresh = Some(state);
    (text, spa.then_some(absolute.as_secs()))
}

//! `client_credentials` (RFC 6749 §4.4): the application speaks for itself and gets the roles it was granted.
//!
//! Reads configuration only, so a warm node answers without its database (Settled 13, 27).

use doorward_token::Trail;

use super::{Authenticated, TokenReply, TokenRequest, refuse};
use crate::claims::{AccessTokenFor, TokenPrincipal, access_token};
use crate::client_auth;
use crate::decision::{At, Decision};
use crate::facts::Facts;
use crate::model::{Resource, RoleHolder};
use crate::needs::Need;
use crate::permission::{Asked, DEFAULT};
use crate::port::Env;
use crate::profile::{DaemonScope, DaemonScopeEcho};
use crate::refusal::{GrantRefusal, Refusal, RequestRefusal, quote};

pub(super) fn needs(at: &At<'_>, request: &TokenRequest, facts: &Facts, env: &Env<'_>) -> Vec<Need> {
    let tenant = at.authority.tenant.id;
    let mut needs = Vec::new();
    if let Ok(asked) = asked(at, request) {
        needs.extend(asked.api.map(|api| Need::Resource(tenant, api.to_lowercase())));
    }
    for need in client_auth::needs(tenant, &request.client, env) {
        if let (true, Need::Client(_, id)) = (facts.has(&need), &need)
            && let Some(client) = facts.client(tenant, id)
        {
            needs.push(Need::RoleAssignments(tenant, RoleHolder::App(client.app_id)));
        }
    }
    needs
}

pub(super) fn decide(
    by: &Authenticated<'_>,
    env: &Env<'_>,
    trail: &mut Trail,
) -> Result<Decision<TokenReply>, Refusal> {
    let sent = by.request.scope.as_deref().unwrap_or_default();
    let api = api(by, sent, trail)?;
    let tenant = by.at.authority.tenant.id;
    let roles: Vec<String> = by
        .facts
        .role_assignments(tenant, RoleHolder::App(by.client.app_id))
        .iter()
        .filter(|assignment| assignment.resource == api.id)
        .filter_map(|assignment| api.roles.iter().find(|role| role.id == assignment.role))
        .filter(|role| role.enabled && role.members.admits_applications())
        .map(|role| role.value.clone())
        .collect();
    let identifier = sent.strip_suffix(DEFAULT).map(|api| api.strip_suffix('/').unwrap_or(api));
    let token = AccessTokenFor {
        client: by.client,
        proof: by.proof,
        api: Some(api),
        identifier: identifier.or(by.request.resource.first().map(String::as_str)),
        principal: TokenPrincipal::App { roles },
    };
    let (plan, expires_in) = access_token(by.at, &token, env);
    let scope = match by.at.profile.daemon_scope_echo {
        DaemonScopeEcho::Echo => Some(sent.to_owned()).filter(|sent| !sent.is_empty()),
        DaemonScopeEcho::Omit => None,
    };
    let reply = TokenReply {
        access_token: 0,
        id_token: None,
        refresh_token: None,
        refresh_token_expires_in: None,
        expires_in,
        scope,
        client_info: None,
        allow_origin: None,
    };
    Ok(Decision { changes: Vec::new(), mint: vec![plan], reply, trail: Trail::new() })
}

fn api<'a>(by: &Authenticated<'a>, sent: &str, trail: &mut Trail) -> Result<&'a Resource, Refusal> {
    let (name, spec) = ("scope.daemon_form", "RFC 6749 §4.4.2, RFC 8707");
    let asked =
        asked(by.at, by.request).map_err(|fault| refuse(trail, name, spec, GrantRefusal::from(fault)))?;
    let (parameter, is_missing) = match by.at.profile.daemon_scope {
        DaemonScope::DefaultOnly => ("scope", sent.is_empty()),
        DaemonScope::ResourceOrDefault => ("resource", sent.is_empty() && asked.api.is_none()),
    };
    if is_missing {
        return Err(refuse(trail, name, spec, RequestRefusal::MissingParameter { name: parameter }));
    }
    let Some(identifier) = &asked.api else {
        return Err(refuse(trail, name, spec, GrantRefusal::DaemonScopeForm { sent: quote(sent, 80) }));
    };
    let by_parameter = asked.api_by_parameter && by.at.profile.daemon_scope == DaemonScope::ResourceOrDefault;
    let plain_default = asked.names.len() == 1 && asked.wants_default() && asked.identity.is_empty();
    let fits = plain_default || (by_parameter && asked.names.is_empty() && asked.identity.is_empty());
    if !fits {
        return Err(refuse(trail, name, spec, GrantRefusal::DaemonScopeForm { sent: quote(sent, 80) }));
    }
    trail.pass(name, spec);
    let tenant = by.at.authority.tenant.id;
    let found = by.facts.resource(tenant, identifier).filter(|api| !api.disabled);
    let api = found.ok_or_else(|| {
        refuse(
            trail,
            "api.known",
            "RFC 8707 §2",
            GrantRefusal::UnknownApi { identifier: quote(identifier, 120) },
        )
    })?;
    trail.pass("api.known", "RFC 8707 §2");
    Ok(api)
}

fn asked(at: &At<'_>, request: &TokenRequest) -> Result<Asked, crate::permission::PermissionFault> {
    Asked::read(request.scope.as_deref().unwrap_or_default(), &request.resource, at.profile)
}

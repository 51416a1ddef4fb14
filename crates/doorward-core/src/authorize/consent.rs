//! What is allowed, what is missing, and who must be asked (OpenID Connect Core §3.1.2.4).
//!
//! Effective is the union of what everybody, this user and the API's pre-authorisation allow. Missing is what the
//! request names beyond that. A locked scope (administrators only) is never granted by anybody else: it is shown
//! locked beside others, and left out.

use super::account::Account;
use super::{ConsentApi, ConsentItem, ConsentStep, Draft, Step};
use crate::change::{Change, DirectoryChange};
use crate::model::{ConsentGrant, Principal, Resource, ScopeSet, ScopeToken};
use crate::permission::{BUILT_IN_API, asks_nobody, effective, granted_at, short_name};
use crate::port::Env;
use crate::refusal::AuthorizeRefusal;

/// What the code stands for.
pub(super) struct Allowed {
    /// In the caller's spelling.
    pub(super) scopes: ScopeSet,
    /// Grants that become true with the code.
    pub(super) changes: Vec<Change>,
}

pub(super) enum Settled {
    Allowed(Allowed),
    Step(Step),
}

/// The permissions of one API that this request is about.
struct Part<'a> {
    api: &'a Resource,
    asked: ScopeSet,
    granted: ScopeSet,
    /// Nobody is asked about these.
    implied: ScopeSet,
}

impl Part<'_> {
    fn missing(&self, force: bool) -> ScopeSet {
        let asked = self.asked.minus(&self.implied);
        if force { asked } else { asked.minus(&self.granted) }
    }

    fn is_locked(&self, scope: &ScopeToken, draft: &Draft<'_>, is_admin: bool) -> bool {
        let by_tenant =
            !draft.asking.at.authority.tenant.user_consent && self.api.id.to_string() != BUILT_IN_API;
        !is_admin && (by_tenant || self.api.scope(scope.as_str()).is_none_or(|exposed| exposed.admin_only))
    }
}

pub(super) fn settle(
    draft: &Draft<'_>,
    account: &Account<'_>,
    env: &Env<'_>,
) -> Result<Settled, AuthorizeRefusal> {
    let client = draft.client.expect("client.known passed");
    let tenant = draft.asking.at.authority.tenant.id;
    let consents = draft.facts.consents(tenant, client.app_id, account.session.user);
    let mut resolved = draft.resolved.clone().expect("scope.understood passed");
    if let Some(api) = resolved.api {
        resolved.expand_default(client, &effective(api, client.app_id, consents));
    }
    let asks_nobody = asks_nobody(&draft.asking.at);
    let mut parts = Vec::new();
    if let Some(built_in) = draft.facts.resource(tenant, BUILT_IN_API) {
        let implied =
            if asks_nobody || client.first_party { resolved.identity.clone() } else { ScopeSet::default() };
        let granted = granted_at(built_in.id, consents);
        parts.push(Part { api: built_in, asked: resolved.identity.clone(), granted, implied });
    }
    if let Some(api) = resolved.api {
        let granted = effective(api, client.app_id, consents);
        parts.push(Part { api, asked: resolved.short_names(), granted, implied: ScopeSet::default() });
    }

    let is_admin = account.user.is_administrator();
    let mut changes = Vec::new();
    if asks_nobody {
        ensure_something_is_granted(&parts, &resolved.names)?;
    } else if let Some(answer) = &draft.asking.interaction.consent {
        if !answer.allowed {
            return Err(AuthorizeRefusal::ConsentRefused);
        }
        for part in &mut parts {
            let shown = answer.shown.iter().filter(|(api, _)| *api == part.api.id.to_string());
            let given: ScopeSet = shown
                .flat_map(|(_, scopes)| scopes.iter())
                .filter(|scope| {
                    part.asked.contains(scope.as_str()) && !part.is_locked(scope, draft, is_admin)
                })
                .cloned()
                .collect();
            if given.is_empty() {
                continue;
            }
            part.granted = std::mem::take(&mut part.granted).union(&given);
            let for_all = answer.for_organisation && is_admin;
            changes.push(Change::from(DirectoryChange::ExtendConsent(ConsentGrant {
                tenant,
                client: client.app_id,
                resource: part.api.id,
                principal: if for_all { Principal::All } else { Principal::User(account.session.user) },
                scopes: given,
                granted_by: Some(account.session.user),
                granted_at: env.now,
            })));
        }
        ensure_something_is_granted(&parts, &resolved.names)?;
    } else if let Some(step) = step(draft, account, &parts, is_admin)? {
        return Ok(Settled::Step(step));
    }
    Ok(Settled::Allowed(Allowed { scopes: spelt(&resolved, &parts), changes }))
}

/// The step that the person must take, if any.
fn step(
    draft: &Draft<'_>,
    account: &Account<'_>,
    parts: &[Part<'_>],
    is_admin: bool,
) -> Result<Option<Step>, AuthorizeRefusal> {
    let force = draft.prompts.consent;
    let mut open = ScopeSet::default();
    let mut locked = ScopeSet::default();
    for part in parts {
        for scope in &part.missing(force) {
            if part.is_locked(scope, draft, is_admin) {
                locked.insert(scope.clone());
            } else {
                open.insert(scope.clone());
            }
        }
    }
    let api_left_empty = parts.iter().any(|part| {
        !part.asked.is_empty()
            && part
                .asked
                .iter()
                .all(|scope| part.is_locked(scope, draft, is_admin) && !part.granted.contains(scope.as_str()))
    });
    if open.is_empty() && !api_left_empty {
        return Ok(None);
    }
    if draft.prompts.none {
        return Err(if open.is_empty() {
            AuthorizeRefusal::AdminConsentNeeded { scopes: locked }
        } else {
            AuthorizeRefusal::ConsentRequired { scopes: open }
        });
    }
    let page = page(draft, account, parts, is_admin, force);
    Ok(Some(if api_left_empty { Step::NeedsAdministrator(page) } else { Step::Consent(page) }))
}

fn page(
    draft: &Draft<'_>,
    account: &Account<'_>,
    parts: &[Part<'_>],
    is_admin: bool,
    force: bool,
) -> ConsentStep {
    let apis = parts
        .iter()
        .map(|part| ConsentApi {
            id: part.api.id.to_string(),
            title: part.api.title.clone(),
            items: part
                .missing(force)
                .iter()
                .filter_map(|scope| part.api.scope(scope.as_str()))
                .map(|exposed| ConsentItem {
                    scope: exposed.value.clone(),
                    title: exposed.title.clone(),
                    description: exposed.description.clone(),
                    is_new: !part.granted.contains(exposed.value.as_str()),
                    locked: part.is_locked(&exposed.value, draft, is_admin),
                })
                .collect(),
        })
        .filter(|api: &ConsentApi| !api.items.is_empty())
        .collect();
    let adds_to_earlier = parts.iter().any(|part| !part.granted.is_empty());
    ConsentStep { account: account.choice(draft), may_consent_for_all: is_admin, adds_to_earlier, apis }
}

/// What is not granted is left out; nothing left at the API is a refusal.
fn ensure_something_is_granted(
    parts: &[Part<'_>],
    names: &[crate::permission::Spelt],
) -> Result<(), AuthorizeRefusal> {
    let Some(part) = parts.iter().find(|part| names.iter().any(|name| part.asked.contains(&name.short)))
    else {
        return Ok(());
    };
    if part.asked.iter().any(|scope| part.granted.contains(scope.as_str())) {
        return Ok(());
    }
    Err(AuthorizeRefusal::NothingGranted { scopes: part.asked.clone() })
}

/// The granted scopes in the caller's spelling.
fn spelt(resolved: &crate::permission::Resolved<'_>, parts: &[Part<'_>]) -> ScopeSet {
    let granted = |api: &str, scope: &str| {
        parts
            .iter()
            .any(|p| p.api.id.to_string() == api && (p.granted.contains(scope) || p.implied.contains(scope)))
    };
    let has_built_in = parts.iter().any(|part| part.api.id.to_string() == BUILT_IN_API);
    let mut scopes = ScopeSet::default();
    if let Some(api) = resolved.api {
        let id = api.id.to_string();
        for name in resolved.names.iter().filter(|name| granted(&id, &name.short)) {
            scopes.insert(name.sent.clone());
        }
        if let Some(default) = &resolved.default {
            scopes.insert(default.clone());
        }
    }
    for identity in &resolved.identity {
        if !has_built_in || granted(BUILT_IN_API, short_name(identity.as_str())) {
            scopes.insert(identity.clone());
        }
    }
    scopes
}

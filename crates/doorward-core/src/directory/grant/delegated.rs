//! Delegated permissions: for one user, or for all of the tenant.

use serde_json::json;

use super::{GrantView, Grantee, NOBODY};
use crate::change::DirectoryChange;
use crate::directory::desk::{Decision, Desk};
use crate::directory::naming::{self, not_among};
use crate::directory::outcome::Outcome;
use crate::directory::value::fault;
use crate::model::{
    Client, ClientKind, ConsentGrant, ExposedScope, Principal, Resource, ScopeSet, ScopeToken,
};
use crate::refusal::{DirectoryRefusal, Refusal};

/// A principal, and how it is named in answers and on the command line.
struct Party<'a> {
    principal: Principal,
    shown: String,
    words: Vec<&'a str>,
}

fn party<'a>(to: &'a Grantee, desk: &Desk<'a>) -> Result<Party<'a>, DirectoryRefusal> {
    Ok(match to {
        Grantee::All => {
            Party { principal: Principal::All, shown: "all users".to_owned(), words: vec!["--all"] }
        }
        Grantee::User(text) => {
            let user = naming::user(text, desk.tenant, desk.facts)?;
            Party {
                principal: Principal::User(user.id),
                shown: user.sign_in_name().to_owned(),
                words: vec!["--user", user.sign_in_name()],
            }
        }
    })
}

pub(super) fn add(
    client: &Client,
    api: &Resource,
    name: &str,
    (to, desk): (&Grantee, &Desk<'_>),
) -> Result<Decision, Refusal> {
    if client.kind == ClientKind::Daemon {
        let why = "a daemon acts without a person: give it an app role with doorward grant app-role";
        return Err(fault("app", &client.name, why).into());
    }
    let scope = exposed(api, name)?;
    let party = party(to, desk)?;
    let consent = ConsentGrant {
        tenant: desk.tenant.id,
        client: client.app_id,
        resource: api.id,
        principal: party.principal,
        scopes: ScopeSet::from_iter([scope.value.clone()]),
        granted_by: desk.person(),
        granted_at: desk.env.now,
    };
    let outcome = Outcome::Grant(Box::new(GrantView::delegated(&consent, client, api, party.shown.clone())));
    if held(client, api, &party, desk).is_some_and(|row| row.scopes.contains(name)) {
        return Ok(Decision::of(outcome));
    }
    let permission = format!("{}:{name}", api.name);
    let detail = json!({ "permission": permission, "for": party.shown });
    let words: Vec<&str> =
        ["grant", "rm", &client.name, &permission].into_iter().chain(party.words.iter().copied()).collect();
    Ok(Decision::of(outcome)
        .change(DirectoryChange::ExtendConsent(consent))
        .change(desk.audit("grant.add", &client.name, detail))
        .undone_by(desk.undo(&words)))
}

pub(super) fn remove(
    client: &Client,
    api: &Resource,
    name: &str,
    (to, desk): (&Grantee, &Desk<'_>),
) -> Result<Decision, Refusal> {
    let party = party(to, desk)?;
    let permission = format!("{}:{name}", api.name);
    let Some(row) = held(client, api, &party, desk).filter(|row| row.scopes.contains(name)) else {
        return Err(not_granted(client, api, &party, (name, desk)).into());
    };
    let token = ScopeToken::parse(name).map_err(|why| fault("permission", name, why.to_string()))?;
    let taken = ConsentGrant { scopes: ScopeSet::from_iter([token]), ..row.clone() };
    let mut view = GrantView::delegated(&taken, client, api, party.shown.clone());
    view.granted_at = None;
    let detail = json!({ "permission": permission, "for": party.shown });
    let words: Vec<&str> =
        ["grant", "add", &client.name, &permission].into_iter().chain(party.words.iter().copied()).collect();
    Ok(Decision::of(Outcome::Grant(Box::new(view)))
        .change(DirectoryChange::WithdrawConsent {
            tenant: desk.tenant.id,
            client: client.app_id,
            resource: api.id,
            principal: party.principal,
            scopes: Some(taken.scopes),
        })
        .change(desk.audit("grant.remove", &client.name, detail))
        .undone_by(desk.undo(&words)))
}

/// The row of this very principal.
fn held<'a>(client: &Client, api: &Resource, party: &Party<'_>, desk: &Desk<'a>) -> Option<&'a ConsentGrant> {
    rows(client, party, desk).iter().find(|row| row.resource == api.id && row.principal == party.principal)
}

fn rows<'a>(client: &Client, party: &Party<'_>, desk: &Desk<'a>) -> &'a [ConsentGrant] {
    let user = match party.principal {
        Principal::All => NOBODY,
        Principal::User(user) => user,
    };
    desk.facts.consents(desk.tenant.id, client.app_id, user)
}

/// Says where the permission does come from, if not from here.
fn not_granted(
    client: &Client,
    api: &Resource,
    party: &Party<'_>,
    (name, desk): (&str, &Desk<'_>),
) -> DirectoryRefusal {
    let permission = format!("{}:{name}", api.name);
    let for_all = rows(client, party, desk)
        .iter()
        .any(|row| row.resource == api.id && row.principal == Principal::All && row.scopes.contains(name));
    if for_all {
        let why =
            format!("{} was granted it for all users, not for {} alone: use --all", client.name, party.shown);
        return fault("permission", &permission, why);
    }
    let name = format!("{permission} of {} for {}", client.name, party.shown);
    DirectoryRefusal::NotFound { kind: "grant", name, nearest: None }
}

fn exposed<'a>(api: &'a Resource, name: &str) -> Result<&'a ExposedScope, DirectoryRefusal> {
    if let Some(scope) = api.scope(name) {
        return Ok(scope);
    }
    let permission = format!("{}:{name}", api.name);
    if api.roles.iter().any(|role| role.value == name) {
        let why = "it is an app role: give it with doorward grant app-role";
        return Err(fault("permission", &permission, why));
    }
    if api.scopes.iter().any(|scope| scope.value.as_str() == name) {
        return Err(fault("permission", &permission, "the scope is disabled"));
    }
    Err(not_among("scope", name, api.scopes.iter().map(|scope| scope.value.as_str())))
}

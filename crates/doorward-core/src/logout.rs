//! Sign-out asked for by an application (OpenID Connect RP-Initiated Logout 1.0).

use doorward_token::{ClaimSet, Evidence, Trail};

use crate::authorize::SessionView;
use crate::change::{Change, SessionChange};
use crate::claims::open_account_hint;
use crate::decision::{At, Decision};
use crate::facts::Facts;
use crate::model::{AccountSession, AppId, BrowserSession, Client, ClientId, SessionId, TenantId, UserId};
use crate::needs::Need;
use crate::port::Env;
use crate::profile::LogoutWithoutHint;
use crate::refusal::{LogoutRefusal, Refusal, quote};

/// A request of the end-session endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct LogoutRequest {
    /// An ID token of ours, possibly expired.
    pub id_token_hint: Option<String>,
    /// The application.
    pub client_id: Option<String>,
    /// The opaque hint of an ID token.
    pub logout_hint: Option<String>,
    /// The way back.
    pub post_logout_redirect_uri: Option<String>,
    /// Comes back byte for byte.
    pub state: Option<String>,
}

/// What a sign-out decision looks at.
#[derive(Clone, Copy)]
pub struct Leaving<'a> {
    /// The door.
    pub at: At<'a>,
    /// The request.
    pub request: &'a LogoutRequest,
    /// Claims of the hint, if its signature is ours; expiry does not matter.
    pub hint: Option<&'a ClaimSet>,
    /// The browser's session.
    pub session: &'a SessionView,
    /// The person pressed the button.
    pub confirmed: bool,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogoutReply {
    /// Ask the person.
    Confirm,
    /// Signed out.
    Done {
        /// Where to go, with `state` added; `None` ends on our own page.
        to: Option<String>,
        /// The browser has no session any more.
        session_ended: bool,
    },
}

/// What must be known.
pub fn needs(leaving: &Leaving<'_>, _facts: &Facts) -> Vec<Need> {
    let tenant = leaving.at.authority.tenant.id;
    let mut needs: Vec<Need> =
        named_client(leaving).into_iter().map(|client| Need::Client(tenant, client)).collect();
    let apps = leaving.session.accounts_of(tenant).flat_map(|account| account.apps.iter().copied());
    needs.extend(apps.map(|app| Need::ClientByApp(tenant, app)));
    needs
}

/// Decides.
pub fn decide(leaving: &Leaving<'_>, facts: &Facts, env: &Env<'_>) -> Result<Decision<LogoutReply>, Refusal> {
    let mut trail = Trail::new();
    let request = leaving.request;
    if request.id_token_hint.is_some() && leaving.hint.is_none() {
        trail.fail(
            "id_token_hint.ours",
            "RP-Initiated Logout §2",
            Evidence::expected("an ID token of this issuer"),
        );
        return Err(Refusal::at(LogoutRefusal::HintInvalid, trail));
    }
    let proven = leaving.hint.is_some() && hint_is_of_the_client(leaving);
    let back = match &request.post_logout_redirect_uri {
        None => None,
        Some(_) if leaving.hint.is_some() && !proven => None,
        // Nobody is signed in and no application is named: there is nobody to lead back to, and nothing went wrong.
        Some(_) if named_client(leaving).is_none() && leaving.session.current().is_none() => None,
        Some(presented) => {
            let Some(uri) = way_back(leaving, presented, facts) else {
                let presented = quote(presented, 200);
                let name = "post_logout_redirect_uri.registered";
                trail.fail(name, "RP-Initiated Logout §3", Evidence::sent(presented.as_str()));
                return Err(Refusal::at(LogoutRefusal::PostLogoutUri { presented }, trail));
            };
            Some(uri)
        }
    };
    trail.pass("post_logout_redirect_uri.registered", "RP-Initiated Logout §3");
    let leads_back = leaving.at.profile.logout_without_hint == LogoutWithoutHint::LeadBack && back.is_some();
    if !proven && !leads_back && !leaving.confirmed && leaving.session.current().is_some() {
        return Ok(Decision::plain(LogoutReply::Confirm, Vec::new(), trail));
    }
    let (change, session_ended) = sign_out(leaving, env);
    let to = back.filter(|_| proven || leads_back || leaving.confirmed);
    Ok(Decision::plain(LogoutReply::Done { to, session_ended }, change.into_iter().collect(), trail))
}

/// The registered way back with `state` added, or `None` where no application that counts has it registered.
fn way_back(leaving: &Leaving<'_>, presented: &str, facts: &Facts) -> Option<String> {
    let tenant = leaving.at.authority.tenant.id;
    let has = |client: &Client| {
        client.post_logout_redirect_uris.iter().any(|uri| uri == presented)
            || client.registered_redirect(presented).is_some()
    };
    let named = named_client(leaving).and_then(|id| facts.client(tenant, &id));
    let registered = match named {
        Some(client) => has(client),
        None => apps(leaving).filter_map(|app| facts.client_by_app(tenant, app)).any(has),
    };
    registered.then(|| match &leaving.request.state {
        None => presented.to_owned(),
        Some(state) => {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("state", state);
            let joint = if presented.contains('?') { '&' } else { '?' };
            format!("{presented}{joint}{}", query.finish())
        }
    })
}

/// Whether the hint was issued to the client that the request names, where it names one: else it proves nothing.
fn hint_is_of_the_client(leaving: &Leaving<'_>) -> bool {
    let audience = leaving.hint.and_then(|claims| claims.text("aud"));
    leaving.request.client_id.as_deref().is_none_or(|client| audience == Some(client))
}

fn named_client(leaving: &Leaving<'_>) -> Option<ClientId> {
    let audience = leaving.hint.and_then(|claims| claims.text("aud"));
    audience.or(leaving.request.client_id.as_deref()).and_then(|text| ClientId::parse(text).ok())
}

fn apps<'a>(leaving: &Leaving<'a>) -> impl Iterator<Item = AppId> + 'a {
    let session: &'a SessionView = leaving.session;
    session.accounts_of(leaving.at.authority.tenant.id).flat_map(|account| account.apps.iter().copied())
}

/// Takes the named account out of the session, or all accounts of the tenant where none is named.
fn sign_out(leaving: &Leaving<'_>, env: &Env<'_>) -> (Option<Change>, bool) {
    let Some(session) = leaving.session.current() else { return (None, true) };
    let named = named_account(leaving, env);
    let stays = |account: &AccountSession| match &named {
        // An application of one tenant says nothing about the accounts of another.
        Named::Nobody => account.tenant != leaving.at.authority.tenant.id,
        Named::Sid(sid) => account.sid != *sid,
        Named::User(tenant, user) => account.tenant != *tenant || account.user != *user,
    };
    let left: Vec<AccountSession> =
        session.accounts.iter().filter(|account| stays(account)).cloned().collect();
    if left.is_empty() {
        return (Some(SessionChange::End { digest: session.digest }.into()), true);
    }
    if left.len() == session.accounts.len() {
        return (None, false);
    }
    let next = BrowserSession { version: session.version + 1, accounts: left, ..session.clone() };
    (Some(SessionChange::Put { session: next, replaces: None }.into()), false)
}

enum Named {
    Nobody,
    Sid(SessionId),
    User(TenantId, UserId),
}

fn named_account(leaving: &Leaving<'_>, env: &Env<'_>) -> Named {
    if let Some(hint) = &leaving.request.logout_hint
        && let Some((tenant, user)) = open_account_hint(hint, env.vault)
    {
        return Named::User(tenant, user);
    }
    match leaving.hint.and_then(|claims| claims.text("sid")).and_then(|sid| SessionId::parse(sid).ok()) {
        Some(sid) => Named::Sid(sid),
        None => Named::Nobody,
    }
}

#[cfg(test)]
mod tests;

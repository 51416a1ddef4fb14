//! Redirect URIs and the addresses of sign-out: what may be registered, and why not.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{metadata, undone, updated};
use crate::directory::desk::{Decision, Desk};
use crate::directory::naming::not_among;
use crate::directory::value::{at_most, fault};
use crate::model::{Client, ClientKind, Platform, RedirectUri, RegisteredRedirect};
use crate::refusal::{DirectoryRefusal, Refusal};

/// A redirect URI to be registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRedirect {
    /// The URI, kept and compared byte for byte.
    pub uri: String,
    /// Its platform; that of the application's kind where none is given.
    #[serde(default)]
    pub platform: Option<Platform>,
}

/// Redirect URIs per application.
const MOST: usize = 256;

/// Checks a list for a kind of application; the same URI twice on the same platform is kept once.
pub(super) fn checked(
    redirects: &[NewRedirect],
    kind: ClientKind,
) -> Result<Vec<RegisteredRedirect>, DirectoryRefusal> {
    at_most("redirect_uris", redirects.len(), MOST)?;
    let mut all = Vec::new();
    for redirect in redirects {
        let redirect = check(redirect, kind, &all)?;
        if !all.contains(&redirect) {
            all.push(redirect);
        }
    }
    Ok(all)
}

fn check(
    new: &NewRedirect,
    kind: ClientKind,
    others: &[RegisteredRedirect],
) -> Result<RegisteredRedirect, DirectoryRefusal> {
    let Some(usual) = platform_of(kind) else {
        return Err(fault("redirect_uri", &new.uri, "a daemon signs nobody in and has no redirect URI"));
    };
    let platform = new.platform.unwrap_or(usual);
    let uri = RedirectUri::parse(&new.uri, platform)
        .map_err(|why| fault("redirect_uri", &new.uri, why.to_string()))?;
    let elsewhere = others.iter().find(|other| other.uri == uri && other.platform != platform);
    if let Some(other) = elsewhere {
        let why = format!(
            "it is registered on the platform {}: one URI belongs to one platform, remove it first",
            word(other.platform)
        );
        return Err(fault("redirect_uri", &new.uri, why));
    }
    Ok(RegisteredRedirect { uri, platform })
}

/// The platform that goes without saying.
fn platform_of(kind: ClientKind) -> Option<Platform> {
    match kind {
        ClientKind::Daemon => None,
        ClientKind::Native => Some(Platform::Native),
        ClientKind::Spa => Some(Platform::Spa),
        ClientKind::Web => Some(Platform::Web),
    }
}

fn word(platform: Platform) -> &'static str {
    match platform {
        Platform::Native => "native",
        Platform::Spa => "spa",
        Platform::Web => "web",
    }
}

pub(super) fn add(client: &Client, new: &NewRedirect, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let redirect = check(new, client.kind, &client.redirect_uris)?;
    let mut after = client.clone();
    if !after.redirect_uris.contains(&redirect) {
        after.redirect_uris.push(redirect.clone());
        at_most("redirect_uris", after.redirect_uris.len(), MOST)?;
        metadata::check_sector(&after, desk)?;
    }
    let detail = json!({ "uri": redirect.uri, "platform": redirect.platform });
    let decision = updated(client, after, ("app.redirect.add", detail), desk);
    Ok(undone(decision, &["app", "redirect", "rm", &client.name, redirect.uri.as_str()], desk))
}

pub(super) fn remove(client: &Client, uri: &str, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let Some(redirect) = client.redirect_uris.iter().find(|redirect| redirect.uri.as_str() == uri) else {
        return Err(not_among("redirect", uri, client.redirect_uris.iter().map(|r| r.uri.as_str())).into());
    };
    let mut after = client.clone();
    after.redirect_uris.retain(|other| other != redirect);
    let detail = json!({ "uri": redirect.uri, "platform": redirect.platform });
    let decision = updated(client, after, ("app.redirect.remove", detail), desk);
    let back = ["app", "redirect", "add", &client.name, uri, "--platform", word(redirect.platform)];
    Ok(undone(decision, &back, desk))
}

/// Checks an address of sign-out by the rules of a redirect URI.
pub(super) fn post_logout(uri: &str, kind: ClientKind) -> Result<String, DirectoryRefusal> {
    let Some(platform) = platform_of(kind) else {
        return Err(fault("post_logout_redirect_uri", uri, "a daemon signs nobody in and nobody out"));
    };
    RedirectUri::parse(uri, platform)
        .map(|uri| uri.as_str().to_owned())
        .map_err(|why| fault("post_logout_redirect_uri", uri, why.to_string()))
}

pub(super) fn add_post_logout(client: &Client, uri: &str, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let uri = post_logout(uri, client.kind)?;
    let mut after = client.clone();
    if !after.post_logout_redirect_uris.contains(&uri) {
        after.post_logout_redirect_uris.push(uri.clone());
        at_most("post_logout_redirect_uris", after.post_logout_redirect_uris.len(), MOST)?;
    }
    let decision = updated(client, after, ("app.logout.add", json!({ "uri": uri })), desk);
    Ok(undone(decision, &["app", "logout", "rm", &client.name, &uri], desk))
}

pub(super) fn remove_post_logout(client: &Client, uri: &str, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let known = &client.post_logout_redirect_uris;
    if !known.iter().any(|other| other == uri) {
        return Err(not_among("logout", uri, known.iter().map(String::as_str)).into());
    }
    let mut after = client.clone();
    after.post_logout_redirect_uris.retain(|other| other != uri);
    let decision = updated(client, after, ("app.logout.remove", json!({ "uri": uri })), desk);
    Ok(undone(decision, &["app", "logout", "add", &client.name, uri], desk))
}

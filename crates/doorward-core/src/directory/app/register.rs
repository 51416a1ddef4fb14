//! Registering an application and changing its settings.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::metadata::{self, MetadataPatch};
use super::redirect::{self, NewRedirect};
use super::secret::{self, SecretTerms};
use super::{AppView, access, undone, updated};
use crate::change::DirectoryChange;
use crate::directory::PermissionRef;
use crate::directory::desk::{Decision, Desk};
use crate::directory::outcome::{AppAdded, Outcome, ShownOnce};
use crate::directory::value::{app_name, at_most, fault, in_range};
use crate::model::{AppId, Client, ClientId, ClientKind, ClientMetadata, MfaRule, PkceRule};
use crate::refusal::{DirectoryRefusal, Refusal};

/// An application to be registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApp {
    /// What people read, and how commands may call it.
    pub name: String,
    /// Web, single-page, native or daemon.
    pub kind: ClientKind,
    /// `client_id` on the wire; the id's text where none is given.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The id; a fresh one where none is given.
    #[serde(default)]
    pub app_id: Option<AppId>,
    /// Typed redirect URIs.
    #[serde(default)]
    pub redirect_uris: Vec<NewRedirect>,
    /// Where sign-out may lead to, besides.
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// Permissions asked for.
    #[serde(default)]
    pub requires: Vec<PermissionRef>,
    /// PKCE for a confidential client.
    #[serde(default)]
    pub pkce: PkceRule,
    /// Whether its users are not asked for consent to identity scopes.
    #[serde(default)]
    pub first_party: bool,
    /// Protocol metadata by its registered names (RFC 7591 §2).
    #[serde(default)]
    pub metadata: MetadataPatch,
    /// The secret of a confidential application; `null` for none yet, absent for the usual one.
    #[serde(default = "usual_secret")]
    pub secret: Option<SecretTerms>,
}

#[expect(clippy::unnecessary_wraps, reason = "it is the default of an optional field")]
fn usual_secret() -> Option<SecretTerms> {
    Some(SecretTerms::default())
}

impl NewApp {
    /// An application of that name and kind, with nothing else said.
    pub fn new(name: impl Into<String>, kind: ClientKind) -> Self {
        Self {
            name: name.into(),
            kind,
            client_id: None,
            app_id: None,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            requires: Vec::new(),
            pkce: PkceRule::default(),
            first_party: false,
            metadata: MetadataPatch::new(),
            secret: usual_secret(),
        }
    }
}

/// What changes; absent fields stay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AppChange {
    /// What people read.
    pub name: Option<String>,
    /// PKCE for a confidential client.
    pub pkce: Option<PkceRule>,
    /// Whether its users are not asked for consent to identity scopes.
    pub first_party: Option<bool>,
    /// Whether scope claims enter the ID token.
    pub claims_in_id_token: Option<bool>,
    /// Seconds for which refresh tokens stay usable when idle: 300 to 7 776 000 (90 days).
    pub refresh_idle_secs: Option<u32>,
    /// When a second factor is asked of its users, where that is more than the tenant asks.
    pub mfa: Option<MfaRule>,
    /// Protocol metadata by its registered names (RFC 7591 §2); `null` takes a member away.
    pub metadata: Option<MetadataPatch>,
}

pub(super) fn add(new: &NewApp, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let name = app_name(&new.name)?;
    let app_id = new.app_id.unwrap_or_else(|| AppId::random(desk.env.entropy.draw()));
    let client_id = client_id(new.client_id.as_deref(), app_id)?;
    at_most("post_logout_redirect_uris", new.post_logout_redirect_uris.len(), 256)?;
    let mut post_logout = Vec::new();
    for uri in &new.post_logout_redirect_uris {
        let uri = redirect::post_logout(uri, new.kind)?;
        if !post_logout.contains(&uri) {
            post_logout.push(uri);
        }
    }
    let secret = match &new.secret {
        Some(terms) if new.kind.is_confidential() => Some(secret::make(terms, desk)?),
        _ => None,
    };
    let (secrets, shown) = secret.map_or((Vec::new(), None), |(kept, shown)| (vec![kept], Some(shown)));
    let client = Client {
        tenant: desk.tenant.id,
        app_id,
        client_id,
        name: name.clone(),
        kind: new.kind,
        redirect_uris: redirect::checked(&new.redirect_uris, new.kind)?,
        post_logout_redirect_uris: post_logout,
        secrets,
        required_access: access::with(Vec::new(), &new.requires, new.kind, desk)?,
        pkce: pkce(new.pkce, new.kind)?,
        first_party: new.first_party,
        claims_in_id_token: false,
        refresh_idle_secs: u32::try_from(Client::REFRESH_IDLE.as_secs()).expect("14 days are few seconds"),
        mfa: None,
        metadata: metadata::patched(&ClientMetadata::default(), &new.metadata)?,
        disabled: false,
        epoch: desk.env.now,
        created_at: desk.env.now,
    };
    metadata::check(&client, desk)?;
    let detail = json!({
        "app_id": client.app_id,
        "client_id": client.client_id,
        "kind": client.kind,
        "redirect_uris": client.redirect_uris,
        "requires": new.requires,
        "first_party": client.first_party,
        "metadata": client.metadata,
    });
    let answer = AppAdded {
        app: AppView::naming(&client, &new.requires, desk.facts),
        client_secret: shown.map(ShownOnce::new),
    };
    Ok(Decision::of(Outcome::AppAdded(Box::new(answer)))
        .change(DirectoryChange::RegisterClient(client))
        .change(desk.audit("app.create", &name, detail))
        .undone_by(desk.undo(&["app", "rm", &name])))
}

pub(super) fn update(client: &Client, change: &AppChange, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let mut after = client.clone();
    let mut detail = serde_json::Map::new();
    let mut undo: Vec<String> = Vec::new();
    if let Some(text) = &change.name {
        after.name = app_name(text)?;
        detail.insert("name".to_owned(), json!([client.name, after.name]));
        undo.extend(["--name".to_owned(), client.name.clone()]);
    }
    if let Some(rule) = change.pkce {
        after.pkce = pkce(rule, client.kind)?;
        detail.insert("pkce".to_owned(), json!([client.pkce, rule]));
        let old = match client.pkce {
            PkceRule::Optional => "optional",
            PkceRule::Profile => "profile",
            PkceRule::Required => "required",
        };
        undo.extend(["--pkce".to_owned(), old.to_owned()]);
    }
    if let Some(is) = change.first_party {
        after.first_party = is;
        detail.insert("first_party".to_owned(), json!([client.first_party, is]));
        undo.extend(["--first-party".to_owned(), on_off(client.first_party)]);
    }
    if let Some(are) = change.claims_in_id_token {
        after.claims_in_id_token = are;
        detail.insert("claims_in_id_token".to_owned(), json!([client.claims_in_id_token, are]));
        undo.extend(["--claims-in-id-token".to_owned(), on_off(client.claims_in_id_token)]);
    }
    if let Some(secs) = change.refresh_idle_secs {
        let most = u32::try_from(Client::REFRESH_ABSOLUTE.as_secs()).expect("90 days are few seconds");
        after.refresh_idle_secs = in_range("refresh_idle_secs", secs, 300..=most)?;
        detail.insert("refresh_idle_secs".to_owned(), json!([client.refresh_idle_secs, secs]));
        undo.extend(["--refresh-idle-secs".to_owned(), client.refresh_idle_secs.to_string()]);
    }
    if let Some(rule) = change.mfa {
        // What asks for nothing is no rule.
        after.mfa = (rule != MfaRule::OnRequest).then_some(rule);
        detail.insert("mfa".to_owned(), json!([client.mfa, after.mfa]));
        undo.extend(["--mfa".to_owned(), client.mfa.unwrap_or(MfaRule::OnRequest).word().to_owned()]);
    }
    if let Some(patch) = &change.metadata {
        after.metadata = metadata::patched(&client.metadata, patch)?;
        metadata::check(&after, desk)?;
        detail.insert("metadata".to_owned(), json!([client.metadata, after.metadata]));
        undo.extend(metadata::undo(&client.metadata, &after.metadata));
    }
    let name = after.name.clone();
    let words: Vec<&str> =
        ["app", "update", &name].into_iter().chain(undo.iter().map(String::as_str)).collect();
    Ok(undone(updated(client, after, ("app.update", detail.into()), desk), &words, desk))
}

fn client_id(chosen: Option<&str>, app_id: AppId) -> Result<ClientId, DirectoryRefusal> {
    let text = chosen.map_or_else(|| app_id.to_string(), str::to_owned);
    let id = ClientId::parse(&text)
        .map_err(|_| fault("client_id", &text, "it has 1 to 128 visible ASCII characters and no space"))?;
    // Another application's id would lead commands and tokens astray; one's own is the usual case.
    if AppId::parse(&text).is_ok_and(|other| other != app_id) {
        return Err(fault(
            "client_id",
            &text,
            "a client id in the form of an id must be the application's own id",
        ));
    }
    if text.starts_with('-') {
        return Err(fault("client_id", &text, "it begins with a hyphen and reads as an option"));
    }
    Ok(id)
}

/// Public clients always use PKCE (RFC 9700 §2.1.1): no rule can say otherwise.
fn pkce(rule: PkceRule, kind: ClientKind) -> Result<PkceRule, DirectoryRefusal> {
    if rule == PkceRule::Optional && !kind.is_confidential() {
        return Err(fault("pkce", "optional", "a single-page or native application always uses PKCE"));
    }
    Ok(rule)
}

fn on_off(is: bool) -> String {
    if is { "on".to_owned() } else { "off".to_owned() }
}

//! Registering an API by hand, and its settings.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::import::{RoleSpec, ScopeSpec};
use super::view::{profile_of, profile_word};
use super::{ApiView, not_built_in, part, updated};
use crate::change::DirectoryChange;
use crate::directory::desk::{Decision, Desk};
use crate::directory::outcome::Outcome;
use crate::directory::value::{api_name, at_most, fault, identifier_uri, in_range, label};
use crate::model::{AppId, KeyState, Resource, ResourceId, RoleId, ScopeId, SigningAlgorithm, TokenProfile};
use crate::refusal::{DirectoryRefusal, Refusal};

/// An API to be registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewApi {
    /// Short name: it stands before the colon of `api:permission`.
    pub name: String,
    /// The id; a fresh one where none is given.
    #[serde(default)]
    pub id: Option<ResourceId>,
    /// Delegated permissions.
    #[serde(default)]
    pub scopes: Vec<ScopeSpec>,
    /// App roles.
    #[serde(default)]
    pub roles: Vec<RoleSpec>,
    /// Title, identifier URIs and the shape of its tokens.
    #[serde(default)]
    pub settings: ApiChange,
}

/// Settings of an API; absent fields stay, or take their usual value in a new registration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiChange {
    /// What people read on the consent page; usually the name.
    pub title: Option<String>,
    /// Identifier URIs, the canonical one first; usually `api://{name}`.
    pub identifier_uris: Option<Vec<String>>,
    /// Shape of its access tokens: `generic` (usual), `ms-v1`, `ms-v2` or `rfc9068`.
    pub profile: Option<String>,
    /// Algorithm of its access tokens; usually RS256.
    pub algorithm: Option<SigningAlgorithm>,
    /// Life of its access tokens in seconds, 300 to 86 400; usually 3600.
    pub access_token_secs: Option<u32>,
    /// Applications that may ask whether its tokens are good, beside the one a token was issued to: the API's own back
    /// ends. The list is replaced as a whole.
    pub introspectors: Option<Vec<AppId>>,
    /// Switched off: it gets no tokens.
    pub disabled: Option<bool>,
}

/// A registration with nothing exposed yet.
pub(super) fn blank(name: &str, id: ResourceId, desk: &Desk<'_>) -> Result<Resource, DirectoryRefusal> {
    let name = api_name(name)?;
    Ok(Resource {
        tenant: desk.tenant.id,
        id,
        title: name.clone(),
        identifier_uris: vec![format!("api://{name}")],
        name,
        scopes: Vec::new(),
        roles: Vec::new(),
        profile: TokenProfile::Generic,
        algorithm: SigningAlgorithm::Rs256,
        access_token_secs: 3600,
        introspectors: Vec::new(),
        pre_authorized: Vec::new(),
        disabled: false,
    })
}

pub(super) fn declare(new: &NewApi, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let ids = desk.ids();
    let id = new.id.unwrap_or_else(|| ResourceId::random(ids.of("api")));
    let mut api = settle(blank(&new.name, id, desk)?, &new.settings, desk)?;
    at_most("scopes", new.scopes.len(), part::MOST)?;
    at_most("roles", new.roles.len(), part::MOST)?;
    for spec in &new.scopes {
        if api.scopes.iter().any(|known| known.value.as_str() == spec.value) {
            return Err(fault("scope", &spec.value, "it is declared twice").into());
        }
        api.scopes.push(part::scope(spec, ScopeId::random(ids.of(&format!("scope {}", spec.value))))?);
    }
    for spec in &new.roles {
        if api.roles.iter().any(|known| known.value == spec.value) {
            return Err(fault("role", &spec.value, "it is declared twice").into());
        }
        api.roles.push(part::role(spec, RoleId::random(ids.of(&format!("role {}", spec.value))))?);
    }
    Ok(registered(api, desk))
}

/// The decision that stores a new API.
fn registered(api: Resource, desk: &Desk<'_>) -> Decision {
    let detail = summary(&api);
    let name = api.name.clone();
    Decision::of(Outcome::Api(Box::new(ApiView::from(&api))))
        .change(DirectoryChange::RegisterResource(api))
        .change(desk.audit("api.create", &name, detail))
        .undone_by(desk.undo(&["api", "rm", &name]))
}

/// What the audit log says about a whole API.
pub(super) fn summary(api: &Resource) -> serde_json::Value {
    json!({
        "id": api.id,
        "identifiers": api.identifier_uris,
        "scopes": api.scopes.iter().map(|scope| scope.value.as_str()).collect::<Vec<_>>(),
        "roles": api.roles.iter().map(|role| role.value.as_str()).collect::<Vec<_>>(),
        "profile": profile_word(api.profile),
    })
}

/// The API with the settings applied.
pub(super) fn settle(
    mut api: Resource,
    change: &ApiChange,
    desk: &Desk<'_>,
) -> Result<Resource, DirectoryRefusal> {
    if let Some(title) = &change.title {
        api.title = label("title", title, 100)?;
    }
    if let Some(uris) = &change.identifier_uris {
        api.identifier_uris = identifiers(uris)?;
    }
    if let Some(word) = &change.profile {
        api.profile = profile_of(word)
            .ok_or_else(|| fault("profile", word, "it is one of generic, ms-v1, ms-v2 and rfc9068"))?;
    }
    if let Some(algorithm) = change.algorithm {
        let keys = desk.facts.keys(desk.tenant.id);
        if !keys.iter().any(|key| key.algorithm == algorithm && key.state == KeyState::Active) {
            let why = format!(
                "the tenant has no such key: doorward keys rotate --algorithm {} makes one",
                algorithm.as_str()
            );
            return Err(fault("algorithm", algorithm.as_str(), why));
        }
        api.algorithm = algorithm;
    }
    if let Some(secs) = change.access_token_secs {
        api.access_token_secs = in_range("access_token_secs", secs, 300..=86_400)?;
    }
    if let Some(introspectors) = &change.introspectors {
        at_most("introspectors", introspectors.len(), 50)?;
        api.introspectors.clone_from(introspectors);
    }
    if let Some(disabled) = change.disabled {
        api.disabled = disabled;
    }
    Ok(api)
}

/// Checked, each once, at least one.
pub(super) fn identifiers(uris: &[String]) -> Result<Vec<String>, DirectoryRefusal> {
    at_most("identifier_uris", uris.len(), 10)?;
    let mut all: Vec<String> = Vec::new();
    for uri in uris {
        let uri = identifier_uri(uri)?;
        if !all.iter().any(|known| known.eq_ignore_ascii_case(&uri)) {
            all.push(uri);
        }
    }
    if all.is_empty() {
        return Err(fault("identifier_uris", "none", "clients need one to name the API by"));
    }
    Ok(all)
}

pub(super) fn update(api: &Resource, change: &ApiChange, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    not_built_in(api)?;
    let after = settle(api.clone(), change, desk)?;
    let mut undo = vec!["api".to_owned(), "update".to_owned(), api.name.clone()];
    let mut detail = serde_json::Map::new();
    if api.title != after.title {
        undo.extend(["--title".to_owned(), api.title.clone()]);
        detail.insert("title".to_owned(), json!([api.title, after.title]));
    }
    if api.identifier_uris != after.identifier_uris {
        for uri in &api.identifier_uris {
            undo.extend(["--identifier".to_owned(), uri.clone()]);
        }
        detail.insert("identifier_uris".to_owned(), json!([api.identifier_uris, after.identifier_uris]));
    }
    if api.profile != after.profile {
        undo.extend(["--profile".to_owned(), profile_word(api.profile).to_owned()]);
        detail.insert("profile".to_owned(), json!([profile_word(api.profile), profile_word(after.profile)]));
    }
    if api.algorithm != after.algorithm {
        undo.extend(["--algorithm".to_owned(), api.algorithm.as_str().to_owned()]);
        detail.insert("algorithm".to_owned(), json!([api.algorithm, after.algorithm]));
    }
    if api.access_token_secs != after.access_token_secs {
        undo.extend(["--token-secs".to_owned(), api.access_token_secs.to_string()]);
        detail
            .insert("access_token_secs".to_owned(), json!([api.access_token_secs, after.access_token_secs]));
    }
    if api.introspectors != after.introspectors {
        if api.introspectors.is_empty() {
            undo.extend(["--introspector".to_owned(), "none".to_owned()]);
        }
        for app in &api.introspectors {
            undo.extend(["--introspector".to_owned(), app.to_string()]);
        }
        detail.insert("introspectors".to_owned(), json!([api.introspectors, after.introspectors]));
    }
    if api.disabled != after.disabled {
        undo.extend(["--disabled".to_owned(), if api.disabled { "on" } else { "off" }.to_owned()]);
        detail.insert("disabled".to_owned(), json!([api.disabled, after.disabled]));
    }
    let decision = updated(api, after, ("api.update", detail.into()), desk);
    if decision.changes.is_empty() {
        return Ok(decision);
    }
    let words: Vec<&str> = undo.iter().map(String::as_str).collect();
    Ok(decision.undone_by(desk.undo(&words)))
}

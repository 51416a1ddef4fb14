//! The protocol metadata of an application: a merge patch (RFC 7396) over what is registered, then one check of the
//! whole (RFC 7591 §2, OpenID Connect Registration §2 and §5).

use doorward_token::jose::JwkSet;
use serde_json::{Map, Value};

use crate::directory::desk::Desk;
use crate::directory::value::fault;
use crate::facts::Facts;
use crate::model::{
    AuthMethod, Client, ClientMetadata, KeyState, Platform, RedirectUri, SigningAlgorithm, SubjectType,
};
use crate::outbound::{Heard, Outbound};
use crate::refusal::{DirectoryRefusal, quote};

/// More than the keys of any honest client need.
const LARGEST_KEY_SET: usize = 32 * 1024;

/// Members by their registered names; `null` takes one away.
pub type MetadataPatch = Map<String, Value>;

/// How the command line spells a member.
const FLAGS: [(&str, &str); 9] = [
    ("token_endpoint_auth_method", "--auth-method"),
    ("token_endpoint_auth_signing_alg", "--assertion-alg"),
    ("jwks", "--jwks"),
    ("jwks_uri", "--jwks-uri"),
    ("subject_type", "--subject-type"),
    ("sector_identifier_uri", "--sector-uri"),
    ("id_token_signed_response_alg", "--id-token-alg"),
    ("userinfo_signed_response_alg", "--userinfo-alg"),
    ("introspection_signed_response_alg", "--introspection-alg"),
];

/// What the command line says to take a member away.
const AWAY: &str = "default";

/// The metadata with the patch applied; nothing but form is checked.
pub(super) fn patched(
    before: &ClientMetadata,
    patch: &MetadataPatch,
) -> Result<ClientMetadata, DirectoryRefusal> {
    let Ok(Value::Object(mut members)) = serde_json::to_value(before) else { return Ok(before.clone()) };
    for (name, value) in patch {
        if !ClientMetadata::NAMES.contains(&name.as_str()) {
            let known = ClientMetadata::NAMES.join(", ");
            return Err(fault("metadata", name, format!("the members are {known}")));
        }
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    for (name, value) in &members {
        let alone = Value::Object(Map::from_iter([(name.clone(), value.clone())]));
        if let Err(why) = serde_json::from_value::<ClientMetadata>(alone) {
            return Err(fault("metadata", name, why.to_string()));
        }
    }
    serde_json::from_value(Value::Object(members)).map_err(|why| fault("metadata", "", why.to_string()))
}

/// The sector document that must be heard before a registration with this metadata can be judged.
pub(super) fn asks(metadata: &ClientMetadata) -> Option<Outbound> {
    let uri = metadata.sector_identifier_uri.clone()?;
    RedirectUri::parse(&uri, Platform::Web).ok()?;
    Some(Outbound::SectorDocument { uri })
}

/// Checks the registration as a whole.
pub(super) fn check(client: &Client, desk: &Desk<'_>) -> Result<(), DirectoryRefusal> {
    let metadata = &client.metadata;
    authentication(client)?;
    keys(metadata)?;
    for (name, algorithm) in [
        ("id_token_signed_response_alg", metadata.id_token_signed_response_alg),
        ("userinfo_signed_response_alg", metadata.userinfo_signed_response_alg),
        ("introspection_signed_response_alg", metadata.introspection_signed_response_alg),
    ] {
        if let Some(algorithm) = algorithm {
            signable(name, algorithm, desk)?;
        }
    }
    sector(client, desk.facts)
}

/// Checks a registration whose redirect URIs changed.
pub(super) fn check_sector(client: &Client, desk: &Desk<'_>) -> Result<(), DirectoryRefusal> {
    sector(client, desk.facts)
}

fn authentication(client: &Client) -> Result<(), DirectoryRefusal> {
    let metadata = &client.metadata;
    let is_confidential = client.kind.is_confidential();
    if !is_confidential && metadata.has_keys() {
        let why = "a single-page or native application cannot keep a private key";
        return Err(fault("jwks", "a key", why));
    }
    match metadata.token_endpoint_auth_method {
        Some(AuthMethod::None) if is_confidential => {
            Err(fault("token_endpoint_auth_method", "none", "a web application or daemon proves itself"))
        }
        Some(method) if !is_confidential && method != AuthMethod::None => {
            let why = "a single-page or native application has nothing to prove itself with: none";
            Err(fault("token_endpoint_auth_method", method.as_str(), why))
        }
        Some(AuthMethod::PrivateKeyJwt) if !metadata.has_keys() => {
            Err(fault("token_endpoint_auth_method", "private_key_jwt", "it needs jwks or jwks_uri"))
        }
        _ => Ok(()),
    }
}

fn keys(metadata: &ClientMetadata) -> Result<(), DirectoryRefusal> {
    if metadata.jwks.is_some() && metadata.jwks_uri.is_some() {
        return Err(fault("jwks_uri", "both", "keys are registered in line or published, not both"));
    }
    if let Some(document) = &metadata.jwks {
        let text = document.to_string();
        if text.len() > LARGEST_KEY_SET {
            let why = format!("it has more than {LARGEST_KEY_SET} bytes");
            return Err(fault("jwks", "a key set", why));
        }
        let set =
            JwkSet::parse(text.as_bytes()).map_err(|why| fault("jwks", "a key set", why.to_string()))?;
        if set.keys().is_empty() {
            let why = set.notes().first().map_or("it has no key", String::as_str).to_owned();
            return Err(fault("jwks", "a key set", why));
        }
    }
    for (name, uri) in
        [("jwks_uri", &metadata.jwks_uri), ("sector_identifier_uri", &metadata.sector_identifier_uri)]
    {
        if let Some(uri) = uri {
            RedirectUri::parse(uri, Platform::Web).map_err(|why| fault(name, uri, why.to_string()))?;
        }
    }
    Ok(())
}

fn signable(
    name: &'static str,
    algorithm: SigningAlgorithm,
    desk: &Desk<'_>,
) -> Result<(), DirectoryRefusal> {
    let keys = desk.facts.keys(desk.tenant.id);
    if keys.iter().any(|key| key.algorithm == algorithm && key.state == KeyState::Active) {
        return Ok(());
    }
    let word = algorithm.as_str();
    let why = format!("the tenant has no such key: doorward keys rotate --algorithm {word} makes one");
    Err(fault(name, word, why))
}

/// OpenID Connect Registration §5: several hosts need a document that binds them, and the document must know every
/// redirect URI.
fn sector(client: &Client, facts: &Facts) -> Result<(), DirectoryRefusal> {
    let metadata = &client.metadata;
    let Some(asked) = asks(metadata) else {
        let hosts = client.redirect_hosts();
        if metadata.subject_type == Some(SubjectType::Pairwise) && hosts.len() > 1 {
            let hosts: Vec<String> = hosts.into_iter().collect();
            let why = format!(
                "its redirect URIs have several hosts, {}: say which sector with sector_identifier_uri",
                hosts.join(", ")
            );
            return Err(fault("subject_type", "pairwise", quote(&why, 400)));
        }
        return Ok(());
    };
    let uri = metadata.sector_identifier_uri.as_deref().unwrap_or_default();
    let listed = match facts.heard(&asked) {
        Some(Heard::RedirectUris(listed)) => listed,
        Some(Heard::Nothing { why }) => {
            return Err(fault("sector_identifier_uri", uri, format!("it cannot be read: {why}")));
        }
        Some(Heard::KeySet(_)) | None => {
            return Err(fault("sector_identifier_uri", uri, "it was not read"));
        }
    };
    let missing = client
        .redirect_uris
        .iter()
        .find(|redirect| !listed.iter().any(|known| known == redirect.uri.as_str()));
    match missing {
        None => Ok(()),
        Some(redirect) => {
            let why = format!("its document does not list {}", quote(redirect.uri.as_str(), 200));
            Err(fault("sector_identifier_uri", uri, why))
        }
    }
}

/// The options that lead from `after` back to `before`.
pub(super) fn undo(before: &ClientMetadata, after: &ClientMetadata) -> Vec<String> {
    let members = |metadata: &ClientMetadata| serde_json::to_value(metadata).unwrap_or_default();
    let (before, after) = (members(before), members(after));
    let mut words = Vec::new();
    for (name, flag) in FLAGS {
        if before.get(name) != after.get(name) {
            let old = match before.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => AWAY.to_owned(),
            };
            words.extend([flag.to_owned(), old]);
        }
    }
    words
}

#[cfg(test)]
mod tests;

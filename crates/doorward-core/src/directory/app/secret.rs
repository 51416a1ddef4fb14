//! Client secrets: random, shown once, kept as a digest, ended by name.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::updated;
use crate::change::DirectoryChange;
use crate::directory::desk::{Decision, Desk};
use crate::directory::naming::not_among;
use crate::directory::outcome::{Outcome, SecretAdded, ShownOnce};
use crate::directory::value::{at_most, fault, in_range, label};
use crate::model::{Client, ClientSecret, Expiry, SECRET_PREFIX, Secret, SecretId};
use crate::refusal::{DirectoryRefusal, Refusal};

/// Name and life of a secret to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SecretTerms {
    /// What the administrator calls it.
    pub name: String,
    /// Days until it ends, 1 to 730.
    pub days: u32,
}

impl Default for SecretTerms {
    fn default() -> Self {
        Self { name: "default".to_owned(), days: 180 }
    }
}

/// What the end of a secret means for what was issued to the application.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    EndGrants,
    KeepGrants,
}

/// Live and ended secrets per application.
const MOST: usize = 20;

/// A fresh secret: `dws_` and 43 base64url characters, 256 bits. Stored is its SHA-256 digest alone.
pub(super) fn make(terms: &SecretTerms, desk: &Desk<'_>) -> Result<(ClientSecret, Secret), DirectoryRefusal> {
    let days = in_range("days", terms.days, 1..=730)?;
    let name = label("secret_name", &terms.name, 64)?;
    if name.starts_with('-') {
        return Err(fault("secret_name", &name, "a name that begins with a hyphen reads as an option"));
    }
    let random = URL_SAFE_NO_PAD.encode(desk.env.entropy.draw::<32>());
    let text = format!("{SECRET_PREFIX}{random}");
    let secret = ClientSecret {
        id: SecretId::random(desk.env.entropy.draw()),
        name,
        digest: desk.env.vault.digest(text.as_bytes()),
        hint: random[..4].to_owned(),
        created_at: desk.env.now,
        expiry: Expiry::at(desk.env.now + Duration::from_secs(u64::from(days) * 86_400)),
    };
    Ok((secret, Secret::new(text)))
}

pub(super) fn add(client: &Client, terms: &SecretTerms, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    if !client.kind.is_confidential() {
        let why =
            "a single-page or native application cannot keep a secret: it authenticates with PKCE alone";
        return Err(fault("app", &client.name, why).into());
    }
    let (secret, shown) = make(terms, desk)?;
    let mut after = client.clone();
    after.secrets.push(secret.clone());
    at_most("secrets", after.secrets.len(), MOST)?;
    let id = secret.id.to_string();
    let answer = SecretAdded {
        app: client.name.clone(),
        client_id: client.client_id.to_string(),
        secret_id: id.clone(),
        name: secret.name.clone(),
        client_secret: ShownOnce::new(shown),
        expires_at: secret.expiry.instant(),
    };
    let detail = json!({ "id": id, "name": secret.name, "expires_at": secret.expiry });
    Ok(Decision::of(Outcome::SecretAdded(Box::new(answer)))
        .change(DirectoryChange::UpdateClient { before: client.clone(), after })
        .change(desk.audit("app.secret.add", &client.name, detail))
        .undone_by(desk.undo(&["app", "secret", "rm", &client.name, &id])))
}

/// The secret of that very value, as it is found where it leaked. The value is in no answer and no log.
fn by_value<'c>(
    client: &'c Client,
    word: &str,
    desk: &Desk<'_>,
) -> Result<&'c ClientSecret, DirectoryRefusal> {
    let digest = desk.env.vault.digest(word.as_bytes());
    let is_it = |secret: &&ClientSecret| bool::from(secret.digest.as_bytes().ct_eq(digest.as_bytes()));
    client.secrets.iter().find(is_it).ok_or(DirectoryRefusal::NotFound {
        kind: "secret",
        name: format!("{SECRET_PREFIX}*** of {}", client.name),
        nearest: None,
    })
}

pub(super) fn remove(
    client: &Client,
    word: &str,
    effect: Effect,
    desk: &Desk<'_>,
) -> Result<Decision, Refusal> {
    let by_id = if word.starts_with(SECRET_PREFIX) {
        Some(by_value(client, word, desk)?)
    } else {
        client.secrets.iter().find(|secret| SecretId::parse(word) == Ok(secret.id))
    };
    let named: Vec<_> = client.secrets.iter().filter(|secret| secret.name == word).collect();
    let secret = match (by_id, named.as_slice()) {
        (Some(secret), _) => secret,
        (None, [secret]) => *secret,
        (None, []) => {
            return Err(
                not_among("secret", word, client.secrets.iter().map(|secret| secret.name.as_str())).into()
            );
        }
        (None, several) => {
            let ids: Vec<_> = several.iter().map(|secret| secret.id.to_string()).collect();
            let why =
                format!("{} secrets have this name; name one by its id: {}", several.len(), ids.join(", "));
            return Err(fault("secret", word, why).into());
        }
    };
    let mut after = client.clone();
    after.secrets.retain(|other| other.id != secret.id);
    if effect == Effect::EndGrants {
        after.epoch = desk.epoch_after(client.epoch);
    }
    let detail = json!({
        "id": secret.id,
        "name": secret.name,
        "grants": if effect == Effect::EndGrants { "ended" } else { "kept" },
    });
    // Without an undo: a new secret would be another one.
    Ok(updated(client, after, ("app.secret.remove", detail), desk))
}

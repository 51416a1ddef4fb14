//! A set of public keys (RFC 7517 §5).

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::jwk::{Jwk, JwkRefusal};
use super::strict_json::{JsonRefusal, strict_object};

/// The keys of one issuer or client, in published order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    #[serde(serialize_with = "each_key")]
    keys: Vec<Arc<Jwk>>,
    #[serde(skip)]
    notes: Vec<String>,
}

/// Why a document is not a key set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwkSetRefusal {
    /// Not a JSON object, or one with doubled members.
    #[error("the key set is not readable: {0}")]
    Json(#[from] JsonRefusal),
    /// A key that gives a secret away: then the whole set is not trusted.
    #[error("key {position} of the set is refused: {refusal}")]
    Key {
        /// Counted from 1.
        position: usize,
        /// What is wrong with it.
        refusal: JwkRefusal,
    },
    /// `keys` is not an array of objects.
    #[error("`keys` is not an array of objects")]
    KeysMalformed,
    /// There is no `keys`; perhaps this is another document of the issuer.
    #[error("the document has no member `keys`")]
    KeysMissing,
    /// More keys than any honest issuer has.
    #[error("the set has {0} keys, the limit is {MAX_KEYS}")]
    TooMany(usize),
}

/// The most keys a set may hold.
const MAX_KEYS: usize = 100;

impl JwkSet {
    /// A set of known keys. Of two with the same `kid` the first stays.
    pub fn new(keys: impl IntoIterator<Item = Jwk>) -> Self {
        let mut set = Self::default();
        for key in keys {
            set.add(key);
        }
        set
    }

    /// Reads a published document. Keys of unknown type, algorithm or purpose and unreadable ones are passed
    /// over with a note.
    pub fn parse(document: &[u8]) -> Result<Self, JwkSetRefusal> {
        let document = strict_object(document)?;
        let keys = match document.get("keys") {
            None => return Err(JwkSetRefusal::KeysMissing),
            Some(Value::Array(keys)) => keys,
            Some(_) => return Err(JwkSetRefusal::KeysMalformed),
        };
        if keys.len() > MAX_KEYS {
            return Err(JwkSetRefusal::TooMany(keys.len()));
        }
        let mut set = Self::default();
        for (position, key) in (1..).zip(keys) {
            let map = key.as_object().ok_or(JwkSetRefusal::KeysMalformed)?;
            match Jwk::from_map(map) {
                Ok(key) => set.add(key),
                Err(refusal) if refusal.gives_a_secret_away() => {
                    return Err(JwkSetRefusal::Key { position, refusal });
                }
                Err(refusal) => set.notes.push(format!("key {position} is passed over: {refusal}")),
            }
        }
        Ok(set)
    }

    /// The key of that name.
    pub fn by_kid(&self, kid: &str) -> Option<&Arc<Jwk>> {
        self.keys.iter().find(|key| key.kid.as_deref() == Some(kid))
    }

    /// The key of that name or, for a token that names none, the only key there is.
    pub fn select(&self, kid: Option<&str>) -> Option<&Arc<Jwk>> {
        match (kid, self.keys.as_slice()) {
            (Some(kid), _) => self.by_kid(kid),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// All keys, in published order.
    pub fn keys(&self) -> &[Arc<Jwk>] {
        &self.keys
    }

    /// What was passed over while reading, one sentence each.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    fn add(&mut self, key: Jwk) {
        if let Some(kid) = key.kid.as_deref().filter(|kid| self.by_kid(kid).is_some()) {
            let kid: String = kid.chars().take(64).collect();
            self.notes.push(format!("a second key named `{kid}` is passed over"));
        } else {
            self.keys.push(Arc::new(key));
        }
    }
}

/// serde's own support for `Arc` is a feature of the whole build; this is one line.
fn each_key<S: Serializer>(keys: &[Arc<Jwk>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(keys.iter().map(AsRef::as_ref))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::base64url;
    use serde_json::json;

    fn okp(kid: &str) -> Value {
        json!({"kty": "OKP", "crv": "Ed25519", "x": base64url::encode([3; 32]), "kid": kid})
    }

    fn parse(value: &Value) -> Result<JwkSet, JwkSetRefusal> {
        JwkSet::parse(value.to_string().as_bytes())
    }

    #[test]
    fn unusable_keys_are_passed_over_with_a_note() {
        let set = parse(&json!({"keys": [{"kty": "AKP", "alg": "ML-DSA-44"}, {"kty": "RSA", "n": 7}, okp("a"), okp("a"), okp("b")]}))
            .unwrap();
        assert_eq!(set.keys().len(), 2);
        assert_eq!(set.notes().len(), 3);
        assert!(set.by_kid("b").is_some() && set.by_kid("c").is_none());
    }

    #[test]
    fn a_secret_in_the_set_refuses_the_set() {
        let mut leaked = okp("b");
        leaked["d"] = json!("AAAA");
        let refused = parse(&json!({"keys": [okp("a"), leaked]})).unwrap_err();
        assert_eq!(refused, JwkSetRefusal::Key { position: 2, refusal: JwkRefusal::Private("d") });
    }

    #[test]
    fn a_token_without_kid_finds_only_an_only_key() {
        let one = parse(&json!({"keys": [okp("a")]})).unwrap();
        assert!(one.select(None).is_some());
        let two = parse(&json!({"keys": [okp("a"), okp("b")]})).unwrap();
        assert!(two.select(None).is_none());
    }

    #[test]
    fn other_documents_are_told_apart() {
        assert_eq!(parse(&json!({"issuer": "https://x"})), Err(JwkSetRefusal::KeysMissing));
        assert_eq!(parse(&json!({"keys": {}})), Err(JwkSetRefusal::KeysMalformed));
        assert_eq!(parse(&json!({"keys": [1]})), Err(JwkSetRefusal::KeysMalformed));
        assert_eq!(JwkSet::parse(b"<html>"), Err(JwkSetRefusal::Json(JsonRefusal::Syntax)));
    }

    #[test]
    fn a_set_is_published_as_keys_alone() {
        let set = parse(&json!({"keys": [okp("a")]})).unwrap();
        let text = serde_json::to_string(&set).unwrap();
        assert!(text.starts_with(r#"{"keys":[{"kty":"OKP","use":"sig","kid":"a""#), "{text}");
    }
}

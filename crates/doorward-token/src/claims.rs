//! The claims of a token before signing and after verifying (RFC 7519 §4).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A JSON object of claims. Order of insertion is kept out of the meaning; duplicate members never parse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimSet(Map<String, Value>);

impl ClaimSet {
    /// No claims.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes over a parsed JSON object.
    pub fn from_map(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// Sets a claim, replacing an earlier value.
    pub fn insert(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// Sets a claim where there is a value, and leaves it out where there is none: claims are never `null`.
    pub fn insert_some(&mut self, name: &str, value: Option<impl Into<Value>>) -> &mut Self {
        if let Some(value) = value {
            self.insert(name, value);
        }
        self
    }

    /// The raw value of a claim.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is a string; `None` where it is absent or of another type.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    /// A NumericDate in whole seconds (RFC 7519 §2); a fraction is cut off.
    pub fn seconds(&self, name: &str) -> Option<i64> {
        let value = self.0.get(name)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a NumericDate beyond i64 saturates, and then fails its check"
        )]
        value.as_i64().or_else(|| value.as_f64().map(|f| f as i64))
    }

    /// The members of a claim that is one string or an array of strings, such as `aud` (RFC 7519 §4.1.3).
    pub fn one_or_many(&self, name: &str) -> Vec<&str> {
        match self.0.get(name) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// The members of a claim that is a space-separated string, such as `scp` and `scope` (RFC 6749 §3.3).
    pub fn words(&self, name: &str) -> Vec<&str> {
        self.text(name).map(|text| text.split(' ').filter(|w| !w.is_empty()).collect()).unwrap_or_default()
    }

    /// Whether the claim is there at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The underlying object.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Gives the underlying object away.
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_audience_is_one_or_many() {
        let mut claims = ClaimSet::new();
        claims.insert("aud", "a");
        assert_eq!(claims.one_or_many("aud"), ["a"]);
        claims.insert("aud", json!(["a", "b"]));
        assert_eq!(claims.one_or_many("aud"), ["a", "b"]);
        claims.insert("aud", 7);
        assert!(claims.one_or_many("aud").is_empty());
    }

    #[test]
    fn a_missing_value_leaves_no_null_behind() {
        let mut claims = ClaimSet::new();
        claims.insert_some("name", None::<String>).insert_some("sub", Some("s"));
        assert!(!claims.has("name"));
        assert_eq!(claims.text("sub"), Some("s"));
    }
}

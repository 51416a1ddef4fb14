//! JSON that refuses duplicate members at any depth (RFC 7515 §4, RFC 7519 §4).
//!
//! Two parsers that disagree about which of two `sub` members counts are two verifiers of meaning; so none counts.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a text is not one JSON object with distinct members.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonRefusal {
    /// The same member twice in one object.
    #[error("member `{0}` appears twice")]
    Duplicate(String),
    /// JSON, but an array, string, number, boolean or null.
    #[error("the text is JSON but not an object")]
    NotAnObject,
    /// Not JSON, not UTF-8, nested too deeply, or followed by more text.
    #[error("the text is not JSON")]
    Syntax,
}

/// Parses a JSON object, refusing duplicate members at any depth.
pub fn strict_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonRefusal> {
    let duplicate = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let parsed = Strict { duplicate: &duplicate }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    match parsed {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(JsonRefusal::NotAnObject),
        Err(_) => Err(duplicate.into_inner().map_or(JsonRefusal::Syntax, JsonRefusal::Duplicate)),
    }
}

/// Builds a [`Value`], noting the first duplicate on the side because serde's errors carry only text.
#[derive(Clone, Copy)]
struct Strict<'n> {
    duplicate: &'n RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if map.contains_key(&name) {
                *self.duplicate.borrow_mut() = Some(name);
                return Err(A::Error::custom("duplicate member"));
            }
            let value = members.next_value_seed(self)?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_duplicate_is_found_at_any_depth_and_through_escapes() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"x":{"a":1,"a":2}}"#, r#"{"x":[{"a":1,"\u0061":2}]}"#] {
            assert_eq!(strict_object(text.as_bytes()), Err(JsonRefusal::Duplicate("a".into())), "{text}");
        }
        assert!(strict_object(br#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn only_one_whole_object_is_an_object() {
        assert_eq!(strict_object(b"[]"), Err(JsonRefusal::NotAnObject));
        assert_eq!(strict_object(b"null"), Err(JsonRefusal::NotAnObject));
        for bad in ["", "{", "{}{}", "{} x", "{\"a\":1e999}", "\u{feff}{}", "{'a':1}"] {
            assert_eq!(strict_object(bad.as_bytes()), Err(JsonRefusal::Syntax), "{bad}");
        }
        assert_eq!(strict_object(b"{\"a\":\"\xff\"}"), Err(JsonRefusal::Syntax));
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(strict_object(deep.as_bytes()), Err(JsonRefusal::Syntax));
    }

    proptest! {
        #[test]
        fn it_agrees_with_serde_json_where_nothing_is_doubled(text in "[\\[\\]{}\",:0-9a-c.e\\\\ -]{0,24}") {
            let ours = strict_object(text.as_bytes());
            let theirs = serde_json::from_str::<Map<String, Value>>(&text);
            match ours {
                Ok(map) => prop_assert_eq!(map, theirs.unwrap()),
                Err(JsonRefusal::Duplicate(_)) => {}
                Err(_) => prop_assert!(theirs.is_err()),
            }
        }
    }
}

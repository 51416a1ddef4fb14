//! The text of a document to one JSON value: JSON or YAML, no member twice, bounded in size and depth.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::finding::Problem;

/// Reads JSON where the text begins with `{`, else YAML (which also reads that, but reports errors in other words).
pub(super) fn parse(text: &str) -> Result<Value, Problem> {
    if text.len() > MOST_BYTES {
        return Err(Problem::TooMuch { what: format!("{} bytes", text.len()), most: MOST_BYTES });
    }
    // The YAML scanner takes quadratic time for brackets that are opened and not closed.
    if open_brackets(text) > MOST_OPEN {
        return Err(Problem::TooMuch { what: "the depth of brackets".to_owned(), most: MOST_OPEN });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let strict = if text.trim_start().starts_with('{') { json(text) } else { yaml(text) };
    strict.map_err(|reason| Problem::Syntax { reason })
}

/// The most brackets that are open at one place, those inside of texts included.
fn open_brackets(text: &str) -> usize {
    let mut open = 0_usize;
    let mut most = 0;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

/// A JSON text, or, since YAML flow style begins with a brace too, that.
fn json(text: &str) -> Result<Value, String> {
    match serde_json::from_str::<Strict>(text) {
        Ok(Strict(value)) => Ok(value),
        Err(error) => yaml(text).map_err(|_| error.to_string()),
    }
}

fn yaml(text: &str) -> Result<Value, String> {
    let mut value: yaml_serde::Value = yaml_serde::from_str(text).map_err(|error| error.to_string())?;
    value.apply_merge().map_err(|error| error.to_string())?;
    Strict::deserialize(value).map(|Strict(value)| value).map_err(|error| error.to_string())
}

/// A JSON value in which no object has a member twice. `serde_json::Value` keeps the last one silently, and a second
/// `security` would then decide.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict(value.into()))
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Strict, E> {
        Ok(Strict(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Strict, D::Error> {
        Strict::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
        let mut list = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(Strict(Value::Array(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Strict, A::Error> {
        let mut object = Map::new();
        while let Some(Strict(name)) = members.next_key()? {
            // YAML reads `200:` below `responses` as a number.
            let name = match name {
                Value::String(name) => name,
                Value::Number(name) => name.to_string(),
                Value::Bool(name) => name.to_string(),
                _ => return Err(de::Error::custom("a member's name has to be text")),
            };
            if object.contains_key(&name) {
                return Err(de::Error::custom(format!("member `{name}` appears twice in one object")));
            }
            let Strict(value) = members.next_value()?;
            object.insert(name, value);
        }
        Ok(Strict(Value::Object(object)))
    }
}

const MOST_BYTES: usize = 8 * 1024 * 1024;
const MOST_OPEN: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn json_and_yaml_read_alike() {
        let expected = json!({"a": [1, "x", null, true], "responses": {"200": {}}});
        assert_eq!(parse("{\"a\":[1,\"x\",null,true],\"responses\":{\"200\":{}}}"), Ok(expected.clone()));
        assert_eq!(parse("a: [1, x, null, true]\nresponses:\n  200: {}\n"), Ok(expected.clone()));
        assert_eq!(parse("{a: [1, x, ~, true], responses: {200: {}}}"), Ok(expected));
    }

    #[test]
    fn a_member_that_appears_twice_is_refused() {
        for text in ["{\"security\":[],\"security\":[{}]}", "security: []\nsecurity: [{}]\n"] {
            assert!(matches!(parse(text), Err(Problem::Syntax { .. })), "{text}");
        }
    }

    #[test]
    fn merge_keys_are_merged() {
        assert_eq!(parse("a: &a {x: 1}\nb: {<<: *a, y: 2}\n").unwrap()["b"], json!({"x": 1, "y": 2}));
    }

    #[test]
    fn a_bomb_is_refused_quickly() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let before = level - 1;
            let aliases = vec![format!("*a{before}"); 10].join(", ");
            writeln!(text, "a{level}: &a{level} [{aliases}]").expect("a text takes what is written");
        }
        assert!(matches!(parse(&text), Err(Problem::Syntax { .. })));
        for deep in ["[", "{\"a\":"] {
            assert!(matches!(parse(&deep.repeat(100_000)), Err(Problem::TooMuch { .. })));
            assert!(matches!(parse(&deep.repeat(900)), Err(Problem::Syntax { .. })));
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in "[\\[\\]{}:,&*!|>'\"#a-c0-9 \n~.<-]{0,80}") {
            let _ = parse(&text);
        }
    }
}

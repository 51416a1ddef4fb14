//! Reading never panics, whatever the document.

use proptest::prelude::*;
use serde_json::json;

use super::tests::notes;
use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        "[a-z$/{}#]{0,8}",
        Just("security".to_owned()),
        Just("get".to_owned()),
        Just("o".to_owned()),
        Just("a".to_owned()),
        Just("x-doorward-roles".to_owned()),
        Just("x-doorward-any".to_owned()),
        Just("x-doorward-kind".to_owned()),
        Just("x-doorward-acr".to_owned()),
        Just("x-doorward-max-age".to_owned()),
        Just("$ref".to_owned()),
        Just("#/paths".to_owned()),
        Just("kind".to_owned()),
        Just("role".to_owned()),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(word.clone(), inner, 0..5)
                .prop_map(|m| m.into_iter().collect::<Value>()),
        ]
    })
}

proptest! {
    #[test]
    fn reading_never_panics_on_any_json(
        paths in any_json(), item in any_json(), operation in any_json(), api in any_json(), security in any_json(), schemes in any_json(),
    ) {
        let _ = read_value(&paths, &Options::default());
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "T"}, "servers": api, "x-doorward-api": api, "security": security,
            "components": {"securitySchemes": schemes}, "paths": paths,
        });
        let _ = read_value(&document, &Options::default());
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "T"}, "security": [{"o": ["a"]}],
            "components": {"securitySchemes": {"o": {"type": "openIdConnect"}, "p": schemes}},
            "paths": {"/a": item, "/b": {"get": operation}, "/c": {"get": {"security": security}}},
        });
        let _ = read_value(&document, &Options::default());
    }

    #[test]
    fn reading_never_panics_on_any_text(text in "\\PC{0,60}", cut in 0_usize..1_800, insert in "[\\[\\]{}:,&*!|>'\" \n-]{0,3}") {
        let _ = read(&text, &Options::default());
        let mut notes = notes();
        let cut = (0..=cut.min(notes.len())).rev().find(|at| notes.is_char_boundary(*at)).unwrap_or(0);
        notes.insert_str(cut, &insert);
        let _ = read(&notes, &Options::default());
    }
}

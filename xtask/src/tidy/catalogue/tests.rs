use serde_json::json;

use super::*;
use crate::tidy::places;

fn row(code: &str, remedy: &str) -> Value {
    json!({
        "code": code, "slug": format!("slug-{code}"), "stage": "02 authorize request", "wire_error": "invalid_request",
        "symptom": "none", "causes": [], "server_knows": [], "diagnosis": "No app {app}.", "remedy": remedy,
        "detected_by": ["op"], "disclosure": "public", "sources": [], "journeys": [],
    })
}

fn catalogue(rows: &[Value]) -> String {
    serde_json::to_string_pretty(rows).unwrap()
}

fn malformed(rows: &[Value]) -> Vec<String> {
    let text = catalogue(rows);
    let tree = Tree::of(&[(PATH, &text)]);
    well_formed_rows(&tree).into_iter().map(|finding| finding.reason).collect()
}

#[test]
fn codes_stand_for_themselves() {
    let text = "(DW1101) DW11011 xDW1102 DW110 DW2004, DW1103_LATE é DW";
    assert_eq!(codes_in(text).collect::<Vec<_>>(), ["DW1101", "DW2004", "DW1103"]);
}

#[test]
fn rows_are_complete_sorted_and_unique() {
    assert_eq!(malformed(&[row("DW1001", "Do it."), row("DW1002", "Do it.")]), Vec::<String>::new());
    assert_eq!(malformed(&[row("DW1002", "Do it."), row("DW1001", "Do it.")]).len(), 1);
    assert_eq!(malformed(&[row("DW1001", "Do it."), row("DW1001", "Do it.")]).len(), 2);
    assert_eq!(malformed(&[row("DW1", "Do it.")]).len(), 1);
    assert_eq!(malformed(&[row(NO_CODES[1], "Do it.")]).len(), 1);
    assert_eq!(malformed(&[row("DW1001", "")]), ["DW1001: `remedy` is not a text"]);
    let mut without_lists = row("DW1001", "Do it.");
    without_lists.as_object_mut().unwrap().remove("sources");
    assert_eq!(malformed(&[without_lists]), ["DW1001: `sources` is not a list of texts"]);
    let mut secretive = row("DW1001", "Do it.");
    secretive["disclosure"] = json!("secret");
    assert_eq!(malformed(&[secretive]).len(), 1);
}

#[test]
fn the_words_that_clients_act_upon_stay_out() {
    for word in TRIGGERS {
        assert_eq!(malformed(&[row("DW1001", &format!("Answer {word} instead."))]).len(), 1, "{word}");
    }
}

#[test]
fn a_diagnosis_is_safe_in_an_error_description() {
    for text in ["No \"app\".", "No \\ app.", "No äpp.", "No app {app."] {
        let mut unsafe_row = row("DW1001", "Do it.");
        unsafe_row["diagnosis"] = json!(text);
        assert_eq!(malformed(&[unsafe_row]).len(), 1, "{text}");
    }
}

#[test]
fn a_broken_catalogue_is_told_once() {
    assert_eq!(well_formed_rows(&Tree::of(&[(PATH, "[")])).len(), 1);
    assert_eq!(well_formed_rows(&Tree::of(&[(PATH, "{}")])).len(), 1);
    assert_eq!(well_formed_rows(&Tree::of(&[])).len(), 1);
    assert_eq!(known_codes(&Tree::of(&[(PATH, "[")])).len(), 0);
}

#[test]
fn a_code_without_a_row_is_refused() {
    let text = catalogue(&[row("DW1001", "Do it.")]);
    let source = "//! Room, DW9998.\nlet a = \"DW1001\";\nlet b = \"DW9996\";\nlet c = \"DW9999\";\n";
    let tree = Tree::of(&[(PATH, &text), ("crates/a/src/a.rs", source), ("docs/a.md", "see DW9997\n")]);
    assert_eq!(places(&known_codes(&tree)), ["crates/a/src/a.rs:1", "crates/a/src/a.rs:3", "docs/a.md:1"]);
}

#[test]
fn a_raised_code_tells_people_what_they_can_do() {
    let text = catalogue(&[
        row("DW1001", "See `doorward app list`."),
        row("DW1002", "Use `doorward teapot fill`."),
        row("DW1003", "Open Apps > {app}."),
        row("DW1004", "Use `doorward teapot empty`, which nobody is told yet."),
    ]);
    let source = "//! Room.\nconst A: [&str; 3] = [\"DW1001\", \"DW1002\", \"DW1003\"];\n// DW1004\n";
    let tree = Tree::of(&[(PATH, &text), ("crates/a/src/a.rs", source)]);
    let reasons: Vec<String> = remedies_that_exist(&tree).into_iter().map(|finding| finding.reason).collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(
        reasons[0].starts_with("DW1002 (raised in crates/a/src/a.rs): `doorward teapot fill`"),
        "{reasons:?}"
    );
    assert!(reasons[1].starts_with("DW1003 (raised in crates/a/src/a.rs): names a page"), "{reasons:?}");
}

#[test]
fn shipped_texts_name_existing_commands() {
    let source =
        "//! Room.\nlet a = \"run `doorward explain DW1001`\";\nlet b = \"run `doorward teapot fill`\";\n";
    let tree = Tree::of(&[("crates/a/src/a.rs", source)]);
    assert_eq!(places(&remedies_that_exist(&tree)), ["crates/a/src/a.rs:3"]);
}

#[test]
fn a_raised_code_names_settings_that_exist() {
    let text = catalogue(&[
        row("DW1001", "Set `tls.key` or `behind_proxy`, then ask for `notes` again."),
        row("DW1002", "Set `tokens.leeway=60`."),
        row("DW1003", "Set `tokens.leeway`, which nobody is told yet."),
    ]);
    let keys = "//! Keys.\nKey { name: \"tls.key\", doc: \"x\" },\n";
    let source = "//! Room.\nconst A: [&str; 2] = [\"DW1001\", \"DW1002\"];\n";
    let tree = Tree::of(&[
        (PATH, &text),
        ("crates/doorward/src/config/keys.rs", keys),
        ("crates/a/src/a.rs", source),
    ]);
    let reasons: Vec<String> = settings_that_exist(&tree).into_iter().map(|finding| finding.reason).collect();
    assert!(reasons.len() == 1 && reasons[0].starts_with("DW1002: `tokens.leeway` is no"), "{reasons:?}");
}

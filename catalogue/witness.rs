//! The witness of the test kits: which codes of the failure catalogue a test saw on the wire.
//!
//! Included by the test kits of the crates that answer requests, so that each real answer passes by here. Owns the
//! reading of answers and the record below the target folder, a line per code and test; `cargo xtask coverage` compares
//! the record with the codes that can occur. Also the last place at which a text that leaves the house is looked at:
//! every `error_description` that any test receives must keep the rules of the catalogue.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// What has been written by this process, so that a code costs one line per test.
static WRITTEN: Mutex<BTreeSet<(String, String)>> = Mutex::new(BTreeSet::new());

/// The target folder's own place for tests; tests within a crate are not told where it is.
const TEMPORARY: &str = match option_env!("CARGO_TARGET_TMPDIR") {
    Some(folder) => folder,
    None => concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/tmp"),
};

/// Words that make MSAL treat an answer as "ask the person", wherever in a description they stand.
const TRIGGERS: [&str; 6] = [
    "bad_token",
    "consent_required",
    "interaction_required",
    "interrupted_user",
    "login_required",
    "ui_not_allowed",
];

/// Reads an HTTP answer: the headers that may carry a refusal, and the body. A page that is read (the book of errors) and
/// the body of a success are no refusals.
pub(crate) fn saw_answer(status: u16, headers: &[&str], body: &str) {
    for text in headers {
        saw_text(text);
    }
    let is_form_post = body.contains("id=\"form-post\"") || body.contains("id=\"continue-link\"");
    let is_page = body.starts_with("<!doctype html>") || body.starts_with("<!DOCTYPE html>");
    let is_read = body.contains("class=\"card doc\"");
    // The page of a trace: causes that the server guessed from a pattern of requests.
    if let Some((_, guesses)) = body.split_once("id=\"probable\"") {
        saw_text(guesses.split("</section>").next().unwrap_or_default());
    }
    if let Some((_, guesses)) = body.split_once("\"probable\":[") {
        for codes in guesses.split("\"codes\":[").skip(1) {
            saw_text(codes.split(']').next().unwrap_or_default());
        }
    }
    if is_form_post
        || (is_page && !is_read && body.contains("id=\"error-code\""))
        || (!is_page && status >= 400)
    {
        saw_text(body);
    }
}

/// Reads a text that tells of a refusal.
pub(crate) fn saw_text(text: &str) {
    for code in codes(text) {
        saw(code);
    }
}

/// Keeps one code.
pub(crate) fn saw(code: &str) {
    let thread = std::thread::current();
    let line = (code.to_owned(), thread.name().unwrap_or("(a task)").to_owned());
    let mut written = WRITTEN.lock().unwrap_or_else(PoisonError::into_inner);
    if !written.insert(line.clone()) {
        return;
    }
    let folder = Path::new(TEMPORARY).join("codes-seen");
    let file = folder.join(concat!(env!("CARGO_PKG_NAME"), ".tsv"));
    let kept = fs::create_dir_all(&folder)
        .and_then(|()| OpenOptions::new().create(true).append(true).open(file))
        .and_then(|mut file| file.write_all(format!("{}\t{}\n", line.0, line.1).as_bytes()));
    if let Err(fault) = kept {
        panic!("the record of codes cannot be written: {fault}");
    }
}

/// Asserts that a description may be sent (RFC 6749 §5.2; at most 300 characters; no word that makes a client ask again).
#[track_caller]
pub(crate) fn assert_fit(description: &str) {
    let plain = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(description.bytes().all(plain), "not printable ASCII without quotes: {description:?}");
    assert!(description.len() <= 300, "{} characters: {description}", description.len());
    let lower = description.to_ascii_lowercase();
    for word in TRIGGERS {
        assert!(!lower.contains(word), "{word} makes clients ask again: {description}");
    }
}

/// Every `DW` and four digits.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("DW").filter_map(move |(start, _)| {
        let code = text.get(start..start + "DW0000".len())?;
        code.bytes().skip(2).all(|byte| byte.is_ascii_digit()).then_some(code)
    })
}

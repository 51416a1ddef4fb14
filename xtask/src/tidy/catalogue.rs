//! The failure catalogue and the code agree: every code has a row, and a row of a code that is raised today tells
//! people to do only what can be done today.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::tidy::{Finding, commands};
use crate::tree::{File, Tree};

/// Where the catalogue lies.
const PATH: &str = "catalogue/failures.json";

/// Never given to a failure, so that tests have codes that are not there.
const NO_CODES: [&str; 2] = ["DW0000", "DW9999"];

/// Members that every row has, as text or as a list of texts.
const TEXTS: [&str; 8] =
    ["code", "slug", "stage", "wire_error", "symptom", "diagnosis", "remedy", "disclosure"];
const LISTS: [&str; 5] = ["causes", "server_knows", "detected_by", "sources", "journeys"];

/// Words that make a widespread client library treat an answer as "interaction required", wherever in an
/// `error_description` they stand.
const TRIGGERS: [&str; 6] = [
    "interaction_required",
    "consent_required",
    "login_required",
    "bad_token",
    "ui_not_allowed",
    "interrupted_user",
];

/// Who may see a diagnosis.
const CLASSES: [&str; 3] = ["public", "client", "trace"];

/// Each row has its members, codes and slugs are unique and sorted, and the free texts are safe on the wire.
pub(super) fn well_formed_rows(tree: &Tree) -> Vec<Finding> {
    let Some(file) = tree.file(PATH) else {
        return vec![Finding::absent(PATH, "the failure catalogue is missing")];
    };
    let rows = match rows(file) {
        Ok(rows) => rows,
        Err(error) => return vec![Finding::error(file, 1, error)],
    };
    let mut findings = Vec::new();
    let (mut slugs, mut previous) = (BTreeSet::new(), String::new());
    for row in &rows {
        let code = row["code"].as_str().unwrap_or_default().to_owned();
        let mut refuse = |reason: String| findings.push(Finding::error(file, line_of(file, &code), reason));
        if NO_CODES.contains(&code.as_str()) || codes_in(&code).next() != Some(code.as_str()) {
            refuse(format!("`{code}` is not DW and four digits, or one of the two that stay free"));
        }
        if code <= previous {
            refuse(format!("{code} stands after {previous}: rows are sorted, a code has one row"));
        }
        if !slugs.insert(row["slug"].as_str().unwrap_or_default().to_owned()) {
            refuse(format!("slug of {code} is taken by another row"));
        }
        for problem in problems(row) {
            refuse(format!("{code}: {problem}"));
        }
        previous = code;
    }
    findings
}

/// Every code that the product, its documents or its suites name has a row.
pub(super) fn known_codes(tree: &Tree) -> Vec<Finding> {
    let Some(known) = tree.file(PATH).and_then(|file| rows(file).ok()) else { return Vec::new() };
    let known: BTreeSet<&str> = known.iter().filter_map(|row| row["code"].as_str()).collect();
    let names_codes = |file: &&File| {
        !file.path.starts_with("xtask/")
            && !file.path.starts_with("catalogue/")
            && !file.has_extension("toml")
    };
    let mut findings = Vec::new();
    for file in tree.files().filter(names_codes) {
        for (line, text) in file.lines() {
            for code in codes_in(text).filter(|code| !NO_CODES.contains(code) && !known.contains(code)) {
                findings.push(Finding::error(file, line, format!("{code} has no row in {PATH}")));
            }
        }
    }
    findings
}

/// A code that shipped code raises has a remedy that exists, and shipped texts name existing commands only.
pub(super) fn remedies_that_exist(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.product() {
        for (line, text) in file.shipped() {
            findings
                .extend(missing_commands(text).into_iter().map(|reason| Finding::error(file, line, reason)));
        }
    }
    let Some((file, rows)) = tree.file(PATH).and_then(|file| Some((file, rows(file).ok()?))) else {
        return findings;
    };
    let raised = raised(tree);
    for row in &rows {
        let code = row["code"].as_str().unwrap_or_default();
        let Some(place) = raised.get(code) else { continue };
        let remedy = row["remedy"].as_str().unwrap_or_default();
        let mut reasons = missing_commands(remedy);
        if remedy.contains(" > ") {
            reasons.push("names a page of a portal that is not there".into());
        }
        for reason in reasons {
            findings.push(Finding::error(
                file,
                line_of(file, code),
                format!("{code} (raised in {place}): {reason}"),
            ));
        }
    }
    findings
}

/// A remedy of a raised code that names a setting names one that the configuration file has.
pub(super) fn settings_that_exist(tree: &Tree) -> Vec<Finding> {
    let Some((file, rows)) = tree.file(PATH).and_then(|file| Some((file, rows(file).ok()?))) else {
        return Vec::new();
    };
    let known: BTreeSet<&str> = tree
        .product()
        .filter(|file| file.path.starts_with(SETTINGS))
        .flat_map(File::shipped)
        .filter_map(|(_, line)| line.split_once("name: \"")?.1.split('"').next())
        .collect();
    let raised = raised(tree);
    let mut findings = Vec::new();
    for row in &rows {
        let code = row["code"].as_str().unwrap_or_default();
        if !raised.contains_key(code) {
            continue;
        }
        for setting in ["diagnosis", "remedy"]
            .iter()
            .flat_map(|name| settings_in(row[*name].as_str().unwrap_or_default()))
        {
            if !known.contains(setting) {
                let reason = format!("{code}: `{setting}` is no setting ({SETTINGS})");
                findings.push(Finding::error(file, line_of(file, code), reason));
            }
        }
    }
    findings
}

/// Where the settings are declared.
const SETTINGS: &str = "crates/doorward/src/config/";

/// Words between backquotes that look like settings: `tls.key`, `proxy.trusted=true`.
fn settings_in(text: &str) -> impl Iterator<Item = &str> {
    let quoted = text.split('`').skip(1).step_by(2);
    quoted.filter_map(|word| word.split('=').next()).filter(|word| {
        let is_word =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        word.contains('.') && word.split('.').all(is_word)
    })
}

/// What `text` tells people to type and cannot be typed.
fn missing_commands(text: &str) -> Vec<String> {
    let missing = commands::named_in(text).into_iter().filter(|words| !commands::exists(words));
    missing
        .map(|words| format!("`doorward {}` is not a command (xtask/src/tidy/commands.rs)", words.join(" ")))
        .collect()
}

/// Codes in shipped code, each with the first file that names it.
fn raised(tree: &Tree) -> BTreeMap<&str, &str> {
    let mut raised = BTreeMap::new();
    for file in tree.product() {
        for code in file.shipped().flat_map(|(_, text)| codes_in(text)) {
            raised.entry(code).or_insert(file.path.as_str());
        }
    }
    raised
}

/// What is wrong with one row, its place among the others apart.
fn problems(row: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for name in TEXTS.iter().filter(|name| row[**name].as_str().is_none_or(str::is_empty)) {
        problems.push(format!("`{name}` is not a text"));
    }
    for name in
        LISTS.iter().filter(|name| !row[**name].as_array().is_some_and(|l| l.iter().all(Value::is_string)))
    {
        problems.push(format!("`{name}` is not a list of texts"));
    }
    if !row["disclosure"].as_str().is_some_and(|class| CLASSES.contains(&class)) {
        problems.push(format!("`disclosure` is none of {}", CLASSES.join(", ")));
    }
    let diagnosis = row["diagnosis"].as_str().unwrap_or_default();
    if diagnosis.chars().any(|c| !(c.is_ascii_graphic() || c == ' ') || c == '"' || c == '\\') {
        problems.push(
            "`diagnosis` goes into error_description: printable ASCII without quotes (RFC 6749 §5.2)".into(),
        );
    }
    for name in ["diagnosis", "remedy"] {
        let text = row[name].as_str().unwrap_or_default();
        if text.matches('{').count() != text.matches('}').count() {
            problems.push(format!("`{name}` has a brace without its other half"));
        }
        for word in TRIGGERS.iter().filter(|word| text.contains(*word)) {
            problems.push(format!("`{name}` contains {word}, on which client libraries act"));
        }
    }
    problems
}

fn rows(file: &File) -> Result<Vec<Value>, String> {
    match serde_json::from_str(&file.text) {
        Ok(Value::Array(rows)) => Ok(rows),
        Ok(_) => Err("is not a list of rows".into()),
        Err(error) => Err(format!("is not JSON: {error}")),
    }
}

/// The line of the row of `code`.
fn line_of(file: &File, code: &str) -> usize {
    let member = format!("\"code\": \"{code}\"");
    file.lines().find(|(_, line)| line.contains(&member)).map_or(1, |(number, _)| number)
}

/// Every `DW` and four digits that stands for itself.
pub(crate) fn codes_in(text: &str) -> impl Iterator<Item = &str> {
    const LENGTH: usize = "DW0000".len();
    let bytes = text.as_bytes();
    let joins = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    text.match_indices("DW").filter_map(move |(start, _)| {
        let code = text.get(start..start + LENGTH)?;
        let stands_alone =
            !joins(start.checked_sub(1).and_then(|i| bytes.get(i))) && !joins(bytes.get(start + LENGTH));
        (stands_alone && code.bytes().skip(2).all(|b| b.is_ascii_digit())).then_some(code)
    })
}

#[cfg(test)]
mod tests;

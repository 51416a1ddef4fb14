//! Catalogue coverage: every code that this server, its guard or its command line can raise was raised by a test that
//! sent a real request.
//!
//! What can occur is read from the code itself: a code that begins a literal in shipped code has a row there that raises
//! it. What was raised is read from the record of the tests' witness (`catalogue/witness.rs`). A code that no
//! request can raise has a reason in `catalogue/unraised.json`; a reason that a test refutes has to go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

use crate::tidy;
use crate::tree::{File, Tree};

/// Reasons for codes that no request can raise, by code.
const REASONS: &str = "catalogue/unraised.json";

/// The record of the witness.
pub(crate) fn record(root: &Path) -> PathBuf {
    root.join("target").join("tmp").join("codes-seen")
}

/// What the tests raised of what can occur.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Coverage {
    /// Every code that can occur, with the place that raises it.
    occurring: BTreeMap<String, String>,
    /// Those of them that some test saw.
    raised: BTreeSet<String>,
    /// Codes with a reason.
    excused: BTreeMap<String, String>,
}

impl Coverage {
    /// Compares the code with the record.
    pub(crate) fn of(tree: &Tree, seen: &BTreeSet<String>) -> anyhow::Result<Self> {
        let occurring = can_occur(tree);
        let raised = occurring.keys().filter(|code| seen.contains(*code)).cloned().collect();
        let excused = match tree.file(REASONS) {
            Some(file) => serde_json::from_str(&file.text).with_context(|| format!("reading {REASONS}"))?,
            None => BTreeMap::new(),
        };
        Ok(Self { occurring, raised, excused })
    }

    /// What is missing, a line each: codes that can occur, that no test raised, and that have no reason.
    pub(crate) fn missing(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for (code, place) in &self.occurring {
            if !self.raised.contains(code) && !self.excused.contains_key(code) {
                findings.push(format!(
                    "{code} ({place}) was raised by no test: provoke it with a real request, or give a reason in {REASONS}"
                ));
            }
        }
        for (code, reason) in &self.excused {
            if reason.split_whitespace().count() < 4 {
                findings.push(format!("{code} in {REASONS} has no reason that explains anything"));
            }
        }
        findings
    }

    /// Reasons that do not hold any more, a line each. They hide nothing, so they fail nothing.
    pub(crate) fn stale(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for code in self.excused.keys() {
            if !self.occurring.contains_key(code) {
                findings
                    .push(format!("{code} in {REASONS} is raised nowhere in the code: take the line out"));
            } else if self.raised.contains(code) {
                findings
                    .push(format!("{code} was raised by a test, so its reason in {REASONS} does not hold"));
            }
        }
        findings
    }

    /// The line that a test run prints.
    pub(crate) fn summary(&self) -> String {
        let excused = self.excused.keys().filter(|code| !self.raised.contains(*code)).count();
        let tail = match excused {
            0 => String::new(),
            1 => ", 1 cannot be raised by a request".to_owned(),
            many => format!(", {many} cannot be raised by a request"),
        };
        format!(
            "catalogue coverage: {} of {} codes that can occur were raised{tail}",
            self.raised.len(),
            self.occurring.len()
        )
    }
}

/// The coverage of the record that lies there now.
pub(crate) fn now(root: &Path) -> anyhow::Result<Coverage> {
    Coverage::of(&Tree::read(root)?, &seen(&record(root))?)
}

/// `cargo xtask coverage`: what the latest tests raised; exit code 1 where something is missing.
pub(crate) fn command(root: &Path) -> anyhow::Result<ExitCode> {
    let coverage = now(root)?;
    let missing = coverage.missing();
    for finding in coverage.stale().iter().chain(&missing) {
        println!("{finding}");
    }
    println!("{}", coverage.summary());
    Ok(if missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Forgets earlier records, before tests write new ones.
pub(crate) fn forget(root: &Path) {
    let _ = std::fs::remove_dir_all(record(root));
}

/// The codes in every file of the record.
fn seen(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut seen = BTreeSet::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(seen) };
    for entry in entries {
        let path = entry.context("listing the record of codes")?.path();
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        // What random input happens to meet, another seed may miss.
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        seen.extend(lines.filter(|(_, test)| !test.contains("random::")).map(|(code, _)| code.to_owned()));
    }
    Ok(seen)
}

/// Codes that begin a literal in shipped code, each with the first place. The samples of pages are data for
/// their own tests.
fn can_occur(tree: &Tree) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in tree.product().filter(|file| !file.name().starts_with("samples")) {
        for (line, text) in file.shipped() {
            for code in literals(text) {
                found.entry(code.to_owned()).or_insert_with(|| place(file, line));
            }
        }
    }
    found
}

fn place(file: &File, line: usize) -> String {
    format!("{}:{line}", file.path)
}

fn literals(text: &str) -> impl Iterator<Item = &str> {
    tidy::codes_in(text).filter(move |code| {
        // `codes_in` hands out slices of `text`.
        let start = code.as_ptr() as usize - text.as_ptr() as usize;
        text[..start].ends_with('"') && text[start + code.len()..].starts_with(['"', ' '])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "//! Room.\nlet a = Row::new(\"DW1001\");\nlet b = \"words DW1002\";\n// \"DW1003\"\nlet c = \"DW1004\";\n#[cfg(test)]\nmod tests {\n let d = \"DW1005\";\n}\n";

    fn coverage(reasons: &str, seen: &[&str]) -> Coverage {
        let tree = Tree::of(&[
            ("crates/a/src/a.rs", CODE),
            ("crates/a/src/samples.rs", "//! Samples.\nlet a = \"DW1006\";\n"),
            (REASONS, reasons),
        ]);
        Coverage::of(&tree, &seen.iter().map(|code| (*code).to_owned()).collect()).unwrap()
    }

    #[test]
    fn a_literal_in_shipped_code_can_occur() {
        let coverage = coverage("{}", &["DW1001", "DW1005"]);
        let codes: Vec<_> =
            coverage.occurring.iter().map(|(code, place)| format!("{code} {place}")).collect();
        assert_eq!(codes, ["DW1001 crates/a/src/a.rs:2", "DW1004 crates/a/src/a.rs:5"]);
        assert_eq!(coverage.summary(), "catalogue coverage: 1 of 2 codes that can occur were raised");
    }

    #[test]
    fn a_code_that_no_test_raised_needs_a_reason() {
        let missing = coverage("{}", &["DW1001"]).missing();
        assert!(
            missing.len() == 1 && missing[0].starts_with("DW1004 (crates/a/src/a.rs:5) was raised by no")
        );
        let reason = "{\"DW1004\": \"only a broken disk does this\"}";
        let excused = coverage(reason, &["DW1001"]);
        assert_eq!((excused.missing(), excused.stale()), (Vec::new(), Vec::new()));
        assert!(excused.summary().ends_with("raised, 1 cannot be raised by a request"));
        assert_eq!(coverage("{\"DW1004\": \"no\"}", &["DW1001"]).missing().len(), 1);
    }

    #[test]
    fn a_reason_that_does_not_hold_has_to_go() {
        let reasons =
            "{\"DW1004\": \"only a broken disk does this\", \"DW1009\": \"only a broken disk does this\"}";
        let findings = coverage(reasons, &["DW1001", "DW1004"]).stale();
        assert!(
            findings.len() == 2 && findings[0].contains("does not hold") && findings[1].contains("nowhere")
        );
    }
}

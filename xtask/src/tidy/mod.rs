//! The house rules: the slice of rules, what a finding is, and how findings are shown.
//!
//! Each rule is one pure function from the tree to its findings, with its own tests on literal trees. A rule that
//! needs a compiler is a lint and belongs in `Cargo.toml` or `clippy.toml`, not here.

mod catalogue;
mod commands;
mod edges;
mod length;
mod modules;
mod purity;
mod words;

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use crate::tree::{File, Tree};

pub(crate) use catalogue::codes_in;
pub(crate) use commands::COMMANDS;

/// Every rule, in the order of the report.
const RULES: &[fn(&Tree) -> Vec<Finding>] = &[
    edges::forbidden_edges,
    length::file_lengths,
    modules::opening_docs,
    modules::forbidden_names,
    purity::pure_rooms,
    words::dialect_words_in_core,
    words::unfinished_work,
    catalogue::well_formed_rows,
    catalogue::known_codes,
    catalogue::remedies_that_exist,
    catalogue::settings_that_exist,
];

/// Whether a finding refuses the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// The tree is refused.
    Error,
    /// Worth a look; the tree passes.
    Warning,
}

/// One place where a rule does not hold, and why the rule exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    severity: Severity,
    reason: String,
}

impl Finding {
    fn error(file: &File, line: usize, reason: impl Into<String>) -> Self {
        Self { path: file.path.clone(), line, severity: Severity::Error, reason: reason.into() }
    }

    fn warning(file: &File, line: usize, reason: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, line, reason) }
    }

    /// For a file that should be there and is not.
    fn absent(path: &str, reason: impl Into<String>) -> Self {
        Self { path: path.into(), line: 1, severity: Severity::Error, reason: reason.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{word}: {}:{}: {}", self.path, self.line, self.reason)
    }
}

/// Everything that the rules find in the repository at `root`.
pub(crate) fn check(root: &Path) -> anyhow::Result<Vec<Finding>> {
    let tree = Tree::read(root)?;
    Ok(RULES.iter().flat_map(|rule| rule(&tree)).collect())
}

/// The findings as text, warnings first so that the errors stand at the end, and whether the tree passes.
pub(crate) fn report(findings: &[Finding]) -> (String, bool) {
    let of = |severity| findings.iter().filter(move |finding| finding.severity == severity);
    let mut lines: Vec<String> =
        of(Severity::Warning).chain(of(Severity::Error)).map(Finding::to_string).collect();
    let (errors, warnings) = (of(Severity::Error).count(), of(Severity::Warning).count());
    lines.push(format!("tidy: {} rules, {errors} errors, {warnings} warnings", RULES.len()));
    (lines.join("\n"), errors == 0)
}

/// `cargo xtask tidy`: exit code 1 where a rule does not hold.
pub(crate) fn command(root: &Path) -> anyhow::Result<ExitCode> {
    let (text, passes) = report(&check(root)?);
    println!("{text}");
    Ok(if passes { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Path and line of each finding: what most tests of rules compare.
#[cfg(test)]
fn places(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{}:{}", finding.path, finding.line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_do_not_refuse_the_tree() {
        let file = File { path: "a.rs".into(), text: String::new() };
        let (text, passes) = report(&[Finding::warning(&file, 3, "long")]);
        assert!(passes);
        assert!(text.starts_with("warning: a.rs:3: long\n"), "{text}");
        let (text, passes) = report(&[Finding::error(&file, 3, "wrong"), Finding::warning(&file, 9, "long")]);
        assert!(!passes);
        assert!(text.contains("warning: a.rs:9: long\nerror: a.rs:3: wrong\n"), "{text}");
    }
}

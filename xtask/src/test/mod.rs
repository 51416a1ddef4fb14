//! `cargo xtask test`: every suite of the repository, one after the other, counted.
//!
//! All steps run even where one fails. A suite counts its tests, every other step counts as one. What cannot run
//! counts as failed, with the reason: nothing is passed over in silence. The last line is `N passed, N failed`.

mod chaos;
mod count;
mod documents;
mod ledger;
mod rust;
mod suites;
mod tools;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::environment::Environment;
use ledger::Ledger;

/// Which steps to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// Everything: what a change must pass.
    All,
    /// The suites that drive the built binary with other people's clients.
    EndToEnd,
    /// Formatting, lints, house rules and the wasm builds.
    Lint,
    /// The tests of the crates.
    Unit,
}

impl Selection {
    /// Reads what a person typed after `--only`.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Self> {
        match text {
            "e2e" => Ok(Self::EndToEnd),
            "lint" => Ok(Self::Lint),
            "unit" => Ok(Self::Unit),
            other => bail!("`--only {other}` is none of unit, e2e, lint"),
        }
    }

    fn includes(self, kind: Self) -> bool {
        self == Self::All || self == kind
    }
}

/// Runs the selected steps and prints the count; exit code 1 where anything failed.
pub(crate) fn command(root: &Path, selection: Selection) -> anyhow::Result<ExitCode> {
    let environment = Environment::read(root);
    let logs = root.join("target").join("xtask-test");
    std::fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
    let mut ledger = Ledger::new(logs);

    if selection.includes(Selection::Lint) {
        tools::rust(&mut ledger, &environment);
        rust::lint(&mut ledger, &environment, root);
    }
    if selection.includes(Selection::Unit) {
        rust::unit(&mut ledger, &environment, root);
    }
    if selection.includes(Selection::EndToEnd) {
        let built = rust::build(&mut ledger, &environment);
        if built.is_ok() {
            rust::commands(&mut ledger, &environment);
            chaos::run(&mut ledger, &environment);
            documents::run(&mut ledger, &environment, root);
            rust::demo(&mut ledger, &environment, root);
        }
        let browser = tools::browser(&mut ledger, &environment);
        suites::run(&mut ledger, &environment, root, &suites::Ready { built, browser });
    }
    Ok(if ledger.close() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_includes_every_kind() {
        for kind in ["unit", "e2e", "lint"].map(|text| Selection::parse(text).unwrap()) {
            assert!(Selection::All.includes(kind));
            assert!(kind.includes(kind));
            assert!(!kind.includes(Selection::All));
        }
        assert!(Selection::parse("browser").is_err());
    }
}

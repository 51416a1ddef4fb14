//! The book of one run: each step with its heading, its count and, where it failed, the reason.

use std::path::{Path, PathBuf};

use super::count::Tally;
use crate::process::{Job, Ran};

/// What the steps of one run came to.
pub(super) struct Ledger {
    logs: PathBuf,
    entries: Vec<Entry>,
}

struct Entry {
    step: String,
    tally: Tally,
    reason: Option<String>,
}

/// How the tests of a program are counted in what it prints.
pub(super) type Counter = fn(&[String]) -> Tally;

impl Ledger {
    /// An empty book; logs of the steps go into the folder `logs`.
    pub(super) fn new(logs: PathBuf) -> Self {
        Self { logs, entries: Vec::new() }
    }

    /// Runs a program that counts as one test.
    pub(super) fn step(&mut self, name: &str, job: &Job) -> Result<(), String> {
        let failure = self.run(name, job).map_or_else(Some, |ran| ran.failure);
        self.enter(name, Tally::of_step(failure.is_none()), failure)
    }

    /// Runs a program whose output tells how many tests passed. One that fails without a failed test (it did not
    /// compile, it was killed) and one that ran no test at all count as one failure.
    pub(super) fn suite(&mut self, name: &str, job: &Job, count: Counter) {
        let (mut tally, mut failure) = match self.run(name, job) {
            Ok(ran) => (count(&ran.lines), ran.failure),
            Err(error) => (Tally::default(), Some(error)),
        };
        if failure.is_none() && tally.failed > 0 {
            failure = Some(format!("{} tests failed or did not run", tally.failed));
        }
        if failure.is_none() && tally == Tally::default() {
            failure = Some(format!("`{}` ran no test", job.line()));
        }
        if failure.is_some() && tally.failed == 0 {
            tally.failed = 1;
        }
        let _ = self.enter(name, tally, failure);
    }

    /// Makes a check that needs no program, under its own heading.
    pub(super) fn check(
        &mut self,
        name: &str,
        check: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        heading(name);
        let failure = check().err();
        self.enter(name, Tally::of_step(failure.is_none()), failure)
    }

    /// Prints every step and the final count; whether nothing failed.
    pub(super) fn close(self) -> bool {
        let mut total = Tally::default();
        println!("\n== summary");
        for Entry { step, tally, reason } in &self.entries {
            total += *tally;
            let word = if tally.failed == 0 { "ok    " } else { "FAILED" };
            println!("{word} {step}: {} passed, {} failed", tally.passed, tally.failed);
            if let Some(reason) = reason {
                println!("       {reason}");
            }
        }
        println!("logs in {}\n", self.logs.display());
        println!("{} passed, {} failed", total.passed, total.failed);
        total.failed == 0 && total.passed > 0
    }

    fn run(&self, name: &str, job: &Job) -> Result<Ran, String> {
        heading(&format!("{name}: {}", job.line()));
        job.run(&log_file(&self.logs, name)).map_err(|error| format!("{error:#}"))
    }

    fn enter(&mut self, name: &str, tally: Tally, reason: Option<String>) -> Result<(), String> {
        match &reason {
            None => println!("-- {name}: {} passed", tally.passed),
            Some(reason) => println!("-- {name}: FAILED: {reason}"),
        }
        let result = reason.clone().map_or(Ok(()), Err);
        self.entries.push(Entry { step: name.to_owned(), tally, reason });
        result
    }
}

fn heading(text: &str) {
    println!("\n== {text}");
}

/// `target/xtask-test/npm-test-e2e-sign-in.log` for the step `npm test e2e/sign-in`.
fn log_file(logs: &Path, step: &str) -> PathBuf {
    let name: String = step.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    logs.join(format!("{name}.log"))
}

#[cfg(test)]
mod tests {
    use super::super::count;
    use super::*;

    fn ledger() -> Ledger {
        let logs = std::env::temp_dir().join(format!("xtask-ledger-{}", std::process::id()));
        std::fs::create_dir_all(&logs).unwrap();
        Ledger::new(logs)
    }

    fn suite(script: &str) -> Tally {
        let mut ledger = ledger();
        ledger.suite(script, &Job::new("sh", &["-c", script]), count::node);
        ledger.entries[0].tally
    }

    #[test]
    fn a_suite_counts_its_tests() {
        assert_eq!(suite("echo '# pass 3'; echo '# fail 0'"), Tally { passed: 3, failed: 0 });
        assert_eq!(suite("echo '# pass 3'; echo '# fail 2'; exit 1"), Tally { passed: 3, failed: 2 });
    }

    #[test]
    fn a_suite_that_broke_or_ran_nothing_is_one_failure() {
        assert_eq!(suite("echo '# pass 3'; exit 1"), Tally { passed: 3, failed: 1 });
        assert_eq!(suite("exit 0"), Tally { passed: 0, failed: 1 });
        assert_eq!(suite("exit 1"), Tally { passed: 0, failed: 1 });
    }

    #[test]
    fn one_failure_fails_the_run_and_an_empty_run_fails() {
        let mut good = ledger();
        assert_eq!(good.step("true", &Job::new("true", &[])), Ok(()));
        assert!(good.close());
        let mut bad = ledger();
        assert!(bad.step("true", &Job::new("true", &[])).is_ok());
        assert!(bad.step("false", &Job::new("false", &[])).is_err());
        assert!(bad.check("tidy", || Err("crooked".into())).is_err());
        assert_eq!(bad.entries.len(), 3);
        assert!(!bad.close());
        assert!(!ledger().close());
    }

    #[test]
    fn a_log_is_named_after_its_step() {
        assert_eq!(log_file(Path::new("logs"), "npm test e2e/a"), Path::new("logs/npm-test-e2e-a.log"));
    }
}

//! The steps that cargo runs: formatting, lints, house rules, wasm builds, tests, the binary.

use std::path::Path;
use std::time::Duration;

use super::count;
use super::ledger::Ledger;
use crate::coverage;
use crate::environment::Environment;
use crate::process::Job;
use crate::tidy;

/// A cold build of everything on a small machine is slow; this only ends a hang.
const COLD_BUILD: Duration = Duration::from_mins(90);

/// How long each parser is fed with broken input. Longer runs are for a night: `cargo run -p doorward-fuzz -- --seconds 600`.
const FUZZ_SECONDS: &str = "4";

/// Formatting, lints, house rules, and the two crates that must build for WebAssembly.
pub(super) fn lint(ledger: &mut Ledger, environment: &Environment, root: &Path) {
    let _ = ledger.step("fmt", &cargo(environment, &["fmt", "--all", "--check"]));
    let clippy = ["clippy", "--workspace", "--all-targets", "--keep-going", "--", "-D", "warnings"];
    let _ = ledger.step("clippy", &cargo(environment, &clippy));
    let _ = ledger.check("tidy", || house_rules(root));
    let wasm =
        ["check", "-p", "doorward-policy", "-p", "doorward-token", "--target", "wasm32-unknown-unknown"];
    let _ = ledger.step("wasm", &cargo(environment, &wasm));
}

/// The tests of all crates, of their documentation and of this tool; then whether they raised every code.
pub(super) fn unit(ledger: &mut Ledger, environment: &Environment, root: &Path) {
    coverage::forget(root);
    let job = cargo(environment, &["test", "--workspace", "--no-fail-fast"]);
    ledger.suite("cargo test", &job, count::libtest);
    let _ = ledger.check("catalogue coverage", || raised_codes(root));
    let fuzz = ["run", "--quiet", "-p", "doorward-fuzz", "--", "--seconds", FUZZ_SECONDS];
    ledger.suite("fuzz", &cargo(environment, &fuzz), count::fuzz);
}

/// Whether the tests raised every code that can occur.
fn raised_codes(root: &Path) -> Result<(), String> {
    let coverage = coverage::now(root).map_err(|error| format!("{error:#}"))?;
    let missing = coverage.missing();
    for finding in coverage.stale().iter().chain(&missing) {
        println!("{finding}");
    }
    println!("{}", coverage.summary());
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("{} codes that can occur were raised by no test, see above", missing.len()))
}

/// The binary that the other suites drive.
pub(super) fn build(ledger: &mut Ledger, environment: &Environment) -> Result<(), String> {
    ledger.step("build", &cargo(environment, &["build", "-p", "doorward"]))
}

/// Every command that some text tells people to type answers `--help`.
pub(super) fn commands(ledger: &mut Ledger, environment: &Environment) {
    let answers = |command: &str| {
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.push("--help");
        Job::new(&environment.doorward, &arguments).answer().is_some()
    };
    let _ = ledger.check("commands", || {
        let missing: Vec<&str> = tidy::COMMANDS.iter().copied().filter(|command| !answers(command)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(format!("listed in xtask/src/tidy/commands.rs but unknown to the binary: {}", missing.join(", ")))
    });
}

/// The demo tries itself out: every journey, and every failure with its explanation.
pub(super) fn demo(ledger: &mut Ledger, environment: &Environment, root: &Path) {
    let home = root.join("target").join("xtask-test").join("home");
    let made = std::fs::create_dir_all(&home);
    let job = Job::new(&environment.doorward, &["demo", "--check", "--json"]).with("HOME", home);
    match made {
        Ok(()) => ledger.suite("demo --check", &job, count::trial),
        Err(error) => drop(ledger.check("demo --check", || Err(format!("no home for it: {error}")))),
    }
}

fn house_rules(root: &Path) -> Result<(), String> {
    let findings = tidy::check(root).map_err(|error| format!("{error:#}"))?;
    let (text, passes) = tidy::report(&findings);
    println!("{text}");
    if passes { Ok(()) } else { Err("a house rule does not hold, see above".into()) }
}

fn cargo(environment: &Environment, arguments: &[&str]) -> Job {
    Job::new(&environment.cargo, arguments).at_most(COLD_BUILD)
}

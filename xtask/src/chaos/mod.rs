//! `cargo xtask chaos`: the server is killed again and again under load, and a checker counts what was lost or forked.
//!
//! Owns the story of a run: an installation of its own ([`place`]), callers that remember every answer they got
//! ([`person`], [`operator`]), the moment of the kill, and the judgement after the next start. What a caller was told
//! must be true afterwards; what it was not told may be true or not, but nothing in between. Knows the product only from
//! outside: HTTP ([`http`]), the administration's socket, the command line.
//!
//! The rules that are checked are listed in [`book::RULES`].

mod arguments;
mod book;
mod browser;
mod family;
mod http;
mod operator;
mod person;
mod place;
mod random;
mod run;
mod time;
mod worker;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;

use crate::environment::Environment;

pub(crate) use arguments::Plan;

/// Runs the plan on the built binary; exit code 1 where a rule was broken, or where sabotage went unnoticed.
pub(crate) fn command(root: &Path, arguments: &[&str]) -> anyhow::Result<ExitCode> {
    let environment = Environment::read(root);
    let plan = Plan::parse(arguments)?;
    let outcome = run::run(&plan, &environment.doorward, root)?;
    println!("{}", outcome.report());
    let report = plan.folder(root).join("report.json");
    std::fs::write(&report, format!("{:#}\n", outcome.json()))
        .with_context(|| format!("cannot write {}", report.display()))?;
    Ok(if outcome.is_as_expected(&plan) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

//! The benchmarks: builds the release binary and the two floors, and runs the load of `bench/` against them.
//!
//! Owns the order of the steps. What is measured and how is `bench/`'s; `docs/benchmarks.md` explains the figures.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, bail};

/// Builds, installs what the load needs, measures; `arguments` go to `bench/run.mjs`.
pub(crate) fn command(root: &Path, arguments: &[&str]) -> anyhow::Result<ExitCode> {
    for build in [
        &["build", "--release", "-p", "doorward"][..],
        &["build", "--release", "-p", "doorward-server", "--example", "http_floor"],
        &["build", "--release", "-p", "doorward-crypto", "--example", "signature_cost"],
    ] {
        step(Command::new(env!("CARGO")).args(build).current_dir(root))?;
    }
    let bench = root.join("bench");
    step(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&bench))?;
    step(Command::new("node").arg("run.mjs").args(arguments).current_dir(&bench))?;
    Ok(ExitCode::SUCCESS)
}

fn step(command: &mut Command) -> anyhow::Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("{shown} ended with {status}");
    }
    Ok(())
}

//! `cargo xtask screenshots`: the pictures of the documents, taken from the running demo so that they cannot go stale.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::environment::Environment;
use crate::process::Job;

/// The script that starts the demo, walks through it in a browser and writes `docs/images/`.
const SCRIPT: &str = "e2e/screenshots/shoot.mjs";

/// Builds the binary and takes the pictures.
pub(crate) fn command(root: &Path) -> anyhow::Result<ExitCode> {
    let environment = Environment::read(root);
    let logs = root.join("target").join("xtask-test");
    std::fs::create_dir_all(&logs).with_context(|| format!("cannot make {}", logs.display()))?;
    if !root.join(SCRIPT).is_file() {
        bail!("{SCRIPT} is not there");
    }
    let build = Job::new(&environment.cargo, &["build", "-p", "doorward"]);
    let shoot = Job::new("node", &[SCRIPT])
        .with("DOORWARD_BIN", &environment.doorward)
        .with("CHROMIUM", &environment.chromium);
    for (job, log) in [(build, "screenshots-build.log"), (shoot, "screenshots.log")] {
        if let Some(failure) = job.run(&logs.join(log))?.failure {
            bail!(failure);
        }
    }
    Ok(ExitCode::SUCCESS)
}

//! What the suites need on the machine, and how it gets there: toolchain parts through rustup, programs from Debian.
//!
//! System packages are installed without asking only where `CI=true`; a person on a terminal is asked first.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use super::ledger::Ledger;
use crate::environment::Environment;
use crate::process::Job;

/// The oldest Node.js that the suites' clients run on.
const NODE_MAJOR: u32 = 20;

/// Adds the toolchain's own parts where they are missing.
pub(super) fn rust(ledger: &mut Ledger, environment: &Environment) {
    let _ = ledger.check("toolchain", || {
        component(environment, "fmt", "rustfmt")?;
        component(environment, "clippy", "clippy")?;
        wasm_target()
    });
}

/// Node.js and a browser with the tool that gives it a certificate to trust.
pub(super) fn browser(ledger: &mut Ledger, environment: &Environment) -> Result<(), String> {
    let missing = missing_packages(environment);
    let installed = if missing.is_empty() { Ok(()) } else { install(ledger, environment, &missing) };
    ledger.check("system packages", || {
        installed?;
        let missing = missing_packages(environment);
        if missing.is_empty() {
            return node_version();
        }
        Err(format!("still missing after the installation: {}", missing.join(", ")))
    })
}

fn component(environment: &Environment, command: &str, component: &str) -> Result<(), String> {
    if Job::new(&environment.cargo, &[command, "--version"]).answer().is_some() {
        return Ok(());
    }
    let added = Job::new("rustup", &["component", "add", component]).answer();
    added
        .map(drop)
        .ok_or_else(|| format!("{component} is missing and `rustup component add {component}` failed"))
}

fn wasm_target() -> Result<(), String> {
    const TARGET: &str = "wasm32-unknown-unknown";
    let library = Job::new("rustc", &["--print", "target-libdir", "--target", TARGET]).answer();
    if library.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    let added = Job::new("rustup", &["target", "add", TARGET]).answer();
    added.map(drop).ok_or_else(|| format!("{TARGET} is missing and `rustup target add {TARGET}` failed"))
}

/// Debian's names of what is not there.
fn missing_packages(environment: &Environment) -> Vec<&'static str> {
    let answers = |program: &str| Job::new(program, &["--version"]).answer().is_some();
    let mut missing = Vec::new();
    if !environment.chromium.exists() {
        missing.extend(["chromium", "fonts-liberation"]);
    }
    if !on_path("certutil") {
        missing.push("libnss3-tools");
    }
    if !on_path("curl") {
        missing.push("curl");
    }
    if !answers("node") {
        missing.push("nodejs");
    }
    if !answers("npm") {
        missing.push("npm");
    }
    // The administration's suite makes an environment for its Python tools; Debian splits what that needs off.
    if Job::new("python3", &["-c", "import venv, ensurepip"]).answer().is_none() {
        missing.extend(["python3", "python3-venv"]);
    }
    missing
}

fn on_path(program: &str) -> bool {
    Job::new("sh", &["-c", "command -v \"$0\"", program]).answer().is_some()
}

fn node_version() -> Result<(), String> {
    let version = Job::new("node", &["--version"]).answer().unwrap_or_default();
    match major(&version) {
        Some(major) if major >= NODE_MAJOR => Ok(()),
        _ => Err(format!("node is `{version}`; the suites need {NODE_MAJOR} or newer")),
    }
}

/// 20 for `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn install(ledger: &mut Ledger, environment: &Environment, packages: &[&str]) -> Result<(), String> {
    let list = packages.join(" ");
    if !on_path("apt-get") {
        return Err(format!(
            "missing: {list} (Debian's names), and there is no apt-get; install them by hand"
        ));
    }
    if !environment.is_ci && !agreed(&list) {
        return Err(format!("missing: {list}; run `apt-get install {list}`, or agree when asked"));
    }
    let is_root = Job::new("id", &["-u"]).answer().is_some_and(|id| id == "0");
    if !is_root && !on_path("sudo") {
        return Err(format!("missing: {list}; only root can install them, and there is no sudo"));
    }
    let apt = |arguments: &[&str]| {
        let mut line = if is_root { vec!["apt-get"] } else { vec!["sudo", "-n", "apt-get"] };
        line.extend(arguments);
        Job::new(line[0], &line[1..]).with("DEBIAN_FRONTEND", "noninteractive")
    };
    ledger.step("apt-get update", &apt(&["update"]))?;
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(packages);
    ledger.step("apt-get install", &apt(&arguments))
}

/// Asks on the terminal; anything but y is no, and so is the absence of a terminal.
fn agreed(list: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    print!("The browser suites need system packages that are missing: {list}. Install them now? [y/N] ");
    let mut answer = String::new();
    let asked = std::io::stdout().flush().and_then(|()| std::io::stdin().lock().read_line(&mut answer));
    asked.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("20.20.2"), None);
        assert_eq!(major(""), None);
    }

    #[test]
    fn a_program_is_looked_for_by_name_not_by_syntax() {
        assert!(on_path("sh"));
        assert!(!on_path("no-such-program-here; true"));
    }
}

//! The Node suites: every folder below `e2e/` and `examples/` with a `package.json`.
//!
//! All packages are installed first, for a suite may drive an example. Then each folder with a `test` script runs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::count;
use super::ledger::Ledger;
use crate::environment::Environment;
use crate::process::Job;

/// Packages that drive a browser: a suite that depends on one needs Chromium.
const BROWSER_DRIVERS: [&str; 3] = ["playwright-core", "playwright", "puppeteer-core"];

/// What earlier steps made ready, or why not.
pub(super) struct Ready {
    /// The binary.
    pub(super) built: Result<(), String>,
    /// Node.js, Chromium and certutil.
    pub(super) browser: Result<(), String>,
}

/// One folder with a `package.json`.
#[derive(Debug, PartialEq, Eq)]
struct Package {
    /// Relative to the workspace.
    folder: String,
    has_tests: bool,
    needs_browser: bool,
}

/// Installs and runs every Node suite.
pub(super) fn run(ledger: &mut Ledger, environment: &Environment, root: &Path, ready: &Ready) {
    let packages = match find(root) {
        Ok(packages) => packages,
        Err(reason) => {
            let _ = ledger.check("node suites", || Err(reason));
            return;
        }
    };
    let mut installed = Vec::new();
    for package in &packages {
        let name = format!("npm ci {}", package.folder);
        let job = Job::new("npm", &["ci", "--no-audit", "--no-fund"]).within(&root.join(&package.folder));
        installed.push(ledger.step(&name, &job.at_most(Duration::from_mins(20))));
    }
    for (package, installed) in packages.iter().zip(installed).filter(|(package, _)| package.has_tests) {
        let name = format!("npm test {}", package.folder);
        if let Err(reason) = obstacle(package, ready, installed) {
            let _ = ledger.check(&name, || Err(format!("not run: {reason}")));
            continue;
        }
        let job = Job::new("npm", &["test"])
            .within(&root.join(&package.folder))
            .with("DOORWARD_BIN", &environment.doorward)
            .with("CHROMIUM", &environment.chromium)
            .at_most(Duration::from_mins(40));
        ledger.suite(&name, &job, count::node);
    }
}

/// Why a suite cannot run.
fn obstacle(package: &Package, ready: &Ready, installed: Result<(), String>) -> Result<(), String> {
    ready.built.clone()?;
    installed?;
    if package.needs_browser { ready.browser.clone() } else { Ok(()) }
}

/// Every package below the two folders, ordered by path.
fn find(root: &Path) -> Result<Vec<Package>, String> {
    let mut packages = Vec::new();
    for top in ["e2e", "examples"] {
        descend(root, Path::new(top), &mut packages)?;
    }
    packages.sort_by(|a, b| a.folder.cmp(&b.folder));
    Ok(packages)
}

fn descend(root: &Path, folder: &Path, packages: &mut Vec<Package>) -> Result<(), String> {
    let Ok(entries) = std::fs::read_dir(root.join(folder)) else { return Ok(()) };
    let manifest = root.join(folder).join("package.json");
    if manifest.is_file() {
        let text =
            std::fs::read_to_string(&manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
        packages.push(read(folder, &text)?);
    }
    let mut folders: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| folder.join(entry.file_name()))
        .collect();
    folders.sort();
    for below in folders {
        let name = below.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name != "node_modules" && !name.starts_with('.') {
            descend(root, &below, packages)?;
        }
    }
    Ok(())
}

fn read(folder: &Path, text: &str) -> Result<Package, String> {
    let folder = folder.to_string_lossy().replace('\\', "/");
    let manifest: Value =
        serde_json::from_str(text).map_err(|error| format!("{folder}/package.json is not JSON: {error}"))?;
    let depends = |name: &str| {
        ["dependencies", "devDependencies"].iter().any(|section| manifest[*section].get(name).is_some())
    };
    Ok(Package {
        has_tests: manifest["scripts"]["test"].is_string(),
        needs_browser: BROWSER_DRIVERS.into_iter().any(depends),
        folder,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_says_whether_it_has_tests_and_needs_a_browser() {
        let text = r#"{"scripts":{"test":"node --test"},"devDependencies":{"playwright-core":"1"}}"#;
        let package = read(Path::new("e2e/a"), text).unwrap();
        assert_eq!(package, Package { folder: "e2e/a".into(), has_tests: true, needs_browser: true });
        let plain = read(Path::new("examples/b"), r#"{"scripts":{"start":"node ."}}"#).unwrap();
        assert_eq!(plain, Package { folder: "examples/b".into(), has_tests: false, needs_browser: false });
        assert!(read(Path::new("e2e/c"), "{").unwrap_err().starts_with("e2e/c/package.json is not JSON"));
    }

    #[test]
    fn packages_are_found_at_any_depth_and_foreign_ones_left_out() {
        let root = std::env::temp_dir().join(format!("xtask-suites-{}", std::process::id()));
        for folder in ["e2e", "e2e/a/b", "e2e/node_modules/x", "e2e/.work/y", "examples/c", "other/d"] {
            let folder = root.join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("package.json"), "{}").unwrap();
        }
        let found: Vec<String> = find(&root).unwrap().into_iter().map(|package| package.folder).collect();
        std::fs::remove_dir_all(&root).unwrap();
        assert_eq!(found, ["e2e", "e2e/a/b", "examples/c"]);
    }

    #[test]
    fn a_suite_runs_only_on_what_is_ready() {
        let package = Package { folder: "e2e/a".into(), has_tests: true, needs_browser: false };
        let browser = Package { needs_browser: true, folder: "e2e/b".into(), has_tests: true };
        let ready = Ready { built: Ok(()), browser: Err("no chromium".into()) };
        assert_eq!(obstacle(&package, &ready, Ok(())), Ok(()));
        assert_eq!(obstacle(&browser, &ready, Ok(())), Err("no chromium".into()));
        assert_eq!(obstacle(&package, &ready, Err("npm ci".into())), Err("npm ci".into()));
        let unbuilt = Ready { built: Err("build".into()), browser: Ok(()) };
        assert_eq!(obstacle(&package, &unbuilt, Ok(())), Err("build".into()));
    }
}

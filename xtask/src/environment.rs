//! The few environment variables that the test run reads, each read here and nowhere else.

use std::path::{Path, PathBuf};

/// What the surroundings say about how to run.
pub(crate) struct Environment {
    /// `CI=true`: nobody can be asked, system packages may be installed.
    pub(crate) is_ci: bool,
    /// The cargo that runs us, so that nested calls use the same toolchain.
    pub(crate) cargo: PathBuf,
    /// The browser of the suites: `CHROMIUM` where set, else Debian's place.
    pub(crate) chromium: PathBuf,
    /// Where programs are looked for.
    pub(crate) path: String,
    /// The built binary that the suites drive.
    pub(crate) doorward: PathBuf,
}

impl Environment {
    /// Reads the variables once. `root` is the workspace's folder.
    pub(crate) fn read(root: &Path) -> Self {
        let target = variable("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Self {
            is_ci: variable("CI").is_some_and(|value| value == "true"),
            cargo: variable("CARGO").map_or_else(|| "cargo".into(), PathBuf::from),
            chromium: variable("CHROMIUM").map_or_else(|| "/usr/bin/chromium".into(), PathBuf::from),
            path: variable("PATH").unwrap_or_default(),
            doorward: target.join("debug").join("doorward"),
        }
    }
}

/// The variables that `cargo run` sets for us and that nested builds must not see: build scripts that watch one of
/// them would rebuild on every run.
pub(crate) fn cargo_leftovers() -> Vec<String> {
    std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        })
        .collect()
}

#[expect(clippy::disallowed_methods, reason = "the one place of this tool that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

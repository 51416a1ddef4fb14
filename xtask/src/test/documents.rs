//! The operator's pages, executed: every block marked `sh run` of a page, in order, as one script in an empty folder.
//!
//! Owns finding and running the blocks. A page without such a block is not run; a block without the mark is for reading.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::ledger::Ledger;
use crate::environment::Environment;
use crate::process::Job;

/// How a fence of an executed block opens.
const FENCE: &str = "```sh run";

/// Runs every page below `docs/operate`, and counts each as one.
pub(super) fn run(ledger: &mut Ledger, environment: &Environment, root: &Path) {
    let pages = match pages(&root.join("docs/operate")) {
        Ok(pages) => pages,
        Err(reason) => {
            let _ = ledger.check("documents", || Err(reason));
            return;
        }
    };
    for (page, script) in pages {
        let name = format!("docs/operate/{page}");
        let folder = std::env::temp_dir().join(format!("doorward-docs-{}-{page}", std::process::id()));
        if let Err(reason) = prepare(&folder) {
            let _ = ledger.check(&name, || Err(reason));
            continue;
        }
        let binaries = environment.doorward.parent().unwrap_or(root).to_path_buf();
        let job = Job::new("bash", &["-euo", "pipefail", "-c", &script])
            .within(&folder)
            .with("PATH", format!("{}:{}", binaries.display(), environment.path))
            .with("HOME", &folder)
            .at_most(Duration::from_mins(5));
        let _ = ledger.step(&name, &job);
        let _ = std::fs::remove_dir_all(&folder);
    }
}

fn prepare(folder: &Path) -> Result<(), String> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))
}

/// Pages that have something to run, by name.
fn pages(folder: &Path) -> Result<Vec<(String, String)>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    let mut pages = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let script = script(&text);
        if !script.is_empty() {
            pages.push((file.file_name().unwrap_or_default().to_string_lossy().into_owned(), script));
        }
    }
    Ok(pages)
}

/// The executed blocks of a page, one after the other.
fn script(page: &str) -> String {
    let mut script = String::new();
    let mut inside = false;
    for line in page.lines() {
        match (inside, line.trim_end()) {
            (false, FENCE) => inside = true,
            (true, "```") => inside = false,
            (true, line) => {
                script.push_str(line);
                script.push('\n');
            }
            (false, _) => {}
        }
    }
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_marked_blocks_run_and_in_order() {
        let page = "# A\n```sh run\none\n```\ntext\n```sh\nnever\n```\n```sh run\ntwo\n```\n";
        assert_eq!(script(page), "one\ntwo\n");
        assert_eq!(script("nothing"), "");
    }
}

//! The repository as a list of text files: what the rules read. Tests build one from literals.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Kinds of text that some rule reads.
const EXTENSIONS: [&str; 8] = ["rs", "toml", "json", "md", "mjs", "js", "ts", "html"];

/// Folders that hold nothing of ours. Every folder whose name begins with a dot is left out as well.
const FOREIGN: [&str; 4] = ["target", "node_modules", "doorward-data", "vendor"];

/// The workspace's folder, known since this tool was built inside it.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies inside the workspace").to_path_buf()
}

/// One text file.
pub(crate) struct File {
    /// Relative to the workspace, with `/` on every system.
    pub(crate) path: String,
    /// The whole content.
    pub(crate) text: String,
}

/// All files that some rule reads, ordered by path.
pub(crate) struct Tree {
    files: Vec<File>,
}

impl Tree {
    /// Reads the repository at `root`.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        walk(root, root, &mut files)?;
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    /// A tree made of literals.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let files =
            files.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }).collect();
        Self { files }
    }

    /// Every file.
    pub(crate) fn files(&self) -> impl Iterator<Item = &File> {
        self.files.iter()
    }

    /// The file at exactly this path.
    pub(crate) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Every Rust file of the crates and of this tool, tests included.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files().filter(|file| file.has_extension("rs"))
    }

    /// The Rust files below `crates/*/src`: the product.
    pub(crate) fn product(&self) -> impl Iterator<Item = &File> {
        self.rust().filter(|file| file.crate_name().is_some() && file.path.split('/').nth(2) == Some("src"))
    }
}

impl File {
    /// `doorward-core` for a path below `crates/doorward-core/`.
    pub(crate) fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// The last segment of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether the name ends with `.extension`.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        self.name().rsplit_once('.').is_some_and(|(_, last)| last == extension)
    }

    /// A file that holds nothing but tests.
    pub(crate) fn is_test(&self) -> bool {
        self.name() == "tests.rs" || self.path.contains("/tests/")
    }

    /// Lines with their numbers, from 1.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// Lines that are not comments alone, with their numbers.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.lines().filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Lines of code before the test module at the end of the file; none in a file of tests.
    pub(crate) fn shipped(&self) -> impl Iterator<Item = (usize, &str)> {
        let end = if self.is_test() { 0 } else { self.test_module_line() };
        self.code().take_while(move |(number, _)| *number < end)
    }

    /// The line of `#[cfg(test)]` in front of an inline module, or one past the end.
    fn test_module_line(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        lines
            .windows(2)
            .position(|pair| pair[0].trim() == "#[cfg(test)]" && pair[1].trim_start().starts_with("mod "))
            .filter(|index| lines[index + 1].trim_end().ends_with('{'))
            .map_or(lines.len() + 1, |index| index + 1)
    }
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<File>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type().with_context(|| format!("cannot inspect {}", entry.path().display()))?;
        if kind.is_dir() {
            if !name.starts_with('.') && !FOREIGN.contains(&name.as_str()) {
                walk(root, &entry.path(), files)?;
            }
        } else if kind.is_file() && EXTENSIONS.contains(&name.rsplit('.').next().unwrap_or_default()) {
            let path = entry.path();
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let relative = path.strip_prefix(root).expect("the walk stays below the root");
            files.push(File { path: relative.to_string_lossy().replace('\\', "/"), text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_code_ends_where_the_test_module_begins() {
        let text = "//! Doc.\nfn a() {}\n// note\n#[cfg(test)]\nfn only_for_tests() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\n";
        let tree = Tree::of(&[("crates/x/src/lib.rs", text), ("crates/x/src/tests.rs", "fn c() {}\n")]);
        let lines: Vec<usize> =
            tree.files().flat_map(|file| file.shipped().map(|(number, _)| number)).collect();
        assert_eq!(lines, [2, 4, 5]);
    }

    #[test]
    fn a_path_names_its_crate() {
        let tree = Tree::of(&[("crates/doorward-core/src/model/user.rs", ""), ("xtask/src/main.rs", "")]);
        let names: Vec<_> = tree.files().map(File::crate_name).collect();
        assert_eq!(names, [Some("doorward-core"), None]);
        assert_eq!(tree.product().count(), 1);
    }
}

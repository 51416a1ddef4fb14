//! What a module must say about itself, and what it may not be called.

use crate::tidy::Finding;
use crate::tree::{File, Tree};

/// Names that say nothing about what is inside.
const NAMELESS: [&str; 4] = ["utils", "helpers", "common", "types"];

/// Every module opens with `//!`: what this room owns, what it does not, who its neighbours are.
pub(super) fn opening_docs(tree: &Tree) -> Vec<Finding> {
    let is_module = |file: &&File| file.path.contains("/src/") && !file.is_test();
    tree.rust()
        .filter(is_module)
        .filter(|file| {
            let opening =
                file.text.lines().map(str::trim).find(|line| !(line.is_empty() || *line == "// tidy: table"));
            !opening.is_some_and(|line| line.starts_with("//!"))
        })
        .map(|file| {
            Finding::error(
                file,
                1,
                "opens without `//!`: say what the module owns and who its neighbours are",
            )
        })
        .collect()
}

/// Refuses modules named after nothing.
pub(super) fn forbidden_names(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter_map(|file| {
            let mut segments = file.path.trim_end_matches(".rs").split('/');
            let bad = segments.find(|segment| NAMELESS.contains(segment))?;
            let reason = format!("`{bad}` names no noun: put each item beside the thing that it serves");
            Some(Finding::error(file, 1, reason))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn a_module_opens_with_its_doc() {
        let tree = Tree::of(&[
            ("crates/a/src/lib.rs", "//! Owns a.\n"),
            ("crates/a/src/table.rs", "// tidy: table\n//! Rows.\n"),
            ("crates/a/src/bare.rs", "use std::fmt;\n//! Too late.\n"),
            ("crates/a/src/b/mod.rs", "/// Documents the next item, not the module.\n"),
            ("crates/a/src/b/tests.rs", "use super::*;\n"),
            ("crates/a/tests/http/main.rs", "mod x;\n"),
        ]);
        assert_eq!(places(&opening_docs(&tree)), ["crates/a/src/bare.rs:1", "crates/a/src/b/mod.rs:1"]);
    }

    #[test]
    fn a_module_has_a_noun() {
        let tree = Tree::of(&[
            ("crates/a/src/utils.rs", ""),
            ("crates/a/tests/common/mod.rs", ""),
            ("crates/a/src/token_types.rs", ""),
        ]);
        assert_eq!(
            places(&forbidden_names(&tree)),
            ["crates/a/src/utils.rs:1", "crates/a/tests/common/mod.rs:1"]
        );
    }
}

//! How long a file may be: beyond a chapter it is mentioned, beyond a wall it is refused.

use crate::tidy::Finding;
use crate::tree::Tree;

/// Lines beyond which a file probably holds two nouns.
const CHAPTER: usize = 400;
/// Lines beyond which a file is refused.
const WALL: usize = 800;
/// Among how many first lines the mark of a table is looked for.
const HEADER: usize = 15;

/// Refuses Rust files beyond the wall, unless they say in their first lines that they are a table.
pub(super) fn file_lengths(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter_map(|file| {
            let length = file.text.lines().count();
            let is_table = file.text.lines().take(HEADER).any(|line| line.trim() == "// tidy: table");
            if length <= CHAPTER || is_table {
                None
            } else if length > WALL {
                let reason = format!(
                    "{length} lines, at most {WALL}: split it by noun (a table says `// tidy: table`)"
                );
                Some(Finding::error(file, WALL + 1, reason))
            } else {
                Some(Finding::warning(file, CHAPTER + 1, format!("{length} lines: look for the second noun")))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::Severity;

    fn findings(lines: usize, header: &str) -> Vec<Severity> {
        let text = format!("{header}{}", "x\n".repeat(lines));
        file_lengths(&Tree::of(&[("crates/a/src/b.rs", &text)])).iter().map(|f| f.severity).collect()
    }

    #[test]
    fn a_chapter_passes_and_a_wall_is_refused() {
        assert_eq!(findings(400, ""), []);
        assert_eq!(findings(401, ""), [Severity::Warning]);
        assert_eq!(findings(800, ""), [Severity::Warning]);
        assert_eq!(findings(801, ""), [Severity::Error]);
    }

    #[test]
    fn a_table_may_be_long() {
        assert_eq!(findings(2000, "//! Rows.\n// tidy: table\n"), []);
        assert_eq!(findings(2000, "// a tidy: table of things\n"), [Severity::Error]);
    }
}

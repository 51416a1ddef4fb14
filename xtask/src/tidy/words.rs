//! Words that may not stand in certain places: dialect names in the core, and work left for later anywhere.

use crate::tidy::Finding;
use crate::tree::{File, Tree};

/// Names of dialects and of their clients. The core receives a dialect's rules and shapes as data.
const DIALECT_WORDS: [&str; 7] = ["entra", "aadsts", "aadb2c", "b2c", "firebase", "spring", "msal"];

/// Work left for later in Rust. Written in pieces, so that this table does not find itself.
const UNFINISHED_RUST: [&str; 6] = [
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("#[ig", "nore"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("HA", "CK"),
];

/// Tests that would be passed over in the Node suites.
const UNFINISHED_SCRIPT: [&str; 7] = [
    concat!(".sk", "ip("),
    concat!(".on", "ly("),
    concat!(".to", "do("),
    concat!("sk", "ip: "),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("HA", "CK"),
];

/// The core knows no dialect by name: tests and comments included, for a comment is how the leak begins.
pub(super) fn dialect_words_in_core(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.product().filter(|file| file.crate_name() == Some("doorward-core")) {
        for (line, text) in file.lines() {
            let lower = text.to_ascii_lowercase();
            if let Some(word) = DIALECT_WORDS.iter().find(|word| names(&lower, word)) {
                let reason =
                    format!("`{word}` in the core: make it a field of the profile or of the token shape");
                findings.push(Finding::error(file, line, reason));
            }
        }
    }
    findings
}

/// Whether `word` stands in the text as a name. A season with a year, as in a list of bad passwords, is none.
fn names(lower: &str, word: &str) -> bool {
    let is_year = |rest: &str| rest.len() >= 4 && rest.bytes().take(4).all(|b| b.is_ascii_digit());
    lower.match_indices(word).any(|(start, _)| !is_year(&lower[start + word.len()..]))
}

/// Refuses work left for later and tests that would not run.
pub(super) fn unfinished_work(tree: &Tree) -> Vec<Finding> {
    let is_suite = |file: &&File| file.path.starts_with("e2e/") || file.path.starts_with("examples/");
    let is_script = |file: &&File| ["mjs", "js", "ts"].iter().any(|extension| file.has_extension(extension));
    let rust = tree.rust().flat_map(|file| containing(file, &UNFINISHED_RUST));
    let scripts = tree.files().filter(is_suite).filter(is_script);
    rust.chain(scripts.flat_map(|file| containing(file, &UNFINISHED_SCRIPT))).collect()
}

fn containing(file: &File, words: &[&str]) -> Vec<Finding> {
    file.lines()
        .filter_map(|(line, text)| {
            let word = words.iter().find(|word| text.contains(*word))?;
            Some(Finding::error(
                file,
                line,
                format!("`{word}` has no place here: finish it, or leave it out"),
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::places;

    #[test]
    fn the_core_knows_no_dialect() {
        let text = "//! Room.\n/// As Firebase does.\nfn is_b2c() {}\nconst BAD: &str = \"spring2025\";\n";
        let tree =
            Tree::of(&[("crates/doorward-core/src/a.rs", text), ("crates/doorward-dialect/src/a.rs", text)]);
        let expected = ["crates/doorward-core/src/a.rs:2", "crates/doorward-core/src/a.rs:3"];
        assert_eq!(places(&dialect_words_in_core(&tree)), expected);
    }

    #[test]
    fn nothing_is_left_for_later() {
        let rust = format!("fn a() {{ {})\n#[{}]\nfn b() {{}}\n", UNFINISHED_RUST[0], "ignore = \"slow\"");
        let script = format!("test{}'signs in', () => {{}})\n", UNFINISHED_SCRIPT[0]);
        let tree = Tree::of(&[
            ("crates/a/src/a.rs", &rust),
            ("e2e/sign-in/a.test.mjs", &script),
            ("docs/notes.mjs", &script),
        ]);
        let expected = ["crates/a/src/a.rs:1", "crates/a/src/a.rs:2", "e2e/sign-in/a.test.mjs:1"];
        assert_eq!(places(&unfinished_work(&tree)), expected);
    }
}

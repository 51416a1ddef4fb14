//! The commands of the binary that texts may tell people to type.
//!
//! A table, because the binary's own parser is out of reach for a tool that must run before it compiles. The test
//! run compares it with the built binary: every row must answer `--help`.

/// Each command without its arguments, in the order of `doorward --help`.
pub(crate) const COMMANDS: &[&str] = &[
    "demo",
    "serve",
    "tenant list",
    "user list",
    "app list",
    "app permissions",
    "api list",
    "api import openapi",
    "grant list",
    "keys list",
    "keys rotate",
    "explain",
];

/// Whether a command that some text names is in the table: a row equals its first words.
pub(super) fn exists(words: &[&str]) -> bool {
    COMMANDS.iter().any(|row| {
        let row: Vec<&str> = row.split(' ').collect();
        words.starts_with(&row)
    })
}

/// The commands that `text` tells people to type: each `doorward …` between back-ticks, without arguments.
pub(super) fn named_in(text: &str) -> Vec<Vec<&str>> {
    let is_word = |word: &&str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    };
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|quoted| quoted.strip_prefix("doorward "))
        .map(|rest| rest.split(' ').take_while(is_word).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_where_its_arguments_begin() {
        let text = "Use `doorward api import openapi notes.yaml`, then `doorward app permissions {app}`; not `dws_x`.";
        assert_eq!(named_in(text), [vec!["api", "import", "openapi"], vec!["app", "permissions"]]);
        assert_eq!(named_in("plain doorward app list"), Vec::<Vec<&str>>::new());
    }

    #[test]
    fn a_row_covers_its_arguments_and_nothing_shorter() {
        assert!(exists(&["explain"]));
        assert!(exists(&["keys", "rotate", "now"]));
        assert!(!exists(&["keys"]));
        assert!(!exists(&["keys", "rot"]));
    }
}

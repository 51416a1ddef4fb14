//! The commands of the binary that texts may tell people to type.
//!
//! A table, because the binary's own parser is out of reach for a tool that must run before it compiles. The test
//! run compares it with the built binary: every row must answer `--help`.

/// Each command without its arguments, in the order of `doorward --help`.
pub(crate) const COMMANDS: &[&str] = &[
    "demo",
    "serve",
    "completions",
    "tenant create",
    "tenant list",
    "tenant show",
    "tenant update",
    "tenant rm",
    "user add",
    "user list",
    "user show",
    "user update",
    "user rm",
    "user disable",
    "user enable",
    "user unlock",
    "user factor list",
    "user factor reset",
    "user sign-out",
    "user grant list",
    "user grant rm",
    "user invite",
    "user password set",
    "user role add",
    "user role list",
    "user role rm",
    "user name add",
    "user name rm",
    "app add",
    "app list",
    "app show",
    "app update",
    "app rm",
    "app disable",
    "app enable",
    "app redirect add",
    "app redirect rm",
    "app logout add",
    "app logout rm",
    "app secret add",
    "app secret list",
    "app secret rm",
    "app require add",
    "app require rm",
    "app permissions",
    "api add",
    "api list",
    "api show",
    "api update",
    "api rm",
    "api scope add",
    "api scope rm",
    "api role add",
    "api role rm",
    "api import openapi",
    "grant add",
    "grant rm",
    "grant list",
    "grant app-role",
    "logs tail",
    "flow list",
    "flow show",
    "flow put",
    "flow rm",
    "keys list",
    "keys rotate",
    "keys emergency",
    "keys renew-certificate",
    "keys policy",
    "keys rotate-master",
    "mail show",
    "mail test",
    "mail list",
    "mail retry",
    "mail drop",
    "backup",
    "restore",
    "migrate status",
    "migrate plan",
    "migrate up",
    "audit list",
    "audit export",
    "login",
    "logout",
    "explain",
    "token explain",
];

/// First words by which a command is told from a sentence about Doorward: what is there and what is planned.
const NOUNS: [&str; 30] = [
    "admin",
    "api",
    "app",
    "apply",
    "audit",
    "backup",
    "demo",
    "doctor",
    "explain",
    "export",
    "flow",
    "gate",
    "grant",
    "import",
    "keys",
    "login",
    "logout",
    "logs",
    "migrate",
    "probe",
    "restore",
    "serve",
    "store",
    "tenant",
    "test",
    "token",
    "trigger",
    "trust",
    "user",
    "completions",
];

/// Whether a command that some text names is in the table: a row equals its first words.
pub(super) fn exists(words: &[&str]) -> bool {
    COMMANDS.iter().any(|row| {
        let row: Vec<&str> = row.split(' ').collect();
        words.starts_with(&row)
    })
}

/// The commands that `text` tells people to type: each `doorward` with a noun after it, or quoted in
/// back-ticks; arguments left out.
pub(super) fn named_in(text: &str) -> Vec<Vec<&str>> {
    let stands_alone =
        |start: usize| !text[..start].ends_with(|c: char| c.is_ascii_alphanumeric() || "-_/.@".contains(c));
    text.match_indices("doorward ")
        .filter(|(start, _)| stands_alone(*start))
        .map(|(start, name)| (text[..start].ends_with('`'), words(&text[start + name.len()..])))
        .filter(|(quoted, words)| words.first().is_some_and(|noun| *quoted || NOUNS.contains(noun)))
        .map(|(_, words)| words)
        .collect()
}

/// The words in front of the first argument, option or end of sentence.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for token in text.split(' ') {
        let length = token.bytes().take_while(|b| b.is_ascii_lowercase() || *b == b'-').count();
        let (word, rest) = token.split_at(length);
        // `list,` ends a phrase; `{app}`, `--kind`, `notes.yaml` and `API` are arguments.
        let is_argument =
            word.is_empty() || word.starts_with('-') || rest.contains(|c: char| c.is_ascii_alphanumeric());
        if is_argument {
            break;
        }
        words.push(word);
        if !rest.is_empty() {
            break;
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_where_its_arguments_begin() {
        let text = "Use `doorward api import openapi notes.yaml`, then `doorward app permissions {app}`; not `dws_x`.";
        assert_eq!(named_in(text), [vec!["api", "import", "openapi"], vec!["app", "permissions"]]);
        let text =
            "copy it from doorward app list, or: doorward grant add APP API:x --all. See doorward explain.";
        assert_eq!(named_in(text), [vec!["app", "list"], vec!["grant", "add"], vec!["explain"]]);
    }

    #[test]
    fn a_sentence_about_the_product_is_no_command() {
        for text in [
            "the doorward middleware",
            "doorward-core app list",
            "for doorward set `proxy.trusted`",
            "doorward",
        ] {
            assert_eq!(named_in(text), Vec::<Vec<&str>>::new(), "{text}");
        }
    }

    #[test]
    fn a_row_covers_its_arguments_and_nothing_shorter() {
        assert!(exists(&["explain"]));
        assert!(exists(&["keys", "rotate", "now"]));
        assert!(!exists(&["keys"]));
        assert!(!exists(&["keys", "rot"]));
    }
}

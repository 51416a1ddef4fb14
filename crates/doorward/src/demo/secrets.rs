//! The demo's secrets: made once per data directory, kept in `demo-secrets.json`, the same at every later start.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use doorward_crypto::random;
use serde::{Deserialize, Serialize};

use crate::config::ConfigFault;
use crate::wiring;

/// The file in the data directory.
pub(super) const SECRETS_FILE: &str = "demo-secrets.json";

/// What the file holds.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    note: String,
    /// Passwords by the word that the cast calls a person by; one person with two accounts has one password.
    people: BTreeMap<String, String>,
    /// Client secrets by the name of the application.
    apps: BTreeMap<String, String>,
    /// Where the web app was at the last start, to move its redirect URIs when its port changes.
    #[serde(default)]
    web_app: Option<String>,
}

/// The file, open.
pub(super) struct Secrets {
    file: PathBuf,
    kept: Kept,
    fresh_people: Vec<String>,
}

impl Secrets {
    /// Reads the file in a data directory, or begins a new one. Nothing is written before [`Secrets::save`].
    pub(super) fn open(data: &Path) -> anyhow::Result<Self> {
        let file = data.join(SECRETS_FILE);
        let kept = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|fault| {
                let remedy = "Remove the file: the next start makes new passwords and client secrets";
                ConfigFault::new("data", file.display(), fault.to_string(), remedy)
            })?,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {
                Kept { note: NOTE.to_owned(), ..Kept::default() }
            }
            Err(fault) => {
                let remedy = "Give this user the right to read it, or name another directory with --data";
                return Err(ConfigFault::new("data", file.display(), fault.to_string(), remedy).into());
            }
        };
        Ok(Self { file, kept, fresh_people: Vec::new() })
    }

    /// Writes the file, readable by its owner alone.
    pub(super) fn save(&self) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec_pretty(&self.kept).context("writing the demo's secrets")?;
        text.push(b'\n');
        // Renamed into place: a start that is interrupted leaves the old secrets or the new ones, never half a file.
        let beside = self.file.with_extension("json.new");
        wiring::write_private(&beside, &text).and_then(|()| std::fs::rename(&beside, &self.file)).map_err(
            |fault| {
                let remedy = "Name a directory that this user can write with --data";
                ConfigFault::new("data", self.file.display(), fault.to_string(), remedy).into()
            },
        )
    }

    /// The password of a person, made when it is asked for the first time.
    pub(super) fn password(&mut self, person: &str) -> String {
        if let Some(known) = self.kept.people.get(person) {
            return known.clone();
        }
        let password = passphrase(&mut random::<64>().into_iter());
        self.kept.people.insert(person.to_owned(), password.clone());
        self.fresh_people.push(person.to_owned());
        password
    }

    /// Whether the password was made by this process, so that an account that is there already has another one.
    pub(super) fn is_fresh(&self, person: &str) -> bool {
        self.fresh_people.iter().any(|fresh| fresh == person)
    }

    /// The client secret of an application, as far as it is known.
    pub(super) fn client_secret(&self, app: &str) -> Option<&str> {
        self.kept.apps.get(app).map(String::as_str)
    }

    /// Keeps a client secret, at once.
    pub(super) fn keep_client_secret(&mut self, app: &str, secret: &str) -> anyhow::Result<()> {
        self.kept.apps.insert(app.to_owned(), secret.to_owned());
        self.save()
    }

    /// Where the web app was at the last start.
    pub(super) fn web_app(&self) -> Option<&str> {
        self.kept.web_app.as_deref()
    }

    /// Keeps where the web app is now.
    pub(super) fn keep_web_app(&mut self, origin: &str) -> anyhow::Result<()> {
        if self.web_app() == Some(origin) {
            return Ok(());
        }
        self.kept.web_app = Some(origin.to_owned());
        self.save()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("file", &self.file).field("kept", &"***").finish_non_exhaustive()
    }
}

/// Two words and a number, easy to read out and to type: `plum-otter-41`. For people of a demo on one machine only.
fn passphrase(random: &mut impl Iterator<Item = u8>) -> String {
    let mut byte = || random.next().expect("64 bytes outlast a few rejected ones");
    let first = FIRST[usize::from(byte()) % FIRST.len()];
    let second = SECOND[usize::from(byte()) % SECOND.len()];
    // 180 is the largest multiple of 90 in a byte: what lies above would favour small numbers.
    let number = loop {
        let byte = byte();
        if byte < 180 {
            break 10 + byte % 90;
        }
    };
    format!("{first}-{second}-{number}")
}

const NOTE: &str =
    "Passwords and client secrets of this demo. They open nothing else; remove the file to get new ones.";

/// 64 words: every byte chooses evenly.
const FIRST: [&str; 64] = [
    "amber", "apple", "apricot", "ash", "azure", "basil", "beige", "birch", "blue", "brass", "bronze",
    "cedar", "cherry", "clay", "clover", "cobalt", "copper", "coral", "cream", "crimson", "denim", "ebony",
    "fern", "flax", "forest", "ginger", "gold", "grape", "green", "hazel", "honey", "indigo", "iron",
    "ivory", "jade", "juniper", "lemon", "lilac", "lime", "linen", "maple", "mint", "moss", "mustard",
    "navy", "ochre", "olive", "opal", "orange", "peach", "pearl", "pine", "plum", "quartz", "reed", "rose",
    "ruby", "rust", "sage", "sand", "silver", "slate", "teal", "umber",
];
const SECOND: [&str; 64] = [
    "badger", "beaver", "bison", "bobcat", "camel", "comet", "condor", "cougar", "crane", "curlew", "deer",
    "dingo", "dolphin", "donkey", "eagle", "egret", "falcon", "ferret", "finch", "fox", "gecko", "gibbon",
    "goose", "hare", "hawk", "heron", "ibis", "iguana", "jackal", "jaguar", "kestrel", "kettle", "kite",
    "koala", "lark", "lemur", "linnet", "lynx", "magpie", "marten", "mole", "moose", "newt", "ocelot",
    "oriole", "osprey", "otter", "owl", "panda", "pelican", "pika", "plover", "puffin", "quail", "raven",
    "robin", "salmon", "seal", "stork", "swift", "tapir", "toucan", "walrus", "wren",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_are_the_same_at_the_second_start_and_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mut first = Secrets::open(folder.path()).unwrap();
        let password = first.password("ada");
        assert!(first.is_fresh("ada"));
        first.keep_client_secret("web-shop", "dws_x").unwrap();
        let mut second = Secrets::open(folder.path()).unwrap();
        assert_eq!(second.password("ada"), password);
        assert!(!second.is_fresh("ada"));
        assert_eq!(second.client_secret("web-shop"), Some("dws_x"));
        let mode = std::fs::metadata(folder.path().join(SECRETS_FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!format!("{second:?}").contains(&password));
    }

    #[test]
    fn a_spoilt_file_is_named_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(SECRETS_FILE), "{").unwrap();
        let refusal = Secrets::open(folder.path()).unwrap_err().to_string();
        assert!(refusal.contains(SECRETS_FILE) && refusal.contains("Remove the file"), "{refusal}");
    }

    proptest! {
        #[test]
        fn a_password_is_two_words_and_two_digits(bytes in prop::array::uniform32(0u8..180)) {
            let text = passphrase(&mut bytes.into_iter());
            let parts: Vec<&str> = text.split('-').collect();
            prop_assert_eq!(parts.len(), 3);
            prop_assert!(FIRST.contains(&parts[0]) && SECOND.contains(&parts[1]), "{}", text);
            prop_assert!(parts[2].len() == 2 && parts[2].parse::<u8>().is_ok_and(|n| n >= 10), "{}", text);
        }
    }
}

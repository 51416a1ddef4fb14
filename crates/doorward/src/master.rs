//! The master key: where it comes from, how it is read, and what is refused.
//!
//! Owns the four sources (a file, an environment variable, a command, and the file that a demo makes for itself) and their
//! refusals: a file that others may read, a text that is no key of 32 bytes, and, in production, the key of a demo. Does
//! not own what is sealed under it (`doorward-server`).

use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use doorward_crypto::MasterKey;
use zeroize::Zeroizing;

use crate::config::ConfigFault;
use crate::wiring::{Profile, write_private};

/// The development profile's master key in a data directory.
pub(crate) const DEVELOPMENT_KEY_FILE: &str = "master.key";
/// What a demo's own key begins with: it lies beside the data and protects nothing.
const DEVELOPMENT_MARK: &str = "doorward-development-key:";
/// How long a command may take to print the key.
const COMMAND_TIME: Duration = Duration::from_secs(30);
/// A key has 44 characters; whatever prints more prints something else.
const MOST_BYTES: u64 = 4096;
const MAKE_ONE: &str = "Make one: head -c 32 /dev/urandom | base64 > FILE && chmod 600 FILE";

/// Where the master key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MasterKeySource {
    /// What a command prints: program and arguments, no shell.
    Command(Vec<String>),
    /// An environment variable.
    Environment(String),
    /// A file that must be there.
    File(PathBuf),
    /// A file in the data directory, made on first use: the development profile.
    MadeInData,
}

impl MasterKeySource {
    /// Reads `file:PATH`, `env:NAME` or `command:PROGRAM ARGUMENT …`, as it is typed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        let rest = rest.trim();
        if rest.is_empty() {
            return None;
        }
        match kind {
            "file" => Some(Self::File(rest.into())),
            "env" => Some(Self::Environment(rest.to_owned())),
            "command" => Some(Self::Command(rest.split_whitespace().map(str::to_owned).collect())),
            _ => None,
        }
    }

    /// The lines of the configuration file that name this source.
    pub(crate) fn setting(&self) -> String {
        // A JSON text is a TOML text as well.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let line = match self {
            Self::Command(words) => {
                let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
                format!("command = [{}]", words.join(", "))
            }
            Self::Environment(name) => format!("environment = {}", quoted(name)),
            Self::File(path) => format!("file = {}", quoted(&path.to_string_lossy())),
            Self::MadeInData => return String::new(),
        };
        format!("[master_key]\n{line}")
    }

    /// The key for a profile. A demo's own is made where it is missing.
    pub(crate) fn open(&self, data: &Path, profile: Profile) -> Result<MasterKey, ConfigFault> {
        if let Self::MadeInData = self {
            let path = data.join(DEVELOPMENT_KEY_FILE);
            if !path.exists() {
                return make(&path);
            }
        }
        let text = self.text(data)?;
        if profile == Profile::Production && text.trim_start().starts_with(DEVELOPMENT_MARK) {
            return Err(self.refuse(
                "this is the key of a demo: it lies beside the data that it should protect",
                MAKE_ONE,
            ));
        }
        self.parsed(&text)
    }

    /// The key that is there, of whatever profile.
    pub(crate) fn read(&self, data: &Path) -> Result<MasterKey, ConfigFault> {
        self.parsed(&self.text(data)?)
    }

    fn parsed(&self, text: &str) -> Result<MasterKey, ConfigFault> {
        let text = text.trim();
        let key = text.strip_prefix(DEVELOPMENT_MARK).unwrap_or(text);
        MasterKey::from_base64(key).map_err(|why| self.refuse(why.to_string(), MAKE_ONE))
    }

    fn text(&self, data: &Path) -> Result<Zeroizing<String>, ConfigFault> {
        match self {
            Self::File(path) => self.of_file(path),
            Self::MadeInData => self.of_file(&data.join(DEVELOPMENT_KEY_FILE)),
            Self::Environment(name) => self.of_environment(name),
            Self::Command(words) => self.of_command(words),
        }
    }

    fn of_file(&self, path: &Path) -> Result<Zeroizing<String>, ConfigFault> {
        let metadata = std::fs::metadata(path).map_err(|fault| self.refuse(fault.to_string(), MAKE_ONE))?;
        let rights = metadata.permissions().mode();
        if rights & 0o077 != 0 {
            return Err(self.refuse(
                format!("others may read it (mode {:o})", rights & 0o777),
                "Take their rights away: chmod 600 FILE",
            ));
        }
        if metadata.len() > MOST_BYTES {
            return Err(self.refuse(format!("it is longer than {MOST_BYTES} bytes"), MAKE_ONE));
        }
        let text = std::fs::read_to_string(path).map_err(|fault| self.refuse(fault.to_string(), MAKE_ONE))?;
        Ok(Zeroizing::new(text))
    }

    #[expect(clippy::disallowed_methods, reason = "the binary reads its configuration here, once")]
    fn of_environment(&self, name: &str) -> Result<Zeroizing<String>, ConfigFault> {
        let remedy = "Set it in the environment of the server to 32 random bytes in base64";
        std::env::var(name).map(Zeroizing::new).map_err(|fault| self.refuse(fault.to_string(), remedy))
    }

    fn of_command(&self, words: &[String]) -> Result<Zeroizing<String>, ConfigFault> {
        let remedy =
            "Name a program, by its full path, that prints 32 random bytes in base64 and ends with status 0";
        let refuse = |why: String| self.refuse(why, remedy);
        let Some((program, arguments)) = words.split_first() else {
            return Err(refuse("it names no program".to_owned()));
        };
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|fault| refuse(fault.to_string()))?;
        let stdout = child.stdout.take().expect("standard output was piped");
        let (told, heard) = std::sync::mpsc::channel();
        // A program that never ends must not keep the server from saying so.
        std::thread::spawn(move || {
            let mut text = Zeroizing::new(String::new());
            let read = stdout.take(MOST_BYTES + 1).read_to_string(&mut text);
            let _ = told.send(read.map(|_| text));
        });
        let Ok(read) = heard.recv_timeout(COMMAND_TIME) else {
            let _ = child.kill().and_then(|()| child.wait());
            return Err(refuse(format!("it printed nothing for {} s", COMMAND_TIME.as_secs())));
        };
        let text = read.map_err(|fault| refuse(fault.to_string()))?;
        if text.len() as u64 > MOST_BYTES {
            let _ = child.kill().and_then(|()| child.wait());
            return Err(refuse(format!("it printed more than {MOST_BYTES} bytes")));
        }
        let status = child.wait().map_err(|fault| refuse(fault.to_string()))?;
        if status.success() { Ok(text) } else { Err(refuse(format!("it failed: {status}"))) }
    }

    /// Names the setting and the source, never the key.
    fn refuse(&self, fault: impl Into<String>, remedy: &str) -> ConfigFault {
        match self {
            Self::Command(words) => ConfigFault::new("master_key.command", words.join(" "), fault, remedy),
            Self::Environment(name) => ConfigFault::new("master_key.environment", name, fault, remedy),
            Self::File(path) => ConfigFault::new("master_key.file", path.display(), fault, remedy),
            Self::MadeInData => ConfigFault::new("data", DEVELOPMENT_KEY_FILE, fault, remedy),
        }
    }
}

fn make(path: &Path) -> Result<MasterKey, ConfigFault> {
    let key = MasterKey::generate();
    let text = Zeroizing::new(format!("{DEVELOPMENT_MARK}{}\n", key.to_base64().as_str()));
    write_private(path, text.as_bytes()).map_err(|fault| {
        ConfigFault::new(
            "data",
            path.display(),
            fault.to_string(),
            "Name a directory that this user can write with --data",
        )
    })?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

    struct Place(tempfile::TempDir);

    impl Place {
        fn file(&self, text: &str, mode: u32) -> MasterKeySource {
            let path = self.0.path().join("key");
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            MasterKeySource::File(path)
        }

        fn refused(&self, source: &MasterKeySource) -> ConfigFault {
            source.open(self.0.path(), Profile::Production).unwrap_err()
        }

        fn read(&self, source: &MasterKeySource) -> String {
            source.open(self.0.path(), Profile::Production).unwrap().to_base64().to_string()
        }
    }

    fn place() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn command(words: &[&str]) -> MasterKeySource {
        MasterKeySource::Command(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn a_file_is_read_if_nobody_else_can() {
        let place = place();
        assert_eq!(place.read(&place.file(&format!(" {KEY}\n"), 0o600)), KEY);
        for mode in [0o640, 0o604, 0o660, 0o777] {
            assert!(place.refused(&place.file(KEY, mode)).remedy.contains("chmod 600"), "{mode:o}");
        }
        for text in
            ["", "AAAA", "?", &KEY[1..], "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", &"x".repeat(5000)]
        {
            let fault = place.refused(&place.file(text, 0o600));
            assert_eq!(fault.setting, "master_key.file");
            assert!(text.is_empty() || !fault.to_string().contains(text), "no key in a message");
        }
        assert_eq!(place.refused(&MasterKeySource::File("/nowhere/key".into())).setting, "master_key.file");
    }

    #[test]
    fn a_demos_key_is_for_demos() {
        let place = place();
        let made = MasterKeySource::MadeInData;
        let first = made.open(place.0.path(), Profile::Development).unwrap().to_base64();
        assert_eq!(made.open(place.0.path(), Profile::Development).unwrap().to_base64(), first);
        let as_file = MasterKeySource::File(place.0.path().join(DEVELOPMENT_KEY_FILE));
        assert!(place.refused(&as_file).fault.contains("key of a demo"));
        assert_eq!(as_file.read(place.0.path()).unwrap().to_base64(), first, "a copy of a demo can be read");
    }

    #[test]
    fn a_command_prints_the_key_and_ends_well() {
        let place = place();
        assert_eq!(place.read(&command(&["/bin/echo", KEY])), KEY);
        for (words, why) in [
            (&["/bin/false"][..], "failed"),
            (&["/bin/sh", "-c", &format!("echo {KEY}; exit 3")][..], "failed"),
            (&["/bin/echo", "no-key!"], "base64"),
            (&["/nowhere/program"], "No such file"),
            (&["/usr/bin/head", "-c", "9000", "/dev/zero"], "more than"),
            (&[], "no program"),
        ] {
            let fault = place.refused(&command(words));
            assert_eq!(fault.setting, "master_key.command");
            assert!(fault.fault.contains(why), "{words:?}: {}", fault.fault);
        }
    }

    #[test]
    fn an_environment_variable_must_be_there() {
        let place = place();
        let fault = place.refused(&MasterKeySource::Environment("DOORWARD_NO_SUCH_KEY".to_owned()));
        assert_eq!(
            (fault.setting.as_str(), fault.value.as_str()),
            ("master_key.environment", "DOORWARD_NO_SUCH_KEY")
        );
    }

    #[test]
    fn a_source_is_typed_in_one_word() {
        assert_eq!(MasterKeySource::parse("file:/a b"), Some(MasterKeySource::File("/a b".into())));
        assert_eq!(MasterKeySource::parse("env:K"), Some(MasterKeySource::Environment("K".to_owned())));
        assert_eq!(MasterKeySource::parse("command:/bin/get key"), Some(command(&["/bin/get", "key"])));
        for text in ["", "file:", "/a", "key:abc", "env: "] {
            assert_eq!(MasterKeySource::parse(text), None, "{text}");
        }
        assert_eq!(
            command(&["/bin/get", "k\"ey"]).setting(),
            "[master_key]\ncommand = [\"/bin/get\", \"k\\\"ey\"]"
        );
    }
}

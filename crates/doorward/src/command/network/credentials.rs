//! Where sign-ins are kept: one file of this user, `credentials.json`, that nobody else can read.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Tokens;
use crate::command::ending::Ending;

/// One sign-in. `Debug` shows no token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// The tenant whose authority issued the tokens.
    pub(crate) tenant: String,
    /// Where tokens are renewed.
    pub(crate) token_endpoint: String,
    /// Where they are given back.
    pub(crate) revocation_endpoint: Option<String>,
    /// Opens the administration.
    pub(crate) access_token: String,
    /// When that ends, seconds of the Unix epoch.
    pub(crate) ends_at: i64,
    /// Renews it; another one comes with every renewal.
    pub(crate) refresh_token: Option<String>,
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({}, ***)", self.tenant)
    }
}

impl Kept {
    /// Takes over what the token endpoint answered.
    pub(crate) fn take(&mut self, tokens: Tokens, now: i64) {
        self.access_token = tokens.access_token;
        self.ends_at = now.saturating_add(tokens.expires_in);
        if tokens.refresh_token.is_some() {
            self.refresh_token = tokens.refresh_token;
        }
    }
}

/// The file.
pub(crate) struct Credentials {
    file: PathBuf,
}

impl Credentials {
    /// That of this user: below `XDG_CONFIG_HOME`, or `~/.config`.
    pub(crate) fn of_this_user() -> Result<Self, Ending> {
        let configured =
            std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = configured.or_else(|| std::env::home_dir().map(|home| home.join(".config")));
        let folder = folder.ok_or_else(|| {
            Ending::usage("there is no home directory to keep a sign-in in", "Set HOME or XDG_CONFIG_HOME")
        })?;
        Ok(Self { file: folder.join("doorward").join("credentials.json") })
    }

    /// The sign-in at a server.
    pub(crate) fn find(&self, server: &str) -> Result<Option<Kept>, Ending> {
        Ok(self.all()?.remove(server))
    }

    /// Keeps a sign-in in place of the one before.
    pub(crate) fn put(&self, server: &str, kept: &Kept) -> Result<(), Ending> {
        let mut all = self.all()?;
        all.insert(server.to_owned(), kept.clone());
        self.write(&all)
    }

    /// Forgets a sign-in.
    pub(crate) fn forget(&self, server: &str) -> Result<Option<Kept>, Ending> {
        let mut all = self.all()?;
        let gone = all.remove(server);
        if gone.is_some() {
            self.write(&all)?;
        }
        Ok(gone)
    }

    fn all(&self) -> Result<BTreeMap<String, Kept>, Ending> {
        let text = match std::fs::read(&self.file) {
            Ok(text) => text,
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(fault) => return Err(Ending::unreadable(&self.file, &fault)),
        };
        let rights = std::fs::metadata(&self.file).map(|meta| meta.permissions().mode());
        if rights.is_ok_and(|rights| rights & 0o077 != 0) {
            return Err(Ending::usage(
                format!("others may read {}", self.file.display()),
                format!("Take their rights away: chmod 600 {}", self.file.display()),
            ));
        }
        serde_json::from_slice(&text).map_err(|_| {
            Ending::usage(
                format!("{} is not what this program wrote", self.file.display()),
                "Remove it and sign in again",
            )
        })
    }

    /// Beside the old file first, so that a full disk leaves the old one.
    fn write(&self, all: &BTreeMap<String, Kept>) -> Result<(), Ending> {
        let refuse = |fault: std::io::Error| {
            Ending::usage(
                format!("{} cannot be written: {fault}", self.file.display()),
                "Make the directory writable, or name another one with XDG_CONFIG_HOME",
            )
        };
        let text = serde_json::to_vec_pretty(all).expect("sign-ins are texts and numbers");
        let folder = self.file.parent().unwrap_or(Path::new("."));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(refuse)?;
        let beside = self.file.with_extension(format!("{}.new", std::process::id()));
        let written = (|| {
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&beside)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&beside, &self.file)
        })();
        if written.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        written.map_err(refuse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept() -> Kept {
        Kept {
            tenant: "meadow".to_owned(),
            token_endpoint: "https://id.test/meadow/oauth2/token".to_owned(),
            revocation_endpoint: None,
            access_token: "a.b.c".to_owned(),
            ends_at: 5,
            refresh_token: Some("r".to_owned()),
        }
    }

    #[test]
    fn a_sign_in_is_kept_for_its_owner_alone_and_forgotten_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let credentials = Credentials { file: folder.path().join("doorward").join("credentials.json") };
        assert_eq!(credentials.find("https://id.test").unwrap(), None);
        credentials.put("https://id.test", &kept()).unwrap();
        assert_eq!(credentials.find("https://id.test").unwrap(), Some(kept()));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&credentials.file), mode(credentials.file.parent().unwrap())), (0o600, 0o700));
        assert_eq!(std::fs::read_dir(credentials.file.parent().unwrap()).unwrap().count(), 1);
        assert!(credentials.forget("https://id.test").unwrap().is_some());
        assert!(credentials.forget("https://id.test").unwrap().is_none());
        assert!(!format!("{:?}", kept()).contains("a.b.c"));
    }

    #[test]
    fn a_file_that_others_may_read_or_that_is_broken_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let credentials = Credentials { file: folder.path().join("credentials.json") };
        std::fs::write(&credentials.file, "{").unwrap();
        std::fs::set_permissions(&credentials.file, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(credentials.find("x"), Err(Ending::Usage { .. })));
        std::fs::write(&credentials.file, "{}").unwrap();
        std::fs::set_permissions(&credentials.file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(credentials.find("x"), Err(Ending::Usage { .. })));
    }

    #[test]
    fn a_renewal_without_a_new_refresh_token_keeps_the_old_one() {
        let mut sign_in = kept();
        sign_in.take(Tokens { access_token: "n".to_owned(), refresh_token: None, expires_in: 600 }, 100);
        assert_eq!((sign_in.ends_at, sign_in.refresh_token.as_deref()), (700, Some("r")));
    }
}

//! The data directory: what a demo leaves in it, and how it is emptied again.

use std::ffi::OsStr;
use std::path::Path;

use crate::config::ConfigFault;
use crate::demo::{secrets, tls};
use crate::wiring::{self, Profile};

/// What begins like this belongs to the store: the file, its log and index, its lock.
const STORE_FILES: &str = "doorward.db";
/// The rest of what a demo leaves.
const OTHER_FILES: [&str; 4] =
    ["master.key", wiring::SOCKET_FILE, secrets::SECRETS_FILE, "demo-secrets.json.new"];

/// Whether a store is there.
pub(super) fn has_store(data: &Path) -> bool {
    data.join(STORE_FILES).exists()
}

/// Refuses a directory that holds other things and no store: a demo has a directory of its own.
pub(super) fn check_is_own(data: &Path) -> Result<(), ConfigFault> {
    if has_store(data) {
        return Ok(());
    }
    // A directory that is not there will be made; one that cannot be read is refused when it is used.
    let Ok(entries) = std::fs::read_dir(data) else { return Ok(()) };
    let stranger = entries.flatten().map(|entry| entry.file_name()).find(|name| !is_ours(name));
    stranger.map_or(Ok(()), |name| {
        let fault = format!("it holds other things ({}) and no store", name.to_string_lossy());
        Err(ConfigFault::new("data", data.display(), fault, "Name a new or empty directory with --data"))
    })
}

fn is_ours(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        name.starts_with(STORE_FILES) || OTHER_FILES.contains(&name) || tls::FILES.contains(&name)
    })
}

/// Removes what a demo left: only from a directory whose store was born in the development profile and that no running
/// process holds, and only files that a demo makes. One without a store is left as it is, or refused where it holds other things.
pub(super) async fn reset(data: &Path) -> anyhow::Result<()> {
    if !has_store(data) {
        return check_is_own(data).map_err(Into::into);
    }
    if wiring::profile_of(data).await? != Some(Profile::Development) {
        let remedy = "Name the directory of a demo with --data; this one is left as it is";
        return Err(
            ConfigFault::new("--reset", data.display(), "its store was not made by a demo", remedy).into()
        );
    }
    let refuse = |fault: std::io::Error| {
        let remedy = "Remove it by hand, or name another directory with --data";
        ConfigFault::new("--reset", data.display(), fault.to_string(), remedy)
    };
    for entry in std::fs::read_dir(data).map_err(refuse)? {
        let entry = entry.map_err(refuse)?;
        if is_ours(&entry.file_name()) {
            std::fs::remove_file(entry.path()).map_err(refuse)?;
        }
    }
    Ok(())
}

/// A data directory for the time of one trial, with everything that a demo puts there.
pub(super) struct Passing(std::path::PathBuf);

impl Passing {
    /// A new directory of this user alone, below the system's folder for such things.
    pub(super) fn make() -> Result<Self, ConfigFault> {
        let name = format!("doorward-trial-{}", doorward_crypto::random_token(12));
        let path = std::env::temp_dir().join(name);
        crate::wiring::make_private_directory(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use doorward_store::Store as _;
    use doorward_store_sqlite::{SqliteOptions, SqliteStore};

    use super::*;

    async fn stamped(data: &Path, profile: &str) {
        let store = SqliteStore::open(data.join(STORE_FILES), SqliteOptions::default()).unwrap();
        store.put_record_once("profile", profile.as_bytes().to_vec()).await.unwrap();
    }

    #[tokio::test]
    async fn a_reset_removes_what_a_demo_made_and_nothing_else() {
        let data = tempfile::tempdir().unwrap();
        stamped(data.path(), "development").await;
        for name in ["master.key", "demo-secrets.json", "ca.pem", "thesis.txt"] {
            std::fs::write(data.path().join(name), "x").unwrap();
        }
        reset(data.path()).await.unwrap();
        let left: Vec<_> = std::fs::read_dir(data.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["thesis.txt"]);
        let refusal = reset(data.path()).await.unwrap_err().to_string();
        assert!(refusal.contains("thesis.txt"), "the directory is no demo's any more: {refusal}");
    }

    #[test]
    fn a_directory_of_other_things_is_refused() {
        let data = tempfile::tempdir().unwrap();
        assert!(check_is_own(data.path()).is_ok() && check_is_own(&data.path().join("new")).is_ok());
        std::fs::write(data.path().join("doorward.db.lock"), "1").unwrap();
        assert!(check_is_own(data.path()).is_ok(), "a start that was killed early is gone on with");
        std::fs::write(data.path().join("thesis.txt"), "x").unwrap();
        let refusal = check_is_own(data.path()).unwrap_err().to_string();
        assert!(refusal.contains("thesis.txt") && refusal.contains("--data"), "{refusal}");
    }

    #[tokio::test]
    async fn a_store_of_another_profile_survives_a_reset() {
        let data = tempfile::tempdir().unwrap();
        stamped(data.path(), "production").await;
        let refusal = reset(data.path()).await.unwrap_err().to_string();
        assert!(refusal.contains("not made by a demo"), "{refusal}");
        assert!(has_store(data.path()));
    }
}

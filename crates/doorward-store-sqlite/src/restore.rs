//! Putting a backup in place of a store: checked first, tried out beside it, then moved in.
//!
//! A restore is staged: the copy lies beside the data file under another name, and can be opened there (which also
//! migrates it). Only [`Staged::finish`] touches the store, and what was there before is kept under another name.

use std::fs;
use std::path::{Path, PathBuf};

use doorward_store::{Backup, StoreFault, Watch};

use crate::backup::{check, sync_folder};
use crate::lock::{DataLock, open_private};

/// A backup that was checked and lies beside the data file. Dropping it leaves everything as it was.
#[derive(Debug)]
pub struct Staged {
    backup: Backup,
    copy: PathBuf,
    target: PathBuf,
    _lock: DataLock,
}

impl Staged {
    /// Checks `file` and copies it beside the data file `target`, whose folder must be there.
    ///
    /// # Errors
    /// [`StoreFault::InUse`] while a server runs on the data file; [`StoreFault::Damaged`] and
    /// [`StoreFault::NotOurs`] when the file is no whole backup.
    pub fn new(file: &Path, target: &Path, watch: &Watch) -> Result<Self, StoreFault> {
        let backup = check(file, watch)?;
        let lock = DataLock::take(target)?;
        let staged = beside(target, ".restoring");
        let this = Self { backup, copy: staged, target: target.to_owned(), _lock: lock };
        this.remove_staged();
        let refuse =
            |error: std::io::Error| StoreFault::File { path: this.copy.clone(), reason: error.to_string() };
        let mut to = open_private(&this.copy).map_err(refuse)?;
        let mut from = fs::File::open(file).map_err(refuse)?;
        std::io::copy(&mut from, &mut to).and_then(|_| to.sync_all()).map_err(refuse)?;
        drop(to);
        // The copy is what will be used: it must be as good as what it was copied from.
        if check(&this.copy, &Watch::nobody())? != this.backup {
            return Err(StoreFault::Damaged {
                path: Some(this.copy.clone()),
                reason: "the copy differs from the backup".to_owned(),
            });
        }
        Ok(this)
    }

    /// What the backup holds.
    pub fn backup(&self) -> &Backup {
        &self.backup
    }

    /// The copy, which may be opened as a store and must be closed before [`Staged::finish`].
    pub fn path(&self) -> &Path {
        &self.copy
    }

    /// Moves the copy to its place. A store that was there is kept; its new name is returned.
    pub fn finish(self) -> Result<Option<PathBuf>, StoreFault> {
        let refuse =
            |error: std::io::Error| StoreFault::File { path: self.target.clone(), reason: error.to_string() };
        let log = beside(&self.copy, "-wal");
        if log.exists() {
            return Err(StoreFault::unavailable("the restored copy was not closed"));
        }
        let old = self.put_aside().map_err(refuse)?;
        fs::rename(&self.copy, &self.target).and_then(|()| sync_folder(&self.target)).map_err(refuse)?;
        Ok(old)
    }

    /// The old data file and its log get new names that still fit together.
    fn put_aside(&self) -> std::io::Result<Option<PathBuf>> {
        if !self.target.exists() {
            // A log without its database must not be applied to another one.
            remove(&beside(&self.target, "-wal"))?;
            remove(&beside(&self.target, "-shm"))?;
            return Ok(None);
        }
        let free = (1_u32..).map(|number| beside(&self.target, &format!(".replaced{number}")));
        let old = free.into_iter().find(|path| !path.exists()).expect("numbers do not end");
        let log = beside(&self.target, "-wal");
        // The index of the log goes with the old names; SQLite makes it anew.
        remove(&beside(&self.target, "-shm"))?;
        fs::rename(&self.target, &old)?;
        if log.exists() {
            fs::rename(&log, beside(&old, "-wal"))?;
        }
        Ok(Some(old))
    }

    fn remove_staged(&self) {
        for name in ["", "-wal", "-shm", "-journal", ".lock"] {
            let _ = remove(&beside(&self.copy, name));
        }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        self.remove_staged();
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

//! The lock file beside the data: one process writes, and who it is can be read.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use doorward_store::StoreFault;

/// Held as long as the store is open; the operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct DataLock {
    _file: File,
}

impl DataLock {
    /// Takes the lock of a data file, or says who holds it. On a disk that is read-only the data file is its own lock.
    pub(crate) fn take(data: &Path) -> Result<Self, StoreFault> {
        let path = lock_path(data);
        let opened = match open_private(&path) {
            Err(error) if error.kind() == ErrorKind::ReadOnlyFilesystem => File::open(data),
            other => other,
        };
        let mut file = opened.map_err(StoreFault::unavailable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.read_to_string(&mut text);
                return Err(StoreFault::InUse { path: data.to_owned(), holder: text.trim().parse().ok() });
            }
            Err(TryLockError::Error(error)) => return Err(StoreFault::unavailable(error)),
        }
        let written = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .and_then(|()| file.flush());
        // A disk that is full or read-only must not keep the reads from working: the pid is a courtesy.
        if let Err(error) = written {
            tracing::warn!(%error, "the lock is held, but its file does not name this process");
        }
        Ok(Self { _file: file })
    }
}

/// Opens or creates a file that only its owner can read.
pub(crate) fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn lock_path(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

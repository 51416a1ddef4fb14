//! Opening an installation: data directory, lock, master key, profile stamp, engine, background jobs, listeners.
//!
//! The one place where a concrete engine meets the server. Used by `demo`, by `serve`, and by the administration's
//! commands when no server runs on the data directory.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use doorward_crypto::MasterKey;
use doorward_server::{App, Installation, Settings, SystemClock};
use doorward_store::{Store, StoreFault};
use doorward_store_sqlite::{SqliteOptions, SqliteStore};

use crate::config::ConfigFault;
pub(crate) use crate::master::MasterKeySource;

/// The store's file in a data directory.
pub(crate) const STORE_FILE: &str = "doorward.db";
/// The administration's socket in a data directory.
pub(crate) const SOCKET_FILE: &str = "admin.sock";
/// The record that says in which profile a store was born.
pub(crate) const PROFILE_RECORD: &str = "profile";

/// The two profiles of the binary (Settled 17). Set by subcommand or file only, never by environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// The demo: on loopback, everything explained.
    Development,
    /// Everything else.
    Production,
}

impl Profile {
    fn as_str(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Production => "production",
        }
    }
}

/// An installation that is open; the data directory is locked while it lives.
pub(crate) struct Opened {
    /// The shared state.
    pub(crate) app: App,
    /// The data directory.
    pub(crate) data: PathBuf,
}

/// Opens an installation.
pub(crate) async fn open(
    data: &Path,
    profile: Profile,
    master: MasterKeySource,
    settings: Settings,
) -> anyhow::Result<Opened> {
    make_private_directory(data)?;
    let store = open_store(data)?;
    stamp(&store, data, profile).await?;
    let master = master.open(data, profile)?;
    let installation =
        Installation { store: Arc::new(store), clock: Arc::new(SystemClock), master, settings };
    let app = App::open(installation).await.map_err(|fault| {
        ConfigFault::new(
            "master_key",
            data.display(),
            fault.to_string(),
            "Use the master key that this data directory was made with",
        )
    })?;
    Ok(Opened { app, data: data.to_owned() })
}

/// The profile that a data directory was born in, if a store is there and nobody holds it.
pub(crate) async fn profile_of(data: &Path) -> anyhow::Result<Option<Profile>> {
    if !data.join(STORE_FILE).exists() {
        return Ok(None);
    }
    let store = open_store(data)?;
    Ok(match store.record(PROFILE_RECORD).await?.as_deref() {
        Some(b"development") => Some(Profile::Development),
        Some(_) => Some(Profile::Production),
        None => None,
    })
}

fn open_store(data: &Path) -> anyhow::Result<SqliteStore> {
    let path = data.join(STORE_FILE);
    SqliteStore::open(&path, SqliteOptions::default()).map_err(|fault| {
        let remedy = match &fault {
            StoreFault::InUse { holder: Some(pid), .. } => {
                format!("Stop the doorward with process id {pid}, or name another directory with --data")
            }
            StoreFault::InUse { holder: None, .. } => {
                "Stop the doorward that uses it, or name another directory with --data".to_owned()
            }
            StoreFault::Schema { .. } => "Use the doorward version that wrote it, or a later one".to_owned(),
            StoreFault::Full => "Free some space on that disk".to_owned(),
            StoreFault::Damaged { .. } => "Restore a backup: doorward restore FILE --force".to_owned(),
            _ => "Name a directory that this user can write with --data".to_owned(),
        };
        let text = match std::error::Error::source(&fault) {
            Some(source) => format!("{fault}: {source}"),
            None => fault.to_string(),
        };
        ConfigFault::new("data", data.display(), text, remedy).into()
    })
}

async fn stamp(store: &SqliteStore, data: &Path, profile: Profile) -> anyhow::Result<()> {
    // Asked first: a store on a read-only disk was born earlier.
    let born = match store.record(PROFILE_RECORD).await? {
        Some(born) => born,
        None => store.put_record_once(PROFILE_RECORD, profile.as_str().as_bytes().to_vec()).await?,
    };
    if born != profile.as_str().as_bytes() {
        let born = String::from_utf8_lossy(&born).into_owned();
        return Err(ConfigFault::new(
            "data",
            data.display(),
            format!("this store was born in the {born} profile and cannot be opened in {}", profile.as_str()),
            "Name another directory: a demo's store never becomes a production store, nor the reverse",
        )
        .into());
    }
    Ok(())
}

/// Makes a directory that only this user can enter.
pub(crate) fn make_private_directory(path: &Path) -> Result<(), ConfigFault> {
    let refuse = |fault: std::io::Error| {
        ConfigFault::new(
            "data",
            path.display(),
            fault.to_string(),
            "Name a directory that this user can write with --data",
        )
    };
    if path.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(refuse)
}

/// Writes a file that only this user can read; an existing one is replaced.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
    file.write_all(content)?;
    file.sync_all()
}

/// Reads a master key that is there.
pub(crate) fn master_key(source: &MasterKeySource, data: &Path) -> Result<MasterKey, ConfigFault> {
    source.read(data)
}

/// Starts what a running server does beside answering: following configuration changes, writing the request log, moving
/// keys on, and sweeping.
pub(crate) async fn start_jobs(app: &App) -> anyhow::Result<()> {
    // A start on a full or read-only disk serves reads; the next one makes up for this.
    if let Err(fault) = doorward_server::admin::furnish(app).await {
        tracing::warn!(%fault, "tenants could not be given their administration");
    }
    let mut version = app.follow_config(0).await.context("reading the change log")?;
    let follower = app.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_millis(500));
        loop {
            every.tick().await;
            match follower.follow_config(version).await {
                Ok(reached) => version = reached,
                Err(fault) => tracing::error!(%fault, "the change log cannot be read"),
            }
        }
    });
    let keeper = app.clone();
    tokio::spawn(async move { keeper.keep_log().await });
    let keys = app.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_mins(1));
        loop {
            every.tick().await;
            if let Err(fault) = keys.advance_keys().await {
                tracing::error!(%fault, "the signing keys cannot be looked through");
            }
        }
    });
    let sweeper = app.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_mins(1));
        loop {
            every.tick().await;
            if let Err(fault) = sweeper.sweep().await {
                tracing::error!(%fault, "expired rows cannot be swept");
            }
        }
    });
    Ok(())
}

/// Binds a listener, or says which setting to change.
pub(crate) fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, ConfigFault> {
    let refuse = |fault: std::io::Error| {
        let remedy = match fault.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("Stop what listens on {address}, or choose another port ({setting})")
            }
            std::io::ErrorKind::PermissionDenied => {
                "Choose a port above 1023, or give the process the right".to_owned()
            }
            _ => format!("Choose an address of this machine ({setting})"),
        };
        ConfigFault::new(setting, address, fault.to_string(), remedy)
    };
    let listener = TcpListener::bind(address).map_err(refuse)?;
    listener.set_nonblocking(true).map_err(refuse)?;
    Ok(listener)
}

/// Completes when the process is asked to end.
pub(crate) async fn asked_to_stop() {
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(fault) => {
            tracing::error!(%fault, "the terminate signal cannot be heard");
            return;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

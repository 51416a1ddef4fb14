//! The socket in the data directory. Only its owner may open it: the file system is the login (Settled 24).

use std::fs::Permissions;
use std::future::Future;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use axum::Router;
use axum::serve::Listener;
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};

/// Its name in the data directory.
pub const SOCKET_FILE: &str = "admin.sock";

/// Root may do everything anyway.
const ROOT: u32 = 0;

/// A bound socket, readable and writable by its owner alone. The file goes when this does.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    owner: u32,
    path: PathBuf,
}

impl Socket {
    /// Binds the socket. A file of that name is a leftover: the caller holds the lock of the data directory.
    pub fn bind(path: &Path) -> io::Result<Self> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
        let owner = std::fs::metadata(path)?.uid();
        Ok(Self { listener, owner, path: path.to_owned() })
    }

    /// Answers until `shutdown` ends.
    pub async fn serve(
        self,
        router: Router,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        axum::serve(self, router).with_graceful_shutdown(shutdown).await
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "the administration socket could not be removed");
        }
    }
}

impl Listener for Socket {
    type Io = UnixStream;
    type Addr = SocketAddr;

    /// The next connection of the owner. The permissions keep everybody else out; who came in between the binding and the
    /// permissions is turned away here.
    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            match stream.peer_cred() {
                Ok(peer) if peer.uid() == self.owner || peer.uid() == ROOT => return (stream, address),
                Ok(peer) => {
                    tracing::warn!(uid = peer.uid(), "another user was turned away from administration");
                }
                Err(error) => tracing::warn!(%error, "a caller of the administration socket is not known"),
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// Binds the socket and answers until `shutdown` ends.
pub async fn serve_socket(
    path: &Path,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    Socket::bind(path)?.serve(router, shutdown).await
}

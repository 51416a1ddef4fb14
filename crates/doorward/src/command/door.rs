//! The way in: a server over the network, the socket of the server that runs on a data directory, else the store itself
//! in this process.
//!
//! Whoever can open the data directory is the operator (Settled 24). A store is opened here only when no server holds it;
//! the lock decides, not the socket.

use std::path::{Path as FilePath, PathBuf};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use doorward_server::{Settings, admin};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tower::ServiceExt as _;

use super::ending::Ending;
use super::network::Server;
use crate::cli::Global;
use crate::config::Config;
use crate::serve;
use crate::wiring::{self, MasterKeySource, Profile, SOCKET_FILE};

/// The largest answer that is read: 1000 rows of the longest kind fit.
const ANSWER_LIMIT: usize = 64 * 1024 * 1024;

/// The data directory where none is named: the demo's own default.
const USUAL_DATA: &str = "./doorward-data";

/// A way in.
pub(super) enum Door {
    /// This process opened the store.
    InProcess(Router),
    /// A server elsewhere, where somebody signed in.
    Network(Box<Server>),
    /// A server runs; its socket.
    Socket(PathBuf),
}

impl Door {
    /// Finds the way in.
    pub(super) async fn open(global: &Global) -> Result<Self, Ending> {
        if let Some(server) = &global.server {
            return Ok(Self::Network(Box::new(Server::open(server)?)));
        }
        match (&global.config, &global.data) {
            (Some(file), data) => {
                let config =
                    Config::read(file).map_err(|fault| Ending::usage(fault.fault.clone(), fault.remedy))?;
                if data.as_ref().is_some_and(|data| *data != config.data) {
                    return Err(Ending::usage(
                        "--data names another directory than the configuration file",
                        "Leave --data out",
                    ));
                }
                match running(&config.data).await {
                    Some(socket) => Ok(Self::Socket(socket)),
                    None => opened(serve::open(&config).await),
                }
            }
            (None, data) => {
                let data = data.as_deref().unwrap_or(FilePath::new(USUAL_DATA));
                match running(data).await {
                    Some(socket) => Ok(Self::Socket(socket)),
                    None => development(data).await,
                }
            }
        }
    }

    /// Sends a request; its answer may still be coming.
    pub(super) async fn ask(&self, request: Request<Body>) -> Result<Response<Body>, Ending> {
        match self {
            Self::InProcess(router) => match router.clone().oneshot(request).await {
                Ok(response) => Ok(response),
                Err(never) => match never {},
            },
            Self::Network(server) => server.ask(request).await,
            Self::Socket(path) => over(path, request).await.map_err(|fault| lost(path, &fault)),
        }
    }

    /// Sends a request and reads the whole answer: status and body.
    pub(super) async fn send(&self, request: Request<Body>) -> Result<(u16, Vec<u8>), Ending> {
        let response = self.ask(request).await?;
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), ANSWER_LIMIT).await.map_err(|fault| {
            Ending::unreachable(format!("the answer broke off: {fault}"), "Repeat the command")
        })?;
        Ok((status, bytes.to_vec()))
    }
}

/// The socket of a server that answers.
async fn running(data: &FilePath) -> Option<PathBuf> {
    let socket = data.join(SOCKET_FILE);
    UnixStream::connect(&socket).await.is_ok().then_some(socket)
}

fn lost(path: &FilePath, fault: &anyhow::Error) -> Ending {
    Ending::unreachable(
        format!("the server behind {} does not answer: {fault:#}", path.display()),
        "Look at the server's log, then repeat the command",
    )
}

async fn over(path: &FilePath, request: Request<Body>) -> anyhow::Result<Response<Body>> {
    let stream = UnixStream::connect(path).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?.map(Body::new))
}

/// A demo's store needs nothing but its directory; every other one the master key that its configuration names.
async fn development(data: &FilePath) -> Result<Door, Ending> {
    let named = data.display();
    match wiring::profile_of(data).await {
        Ok(Some(Profile::Development)) => {
            let settings = Settings {
                base_url: "https://localhost:7443".to_owned(),
                development: true,
                trust_forwarded_for: false,
                landing: None,
            };
            opened(wiring::open(data, Profile::Development, MasterKeySource::MadeInData, settings).await)
        }
        Ok(Some(Profile::Production)) => Err(Ending::usage(
            format!("no server runs on {named}, and its store needs the master key of its configuration"),
            "Start the server, or name the configuration with --config FILE",
        )),
        Ok(None) => Err(Ending::unreachable(
            format!("no server runs on {named}, and there is no store in it"),
            format!(
                "Start one: doorward demo --data {named}, or name the server's directory with --data DIR"
            ),
        )),
        Err(fault) => {
            Err(Ending::unreachable(format!("{fault:#}"), "Start the server, or name another directory"))
        }
    }
}

fn opened(result: anyhow::Result<wiring::Opened>) -> Result<Door, Ending> {
    match result {
        Ok(opened) => Ok(Door::InProcess(admin::router(opened.app, admin::Access::Socket))),
        Err(fault) => Err(Ending::unreachable(
            format!("{fault:#}"),
            "Start the server on it, or name another directory",
        )),
    }
}

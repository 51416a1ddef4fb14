//! `doorward serve --config FILE`: the production profile.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use clap::Args;
use doorward_server::{Settings, admin, router};

use crate::config::{Config, ConfigFault};
use crate::wiring::{self, MasterKeySource, Profile, SOCKET_FILE};

/// How long open requests may take to end.
const GRACE: Duration = Duration::from_secs(10);

/// Options of `serve`.
#[derive(Args, Debug)]
#[command(after_help = crate::config::reference())]
pub(crate) struct ServeArgs {
    /// The configuration file (TOML)
    #[arg(skip)]
    pub(crate) config: Option<PathBuf>,
}

/// Runs the server until it is asked to stop.
pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let file = args.config.ok_or_else(|| {
        ConfigFault::new(
            "--config",
            "(missing)",
            "the server has no other source of settings",
            "Name a TOML file: doorward serve --config FILE",
        )
    })?;
    let config = Config::read(&file)?;
    let opened = open(&config).await?;
    let app = opened.app;
    wiring::start_jobs(&app).await?;
    let listener = wiring::bind("listen", config.listen)?;
    let address = listener.local_addr().context("reading the listener's address")?;
    let path = opened.data.join(SOCKET_FILE);
    let socket = admin::Socket::bind(&path).map_err(|fault| {
        ConfigFault::new(
            "data",
            path.display(),
            fault.to_string(),
            "Choose a data directory with a shorter path, on a disk that has sockets",
        )
    })?;
    let administration = admin::router(app.clone(), admin::Access::Socket);
    tokio::spawn(async move {
        if let Err(fault) = socket.serve(administration, wiring::asked_to_stop()).await {
            tracing::error!(%fault, "the administration's socket is closed");
        }
    });
    let handle = Handle::new();
    let stopping = handle.clone();
    tokio::spawn(async move {
        wiring::asked_to_stop().await;
        stopping.graceful_shutdown(Some(GRACE));
    });
    eprintln!("doorward {}  profile production  {}", env!("CARGO_PKG_VERSION"), config.public_url);
    eprintln!("  listening {address}  data {}", config.data.display());
    match &config.tls {
        Some(tls) => {
            let rustls = RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await.map_err(|fault| {
                ConfigFault::new(
                    "tls.certificate",
                    tls.certificate.display(),
                    fault.to_string(),
                    "Name PEM files with the certificate chain and its private key (tls.key)",
                )
            })?;
            wiring::serve_tls(listener, rustls, router(app), handle).await?;
        }
        None => wiring::serve_plain(listener, router(app), handle).await?,
    }
    Ok(())
}

/// Opens the installation that a configuration describes.
pub(crate) async fn open(config: &Config) -> anyhow::Result<wiring::Opened> {
    let settings = Settings {
        base_url: config.public_url.clone(),
        development: false,
        trust_forwarded_for: config.trust_forwarded_for,
        landing: None,
    };
    let master = MasterKeySource::File(config.master_key_file.clone());
    wiring::open(&config.data, Profile::Production, master, settings).await
}

//! `doorward serve --config FILE`: the production profile.
//!
//! Asked to stop (SIGTERM, SIGINT) it lets nobody in any more, lets open requests end within `shutdown_secs`, closes the
//! store, and ends with code 0. Asked again it ends at once.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use clap::Args;
use doorward_server::{App, MailWorker, Settings, admin, router};
use tokio::sync::watch;

use crate::config::{Config, ConfigFault};
use crate::listener::{self, Bounds};
use crate::stopping::Stopping;
use crate::wiring::{self, Profile, SOCKET_FILE};

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
    app.configure_log(config.observing.log);
    wiring::start_jobs(&app).await?;
    let numbers = match config.observing.metrics {
        Some(listen) => Some(crate::numbers::serve(app.clone(), listen)?),
        None => None,
    };
    let mail = MailWorker::start(app.clone());
    let listener = wiring::bind("listen", config.listen)?;
    let address = listener.local_addr().context("reading the listener's address")?;
    let tls = match &config.tls {
        Some(tls) => Some(certificate(tls).await?),
        None => None,
    };
    let path = opened.data.join(SOCKET_FILE);
    let socket = bind_socket(&path)?;
    let administration = admin::router(app.clone(), admin::Access::Socket);
    let (stop, stopped) = watch::channel(false);
    let administering = tokio::spawn(async move {
        let Some(socket) = socket else { return };
        if let Err(fault) = socket.serve(administration, until(stopped)).await {
            tracing::error!(%fault, "the administration's socket is closed");
        }
    });
    let handle = Handle::new();
    let mut stopping = Stopping::listen().context("listening for signals")?;
    let (asked, grace) = (handle.clone(), config.shutdown);
    tokio::spawn(async move {
        stopping.asked().await;
        eprintln!("doorward: stopping, within {} s", grace.as_secs());
        let _ = stop.send(true);
        asked.graceful_shutdown(Some(grace));
        stopping.end_when_asked_again();
    });
    eprintln!("doorward {}  profile production  {}", env!("CARGO_PKG_VERSION"), config.public_url);
    eprintln!("  listening {address}  data {}", config.data.display());
    if let Some(numbers) = numbers {
        eprintln!("  metrics   http://{numbers}/metrics");
    }
    // On a disk that is full or read-only the reads go on all the same.
    if let Err(fault) = invite_the_first(&app, &config.public_url).await {
        tracing::warn!(
            fault = format!("{fault:#}"),
            "nobody administers yet, and no code can be made for the first one"
        );
    }
    tell_what_ends(&app).await;
    let bounds = Bounds::new(config.most_connections);
    let kept = app.clone();
    let count = handle.clone();
    match tls {
        Some(tls) => listener::serve_tls(listener, tls, router(app), handle, &bounds).await?,
        None => listener::serve_plain(listener, router(app), handle, &bounds).await?,
    }
    say_how_it_ended(&count);
    kept.flush_log().await;
    mail.stop().await;
    // Its connections were told to end when the listener's were; who is left is cut with the process.
    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), administering).await;
    Ok(())
}

/// Where nobody administers yet, prints the code that makes the first administrator: on standard error alone, never
/// through the log.
async fn invite_the_first(app: &App, public_url: &str) -> anyhow::Result<()> {
    let code = admin::bootstrap_code(app).await.context("looking for an administrator")?;
    if let Some(code) = code {
        let minutes = admin::BOOTSTRAP_LIFE.as_secs() / 60;
        eprintln!("  nobody administers yet; within {minutes} minutes, once:");
        eprintln!(
            "  doorward login --server {public_url} --bootstrap {} --tenant TENANT --name NAME",
            code.expose()
        );
    }
    Ok(())
}

/// The administration's socket; none on a disk that is read-only, where there is nothing to administer.
fn bind_socket(path: &std::path::Path) -> Result<Option<admin::Socket>, ConfigFault> {
    match admin::Socket::bind(path) {
        Ok(socket) => Ok(Some(socket)),
        Err(fault) if fault.kind() == std::io::ErrorKind::ReadOnlyFilesystem => {
            eprintln!(
                "doorward: the data directory is read-only: reads are served, writes and administration are not"
            );
            Ok(None)
        }
        Err(fault) => Err(ConfigFault::new(
            "data",
            path.display(),
            fault.to_string(),
            "Choose a data directory with a shorter path, on a disk that has sockets",
        )),
    }
}

fn say_how_it_ended(handle: &Handle<SocketAddr>) {
    match handle.connection_count() {
        0 => eprintln!("doorward: stopped"),
        cut => eprintln!("doorward: stopped; {cut} connections had not ended and were cut"),
    }
}

async fn certificate(tls: &crate::config::Tls) -> Result<RustlsConfig, ConfigFault> {
    RustlsConfig::from_pem_file(&tls.certificate, &tls.key).await.map_err(|fault| {
        ConfigFault::new(
            "tls.certificate",
            tls.certificate.display(),
            fault.to_string(),
            "Name PEM files with the certificate chain and its private key (tls.key)",
        )
    })
}

/// Completes when the server stops.
async fn until(mut stopped: watch::Receiver<bool>) {
    // An error means that the sender is gone, which is the end as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}

/// Opens the installation that a configuration describes.
pub(crate) async fn open(config: &Config) -> anyhow::Result<wiring::Opened> {
    let settings = Settings {
        base_url: config.public_url.clone(),
        development: false,
        trust_forwarded_for: config.trust_forwarded_for,
        landing: None,
    };
    let master = config.master_key.clone();
    let opened = wiring::open(&config.data, Profile::Production, master, settings).await?;
    if let Some(mail) = &config.mail {
        opened.app.use_smtp(mail.settings()?).map_err(|fault| mail.refuse(&fault))?;
    }
    Ok(opened)
}

/// At most so many lines of what ends soon; the rest is counted.
const MOST_LINES: usize = 5;

/// Says at the start what ends within a month and has to be seen to. A store that fails says so soon enough.
async fn tell_what_ends(app: &App) {
    let Ok(lines) = app.expiring().await else { return };
    let now = app.now();
    for line in lines.iter().take(MOST_LINES) {
        let verb = if line.has_passed(now) { "ended" } else { "ends" };
        let day = crate::command::date(line.at.seconds());
        eprintln!("  {verb} {day}: {} in {}  (do this: {})", line.what, line.tenant, line.remedy);
    }
    if let Some(more) = lines.len().checked_sub(MOST_LINES).filter(|more| *more > 0) {
        eprintln!("  and {more} more end within a month");
    }
}

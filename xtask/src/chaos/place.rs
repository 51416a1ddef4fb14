//! An installation of the run's own: its folder, its data, and the server process that is killed and started again.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::Value;

use super::http::{HOST, Target};
use super::time::now;
use super::worker::{App, Scene, TENANT};

/// 32 bytes in base64: nothing in such a run is secret.
const MASTER_KEY: &str = "Y2hhb3MgY2hhb3MgY2hhb3MgY2hhb3MgY2hhb3MgISE=";
/// A start that takes longer is a failed one.
const START_TIME: Duration = Duration::from_mins(1);
/// A stop that takes longer is a failed one.
const STOP_TIME: Duration = Duration::from_secs(30);

/// The folder with everything, and the server.
pub(crate) struct Place {
    folder: PathBuf,
    binary: PathBuf,
    server: Option<Child>,
}

impl Place {
    /// An empty place. The binary is copied: the run must not notice a build.
    pub(crate) fn new(folder: &Path, binary: &Path) -> anyhow::Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let folder = folder.canonicalize()?;
        let copy = folder.join("doorward");
        fs::copy(binary, &copy)
            .with_context(|| format!("{} is not there; build it: cargo build", binary.display()))?;
        let place = Self { binary: copy, server: None, folder };
        place.write_private("master.key", MASTER_KEY)?;
        place.write_private("doorward.toml", &place.configuration("data"))?;
        Ok(place)
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn configuration(&self, data: &str) -> String {
        format!(
            "public_url = \"https://{HOST}\"\nlisten = \"127.0.0.1:0\"\ndata = '{}'\nmaster_key_file = '{}'\n\
             trust_forwarded_for = true\n",
            self.folder.join(data).display(),
            self.folder.join("master.key").display(),
        )
    }

    fn write_private(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.folder.join(name);
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Uses another data directory from the next start on.
    pub(crate) fn move_to(&self, data: &str) -> anyhow::Result<()> {
        self.write_private("doorward.toml", &self.configuration(data))
    }

    /// Starts the server; its address once it listens, and how long that took.
    pub(crate) fn start(&mut self) -> anyhow::Result<(SocketAddr, Duration)> {
        let began = now();
        let listening = self.spawn()?;
        let address = listening.recv_timeout(START_TIME).with_context(|| {
            format!("the server does not start; see {}", self.folder.join("server.log").display())
        })?;
        Ok((address, began.elapsed()))
    }

    /// Starts the server and does not wait until it listens; the address comes through the channel.
    pub(crate) fn spawn(&mut self) -> anyhow::Result<mpsc::Receiver<SocketAddr>> {
        let mut server = Command::new(&self.binary)
            .args(["serve", "--config"])
            .arg(self.folder.join("doorward.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot start the server")?;
        let output = server.stderr.take().expect("standard error is piped");
        self.server = Some(server);
        let mut log = File::options().create(true).append(true).open(self.folder.join("server.log"))?;
        let (tell, listening) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let address = line.trim().strip_prefix("listening ").and_then(|rest| rest.split(' ').next());
                if let Some(address) = address.and_then(|address| address.parse().ok()) {
                    // Nobody waits where the start is to be killed.
                    let _ = tell.send(address);
                }
                let _ = writeln!(log, "{line}");
            }
        });
        Ok(listening)
    }

    /// Kills the server at once; an error where it had ended before.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        let Some(mut server) = self.server.take() else { bail!("no server runs") };
        let ended = server.try_wait()?;
        let killed = server.kill();
        server.wait()?;
        match ended {
            Some(status) => bail!("the server had ended by itself: {status}"),
            None => Ok(killed?),
        }
    }

    /// Asks the server to stop, and how long it took; an error unless it ended with code 0.
    pub(crate) fn stop(&mut self) -> anyhow::Result<Duration> {
        let Some(mut server) = self.server.take() else { bail!("no server runs") };
        let began = now();
        let asked = Command::new("kill").args(["-TERM", &server.id().to_string()]).status()?;
        while asked.success() && began.elapsed() < STOP_TIME {
            if let Some(status) = server.try_wait()? {
                if status.success() {
                    return Ok(began.elapsed());
                }
                bail!("the server ended with {status}");
            }
            thread::sleep(Duration::from_millis(5));
        }
        server.kill()?;
        server.wait()?;
        bail!("the server did not stop within {} s", STOP_TIME.as_secs())
    }

    /// Types a command, which must succeed; its JSON.
    pub(crate) fn command(&self, words: &[&str]) -> anyhow::Result<Value> {
        let output = Command::new(&self.binary)
            .arg("--config")
            .arg(self.folder.join("doorward.toml"))
            .arg("--json")
            .args(words)
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot run doorward {}", words.join(" ")))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("doorward {} ended with {}: {}", words.join(" "), output.status, said.trim());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("null");
        serde_json::from_str(last).with_context(|| format!("doorward {} printed {last}", words.join(" ")))
    }

    /// Plants what the load needs.
    pub(crate) fn plant(&self, address: SocketAddr) -> anyhow::Result<Scene> {
        self.command(&["tenant", "create", TENANT, "--domain", "chaos.example"])?;
        self.command(&["api", "add", "notes", "--scope", "notes.read", "--role", "notes.sync"])?;
        let (spa_uri, web_uri) = ("https://spa.example.org/back", "https://web.example.org/back");
        let add = |name: &str, kind: &str, uri: &str| {
            let words =
                ["app", "add", name, "--kind", kind, "--redirect", uri, "--require", "notes:notes.read"];
            self.command(&words)
        };
        let app = |answer: &Value, redirect_uri| App {
            client_id: answer["client_id"].as_str().unwrap_or_default().to_owned(),
            secret: answer["client_secret"].as_str().map(str::to_owned),
            redirect_uri,
        };
        let (spa, web) = (add("spa", "spa", spa_uri)?, add("web", "web", web_uri)?);
        self.command(&["grant", "app-role", "add", "notes:notes.sync", "--app", "web"])?;
        Ok(Scene {
            server: Target::Tcp(address),
            socket: Target::Socket(self.folder.join("data").join("admin.sock")),
            spa: app(&spa, spa_uri),
            web: app(&web, web_uri),
        })
    }

    /// Bytes in the write-ahead log.
    pub(crate) fn log_size(&self) -> u64 {
        let log = self.folder.join("data").join("doorward.db-wal");
        std::fs::metadata(log).map_or(0, |meta| meta.len())
    }

    /// Throws the write-ahead log away.
    pub(crate) fn lose_log(&self) -> anyhow::Result<()> {
        let log = self.folder.join("data").join("doorward.db-wal");
        if log.exists() {
            File::options().write(true).open(&log)?.set_len(0)?;
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

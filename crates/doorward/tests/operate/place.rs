//! An installation in a folder of its own, its server, and callers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub(crate) const OTHER_KEY: &str = "HxECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Nothing takes that long; it only ends a hang.
const PATIENCE: Duration = Duration::from_mins(1);

/// The folder.
pub(crate) struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Key and configuration with the data in `data`; `extra` lines come last.
    pub(crate) fn config(&self, data: &str, extra: &str) -> PathBuf {
        self.config_with(data, ("master.key", KEY), extra)
    }

    pub(crate) fn config_with(&self, data: &str, (file, key): (&str, &str), extra: &str) -> PathBuf {
        let key_file = self.path(file);
        std::fs::write(&key_file, key).unwrap();
        std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let config = self.path(&format!("{data}.toml"));
        let text = format!(
            "public_url = \"https://id.example.org\"\nlisten = \"127.0.0.1:0\"\ndata = '{}'\nmaster_key_file = '{}'\n{extra}",
            self.path(data).display(),
            key_file.display()
        );
        std::fs::write(&config, text).unwrap();
        config
    }

    /// Types a command and waits for its end: code, standard output, standard error.
    pub(crate) fn run(&self, config: &Path, words: &[&str]) -> (i32, String, String) {
        run(doorward().current_dir(self.dir.path()).arg("--config").arg(config).args(words))
    }

    /// Types a command that must succeed; its JSON.
    pub(crate) fn done(&self, config: &Path, words: &[&str]) -> Value {
        let (code, out, err) = self.run(config, &[words, &["--json"]].concat());
        assert_eq!(code, 0, "doorward {words:?}: {out}{err}");
        serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap_or_default()
    }

    /// A tenant with an API and a service that may call it; the service's id and secret.
    pub(crate) fn plant(&self, config: &Path) -> (String, String) {
        self.done(config, &["tenant", "create", "acme", "--domain", "acme.example"]);
        self.done(config, &["api", "add", "notes", "--role", "notes.sync"]);
        let app = self.done(config, &["app", "add", "robot", "--kind", "daemon"]);
        self.done(config, &["grant", "app-role", "add", "notes:notes.sync", "--app", "robot"]);
        let text = |name: &str| app[name].as_str().unwrap().to_owned();
        (text("client_id"), text("client_secret"))
    }
}

pub(crate) fn doorward() -> Command {
    Command::new(env!("CARGO_BIN_EXE_doorward"))
}

pub(crate) fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// A running server; killed at the end of its test.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// What it said before it listened.
    early: Vec<String>,
    lines: Receiver<String>,
}

impl Server {
    pub(crate) fn start(config: &Path) -> Self {
        Self::of(doorward().args(["serve", "--config"]).arg(config))
    }

    /// The server that a command line starts.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let output = BufReader::new(child.stderr.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let mut said = Vec::new();
        let address = loop {
            let Ok(line) = lines.recv_timeout(PATIENCE) else { panic!("no server: {said:?}") };
            let address = line.trim().strip_prefix("listening ").and_then(|rest| rest.split(' ').next());
            if let Some(address) = address.and_then(|address| address.parse().ok()) {
                break address;
            }
            said.push(line);
        };
        Self { child, address, early: said, lines }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status();
        assert!(sent.unwrap().success());
    }

    /// How it ended, and what it said.
    pub(crate) fn ended(&mut self) -> (ExitStatus, String) {
        for _ in 0..6000 {
            if let Some(status) = self.child.try_wait().unwrap() {
                let lines: Vec<_> = self.early.drain(..).chain(self.lines.iter()).collect();
                return (status, lines.join("\n"));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("the server does not end");
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: id.example.org\r\nConnection: close\r\n\r\n"))
    }

    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.ask(&posted(path, fields))
    }

    fn ask(&self, request: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        Answer::read(&mut stream)
    }

    /// Asks for a token of the service.
    pub(crate) fn token(&self, (client_id, secret): &(String, String)) -> Answer {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", secret),
            ("resource", "api://notes"),
        ];
        self.post("/acme/oauth2/token", &fields)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A posted form as text.
pub(crate) fn posted(path: &str, fields: &[(&str, &str)]) -> String {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    format!(
        "POST {path} HTTP/1.1\r\nHost: id.example.org\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn read(stream: &mut TcpStream) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or_default();
        Self { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

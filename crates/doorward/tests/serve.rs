//! `doorward serve` as an operator meets it: it refuses what is insecure, and serves what the command line creates.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

#[path = "../../../catalogue/witness.rs"]
#[expect(dead_code, reason = "a command prints text, no HTTP answer")]
mod witness;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes key and configuration; `extra` lines come last.
    fn config(&self, extra: &str) -> PathBuf {
        let key = self.path("master.key");
        std::fs::write(&key, KEY).unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let file = self.path("doorward.toml");
        let text = format!(
            "public_url = \"https://id.example.org\"\nlisten = \"127.0.0.1:0\"\ndata = '{}'\nmaster_key_file = '{}'\n{extra}",
            self.path("data").display(),
            key.display()
        );
        std::fs::write(&file, text).unwrap();
        file
    }
}

fn doorward() -> Command {
    Command::new(env!("CARGO_BIN_EXE_doorward"))
}

/// Runs a command that must end by itself: exit code, standard output, standard error.
fn run(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (code, out, err) = (output.status.code().unwrap(), text(output.stdout), text(output.stderr));
    witness::saw_text(&err);
    (code, out, err)
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(config: &Path) -> Self {
        let mut child =
            doorward().args(["serve", "--config"]).arg(config).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.trim().strip_prefix("listening ")?.split(' ').next()?.parse().ok())
            .expect("the server says where it listens");
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: id.example.org\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_tenant_made_on_the_command_line_is_served_at_the_public_address() {
    let place = Place::new();
    let config = place.config("");
    let server = Server::start(&config);
    assert!(server.get("/healthz").contains("200 OK"));
    assert!(server.get("/readyz").contains("\"ready\""));
    assert!(server.get("/").starts_with("HTTP/1.1 404"), "production shows no landing page");

    let create = ["tenant", "create", "acme", "--domain", "acme.example", "--json"];
    let (code, out, err) = run(doorward().arg("--config").arg(&config).args(create));
    assert_eq!(code, 0, "{out}{err}");
    let metadata = server.get("/acme/.well-known/openid-configuration");
    assert!(metadata.contains("\"issuer\":\"https://id.example.org/acme\""), "{metadata}");
    let keys = server.get("/acme/oauth2/jwks");
    assert!(keys.contains("RS256") && keys.contains("x5c") && !keys.contains("OKP"), "{keys}");
    drop(server);

    // Without a server the same command works on the data directory itself.
    let (code, out, err) = run(doorward().arg("--config").arg(&config).args(["tenant", "list", "--json"]));
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("acme"), "{out}");
}

#[test]
fn a_second_server_on_the_same_data_says_who_holds_it() {
    let place = Place::new();
    let config = place.config("");
    let server = Server::start(&config);
    let (code, _, err) = run(doorward().args(["serve", "--config"]).arg(&config));
    assert_eq!(code, 2);
    assert!(err.contains("data =") && err.contains(&server.child.id().to_string()), "{err}");
}

#[test]
fn what_is_insecure_or_misspelt_is_refused_by_name_with_the_remedy() {
    let place = Place::new();
    let config = place.config("");
    let good = std::fs::read_to_string(&config).unwrap();
    let refused = |text: &str| {
        std::fs::write(&config, text).unwrap();
        let (code, _, err) = run(doorward().args(["serve", "--config"]).arg(&config));
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("DW5152") && err.contains("do this"), "{err}");
        err
    };
    assert!(refused(&good.replace("https://id", "http://id")).contains("public_url"));
    assert!(refused(&good.replace("127.0.0.1:0", "0.0.0.0:0")).contains("plain http"));
    assert!(
        refused(&format!("{good}trust_forwarded = true\n")).contains("Did you mean trust_forwarded_for?")
    );
    assert!(
        refused(&good.replace("master_key_file", "# master_key_file"))
            .contains("master_key_file = (missing)")
    );
    std::fs::set_permissions(place.path("master.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(refused(&good).contains("chmod 600"));
}

#[test]
fn another_master_key_does_not_open_the_data() {
    let place = Place::new();
    let config = place.config("");
    drop(Server::start(&config));
    std::fs::write(place.path("master.key"), "HxECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    let (code, _, err) = run(doorward().args(["serve", "--config"]).arg(&config));
    assert_eq!(code, 2);
    assert!(err.contains("master key"), "{err}");
}

#[test]
fn a_demo_store_never_becomes_a_production_store() {
    let place = Place::new();
    let config = place.config("");
    let data = place.path("data");
    let mut demo = doorward()
        .args(["demo", "--json", "--port", "0", "--data"])
        .arg(&data)
        .env("HOME", place.dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(demo.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("\"ready\""), "{first}");
    demo.kill().unwrap();
    demo.wait().unwrap();
    let (code, _, err) = run(doorward().args(["serve", "--config"]).arg(&config));
    assert_eq!(code, 2);
    assert!(err.contains("development profile"), "{err}");
}

//! The declarative file: the difference first, applying twice changes nothing, and a slip is told before anything happens.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

const WORLD: &str = "
tenants:
- name: fern
  domain: fern.test
  user_consent: false
  apis:
  - name: notes
    algorithm: ES256
    scopes:
    - {name: notes.read, title: Read notes}
    - {name: notes.write}
    roles:
    - {name: Notes.Read.All}
    introspectors: [nightly]
  apps:
  - name: web
    kind: web
    first_party: true
    redirect_uris: [{uri: 'https://shop.example.org/cb'}, {uri: 'http://localhost/spa', platform: spa}]
    post_logout_redirect_uris: ['https://shop.example.org/bye']
    requires: ['notes:notes.read']
  - name: nightly
    kind: daemon
    requires: ['notes:Notes.Read.All']
  flows:
  - {name: B2C_1_susi, kind: sign_up_or_sign_in, claims: [object_id, sign_in_name]}
  users:
  - {name: ben.fern, display_name: Ben, emails: [ben@fern.test]}
  grants:
  - {app: web, permission: 'notes:notes.read', all_users: true}
  - {app: web, permission: 'notes:notes.write', user: ben.fern}
  - {app: nightly, permission: 'notes:Notes.Read.All'}
";

struct Stage(tempfile::TempDir);

impl Stage {
    fn new() -> Self {
        let stage = Self(tempfile::tempdir().unwrap());
        let key = stage.0.path().join("master.key");
        std::fs::write(&key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
        let config = format!(
            "public_url = \"https://id.example.org\"\ndata = '{0}/data'\nmaster_key_file = '{0}/master.key'\n",
            stage.0.path().display()
        );
        std::fs::write(stage.0.path().join("doorward.toml"), config).unwrap();
        stage
    }

    fn run(&self, words: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_doorward"))
            .args(["--config", "doorward.toml"])
            .args(words)
            .current_dir(self.0.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
    }

    /// Applies a world; the steps and how many changes were made.
    fn apply(&self, world: &str, more: &[&str]) -> Value {
        std::fs::write(self.0.path().join("world.yaml"), world).unwrap();
        let (_, out, err) = self.run(&[&["apply", "world.yaml", "--json"], more].concat());
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"))
    }
}

fn lines(answer: &Value) -> Vec<String> {
    let steps = answer["steps"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    steps
        .map(|step| format!("{} {} {}", text(&step["sign"]), text(&step["thing"]), text(&step["detail"])))
        .collect()
}

#[test]
fn a_second_run_changes_nothing() {
    let stage = Stage::new();
    let planned = stage.apply(WORLD, &["--dry-run"]);
    assert_eq!(planned["changed"], 0);
    let first = stage.apply(WORLD, &["--yes"]);
    assert_eq!(first["changed"], first["steps"].as_array().unwrap().len());
    assert_eq!(lines(&first).len(), lines(&planned).len());
    let again = stage.apply(WORLD, &["--yes"]);
    assert_eq!((lines(&again), &again["changed"]), (vec![], &Value::from(0)));
    let (code, out, _) = stage.run(&["apply", Path::new("world.yaml").to_str().unwrap(), "--dry-run"]);
    assert_eq!((code, out.as_str()), (0, "nothing to change\n"));
}

#[test]
fn only_the_difference_is_sent() {
    let stage = Stage::new();
    stage.apply(WORLD, &["--yes"]);
    let other = WORLD
        .replace("https://shop.example.org/cb", "https://shop.example.org/callback")
        .replace("{name: notes.read, title: Read notes}", "{name: notes.read, title: See notes}")
        .replace("display_name: Ben", "display_name: Ben Fern")
        .replace("user_consent: false", "user_consent: true");
    let planned = stage.apply(&other, &["--dry-run"]);
    assert_eq!(
        lines(&planned),
        [
            "~ tenant fern user_consent false -> true",
            "~ scope fern/notes:notes.read ",
            "- app fern/web redirect https://shop.example.org/cb",
            "+ app fern/web redirect https://shop.example.org/callback",
            "~ user fern/ben.fern display_name \"Ben\" -> \"Ben Fern\"",
        ]
    );
    assert_eq!(stage.apply(&other, &["--yes"])["changed"], 5);
    assert_eq!(lines(&stage.apply(&other, &["--yes"])).len(), 0);
}

#[test]
fn a_slip_is_told_and_nothing_is_changed() {
    let stage = Stage::new();
    std::fs::write(stage.0.path().join("slip.yaml"), WORLD.replace("redirect_uris:", "redirect_urls:"))
        .unwrap();
    let (code, out, err) = stage.run(&["apply", "slip.yaml", "--yes"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("tenants[0].apps[0]") && err.contains("did you mean `redirect_uris`?"), "{err}");
    let (_, tenants, _) = stage.run(&["tenant", "list", "--json"]);
    assert!(!tenants.contains("fern"), "{tenants}");
}

#[test]
fn nobody_is_asked_where_nobody_can_answer() {
    let stage = Stage::new();
    std::fs::write(stage.0.path().join("world.yaml"), WORLD).unwrap();
    let (code, out, err) = stage.run(&["apply", "world.yaml"]);
    assert_eq!(code, 2);
    assert!(out.contains("+ tenant fern") && err.contains("--yes"), "{out}{err}");
    let (_, tenants, _) = stage.run(&["tenant", "list", "--json"]);
    assert!(!tenants.contains("fern"), "{tenants}");
}

#[test]
fn the_doctor_tells_what_is_broken_and_how_to_mend_it() {
    let stage = Stage::new();
    stage.apply(WORLD, &["--yes"]);
    let (code, out, _) = stage.run(&["doctor", "--offline", "--json"]);
    let answer: Value = serde_json::from_str(&out).unwrap();
    let found = |area: &str, level: &str| {
        answer["checks"]
            .as_array()
            .unwrap()
            .iter()
            .any(|check| check["area"] == area && check["level"] == level)
    };
    assert_eq!(code, 1);
    assert!(
        found("config", "ok")
            && found("keys", "ok")
            && found("secrets", "failure")
            && found("public", "skipped"),
        "{out}"
    );
    for app in ["web", "nightly"] {
        assert_eq!(stage.run(&["app", "secret", "add", app, "--days", "365"]).0, 0);
    }
    let (code, out, err) = stage.run(&["doctor", "--offline"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(stage.run(&["app", "secret", "add", "web", "--days", "10", "--name", "short"]).0, 0);
    let (code, out, _) = stage.run(&["doctor", "--offline"]);
    assert!(code == 0 && out.contains("DW2002") && out.contains("ends in"), "{out}");
}

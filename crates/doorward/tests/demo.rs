//! `doorward demo` as scripts use it: started, asked over TLS with the authority that it printed, and started again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::BufReader;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use doorward_core::model::TenantKey;
use doorward_core::needs::Need;
use doorward_crypto::verify_password;
use doorward_store::Store as _;
use doorward_store_sqlite::{SqliteOptions, SqliteStore};
use serde_json::Value;
use tempfile::TempDir;

/// A running demo. Ends with the test, however that ends.
struct Demo {
    child: Child,
    out: BufReader<ChildStdout>,
    ready: Value,
}

impl Demo {
    /// Starts one on free ports. The home directory is the test's own, so that nobody's real authority is touched.
    fn start(home: &Path, data: &Path, more: &[&str]) -> Self {
        let mut child =
            command(home, data, more).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let ready = line(&mut out);
        assert_eq!(ready["event"], "ready");
        Self { child, out, ready }
    }

    fn text(&self, pointer: &str) -> &str {
        self.ready
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no {pointer} in {}", self.ready))
    }

    /// A member of the list whose `name` is that.
    fn named(&self, list: &str, name: &str) -> &Value {
        let found = self.ready[list].as_array().unwrap().iter().find(|item| item["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} in {list}"))
    }

    /// A client that believes the printed authority alone.
    fn client(&self) -> reqwest::Client {
        doorward_guard::http_client(&std::fs::read(self.text("/ca_file")).unwrap()).unwrap()
    }

    /// Asks it to stop as Ctrl-C does, and waits for the good end.
    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success(), "it ends in order");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(home: &Path, data: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
    command.env("HOME", home).args(["demo", "--json", "--port", "0", "--data"]).arg(data).args(more);
    command
}

fn line(out: &mut impl std::io::BufRead) -> Value {
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap_or_else(|fault| panic!("{fault} in the line {line:?}"))
}

async fn json(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
}

fn folders() -> (TempDir, TempDir) {
    (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap())
}

#[tokio::test]
async fn a_demo_is_usable_from_its_ready_line_and_the_same_at_the_next_start() {
    let (home, data) = folders();
    let first = Demo::start(home.path(), data.path(), &[]);
    assert!(first.text("/ca_file").starts_with(home.path().to_str().unwrap()));
    let http = first.client();
    for tenant in first.ready["tenants"].as_array().unwrap() {
        let issuer = tenant["issuer"].as_str().unwrap();
        let (status, document) = json(http.get(format!("{issuer}/.well-known/openid-configuration"))).await;
        assert_eq!((status, document["issuer"].as_str()), (200, Some(issuer)));
        for flow in tenant["flows"].as_array().unwrap() {
            let url =
                format!("{}/v2.0/.well-known/openid-configuration", flow["authority"].as_str().unwrap());
            let (status, document) = json(http.get(url)).await;
            assert_eq!((status, &document["issuer"]), (200, &flow["issuer"]));
        }
    }
    daemon_reads_all_notes(&first, &http).await;
    pages_are_up(&first, &http).await;

    let before = first.ready.clone();
    first.stop();
    let second = Demo::start(home.path(), data.path(), &[]);
    assert_eq!(second.ready["users"], before["users"], "the same people with the same passwords");
    for name in ["web-shop", "notes-web", "notes-spa", "notes-desktop", "indexer"] {
        let app = second.named("apps", name);
        let old = before["apps"].as_array().unwrap().iter().find(|app| app["name"] == name).unwrap();
        assert_eq!(
            (&app["client_id"], &app["client_secret"]),
            (&old["client_id"], &old["client_secret"]),
            "{name}"
        );
    }
    let callback = format!("{}/redirect", second.text("/web_app"));
    assert_eq!(
        second.named("apps", "notes-web")["redirect_uris"],
        serde_json::json!([callback]),
        "it follows the port"
    );
    daemon_reads_all_notes(&second, &second.client()).await;
    second.stop();
}

async fn daemon_reads_all_notes(demo: &Demo, http: &reqwest::Client) {
    let (daemon, notes) = (demo.named("apps", "indexer"), demo.named("apis", "notes"));
    let authority = demo.text("/tenants/0/authorities/0");
    let scope = format!("{}/.default", notes["identifier_uris"][0].as_str().unwrap());
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", daemon["client_id"].as_str().unwrap()),
        ("client_secret", daemon["client_secret"].as_str().unwrap()),
        ("scope", &scope),
    ];
    let (status, answer) = json(http.post(format!("{authority}/oauth2/v2.0/token")).form(&form)).await;
    assert_eq!(status, 200, "{answer}");
    let token = answer["access_token"].as_str().unwrap();
    let url = |path: &str| format!("{}{path}", notes["url"].as_str().unwrap());
    let (status, all) = json(http.get(url("/notes/all")).bearer_auth(token)).await;
    assert_eq!(status, 200, "{all}");
    assert!(!all["notes"].as_array().unwrap().is_empty());
    let (status, problem) = json(http.get(url("/notes")).bearer_auth(token)).await;
    assert_eq!(status, 403, "an app's token is not a person's: {problem}");
    assert_eq!(json(http.get(url("/notes/all"))).await.0, 401);
    assert_eq!(json(http.get(url("/health"))).await.0, 200);
}

async fn pages_are_up(demo: &Demo, http: &reqwest::Client) {
    let docs = format!("{}/docs", demo.named("apis", "notes")["url"].as_str().unwrap());
    for url in [format!("{}/", demo.text("/base_url")), format!("{}/", demo.text("/web_app")), docs] {
        let response = http.get(&url).send().await.unwrap();
        assert_eq!(response.status(), 200, "{url}");
        assert!(
            response.headers()["content-security-policy"].to_str().unwrap().contains("default-src 'none'"),
            "{url}"
        );
    }
    let signin = http.get(format!("{}/signin", demo.text("/web_app"))).send().await.unwrap();
    let location = signin.headers()["location"].to_str().unwrap();
    for part in ["state=", "nonce=", "code_challenge_method=S256", "b2c_1_susi"] {
        assert!(location.contains(part), "{part} is not in {location}");
    }
}

#[test]
fn the_daemons_runs_are_events() {
    let (home, data) = folders();
    let mut demo = Demo::start(home.path(), data.path(), &[]);
    let event = line(&mut demo.out);
    assert_eq!((&event["event"], &event["status"]), (&"daemon".into(), &200.into()), "{event}");
    demo.stop();
}

#[test]
fn a_start_that_fails_names_setting_value_and_remedy() {
    let (home, data) = folders();
    let demo = Demo::start(home.path(), data.path(), &[]);
    let failed = |data: &Path, more: &[&str]| {
        let output = command(home.path(), data, more).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        String::from_utf8(output.stderr).unwrap()
    };
    let in_use = failed(data.path(), &[]);
    assert!(in_use.contains(data.path().to_str().unwrap()) && in_use.contains("--data"), "{in_use}");
    let not_reset = failed(data.path(), &["--reset"]);
    assert!(not_reset.contains(&demo.child.id().to_string()), "{not_reset}");
    let nowhere = failed(Path::new("/proc/doorward"), &[]);
    assert!(nowhere.contains("/proc/doorward") && nowhere.contains("--data"), "{nowhere}");
    demo.stop();
}

#[test]
fn a_reset_begins_anew() {
    let (home, data) = folders();
    let first = Demo::start(home.path(), data.path(), &[]);
    let tenant = first.text("/tenants/0/id").to_owned();
    first.stop();
    let second = Demo::start(home.path(), data.path(), &["--reset"]);
    assert_ne!(second.text("/tenants/0/id"), tenant);
    second.stop();
}

#[tokio::test]
async fn lost_secrets_are_made_anew_and_open_the_old_accounts() {
    let (home, data) = folders();
    let first = Demo::start(home.path(), data.path(), &[]);
    let before = first.ready.clone();
    first.stop();
    std::fs::remove_file(data.path().join("demo-secrets.json")).unwrap();
    let second = Demo::start(home.path(), data.path(), &[]);
    assert_eq!(second.ready["tenants"][0]["id"], before["tenants"][0]["id"]);
    assert_ne!(second.named("apps", "indexer")["client_secret"], Value::Null);
    daemon_reads_all_notes(&second, &second.client()).await;
    let users = second.ready["users"].as_array().unwrap().clone();
    second.stop();
    for (new, old) in users.iter().zip(before["users"].as_array().unwrap()) {
        assert_ne!(new["password"], old["password"]);
        assert!(opens(data.path(), new).await && !opens(data.path(), old).await, "{}", new["username"]);
    }
}

/// Whether a user of a ready line has the password that the line says.
async fn opens(data: &Path, user: &Value) -> bool {
    let store = SqliteStore::open(data.join("doorward.db"), SqliteOptions::default()).unwrap();
    let tenant = TenantKey::new(user["tenant"].as_str().unwrap());
    let facts = store.facts(&[Need::Tenant(tenant.clone())]).await.unwrap();
    let (id, pool) = facts.tenant(&tenant).map(|tenant| (tenant.id, tenant.default_pool)).unwrap();
    let name = user["username"].as_str().unwrap();
    let facts = store.facts(&[Need::UserByName(id, pool, name.to_owned())]).await.unwrap();
    let phc = facts.user_by_name(id, pool, name).unwrap().password.clone().unwrap();
    verify_password(user["password"].as_str().unwrap(), &phc).unwrap().ok
}

#[tokio::test]
async fn a_start_that_was_killed_is_completed_by_the_next_one() {
    let (home, data) = folders();
    let mut child = command(home.path(), data.path(), &[]).stdout(Stdio::null()).spawn().unwrap();
    // Written before the first account: what follows is half done when the process is killed.
    while !data.path().join("demo-secrets.json").exists() {
        assert!(child.try_wait().unwrap().is_none(), "it did not get so far");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let demo = Demo::start(home.path(), data.path(), &[]);
    assert_eq!(demo.ready["users"].as_array().unwrap().len(), 4);
    assert_eq!(demo.ready["apps"].as_array().unwrap().len(), 5);
    daemon_reads_all_notes(&demo, &demo.client()).await;
    demo.stop();
}

#[test]
fn everything_that_can_be_tried_out_passes_and_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
        command.env("HOME", home.path()).env("TMPDIR", temporary.path());
        let output = command.args(["demo", "--json"]).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (output.status.code(), lines, String::from_utf8(output.stderr).unwrap())
    };
    let (code, lines, _) = run(&["--check"]);
    let failed: Vec<&Value> = lines.iter().filter(|line| line["ok"] == false).collect();
    assert!(code == Some(0) && failed.is_empty(), "{failed:?}");
    let sum = lines.last().unwrap();
    assert!(sum["event"] == "checked" && sum["passed"].as_u64().unwrap() > 40, "{sum}");

    let (code, lines, _) = run(&["--break", "missing-scope"]);
    let broken = lines.last().unwrap();
    assert_eq!(
        (code, &broken["told"]["code"], &broken["told"]["status"]),
        (Some(0), &"DW3202".into(), &403.into())
    );
    assert!(broken["told"]["page"].as_str().unwrap().contains("/docs/errors/DW3202"), "{broken}");

    let (code, lines, _) = run(&["--break", "list"]);
    assert!(code == Some(0) && lines.iter().any(|line| line["name"] == "missing-scope"));
    let (code, _, said) = run(&["--break", "mising-scope"]);
    assert!(code == Some(2) && said.contains("did you mean missing-scope"), "{said}");
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "nothing is left behind");
}

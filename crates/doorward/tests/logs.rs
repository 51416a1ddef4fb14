//! The request log at the terminal, and the lines of the log: what they tell, and that they hold no secret.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// Everything that this program itself can say.
const OURS: &str = "warn,doorward=trace,doorward_core=trace,doorward_crypto=trace,doorward_dialect=trace,\
                    doorward_guard=trace,doorward_server=trace,doorward_store_sqlite=trace";

fn doorward(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
    command.env("HOME", home).env_remove("DOORWARD_LOG").args(arguments);
    command
}

/// Every text in a document of secrets.
fn texts(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) => all.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, all)),
        Value::Object(members) => members.values().for_each(|member| texts(member, all)),
        _ => {}
    }
}

#[test]
fn the_log_of_a_whole_run_holds_no_secret() {
    let (home, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = data.path().to_str().unwrap();
    let Output { stderr, stdout, .. } = doorward(home.path(), &["demo", "--check", "--data", folder])
        .env("DOORWARD_LOG", OURS)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&stderr);
    let lines = log.lines().filter(|line| line.contains("request answered")).count();
    assert!(lines > 20, "{lines} requests in {log}\n{}", String::from_utf8_lossy(&stdout));
    let kept = std::fs::read(data.path().join("demo-secrets.json")).unwrap();
    let mut secrets = Vec::new();
    texts(&serde_json::from_slice(&kept).unwrap(), &mut secrets);
    let master = std::fs::read_to_string(data.path().join("master.key")).unwrap();
    secrets.push(master.trim().to_owned());
    secrets.retain(|secret| secret.len() >= 8);
    assert!(secrets.len() > 4);
    // Tokens, secrets, cookies, codes and headers, whichever they were.
    let forms =
        ["eyJ", "dws_", "dwo_", "__Host-", "?code=", "&code=", "Bearer ", "Basic ", "$argon2", "BEGIN "];
    for line in log.lines() {
        for secret in secrets.iter().map(String::as_str).chain(forms) {
            assert!(!line.contains(secret), "{secret} in {line}");
        }
        assert!(!line.contains('@'), "a person's address: {line}");
    }
}

/// A running demo. Ends with the test, however that ends.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn the_terminal_tells_what_was_refused_and_why() {
    let (home, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = data.path().to_str().unwrap();
    let mut child = doorward(home.path(), &["demo", "--json", "--port", "0", "--data", folder])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let demo = Demo(child);
    let ready: Value = serde_json::from_str(&ready).unwrap();
    let authority = std::fs::read(ready["ca_file"].as_str().unwrap()).unwrap();
    let http = doorward_guard::http_client(&authority).unwrap();
    let base = ready["base_url"].as_str().unwrap();
    let url = format!("{base}/meadow/oauth2/token");
    let refused =
        http.post(url).form(&[("grant_type", "client_credentials"), ("client_id", "nobody")]).send().await;
    let refused = refused.unwrap();
    let trace = refused.headers()["doorward-trace"].to_str().unwrap().to_owned();
    let body: Value = serde_json::from_slice(&refused.bytes().await.unwrap()).unwrap();
    assert_eq!(body["doorward"]["trace"], trace.as_str());
    assert_eq!(body["doorward"]["trace_url"], format!("{base}/_live/{trace}"));
    let code = body["doorward"]["code"].as_str().unwrap();

    let run = |arguments: &[&str]| {
        let output = doorward(home.path(), arguments).args(["--data", folder]).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (ended, told, _) = run(&["logs", "tail", "--code", code, "--since", "5m"]);
    assert_eq!(ended, Some(0));
    assert!(told.contains(code) && told.contains(&format!("t {trace}")), "{told}");
    let (_, told, _) = run(&["logs", "tail", "--code", code, "--json"]);
    let row: Value = serde_json::from_str(told.lines().next().unwrap()).unwrap();
    assert_eq!((&row["code"], &row["trace"]), (&body["doorward"]["code"], &Value::from(trace.as_str())));
    let (ended, told, said) = run(&["logs", "tail", "--code", "DW9999"]);
    assert_eq!((ended, told.as_str()), (Some(0), ""));
    assert!(said.contains("nothing fits"), "{said}");
    let (ended, _, said) = run(&["logs", "tail", "--since", "yesterday"]);
    assert_eq!(ended, Some(2));
    assert!(said.contains("15m"), "{said}");

    let (ended, told, _) = run(&["explain", &trace]);
    assert_eq!(ended, Some(0));
    for part in [code, "client.known", "FAIL", "do this", "POST token"] {
        assert!(told.contains(part), "{part} is missing in {told}");
    }
    let (ended, _, said) = run(&["explain", &"0".repeat(32)]);
    assert_eq!(ended, Some(1));
    assert!(said.contains("DW1070") || said.contains("no trace"), "{said}");
    drop(demo);
}

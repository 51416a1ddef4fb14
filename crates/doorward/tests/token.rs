//! `doorward token explain` as it is typed: tokens of this and of other houses, from files and from a running demo.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "../../../catalogue/witness.rs"]
#[expect(dead_code, reason = "a command prints text, no HTTP answer")]
mod witness;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use doorward_crypto::{SigningKey, sign_jwt};
use doorward_token::ClaimSet;
use doorward_token::jose::{Algorithm, Header, JwkSet, base64url};
use serde_json::{Value, json};

struct Ended {
    code: i32,
    out: String,
    err: String,
}

/// Types a command and pipes a text in.
fn explain(arguments: &[&str], input: &str) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
    command.args(["token", "explain"]).args(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that refuses its usage does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let ended =
        Ended { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) };
    witness::saw_text(&ended.out);
    assert!(
        input.len() < 40 || !format!("{}{}", ended.out, ended.err).contains(input.trim()),
        "never repeated"
    );
    ended
}

fn foreign(claims: &Value, header: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string());
    format!("{}.{}.{}", part(header), part(claims), base64url::encode([7; 64]))
}

#[test]
fn texts_of_other_houses_are_named_with_their_page() {
    let rs256 = json!({"alg": "RS256", "kid": "k"});
    let google = foreign(&json!({"iss": "https://accounts.google.com", "sub": "1", "aud": "x"}), &rs256);
    let cookie = foreign(&json!({"iss": "https://session.firebase.google.com/p", "sub": "1"}), &rs256);
    let graph =
        foreign(&json!({"iss": "https://sts.windows.net/1/", "aud": "https://graph.microsoft.com"}), &rs256);
    let emulator = foreign(&json!({"iss": "https://securetoken.google.com/p"}), &json!({"alg": "none"}));
    for (text, kind, code) in [
        (google.as_str(), "signed_google", "DW3102"),
        (cookie.as_str(), "signed_firebase_cookie", "DW3104"),
        (graph.as_str(), "signed_graph", "DW3107"),
        (emulator.as_str(), "unsigned", "DW5001"),
        ("dwo_8f3aC0pQ", "opaque_token", "DW2011"),
        ("4c5a0b0e-28c4-4a36-9a02-3a1fcd1c7a11", "id", "DW2001"),
        ("dws_8f3aC0pQ", "client_secret", "DW3101"),
        ("Bearer undefined", "placeholder", "DW3150"),
    ] {
        let told = explain(&["-"], text);
        assert!(told.code == 1 && told.out.contains(code) && told.out.contains("do this"), "{}", told.out);
        let body: Value = serde_json::from_str(&explain(&["-", "--json"], text).out).unwrap();
        assert_eq!(
            (&body["recognised"]["kind"], &body["verdict"]),
            (&json!(kind), &json!("finding")),
            "{body}"
        );
    }
}

/// A registration and a key set in files, and a signer.
struct Desk {
    folder: tempfile::TempDir,
    key: SigningKey,
}

impl Desk {
    fn set() -> Self {
        let (folder, key) = (tempfile::tempdir().unwrap(), SigningKey::generate(Algorithm::EdDSA).unwrap());
        let registration = json!({
            "name": "notes", "audiences": ["api://notes"], "docs": "https://id.test/docs/errors",
            "issuers": [{"issuer": "https://id.test/meadow", "jwks_uri": "https://id.test/meadow/oauth2/jwks"}]
        });
        std::fs::write(folder.path().join("api.json"), registration.to_string()).unwrap();
        let keys = serde_json::to_string(&JwkSet::new([key.public_jwk()])).unwrap();
        std::fs::write(folder.path().join("keys.json"), keys).unwrap();
        Self { folder, key }
    }

    fn token(&self, scopes: &str) -> String {
        let claims = json!({
            "iss": "https://id.test/meadow", "aud": "api://notes", "sub": "ben", "azp": "web", "idtyp": "user",
            "scp": scopes, "iat": 1_700_000_000, "exp": 4_000_000_000_i64
        });
        let claims: ClaimSet = serde_json::from_value(claims).unwrap();
        sign_jwt(&self.key, &Header::for_signing(Algorithm::EdDSA, self.key.kid()), &claims).unwrap()
    }

    fn explain(&self, more: &[&str], input: &str) -> Ended {
        let file = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let (api, keys) = (file("api.json"), file("keys.json"));
        let mut all = vec!["-", "--registration", &api, "--jwks", &keys];
        all.extend(more);
        explain(&all, input)
    }
}

/// The API's document in this repository.
const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/notes.yaml");

#[test]
fn files_are_enough_and_no_server_is_asked() {
    let desk = Desk::set();
    let route = ["--openapi", DOCUMENT, "--route", "DELETE /notes/{id}"];
    let good = desk.explain(&route, &desk.token("notes.read notes.write"));
    assert_eq!((good.code, good.err.as_str()), (0, ""), "{}", good.out);
    let bad = desk.explain(&route, &desk.token("notes.read"));
    assert_eq!(bad.code, 1, "{}", bad.out);
    for part in ["FAIL DW3202", "ask for api://notes/notes.write", "https://id.test/docs/errors/DW3202"] {
        assert!(bad.out.contains(part), "{part} is not in\n{}", bad.out);
    }
    assert_eq!(desk.explain(&[], &format!("Bearer {}\n", desk.token(""))).code, 0);
}

#[test]
fn wrong_usage_and_nothing_to_ask_have_exit_codes_of_their_own() {
    let desk = Desk::set();
    let empty = tempfile::tempdir().unwrap();
    let data = empty.path().to_str().unwrap();
    for (arguments, code) in [
        (vec!["-", "--for", "notes", "--data", data], 3),
        (vec!["-", "--route", "DELETE"], 2),
        (vec!["-", "--route", "DELETE /notes/7"], 2),
        (vec!["-", "--registration", "/nowhere/api.json", "--jwks", "/nowhere/keys.json"], 2),
        (vec!["-", "--registration", DOCUMENT, "--jwks", DOCUMENT], 2),
        (vec!["-", "--registration", "/nowhere/api.json"], 2),
        (vec![], 2),
    ] {
        let ended = explain(&arguments, &desk.token(""));
        assert!(ended.code == code && !ended.err.is_empty(), "{arguments:?}: {} {}", ended.code, ended.err);
    }
    assert_eq!(explain(&["-"], &"x".repeat(2 * 1024 * 1024)).code, 1);
}

/// A demo that ends with the test.
struct Demo(Child);

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(data: &Path) -> (Demo, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_doorward"));
    command.env("HOME", data).args(["demo", "--json", "--port", "0", "--data"]).arg(data);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Demo(child), serde_json::from_str(&line).unwrap())
}

#[tokio::test]
async fn a_running_demo_knows_its_api_and_what_its_routes_need() {
    let folder = tempfile::tempdir().unwrap();
    let (_demo, ready) = start(folder.path());
    let http =
        doorward_guard::http_client(&std::fs::read(ready["ca_file"].as_str().unwrap()).unwrap()).unwrap();
    let daemon = ready["apps"].as_array().unwrap().iter().find(|app| app["name"] == "indexer").unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", daemon["client_id"].as_str().unwrap()),
        ("client_secret", daemon["client_secret"].as_str().unwrap()),
        ("scope", "api://notes/.default"),
    ];
    let url = format!("{}/oauth2/v2.0/token", ready["tenants"][0]["authorities"][0].as_str().unwrap());
    let body = http.post(url).form(&form).send().await.unwrap().bytes().await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let token = body["access_token"].as_str().unwrap();
    let data = folder.path().to_str().unwrap();
    for (route, exit, code) in [
        ("GET /notes/all", 0, Value::Null),
        ("GET /notes", 1, json!("DW3204")),
        ("GET /nothing", 1, json!("DW3250")),
    ] {
        let ended = explain(&["-", "--for", "notes", "--route", route, "--data", data, "--json"], token);
        assert_eq!(ended.code, exit, "{} {}", ended.out, ended.err);
        let body: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(body["first_cause"]["code"], code, "{body}");
    }
    let unknown = explain(&["-", "--for", "notse", "--tenant", "meadow", "--data", data], token);
    assert!(unknown.code == 1 && unknown.err.contains("did you mean notes"), "{}", unknown.err);
}

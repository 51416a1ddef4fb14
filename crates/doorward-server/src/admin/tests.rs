//! The addresses of the administration, against a real store.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use doorward_crypto::MasterKey;
use doorward_store_sqlite::{SqliteOptions, SqliteStore};
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use super::{Access, router};
use crate::app::{App, Installation, Settings};
use crate::clock::SystemClock;

struct Office {
    app: App,
    data: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Value,
}

impl Office {
    async fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(data.path().join("doorward.db"), SqliteOptions::default()).unwrap();
        let installation = Installation {
            store: Arc::new(store),
            clock: Arc::new(SystemClock),
            master: MasterKey::generate(),
            settings: Settings {
                base_url: "https://id.test".to_owned(),
                development: true,
                trust_forwarded_for: false,
                landing: None,
            },
        };
        Self { app: App::open(installation).await.unwrap(), data }
    }

    /// With the tenant `meadow`, the application `shop` and the API `notes`.
    async fn furnished() -> Self {
        let office = Self::open().await;
        let made =
            office.send("POST", "/tenants", json!({ "name": "meadow", "domain": "meadow.test" })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let api = json!({
            "name": "notes",
            "scopes": [{ "value": "notes.read" }, { "value": "notes.write" }],
            "roles": [{ "value": "Notes.Read.All" }],
        });
        assert_eq!(office.send("POST", "/tenants/meadow/apis", api).await.status, StatusCode::CREATED);
        let shop = json!({
            "name": "web shop",
            "kind": "web",
            "redirect_uris": [{ "uri": "https://shop.test/cb" }],
            "requires": ["notes:notes.read"],
        });
        assert_eq!(office.send("POST", "/tenants/meadow/apps", shop).await.status, StatusCode::CREATED);
        office
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(format!("/admin/v1{path}"))
            .header(CONTENT_TYPE, "application/json")
            .body(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) })
            .unwrap();
        ask(router(self.app.clone(), Access::Socket), request).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, Value::Null).await
    }
}

async fn ask(router: Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)));
    Answer { status: parts.status, headers: parts.headers, body }
}

#[tokio::test]
async fn over_the_network_every_address_wants_credentials() {
    let office = Office::open().await;
    for path in ["/admin/v1", "/admin/v1/tenants", "/admin/v1/no/such/thing"] {
        let network: Router = Router::new().nest("/admin/v1", router(office.app.clone(), Access::Network));
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let answer = ask(network, request).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.body["code"], "DW1074");
        assert_eq!(answer.headers[CONTENT_TYPE], "application/problem+json");
        assert!(answer.headers.contains_key("www-authenticate"));
    }
}

#[tokio::test]
async fn an_application_is_registered_shown_changed_and_removed() {
    let office = Office::furnished().await;
    let list = office.get("/tenants/meadow/apps").await;
    assert_eq!(list.body["items"][0]["name"], "web shop");
    assert_eq!(list.body["items"][0]["requires"][0]["permission"], "notes:notes.read");
    let client_id = list.body["items"][0]["client_id"].as_str().unwrap().to_owned();
    for word in ["web%20shop", client_id.as_str()] {
        let shown = office.get(&format!("/tenants/meadow/apps/{word}")).await;
        assert_eq!(shown.body["client_id"], client_id);
        assert_eq!(shown.body["secrets"][0]["name"], "default");
        assert!(!shown.body.to_string().contains("digest") && shown.body.get("undo").is_none());
    }
    let body = json!({ "uri": "http://localhost:3000/redirect" });
    let added = office.send("POST", "/tenants/meadow/apps/web%20shop/redirects", body).await;
    assert_eq!(added.body["redirect_uris"][1]["platform"], "web", "{}", added.body);
    assert_eq!(
        added.body["undo"],
        json!(["app", "redirect", "rm", "web shop", "http://localhost:3000/redirect", "--tenant", "meadow"])
    );
    let gone = office.send("DELETE", "/tenants/meadow/apps/web%20shop", Value::Null).await;
    assert_eq!(gone.body["removed"], "web shop");
    assert_eq!(office.get("/tenants/meadow/apps/web%20shop").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    let office = Office::furnished().await;
    let made = office
        .send("POST", "/tenants/meadow/apps/web%20shop/secrets", json!({ "name": "ci", "days": 7 }))
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let secret = made.body["client_secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("dws_") && secret.len() == 47);
    for path in ["/tenants/meadow/apps/web%20shop", "/tenants/meadow/audit", "/audit"] {
        let said = office.get(path).await.body.to_string();
        assert!(said.contains("ci") && !said.contains(&secret[8..]), "{path}");
    }
    let id = made.body["secret_id"].as_str().unwrap();
    let path = format!("/tenants/meadow/apps/web%20shop/secrets/{id}?revoke_grants=true");
    assert_eq!(office.send("DELETE", &path, Value::Null).await.status, StatusCode::OK);
}

#[tokio::test]
async fn people_are_added_with_a_password_that_is_nowhere_to_be_read() {
    let office = Office::furnished().await;
    let ben =
        json!({ "name": "ben.fern", "emails": ["ben@meadow.test"], "password": "correct horse battery" });
    let made = office.send("POST", "/tenants/meadow/users", ben.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(made.body["has_password"], true);
    assert!(!made.body.to_string().contains("argon2"));
    let again = office.send("POST", "/tenants/meadow/users", ben).await;
    assert_eq!((again.status, again.body["code"].as_str()), (StatusCode::CONFLICT, Some("DW1071")));
    let weak = office
        .send("PUT", "/tenants/meadow/users/ben.fern/password", json!({ "password": "12345678" }))
        .await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", weak.body);
    let wrong = office
        .send("PUT", "/tenants/meadow/users/ben.fern/password", json!({ "password": 77_001_122 }))
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(!wrong.body.to_string().contains("77001122"), "{}", wrong.body);
    let missing = office.get("/tenants/meadow/users/ben").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.body["expected"], "ben.fern");
    let found = office.get("/tenants/meadow/users?search=BEN").await;
    assert_eq!(found.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_last_administrator_stays_and_the_first_of_two_may_go() {
    let office = Office::furnished().await;
    let ada = json!({ "name": "ada", "roles": ["administrator"] });
    office.send("POST", "/tenants/meadow/users", ada).await;
    let refused = office.send("DELETE", "/tenants/meadow/users/ada", Value::Null).await;
    assert_eq!((refused.status, refused.body["code"].as_str()), (StatusCode::CONFLICT, Some("DW1075")));
    office.send("POST", "/tenants/meadow/users", json!({ "name": "eve" })).await;
    let path = "/tenants/meadow/users/eve/roles/administrator";
    assert_eq!(office.send("PUT", path, Value::Null).await.status, StatusCode::OK);
    assert_eq!(office.send("DELETE", "/tenants/meadow/users/ada", Value::Null).await.status, StatusCode::OK);
    assert_eq!(
        office.send("POST", "/tenants/meadow/users/eve/disable", Value::Null).await.status,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn a_grant_by_short_name_is_in_the_table_and_can_be_withdrawn() {
    let office = Office::furnished().await;
    office.send("POST", "/tenants/meadow/users", json!({ "name": "ben.fern" })).await;
    let grant = json!({ "app": "web shop", "permission": "notes:notes.read", "user": "ben" });
    let given = office.send("POST", "/tenants/meadow/grants", grant).await;
    assert_eq!(
        (given.status, given.body["granted_for"].as_str()),
        (StatusCode::OK, Some("ben.fern")),
        "{}",
        given.body
    );
    let role = json!({ "app": "web shop", "permission": "notes:Notes.Read.All" });
    assert_eq!(office.send("POST", "/tenants/meadow/role-assignments", role).await.status, StatusCode::OK);
    let table = office.get("/tenants/meadow/apps/web%20shop/permissions").await.body;
    assert_eq!(
        table["permissions"],
        json!([
            { "api": "notes", "name": "Notes.Read.All", "kind": "Application", "admin_consent_required": true,
              "requested": false, "granted_for": ["the app itself"] },
            { "api": "notes", "name": "notes.read", "kind": "Delegated", "admin_consent_required": false,
              "requested": true, "granted_for": ["ben.fern"] },
        ])
    );
    let listed = office.get("/tenants/meadow/grants?app=web%20shop").await.body;
    assert_eq!(listed["items"][0]["permissions"], json!(["notes.read"]));
    assert_eq!(office.get("/tenants/meadow/role-assignments").await.body["items"][0]["app"], "web shop");
    for (path, status) in [
        ("/tenants/meadow/grants?app=web%20shop&permission=notes:notes.read&all=true", StatusCode::NOT_FOUND),
        ("/tenants/meadow/grants?app=web%20shop&permission=notes:notes.read", StatusCode::BAD_REQUEST),
        ("/tenants/meadow/grants?app=web%20shop&permission=notes:notes.read&user=ben", StatusCode::OK),
        ("/tenants/meadow/grants?app=web%20shop&permission=notes:notes.read&user=ben", StatusCode::NOT_FOUND),
    ] {
        let answer = office.send("DELETE", path, Value::Null).await;
        assert_eq!(answer.status, status, "{path} {}", answer.body);
    }
}

#[tokio::test]
async fn an_import_keeps_what_was_granted_and_a_dry_run_changes_nothing() {
    let office = Office::furnished().await;
    let grant = json!({ "app": "web shop", "permission": "notes:notes.write", "all": true });
    assert_eq!(office.send("POST", "/tenants/meadow/grants", grant).await.status, StatusCode::OK);
    let document =
        json!({ "spec": { "name": "notes", "title": "Notes", "scopes": [{ "value": "notes.new" }] } });
    let dry = office.send("POST", "/tenants/meadow/api-imports?dry_run=true", document.clone()).await;
    assert_eq!(dry.body["dry_run"], true, "{}", dry.body);
    let kinds = |answer: &Answer| -> Vec<(String, String)> {
        let changes = answer.body["changes"].as_array().unwrap();
        let text = |change: &Value, name: &str| change[name].as_str().unwrap_or_default().to_owned();
        changes.iter().map(|change| (text(change, "name"), text(change, "kind"))).collect()
    };
    let expected = [
        ("", "changed"),
        ("notes.new", "added"),
        ("notes.write", "kept"),
        ("notes.read", "removed"),
        ("Notes.Read.All", "removed"),
    ]
    .map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    assert_eq!(kinds(&dry), expected);
    assert_eq!(office.get("/tenants/meadow/apis/notes").await.body["title"], "notes");
    let real = office.send("POST", "/tenants/meadow/api-imports", document).await;
    assert_eq!(kinds(&real), expected);
    let api = office.get("/tenants/meadow/apis/api%3A%2F%2Fnotes").await.body;
    assert_eq!((api["title"].as_str(), api["scopes"].as_array().unwrap().len()), (Some("Notes"), 2));
    let used = office.send("DELETE", "/tenants/meadow/apis/notes", Value::Null).await;
    assert_eq!((used.status, used.body["code"].as_str()), (StatusCode::CONFLICT, Some("DW1076")));
    assert!(used.body["detail"].as_str().unwrap().contains("web shop"), "{}", used.body);
}

#[tokio::test]
async fn listings_go_on_where_they_ended() {
    let office = Office::furnished().await;
    for n in 0..5 {
        office.send("POST", "/tenants/meadow/users", json!({ "name": format!("u{n}") })).await;
    }
    let (mut seen, mut path) = (Vec::new(), "/tenants/meadow/users?limit=2".to_owned());
    loop {
        let page = office.get(&path).await.body;
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| user["username"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        let cursor: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
        path = format!("/tenants/meadow/users?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["u0", "u1", "u2", "u3", "u4"]);
    for bad in ["limit=0", "limit=1001", "limit=x", "cursor=nonsense", "limit=1&limit=2"] {
        let answer = office.get(&format!("/tenants/meadow/users?{bad}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad} {}", answer.body);
    }
}

#[tokio::test]
async fn bad_requests_are_answered_in_json() {
    let office = Office::furnished().await;
    let send = |method: &str, path: &str, kind: &str, body: Vec<u8>| {
        let request = Request::builder()
            .method(method)
            .uri(format!("/admin/v1{path}"))
            .header(CONTENT_TYPE, kind)
            .body(Body::from(body))
            .unwrap();
        ask(router(office.app.clone(), Access::Socket), request)
    };
    let json = "application/json";
    for (method, path, kind, body, status, code) in [
        ("POST", "/tenants", json, b"{".to_vec(), 400, "DW1050"),
        ("POST", "/tenants", json, b"[]".to_vec(), 400, "DW1050"),
        ("POST", "/tenants", json, br#"{"name":"x","nmae":"y"}"#.to_vec(), 400, "DW1050"),
        ("POST", "/tenants", "text/plain", b"{}".to_vec(), 415, "DW1053"),
        ("POST", "/tenants", "application/x-www-form-urlencoded", b"name=x".to_vec(), 415, "DW1053"),
        ("POST", "/tenants", json, vec![b' '; 1024 * 1024 + 1], 413, "DW1054"),
        ("PUT", "/tenants", json, Vec::new(), 405, "DW1052"),
        ("POST", "/tenants/meadow/apps/web%20shop", json, Vec::new(), 405, "DW1052"),
        ("GET", "/nothing", json, Vec::new(), 404, "DW1055"),
        ("GET", "/tenants/meadow/nothing", json, Vec::new(), 404, "DW1055"),
        ("GET", "/tenants/%ff", json, Vec::new(), 400, "DW1050"),
        ("GET", "/tenants/meadwo/apps", json, Vec::new(), 404, "DW1070"),
        ("GET", "/tenants/meadow/apps/shpo", json, Vec::new(), 404, "DW1070"),
        ("GET", "/traces/0123", json, Vec::new(), 404, "DW1070"),
        ("POST", "/tenants", json, br#"{"name":"common"}"#.to_vec(), 422, "DW1072"),
        ("POST", "/tenants", json, br#"{"name":"meadow"}"#.to_vec(), 409, "DW1071"),
    ] {
        let answer = send(method, path, kind, body).await;
        let shown = format!("{method} {path}: {}", answer.body);
        assert_eq!(answer.status.as_u16(), status, "{shown}");
        assert_eq!(answer.body["code"], code, "{shown}");
        assert_eq!(answer.headers[CONTENT_TYPE], "application/problem+json", "{shown}");
        assert!(answer.headers.contains_key("doorward-trace"), "{shown}");
        assert_eq!(answer.headers.contains_key(ALLOW), status == 405, "{shown}");
        assert!(answer.body["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{shown}");
    }
}

#[tokio::test]
async fn a_refusal_can_be_looked_up_by_its_trace() {
    let office = Office::furnished().await;
    let refused = office.get("/tenants/meadow/apps/nothing").await;
    let trace = refused.body["trace"].as_str().unwrap();
    let story = office.get(&format!("/traces/{trace}")).await;
    assert_eq!((story.status, story.body["code"].as_str()), (StatusCode::OK, Some("DW1070")));
}

#[tokio::test]
async fn keys_are_published_before_they_sign() {
    let office = Office::furnished().await;
    let before = office.get("/tenants/meadow/keys").await.body;
    assert_eq!(before["items"].as_array().unwrap().len(), 2);
    let rotate = |body| office.send("POST", "/tenants/meadow/keys/rotations", body);
    let first = rotate(json!({ "algorithm": "ES256" })).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    let soon = rotate(json!({ "algorithm": "ES256" })).await;
    assert_eq!((soon.status, soon.body["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("DW1072")));
    let now = rotate(json!({ "algorithm": "ES256", "timing": "now" })).await;
    let states: Vec<_> = now.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| key["algorithm"] == "ES256")
        .map(|key| key["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["active", "retiring"]);
    assert!(!now.body.to_string().contains("sealed"));
}

#[tokio::test]
async fn flows_are_stored_shown_and_removed() {
    let office = Office::furnished().await;
    let body = json!({ "kind": "sign_up_or_sign_in", "claims": ["emails"], "aliases": ["join"] });
    let stored = office.send("PUT", "/tenants/meadow/flows/Welcome", body).await;
    assert_eq!((stored.status, stored.body["consent"].as_str()), (StatusCode::OK, Some("admin_only")));
    assert_eq!(office.get("/tenants/meadow/flows/JOIN").await.body["name"], "Welcome");
    assert_eq!(office.get("/tenants/meadow/flows").await.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        office.send("DELETE", "/tenants/meadow/flows/welcome", Value::Null).await.status,
        StatusCode::OK
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_socket_answers_its_owner_and_is_nobody_elses() {
    use std::os::unix::fs::PermissionsExt as _;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let office = Office::open().await;
    let path = office.data.path().join(super::SOCKET_FILE);
    std::fs::write(&path, "a leftover").unwrap();
    let socket = super::Socket::bind(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(socket.serve(router(office.app.clone(), Access::Socket), async {
        let _ = stopped.await;
    }));
    let mut stream = tokio::net::UnixStream::connect(&path).await.unwrap();
    stream
        .write_all(b"GET /admin/v1/tenants HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200") && text.ends_with(r#"{"items":[],"next":null}"#), "{text}");
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert!(!path.exists());
}

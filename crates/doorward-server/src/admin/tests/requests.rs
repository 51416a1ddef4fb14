//! Access, paging, problems, traces and the socket.

use axum::Router;
use axum::body::Body;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{Request, StatusCode};
use serde_json::json;

use super::{Access, Office, ask, router};

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
    let nonsense = office.get("/tenants/meadow/users?cursor=nonsense").await;
    assert_eq!(nonsense.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", nonsense.body);
    for bad in ["limit=0", "limit=1001", "limit=x", "limit=", "limit=1&limit=2"] {
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

#[cfg(unix)]
#[tokio::test]
async fn the_socket_answers_its_owner_and_is_nobody_elses() {
    use std::os::unix::fs::PermissionsExt as _;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let office = Office::open().await;
    let path = office.data.path().join(crate::admin::SOCKET_FILE);
    std::fs::write(&path, "a leftover").unwrap();
    let socket = crate::admin::Socket::bind(&path).unwrap();
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

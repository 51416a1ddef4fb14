//! The addresses of the administration, against a real store.

mod first;
mod mail;
mod people;
mod requests;
mod things;
#[path = "../../../../catalogue/witness.rs"]
#[expect(dead_code, reason = "problems have no error_description")]
mod witness;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use doorward_crypto::MasterKey;
use doorward_store_sqlite::{SqliteOptions, SqliteStore};
use http::header::CONTENT_TYPE;
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
    witness::saw_answer(parts.status.as_u16(), &[], &String::from_utf8_lossy(&bytes));
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)));
    Answer { status: parts.status, headers: parts.headers, body }
}

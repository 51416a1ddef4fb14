//! An issuer with its key server, an API behind the guard, and a clock that is set.

use std::sync::atomic::{AtomicI64, AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Extension, MatchedPath, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use doorward_crypto::{SigningKey, sign_jwt};
use doorward_guard::{Caller, Clock, Guard, GuardBuilder, TrustedIssuer};
use doorward_policy::{Policy, openapi};
use doorward_token::ClaimSet;
use doorward_token::jose::{Algorithm, Header, JwkSet};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::witness;

pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const ISSUER: &str = "https://id.test/meadow";
pub(crate) const AUDIENCE: &str = "api://notes";

const DOCUMENT: &str = "
openapi: 3.1.0
info: {title: Notes, version: '1'}
x-doorward-api: {name: notes, audience: 'api://notes'}
components:
  securitySchemes:
    meadow:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: https://id.test/a
          tokenUrl: https://id.test/t
          scopes: {notes.read: Read your notes, notes.write: Write your notes}
paths:
  /health: {get: {security: []}}
  /notes: {get: {operationId: listNotes, security: [{meadow: [notes.read]}], x-doorward-roles: [Notes.Read.All]}}
  /notes/{id}:
    get: {security: [{meadow: [notes.read]}]}
    delete: {security: [{meadow: [notes.read, notes.write]}]}
  /me: {get: {security: [{meadow: []}], x-doorward-kind: user}}
  /jobs: {post: {x-doorward-roles: [Jobs.Run]}}
  /export:
    post: {security: [{meadow: [notes.read]}], x-doorward-acr: 'urn:doorward:acr:mfa', x-doorward-max-age: 300}
";

pub(crate) fn policy() -> Policy {
    openapi::read(DOCUMENT, &openapi::Options::default()).expect("the document is sound").declaration.policy
}

pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn forward(&self, secs: i64) {
        self.0.fetch_add(secs, Ordering::Relaxed);
    }
}

impl Clock for SetClock {
    fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What the key server answers, and how often it was asked.
pub(crate) struct Published {
    pub(crate) keys: Mutex<Value>,
    pub(crate) registration: Mutex<Value>,
    pub(crate) key_fetches: AtomicUsize,
    pub(crate) registration_fetches: AtomicUsize,
    pub(crate) status: AtomicU16,
}

impl Published {
    fn answer(&self, document: &Mutex<Value>, fetches: &AtomicUsize) -> impl IntoResponse + use<> {
        fetches.fetch_add(1, Ordering::Relaxed);
        let status = StatusCode::from_u16(self.status.load(Ordering::Relaxed)).expect("a status");
        (status, axum::Json(document.lock().expect("not poisoned").clone()))
    }

    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        let set = JwkSet::new(keys.iter().map(|key| key.public_jwk()));
        *self.keys.lock().expect("not poisoned") = serde_json::to_value(set).expect("keys serialise");
    }
}

/// Everything a test needs.
pub(crate) struct Stage {
    pub(crate) base: String,
    pub(crate) clock: Arc<SetClock>,
    pub(crate) key: SigningKey,
    pub(crate) published: Arc<Published>,
}

impl Stage {
    /// An issuer that signs with Ed25519, or, for tests about RSA, with RS256.
    pub(crate) async fn set(alg: Algorithm) -> Self {
        let key = SigningKey::generate(alg).expect("a key");
        let published = Arc::new(Published {
            keys: Mutex::default(),
            registration: Mutex::default(),
            key_fetches: AtomicUsize::new(0),
            registration_fetches: AtomicUsize::new(0),
            status: AtomicU16::new(200),
        });
        published.publish(&[&key]);
        let server = Router::new()
            .route(
                "/keys",
                get(|State(p): State<Arc<Published>>| async move { p.answer(&p.keys, &p.key_fetches) }),
            )
            .route(
                "/feed/meadow/apis/notes",
                get(|State(p): State<Arc<Published>>| async move {
                    p.answer(&p.registration, &p.registration_fetches)
                }),
            )
            .with_state(Arc::clone(&published));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("it is bound"));
        tokio::spawn(async move { axum::serve(listener, server).await });
        let stage = Self { base, clock: Arc::new(SetClock(AtomicI64::new(NOW))), key, published };
        *stage.published.registration.lock().expect("not poisoned") = stage.registration(&[ISSUER]);
        stage
    }

    pub(crate) fn registration(&self, issuers: &[&str]) -> Value {
        let jwks_uri = format!("{}/keys", self.base);
        let issuers: Vec<_> =
            issuers.iter().map(|issuer| json!({"issuer": issuer, "jwks_uri": jwks_uri})).collect();
        json!({
            "name": "notes", "audiences": [AUDIENCE], "issuers": issuers, "profile": "ms",
            "docs": "https://id.test/docs/errors"
        })
    }

    pub(crate) fn builder(&self) -> GuardBuilder {
        Guard::builder(policy()).clock(self.clock.clone())
    }

    pub(crate) fn guard(&self) -> Guard {
        let issuer = TrustedIssuer { issuer: ISSUER.to_owned(), jwks_uri: format!("{}/keys", self.base) };
        self.builder()
            .issuers([issuer])
            .audiences([AUDIENCE])
            .docs_base("https://id.test/docs/errors/")
            .build()
            .expect("a sound configuration")
    }

    pub(crate) fn token(&self, claims: Value) -> String {
        self.token_with(claims, |_| {})
    }

    pub(crate) fn token_with(&self, claims: Value, change: impl FnOnce(&mut Header)) -> String {
        let mut header = Header {
            alg: self.key.algorithm().name().to_owned(),
            kid: Some(self.key.kid().to_owned()),
            typ: Some("JWT".to_owned()),
            ..Header::default()
        };
        change(&mut header);
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        sign_jwt(&self.key, &header, &ClaimSet::from_map(claims)).expect("it signs")
    }

    pub(crate) fn user(&self, scopes: &str) -> String {
        self.token(claims_of(scopes))
    }

    pub(crate) fn app(&self, roles: &[&str]) -> String {
        self.token(json!({
            "iss": ISSUER, "aud": AUDIENCE, "sub": "daemon", "azp": "daemon", "idtyp": "app", "roles": roles,
            "iat": NOW, "nbf": NOW, "exp": NOW + 3_600
        }))
    }

    pub(crate) fn key_fetches(&self) -> usize {
        self.published.key_fetches.load(Ordering::Relaxed)
    }
}

/// The claims of a good token: a user's with `scopes`.
pub(crate) fn claims_of(scopes: &str) -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "ben", "azp": "web", "idtyp": "user", "scp": scopes, "scope": scopes,
        "iat": NOW, "nbf": NOW, "exp": NOW + 3_600, "jti": "1"
    })
}

/// The API behind the guard, judged by axum's own match.
pub(crate) fn router(guard: &Guard) -> Router {
    api().layer(
        guard.layer().matched_by(|extensions| extensions.get::<MatchedPath>().map(MatchedPath::as_str)),
    )
}

/// The same, judged by the raw path.
pub(crate) fn raw_router(guard: &Guard) -> Router {
    api().layer(guard.layer())
}

/// Every route tells what the handler saw.
fn api() -> Router {
    let seen = |caller: Option<Extension<Caller>>, headers: HeaderMap| async move {
        let caller = caller.map(|Extension(caller)| {
            json!({"sub": caller.subject(), "client": caller.client_id(), "route": caller.route(), "kind": caller.principal().kind()})
        });
        let headers: Vec<_> = headers.keys().map(ToString::to_string).collect();
        axum::Json(json!({"caller": caller, "headers": headers}))
    };
    Router::new()
        .route("/health", any(seen))
        .route("/notes", any(seen))
        .route("/notes/{note}", any(seen))
        .route("/me", any(seen))
        .route("/jobs", any(seen))
        .route("/export", any(seen))
        .route("/forgotten", any(seen))
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

/// Calls with these headers. The route is found by axum's match and, again, by the raw path: both answer alike.
pub(crate) async fn call_with(guard: &Guard, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    let raw = send(raw_router(guard), method, target, headers).await;
    let matched = send(router(guard), method, target, headers).await;
    assert_eq!((raw.status, raw.code()), (matched.status, matched.code()), "{method} {target}");
    matched
}

async fn send(router: Router, method: &str, target: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(axum::body::Body::empty()).expect("a request");
    let response = router.oneshot(request).await.expect("infallible");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let answer = Answer { status: parts.status.as_u16(), headers: parts.headers, body };
    let challenge = answer.header("www-authenticate");
    witness::saw_answer(answer.status, &[challenge], &String::from_utf8_lossy(&bytes));
    for text in challenge.split("error_description=\"").skip(1) {
        witness::assert_fit(text.split('"').next().unwrap_or_default());
    }
    answer
}

/// Calls with a bearer token.
pub(crate) async fn call(guard: &Guard, method: &str, target: &str, token: &str) -> Answer {
    call_with(guard, method, target, &[("authorization", &format!("Bearer {token}"))]).await
}

//! The notes API: an axum service behind the guard's layer, as a customer would build it.
//!
//! Owns the handlers and their problem bodies. Who may call what is in `examples/notes.yaml` alone; the handlers check
//! nothing but the note itself.

use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Extension, MatchedPath, Path, Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_TYPE, LOCATION, ORIGIN,
    VARY,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use doorward_guard::{Caller, Guard};
use serde::Deserialize;
use serde_json::json;

use super::api_page;
use super::cast;
use super::doors::Addresses;
use super::look::Look;
use super::notes::{Notes, Owner};

/// Bytes of a request body; a note has at most 2000 characters.
const MOST_BYTES: usize = 64 * 1024;

/// The guarded routes, and outside of the guard what is no route of the API: its page and its document.
pub(super) fn router(guard: &Guard, notes: Arc<Notes>, look: Arc<Look>, at: &Addresses) -> Router {
    let by_route = guard.layer().matched_by(|of| of.get::<MatchedPath>().map(MatchedPath::as_str));
    let guarded = Router::new()
        .route("/health", get(health))
        .route("/export", get(export))
        .route("/notes", get(list).post(add))
        .route("/notes/all", get(list_all))
        .route("/notes/shared", get(list_shared))
        .route("/notes/{id}", get(read).delete(delete))
        .route("/notes/{id}/share", post(share))
        .fallback(not_found)
        .method_not_allowed_fallback(not_found)
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(notes)
        .layer(by_route);
    let origins: Arc<[String]> = cast::origins(at).into();
    api_page::router(look, at).merge(guarded).layer(from_fn_with_state(origins, cors))
}

#[derive(Deserialize)]
struct NewNote {
    text: String,
}

async fn health() -> Response {
    answer(StatusCode::OK, json!({ "status": "ok" }))
}

async fn list(State(notes): State<Arc<Notes>>, Extension(caller): Extension<Caller>) -> Response {
    match notes.of(owner(&caller)) {
        Ok(own) => answer(StatusCode::OK, json!(own)),
        Err(fault) => problem(StatusCode::SERVICE_UNAVAILABLE, &fault.to_string()),
    }
}

/// The guard lets nobody through without a fresh sign-in and a second factor; the answer tells which sign-in it was.
async fn export(State(notes): State<Arc<Notes>>, Extension(caller): Extension<Caller>) -> Response {
    let signed_in = caller.claims().value("acr");
    match notes.of(owner(&caller)) {
        Ok(own) => answer(StatusCode::OK, json!({ "notes": own, "acr": signed_in })),
        Err(fault) => problem(StatusCode::SERVICE_UNAVAILABLE, &fault.to_string()),
    }
}

async fn list_shared(State(notes): State<Arc<Notes>>, Extension(caller): Extension<Caller>) -> Response {
    answer(StatusCode::OK, json!(notes.shared_with(owner(&caller))))
}

async fn list_all(State(notes): State<Arc<Notes>>) -> Response {
    let (all, people) = notes.all();
    answer(StatusCode::OK, json!({ "notes": all, "people": people }))
}

async fn read(
    State(notes): State<Arc<Notes>>,
    caller: Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    match number(&id).and_then(|id| notes.find(owner(&caller), id)) {
        Some(note) => answer(StatusCode::OK, json!(note)),
        None => no_such_note(),
    }
}

async fn add(
    State(notes): State<Arc<Notes>>,
    Extension(caller): Extension<Caller>,
    body: Result<Json<NewNote>, JsonRejection>,
) -> Response {
    let Json(new) = match body {
        Ok(body) => body,
        Err(rejection) => return problem(rejection.status(), "the body is not a JSON object with a `text`"),
    };
    match notes.add(owner(&caller), &new.text) {
        Ok(note) => {
            let location =
                HeaderValue::from_str(&format!("/notes/{}", note.id)).expect("a number is visible ASCII");
            let mut response = answer(StatusCode::CREATED, json!(note));
            response.headers_mut().insert(LOCATION, location);
            response
        }
        Err(fault) => problem(StatusCode::UNPROCESSABLE_ENTITY, &fault.to_string()),
    }
}

async fn delete(
    State(notes): State<Arc<Notes>>,
    caller: Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    match number(&id).and_then(|id| notes.delete(owner(&caller), id)) {
        Some(()) => StatusCode::NO_CONTENT.into_response(),
        None => no_such_note(),
    }
}

async fn share(
    State(notes): State<Arc<Notes>>,
    caller: Extension<Caller>,
    Path(id): Path<String>,
) -> Response {
    match number(&id).and_then(|id| notes.share(owner(&caller), id)) {
        Some(note) => answer(StatusCode::OK, json!(note)),
        None => no_such_note(),
    }
}

/// Never reached: the guard answers what is not declared. It stands there so that the guard's layer covers it.
async fn not_found() -> Response {
    problem(StatusCode::NOT_FOUND, "there is no such route")
}

/// Whose notes: the account's id, which is the same through every door; `sub` differs by door.
fn owner(caller: &Caller) -> Owner<'_> {
    let claims = caller.claims();
    let id = claims.text("oid").or_else(|| caller.subject()).unwrap_or_default();
    let name = ["preferred_username", "name"].iter().find_map(|claim| claims.text(claim)).unwrap_or(id);
    Owner { id, name }
}

fn number(id: &str) -> Option<u64> {
    id.bytes().all(|b| b.is_ascii_digit()).then(|| id.parse().ok()).flatten()
}

fn no_such_note() -> Response {
    problem(StatusCode::NOT_FOUND, "you have no note of that number")
}

fn answer(status: StatusCode, body: serde_json::Value) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// RFC 9457. What the guard refuses has a code and a remedy besides; here the note itself is the matter.
fn problem(status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or("refused");
    let body = json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
    let headers = [(CONTENT_TYPE, "application/problem+json"), (CACHE_CONTROL, "no-store")];
    (status, headers, body.to_string()).into_response()
}

/// Answers preflights of the demo's own origins and lets their code read answers. It lies outside of the guard: a preflight
/// carries no token.
async fn cors(State(origins): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    let origin = request
        .headers()
        .get(ORIGIN)
        .filter(|sent| origins.iter().any(|known| known.as_bytes() == sent.as_bytes()));
    let Some(origin) = origin.cloned() else { return next.run(request).await };
    let is_preflight =
        request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight { preflight() } else { next.run(request).await };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(VARY, HeaderValue::from_static("Origin"));
    response
}

fn preflight() -> Response {
    let headers: [(HeaderName, &str); 3] = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, POST, DELETE"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use doorward_guard::TrustedIssuer;
    use tower::ServiceExt as _;

    use super::*;
    use crate::demo::notes_document;

    fn api() -> Router {
        let at = Addresses {
            host: "localhost:7443".to_owned(),
            base: "https://localhost:7443".to_owned(),
            web_app: "http://localhost:7501".to_owned(),
            api: "http://localhost:7510".to_owned(),
        };
        let issuer = TrustedIssuer {
            issuer: "https://localhost:7443/t/v2.0".to_owned(),
            jwks_uri: "http://127.0.0.1:9/keys".to_owned(),
        };
        let guard = Guard::builder(notes_document::declaration().policy.clone())
            .issuers([issuer])
            .audiences(["api://notes"])
            .build()
            .unwrap();
        router(&guard, Arc::new(Notes::default()), Arc::new(Look::new()), &at)
    }

    async fn call(method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, Response) {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = api().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        (response.status().as_u16(), response)
    }

    #[tokio::test]
    async fn one_route_is_public_and_the_others_want_a_token() {
        assert_eq!(call("GET", "/health", &[]).await.0, 200);
        for (method, path) in
            [("GET", "/notes"), ("HEAD", "/notes"), ("DELETE", "/notes/1"), ("GET", "/notes/all")]
        {
            let (status, response) = call(method, path, &[]).await;
            assert_eq!(status, 401, "{method} {path}");
            assert!(response.headers().contains_key("www-authenticate"));
        }
    }

    #[tokio::test]
    async fn what_the_document_does_not_declare_does_not_exist() {
        for (method, path) in
            [("GET", "/"), ("GET", "/debug"), ("PUT", "/notes/1"), ("GET", "/notes/"), ("GET", "/NOTES")]
        {
            let (status, response) = call(method, path, &[]).await;
            assert!(matches!(status, 404 | 405), "{method} {path}: {status}");
            let body = to_bytes(response.into_body(), 9999).await.unwrap();
            assert!(!body.is_empty(), "{method} {path}");
        }
    }

    #[tokio::test]
    async fn the_page_and_the_document_are_outside_of_the_guard() {
        let (status, response) = call("GET", "/docs", &[]).await;
        assert_eq!(status, 200);
        assert!(
            response.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'")
        );
        let page = String::from_utf8(to_bytes(response.into_body(), 99_999).await.unwrap().to_vec()).unwrap();
        for words in ["DELETE", "notes.write", "Notes.Read.All", "{id}"] {
            assert!(page.contains(words), "{words} is not on the page");
        }
        assert_eq!(call("GET", "/openapi.yaml", &[]).await.0, 200);
    }

    #[tokio::test]
    async fn code_of_the_demos_origins_may_call() {
        let preflight = [("origin", "http://localhost:5173"), ("access-control-request-method", "DELETE")];
        let (status, response) = call("OPTIONS", "/notes/1", &preflight).await;
        assert_eq!(status, 204);
        assert_eq!(response.headers()["access-control-allow-origin"], "http://localhost:5173");
        let (status, response) = call("GET", "/notes", &[("origin", "http://localhost:7501")]).await;
        assert_eq!(
            (status, response.headers()["access-control-allow-origin"].to_str().unwrap()),
            (401, "http://localhost:7501")
        );
        let stranger = [("origin", "https://evil.test"), ("access-control-request-method", "DELETE")];
        let (status, response) = call("OPTIONS", "/notes/1", &stranger).await;
        assert!(status >= 400 && !response.headers().contains_key("access-control-allow-origin"));
    }
}

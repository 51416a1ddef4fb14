//! Answers: JSON with the undo and an entity tag, streams, and problems with code, diagnosis, remedy and trace (RFC 9457).

use axum::body::Body;
use axum::response::Response;
use doorward_core::directory::{Decision, Outcome};
use doorward_core::refusal::{DirectoryRefusal, JourneyRefusal, Reason, Refusal, RequestRefusal};
use doorward_dialect::{Fault, slug};
use doorward_store::{CommitError, StoreFault};
use doorward_token::{Code, Evidence, Explain, Trail};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::tag;
use crate::app::{App, KeysFault};
use crate::trace::{Trace, TraceId};

const TRACE_HEADER: HeaderName = HeaderName::from_static("doorward-trace");

/// An answer.
pub(super) struct Reply {
    status: StatusCode,
    content: Content,
    tag: Option<String>,
}

/// What an answer carries.
enum Content {
    Json(Value),
    /// Rows as they come, of that media type, under that file name.
    Stream {
        kind: &'static str,
        name: &'static str,
        body: Body,
    },
}

impl Reply {
    /// A body with status 200.
    pub(super) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, content: Content::Json(body), tag: None }
    }

    /// Rows as they come.
    pub(super) fn stream(kind: &'static str, name: &'static str, body: Body) -> Self {
        Self { status: StatusCode::OK, content: Content::Stream { kind, name, body }, tag: None }
    }

    /// What a command answered: the thing as it is now, whether anything changed, and how that is undone.
    pub(super) fn of(app: &App, status: StatusCode, decision: &Decision) -> Self {
        let mut body = members(&decision.outcome);
        body.insert("changed".to_owned(), json!(!decision.changes.is_empty()));
        body.insert("undo".to_owned(), json!(decision.undo));
        let tag = tag::of(app, &decision.outcome);
        Self { status, content: Content::Json(Value::Object(body)), tag }
    }

    /// The same for a reading, which has nothing to undo.
    pub(super) fn shown(app: &App, outcome: &Outcome) -> Self {
        Self { tag: tag::of(app, outcome), ..Self::ok(Value::Object(members(outcome))) }
    }

    /// Answers with another status.
    pub(super) fn set_status(&mut self, status: StatusCode) {
        self.status = status;
    }

    /// Adds a member.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        if let Content::Json(Value::Object(members)) = &mut self.content {
            members.insert(name.to_owned(), value);
        }
        self
    }
}

/// A thing's own members; a list becomes `items`.
fn members(outcome: &Outcome) -> Map<String, Value> {
    match serde_json::to_value(outcome).expect("an outcome holds texts, numbers and lists") {
        Value::Object(members) => members,
        other => Map::from_iter([("items".to_owned(), other)]),
    }
}

/// Why a request was not done.
pub(super) enum Failure {
    /// The credential is not good: 401 (RFC 6750 §3.1).
    Credential {
        /// What is wrong with it.
        why: Box<dyn Explain + Send>,
        /// The checks of the verifier.
        checks: Trail,
    },
    /// The machine failed.
    Fault(StoreFault),
    /// A key could not be made.
    Keys(doorward_crypto::KeyFault),
    /// A rule said no.
    Refused(Box<Refusal>),
}

impl Failure {
    /// A token that is not believed, or no longer.
    pub(super) fn token(why: impl Explain + Send + 'static, checks: Trail) -> Self {
        Self::Credential { why: Box::new(why), checks }
    }

    /// The keys to verify with are not to be had.
    pub(super) fn unreadable_keys(fault: KeysFault) -> Self {
        match fault {
            KeysFault::Store(fault) => fault.into(),
            KeysFault::Mint(fault) => {
                Self::Fault(StoreFault::unavailable(format!("a signing key cannot be read: {fault}")))
            }
        }
    }
}

impl From<DirectoryRefusal> for Failure {
    fn from(reason: DirectoryRefusal) -> Self {
        Refusal::new(reason).into()
    }
}

impl From<JourneyRefusal> for Failure {
    fn from(reason: JourneyRefusal) -> Self {
        Refusal::new(reason).into()
    }
}

impl From<RequestRefusal> for Failure {
    fn from(reason: RequestRefusal) -> Self {
        Refusal::new(reason).into()
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<StoreFault> for Failure {
    fn from(fault: StoreFault) -> Self {
        match fault {
            StoreFault::InvalidCursor => {
                let fault = "it is not the `next` of a page of this very listing".to_owned();
                DirectoryRefusal::Value { field: "cursor", sent: "a text".to_owned(), fault }.into()
            }
            other => Self::Fault(other),
        }
    }
}

impl From<CommitError> for Failure {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Fault(fault) => fault.into(),
            CommitError::Conflict(conflict) => {
                Self::Fault(StoreFault::unavailable(format!("a commit that cannot conflict did: {conflict}")))
            }
        }
    }
}

/// Nothing lives there.
pub(super) async fn unknown_path(call: Call) -> Result<Reply, Failure> {
    Err(RequestRefusal::UnknownPath { path: doorward_core::refusal::quote(call.uri.path(), 120) }.into())
}

/// The address exists, the method does not; the `Allow` header names those that do.
pub(super) async fn method_not_allowed(call: Call) -> Result<Reply, Failure> {
    let method = doorward_core::refusal::quote(call.method.as_str(), 20);
    Err(RequestRefusal::MethodNotAllowed { method, allowed: "a method of the Allow header" }.into())
}

/// The answer on the wire.
pub(super) fn write(app: &App, trace: &TraceId, answer: Result<Reply, Failure>) -> Response {
    let mut response = match answer {
        Ok(reply) => written(reply),
        Err(failure) => refused(app, trace, &failure),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    if let Ok(trace) = HeaderValue::from_str(trace.as_str()) {
        headers.insert(TRACE_HEADER, trace);
    }
    response
}

fn written(reply: Reply) -> Response {
    let (kind, name, body) = match reply.content {
        Content::Json(body) => ("application/json", None, Body::from(body.to_string())),
        Content::Stream { kind, name, body } => (kind, Some(name), body),
    };
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Some(name) =
        name.and_then(|name| HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).ok())
    {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    if let Some(tag) = reply.tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        headers.insert(ETAG, tag);
    }
    response
}

fn refused(app: &App, trace: &TraceId, failure: &Failure) -> Response {
    let (status, body) = problem(app, trace, failure);
    let challenge = challenge(failure, status);
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(challenge) = challenge.and_then(|text| HeaderValue::from_str(&text).ok()) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// The challenge (RFC 6750 §3): without an error where nothing was presented.
fn challenge(failure: &Failure, status: StatusCode) -> Option<String> {
    let realm = "Bearer realm=\"doorward-admin\"";
    match failure {
        Failure::Credential { why, .. } => {
            Some(format!("{realm}, error=\"invalid_token\", error_description=\"{}\"", why.code()))
        }
        Failure::Refused(_) if status == StatusCode::UNAUTHORIZED => Some(realm.to_owned()),
        _ => None,
    }
}

/// The same problem inside an answer that has begun.
pub(super) fn told(app: &App, trace: &TraceId, failure: &Failure) -> Value {
    problem(app, trace, failure).1
}

fn problem(app: &App, trace: &TraceId, failure: &Failure) -> (StatusCode, Value) {
    match failure {
        Failure::Refused(refusal) => {
            app.ports().traces.keep(Trace::of_refusal(trace, app.now(), "admin", refusal));
            let reason = &refusal.reason;
            let status = StatusCode::from_u16(status(reason)).unwrap_or(StatusCode::BAD_REQUEST);
            (status, body(app, trace, status, Said::of(reason)))
        }
        Failure::Credential { why, checks } => {
            let place = (trace, app.now(), "admin");
            app.ports().traces.keep(Trace::of_reason(place, why.as_ref(), checks.clone()));
            let mut said = Said::of(why.as_ref());
            "Sign in again: doorward login --server URL --tenant TENANT".clone_into(&mut said.remedy);
            (StatusCode::UNAUTHORIZED, body(app, trace, StatusCode::UNAUTHORIZED, said))
        }
        Failure::Fault(fault) => {
            tracing::error!(%trace, %fault, "an administration request failed");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            (status, body(app, trace, status, Said::of(&Fault::Unavailable)))
        }
        Failure::Keys(fault) => {
            tracing::error!(%trace, %fault, "a signing key could not be made");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            (status, body(app, trace, status, Said::of(&Fault::Internal)))
        }
    }
}

/// What a refusal or fault says of itself.
struct Said {
    code: Code,
    diagnosis: String,
    evidence: Option<Evidence>,
    remedy: String,
}

impl Said {
    fn of(why: &(impl Explain + ?Sized)) -> Self {
        Self { code: why.code(), diagnosis: why.diagnosis(), evidence: why.evidence(), remedy: why.remedy() }
    }
}

fn body(app: &App, trace: &TraceId, status: StatusCode, said: Said) -> Value {
    let docs = format!("{}/docs/errors/{}", app.settings().base_url, said.code);
    let evidence = said.evidence.unwrap_or_default();
    let mut problem = json!({
        "type": docs,
        "title": slug(said.code.as_str()),
        "status": status.as_u16(),
        "code": said.code,
        "detail": said.diagnosis,
        "remedy": said.remedy,
        "docs": docs,
        "trace": trace,
    });
    if let Value::Object(members) = &mut problem {
        for (name, value) in [("sent", evidence.sent), ("expected", evidence.expected)] {
            if let Some(value) = value {
                members.insert(name.to_owned(), json!(value));
            }
        }
    }
    problem
}

fn status(reason: &Reason) -> u16 {
    match reason {
        Reason::Directory(refusal) => refusal.status(),
        Reason::Request(RequestRefusal::ContentType { .. }) => 415,
        Reason::Request(RequestRefusal::MethodNotAllowed { .. }) => 405,
        Reason::Request(RequestRefusal::TooLarge { .. }) => 413,
        Reason::Request(RequestRefusal::UnknownPath { .. } | RequestRefusal::UnknownTenant { .. }) => 404,
        Reason::Journey(JourneyRefusal::PasswordTooWeak { .. }) => 422,
        other => other.row().error.status(),
    }
}

//! Answers: JSON with the undo, and problems with code, diagnosis, remedy and trace (RFC 9457).

use axum::body::Body;
use axum::response::Response;
use doorward_core::directory::{Decision, Outcome};
use doorward_core::refusal::{DirectoryRefusal, JourneyRefusal, Reason, Refusal, RequestRefusal};
use doorward_dialect::{Fault, slug};
use doorward_store::{CommitError, StoreFault};
use doorward_token::{Code, Evidence, Explain};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::call::Call;
use crate::app::App;
use crate::trace::{Trace, TraceId};

const TRACE_HEADER: HeaderName = HeaderName::from_static("doorward-trace");

/// A JSON answer.
pub(super) struct Reply {
    status: StatusCode,
    body: Value,
}

impl Reply {
    /// A body with status 200.
    pub(super) fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body }
    }

    /// What a command answered: the thing as it is now, whether anything changed, and how that is undone.
    pub(super) fn of(status: StatusCode, decision: &Decision) -> Self {
        let mut body = members(&decision.outcome);
        body.insert("changed".to_owned(), json!(!decision.changes.is_empty()));
        body.insert("undo".to_owned(), json!(decision.undo));
        Self { status, body: Value::Object(body) }
    }

    /// The same for a reading, which has nothing to undo.
    pub(super) fn shown(outcome: &Outcome) -> Self {
        Self::ok(Value::Object(members(outcome)))
    }

    /// Answers with another status.
    pub(super) fn set_status(&mut self, status: StatusCode) {
        self.status = status;
    }

    /// Adds a member.
    pub(super) fn with(mut self, name: &str, value: Value) -> Self {
        if let Value::Object(members) = &mut self.body {
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
    /// The machine failed.
    Fault(StoreFault),
    /// A key could not be made.
    Keys(doorward_crypto::KeyFault),
    /// A rule said no.
    Refused(Box<Refusal>),
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
                RequestRefusal::value("cursor", "", "the `next` of a page of this very listing").into()
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
    let (status, kind, body) = match answer {
        Ok(reply) => (reply.status, "application/json", reply.body),
        Err(failure) => {
            let (status, body) = problem(app, trace, &failure);
            (status, "application/problem+json", body)
        }
    };
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    if let Ok(trace) = HeaderValue::from_str(trace.as_str()) {
        headers.insert(TRACE_HEADER, trace);
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"doorward-admin\""));
    }
    response
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
    fn of(why: &impl Explain) -> Self {
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

//! The API for tests: list, wait, read, delete.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use doorward_core::model::MailId;
use doorward_core::refusal::{Reason, Refusal, RequestRefusal, quote};
use doorward_dialect::{Dialect, Params, write_refusal};
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::pages::find;
use crate::app::App;
use crate::mail::Kept;
use crate::reply::{Visit, finish, json as answer, wire};

/// The longest wait.
const LONGEST_WAIT: u64 = 60;

pub(super) async fn list(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    match wanted(parts.uri.query().unwrap_or_default()) {
        Err(reason) => refused(&app, &visit, reason),
        Ok((to, wait)) => {
            let kept = waited(&app, to.as_deref(), wait).await;
            let messages: Vec<Value> = kept.iter().map(summary).collect();
            finish(answer(StatusCode::OK, &json!({ "total": messages.len(), "messages": messages })), &visit)
        }
    }
}

/// Whose mails, and how long to wait for the first.
fn wanted(query: &str) -> Result<(Option<String>, Duration), RequestRefusal> {
    let params = Params::query(query)?;
    let to = params.value("to").map(str::trim).filter(|to| !to.is_empty()).map(str::to_owned);
    let wait = match params.value("wait") {
        None => 0,
        Some(text) => {
            let seconds: Option<u64> = text.parse().ok().filter(|seconds| *seconds <= LONGEST_WAIT);
            seconds.ok_or_else(|| RequestRefusal::ParameterValue {
                name: "wait",
                sent: quote(text, 40),
                expected: format!("0 to {LONGEST_WAIT} seconds"),
            })?
        }
    };
    Ok((to, Duration::from_secs(wait)))
}

/// The mails there are; where there is none, those that arrive in time.
async fn waited(app: &App, to: Option<&str>, wait: Duration) -> Vec<Kept> {
    let Some(mailbox) = app.ports().post.mailbox() else { return Vec::new() };
    let mut arrivals = mailbox.arrivals();
    let deadline = tokio::time::Instant::now() + wait;
    loop {
        arrivals.mark_unchanged();
        let kept = mailbox.to(to);
        if !kept.is_empty() {
            return kept;
        }
        match tokio::time::timeout_at(deadline, arrivals.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return mailbox.to(to),
        }
    }
}

pub(super) async fn show(State(app): State<App>, Path(id): Path<String>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    match find(&app, &id) {
        None => missing(&app, &visit, &id),
        Some(kept) => {
            let mut body = summary(&kept);
            body["text"] = json!(kept.mail.text);
            body["html"] = json!(kept.mail.html);
            finish(answer(StatusCode::OK, &body), &visit)
        }
    }
}

pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let known = MailId::parse(&id).ok();
    let removed = app.ports().post.mailbox().zip(known).is_some_and(|(mailbox, id)| mailbox.remove(id));
    if removed { emptied(&visit) } else { missing(&app, &visit, &id) }
}

pub(super) async fn clear(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    if let Some(mailbox) = app.ports().post.mailbox() {
        mailbox.clear();
    }
    emptied(&visit)
}

fn emptied(visit: &Visit) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    finish(response, visit)
}

fn missing(app: &App, visit: &Visit, id: &str) -> Response {
    refused(
        app,
        visit,
        RequestRefusal::UnknownPath { path: format!("/_mail/api/messages/{}", quote(id, 60)) },
    )
}

fn refused(app: &App, visit: &Visit, reason: RequestRefusal) -> Response {
    let refusal = Refusal::new(Reason::Request(reason));
    finish(wire(write_refusal(Dialect::Oidc, &refusal, &visit.context(app))), visit)
}

fn summary(kept: &Kept) -> Value {
    let at = jiff::Timestamp::from_second(kept.at.seconds()).map(|at| at.to_string()).unwrap_or_default();
    json!({
        "id": kept.id,
        "from": kept.mail.sender,
        "to": kept.to,
        "subject": kept.mail.subject,
        "at": at,
        "code": kept.mail.code,
        "link": kept.mail.link,
    })
}

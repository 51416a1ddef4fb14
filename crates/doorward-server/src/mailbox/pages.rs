//! The pages: a list, and one mail as HTML and as text.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use doorward_core::model::MailId;
use doorward_core::refusal::{Refusal, RequestRefusal, quote};
use doorward_dialect::Params;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderValue, Request, StatusCode};

use crate::app::App;
use crate::flow;
use crate::mail::Kept;
use crate::pages::{ByMailPage, Href, MailRow, MailboxPage, MessagePage, Page, UtcTime};
use crate::reply::{ErrorExtras, Visit, finish, page, redirect, refusal_page};

/// Nothing may be loaded, run, submitted or opened from a mail; its own style is all it has.
const MAIL_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; sandbox",
);

pub(super) async fn list(State(app): State<App>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let to = Params::query(parts.uri.query().unwrap_or_default())
        .ok()
        .and_then(|params| params.value("to").map(str::to_owned))
        .unwrap_or_default();
    let kept =
        app.ports().post.mailbox().map(|mailbox| mailbox.to(Some(to.trim()).filter(|to| !to.is_empty())));
    let answer = MailboxPage {
        frame: visit.frame(&app, None),
        mails: kept.unwrap_or_default().iter().map(row).collect(),
        to,
    };
    finish(page(&app, &Page::ByMail(ByMailPage::Mailbox(answer)), StatusCode::OK), &visit)
}

pub(super) async fn show(State(app): State<App>, Path(id): Path<String>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let Some(kept) = find(&app, &id) else { return gone(&app, &visit, &parts) };
    let below = |part: &str| address(&format!("{}/{part}", kept.id));
    let answer = MessagePage {
        frame: visit.frame(&app, None),
        mail: row(&kept),
        sender: kept.mail.sender.clone(),
        text: kept.mail.text.clone(),
        html: below("html"),
        delete: below("delete"),
        link: kept.mail.link.as_deref().and_then(|link| Href::parse(link).ok()),
    };
    finish(page(&app, &Page::ByMail(ByMailPage::Message(answer)), StatusCode::OK), &visit)
}

pub(super) async fn html(State(app): State<App>, Path(id): Path<String>, request: Request<Body>) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(&app, &parts);
    let Some(kept) = find(&app, &id) else { return gone(&app, &visit, &parts) };
    let mut response = Response::new(Body::from(kept.mail.html));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, MAIL_POLICY);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    finish(response, &visit)
}

pub(super) async fn delete(
    State(app): State<App>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response {
    change(&app, request, |app| {
        if let (Some(mailbox), Ok(id)) = (app.ports().post.mailbox(), MailId::parse(&id)) {
            mailbox.remove(id);
        }
    })
}

pub(super) async fn clear(State(app): State<App>, request: Request<Body>) -> Response {
    change(&app, request, |app| {
        if let Some(mailbox) = app.ports().post.mailbox() {
            mailbox.clear();
        }
    })
}

/// A form of ours was posted: do it, and show the list.
fn change(app: &App, request: Request<Body>, act: impl FnOnce(&App)) -> Response {
    let (parts, _) = request.into_parts();
    let visit = Visit::of(app, &parts);
    let answer = if let Err(reason) = flow::same_origin(app, &parts.headers) {
        refusal_page(app, &visit, &Refusal::new(reason), ErrorExtras::default())
    } else {
        act(app);
        redirect("/_mail")
    };
    finish(answer, &visit)
}

pub(super) fn find(app: &App, id: &str) -> Option<Kept> {
    app.ports().post.mailbox()?.find(MailId::parse(id).ok()?)
}

fn gone(app: &App, visit: &Visit, parts: &Parts) -> Response {
    let path = quote(parts.uri.path(), 100);
    let refusal = Refusal::new(RequestRefusal::UnknownPath { path });
    finish(refusal_page(app, visit, &refusal, ErrorExtras::default()), visit)
}

fn row(kept: &Kept) -> MailRow {
    MailRow {
        href: address(&kept.id.to_string()),
        to: kept.to.clone(),
        subject: kept.mail.subject.clone(),
        code: kept.mail.code.clone(),
        at: UtcTime::from_unix_secs(kept.at.seconds()),
    }
}

fn address(below: &str) -> Href {
    Href::parse(format!("/_mail/{below}")).expect("our own paths are plain")
}

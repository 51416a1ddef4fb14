//! The audit log: listed with filters, and exported as a stream of lines.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use doorward_core::change::{Actor, AuditEntry};
use doorward_core::model::{Instant, TenantId};
use doorward_core::refusal::RequestRefusal;
use doorward_store::{Cursor, DirectoryQuery, Entry, Paging};
use hyper::body::Frame;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::call::Call;
use super::reply::{Failure, Reply};
use super::{listing, lookup};
use crate::app::App;

/// Pages without a fitting line that one listing looks through before it hands back the cursor.
const MOST_EMPTY_PAGES: usize = 20;
/// Lines per read of an export.
const CHUNK: u32 = 500;

/// Which lines are meant.
#[derive(Clone, Debug, Default)]
struct Filter {
    since: Option<Instant>,
    until: Option<Instant>,
    action: Option<String>,
    actor: Option<String>,
    target: Option<String>,
}

impl Filter {
    fn read(call: &Call) -> Result<Self, Failure> {
        let text = |name| Ok::<_, Failure>(call.query(name)?.map(str::to_owned));
        Ok(Self {
            since: moment(call, "since")?,
            until: moment(call, "until")?,
            action: text("action")?,
            actor: text("actor")?,
            target: text("target")?,
        })
    }

    fn admits(&self, line: &AuditEntry) -> bool {
        self.since.is_none_or(|since| line.at >= since)
            && self.until.is_none_or(|until| line.at < until)
            && self.action.as_ref().is_none_or(|begins| line.action.starts_with(begins.as_str()))
            && self.actor.as_ref().is_none_or(|actor| actor_word(&line.actor) == *actor)
            && self.target.as_ref().is_none_or(|target| line.target == *target)
    }

    /// The log is read from its end: behind this line there is nothing more to find.
    fn is_past(&self, line: &AuditEntry) -> bool {
        self.since.is_some_and(|since| line.at < since)
    }
}

/// Seconds of the Unix epoch, or a moment as RFC 3339 has it.
pub(super) fn moment(call: &Call, name: &'static str) -> Result<Option<Instant>, Failure> {
    let Some(text) = call.query(name)? else { return Ok(None) };
    let seconds = text
        .parse::<i64>()
        .ok()
        .or_else(|| text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second));
    match seconds {
        Some(seconds) => Ok(Some(Instant::from_seconds(seconds))),
        None => Err(RequestRefusal::value(
            name,
            text,
            "seconds since 1970, or a moment such as 2026-11-24T00:00:00Z",
        )
        .into()),
    }
}

pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    listed(&call, Some(tenant.id)).await
}

pub(super) async fn list_all(call: Call) -> Result<Reply, Failure> {
    listed(&call, None).await
}

pub(super) async fn export(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    exported(&call, Some(tenant.id))
}

pub(super) async fn export_all(call: Call) -> Result<Reply, Failure> {
    exported(&call, None)
}

/// One page. Lines that do not fit are left out, so a page may hold fewer than `limit` and still have a `next`.
async fn listed(call: &Call, tenant: Option<TenantId>) -> Result<Reply, Failure> {
    let filter = Filter::read(call)?;
    let mut paging = call.page()?;
    for round in 1.. {
        let page = call.rows(DirectoryQuery::Audit { tenant, page: paging.clone() }).await?;
        let lines = page.entries.iter().filter_map(as_line);
        let is_over = lines.clone().any(|line| filter.is_past(line));
        let views: Vec<Value> = lines.filter(|line| filter.admits(line)).map(view).collect();
        let next = page.next.filter(|_| !is_over);
        match next {
            Some(cursor) if views.is_empty() && round < MOST_EMPTY_PAGES => paging = paging.after(cursor),
            next => return Ok(listing::items(&views, next.as_ref())),
        }
    }
    unreachable!("the last round returns")
}

fn as_line(entry: &Entry) -> Option<&AuditEntry> {
    match entry {
        Entry::Audit(line) => Some(&**line),
        _ => None,
    }
}

/// A line as it is told: the actor in words, by which the listing can be filtered.
fn view(line: &AuditEntry) -> Value {
    json!({
        "at": line.at,
        "tenant": line.tenant,
        "actor": actor_word(&line.actor),
        "credential": line.credential,
        "action": line.action,
        "target": line.target,
        "detail": line.detail,
    })
}

/// `operator`, `system`, `user:{id}`, `app:{id}`.
fn actor_word(actor: &Actor) -> String {
    match actor {
        Actor::App(app) => format!("app:{app}"),
        Actor::Operator => "operator".to_owned(),
        Actor::System => "system".to_owned(),
        Actor::User(_, user) => format!("user:{user}"),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    JsonLines,
}

fn exported(call: &Call, tenant: Option<TenantId>) -> Result<Reply, Failure> {
    let filter = Filter::read(call)?;
    let format = match call.query("format")? {
        None | Some("jsonl") => Format::JsonLines,
        Some("csv") => Format::Csv,
        Some(other) => return Err(RequestRefusal::value("format", other, "jsonl or csv").into()),
    };
    // A slow reader holds a few chunks, not the log.
    let (chunks, body) = mpsc::channel(4);
    tokio::spawn(pump(call.app.clone(), tenant, (filter, format), chunks));
    let body = Body::new(Pipe(body));
    Ok(match format {
        Format::Csv => Reply::stream("text/csv; charset=utf-8; header=present", "audit.csv", body),
        Format::JsonLines => Reply::stream("application/jsonl", "audit.jsonl", body),
    })
}

/// Reads the log and hands the lines on, until it is over or nobody reads any more. A fault breaks the body off, so that
/// half a log is not taken for the whole.
async fn pump(
    app: App,
    tenant: Option<TenantId>,
    (filter, format): (Filter, Format),
    chunks: mpsc::Sender<std::io::Result<Bytes>>,
) {
    let head = if format == Format::Csv { "at,tenant,actor,credential,action,target,detail\r\n" } else { "" };
    let mut text = head.to_owned();
    let mut cursor: Option<Cursor> = None;
    loop {
        let page = Paging::new(CHUNK, cursor).expect("the constant is a page");
        let page = match app.store().list(&DirectoryQuery::Audit { tenant, page }).await {
            Ok(page) => page,
            Err(fault) => {
                tracing::error!(%fault, "an export of the audit log broke off");
                let _ = chunks.send(Err(std::io::Error::other("the store failed"))).await;
                return;
            }
        };
        let lines = page.entries.iter().filter_map(as_line);
        let is_over = lines.clone().any(|line| filter.is_past(line));
        for line in lines.filter(|line| filter.admits(line)) {
            match format {
                Format::Csv => csv(&mut text, &view(line)),
                Format::JsonLines => {
                    text.push_str(&view(line).to_string());
                    text.push('\n');
                }
            }
        }
        if !text.is_empty() && chunks.send(Ok(Bytes::from(std::mem::take(&mut text)))).await.is_err() {
            return;
        }
        cursor = page.next.filter(|_| !is_over);
        if cursor.is_none() {
            return;
        }
    }
}

/// One record (RFC 4180).
fn csv(text: &mut String, line: &Value) {
    for (index, name) in
        ["at", "tenant", "actor", "credential", "action", "target", "detail"].iter().enumerate()
    {
        if index > 0 {
            text.push(',');
        }
        let cell = match &line[*name] {
            Value::Null => String::new(),
            Value::String(words) => words.clone(),
            other => other.to_string(),
        };
        text.push_str(&cell_of(&cell));
    }
    text.push_str("\r\n");
}

/// A cell in quotes where it must be; one that a spreadsheet would take for a formula begins with an apostrophe.
fn cell_of(text: &str) -> String {
    let text =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Chunks as they come, as a body.
struct Pipe(mpsc::Receiver<std::io::Result<Bytes>>);

impl HttpBody for Pipe {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_neither_a_formula_nor_two_cells() {
        assert_eq!(cell_of("ada"), "ada");
        assert_eq!(cell_of("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell_of("=1+1"), "'=1+1");
        assert_eq!(cell_of("-x\n"), "\"'-x\n\"");
    }
}

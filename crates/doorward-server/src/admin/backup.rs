//! A backup while the server runs: `POST /admin/v1/backups` with `{"file": "/absolute/path"}`, through the socket alone.
//!
//! The answer comes line by line (`application/x-ndjson`), because a large store takes a while: first how far it is
//! (`{"stage": "copying", "done": 512, "total": 2048}`), last `{"backup": …}` or `{"problem": …}`. What is refused
//! before anything is copied is an ordinary problem with its status. Does not own the copying: that is the engine's.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::response::Response;
use doorward_core::change::{Actor, AuditEntry, Change};
use doorward_core::refusal::{RequestRefusal, quote};
use doorward_store::{Backup, BackupOrder, BackupStep, CommitError, StoreFault, Watch};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method};
use hyper::body::Frame;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::call::malformed;
use super::reply::{Failure, told, write};
use crate::app::App;
use crate::body;
use crate::trace::TraceId;

/// A path fits many times.
const BODY_LIMIT: usize = 64 * 1024;
/// Lines that wait for a slow reader; more are left out, for only the latest one tells how far it is.
const LINES: usize = 64;

/// What is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
    file: PathBuf,
}

/// What the work says.
enum Said {
    Ended(Result<Backup, Failure>),
    Step(BackupStep),
}

/// Makes a backup.
pub(super) async fn make(State(app): State<App>, request: Request) -> Response {
    let trace = app.new_trace();
    let order = match read(request).await {
        Ok(order) => order,
        Err(failure) => return write(&app, &trace, Err(failure)),
    };
    let (tell, mut heard) = mpsc::channel(LINES);
    let (worker, file) = (app.clone(), order.file.clone());
    tokio::spawn(async move {
        let steps = tell.clone();
        let watch = Watch::new(move |step| drop(steps.try_send(Said::Step(step))));
        let made = back_up(&worker, order.file, watch).await;
        // Nobody hears the end when the caller went away; the backup is made all the same.
        let _ = tell.send(Said::Ended(made)).await;
    });
    let first = match heard.recv().await {
        Some(Said::Ended(Err(failure))) => return write(&app, &trace, Err(failure)),
        first => first,
    };
    let lines = Lines { app, trace, file, first, heard };
    let mut response = Response::new(Body::new(lines));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn read(request: Request) -> Result<Order, Failure> {
    if request.method() != Method::POST {
        let method = quote(request.method().as_str(), 20);
        return Err(RequestRefusal::MethodNotAllowed { method, allowed: "POST" }.into());
    }
    let bytes = body::read(request.into_body(), BODY_LIMIT).await?;
    let order: Order = serde_json::from_slice(&bytes)
        .map_err(|error| malformed(&format!("the body: {}", quote(&error.to_string(), 200))))?;
    if order.file.is_absolute() { Ok(order) } else { Err(unsuitable(&order.file, "it is no absolute path")) }
}

fn unsuitable(file: &Path, reason: &str) -> Failure {
    let file = file.display().to_string();
    let wanted = format!("a new file where the server may write ({reason})");
    RequestRefusal::value("file", &file, wanted).into()
}

async fn back_up(app: &App, file: PathBuf, watch: Watch) -> Result<Backup, Failure> {
    let order = BackupOrder { file: file.clone(), at: app.now(), watch };
    let backup = app.store().back_up(order).await.map_err(|fault| match &fault {
        StoreFault::File { path, reason } => unsuitable(path, reason),
        _ => Failure::Fault(fault),
    })?;
    let line = AuditEntry {
        tenant: None,
        credential: None,
        at: app.now(),
        actor: Actor::Operator,
        action: "store.backup".to_owned(),
        target: file.display().to_string(),
        detail: json!({ "rows": backup.rows(), "schema": backup.schema }),
    };
    match app.commit(vec![Change::Audit(line)]).await {
        Ok(()) => {}
        // A disk that is full is the very moment for a backup: the copy is whole, only the log lacks the line.
        Err(CommitError::Fault(fault)) => tracing::warn!(%fault, "a backup was made without an audit line"),
        Err(CommitError::Conflict(conflict)) => {
            tracing::warn!(%conflict, "a backup was made without an audit line");
        }
    }
    Ok(backup)
}

/// The answer's lines.
struct Lines {
    app: App,
    trace: TraceId,
    file: PathBuf,
    first: Option<Said>,
    heard: mpsc::Receiver<Said>,
}

impl Lines {
    fn line(&self, said: Said) -> Value {
        match said {
            Said::Step(step) => json!(step),
            Said::Ended(Ok(backup)) => json!({ "backup": view(&backup, &self.file) }),
            Said::Ended(Err(failure)) => json!({ "problem": told(&self.app, &self.trace, &failure) }),
        }
    }
}

fn view(backup: &Backup, file: &Path) -> Value {
    let bytes = std::fs::metadata(file).map(|meta| meta.len()).ok();
    json!({
        "file": file,
        "bytes": bytes,
        "made_at": backup.made_at,
        "schema": backup.schema,
        "rows": backup.rows(),
        "tables": backup.tables,
    })
}

impl HttpBody for Lines {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let said = match self.first.take() {
            Some(said) => said,
            None => match self.heard.poll_recv(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Ready(Some(said)) => said,
            },
        };
        let line = format!("{}\n", self.line(said));
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(line)))))
    }
}

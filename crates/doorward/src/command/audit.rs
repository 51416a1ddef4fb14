//! `doorward audit …`: who changed what, by which credential, and how it was before.

use std::io::Write as _;

use axum::body::Body;
use axum::http::{Method, Request, header};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::ending::Ending;
use super::output::{moment, table};
use super::path::Path;
use super::session::Session;

/// The audit log.
#[derive(Args, Debug)]
pub(crate) struct AuditArgs {
    /// Only of this tenant
    #[arg(long, global = true, value_name = "TENANT")]
    tenant: Option<String>,
    #[command(subcommand)]
    verb: AuditVerb,
}

#[derive(Subcommand, Debug)]
enum AuditVerb {
    /// List the lines, latest first
    List {
        #[command(flatten)]
        filter: Filter,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Write all lines to standard output, latest first
    Export {
        #[command(flatten)]
        filter: Filter,
        /// JSON lines, or CSV
        #[arg(long, default_value = "jsonl", value_parser = ["jsonl", "csv"])]
        format: String,
    },
}

#[derive(Args, Debug)]
struct Filter {
    /// From this moment on: 2026-11-24T00:00:00Z, or seconds since 1970
    #[arg(long, value_name = "MOMENT")]
    since: Option<String>,
    /// Before this moment
    #[arg(long, value_name = "MOMENT")]
    until: Option<String>,
    /// How the action begins, for example app.secret
    #[arg(long, value_name = "TEXT")]
    action: Option<String>,
    /// operator, system, user:ID or app:ID
    #[arg(long, value_name = "WHO")]
    actor: Option<String>,
    /// The object, exactly
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
}

impl Filter {
    fn on(&self, path: Path) -> Path {
        path.with_some("since", self.since.as_ref())
            .with_some("until", self.until.as_ref())
            .with_some("action", self.action.as_ref())
            .with_some("actor", self.actor.as_ref())
            .with_some("target", self.target.as_ref())
    }
}

pub(super) async fn run(args: AuditArgs, session: &Session) -> Result<(), Ending> {
    let at = |rest: &[&str]| match &args.tenant {
        Some(tenant) => Path::of(&[&["tenants", tenant.as_str(), "audit"], rest].concat()),
        None => Path::of(&[&["audit"], rest].concat()),
    };
    match args.verb {
        AuditVerb::List { filter, limit } => {
            let listing = session.page_of(&filter.on(at(&[])), limit).await?;
            session.listed(&listing, list);
            Ok(())
        }
        AuditVerb::Export { filter, format } => {
            let path = filter.on(at(&["export"])).with("format", format);
            let request = Request::builder()
                .method(Method::GET)
                .uri(path.target())
                .header(header::HOST, "doorward")
                .body(Body::empty())
                .map_err(|fault| {
                    Ending::usage(format!("a name cannot be sent: {fault}"), "Name it by its id")
                })?;
            let mut out = std::io::stdout();
            session.copy(request, &mut |chunk| out.write_all(chunk)).await?;
            out.flush().map_err(|fault| Ending::usage(format!("standard output: {fault}"), "Write elsewhere"))
        }
    }
}

fn list(rows: &[Value]) -> String {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            vec![
                moment(row["at"].as_i64().unwrap_or_default()),
                text(row, "actor"),
                text(row, "action"),
                text(row, "target"),
                difference(&row["detail"]),
            ]
        })
        .collect();
    table(&["WHEN", "WHO", "WHAT", "OBJECT", "AFTER"], &rows, "nothing was changed")
}

/// What became of it, on one line.
fn difference(detail: &Value) -> String {
    let Some(after) = detail["after"].as_object() else { return String::new() };
    let words: Vec<String> = after.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let text = words.join(" ");
    if text.chars().count() > 60 { format!("{}…", text.chars().take(59).collect::<String>()) } else { text }
}

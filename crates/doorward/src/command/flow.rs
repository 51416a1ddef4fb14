//! `doorward flow …`

use axum::http::Method;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::ending::Ending;
use super::output::{facts, table};
use super::path::Path;
use super::session::{Probe, Session};
use super::tenant::removed;

/// User flows.
#[derive(Args, Debug)]
pub(crate) struct FlowArgs {
    /// The tenant, where there are several
    #[arg(long, global = true, value_name = "TENANT")]
    tenant: Option<String>,
    #[command(subcommand)]
    verb: FlowVerb,
}

#[derive(Subcommand, Debug)]
enum FlowVerb {
    /// List the flows
    List,
    /// Show a flow
    Show {
        /// Name or alias
        flow: String,
    },
    /// Make a flow, or replace the one of that name
    Put {
        /// Name, also in addresses and tokens
        name: String,
        /// What it does
        #[arg(long, value_parser = ["sign-in", "sign-up-or-sign-in"])]
        kind: String,
        /// By what new accounts are known; an e-mail address is proven first
        #[arg(long, default_value = "user-name", value_parser = ["user-name", "email", "both"])]
        identity: String,
        /// Who grants scopes
        #[arg(long, default_value = "admin-only", value_parser = ["admin-only", "interactive"])]
        consent: String,
        /// A claim it returns; may be repeated
        #[arg(
            long = "claim",
            value_name = "CLAIM",
            value_parser = [
                "display-name", "email", "emails", "family-name", "given-name", "new-user", "object-id",
                "sign-in-name", "tenant-id",
            ]
        )]
        claims: Vec<String>,
        /// Another path segment that leads to it; may be repeated
        #[arg(long = "alias", value_name = "SEGMENT")]
        aliases: Vec<String>,
    },
    /// Remove a flow
    Rm {
        /// Name or alias
        flow: String,
    },
}

pub(super) async fn run(args: FlowArgs, session: &Session) -> Result<(), Ending> {
    let named = args.tenant.as_ref();
    match args.verb {
        FlowVerb::List => {
            let path = |tenant: &str| Path::of(&["tenants", tenant, "flows"]);
            let listing = session.listing(named, 10_000, path).await?;
            session.listed(&listing, list);
        }
        FlowVerb::Show { flow } => {
            let tenant = session.tenant(named, Probe::Nothing).await?;
            let answer = session.get(&Path::of(&["tenants", &tenant, "flows", &flow])).await?;
            session.shown(&answer, sheet);
        }
        FlowVerb::Put { name, kind, identity, consent, claims, aliases } => {
            let tenant = session.tenant(named, Probe::Nothing).await?;
            let claims: Vec<_> = claims.iter().map(|claim| wire(claim)).collect();
            let body = json!({
                "kind": wire(&kind), "identity": wire(&identity), "consent": wire(&consent), "claims": claims,
                "aliases": aliases,
            });
            let path = Path::of(&["tenants", &tenant, "flows", &name]);
            let answer = session.send(Method::PUT, &path, Some(body)).await?;
            session.changed(answer, sheet);
        }
        FlowVerb::Rm { flow } => {
            let tenant = session.tenant(named, Probe::Nothing).await?;
            let path = Path::of(&["tenants", &tenant, "flows", &flow]);
            let answer = session.send(Method::DELETE, &path, None).await?;
            session.changed(answer, removed);
        }
    }
    Ok(())
}

/// A word of the command line as it stands in JSON.
fn wire(word: &str) -> String {
    word.replace('-', "_")
}

/// A word of the JSON as it stands on the command line.
fn typed(word: &str) -> String {
    word.replace('_', "-")
}

fn words(answer: &Value, name: &str) -> String {
    let list = answer[name].as_array().into_iter().flatten();
    list.filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}

fn sheet(answer: &Value) -> String {
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    facts(&[
        ("flow", text("name")),
        ("kind", typed(&text("kind"))),
        ("identity", typed(&text("identity"))),
        ("consent", typed(&text("consent"))),
        ("claims", typed(&words(answer, "claims"))),
        ("aliases", words(answer, "aliases")),
    ])
}

fn list(rows: &[Value]) -> String {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let cells = |row: &Value| {
        vec![
            text(row, "name"),
            typed(&text(row, "kind")),
            typed(&text(row, "consent")),
            words(row, "aliases"),
            text(row, "tenant"),
        ]
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    table(&["FLOW", "KIND", "CONSENT", "ALIASES", "TENANT"], &rows, "no flows")
}

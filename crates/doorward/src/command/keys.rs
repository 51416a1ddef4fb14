//! `doorward keys …`

use axum::http::Method;
use clap::{Args, Subcommand};
use doorward_core::directory::KeyView;
use doorward_core::model::KeyState;
use serde_json::{Value, json};

use super::ending::Ending;
use super::output::{moment, table};
use super::path::Path;
use super::session::{Probe, Session, view};

/// Signing keys.
#[derive(Args, Debug)]
pub(crate) struct KeysArgs {
    /// The tenant, where there are several
    #[arg(long, global = true, value_name = "TENANT")]
    tenant: Option<String>,
    #[command(subcommand)]
    verb: KeysVerb,
}

#[derive(Subcommand, Debug)]
enum KeysVerb {
    /// List the signing keys
    List,
    /// Bring in a new key: publish it first, and let the one published before sign
    Rotate {
        /// Which kind
        #[arg(long, default_value = "RS256", value_parser = ["RS256", "ES256", "EdDSA"])]
        algorithm: String,
        /// Let the new key sign at once: for a key that others may know
        #[arg(long)]
        now: bool,
    },
}

pub(super) async fn run(args: KeysArgs, session: &Session) -> Result<(), Ending> {
    match args.verb {
        KeysVerb::List => {
            let path = |tenant: &str| Path::of(&["tenants", tenant, "keys"]);
            let listing = session.listing(args.tenant.as_ref(), 10_000, path).await?;
            session.listed(&listing, list);
        }
        KeysVerb::Rotate { algorithm, now } => {
            let tenant = session.tenant(args.tenant.as_ref(), Probe::Nothing).await?;
            let body = json!({ "algorithm": algorithm, "timing": if now { "now" } else { "published" } });
            let path = Path::of(&["tenants", &tenant, "keys", "rotations"]);
            let mut answer = session.send(Method::POST, &path, Some(body)).await?;
            for key in answer["items"].as_array_mut().into_iter().flatten() {
                key["tenant"] = json!(tenant);
            }
            session.changed(answer, |answer| list(answer["items"].as_array().map_or(&[], Vec::as_slice)));
        }
    }
    Ok(())
}

fn list(rows: &[Value]) -> String {
    let cells = |row: &Value| {
        let key: KeyView = view(row)?;
        let state = match key.state {
            KeyState::Active => "active: signs",
            KeyState::Retiring => "retiring: still published",
            KeyState::Upcoming => "upcoming: published, does not sign yet",
        };
        Some(vec![
            key.kid.to_string(),
            key.algorithm.as_str().to_owned(),
            state.to_owned(),
            moment(key.state_since.seconds()),
            row["tenant"].as_str().unwrap_or_default().to_owned(),
        ])
    };
    let rows: Vec<_> = rows.iter().filter_map(cells).collect();
    table(&["KID", "ALGORITHM", "STATE", "SINCE", "TENANT"], &rows, "no keys")
}

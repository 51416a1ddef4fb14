//! `doorward keys …`: the timeline of the signing keys, and the change of the master key.

mod emergency;
mod show;

use axum::http::Method;
use clap::{Args, Subcommand};
use doorward_core::directory::KeyView;
use doorward_core::model::KeyState;
use serde_json::{Value, json};

use super::ending::Ending;
use super::output::{facts, moment, object, print};
use super::path::Path;
use super::session::{Listing, Probe, Session, view};
use crate::master::MasterKeySource;

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
    /// List the signing keys, where they are in their life, and what comes next
    List,
    /// Publish the next key; it signs by itself when every verifier has it
    Rotate {
        /// Which kind
        #[arg(long, default_value = "RS256", value_parser = ["RS256", "ES256", "EdDSA"])]
        algorithm: String,
        /// Let the next key sign at once, although verifiers may not have it yet
        #[arg(long)]
        now: bool,
    },
    /// Withdraw a key that others may know: everything it signed is refused within seconds
    Emergency {
        /// Key id
        #[arg(value_name = "KID")]
        kid: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Put keys under new certificates (x5c, x5t); the keys stay
    RenewCertificate {
        /// Key id; every key that signs, where none is named
        #[arg(value_name = "KID")]
        kid: Option<String>,
    },
    /// Change how keys follow one another
    Policy {
        /// Days between two keys; 0 for never
        #[arg(long, value_name = "DAYS")]
        rotate_days: Option<u32>,
        /// Hours for which a key is published before it signs
        #[arg(long, value_name = "HOURS")]
        overlap_hours: Option<u32>,
    },
    /// Change the master key; the old one counts until the first start with the new one
    RotateMaster {
        /// The new key: file:PATH, env:NAME or command:PROGRAM ARGUMENT
        #[arg(long, value_name = "SOURCE")]
        to: String,
    },
}

pub(super) async fn run(args: KeysArgs, session: &Session) -> Result<(), Ending> {
    let named = args.tenant.as_ref();
    match args.verb {
        KeysVerb::List => list(named, session).await,
        KeysVerb::Rotate { algorithm, now } => {
            let body = json!({ "algorithm": algorithm, "timing": if now { "now" } else { "published" } });
            let tenant = session.tenant(named, Probe::Nothing).await?;
            let path = Path::of(&["tenants", &tenant, "keys", "rotations"]);
            let answer = session.send(Method::POST, &path, Some(body)).await?;
            session.changed(of_tenant(answer, &tenant), |answer| show::rotated(answer, &algorithm));
            Ok(())
        }
        KeysVerb::Emergency { kid, yes } => emergency::run(named, (&kid, yes), session).await,
        KeysVerb::RenewCertificate { kid } => renew(named, kid, session).await,
        KeysVerb::Policy { rotate_days, overlap_hours } => {
            let tenant = session.tenant(named, Probe::Nothing).await?;
            let body = json!({ "rotate_days": rotate_days, "overlap_hours": overlap_hours });
            let path = Path::of(&["tenants", &tenant, "keys", "policy"]);
            let answer = session.send(Method::PATCH, &path, Some(body)).await?;
            session.changed(of_tenant(answer, &tenant), |answer| show::table_of(rows(answer)));
            Ok(())
        }
        KeysVerb::RotateMaster { to } => rotate_master(&to, session).await,
    }
}

async fn list(named: Option<&String>, session: &Session) -> Result<(), Ending> {
    let mut listing = Listing { rows: Vec::new(), is_cut: false };
    let mut fetches = Vec::new();
    for tenant in session.tenants(named).await? {
        let answer = session.get(&Path::of(&["tenants", &tenant, "keys"])).await?;
        fetches.push(show::fetches(&answer));
        listing.rows.extend(rows(&of_tenant(answer, &tenant)).iter().cloned());
    }
    session.listed(&listing, |rows| {
        let mut text = show::table_of(rows);
        // Of several tenants the names of APIs would not say whose they are.
        if let [fetches] = fetches.as_slice() {
            text.push_str(fetches);
        }
        text
    });
    Ok(())
}

async fn renew(named: Option<&String>, kid: Option<String>, session: &Session) -> Result<(), Ending> {
    let tenant = session.tenant(named, Probe::Nothing).await?;
    let kids = if let Some(kid) = kid {
        vec![kid]
    } else {
        let answer = session.get(&Path::of(&["tenants", &tenant, "keys"])).await?;
        let views = rows(&answer).iter().filter_map(view::<KeyView>);
        views.filter(|key| key.state == KeyState::Active).map(|key| key.kid.to_string()).collect()
    };
    let mut last = None;
    for kid in kids {
        let path = Path::of(&["tenants", &tenant, "keys", &kid, "certificate"]);
        last = Some(session.send(Method::POST, &path, None).await?);
    }
    let answer = last.ok_or_else(|| Ending::finding("no key signs", "Bring one in: doorward keys rotate"))?;
    session.changed(of_tenant(answer, &tenant), |answer| show::table_of(rows(answer)));
    Ok(())
}

async fn rotate_master(to: &str, session: &Session) -> Result<(), Ending> {
    let source = MasterKeySource::parse(to).ok_or_else(|| {
        Ending::usage(
            "the new master key has no source",
            "Say where it is: --to file:PATH, --to env:NAME or --to 'command:PROGRAM ARGUMENT'",
        )
    })?;
    // What is read here is read by the server at its next start, and as strictly.
    let key = source
        .open(std::path::Path::new("."), crate::wiring::Profile::Production)
        .map_err(|fault| Ending::usage(fault.fault.clone(), fault.remedy))?;
    let body = json!({ "key": key.to_base64().as_str() });
    let answer = session.send(Method::POST, &Path::of(&["master-key", "rotations"]), Some(body)).await?;
    if session.output.is_json() {
        object(&answer);
        return Ok(());
    }
    let steps = facts(&[
        ("done", "the old and the new master key both open this installation".to_owned()),
        ("do this", "put this into the configuration file, and restart the server:".to_owned()),
    ]);
    let lines: Vec<_> = source.setting().lines().map(|line| format!("{:15}{line}", "")).collect();
    let lines = lines.join("\n") + "\n";
    let end = facts(&[(
        "then",
        "the old key opens nothing any more: destroy it, and the backups that need it".to_owned(),
    )]);
    print(&format!("{steps}{lines}{end}"));
    Ok(())
}

fn rows(answer: &Value) -> &[Value] {
    answer["items"].as_array().map_or(&[], Vec::as_slice)
}

fn of_tenant(mut answer: Value, tenant: &str) -> Value {
    for key in answer["items"].as_array_mut().into_iter().flatten() {
        key["tenant"] = json!(tenant);
    }
    answer
}

/// A moment of an answer.
fn moment_of(value: &Value) -> Option<String> {
    value.as_i64().map(moment)
}

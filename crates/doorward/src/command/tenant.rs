//! `doorward tenant …`

use axum::http::Method;
use clap::{Args, Subcommand};
use doorward_core::directory::TenantView;
use serde_json::{Map, Value, json};

use super::ending::Ending;
use super::output::{facts, table, tick};
use super::path::Path;
use super::session::{Listing, Session, view};

/// Tenants.
#[derive(Args, Debug)]
pub(crate) struct TenantArgs {
    #[command(subcommand)]
    verb: TenantVerb,
}

#[derive(Subcommand, Debug)]
enum TenantVerb {
    /// Make a tenant, with signing keys and the built-in API
    #[command(visible_alias = "add")]
    Create {
        /// Short name in addresses: a-z, 0-9, - and .
        name: String,
        /// Domain, the suffix of user principal names
        #[arg(long)]
        domain: Option<String>,
        /// What people read
        #[arg(long)]
        display_name: Option<String>,
        /// A directory of personal accounts instead of an organisation's
        #[arg(long)]
        personal: bool,
    },
    /// List the tenants
    List,
    /// Show a tenant
    Show {
        /// Name, domain or id
        tenant: String,
    },
    /// Change a tenant
    Update {
        /// Name, domain or id
        tenant: String,
        /// What people read
        #[arg(long)]
        display_name: Option<String>,
        /// Issuer of user flows: tfp (one per flow) or v2 (shared)
        #[arg(long, value_parser = ["tfp", "v2"])]
        flow_issuer: Option<String>,
        /// Whether people may consent for themselves
        #[arg(long, value_parser = ["on", "off"])]
        user_consent: Option<String>,
        /// Whether the tenant is switched off
        #[arg(long, value_parser = ["on", "off"])]
        disabled: Option<String>,
        /// When a second factor is asked for: of everybody, of who has one, or where a request asks
        #[arg(long, value_parser = ["required", "when-enrolled", "on-request"])]
        mfa: Option<String>,
    },
    /// Remove a tenant with everything in it; there is no undo
    #[command(visible_alias = "delete")]
    Rm {
        /// Name, domain or id
        tenant: String,
        /// Really
        #[arg(long)]
        yes: bool,
    },
}

pub(super) async fn run(args: TenantArgs, session: &Session) -> Result<(), Ending> {
    match args.verb {
        TenantVerb::Create { name, domain, display_name, personal } => {
            let kind = if personal { "personal" } else { "work" };
            let body = json!({ "name": name, "domain": domain, "display_name": display_name, "kind": kind });
            let answer = session.send(Method::POST, &Path::of(&["tenants"]), Some(body)).await?;
            session.changed(answer, sheet);
        }
        TenantVerb::List => {
            let (rows, is_cut) = session.rows(&Path::of(&["tenants"]), 10_000).await?;
            session.listed(&Listing { rows, is_cut }, list);
        }
        TenantVerb::Show { tenant } => {
            let answer = session.get(&Path::of(&["tenants", &tenant])).await?;
            session.shown(&answer, sheet);
        }
        TenantVerb::Update { tenant, display_name, flow_issuer, user_consent, disabled, mfa } => {
            let mut body = Map::new();
            set(&mut body, "display_name", display_name.map(Value::from));
            set(&mut body, "flow_issuer", flow_issuer.map(Value::from));
            set(&mut body, "user_consent", user_consent.map(|word| json!(word == "on")));
            set(&mut body, "disabled", disabled.map(|word| json!(word == "on")));
            set(&mut body, "mfa", mfa.map(|word| json!(word.replace('-', "_"))));
            let path = Path::of(&["tenants", &tenant]);
            let answer = session.send(Method::PATCH, &path, Some(some(body)?)).await?;
            session.changed(answer, sheet);
        }
        TenantVerb::Rm { tenant, yes } => {
            if !yes {
                let fault =
                    format!("this removes {tenant} with its users, apps, APIs, grants and keys for good");
                return Err(Ending::usage(
                    fault,
                    format!("If you mean it: doorward tenant rm {tenant} --yes"),
                ));
            }
            let answer = session.send(Method::DELETE, &Path::of(&["tenants", &tenant]), None).await?;
            session.changed(answer, removed);
        }
    }
    Ok(())
}

/// Sets a member where there is a value.
pub(super) fn set(body: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        body.insert(name.to_owned(), value);
    }
}

/// A change that changes something.
pub(super) fn some(body: Map<String, Value>) -> Result<Value, Ending> {
    if body.is_empty() {
        return Err(Ending::usage("nothing is said to be changed", "Add an option; --help lists them"));
    }
    Ok(Value::Object(body))
}

/// What a removal answered.
pub(super) fn removed(answer: &Value) -> String {
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    facts(&[("removed", format!("{} {}", text("kind"), text("removed"))), ("id", text("id"))])
}

fn sheet(answer: &Value) -> String {
    let Some(tenant) = view::<TenantView>(answer) else { return format!("{answer:#}\n") };
    facts(&[
        ("tenant", tenant.name),
        ("id", tenant.id.to_string()),
        ("domain", tenant.domain),
        ("title", tenant.display_name),
        ("kind", answer["kind"].as_str().unwrap_or_default().to_owned()),
        ("flows", format!("issuer {}", answer["flow_issuer"].as_str().unwrap_or_default())),
        (
            "consent",
            if tenant.user_consent { "people may consent" } else { "administrators only" }.to_owned(),
        ),
        ("second factor", tenant.mfa.word().to_owned()),
        ("off", tick(tenant.disabled)),
    ])
}

fn list(rows: &[Value]) -> String {
    let cells = |row: &Value| {
        let tenant: TenantView = view(row)?;
        let kind = row["kind"].as_str().unwrap_or_default().to_owned();
        Some(vec![tenant.name, tenant.domain, kind, tenant.id.to_string(), tick(tenant.disabled)])
    };
    let rows: Vec<_> = rows.iter().filter_map(cells).collect();
    table(&["NAME", "DOMAIN", "KIND", "ID", "OFF"], &rows, "no tenants")
}

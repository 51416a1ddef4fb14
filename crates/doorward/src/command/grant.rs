//! `doorward grant …`

use axum::http::Method;
use clap::{ArgGroup, Args, Subcommand};
use doorward_core::directory::GrantView;
use serde_json::{Value, json};

use super::ending::Ending;
use super::output::{date, facts, table};
use super::path::Path;
use super::session::{Listing, Probe, Session, view};

/// Permissions granted.
#[derive(Args, Debug)]
pub(crate) struct GrantArgs {
    /// The tenant, where several have the app
    #[arg(long, global = true, value_name = "TENANT")]
    tenant: Option<String>,
    #[command(subcommand)]
    verb: GrantVerb,
}

#[derive(Subcommand, Debug)]
enum GrantVerb {
    /// Grant a delegated permission to an app, for a user or for all
    Add(Delegated),
    /// Take a delegated permission away; what was issued ends at its next renewal
    Rm(Delegated),
    /// List what is granted
    List {
        /// Only to this app
        #[arg(long)]
        app: Option<String>,
        /// Only for this user alone
        #[arg(long)]
        user: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// App roles, of apps and of users
    #[command(subcommand)]
    AppRole(RoleVerb),
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("grantee").required(true))]
struct Delegated {
    /// The app: name, client_id or id
    app: String,
    /// The permission: api:scope
    permission: String,
    /// For this user
    #[arg(long, group = "grantee", value_name = "USER")]
    user: Option<String>,
    /// For every user of the tenant
    #[arg(long, group = "grantee")]
    all: bool,
}

#[derive(Subcommand, Debug)]
enum RoleVerb {
    /// Give an app role
    Add(RoleArgs),
    /// Take an app role away
    Rm(RoleArgs),
    /// List who holds app roles
    List {
        /// Only of this app
        #[arg(long, conflicts_with = "user")]
        app: Option<String>,
        /// Only of this user
        #[arg(long)]
        user: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("holder").required(true))]
struct RoleArgs {
    /// The role: api:role
    permission: String,
    /// To an app, for itself
    #[arg(long, group = "holder", value_name = "APP")]
    app: Option<String>,
    /// To a user
    #[arg(long, group = "holder", value_name = "USER")]
    user: Option<String>,
}

pub(super) async fn run(args: GrantArgs, session: &Session) -> Result<(), Ending> {
    let named = args.tenant.as_ref();
    match args.verb {
        GrantVerb::Add(Delegated { app, permission, user, all }) => {
            let tenant = session.tenant(named, Probe::App(&app)).await?;
            let body = json!({ "app": app, "permission": permission, "user": user, "all": all });
            let answer =
                session.send(Method::POST, &Path::of(&["tenants", &tenant, "grants"]), Some(body)).await?;
            session.changed(answer, |answer| sheet("granted", answer));
        }
        GrantVerb::Rm(Delegated { app, permission, user, all }) => {
            let tenant = session.tenant(named, Probe::App(&app)).await?;
            let path =
                Path::of(&["tenants", &tenant, "grants"]).with("app", app).with("permission", permission);
            let path = path.with_some("user", user.as_ref()).with("all", all.to_string());
            let answer = session.send(Method::DELETE, &path, None).await?;
            session.changed(answer, |answer| sheet("withdrawn", answer));
        }
        GrantVerb::List { app, user, limit } => {
            let listing = rows(session, named, ("grants", app, user), limit).await?;
            session.listed(&listing, list);
        }
        GrantVerb::AppRole(RoleVerb::Add(RoleArgs { permission, app, user })) => {
            let tenant = holder_tenant(session, named, (app.as_ref(), user.as_ref())).await?;
            let body = json!({ "permission": permission, "app": app, "user": user });
            let path = Path::of(&["tenants", &tenant, "role-assignments"]);
            let answer = session.send(Method::POST, &path, Some(body)).await?;
            session.changed(answer, |answer| sheet("granted", answer));
        }
        GrantVerb::AppRole(RoleVerb::Rm(RoleArgs { permission, app, user })) => {
            let tenant = holder_tenant(session, named, (app.as_ref(), user.as_ref())).await?;
            let path = Path::of(&["tenants", &tenant, "role-assignments"]).with("permission", permission);
            let path = path.with_some("app", app.as_ref()).with_some("user", user.as_ref());
            let answer = session.send(Method::DELETE, &path, None).await?;
            session.changed(answer, |answer| sheet("withdrawn", answer));
        }
        GrantVerb::AppRole(RoleVerb::List { app, user, limit }) => {
            let listing = rows(session, named, ("role-assignments", app, user), limit).await?;
            session.listed(&listing, list);
        }
    }
    Ok(())
}

async fn holder_tenant(
    session: &Session,
    named: Option<&String>,
    (app, user): (Option<&String>, Option<&String>),
) -> Result<String, Ending> {
    let probe = match (app, user) {
        (Some(app), _) => Probe::App(app),
        (None, Some(user)) => Probe::User(user),
        (None, None) => Probe::Nothing,
    };
    session.tenant(named, probe).await
}

/// A listing that names an application or a user is of the tenant that has it.
async fn rows(
    session: &Session,
    named: Option<&String>,
    (noun, app, user): (&str, Option<String>, Option<String>),
    limit: usize,
) -> Result<Listing, Ending> {
    let tenant = match (named, &app, &user) {
        (None, None, None) => None,
        _ => Some(holder_tenant(session, named, (app.as_ref(), user.as_ref())).await?),
    };
    let path = |tenant: &str| {
        Path::of(&["tenants", tenant, noun]).with_some("app", app.as_ref()).with_some("user", user.as_ref())
    };
    session.listing(tenant.as_ref(), limit, path).await
}

fn sheet(word: &'static str, answer: &Value) -> String {
    let Some(grant) = view::<GrantView>(answer) else { return format!("{answer:#}\n") };
    facts(&[
        (word, format!("{}:{}", grant.api, grant.permissions.join(" "))),
        ("kind", grant.kind.to_string()),
        ("app", grant.app.unwrap_or_default()),
        ("for", grant.granted_for),
    ])
}

fn list(rows: &[Value]) -> String {
    let cells = |row: &Value| {
        let grant: GrantView = view(row)?;
        Some(vec![
            grant.app.unwrap_or_default(),
            grant.api,
            grant.permissions.join(" "),
            grant.kind.to_string(),
            grant.granted_for,
            grant.granted_at.map(|at| date(at.seconds())).unwrap_or_default(),
            row["tenant"].as_str().unwrap_or_default().to_owned(),
        ])
    };
    let rows: Vec<_> = rows.iter().filter_map(cells).collect();
    table(
        &["APP", "API", "PERMISSIONS", "KIND", "GRANTED FOR", "SINCE", "TENANT"],
        &rows,
        "nothing is granted",
    )
}

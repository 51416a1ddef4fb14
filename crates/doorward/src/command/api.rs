//! `doorward api …`

use std::path::PathBuf;

use axum::http::Method;
use clap::{Args, Subcommand};
use doorward_core::directory::ApiView;
use serde_json::{Map, Value, json};

use super::ending::Ending;
use super::import;
use super::output::{facts, table, tick};
use super::path::Path;
use super::session::{Probe, Session, view};
use super::tenant::{removed, set, some};

/// APIs.
#[derive(Args, Debug)]
pub(crate) struct ApiArgs {
    /// The tenant, where several have the API
    #[arg(long, global = true, value_name = "TENANT")]
    tenant: Option<String>,
    #[command(subcommand)]
    verb: ApiVerb,
}

#[derive(Subcommand, Debug)]
enum ApiVerb {
    /// Register an API by hand
    Add {
        /// Short name, before the colon of api:permission
        name: String,
        /// A scope that users may grant; may be repeated
        #[arg(long = "scope", value_name = "NAME")]
        scopes: Vec<String>,
        /// An app role for applications; may be repeated
        #[arg(long = "role", value_name = "NAME")]
        roles: Vec<String>,
        #[command(flatten)]
        settings: Settings,
    },
    /// List the APIs
    List {
        /// At most so many
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Show an API
    Show(Which),
    /// Change an API's settings
    Update {
        /// Short name, identifier URI or id
        api: String,
        #[command(flatten)]
        settings: Settings,
        /// An app that may introspect the API's tokens, such as its back end; may be repeated, `none` for nobody
        #[arg(long = "introspector", value_name = "APP")]
        introspectors: Vec<String>,
        /// Whether it is switched off: it gets no tokens
        #[arg(long, value_parser = ["on", "off"])]
        disabled: Option<String>,
    },
    /// Remove an API that nobody uses
    Rm(Which),
    /// Scopes: delegated permissions
    #[command(subcommand)]
    Scope(ScopeVerb),
    /// App roles: application permissions
    #[command(subcommand)]
    Role(RoleVerb),
    /// Register or change an API after its own document
    #[command(subcommand)]
    Import(ImportVerb),
}

#[derive(Args, Debug)]
struct Which {
    /// Short name, identifier URI or id
    api: String,
}

/// Settings of a registration.
#[derive(Args, Debug)]
pub(super) struct Settings {
    /// What people read on the consent page
    #[arg(long)]
    title: Option<String>,
    /// Identifier URI, api://NAME where none is given; may be repeated, the first is canonical
    #[arg(long = "identifier", value_name = "URI")]
    identifiers: Vec<String>,
    /// Shape of its access tokens
    #[arg(long, value_parser = ["generic", "ms-v1", "ms-v2", "rfc9068"])]
    profile: Option<String>,
    /// Algorithm of its access tokens
    #[arg(long, value_parser = ["RS256", "ES256", "EdDSA"])]
    algorithm: Option<String>,
    /// Life of its access tokens in seconds, 300 to 86400
    #[arg(long)]
    token_secs: Option<u32>,
}

impl Settings {
    /// As the administration reads them.
    pub(super) fn body(self) -> Map<String, Value> {
        let mut body = Map::new();
        set(&mut body, "title", self.title.map(Value::from));
        set(&mut body, "identifier_uris", (!self.identifiers.is_empty()).then(|| json!(self.identifiers)));
        set(&mut body, "profile", self.profile.map(Value::from));
        set(&mut body, "algorithm", self.algorithm.map(Value::from));
        set(&mut body, "access_token_secs", self.token_secs.map(Value::from));
        body
    }
}

#[derive(Subcommand, Debug)]
enum ScopeVerb {
    /// Add a scope, or change the one of that name
    Add {
        /// Short name, identifier URI or id of the API
        api: String,
        /// The scope
        scope: String,
        /// What the consent page says
        #[arg(long, default_value = "")]
        title: String,
        /// What that means
        #[arg(long, default_value = "")]
        description: String,
        /// Only an administrator may grant it
        #[arg(long)]
        admin_only: bool,
    },
    /// Remove a scope that nobody was granted
    Rm {
        /// Short name, identifier URI or id of the API
        api: String,
        /// The scope
        scope: String,
    },
}

#[derive(Subcommand, Debug)]
enum RoleVerb {
    /// Add an app role, or change the one of that name
    Add {
        /// Short name, identifier URI or id of the API
        api: String,
        /// The role
        role: String,
        /// What administrators read
        #[arg(long, default_value = "")]
        description: String,
        /// Who may hold it
        #[arg(long, default_value = "applications", value_parser = ["applications", "users", "both"])]
        members: String,
    },
    /// Remove an app role that nobody holds
    Rm {
        /// Short name, identifier URI or id of the API
        api: String,
        /// The role
        role: String,
    },
}

#[derive(Subcommand, Debug)]
enum ImportVerb {
    /// From an OpenAPI 3.0 or 3.1 document; again, to follow a change
    Openapi {
        /// The document, YAML or JSON
        file: PathBuf,
        /// Short name, instead of the document's own
        #[arg(long)]
        name: Option<String>,
        /// Only tell what would change
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        settings: Settings,
    },
}

pub(super) async fn run(args: ApiArgs, session: &Session) -> Result<(), Ending> {
    let desk = Desk { tenant: args.tenant.as_ref(), session };
    match args.verb {
        ApiVerb::Add { name, scopes, roles, settings } => {
            let tenant = session.tenant(desk.tenant, Probe::Nothing).await?;
            let values = |names: Vec<String>| {
                names.into_iter().map(|name| json!({ "value": name })).collect::<Vec<_>>()
            };
            let body = json!({
                "name": name,
                "scopes": values(scopes),
                "roles": values(roles),
                "settings": settings.body(),
            });
            desk.change(Method::POST, Path::of(&["tenants", &tenant, "apis"]), Some(body)).await
        }
        ApiVerb::List { limit } => {
            let path = |tenant: &str| Path::of(&["tenants", tenant, "apis"]);
            let listing = session.listing(desk.tenant, limit, path).await?;
            session.listed(&listing, list);
            Ok(())
        }
        ApiVerb::Show(Which { api }) => {
            let answer = session.get(&desk.path(&api, &[]).await?).await?;
            session.shown(&answer, sheet);
            Ok(())
        }
        ApiVerb::Update { api, settings, introspectors, disabled } => {
            let mut body = settings.body();
            let nobody = introspectors == ["none"];
            let named = if nobody { Vec::new() } else { introspectors };
            set(&mut body, "introspectors", (nobody || !named.is_empty()).then(|| json!(named)));
            set(&mut body, "disabled", disabled.map(|word| json!(word == "on")));
            let body = some(body)?;
            desk.change(Method::PATCH, desk.path(&api, &[]).await?, Some(body)).await
        }
        ApiVerb::Rm(Which { api }) => {
            let answer = session.send(Method::DELETE, &desk.path(&api, &[]).await?, None).await?;
            session.changed(answer, removed);
            Ok(())
        }
        ApiVerb::Scope(ScopeVerb::Add { api, scope, title, description, admin_only }) => {
            let body = json!({ "value": scope, "title": title, "description": description, "admin_only": admin_only });
            desk.change(Method::POST, desk.path(&api, &["scopes"]).await?, Some(body)).await
        }
        ApiVerb::Scope(ScopeVerb::Rm { api, scope }) => {
            desk.change(Method::DELETE, desk.path(&api, &["scopes", &scope]).await?, None).await
        }
        ApiVerb::Role(RoleVerb::Add { api, role, description, members }) => {
            let body = json!({ "value": role, "description": description, "members": members });
            desk.change(Method::POST, desk.path(&api, &["roles"]).await?, Some(body)).await
        }
        ApiVerb::Role(RoleVerb::Rm { api, role }) => {
            desk.change(Method::DELETE, desk.path(&api, &["roles", &role]).await?, None).await
        }
        ApiVerb::Import(ImportVerb::Openapi { file, name, dry_run, settings }) => {
            let document = import::read(&file, name)?;
            let api = document.name().to_owned();
            let tenant = match session.tenant(desk.tenant, Probe::Api(&api)).await {
                // A new API is in no tenant yet: which one is meant must be said.
                Err(Ending::Refused(_)) => session.tenant(desk.tenant, Probe::Nothing).await?,
                other => other?,
            };
            import::run(document, (&tenant, settings, dry_run), session).await
        }
    }
}

/// The tenant as it was said, and the conversation.
struct Desk<'a> {
    tenant: Option<&'a String>,
    session: &'a Session,
}

impl Desk<'_> {
    /// An address below an API.
    async fn path(&self, api: &str, rest: &[&str]) -> Result<Path, Ending> {
        let tenant = self.session.tenant(self.tenant, Probe::Api(api)).await?;
        Ok(Path::of(&[&["tenants", tenant.as_str(), "apis", api], rest].concat()))
    }

    async fn change(&self, method: Method, path: Path, body: Option<Value>) -> Result<(), Ending> {
        let answer = self.session.send(method, &path, body).await?;
        self.session.changed(answer, sheet);
        Ok(())
    }
}

pub(super) fn sheet(answer: &Value) -> String {
    let Some(api) = view::<ApiView>(answer) else { return format!("{answer:#}\n") };
    let mut rows = vec![
        ("api", api.name.clone()),
        ("title", api.title.clone()),
        ("id", api.id.to_string()),
        ("identifier", api.identifier_uris.join("  ")),
    ];
    for scope in &api.scopes {
        let who = if scope.admin_only { "administrators grant it" } else { "users may grant it" };
        rows.push(("scope", format!("{}  {}  ({who})", scope.name, scope.title)));
    }
    let members = |index: usize| answer["roles"][index]["members"].as_str().unwrap_or_default().to_owned();
    for (index, role) in api.roles.iter().enumerate() {
        rows.push(("role", format!("{}  {}  (for {})", role.name, role.description, members(index))));
    }
    let profile = answer["profile"].as_str().unwrap_or_default();
    rows.push(("tokens", format!("{profile}  {}  {} s", api.algorithm.as_str(), api.access_token_secs)));
    rows.extend(api.introspectors.iter().map(|app| ("introspector", app.to_string())));
    rows.push(("off", tick(api.disabled)));
    facts(&rows)
}

fn list(rows: &[Value]) -> String {
    let cells = |row: &Value| {
        let api: ApiView = view(row)?;
        Some(vec![
            api.name.clone(),
            api.identifier_uris.first().cloned().unwrap_or_default(),
            api.scopes.len().to_string(),
            api.roles.len().to_string(),
            row["profile"].as_str().unwrap_or_default().to_owned(),
            row["tenant"].as_str().unwrap_or_default().to_owned(),
            tick(api.disabled),
        ])
    };
    let rows: Vec<_> = rows.iter().filter_map(cells).collect();
    table(&["API", "IDENTIFIER", "SCOPES", "ROLES", "TOKENS", "TENANT", "OFF"], &rows, "no APIs")
}

//! `doorward app …`

mod metadata;
mod sheet;

use axum::http::Method;
use clap::{Args, Subcommand};
use doorward_core::directory::{AppAdded, SecretAdded};
use serde_json::{Map, Value, json};

use super::ending::Ending;
use super::output::{date, facts};
use super::path::Path;
use super::session::{Listing, Probe, Session, view};
use super::tenant::{removed, set, some};

/// Applications.
#[derive(Args, Debug)]
pub(crate) struct AppArgs {
    /// The tenant, where several have the app
    #[arg(long, global = true, value_name = "TENANT")]
    tenant: Option<String>,
    #[command(subcommand)]
    verb: AppVerb,
}

#[derive(Subcommand, Debug)]
enum AppVerb {
    /// Register an app; its secret is shown once
    Add(AddArgs),
    /// List the apps
    List {
        /// At most so many
        #[arg(long, default_value_t = 1000)]
        limit: usize,
    },
    /// Show an app
    Show(Which),
    /// Change an app's settings
    Update(UpdateArgs),
    /// Remove an app with its grants; there is no undo
    Rm(Which),
    /// Switch an app off: all it was given ends
    Disable(Which),
    /// Switch an app on again
    Enable(Which),
    /// Redirect URIs
    #[command(subcommand)]
    Redirect(RedirectVerb),
    /// Addresses that sign-out may lead to, besides the redirect URIs
    #[command(subcommand)]
    Logout(LogoutVerb),
    /// Client secrets
    #[command(subcommand)]
    Secret(SecretVerb),
    /// Permissions that the app asks for; a grant makes them real
    #[command(subcommand)]
    Require(RequireVerb),
    /// What the app asks for and what it was granted
    Permissions(Which),
}

#[derive(Args, Debug)]
struct Which {
    /// Name, client_id or id
    app: String,
}

#[derive(Args, Debug)]
struct AddArgs {
    /// What people read, and how commands may call it
    name: String,
    /// What it is: web (server-side), spa, native or daemon
    #[arg(long, value_parser = ["web", "spa", "native", "daemon"])]
    kind: String,
    /// Redirect URI on the platform of the kind; may be repeated
    #[arg(long = "redirect", value_name = "URI")]
    redirects: Vec<String>,
    /// Redirect URI of a single-page part; may be repeated
    #[arg(long = "spa-redirect", value_name = "URI")]
    spa_redirects: Vec<String>,
    /// Redirect URI of a part on devices; may be repeated
    #[arg(long = "native-redirect", value_name = "URI")]
    native_redirects: Vec<String>,
    /// Address that sign-out may lead to; may be repeated
    #[arg(long = "logout", value_name = "URI")]
    logouts: Vec<String>,
    /// Permission it asks for, api:permission; may be repeated
    #[arg(long = "require", visible_alias = "api", value_name = "PERMISSION")]
    requires: Vec<String>,
    /// Its client_id; a fresh id where none is given
    #[arg(long)]
    client_id: Option<String>,
    /// PKCE for an app that keeps a secret
    #[arg(long, value_parser = ["profile", "optional", "required"])]
    pkce: Option<String>,
    /// Its users are not asked for consent to identity scopes
    #[arg(long)]
    first_party: bool,
    #[command(flatten)]
    metadata: metadata::MetadataArgs,
    /// Name of its secret
    #[arg(long, default_value = "default")]
    secret_name: String,
    /// Days until its secret ends, 1 to 730
    #[arg(long, default_value_t = 180)]
    secret_days: u32,
    /// No secret yet
    #[arg(long)]
    no_secret: bool,
}

#[derive(Args, Debug)]
struct UpdateArgs {
    /// Name, client_id or id
    app: String,
    /// A new name
    #[arg(long)]
    name: Option<String>,
    /// PKCE for an app that keeps a secret
    #[arg(long, value_parser = ["profile", "optional", "required"])]
    pkce: Option<String>,
    /// Whether its users are not asked for consent to identity scopes
    #[arg(long, value_parser = ["on", "off"])]
    first_party: Option<String>,
    /// Whether scope claims enter the ID token
    #[arg(long, value_parser = ["on", "off"])]
    claims_in_id_token: Option<String>,
    /// Seconds for which refresh tokens stay usable when idle
    #[arg(long)]
    refresh_idle_secs: Option<u32>,
    /// When a second factor is asked of its users, where that is more than the tenant asks
    #[arg(long, value_parser = ["required", "when-enrolled", "on-request"])]
    mfa: Option<String>,
    #[command(flatten)]
    metadata: metadata::MetadataArgs,
}

#[derive(Subcommand, Debug)]
enum RedirectVerb {
    /// Add a redirect URI
    Add {
        /// Name, client_id or id
        app: String,
        /// The URI, compared byte for byte
        uri: String,
        /// Its platform; that of the app's kind where none is given
        #[arg(long, value_parser = ["web", "spa", "native"])]
        platform: Option<String>,
    },
    /// Remove a redirect URI
    Rm {
        /// Name, client_id or id
        app: String,
        /// The URI
        uri: String,
    },
}

#[derive(Subcommand, Debug)]
enum LogoutVerb {
    /// Add an address
    Add {
        /// Name, client_id or id
        app: String,
        /// The address
        uri: String,
    },
    /// Remove an address
    Rm {
        /// Name, client_id or id
        app: String,
        /// The address
        uri: String,
    },
}

#[derive(Subcommand, Debug)]
enum SecretVerb {
    /// Make a secret; it is shown once
    Add {
        /// Name, client_id or id
        app: String,
        /// What you call it
        #[arg(long, default_value = "default")]
        name: String,
        /// Days until it ends, 1 to 730
        #[arg(long, default_value_t = 180)]
        days: u32,
    },
    /// List the secrets, without the secrets
    List(Which),
    /// End a secret
    Rm {
        /// Name, client_id or id
        app: String,
        /// Id of the secret, or its name
        secret: String,
        /// End also everything that was issued to the app: for a secret that others may know
        #[arg(long)]
        revoke_grants: bool,
    },
}

#[derive(Subcommand, Debug)]
enum RequireVerb {
    /// Ask for permissions
    Add(RequireArgs),
    /// No longer ask for permissions
    Rm(RequireArgs),
}

#[derive(Args, Debug)]
struct RequireArgs {
    /// Name, client_id or id
    app: String,
    /// api:permission
    #[arg(required = true)]
    permissions: Vec<String>,
}

pub(super) async fn run(args: AppArgs, session: &Session) -> Result<(), Ending> {
    let desk = Desk { tenant: args.tenant.as_ref(), session };
    match args.verb {
        AppVerb::Add(new) => add(new, &desk).await,
        AppVerb::List { limit } => {
            let path = |tenant: &str| Path::of(&["tenants", tenant, "apps"]);
            let listing = session.listing(desk.tenant, limit, path).await?;
            session.listed(&listing, sheet::list);
            Ok(())
        }
        AppVerb::Show(Which { app }) => {
            let answer = session.get(&desk.path(&app, &[]).await?).await?;
            session.shown(&answer, sheet::of);
            Ok(())
        }
        AppVerb::Update(change) => update(change, &desk).await,
        AppVerb::Rm(Which { app }) => {
            let answer = session.send(Method::DELETE, &desk.path(&app, &[]).await?, None).await?;
            session.changed(answer, removed);
            Ok(())
        }
        AppVerb::Disable(Which { app }) => {
            desk.change(Method::POST, desk.path(&app, &["disable"]).await?, None).await
        }
        AppVerb::Enable(Which { app }) => {
            desk.change(Method::POST, desk.path(&app, &["enable"]).await?, None).await
        }
        AppVerb::Redirect(RedirectVerb::Add { app, uri, platform }) => {
            let body = json!({ "uri": uri, "platform": platform });
            desk.change(Method::POST, desk.path(&app, &["redirects"]).await?, Some(body)).await
        }
        AppVerb::Redirect(RedirectVerb::Rm { app, uri }) => {
            desk.change(Method::DELETE, desk.path(&app, &["redirects"]).await?.with("uri", uri), None).await
        }
        AppVerb::Logout(LogoutVerb::Add { app, uri }) => {
            let path = desk.path(&app, &["logout-uris"]).await?;
            desk.change(Method::POST, path, Some(json!({ "uri": uri }))).await
        }
        AppVerb::Logout(LogoutVerb::Rm { app, uri }) => {
            desk.change(Method::DELETE, desk.path(&app, &["logout-uris"]).await?.with("uri", uri), None).await
        }
        AppVerb::Secret(verb) => secret(verb, &desk).await,
        AppVerb::Require(RequireVerb::Add(RequireArgs { app, permissions })) => {
            let path = desk.path(&app, &["requires"]).await?;
            desk.change(Method::POST, path, Some(json!({ "permissions": permissions }))).await
        }
        AppVerb::Require(RequireVerb::Rm(RequireArgs { app, permissions })) => {
            let path = desk.path(&app, &["requires"]).await?;
            let path =
                permissions.into_iter().fold(path, |path, permission| path.with("permission", permission));
            desk.change(Method::DELETE, path, None).await
        }
        AppVerb::Permissions(Which { app }) => {
            let answer = session.get(&desk.path(&app, &["permissions"]).await?).await?;
            session.shown(&answer, sheet::permissions);
            Ok(())
        }
    }
}

/// The tenant as it was said, and the conversation.
struct Desk<'a> {
    tenant: Option<&'a String>,
    session: &'a Session,
}

impl Desk<'_> {
    /// An address below an application.
    async fn path(&self, app: &str, rest: &[&str]) -> Result<Path, Ending> {
        let tenant = self.session.tenant(self.tenant, Probe::App(app)).await?;
        Ok(Path::of(&[&["tenants", tenant.as_str(), "apps", app], rest].concat()))
    }

    async fn change(&self, method: Method, path: Path, body: Option<Value>) -> Result<(), Ending> {
        let answer = self.session.send(method, &path, body).await?;
        self.session.changed(answer, sheet::of);
        Ok(())
    }
}

async fn add(new: AddArgs, desk: &Desk<'_>) -> Result<(), Ending> {
    let tenant = desk.session.tenant(desk.tenant, Probe::Nothing).await?;
    let typed = |uris: Vec<String>, platform: Option<&'static str>| {
        uris.into_iter().map(move |uri| json!({ "uri": uri, "platform": platform }))
    };
    let redirects: Vec<Value> = typed(new.redirects, None)
        .chain(typed(new.spa_redirects, Some("spa")))
        .chain(typed(new.native_redirects, Some("native")))
        .collect();
    let secret = (!new.no_secret).then(|| json!({ "name": new.secret_name, "days": new.secret_days }));
    let mut body = json!({
        "name": new.name,
        "kind": new.kind,
        "client_id": new.client_id,
        "redirect_uris": redirects,
        "post_logout_redirect_uris": new.logouts,
        "requires": new.requires,
        "first_party": new.first_party,
        "metadata": new.metadata.patch()?,
        "secret": secret,
    });
    if let Some(pkce) = new.pkce {
        body["pkce"] = json!(pkce);
    }
    let answer =
        desk.session.send(Method::POST, &Path::of(&["tenants", &tenant, "apps"]), Some(body)).await?;
    desk.session.changed(answer, |answer| {
        let mut text = sheet::of(answer);
        if let Some(secret) = view::<AppAdded>(answer).and_then(|added| added.client_secret) {
            text.push_str(&facts(&[("secret", format!("{}   shown this once", secret.expose()))]));
        }
        text
    });
    Ok(())
}

async fn update(change: UpdateArgs, desk: &Desk<'_>) -> Result<(), Ending> {
    let mut body = Map::new();
    set(&mut body, "name", change.name.map(Value::from));
    set(&mut body, "pkce", change.pkce.map(Value::from));
    set(&mut body, "first_party", change.first_party.map(|word| json!(word == "on")));
    set(&mut body, "claims_in_id_token", change.claims_in_id_token.map(|word| json!(word == "on")));
    set(&mut body, "refresh_idle_secs", change.refresh_idle_secs.map(Value::from));
    set(&mut body, "mfa", change.mfa.map(|word| json!(word.replace('-', "_"))));
    let metadata = change.metadata.patch()?;
    set(&mut body, "metadata", (!metadata.is_empty()).then_some(Value::Object(metadata)));
    desk.change(Method::PATCH, desk.path(&change.app, &[]).await?, Some(some(body)?)).await
}

async fn secret(verb: SecretVerb, desk: &Desk<'_>) -> Result<(), Ending> {
    match verb {
        SecretVerb::Add { app, name, days } => {
            let path = desk.path(&app, &["secrets"]).await?;
            let body = json!({ "name": name, "days": days });
            let answer = desk.session.send(Method::POST, &path, Some(body)).await?;
            desk.session.changed(answer, |answer| {
                let Some(made) = view::<SecretAdded>(answer) else { return format!("{answer:#}\n") };
                facts(&[
                    ("secret", format!("{}   shown this once", made.client_secret.expose())),
                    ("app", made.app),
                    ("name", made.name),
                    ("id", made.secret_id),
                    ("ends", date(made.expires_at.seconds())),
                ])
            });
            Ok(())
        }
        SecretVerb::List(Which { app }) => {
            let mut answer = desk.session.get(&desk.path(&app, &[]).await?).await?;
            let rows = match answer["secrets"].take() {
                Value::Array(rows) => rows,
                _ => Vec::new(),
            };
            desk.session.listed(&Listing { rows, is_cut: false }, sheet::secrets);
            Ok(())
        }
        SecretVerb::Rm { app, secret, revoke_grants } => {
            let path = desk.path(&app, &["secrets", &secret]).await?;
            desk.change(Method::DELETE, path.with("revoke_grants", revoke_grants.to_string()), None).await
        }
    }
}

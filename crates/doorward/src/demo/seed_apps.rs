//! The cast's applications: registered once; their redirect URIs follow the web app's port, their secrets stay known.

use anyhow::Context as _;
use doorward_core::directory::{AppCommand, Command, NewRedirect, Outcome, SecretTerms};
use doorward_core::model::{Client, Instant, Tenant};
use doorward_server::App;
use std::time::Duration;

use super::cast::{self, NOTES_WEB, WEB_SHOP};
use super::directory::Directory;
use super::doors::Addresses;
use super::secrets::Secrets;

/// What the demo calls the secrets that it makes.
const SECRET_NAME: &str = "demo";
/// Days for which a secret is good.
const SECRET_DAYS: u32 = 730;
/// A secret that ends sooner than this is replaced.
const SOON: Duration = Duration::from_hours(24 * 7);

/// Registers the applications that are missing.
pub(super) async fn plant(directory: &Directory<'_>, tenant: &Tenant, at: &Addresses) -> anyhow::Result<()> {
    let there = directory.apps(tenant).await?;
    for new in cast::apps(at) {
        if !there.iter().any(|app| app.name == new.name) {
            directory.run(Command::App(tenant.id.into(), AppCommand::Add(Box::new(new)))).await?;
        }
    }
    Ok(())
}

/// The `client_id` of the application of that name.
pub(super) async fn client_id(
    directory: &Directory<'_>,
    tenant: &Tenant,
    name: &str,
) -> anyhow::Result<String> {
    let apps = directory.apps(tenant).await?;
    let app = apps
        .iter()
        .find(|app| app.name == name)
        .with_context(|| format!("there is no application {name}"))?;
    Ok(app.client_id.to_string())
}

/// Moves the redirect URIs of the web app from where it was to where it is.
pub(super) async fn follow_address(
    directory: &Directory<'_>,
    tenant: &Tenant,
    at: &Addresses,
    secrets: &mut Secrets,
) -> anyhow::Result<()> {
    let before = secrets.web_app().filter(|before| *before != at.web_app).map(str::to_owned);
    for app in
        directory.apps(tenant).await?.iter().filter(|app| [NOTES_WEB, WEB_SHOP].contains(&app.name.as_str()))
    {
        for command in moves(app, before.as_deref(), &at.web_app) {
            directory.run(Command::App(tenant.id.into(), command)).await?;
        }
    }
    secrets.keep_web_app(&at.web_app)
}

/// The commands that make an application answer to the web app at `now` and no longer at `before`.
fn moves(app: &Client, before: Option<&str>, now: &str) -> Vec<AppCommand> {
    let id = || app.client_id.to_string();
    let has = |uri: &str| app.redirect_uris.iter().any(|known| known.uri.as_str() == uri);
    let leads_to = |uri: &String| app.post_logout_redirect_uris.contains(uri);
    let mut commands = Vec::new();
    let callback = cast::web_app_callback(now);
    if !has(&callback) {
        let redirect = NewRedirect { uri: callback, platform: None };
        commands.push(AppCommand::AddRedirect { app: id(), redirect });
    }
    let home = cast::web_app_home(now);
    if app.name == NOTES_WEB && !leads_to(&home) {
        commands.push(AppCommand::AddPostLogout { app: id(), uri: home });
    }
    if let Some(before) = before {
        let (callback, home) = (cast::web_app_callback(before), cast::web_app_home(before));
        if has(&callback) {
            commands.push(AppCommand::RemoveRedirect { app: id(), uri: callback });
        }
        if leads_to(&home) {
            commands.push(AppCommand::RemovePostLogout { app: id(), uri: home });
        }
    }
    commands
}

/// Gives every confidential application of the cast a secret that the demo knows.
pub(super) async fn keep_secrets(
    directory: &Directory<'_>,
    tenant: &Tenant,
    secrets: &mut Secrets,
) -> anyhow::Result<()> {
    let mine = |app: &&Client| [NOTES_WEB, WEB_SHOP, cast::INDEXER].contains(&app.name.as_str());
    for app in directory.apps(tenant).await?.iter().filter(mine) {
        if secrets.client_secret(&app.name).is_some_and(|known| is_good(directory.app, app, known)) {
            continue;
        }
        let terms = SecretTerms { name: SECRET_NAME.to_owned(), days: SECRET_DAYS };
        let command = AppCommand::AddSecret { app: app.client_id.to_string(), terms };
        let outcome = directory.run(Command::App(tenant.id.into(), command)).await?;
        let Outcome::SecretAdded(added) = outcome else {
            anyhow::bail!("a new secret was not answered with one")
        };
        secrets.keep_client_secret(&app.name, added.client_secret.expose())?;
        // What nobody knows any more is of no use to anybody.
        for old in app.secrets.iter().filter(|old| old.name == SECRET_NAME) {
            let (app, secret) = (app.client_id.to_string(), old.id.to_string());
            let command = AppCommand::RemoveSecret { app, secret, revoke_grants: false };
            directory.run(Command::App(tenant.id.into(), command)).await?;
        }
    }
    Ok(())
}

fn is_good(app: &App, client: &Client, secret: &str) -> bool {
    let digest = app.vault().digest(secret.as_bytes());
    let until: Instant = app.now() + SOON;
    client.live_secrets(until).any(|known| known.digest == digest)
}

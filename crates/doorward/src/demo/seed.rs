//! Planting the cast in an empty store, and keeping what a start changes: the web app's address, lost secrets.
//!
//! Every step looks first and acts only where something is missing, so a start that was interrupted is completed by the
//! next one. Once the whole cast has been planted a record says so; from then on what an administrator removed stays
//! removed.

use anyhow::Context as _;
use doorward_core::directory::{
    Command, FlowCommand, GrantCommand, Grantee, Holder, KeyCommand, NewTenant, NewUser, PasswordHash,
    RotationTiming, TenantCommand, UserCommand,
};
use doorward_core::model::{
    Client, DirectoryRole, KeyState, Resource, SigningAlgorithm, SigningKeyRecord, Tenant, TenantId,
    TenantKey, User,
};
use doorward_core::needs::Need;
use doorward_crypto::random;
use doorward_server::{App, new_key};

use super::cast::{self, CastTenant, MEADOW, Person};
use super::directory::Directory;
use super::doors::Addresses;
use super::notes_document;
use super::secrets::Secrets;
use super::seed_apps;

/// The record that says that the cast was planted.
const PLANTED: &str = "demo_planted";

/// With which algorithms a tenant signs from its birth. Another one is made when an API asks for it.
const ALGORITHMS: [SigningAlgorithm; 2] = [SigningAlgorithm::Rs256, SigningAlgorithm::Es256];

/// The cast as it is in the store.
pub(super) struct Planted {
    pub(super) tenants: Vec<Tenant>,
    /// Accounts with what the cast says about them, as far as they are still there.
    pub(super) people: Vec<(&'static Person, User)>,
    /// Applications of `meadow`, all of them.
    pub(super) apps: Vec<Client>,
    pub(super) notes: Resource,
}

/// Plants the cast unless it is there, and brings everything up to date.
pub(super) async fn seed(app: &App, at: &Addresses, secrets: &mut Secrets) -> anyhow::Result<Planted> {
    let directory = Directory { app };
    for person in &cast::PEOPLE {
        secrets.password(person.who);
    }
    // Before the first account: a start that is interrupted must not leave accounts whose password nobody knows.
    secrets.save()?;
    if app.store().record(PLANTED).await?.is_none() {
        plant(&directory, at, secrets).await.context("planting the demo's cast")?;
        app.store().put_record_once(PLANTED, b"1".to_vec()).await?;
    }
    let mut tenants = Vec::new();
    for wanted in &cast::TENANTS {
        tenants.extend(directory.tenant(wanted.name).await?);
    }
    let Some(meadow) = tenants.iter().find(|tenant| tenant.name.as_str() == MEADOW) else {
        return Err(gone("tenant", MEADOW, app));
    };
    let Some(notes) = directory.api(meadow, cast::NOTES).await? else {
        return Err(gone("API", cast::NOTES, app));
    };
    let people = people(&directory, &tenants, secrets).await?;
    seed_apps::follow_address(&directory, meadow, at, secrets).await?;
    seed_apps::keep_secrets(&directory, meadow, secrets).await?;
    let apps = directory.apps(meadow).await?;
    for name in [cast::NOTES_WEB, cast::INDEXER] {
        if !apps.iter().any(|app| app.name == name) {
            return Err(gone("application", name, app));
        }
    }
    Ok(Planted { tenants, people, apps, notes })
}

fn gone(kind: &str, name: &str, app: &App) -> anyhow::Error {
    let fault = format!("the {kind} {name}, which the demo runs with, was removed from this store");
    let remedy = "Start with --reset for a new cast, or name another directory with --data";
    crate::config::ConfigFault::new("data", app.settings().base_url.clone(), fault, remedy).into()
}

async fn plant(directory: &Directory<'_>, at: &Addresses, secrets: &mut Secrets) -> anyhow::Result<()> {
    for wanted in &cast::TENANTS {
        let tenant = plant_tenant(directory, wanted).await?;
        for person in cast::PEOPLE.iter().filter(|person| person.tenant == wanted.name) {
            if directory.user(&tenant, person.username).await?.is_none() {
                plant_person(directory, person, secrets).await?;
            }
        }
    }
    let meadow = || TenantKey::new(MEADOW);
    let tenant = directory.tenant(MEADOW).await?.context("the tenant was just made")?;
    directory.run(Command::Flow(meadow(), FlowCommand::Put(cast::flow()))).await?;
    if directory.api(&tenant, cast::NOTES).await?.is_none() {
        directory.run(Command::Api(meadow(), notes_document::import())).await?;
    }
    seed_apps::plant(directory, &tenant, at).await?;
    let everybody = GrantCommand::Add {
        app: seed_apps::client_id(directory, &tenant, cast::NOTES_WEB).await?,
        permission: cast::permission("notes.read"),
        to: Grantee::All,
    };
    directory.run(Command::Grant(meadow(), everybody)).await?;
    let daemon = GrantCommand::AssignRole {
        holder: Holder::App(seed_apps::client_id(directory, &tenant, cast::INDEXER).await?),
        permission: cast::permission(cast::READ_ALL),
    };
    directory.run(Command::Grant(meadow(), daemon)).await?;
    Ok(())
}

/// A tenant with its pool, the built-in API, and of each algorithm a key that signs and the next one, published already.
async fn plant_tenant(directory: &Directory<'_>, wanted: &CastTenant) -> anyhow::Result<Tenant> {
    if directory.tenant(wanted.name).await?.is_none() {
        let id = TenantId::random(random());
        let new = NewTenant {
            id,
            name: wanted.name.to_owned(),
            domain: Some(wanted.domain.to_owned()),
            display_name: Some(wanted.display_name.to_owned()),
            kind: wanted.kind,
            keys: keys(directory.app, id, KeyState::Active).await?,
        };
        directory.run(Command::Tenant(TenantCommand::Create(Box::new(new)))).await?;
    }
    let tenant = directory.tenant(wanted.name).await?.context("the tenant was just made")?;
    let facts = directory.app.store().facts(&[Need::Keys(tenant.id)]).await?;
    let has_next = |algorithm| {
        facts.keys(tenant.id).iter().any(|key| key.algorithm == algorithm && key.state == KeyState::Upcoming)
    };
    if !ALGORITHMS.into_iter().all(has_next) {
        for new in keys(directory.app, tenant.id, KeyState::Upcoming).await? {
            if !has_next(new.algorithm) {
                let (algorithm, timing) = (new.algorithm, RotationTiming::Published);
                let command = KeyCommand::Rotate { algorithm, new: Some(Box::new(new)), timing };
                directory.run(Command::Key(tenant.id.into(), command)).await?;
            }
        }
    }
    Ok(tenant)
}

/// Fresh keys, one per algorithm. An RSA key takes a good part of a second, so this runs beside the request threads.
async fn keys(app: &App, tenant: TenantId, state: KeyState) -> anyhow::Result<Vec<SigningKeyRecord>> {
    let (app, now) = (app.clone(), app.now());
    let make = move || ALGORITHMS.map(|algorithm| new_key((tenant, algorithm), state, app.sealer(), now));
    let made = tokio::task::spawn_blocking(make).await.context("making signing keys")?;
    made.into_iter().map(|key| key.context("making a signing key")).collect()
}

async fn plant_person(
    directory: &Directory<'_>,
    person: &Person,
    secrets: &mut Secrets,
) -> anyhow::Result<()> {
    let roles = if person.is_administrator { vec![DirectoryRole::Administrator] } else { Vec::new() };
    let new = NewUser {
        name: person.username.to_owned(),
        emails: vec![person.email.to_owned()],
        display_name: Some(person.display_name()),
        given_name: Some(person.given_name.to_owned()),
        family_name: Some(person.family_name.to_owned()),
        local_id: None,
        password: Some(hashed(directory.app, secrets.password(person.who)).await?),
        roles,
    };
    directory.run(Command::User(TenantKey::new(person.tenant), UserCommand::Add(Box::new(new)))).await?;
    Ok(())
}

/// The accounts that are still there; one whose password was lost with the file gets the new one.
async fn people(
    directory: &Directory<'_>,
    tenants: &[Tenant],
    secrets: &mut Secrets,
) -> anyhow::Result<Vec<(&'static Person, User)>> {
    let mut found = Vec::new();
    for person in &cast::PEOPLE {
        let Some(tenant) = tenants.iter().find(|tenant| tenant.name.as_str() == person.tenant) else {
            continue;
        };
        let Some(user) = directory.user(tenant, person.username).await? else { continue };
        let password = secrets.password(person.who);
        if secrets.is_fresh(person.who) && !is_password_of(&user, &password) {
            let command = UserCommand::SetPassword {
                user: user.id.to_string(),
                password: hashed(directory.app, password).await?,
            };
            directory.run(Command::User(tenant.id.into(), command)).await?;
        }
        found.push((person, user));
    }
    Ok(found)
}

fn is_password_of(user: &User, password: &str) -> bool {
    user.password
        .as_deref()
        .is_some_and(|phc| doorward_crypto::verify_password(password, phc).is_ok_and(|verdict| verdict.ok))
}

async fn hashed(app: &App, password: String) -> anyhow::Result<PasswordHash> {
    let phc = app.hash_password(password).await.map_err(|refusal| anyhow::anyhow!("{refusal}"))?;
    PasswordHash::parse(&phc).map_err(|refusal| anyhow::anyhow!("{refusal}"))
}

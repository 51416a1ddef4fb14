//! What a rule cannot look up by a key: applications by name, another administrator, who uses a permission, and the name
//! that was probably meant.

use doorward_core::directory::{ApiCommand, Command, TenantCommand, UserCommand, nearest};
use doorward_core::facts::Facts;
use doorward_core::model::{
    AppId, Client, ClientId, ConsentGrant, Resource, RoleHolder, SignInName, Tenant, TenantId, TenantKey,
    User, UserId,
};
use doorward_core::needs::Need;
use doorward_core::refusal::{DirectoryRefusal, Reason, Refusal, quote};
use doorward_store::{DirectoryQuery, Entry, Paging, StoreFault};

use super::reply::Failure;
use crate::app::App;

/// How many users of something are named.
const NAMED: usize = 6;

/// Fills in what the command needs and the facts cannot tell.
pub(super) async fn complete(app: &App, command: &mut Command) -> Result<(), Failure> {
    let Some(key) = command.tenant().cloned() else { return Ok(()) };
    let Some(tenant) = tenant(app, &key).await? else { return Ok(()) };
    match command {
        Command::App(_, command) => name_app(app, &tenant, command.app_mut()).await,
        Command::Grant(_, command) => {
            name_app(app, &tenant, command.app_mut()).await?;
            name_person(app, &tenant, command.user_mut()).await
        }
        Command::User(_, command) => find_others(app, &tenant, command).await,
        Command::Api(_, command) => find_users_of(app, &tenant, command).await,
        Command::Tenant(TenantCommand::Delete(_, last_owner)) => {
            find_last_owner(app, &tenant, last_owner).await
        }
        Command::Flow(..) | Command::Key(..) | Command::Tenant(_) => Ok(()),
    }
}

/// The tenant of a key, straight from the store.
pub(super) async fn tenant(app: &App, key: &TenantKey) -> Result<Option<Tenant>, Failure> {
    let facts = app.store().facts(&[Need::Tenant(key.clone())]).await?;
    Ok(facts.tenant(key).cloned())
}

/// The tenant, which must be there.
pub(super) async fn the_tenant(app: &App, key: &TenantKey) -> Result<Tenant, Failure> {
    if let Some(tenant) = tenant(app, key).await? {
        return Ok(tenant);
    }
    Err(missing(app, None, ("tenant", key.as_str())).await)
}

/// The application that a word names: by `client_id`, id, or name.
pub(super) async fn client(app: &App, tenant: TenantId, word: &str) -> Result<Option<Client>, Failure> {
    let by_client_id = ClientId::parse(word).ok();
    let by_app = AppId::parse(word).ok();
    let needs: Vec<Need> = by_client_id
        .iter()
        .map(|id| Need::Client(tenant, id.clone()))
        .chain(by_app.map(|id| Need::ClientByApp(tenant, id)))
        .collect();
    let facts = if needs.is_empty() { Facts::new() } else { app.store().facts(&needs).await? };
    let by_key = by_client_id
        .and_then(|id| facts.client(tenant, &id).cloned())
        .or_else(|| by_app.and_then(|id| facts.client_by_app(tenant, id).cloned()));
    if by_key.is_some() {
        return Ok(by_key);
    }
    let query = DirectoryQuery::Clients { tenant, page: Paging::first() };
    find(app, query, |entry| match entry {
        Entry::Client(client) if client.name == word => Some(*client),
        _ => None,
    })
    .await
}

/// The application, which must be there.
pub(super) async fn the_client(app: &App, tenant: &Tenant, word: &str) -> Result<Client, Failure> {
    if let Some(client) = client(app, tenant.id, word).await? {
        return Ok(client);
    }
    Err(missing(app, Some(tenant.id), ("app", word)).await)
}

/// The user that a word names: by id, sign-in name, user principal name, or short name.
pub(super) async fn user(app: &App, tenant: &Tenant, word: &str) -> Result<Option<User>, Failure> {
    if word.len() > 300 {
        return Ok(None);
    }
    let need = match UserId::parse(word) {
        Ok(id) => Need::UserInTenant(tenant.id, id),
        Err(_) => Need::UserByName(tenant.id, tenant.default_pool, SignInName::canonical_form(word)),
    };
    let facts = app.store().facts(std::slice::from_ref(&need)).await?;
    let found = match &need {
        Need::UserInTenant(tenant, id) => facts.user_in_tenant(*tenant, *id),
        Need::UserByName(tenant, pool, name) => facts.user_by_name(*tenant, *pool, name),
        _ => None,
    };
    match found {
        Some(user) => Ok(Some(user.clone())),
        None => by_short_name(app, tenant, word).await,
    }
}

/// The user, which must be there.
pub(super) async fn the_user(app: &App, tenant: &Tenant, word: &str) -> Result<User, Failure> {
    if let Some(user) = user(app, tenant, word).await? {
        return Ok(user);
    }
    Err(missing(app, Some(tenant.id), ("user", word)).await)
}

/// The one account whose local id is the word, or whose name begins with it and a `.` or `@`: `ben` for `ben.fern`.
async fn by_short_name(app: &App, tenant: &Tenant, word: &str) -> Result<Option<User>, Failure> {
    let short = SignInName::canonical_form(word);
    if short.len() < 2 {
        return Ok(None);
    }
    let query = DirectoryQuery::Users {
        tenant: tenant.id,
        pool: Some(tenant.default_pool),
        search: Some(short.clone()),
        page: Paging::first(),
    };
    let fits = |user: &User| {
        user.local_id == word
            || user.sign_in_names.iter().any(|name| {
                name.canonical.strip_prefix(&short).is_some_and(|rest| rest.starts_with(['.', '@']))
            })
    };
    let page = app.store().list(&query).await?;
    let mut fitting = page.entries.into_iter().filter_map(|entry| match entry {
        Entry::User(user) if fits(&user) => Some(*user),
        _ => None,
    });
    let first = fitting.next();
    Ok(if fitting.next().is_some() || page.next.is_some() { None } else { first })
}

async fn name_app(app: &App, tenant: &Tenant, word: Option<&mut String>) -> Result<(), Failure> {
    let Some(word) = word else { return Ok(()) };
    if let Some(client) = client(app, tenant.id, word).await? {
        *word = client.client_id.to_string();
    }
    Ok(())
}

/// Only grants may be given by short name: whoever removes or disables an account names it in full.
async fn name_person(app: &App, tenant: &Tenant, word: Option<&mut String>) -> Result<(), Failure> {
    let Some(word) = word else { return Ok(()) };
    if let Some(user) = user(app, tenant, word).await? {
        *word = user.id.to_string();
    }
    Ok(())
}

async fn find_others(app: &App, tenant: &Tenant, command: &mut UserCommand) -> Result<(), Failure> {
    let word = match command {
        UserCommand::Disable { user, .. }
        | UserCommand::Remove { user, .. }
        | UserCommand::RemoveRole { user, .. } => user.clone(),
        _ => return Ok(()),
    };
    let Some(subject) = user(app, tenant, &word).await?.filter(User::is_administrator) else {
        return Ok(());
    };
    let administrator =
        other_in(app, tenant.id, &|user| user.id != subject.id && user.is_administrator()).await?;
    let owner =
        if subject.is_owner() { owner_beside(app, &|user| user.id != subject.id).await? } else { None };
    if let Some(others) = command.others_mut() {
        others.administrator = administrator.map(|user| user.id);
        others.owner = owner.map(|user| (user.tenant, user.id));
    }
    Ok(())
}

/// The owner who lives in the tenant, where no owner lives elsewhere.
async fn find_last_owner(app: &App, tenant: &Tenant, slot: &mut Option<String>) -> Result<(), Failure> {
    let Some(here) = other_in(app, tenant.id, &User::is_owner).await? else { return Ok(()) };
    if owner_beside(app, &|user| user.tenant != tenant.id).await?.is_none() {
        *slot = Some(here.sign_in_name().to_owned());
    }
    Ok(())
}

/// An owner of the installation for whom `fits` holds.
async fn owner_beside(
    app: &App,
    fits: &(dyn Fn(&User) -> bool + Send + Sync),
) -> Result<Option<User>, Failure> {
    let mut tenants = Vec::new();
    find(app, DirectoryQuery::Tenants { page: Paging::first() }, |entry| {
        if let Entry::Tenant(tenant) = entry {
            tenants.push(tenant.id);
        }
        None::<()>
    })
    .await?;
    for tenant in tenants {
        if let Some(owner) = other_in(app, tenant, &|user| user.is_owner() && fits(user)).await? {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}

/// An account of the tenant that works and for which `fits` holds.
async fn other_in(
    app: &App,
    tenant: TenantId,
    fits: &(dyn Fn(&User) -> bool + Send + Sync),
) -> Result<Option<User>, Failure> {
    let query = DirectoryQuery::Users { tenant, pool: None, search: None, page: Paging::first() };
    find(app, query, |entry| match entry {
        Entry::User(user) if !user.disabled && fits(&user) => Some(*user),
        _ => None,
    })
    .await
}

async fn find_users_of(app: &App, tenant: &Tenant, command: &mut ApiCommand) -> Result<(), Failure> {
    let word = match command {
        ApiCommand::Remove { api, .. }
        | ApiCommand::RemoveRole { api, .. }
        | ApiCommand::RemoveScope { api, .. } => api.clone(),
        ApiCommand::Import { spec, .. } => spec.name.clone(),
        _ => return Ok(()),
    };
    let Some(api) = api(app, tenant.id, &word).await? else { return Ok(()) };
    match command {
        ApiCommand::Remove { used_by, .. } => {
            *used_by = clients_with(app, &api, |_| true).await?;
            used_by.extend(holders_of(app, &api, |_| true).await?);
            used_by.dedup();
        }
        ApiCommand::RemoveScope { scope, used_by, .. } => {
            let scope = scope.clone();
            *used_by = clients_with(app, &api, |row| row.scopes.contains(&scope)).await?;
        }
        ApiCommand::RemoveRole { role, used_by, .. } => {
            let role = role.clone();
            *used_by = holders_of(app, &api, |value| value == role).await?;
        }
        ApiCommand::Import { spec, granted, .. } => {
            let scopes = api.scopes.iter().map(|scope| scope.value.as_str());
            for dropped in scopes.filter(|name| !spec.scopes.iter().any(|scope| scope.value == *name)) {
                if !clients_with(app, &api, |row| row.scopes.contains(dropped)).await?.is_empty() {
                    granted.push(dropped.to_owned());
                }
            }
            let roles = api.roles.iter().map(|role| role.value.as_str());
            for dropped in roles.filter(|name| !spec.roles.iter().any(|role| role.value == *name)) {
                if !holders_of(app, &api, |value| value == dropped).await?.is_empty() {
                    granted.push(dropped.to_owned());
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// The API that a word names.
pub(super) async fn api(app: &App, tenant: TenantId, word: &str) -> Result<Option<Resource>, Failure> {
    let facts = app.store().facts(&[Need::Resource(tenant, word.to_lowercase())]).await?;
    Ok(facts.resource(tenant, word).cloned())
}

/// The API, which must be there.
pub(super) async fn the_api(app: &App, tenant: &Tenant, word: &str) -> Result<Resource, Failure> {
    if let Some(api) = api(app, tenant.id, word).await? {
        return Ok(api);
    }
    Err(missing(app, Some(tenant.id), ("api", word)).await)
}

/// Names of applications with a delegated grant of that API, at most [`NAMED`].
async fn clients_with(
    app: &App,
    api: &Resource,
    fits: impl Fn(&ConsentGrant) -> bool + Send + Sync,
) -> Result<Vec<String>, Failure> {
    let mut apps: Vec<AppId> = Vec::new();
    let query =
        DirectoryQuery::Consents { tenant: api.tenant, client: None, user: None, page: Paging::first() };
    find(app, query, |entry| match entry {
        Entry::Consent(row) if row.resource == api.id && fits(&row) && !apps.contains(&row.client) => {
            apps.push(row.client);
            (apps.len() >= NAMED).then_some(())
        }
        _ => None,
    })
    .await?;
    let needs: Vec<Need> = apps.iter().map(|id| Need::ClientByApp(api.tenant, *id)).collect();
    let facts = app.store().facts(&needs).await?;
    let name = |id: &AppId| {
        facts.client_by_app(api.tenant, *id).map_or_else(|| id.to_string(), |client| client.name.clone())
    };
    Ok(apps.iter().map(name).collect())
}

/// Names of those who hold a role of that API, at most [`NAMED`].
async fn holders_of(
    app: &App,
    api: &Resource,
    fits: impl Fn(&str) -> bool + Send + Sync,
) -> Result<Vec<String>, Failure> {
    let mut holders: Vec<RoleHolder> = Vec::new();
    let query = DirectoryQuery::RoleAssignments {
        tenant: api.tenant,
        holder: None,
        resource: Some(api.id),
        page: Paging::first(),
    };
    find(app, query, |entry| match entry {
        Entry::RoleAssignment(row) if !holders.contains(&row.holder) => {
            let value = api.roles.iter().find(|role| role.id == row.role).map(|role| role.value.as_str());
            if value.is_some_and(&fits) {
                holders.push(row.holder);
            }
            (holders.len() >= NAMED).then_some(())
        }
        _ => None,
    })
    .await?;
    let need = |holder: &RoleHolder| match holder {
        RoleHolder::App(id) => Need::ClientByApp(api.tenant, *id),
        RoleHolder::User(id) => Need::UserInTenant(api.tenant, *id),
    };
    let facts = app.store().facts(&holders.iter().map(need).collect::<Vec<_>>()).await?;
    let name = |holder: &RoleHolder| match holder {
        RoleHolder::App(id) => {
            facts.client_by_app(api.tenant, *id).map_or_else(|| id.to_string(), |client| client.name.clone())
        }
        RoleHolder::User(id) => facts
            .user_in_tenant(api.tenant, *id)
            .map_or_else(|| id.to_string(), |user| user.sign_in_name().to_owned()),
    };
    Ok(holders.iter().map(name).collect())
}

/// Goes through a whole listing until `stop` has found what it looks for.
pub(super) async fn find<T>(
    app: &App,
    mut query: DirectoryQuery,
    mut stop: impl FnMut(Entry) -> Option<T> + Send,
) -> Result<Option<T>, Failure> {
    loop {
        let page = app.store().list(&query).await?;
        for entry in page.entries {
            if let Some(found) = stop(entry) {
                return Ok(Some(found));
            }
        }
        let Some(next) = page.next else { return Ok(None) };
        let paging = query.page().after(next);
        query = query.at(paging);
    }
}

/// The refusal, with the name that was probably meant where something was not found.
pub(super) async fn hinted(app: &App, command: &Command, mut refusal: Refusal) -> Failure {
    if let Reason::Directory(reason @ DirectoryRefusal::NotFound { nearest: None, .. }) = &refusal.reason {
        let tenant = match command.tenant() {
            Some(key) => match tenant(app, key).await {
                Ok(found) => found.map(|tenant| tenant.id),
                Err(failure) => return failure,
            },
            None => None,
        };
        refusal.reason = with_nearest(app, tenant, reason.clone()).await.into();
    }
    refusal.into()
}

/// There is no such thing; perhaps another one was meant.
async fn missing(app: &App, tenant: Option<TenantId>, (kind, word): (&'static str, &str)) -> Failure {
    let refusal = DirectoryRefusal::NotFound { kind, name: quote(word, 80), nearest: None };
    with_nearest(app, tenant, refusal).await.into()
}

/// A hint is worth one page of names, not more; a fault on the way to it leaves the refusal without one.
async fn with_nearest(app: &App, tenant: Option<TenantId>, refusal: DirectoryRefusal) -> DirectoryRefusal {
    let DirectoryRefusal::NotFound { kind, name, .. } = &refusal else { return refusal };
    let page = Paging::first();
    let query = match (*kind, tenant) {
        ("tenant", _) => DirectoryQuery::Tenants { page },
        ("app", Some(tenant)) => DirectoryQuery::Clients { tenant, page },
        ("api", Some(tenant)) => DirectoryQuery::Resources { tenant, page },
        ("user", Some(tenant)) => DirectoryQuery::Users { tenant, pool: None, search: None, page },
        _ => return refusal,
    };
    let names: Vec<String> = match app.store().list(&query).await {
        Ok(page) => page.entries.into_iter().flat_map(names_of).collect(),
        Err(_) => return refusal,
    };
    let nearest = nearest(name, names.iter().map(String::as_str));
    DirectoryRefusal::NotFound { kind, name: name.clone(), nearest }
}

fn names_of(entry: Entry) -> Vec<String> {
    match entry {
        Entry::Tenant(tenant) => vec![tenant.name.to_string(), tenant.domain],
        Entry::Client(client) => vec![client.name, client.client_id.to_string()],
        Entry::Resource(api) => std::iter::once(api.name).chain(api.identifier_uris).collect(),
        Entry::User(user) => user.sign_in_names.into_iter().map(|name| name.value).collect(),
        _ => Vec::new(),
    }
}

/// The objects behind a page of rows, each once, in one trip.
pub(super) async fn behind(app: &App, needs: Vec<Need>) -> Result<Facts, StoreFault> {
    let once = Facts::new().lacks(&needs);
    if once.is_empty() { Ok(Facts::new()) } else { app.store().facts(&once).await }
}

//! Applications.

use std::collections::HashMap;

use doorward_core::directory::{
    AppChange, AppCommand, AppView, Command, NewApp, NewRedirect, PermissionRef, SecretTerms, is_built_in,
    permission_table,
};
use doorward_core::model::{Client, Principal, ResourceId, RoleHolder, UserId};
use doorward_core::needs::Need;
use doorward_core::refusal::RequestRefusal;
use doorward_store::{DirectoryQuery, Entry, Paging};
use serde::Deserialize;
use serde_json::json;

use super::call::Call;
use super::reply::{Failure, Reply};
use super::{listing, lookup};

/// How many people of a permissions table are named.
const NAMED: usize = 200;

/// An address of sign-out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UriBody {
    uri: String,
}

/// Permissions asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequiresBody {
    permissions: Vec<PermissionRef>,
}

pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let page = call.rows(DirectoryQuery::Clients { tenant: tenant.id, page: call.page()? }).await?;
    let clients = page.entries.iter().filter_map(|entry| match entry {
        // The command line itself is shown when it is asked for, and is no application of the tenant's own.
        Entry::Client(client) if !is_built_in(client) => Some(&**client),
        _ => None,
    });
    let needs = clients.clone().flat_map(apis_of).collect();
    let facts = lookup::behind(&call.app, needs).await?;
    let views: Vec<_> = clients.map(|client| AppView::new(client, &facts)).collect();
    Ok(listing::items(&views, page.next.as_ref()))
}

fn apis_of(client: &Client) -> impl Iterator<Item = Need> + '_ {
    client.required_access.iter().map(|access| Need::ResourceById(client.tenant, access.resource))
}

pub(super) async fn add(call: Call) -> Result<Reply, Failure> {
    let new: NewApp = call.json()?;
    call.create(Command::App(call.tenant(), AppCommand::Add(Box::new(new)))).await
}

pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    call.show(Command::App(call.tenant(), AppCommand::Show { app: call.text("app") })).await
}

pub(super) async fn update(call: Call) -> Result<Reply, Failure> {
    let change: AppChange = call.json()?;
    run(&call, AppCommand::Update { app: call.text("app"), change }).await
}

pub(super) async fn remove(call: Call) -> Result<Reply, Failure> {
    run(&call, AppCommand::Remove { app: call.text("app") }).await
}

pub(super) async fn enable(call: Call) -> Result<Reply, Failure> {
    run(&call, AppCommand::Enable { app: call.text("app") }).await
}

pub(super) async fn disable(call: Call) -> Result<Reply, Failure> {
    run(&call, AppCommand::Disable { app: call.text("app") }).await
}

pub(super) async fn add_redirect(call: Call) -> Result<Reply, Failure> {
    let redirect: NewRedirect = call.json()?;
    run(&call, AppCommand::AddRedirect { app: call.text("app"), redirect }).await
}

pub(super) async fn remove_redirect(call: Call) -> Result<Reply, Failure> {
    let uri = call.required("uri")?.to_owned();
    run(&call, AppCommand::RemoveRedirect { app: call.text("app"), uri }).await
}

pub(super) async fn add_post_logout(call: Call) -> Result<Reply, Failure> {
    let body: UriBody = call.json()?;
    run(&call, AppCommand::AddPostLogout { app: call.text("app"), uri: body.uri }).await
}

pub(super) async fn remove_post_logout(call: Call) -> Result<Reply, Failure> {
    let uri = call.required("uri")?.to_owned();
    run(&call, AppCommand::RemovePostLogout { app: call.text("app"), uri }).await
}

pub(super) async fn add_secret(call: Call) -> Result<Reply, Failure> {
    let terms: SecretTerms = call.json()?;
    call.create(Command::App(call.tenant(), AppCommand::AddSecret { app: call.text("app"), terms })).await
}

pub(super) async fn remove_secret(call: Call) -> Result<Reply, Failure> {
    let revoke_grants = call.says("revoke_grants")?;
    let command =
        AppCommand::RemoveSecret { app: call.text("app"), secret: call.text("secret"), revoke_grants };
    run(&call, command).await
}

pub(super) async fn require(call: Call) -> Result<Reply, Failure> {
    let body: RequiresBody = call.json()?;
    run(&call, AppCommand::Require { app: call.text("app"), permissions: body.permissions }).await
}

pub(super) async fn unrequire(call: Call) -> Result<Reply, Failure> {
    let permissions: Vec<PermissionRef> =
        call.all("permission").map(PermissionRef::parse).collect::<Result<_, _>>()?;
    if permissions.is_empty() {
        return Err(RequestRefusal::MissingParameter { name: "permission" }.into());
    }
    run(&call, AppCommand::Unrequire { app: call.text("app"), permissions }).await
}

/// What the application asks for and was granted.
pub(super) async fn permissions(call: Call) -> Result<Reply, Failure> {
    let app = &call.app;
    let tenant = lookup::the_tenant(app, &call.tenant()).await?;
    let client = lookup::the_client(app, &tenant, call.param("app")).await?;
    let (mut consents, mut assignments) = (Vec::new(), Vec::new());
    let first = Paging::first();
    let query = DirectoryQuery::Consents {
        tenant: tenant.id,
        client: Some(client.app_id),
        user: None,
        page: first.clone(),
    };
    lookup::find(app, query, |entry| {
        if let Entry::Consent(row) = entry {
            consents.push(*row);
        }
        None::<()>
    })
    .await?;
    let holder = Some(RoleHolder::App(client.app_id));
    let query = DirectoryQuery::RoleAssignments { tenant: tenant.id, holder, resource: None, page: first };
    lookup::find(app, query, |entry| {
        if let Entry::RoleAssignment(row) = entry {
            assignments.push(*row);
        }
        None::<()>
    })
    .await?;
    let mut apis: Vec<ResourceId> = client.required_access.iter().map(|access| access.resource).collect();
    apis.extend(consents.iter().map(|row| row.resource));
    apis.extend(assignments.iter().map(|row| row.resource));
    apis.sort_unstable();
    apis.dedup();
    let people = consents.iter().filter_map(|row| match row.principal {
        Principal::User(user) => Some(user),
        Principal::All => None,
    });
    let needs = apis.iter().map(|id| Need::ResourceById(tenant.id, *id));
    let needs = needs.chain(people.take(NAMED).map(|id| Need::UserInTenant(tenant.id, id)));
    let needs: Vec<Need> = needs.collect();
    let facts = lookup::behind(app, needs.clone()).await?;
    let names_of: HashMap<UserId, String> = needs
        .iter()
        .filter_map(|need| match need {
            Need::UserInTenant(tenant, id) => {
                facts.user_in_tenant(*tenant, *id).map(|user| (*id, user.sign_in_name().to_owned()))
            }
            _ => None,
        })
        .collect();
    let resources: Vec<_> =
        apis.iter().filter_map(|id| facts.resource_by_id(tenant.id, *id).cloned()).collect();
    let person = |id: UserId| names_of.get(&id).cloned().unwrap_or_else(|| id.to_string());
    let rows = permission_table(&client, &resources, &consents, &assignments, &person);
    Ok(Reply::ok(json!({
        "app": client.name,
        "client_id": client.client_id,
        "tenant": tenant.name,
        "permissions": rows,
    })))
}

async fn run(call: &Call, command: AppCommand) -> Result<Reply, Failure> {
    call.run(Command::App(call.tenant(), command)).await
}

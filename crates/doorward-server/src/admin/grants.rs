//! Permissions granted: delegated ones and app roles.

use doorward_core::directory::{Command, GrantCommand, GrantView, Grantee, Holder, PermissionRef};
use doorward_core::model::{AppId, Principal, RoleHolder, Tenant, UserId};
use doorward_core::needs::Need;
use doorward_core::refusal::{DirectoryRefusal, quote};
use doorward_store::{DirectoryQuery, Entry};
use serde::Deserialize;

use super::call::Call;
use super::reply::{Failure, Reply};
use super::{listing, lookup};

/// A delegated grant: `user`, or `all`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    app: String,
    permission: PermissionRef,
    user: Option<String>,
    #[serde(default)]
    all: bool,
}

/// An app role: of `app`, or of `user`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RoleBody {
    permission: PermissionRef,
    app: Option<String>,
    user: Option<String>,
}

pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let client = match call.query("app")? {
        Some(word) => Some(lookup::the_client(&call.app, &tenant, word).await?.app_id),
        None => None,
    };
    let user = match call.query("user")? {
        Some(word) => Some(lookup::the_user(&call.app, &tenant, word).await?.id),
        None => None,
    };
    delegated(&call, &tenant, (client, user)).await
}

/// Delegated permissions of an application, of a user, or all.
pub(super) async fn delegated(
    call: &Call,
    tenant: &Tenant,
    (client, user): (Option<AppId>, Option<UserId>),
) -> Result<Reply, Failure> {
    let page =
        call.rows(DirectoryQuery::Consents { tenant: tenant.id, client, user, page: call.page()? }).await?;
    let rows: Vec<_> = page
        .entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Consent(row) => Some(&**row),
            _ => None,
        })
        .collect();
    let mut needs = Vec::new();
    for row in &rows {
        needs.push(Need::ClientByApp(tenant.id, row.client));
        needs.push(Need::ResourceById(tenant.id, row.resource));
        if let Principal::User(user) = row.principal {
            needs.push(Need::UserInTenant(tenant.id, user));
        }
    }
    let facts = lookup::behind(&call.app, needs).await?;
    let views: Vec<_> = rows
        .iter()
        .filter_map(|row| {
            let client = facts.client_by_app(tenant.id, row.client)?;
            let api = facts.resource_by_id(tenant.id, row.resource)?;
            let granted_for = match row.principal {
                Principal::All => "all users".to_owned(),
                Principal::User(id) => facts
                    .user_in_tenant(tenant.id, id)
                    .map_or_else(|| id.to_string(), |user| user.sign_in_name().to_owned()),
            };
            Some(GrantView::delegated(row, client, api, granted_for))
        })
        .collect();
    Ok(listing::items(&views, page.next.as_ref()))
}

pub(super) async fn add(call: Call) -> Result<Reply, Failure> {
    let body: GrantBody = call.json()?;
    let to = grantee(body.user, body.all)?;
    run(&call, GrantCommand::Add { app: body.app, permission: body.permission, to }).await
}

pub(super) async fn remove(call: Call) -> Result<Reply, Failure> {
    let app = call.required("app")?.to_owned();
    let permission = PermissionRef::parse(call.required("permission")?)?;
    let to = grantee(call.query("user")?.map(str::to_owned), call.says("all")?)?;
    run(&call, GrantCommand::Remove { app, permission, to }).await
}

fn grantee(user: Option<String>, all: bool) -> Result<Grantee, Failure> {
    match (user, all) {
        (Some(user), false) => Ok(Grantee::User(user)),
        (None, true) => Ok(Grantee::All),
        (Some(user), true) => Err(one_of("user", &user, "a permission is for user or for all, not both")),
        (None, false) => {
            Err(one_of("user", "nobody", "a permission is for a user, or for all of them with all"))
        }
    }
}

/// Two members of which one must be there, and one alone.
fn one_of(field: &'static str, sent: &str, fault: &str) -> Failure {
    DirectoryRefusal::Value { field, sent: quote(sent, 80), fault: fault.to_owned() }.into()
}

pub(super) async fn list_roles(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let holder = match (call.query("app")?, call.query("user")?) {
        (Some(word), None) => {
            Some(RoleHolder::App(lookup::the_client(&call.app, &tenant, word).await?.app_id))
        }
        (None, Some(word)) => Some(RoleHolder::User(lookup::the_user(&call.app, &tenant, word).await?.id)),
        (None, None) => None,
        (Some(_), Some(word)) => {
            return Err(one_of("user", word, "a role is held by app or by user, not both"));
        }
    };
    let query =
        DirectoryQuery::RoleAssignments { tenant: tenant.id, holder, resource: None, page: call.page()? };
    let page = call.rows(query).await?;
    let rows: Vec<_> = page
        .entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::RoleAssignment(row) => Some(&**row),
            _ => None,
        })
        .collect();
    let needs = rows.iter().flat_map(|row| {
        let holder = match row.holder {
            RoleHolder::App(id) => Need::ClientByApp(tenant.id, id),
            RoleHolder::User(id) => Need::UserInTenant(tenant.id, id),
        };
        [holder, Need::ResourceById(tenant.id, row.resource)]
    });
    let facts = lookup::behind(&call.app, needs.collect()).await?;
    let views: Vec<_> = rows
        .iter()
        .filter_map(|row| {
            let api = facts.resource_by_id(tenant.id, row.resource)?;
            let (client, user) = match row.holder {
                RoleHolder::App(id) => (Some(facts.client_by_app(tenant.id, id)?), None),
                RoleHolder::User(id) => {
                    (None, Some(facts.user_in_tenant(tenant.id, id)?.sign_in_name().to_owned()))
                }
            };
            Some(GrantView::role(row, client, api, user))
        })
        .collect();
    Ok(listing::items(&views, page.next.as_ref()))
}

pub(super) async fn assign(call: Call) -> Result<Reply, Failure> {
    let body: RoleBody = call.json()?;
    let holder = holder(body.app, body.user)?;
    run(&call, GrantCommand::AssignRole { holder, permission: body.permission }).await
}

pub(super) async fn unassign(call: Call) -> Result<Reply, Failure> {
    let permission = PermissionRef::parse(call.required("permission")?)?;
    let holder = holder(call.query("app")?.map(str::to_owned), call.query("user")?.map(str::to_owned))?;
    run(&call, GrantCommand::UnassignRole { holder, permission }).await
}

fn holder(app: Option<String>, user: Option<String>) -> Result<Holder, Failure> {
    match (app, user) {
        (Some(app), None) => Ok(Holder::App(app)),
        (None, Some(user)) => Ok(Holder::User(user)),
        (Some(_), Some(user)) => Err(one_of("user", &user, "a role is held by app or by user, not both")),
        (None, None) => Err(one_of("app", "nobody", "a role is held by an app or a user")),
    }
}

async fn run(call: &Call, command: GrantCommand) -> Result<Reply, Failure> {
    call.run(Command::Grant(call.tenant(), command)).await
}

//! What is held for one person: the grants of applications, and what the person allowed to them.

use doorward_core::directory::{Command, UserCommand};
use doorward_core::model::{Grant, GrantId};
use doorward_core::needs::Need;
use doorward_core::refusal::{DirectoryRefusal, quote};
use doorward_store::{DirectoryQuery, Entry};
use serde_json::{Value, json};

use super::call::Call;
use super::reply::{Failure, Reply};
use super::{grants as permissions, listing, lookup};

/// The grants of applications for a person: each began with a sign-in, and its refresh tokens live in it.
pub(super) async fn grants(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let user = lookup::the_user(&call.app, &tenant, call.param("user")).await?;
    let query =
        DirectoryQuery::Grants { tenant: tenant.id, user: Some(user.id), client: None, page: call.page()? };
    let page = call.rows(query).await?;
    let rows: Vec<&Grant> = page
        .entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Grant(grant) => Some(&**grant),
            _ => None,
        })
        .collect();
    let needs = rows.iter().map(|grant| Need::ClientByApp(tenant.id, grant.client)).collect();
    let facts = lookup::behind(&call.app, needs).await?;
    let views: Vec<Value> = rows
        .iter()
        .map(|grant| {
            let client = facts.client_by_app(tenant.id, grant.client);
            let ends = grant.refresh.as_ref().map(|state| state.idle_expiry.min(state.absolute_expiry));
            json!({
                "id": grant.id,
                "app": client.map(|client| client.name.as_str()),
                "client_id": client.map(|client| client.client_id.as_str()),
                "scopes": grant.scopes.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "session": grant.sid,
                "auth_time": grant.auth_time,
                "amr": grant.amr,
                "started_at": grant.started_at,
                "refreshable_until": ends.map(doorward_core::model::Expiry::instant),
                "ended": grant.revoked_at.is_some() || user.epoch > grant.started_at,
            })
        })
        .collect();
    Ok(listing::items(&views, page.next.as_ref()))
}

/// Ends one grant with all its tokens.
pub(super) async fn end_grant(call: Call) -> Result<Reply, Failure> {
    let word = call.param("grant");
    let Ok(grant) = GrantId::parse(word) else {
        return Err(DirectoryRefusal::NotFound { kind: "grant", name: quote(word, 80), nearest: None }.into());
    };
    let command = UserCommand::EndGrant { user: call.text("user"), grant };
    call.run(Command::User(call.tenant(), command)).await
}

/// What a person allowed to applications.
pub(super) async fn consents(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let user = lookup::the_user(&call.app, &tenant, call.param("user")).await?;
    permissions::delegated(&call, &tenant, (None, Some(user.id))).await
}

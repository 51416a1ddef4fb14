//! APIs.

use doorward_core::directory::{
    ADMIN_API, ApiChange, ApiCommand, ApiSpec, ApiView, Command, NewApi, RoleSpec, ScopeSpec,
};
use doorward_core::refusal::quote;
use doorward_store::{DirectoryQuery, Entry};
use serde::Deserialize;

use super::call::{Call, malformed, whole_numbers};
use super::execute::Mode;
use super::reply::{Failure, Reply};
use super::{listing, lookup};

/// An import: what the document says, and settings that it does not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportBody {
    spec: ApiSpec,
    #[serde(default)]
    settings: ApiChange,
}

pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let page = call.rows(DirectoryQuery::Resources { tenant: tenant.id, page: call.page()? }).await?;
    Ok(listing::page(&page, |entry| match entry {
        Entry::Resource(api) if api.id != ADMIN_API => Some(ApiView::from(&**api)),
        _ => None,
    }))
}

pub(super) async fn declare(call: Call) -> Result<Reply, Failure> {
    let new: NewApi = call.json()?;
    call.create(Command::Api(call.tenant(), ApiCommand::Declare(Box::new(new)))).await
}

pub(super) async fn import(call: Call) -> Result<Reply, Failure> {
    let body: ImportBody = call.json()?;
    let mode = if call.says("dry_run")? { Mode::DryRun } else { Mode::Commit };
    let command =
        ApiCommand::Import { spec: Box::new(body.spec), settings: body.settings, granted: Vec::new() };
    call.run_in(Command::Api(call.tenant(), command), mode).await
}

pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    call.show(Command::Api(call.tenant(), ApiCommand::Show { api: call.text("api") })).await
}

pub(super) async fn update(call: Call) -> Result<Reply, Failure> {
    let mut body: serde_json::Map<String, serde_json::Value> = call.json()?;
    let words = body.remove("introspectors");
    let mut change: ApiChange = read(body.into())?;
    if let Some(words) = words {
        let words: Vec<String> = read(words)?;
        let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
        let mut apps = Vec::new();
        for word in &words {
            let app = lookup::the_client(&call.app, &tenant, word).await?.app_id;
            if !apps.contains(&app) {
                apps.push(app);
            }
        }
        change.introspectors = Some(apps);
    }
    run(&call, ApiCommand::Update { api: call.text("api"), change }).await
}

pub(super) async fn remove(call: Call) -> Result<Reply, Failure> {
    run(&call, ApiCommand::Remove { api: call.text("api"), used_by: Vec::new() }).await
}

pub(super) async fn add_scope(call: Call) -> Result<Reply, Failure> {
    let scope: ScopeSpec = call.json()?;
    run(&call, ApiCommand::AddScope { api: call.text("api"), scope }).await
}

pub(super) async fn remove_scope(call: Call) -> Result<Reply, Failure> {
    let command =
        ApiCommand::RemoveScope { api: call.text("api"), scope: call.text("scope"), used_by: Vec::new() };
    run(&call, command).await
}

pub(super) async fn add_role(call: Call) -> Result<Reply, Failure> {
    let role: RoleSpec = call.json()?;
    run(&call, ApiCommand::AddRole { api: call.text("api"), role }).await
}

pub(super) async fn remove_role(call: Call) -> Result<Reply, Failure> {
    let command =
        ApiCommand::RemoveRole { api: call.text("api"), role: call.text("app_role"), used_by: Vec::new() };
    run(&call, command).await
}

fn read<T: serde::de::DeserializeOwned>(value: serde_json::Value) -> Result<T, Failure> {
    serde_json::from_value(whole_numbers(value))
        .map_err(|error| malformed(&format!("the body: {}", quote(&error.to_string(), 200))))
}

async fn run(call: &Call, command: ApiCommand) -> Result<Reply, Failure> {
    call.run(Command::Api(call.tenant(), command)).await
}

//! Users. Passwords come in clear, are judged and hashed here, and go on as PHC strings.

use doorward_core::directory::{
    Command, NewUser, Others, PasswordHash, UserChange, UserCommand, UserView, nearest,
};
use doorward_core::journey::check_new_password;
use doorward_core::model::DirectoryRole;
use doorward_core::refusal::{DirectoryRefusal, JourneyRefusal, quote};
use doorward_store::{DirectoryQuery, Entry};
use http::StatusCode;
use serde::Deserialize;

use super::call::Call;
use super::reply::{Failure, Reply};
use super::{listing, lookup};
use crate::app::App;

/// An account to be created.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    name: String,
    #[serde(default)]
    emails: Vec<String>,
    display_name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    local_id: Option<String>,
    password: Option<String>,
    #[serde(default)]
    roles: Vec<DirectoryRole>,
}

/// A new password.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PasswordBody {
    password: String,
}

/// A further name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NameBody {
    name: String,
}

pub(super) async fn list(call: Call) -> Result<Reply, Failure> {
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    let search = call.query("search")?.map(str::to_owned);
    let page = call
        .rows(DirectoryQuery::Users { tenant: tenant.id, pool: None, search, page: call.page()? })
        .await?;
    Ok(listing::page(&page, |entry| match entry {
        Entry::User(user) => Some(UserView::new(user, &tenant)),
        _ => None,
    }))
}

pub(super) async fn add(call: Call) -> Result<Reply, Failure> {
    let body: Body = call.secret_json()?;
    let password = match body.password {
        Some(password) => Some(hashed(&call.app, password, &body.name).await?),
        None => None,
    };
    let new = NewUser {
        name: body.name,
        emails: body.emails,
        display_name: body.display_name,
        given_name: body.given_name,
        family_name: body.family_name,
        local_id: body.local_id,
        password,
        roles: body.roles,
    };
    call.create(Command::User(call.tenant(), UserCommand::Add(Box::new(new)))).await
}

pub(super) async fn show(call: Call) -> Result<Reply, Failure> {
    call.show(Command::User(call.tenant(), UserCommand::Show { user: call.text("user") })).await
}

pub(super) async fn update(call: Call) -> Result<Reply, Failure> {
    let change: UserChange = call.json()?;
    run(&call, UserCommand::Update { user: call.text("user"), change }).await
}

pub(super) async fn remove(call: Call) -> Result<Reply, Failure> {
    run(&call, UserCommand::Remove { user: call.text("user"), others: Others::default() }).await
}

pub(super) async fn enable(call: Call) -> Result<Reply, Failure> {
    run(&call, UserCommand::Enable { user: call.text("user") }).await
}

pub(super) async fn disable(call: Call) -> Result<Reply, Failure> {
    run(&call, UserCommand::Disable { user: call.text("user"), others: Others::default() }).await
}

pub(super) async fn unlock(call: Call) -> Result<Reply, Failure> {
    run(&call, UserCommand::Unlock { user: call.text("user") }).await
}

pub(super) async fn sign_out(call: Call) -> Result<Reply, Failure> {
    run(&call, UserCommand::SignOut { user: call.text("user") }).await
}

pub(super) async fn reset_factors(call: Call) -> Result<Reply, Failure> {
    run(&call, UserCommand::ResetFactors { user: call.text("user") }).await
}

pub(super) async fn set_password(call: Call) -> Result<Reply, Failure> {
    let body: PasswordBody = call.secret_json()?;
    let tenant = lookup::the_tenant(&call.app, &call.tenant()).await?;
    // Nobody's password is hashed: 20 ms and 19 MiB are not spent on a misspelt name.
    let user = lookup::the_user(&call.app, &tenant, call.param("user")).await?;
    let password = hashed(&call.app, body.password, user.sign_in_name()).await?;
    run(&call, UserCommand::SetPassword { user: call.text("user"), password }).await
}

pub(super) async fn add_role(call: Call) -> Result<Reply, Failure> {
    let role = role(&call)?;
    run(&call, UserCommand::AddRole { user: call.text("user"), role }).await
}

pub(super) async fn remove_role(call: Call) -> Result<Reply, Failure> {
    let role = role(&call)?;
    run(&call, UserCommand::RemoveRole { user: call.text("user"), role, others: Others::default() }).await
}

pub(super) async fn add_name(call: Call) -> Result<Reply, Failure> {
    let body: NameBody = call.json()?;
    let command = UserCommand::AddName { user: call.text("user"), name: body.name };
    let mut reply = run(&call, command).await?;
    reply.set_status(StatusCode::CREATED);
    Ok(reply)
}

pub(super) async fn remove_name(call: Call) -> Result<Reply, Failure> {
    run(&call, UserCommand::RemoveName { user: call.text("user"), name: call.text("name") }).await
}

async fn run(call: &Call, command: UserCommand) -> Result<Reply, Failure> {
    call.run(Command::User(call.tenant(), command)).await
}

fn role(call: &Call) -> Result<DirectoryRole, Failure> {
    let word = call.param("role");
    DirectoryRole::parse(word).ok_or_else(|| {
        let nearest = nearest(word, DirectoryRole::ALL.map(DirectoryRole::word));
        DirectoryRefusal::NotFound { kind: "directory role", name: quote(word, 80), nearest }.into()
    })
}

pub(super) async fn hashed(app: &App, password: String, name: &str) -> Result<PasswordHash, Failure> {
    check_new_password(&password, name)
        .map_err(|fault| JourneyRefusal::PasswordTooWeak { fault: fault.to_string() })?;
    let phc = app.hash_password(password).await?;
    Ok(PasswordHash::parse(&phc)?)
}

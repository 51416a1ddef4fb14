//! Permissions granted: delegated ones for a user or for all, app roles to applications and users.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::desk::{Decision, Desk};
use super::naming::{self, not_among};
use super::outcome::Outcome;
use super::value::fault;
use super::{PermissionKind, PermissionRef};
use crate::change::DirectoryChange;
use crate::facts::Facts;
use crate::model::{
    AppRole, Client, ClientKind, ConsentGrant, ExposedScope, Instant, Principal, Resource, RoleAssignment,
    RoleHolder, ScopeSet, ScopeToken, Tenant, UserId,
};
use crate::needs::Need;
use crate::refusal::{DirectoryRefusal, Refusal};

/// What is done with grants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantCommand {
    /// Grants a delegated permission to an application.
    Add {
        /// Which application.
        app: String,
        /// The scope.
        permission: PermissionRef,
        /// For whom.
        to: Grantee,
    },
    /// Gives an app role.
    AssignRole {
        /// To whom.
        holder: Holder,
        /// The role.
        permission: PermissionRef,
    },
    /// Takes a delegated permission away; what was issued ends at its next renewal.
    Remove {
        /// From which application.
        app: String,
        /// The scope.
        permission: PermissionRef,
        /// For whom.
        to: Grantee,
    },
    /// Takes an app role away.
    UnassignRole {
        /// From whom.
        holder: Holder,
        /// The role.
        permission: PermissionRef,
    },
}

/// For whom a delegated permission is granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grantee {
    /// Every user of the tenant.
    All,
    /// One user.
    User(String),
}

/// Who holds an app role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// An application, for itself.
    App(String),
    /// A user.
    User(String),
}

/// A grant as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantView {
    /// The application; absent for a user's own role.
    pub app: Option<String>,
    /// Its `client_id`.
    pub client_id: Option<String>,
    /// Short name of the API.
    pub api: String,
    /// Scopes, or the role.
    pub permissions: Vec<String>,
    /// Delegated or application.
    pub kind: PermissionKind,
    /// `all users`, a sign-in name, or `the app itself`.
    pub granted_for: String,
    /// When, seconds of the Unix epoch; absent where it was just taken away.
    pub granted_at: Option<Instant>,
}

impl GrantView {
    /// A delegated grant.
    pub fn delegated(consent: &ConsentGrant, client: &Client, api: &Resource, granted_for: String) -> Self {
        Self {
            app: Some(client.name.clone()),
            client_id: Some(client.client_id.to_string()),
            api: api.name.clone(),
            permissions: consent.scopes.iter().map(ToString::to_string).collect(),
            kind: PermissionKind::Delegated,
            granted_for,
            granted_at: Some(consent.granted_at),
        }
    }

    /// An app role that somebody holds: an application (`client`), or the user of that name.
    pub fn role(
        assignment: &RoleAssignment,
        client: Option<&Client>,
        api: &Resource,
        user: Option<String>,
    ) -> Self {
        let role = api.roles.iter().find(|role| role.id == assignment.role);
        Self {
            app: client.map(|client| client.name.clone()),
            client_id: client.map(|client| client.client_id.to_string()),
            api: api.name.clone(),
            permissions: vec![role.map_or_else(|| assignment.role.to_string(), |role| role.value.clone())],
            kind: PermissionKind::Application,
            granted_for: user.unwrap_or_else(|| "the app itself".to_owned()),
            granted_at: Some(assignment.assigned_at),
        }
    }
}

impl GrantCommand {
    pub(super) fn subject(&self) -> String {
        match self {
            Self::Add { permission, .. }
            | Self::AssignRole { permission, .. }
            | Self::Remove { permission, .. }
            | Self::UnassignRole { permission, .. } => permission.to_string(),
        }
    }

    /// The word by which an application is named, where one is: the shell replaces a name by its `client_id`.
    pub fn app_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Add { app, .. }
            | Self::Remove { app, .. }
            | Self::AssignRole { holder: Holder::App(app), .. }
            | Self::UnassignRole { holder: Holder::App(app), .. } => Some(app),
            Self::AssignRole { holder: Holder::User(_), .. }
            | Self::UnassignRole { holder: Holder::User(_), .. } => None,
        }
    }

    /// The word by which a user is named, where one is.
    pub fn user_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Add { to: Grantee::User(user), .. }
            | Self::Remove { to: Grantee::User(user), .. }
            | Self::AssignRole { holder: Holder::User(user), .. }
            | Self::UnassignRole { holder: Holder::User(user), .. } => Some(user),
            _ => None,
        }
    }

    fn app(&self) -> Option<&str> {
        match self {
            Self::Add { app, .. }
            | Self::Remove { app, .. }
            | Self::AssignRole { holder: Holder::App(app), .. }
            | Self::UnassignRole { holder: Holder::App(app), .. } => Some(app),
            _ => None,
        }
    }

    fn user(&self) -> Option<&str> {
        match self {
            Self::Add { to: Grantee::User(user), .. }
            | Self::Remove { to: Grantee::User(user), .. }
            | Self::AssignRole { holder: Holder::User(user), .. }
            | Self::UnassignRole { holder: Holder::User(user), .. } => Some(user),
            _ => None,
        }
    }

    fn permission(&self) -> &PermissionRef {
        match self {
            Self::Add { permission, .. }
            | Self::AssignRole { permission, .. }
            | Self::Remove { permission, .. }
            | Self::UnassignRole { permission, .. } => permission,
        }
    }
}

pub(super) fn needs(command: &GrantCommand, tenant: &Tenant, facts: &Facts, all: &mut Vec<Need>) {
    naming::api_needs(command.permission().api(), tenant, all);
    if let Some(app) = command.app() {
        naming::app_needs(app, tenant, all);
    }
    if let Some(user) = command.user() {
        naming::user_needs(user, tenant, all);
    }
    if !facts.lacks(all).is_empty() {
        return;
    }
    let client = command.app().and_then(|app| naming::app(app, tenant, facts).ok());
    let user = command.user().and_then(|user| naming::user(user, tenant, facts).ok());
    match (command, client, user) {
        (GrantCommand::Add { .. } | GrantCommand::Remove { .. }, Some(client), user) => {
            all.push(Need::Consents(tenant.id, client.app_id, user.map_or(NOBODY, |user| user.id)));
        }
        (_, Some(client), _) => all.push(Need::RoleAssignments(tenant.id, RoleHolder::App(client.app_id))),
        (_, None, Some(user)) => all.push(Need::RoleAssignments(tenant.id, RoleHolder::User(user.id))),
        (_, None, None) => {}
    }
}

/// No user has this id: asking for its consents answers with those for all users alone.
const NOBODY: UserId = UserId::new(Uuid::nil());

pub(super) fn decide(command: &GrantCommand, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let api = naming::api_of(command.permission(), desk.tenant, desk.facts)?;
    let name = command.permission().name();
    match command {
        GrantCommand::Add { app, to, .. } => {
            add(naming::app(app, desk.tenant, desk.facts)?, api, name, (to, desk))
        }
        GrantCommand::Remove { app, to, .. } => {
            remove(naming::app(app, desk.tenant, desk.facts)?, api, name, (to, desk))
        }
        GrantCommand::AssignRole { holder, .. } => assign(holder, api, name, desk),
        GrantCommand::UnassignRole { holder, .. } => unassign(holder, api, name, desk),
    }
}

/// A principal, and how it is named in answers and on the command line.
struct Party<'a> {
    principal: Principal,
    shown: String,
    words: Vec<&'a str>,
}

fn party<'a>(to: &'a Grantee, desk: &Desk<'a>) -> Result<Party<'a>, DirectoryRefusal> {
    Ok(match to {
        Grantee::All => {
            Party { principal: Principal::All, shown: "all users".to_owned(), words: vec!["--all"] }
        }
        Grantee::User(text) => {
            let user = naming::user(text, desk.tenant, desk.facts)?;
            Party {
                principal: Principal::User(user.id),
                shown: user.sign_in_name().to_owned(),
                words: vec!["--user", user.sign_in_name()],
            }
        }
    })
}

fn add(
    client: &Client,
    api: &Resource,
    name: &str,
    (to, desk): (&Grantee, &Desk<'_>),
) -> Result<Decision, Refusal> {
    if client.kind == ClientKind::Daemon {
        let why = "a daemon acts without a person: give it an app role with doorward grant app-role";
        return Err(fault("app", &client.name, why).into());
    }
    let scope = exposed(api, name)?;
    let party = party(to, desk)?;
    let consent = ConsentGrant {
        tenant: desk.tenant.id,
        client: client.app_id,
        resource: api.id,
        principal: party.principal,
        scopes: ScopeSet::from_iter([scope.value.clone()]),
        granted_by: desk.person(),
        granted_at: desk.env.now,
    };
    let outcome = Outcome::Grant(Box::new(GrantView::delegated(&consent, client, api, party.shown.clone())));
    if held(client, api, &party, desk).is_some_and(|row| row.scopes.contains(name)) {
        return Ok(Decision::of(outcome));
    }
    let permission = format!("{}:{name}", api.name);
    let detail = json!({ "permission": permission, "for": party.shown });
    let words: Vec<&str> =
        ["grant", "rm", &client.name, &permission].into_iter().chain(party.words.iter().copied()).collect();
    Ok(Decision::of(outcome)
        .change(DirectoryChange::ExtendConsent(consent))
        .change(desk.audit("grant.add", &client.name, detail))
        .undone_by(desk.undo(&words)))
}

fn remove(
    client: &Client,
    api: &Resource,
    name: &str,
    (to, desk): (&Grantee, &Desk<'_>),
) -> Result<Decision, Refusal> {
    let party = party(to, desk)?;
    let permission = format!("{}:{name}", api.name);
    let Some(row) = held(client, api, &party, desk).filter(|row| row.scopes.contains(name)) else {
        return Err(not_granted(client, api, &party, (name, desk)).into());
    };
    let token = ScopeToken::parse(name).map_err(|why| fault("permission", name, why.to_string()))?;
    let taken = ConsentGrant { scopes: ScopeSet::from_iter([token]), ..row.clone() };
    let mut view = GrantView::delegated(&taken, client, api, party.shown.clone());
    view.granted_at = None;
    let detail = json!({ "permission": permission, "for": party.shown });
    let words: Vec<&str> =
        ["grant", "add", &client.name, &permission].into_iter().chain(party.words.iter().copied()).collect();
    Ok(Decision::of(Outcome::Grant(Box::new(view)))
        .change(DirectoryChange::WithdrawConsent {
            tenant: desk.tenant.id,
            client: client.app_id,
            resource: api.id,
            principal: party.principal,
            scopes: Some(taken.scopes),
        })
        .change(desk.audit("grant.remove", &client.name, detail))
        .undone_by(desk.undo(&words)))
}

/// The row of this very principal.
fn held<'a>(client: &Client, api: &Resource, party: &Party<'_>, desk: &Desk<'a>) -> Option<&'a ConsentGrant> {
    rows(client, party, desk).iter().find(|row| row.resource == api.id && row.principal == party.principal)
}

fn rows<'a>(client: &Client, party: &Party<'_>, desk: &Desk<'a>) -> &'a [ConsentGrant] {
    let user = match party.principal {
        Principal::All => NOBODY,
        Principal::User(user) => user,
    };
    desk.facts.consents(desk.tenant.id, client.app_id, user)
}

/// Says where the permission does come from, if not from here.
fn not_granted(
    client: &Client,
    api: &Resource,
    party: &Party<'_>,
    (name, desk): (&str, &Desk<'_>),
) -> DirectoryRefusal {
    let permission = format!("{}:{name}", api.name);
    let for_all = rows(client, party, desk)
        .iter()
        .any(|row| row.resource == api.id && row.principal == Principal::All && row.scopes.contains(name));
    if for_all {
        let why =
            format!("{} was granted it for all users, not for {} alone: use --all", client.name, party.shown);
        return fault("permission", &permission, why);
    }
    let name = format!("{permission} of {} for {}", client.name, party.shown);
    DirectoryRefusal::NotFound { kind: "grant", name, nearest: None }
}

fn exposed<'a>(api: &'a Resource, name: &str) -> Result<&'a ExposedScope, DirectoryRefusal> {
    if let Some(scope) = api.scope(name) {
        return Ok(scope);
    }
    let permission = format!("{}:{name}", api.name);
    if api.roles.iter().any(|role| role.value == name) {
        let why = "it is an app role: give it with doorward grant app-role";
        return Err(fault("permission", &permission, why));
    }
    if api.scopes.iter().any(|scope| scope.value.as_str() == name) {
        return Err(fault("permission", &permission, "the scope is disabled"));
    }
    Err(not_among("scope", name, api.scopes.iter().map(|scope| scope.value.as_str())))
}

fn role<'a>(api: &'a Resource, name: &str) -> Result<&'a AppRole, DirectoryRefusal> {
    if let Some(role) = api.roles.iter().find(|role| role.value == name) {
        return Ok(role);
    }
    if api.scopes.iter().any(|scope| scope.value.as_str() == name) {
        let why = "it is a delegated permission: grant it with doorward grant add";
        return Err(fault("permission", &format!("{}:{name}", api.name), why));
    }
    Err(not_among("role", name, api.roles.iter().map(|role| role.value.as_str())))
}

/// A holder, the application or user behind it, and how it is named.
struct Found<'a> {
    id: RoleHolder,
    client: Option<&'a Client>,
    user: Option<String>,
    name: String,
    words: [&'static str; 1],
}

fn found<'a>(holder: &Holder, desk: &Desk<'a>) -> Result<Found<'a>, DirectoryRefusal> {
    Ok(match holder {
        Holder::App(text) => {
            let client = naming::app(text, desk.tenant, desk.facts)?;
            Found {
                id: RoleHolder::App(client.app_id),
                client: Some(client),
                user: None,
                name: client.name.clone(),
                words: ["--app"],
            }
        }
        Holder::User(text) => {
            let user = naming::user(text, desk.tenant, desk.facts)?;
            let name = user.sign_in_name().to_owned();
            Found {
                id: RoleHolder::User(user.id),
                client: None,
                user: Some(name.clone()),
                name,
                words: ["--user"],
            }
        }
    })
}

fn assign(holder: &Holder, api: &Resource, name: &str, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let role = role(api, name)?;
    let found = found(holder, desk)?;
    let permission = format!("{}:{name}", api.name);
    let admits = match found.id {
        RoleHolder::App(_) => role.members.admits_applications(),
        RoleHolder::User(_) => role.members.admits_users(),
    };
    if !admits {
        let who = if found.client.is_some() { "applications" } else { "users" };
        return Err(fault("permission", &permission, format!("this role is not for {who}")).into());
    }
    if !role.enabled {
        return Err(fault("permission", &permission, "the role is disabled").into());
    }
    let assignment = RoleAssignment {
        tenant: desk.tenant.id,
        holder: found.id,
        resource: api.id,
        role: role.id,
        assigned_at: desk.env.now,
    };
    let outcome =
        Outcome::Grant(Box::new(GrantView::role(&assignment, found.client, api, found.user.clone())));
    let has = |row: &RoleAssignment| row.resource == api.id && row.role == role.id;
    if desk.facts.role_assignments(desk.tenant.id, found.id).iter().any(has) {
        return Ok(Decision::of(outcome));
    }
    let undo = desk.undo(&["grant", "app-role", "rm", found.words[0], &found.name, &permission]);
    Ok(Decision::of(outcome)
        .change(DirectoryChange::AssignRole(assignment))
        .change(desk.audit("grant.role.add", &found.name, json!({ "permission": permission })))
        .undone_by(undo))
}

fn unassign(holder: &Holder, api: &Resource, name: &str, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let role = role(api, name)?;
    let found = found(holder, desk)?;
    let permission = format!("{}:{name}", api.name);
    let rows = desk.facts.role_assignments(desk.tenant.id, found.id);
    let Some(row) = rows.iter().find(|row| row.resource == api.id && row.role == role.id) else {
        return Err(fault("permission", &permission, format!("{} does not hold it", found.name)).into());
    };
    let mut view = GrantView::role(row, found.client, api, found.user.clone());
    view.granted_at = None;
    let undo = desk.undo(&["grant", "app-role", "add", found.words[0], &found.name, &permission]);
    Ok(Decision::of(Outcome::Grant(Box::new(view)))
        .change(DirectoryChange::UnassignRole(row.clone()))
        .change(desk.audit("grant.role.remove", &found.name, json!({ "permission": permission })))
        .undone_by(undo))
}

#[cfg(test)]
mod tests;

//! Permissions granted: delegated ones for a user or for all, app roles to applications and users.

mod delegated;
mod role;
mod view;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use view::GrantView;

use super::desk::{Decision, Desk};
use super::{PermissionRef, naming};
use crate::facts::Facts;
use crate::model::{RoleHolder, Tenant, UserId};
use crate::needs::Need;
use crate::refusal::Refusal;

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
            delegated::add(naming::app(app, desk.tenant, desk.facts)?, api, name, (to, desk))
        }
        GrantCommand::Remove { app, to, .. } => {
            delegated::remove(naming::app(app, desk.tenant, desk.facts)?, api, name, (to, desk))
        }
        GrantCommand::AssignRole { holder, .. } => role::assign(holder, api, name, desk),
        GrantCommand::UnassignRole { holder, .. } => role::unassign(holder, api, name, desk),
    }
}

#[cfg(test)]
mod tests;

//! APIs: the scopes and roles that they expose, and the shape of their tokens.

mod import;
mod part;
mod register;
mod view;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use import::{ApiSpec, Import, RoleSpec, ScopeSpec, SpecChange, SpecChangeKind};
pub use register::{ApiChange, NewApi};
pub use view::{ApiView, RoleView, ScopeView};

use super::desk::{Decision, Desk};
use super::naming;
use super::outcome::{Outcome, Removed};
use super::value::fault;
use crate::change::DirectoryChange;
use crate::directory::administration::ADMIN_API;
use crate::directory::built_in::BUILT_IN_GRAPH;
use crate::facts::Facts;
use crate::model::{Resource, Tenant};
use crate::needs::Need;
use crate::refusal::{DirectoryRefusal, Refusal};

/// What is done with an API. `api` is its short name, an identifier URI or its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiCommand {
    /// Adds an app role, or changes the one of that name.
    AddRole {
        /// Which API.
        api: String,
        /// The role.
        role: RoleSpec,
    },
    /// Adds a scope, or changes the one of that name.
    AddScope {
        /// Which API.
        api: String,
        /// The scope.
        scope: ScopeSpec,
    },
    /// Registers one.
    Declare(Box<NewApi>),
    /// Registers or changes one after its own document.
    Import {
        /// What the document says.
        spec: Box<ApiSpec>,
        /// Settings of a new registration.
        settings: ApiChange,
        /// Scopes and roles that somebody was granted, looked up by the shell: these are never dropped.
        granted: Vec<String>,
    },
    /// Removes one.
    Remove {
        /// Which API.
        api: String,
        /// Applications that use it, looked up by the shell.
        used_by: Vec<String>,
    },
    /// Removes an app role.
    RemoveRole {
        /// Which API.
        api: String,
        /// Which role.
        role: String,
        /// Who holds it, looked up by the shell.
        used_by: Vec<String>,
    },
    /// Removes a scope.
    RemoveScope {
        /// Which API.
        api: String,
        /// Which scope.
        scope: String,
        /// Applications to which it was granted, looked up by the shell.
        used_by: Vec<String>,
    },
    /// Shows it.
    Show {
        /// Which API.
        api: String,
    },
    /// Changes its settings.
    Update {
        /// Which API.
        api: String,
        /// What.
        change: ApiChange,
    },
}

impl ApiCommand {
    pub(super) fn shown(&self) -> Option<Self> {
        match self {
            Self::Declare(_) => None,
            other => Some(Self::Show { api: other.subject().to_owned() }),
        }
    }

    pub(super) fn subject(&self) -> &str {
        match self {
            Self::Declare(new) => &new.name,
            Self::Import { spec, .. } => &spec.name,
            Self::AddRole { api, .. }
            | Self::AddScope { api, .. }
            | Self::Remove { api, .. }
            | Self::RemoveRole { api, .. }
            | Self::RemoveScope { api, .. }
            | Self::Show { api }
            | Self::Update { api, .. } => api,
        }
    }
}

pub(super) fn needs(command: &ApiCommand, tenant: &Tenant, _: &Facts, all: &mut Vec<Need>) {
    all.push(Need::Keys(tenant.id));
    if !matches!(command, ApiCommand::Declare(_)) {
        naming::api_needs(command.subject(), tenant, all);
    }
}

pub(super) fn decide(command: &ApiCommand, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    match command {
        ApiCommand::Declare(new) => return register::declare(new, desk),
        ApiCommand::Import { spec, settings, granted } => {
            return import::import(spec, settings, granted, desk);
        }
        _ => {}
    }
    let api = naming::api(command.subject(), desk.tenant, desk.facts)?;
    match command {
        ApiCommand::Declare(_) | ApiCommand::Import { .. } => unreachable!("decided above"),
        ApiCommand::AddRole { role, .. } => part::add_role(api, role, desk),
        ApiCommand::AddScope { scope, .. } => part::add_scope(api, scope, desk),
        ApiCommand::Remove { used_by, .. } => remove(api, used_by, desk),
        ApiCommand::RemoveRole { role, used_by, .. } => part::remove_role(api, role, used_by, desk),
        ApiCommand::RemoveScope { scope, used_by, .. } => part::remove_scope(api, scope, used_by, desk),
        ApiCommand::Show { .. } => Ok(Decision::of(Outcome::Api(Box::new(api.into())))),
        ApiCommand::Update { change, .. } => register::update(api, change, desk),
    }
}

/// A decision that turns `before` into `after`, with its audit line; none of either where they are equal.
fn updated(before: &Resource, after: Resource, (action, detail): (&str, Value), desk: &Desk<'_>) -> Decision {
    let decision = Decision::of(Outcome::Api(Box::new((&after).into())));
    if after == *before {
        return decision;
    }
    decision.change(DirectoryChange::UpdateResource { before: before.clone(), after }).change(desk.audit(
        action,
        &before.name,
        detail,
    ))
}

/// Refuses to take away what somebody uses.
fn unused(kind: &'static str, name: &str, used_by: &[String]) -> Result<(), DirectoryRefusal> {
    if used_by.is_empty() {
        return Ok(());
    }
    let mut by = used_by.iter().take(5).map(String::as_str).collect::<Vec<_>>().join(", ");
    if used_by.len() > 5 {
        by = format!("{by} and {} more", used_by.len() - 5);
    }
    Err(DirectoryRefusal::InUse { kind, name: name.to_owned(), by })
}

/// The built-in APIs are the same in every tenant.
fn not_built_in(api: &Resource) -> Result<(), DirectoryRefusal> {
    if api.id == BUILT_IN_GRAPH || api.id == ADMIN_API {
        return Err(fault("api", &api.name, "it is built in: every tenant has it as it is"));
    }
    Ok(())
}

fn remove(api: &Resource, used_by: &[String], desk: &Desk<'_>) -> Result<Decision, Refusal> {
    not_built_in(api)?;
    unused("api", &api.name, used_by)?;
    let removed = Removed { kind: "api".to_owned(), removed: api.name.clone(), id: api.id.to_string() };
    Ok(Decision::of(Outcome::Removed(removed))
        .change(DirectoryChange::DeleteResource(api.tenant, api.id))
        .change(desk.audit(
            "api.delete",
            &api.name,
            json!({ "id": api.id, "identifiers": api.identifier_uris }),
        )))
}

#[cfg(test)]
mod tests;

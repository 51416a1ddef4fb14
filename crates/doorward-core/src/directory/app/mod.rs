//! Applications: registered with typed redirect URIs, secrets that are shown once, and the permissions they ask for.

mod access;
mod metadata;
mod redirect;
mod register;
mod secret;
mod view;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use metadata::MetadataPatch;
pub use redirect::NewRedirect;
pub use register::{AppChange, NewApp};
pub use secret::SecretTerms;
pub use view::{AppView, RedirectView, RequiredView, SecretView};

use super::administration::is_built_in;
use super::desk::{Decision, Desk};
use super::outcome::{Outcome, Removed};
use super::value::fault;
use super::{PermissionRef, naming};
use crate::change::DirectoryChange;
use crate::facts::Facts;
use crate::model::{Client, ClientMetadata, Tenant};
use crate::needs::Need;
use crate::outbound::Outbound;
use crate::refusal::Refusal;

/// What is done with an application. `app` is its `client_id` or id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppCommand {
    /// Registers one.
    Add(Box<NewApp>),
    /// Adds an address that sign-out may lead to.
    AddPostLogout {
        /// Which application.
        app: String,
        /// The address.
        uri: String,
    },
    /// Adds a redirect URI.
    AddRedirect {
        /// Which application.
        app: String,
        /// The URI and its platform.
        redirect: NewRedirect,
    },
    /// Makes a secret.
    AddSecret {
        /// Which application.
        app: String,
        /// Its name and life.
        terms: SecretTerms,
    },
    /// Switches the application off; all it was given ends.
    Disable {
        /// Which application.
        app: String,
    },
    /// Switches it on again.
    Enable {
        /// Which application.
        app: String,
    },
    /// Removes it with its grants.
    Remove {
        /// Which application.
        app: String,
    },
    /// Takes an address of sign-out away.
    RemovePostLogout {
        /// Which application.
        app: String,
        /// The address.
        uri: String,
    },
    /// Takes a redirect URI away.
    RemoveRedirect {
        /// Which application.
        app: String,
        /// The URI.
        uri: String,
    },
    /// Ends a secret.
    RemoveSecret {
        /// Which application.
        app: String,
        /// Its id, its name where only one has it, or the secret itself.
        secret: String,
        /// Ends also everything that was issued to the application: for a secret that others may know.
        #[serde(default)]
        revoke_grants: bool,
    },
    /// Asks for permissions in the registration.
    Require {
        /// Which application.
        app: String,
        /// Scopes and roles.
        permissions: Vec<PermissionRef>,
    },
    /// Shows it.
    Show {
        /// Which application.
        app: String,
    },
    /// No longer asks for them.
    Unrequire {
        /// Which application.
        app: String,
        /// Scopes and roles.
        permissions: Vec<PermissionRef>,
    },
    /// Changes its settings.
    Update {
        /// Which application.
        app: String,
        /// What.
        change: AppChange,
    },
}

impl AppCommand {
    pub(super) fn shown(&self) -> Option<Self> {
        match self {
            Self::Add(_) => None,
            other => Some(Self::Show { app: other.subject().to_owned() }),
        }
    }

    pub(super) fn subject(&self) -> &str {
        match self {
            Self::Add(new) => &new.name,
            Self::AddPostLogout { app, .. }
            | Self::AddRedirect { app, .. }
            | Self::AddSecret { app, .. }
            | Self::Disable { app }
            | Self::Enable { app }
            | Self::Remove { app }
            | Self::RemovePostLogout { app, .. }
            | Self::RemoveRedirect { app, .. }
            | Self::RemoveSecret { app, .. }
            | Self::Require { app, .. }
            | Self::Show { app }
            | Self::Unrequire { app, .. }
            | Self::Update { app, .. } => app,
        }
    }

    /// The word by which the application is named, where one is: the shell replaces a name by its `client_id`.
    pub fn app_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Add(_) => None,
            Self::AddPostLogout { app, .. }
            | Self::AddRedirect { app, .. }
            | Self::AddSecret { app, .. }
            | Self::Disable { app }
            | Self::Enable { app }
            | Self::Remove { app }
            | Self::RemovePostLogout { app, .. }
            | Self::RemoveRedirect { app, .. }
            | Self::RemoveSecret { app, .. }
            | Self::Require { app, .. }
            | Self::Show { app }
            | Self::Unrequire { app, .. }
            | Self::Update { app, .. } => Some(app),
        }
    }
}

pub(super) fn needs(command: &AppCommand, tenant: &Tenant, facts: &Facts, all: &mut Vec<Need>) {
    match command {
        AppCommand::Add(new) => {
            access::needs(&new.requires, tenant, all);
            all.extend((!new.metadata.is_empty()).then_some(Need::Keys(tenant.id)));
        }
        AppCommand::Update { change, .. } if change.metadata.is_some() => all.push(Need::Keys(tenant.id)),
        AppCommand::Require { permissions, .. } | AppCommand::Unrequire { permissions, .. } => {
            access::needs(permissions, tenant, all);
        }
        _ => {}
    }
    if matches!(command, AppCommand::Add(_)) {
        return;
    }
    let from = all.len();
    naming::app_needs(command.subject(), tenant, all);
    // The names of the APIs that it asks for, for the answer.
    if all[from..].iter().all(|need| facts.has(need))
        && let Ok(client) = naming::app(command.subject(), tenant, facts)
    {
        all.extend(view::needs(client));
    }
}

/// What must be heard from outside, once everything is loaded.
pub(super) fn asks(command: &AppCommand, tenant: &Tenant, facts: &Facts) -> Option<Outbound> {
    let known = || naming::app(command.subject(), tenant, facts).ok();
    let metadata = match command {
        AppCommand::Add(new) => metadata::patched(&ClientMetadata::default(), &new.metadata).ok()?,
        AppCommand::AddRedirect { .. } => known()?.metadata.clone(),
        AppCommand::Update { change, .. } => {
            metadata::patched(&known()?.metadata, change.metadata.as_ref()?).ok()?
        }
        _ => return None,
    };
    metadata::asks(&metadata)
}

pub(super) fn decide(command: &AppCommand, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    if let AppCommand::Add(new) = command {
        return register::add(new, desk);
    }
    let client = naming::app(command.subject(), desk.tenant, desk.facts)?;
    if is_built_in(client) && !matches!(command, AppCommand::Show { .. }) {
        return Err(fault("app", &client.name, "it is built in: every tenant has it as it is").into());
    }
    match command {
        AppCommand::Add(_) => unreachable!("decided above"),
        AppCommand::AddPostLogout { uri, .. } => redirect::add_post_logout(client, uri, desk),
        AppCommand::AddRedirect { redirect, .. } => redirect::add(client, redirect, desk),
        AppCommand::AddSecret { terms, .. } => secret::add(client, terms, desk),
        AppCommand::Disable { .. } => Ok(switch(client, Switch::Off, desk)),
        AppCommand::Enable { .. } => Ok(switch(client, Switch::On, desk)),
        AppCommand::Remove { .. } => Ok(remove(client, desk)),
        AppCommand::RemovePostLogout { uri, .. } => redirect::remove_post_logout(client, uri, desk),
        AppCommand::RemoveRedirect { uri, .. } => redirect::remove(client, uri, desk),
        AppCommand::RemoveSecret { secret, revoke_grants, .. } => {
            let effect = if *revoke_grants { secret::Effect::EndGrants } else { secret::Effect::KeepGrants };
            secret::remove(client, secret, effect, desk)
        }
        AppCommand::Require { permissions, .. } => access::require(client, permissions, desk),
        AppCommand::Show { .. } => Ok(Decision::of(Outcome::App(Box::new(AppView::new(client, desk.facts))))),
        AppCommand::Unrequire { permissions, .. } => access::unrequire(client, permissions, desk),
        AppCommand::Update { change, .. } => register::update(client, change, desk),
    }
}

/// A decision that turns `before` into `after`, with its audit line; none of either where they are equal.
fn updated(before: &Client, after: Client, (action, detail): (&str, Value), desk: &Desk<'_>) -> Decision {
    let decision = Decision::of(Outcome::App(Box::new(AppView::new(&after, desk.facts))));
    if after == *before {
        return decision;
    }
    decision.change(DirectoryChange::UpdateClient { before: before.clone(), after }).change(desk.audit(
        action,
        &before.name,
        detail,
    ))
}

/// Adds the undo unless nothing changed.
fn undone(decision: Decision, words: &[&str], desk: &Desk<'_>) -> Decision {
    if decision.changes.is_empty() { decision } else { decision.undone_by(desk.undo(words)) }
}

/// Whether an application works.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Switch {
    Off,
    On,
}

fn switch(client: &Client, to: Switch, desk: &Desk<'_>) -> Decision {
    let mut after = client.clone();
    after.disabled = to == Switch::Off;
    if after.disabled && !client.disabled {
        after.epoch = desk.epoch_after(client.epoch);
    }
    let (action, back) = match to {
        Switch::Off => ("app.disable", "enable"),
        Switch::On => ("app.enable", "disable"),
    };
    undone(updated(client, after, (action, json!({})), desk), &["app", back, &client.name], desk)
}

fn remove(client: &Client, desk: &Desk<'_>) -> Decision {
    let removed =
        Removed { kind: "app".to_owned(), removed: client.name.clone(), id: client.app_id.to_string() };
    let detail = json!({ "app_id": client.app_id, "client_id": client.client_id, "kind": client.kind });
    // Only here its `client_id` is known, by which its tokens name it.
    let ended = crate::model::Revoked::Client { app: client.app_id, client_id: client.client_id.clone() };
    Decision::of(Outcome::Removed(removed))
        .change(DirectoryChange::DeleteClient(client.tenant, client.app_id))
        .change(crate::model::Revocation::new(client.tenant, ended, desk.env.now))
        .change(desk.audit("app.delete", &client.name, detail))
}

#[cfg(test)]
mod tests;

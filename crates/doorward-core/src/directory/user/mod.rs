//! Users: accounts, the names they sign in with, passwords, roles, locks.

mod account;
mod view;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use account::{NewUser, UserChange};
pub use view::{SignInNameView, UserView};

use super::desk::{Decision, Desk};
use super::naming;
use super::outcome::Outcome;
use super::value::fault;
use crate::model::{DirectoryRole, Tenant, UserId};
use crate::needs::Need;
use crate::refusal::{DirectoryRefusal, Refusal};

/// What is done with a user. `user` is an id, a sign-in name or a user principal name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserCommand {
    /// Creates an account.
    Add(Box<NewUser>),
    /// Adds a name to sign in with; an address counts as proven, because an administrator vouches for it.
    AddName {
        /// Whose.
        user: String,
        /// User name, or e-mail address if it contains `@`.
        name: String,
    },
    /// Gives a role over the directory.
    AddRole {
        /// To whom.
        user: String,
        /// Which.
        role: DirectoryRole,
    },
    /// Switches an account off; all it was given ends.
    Disable {
        /// Whose.
        user: String,
        /// Some other administrator, looked up by the shell: the tenant keeps one.
        other_administrator: Option<UserId>,
    },
    /// Switches it on again.
    Enable {
        /// Whose.
        user: String,
    },
    /// Removes an account with its grants.
    Remove {
        /// Whose.
        user: String,
        /// As above.
        other_administrator: Option<UserId>,
    },
    /// Takes a name away; one to sign in with must stay.
    RemoveName {
        /// Whose.
        user: String,
        /// Which.
        name: String,
    },
    /// Takes a role away; all the account was given ends.
    RemoveRole {
        /// From whom.
        user: String,
        /// Which.
        role: DirectoryRole,
        /// As above.
        other_administrator: Option<UserId>,
    },
    /// Replaces the password; all the account was given ends.
    SetPassword {
        /// Whose.
        user: String,
        /// The new one, hashed by the shell.
        password: PasswordHash,
    },
    /// Shows an account.
    Show {
        /// Whose.
        user: String,
    },
    /// Forgets wrong guesses, so that the account can sign in again at once.
    Unlock {
        /// Whose.
        user: String,
    },
    /// Changes what people read.
    Update {
        /// Whose.
        user: String,
        /// What.
        change: UserChange,
    },
}

impl UserCommand {
    pub(super) fn subject(&self) -> &str {
        match self {
            Self::Add(new) => &new.name,
            Self::AddName { name, .. } => name,
            Self::AddRole { user, .. }
            | Self::Disable { user, .. }
            | Self::Enable { user }
            | Self::Remove { user, .. }
            | Self::RemoveName { user, .. }
            | Self::RemoveRole { user, .. }
            | Self::SetPassword { user, .. }
            | Self::Show { user }
            | Self::Unlock { user }
            | Self::Update { user, .. } => user,
        }
    }

    /// Whether the rule wants to see another administrator; the shell then looks one up.
    pub fn other_administrator(&mut self) -> Option<&mut Option<UserId>> {
        match self {
            Self::Disable { other_administrator, .. }
            | Self::Remove { other_administrator, .. }
            | Self::RemoveRole { other_administrator, .. } => Some(other_administrator),
            _ => None,
        }
    }
}

pub(super) fn needs(command: &UserCommand, tenant: &Tenant, all: &mut Vec<Need>) {
    if !matches!(command, UserCommand::Add(_)) {
        naming::user_needs(subject_user(command), tenant, all);
    }
    if let Some(Some(other)) = command.clone().other_administrator() {
        all.push(Need::UserInTenant(tenant.id, *other));
    }
}

/// The account that a command names.
fn subject_user(command: &UserCommand) -> &str {
    match command {
        UserCommand::AddName { user, .. } => user,
        other => other.subject(),
    }
}

pub(super) fn decide(command: &UserCommand, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    if let UserCommand::Add(new) = command {
        return account::add(new, desk);
    }
    let user = naming::user(subject_user(command), desk.tenant, desk.facts)?;
    match command {
        UserCommand::Add(_) => unreachable!("decided above"),
        UserCommand::AddName { name, .. } => account::add_name(user, name, desk),
        UserCommand::AddRole { role, .. } => Ok(account::add_role(user, *role, desk)),
        UserCommand::Disable { other_administrator, .. } => {
            account::disable(user, *other_administrator, desk)
        }
        UserCommand::Enable { .. } => Ok(account::enable(user, desk)),
        UserCommand::Remove { other_administrator, .. } => account::remove(user, *other_administrator, desk),
        UserCommand::RemoveName { name, .. } => account::remove_name(user, name, desk),
        UserCommand::RemoveRole { role, other_administrator, .. } => {
            account::remove_role(user, *role, *other_administrator, desk)
        }
        UserCommand::SetPassword { password, .. } => Ok(account::set_password(user, password, desk)),
        UserCommand::Show { .. } => {
            Ok(Decision::of(Outcome::User(Box::new(UserView::new(user, desk.tenant)))))
        }
        UserCommand::Unlock { .. } => Ok(account::unlock(user, desk)),
        UserCommand::Update { change, .. } => account::update(user, change, desk),
    }
}

/// A password as the store keeps it: a PHC string. Prints as `***`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes over a PHC string made by the shell: `$algorithm$…`, at most 512 characters.
    pub fn parse(phc: &str) -> Result<Self, DirectoryRefusal> {
        let parts = phc.split('$').count();
        let fits = phc.starts_with('$')
            && parts >= 4
            && phc.len() <= 512
            && phc.bytes().all(|b| (0x21..=0x7e).contains(&b));
        if fits {
            Ok(Self(phc.to_owned()))
        } else {
            Err(fault("password", "***", "it is not hashed as a PHC string"))
        }
    }

    /// The PHC string.
    pub(super) fn phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests;

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
use crate::directory::Command;
use crate::model::{DirectoryRole, GrantId, Tenant, TenantId, TenantKey, UserId};
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
        /// Who else administers, looked up by the shell.
        others: Others,
    },
    /// Ends one grant of an application with all its tokens.
    EndGrant {
        /// Whose.
        user: String,
        /// Which.
        grant: GrantId,
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
        others: Others,
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
        others: Others,
    },
    /// Takes every second factor away, for who has lost them all: the password alone signs in, and all the account was
    /// given ends.
    ResetFactors {
        /// Whose.
        user: String,
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
    /// Ends every session and grant of an account; it can sign in again at once.
    SignOut {
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
    pub(super) fn shown(&self) -> Option<Self> {
        match self {
            Self::Add(_) => None,
            other => Some(Self::Show { user: subject_user(other).to_owned() }),
        }
    }

    pub(super) fn subject(&self) -> &str {
        match self {
            Self::Add(new) => &new.name,
            Self::AddName { name, .. } => name,
            Self::AddRole { user, .. }
            | Self::Disable { user, .. }
            | Self::EndGrant { user, .. }
            | Self::Enable { user }
            | Self::Remove { user, .. }
            | Self::RemoveName { user, .. }
            | Self::RemoveRole { user, .. }
            | Self::ResetFactors { user }
            | Self::SetPassword { user, .. }
            | Self::Show { user }
            | Self::SignOut { user }
            | Self::Unlock { user }
            | Self::Update { user, .. } => user,
        }
    }

    /// Where the rule wants to see who else administers; the shell then looks them up.
    pub fn others_mut(&mut self) -> Option<&mut Others> {
        match self {
            Self::Disable { others, .. } | Self::Remove { others, .. } | Self::RemoveRole { others, .. } => {
                Some(others)
            }
            _ => None,
        }
    }
}

pub(super) fn needs(command: &UserCommand, tenant: &Tenant, all: &mut Vec<Need>) {
    if !matches!(command, UserCommand::Add(_)) {
        naming::user_needs(subject_user(command), tenant, all);
    }
    let (UserCommand::Disable { others, .. }
    | UserCommand::Remove { others, .. }
    | UserCommand::RemoveRole { others, .. }) = command
    else {
        if let UserCommand::EndGrant { grant, .. } = command {
            all.push(Need::Grant(tenant.id, *grant));
        }
        return;
    };
    all.extend(others.administrator.map(|other| Need::UserInTenant(tenant.id, other)));
    all.extend(others.owner.map(|(home, other)| Need::UserInTenant(home, other)));
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
    if !matches!(command, UserCommand::Show { .. }) {
        desk.caller.may_touch(
            user,
            Command::User(TenantKey::new(desk.tenant.name.as_str()), command.clone()).act(),
        )?;
    }
    match command {
        UserCommand::Add(_) => unreachable!("decided above"),
        UserCommand::AddName { name, .. } => account::add_name(user, name, desk),
        UserCommand::AddRole { role, .. } => account::add_role(user, *role, desk),
        UserCommand::Disable { others, .. } => account::disable(user, others, desk),
        UserCommand::EndGrant { grant, .. } => account::end_grant(user, *grant, desk),
        UserCommand::Enable { .. } => Ok(account::enable(user, desk)),
        UserCommand::Remove { others, .. } => account::remove(user, others, desk),
        UserCommand::RemoveName { name, .. } => account::remove_name(user, name, desk),
        UserCommand::RemoveRole { role, others, .. } => account::remove_role(user, *role, others, desk),
        UserCommand::ResetFactors { .. } => Ok(account::reset_factors(user, desk)),
        UserCommand::SetPassword { password, .. } => Ok(account::set_password(user, password, desk)),
        UserCommand::Show { .. } => {
            Ok(Decision::of(Outcome::User(Box::new(UserView::new(user, desk.tenant)))))
        }
        UserCommand::SignOut { .. } => Ok(account::sign_out(user, desk)),
        UserCommand::Unlock { .. } => Ok(account::unlock(user, desk)),
        UserCommand::Update { change, .. } => account::update(user, change, desk),
    }
}

/// Who else administers, so that somebody stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Others {
    /// Another administrator of the tenant: it keeps one.
    pub administrator: Option<UserId>,
    /// Another owner, wherever they live: the installation keeps one.
    pub owner: Option<(TenantId, UserId)>,
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

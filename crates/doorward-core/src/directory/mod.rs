//! The rules of administration: tenants, users, applications, APIs, permissions, user flows and signing keys.
//!
//! Owns the commands of every noun ([`Command`]), what each must see ([`needs`]), what it makes true ([`decide`]), what it
//! answers ([`Outcome`]), how it is undone ([`Undo`]), and who may give it ([`Caller`], [`Act`]). Does not own: listings (the store pages them, [`AppView`] and its
//! siblings show a row), password hashing and key generation (slow: the shell does both before it decides), and how a
//! caller proves who they are. Neighbours: `doorward-server::admin` serves the commands, the command line types them.
//!
//! ```text
//!  Command ──needs──▶ Facts ──decide──▶ Decision { changes (one audit line each), outcome, undo }  |  Refusal
//! ```
//!
//! A command names things as people do: a tenant by name, domain or id; a user by sign-in name or id; an application by
//! `client_id` or id; an API by short name, identifier URI or id; a permission as `api:name`. What the facts cannot tell by
//! a key (is there another administrator? who uses this scope?) the shell looks up and puts into the command as a claim;
//! the rule checks the claim, or makes it a precondition of its changes, so that a race cannot slip between.

mod access;
mod account_app;
mod administration;
mod api;
mod app;
mod built_in;
mod desk;
mod flow;
mod grant;
mod key;
mod naming;
mod outcome;
mod permission;
mod tenant;
mod user;
mod value;

#[cfg(test)]
mod fixture;

use serde::{Deserialize, Serialize};

pub use access::{Act, Caller};
pub use account_app::{ACCOUNT_APP, ACCOUNT_CLIENT_ID, account_pages};
pub use administration::{
    ADMIN_API, ADMIN_AUDIENCE, ADMIN_SCOPE, CLI_APP, CLI_CLIENT_ID, admin_api, cli_app, furnishing,
    is_built_in,
};
pub use api::{
    ApiChange, ApiCommand, ApiSpec, ApiView, Import, NewApi, RoleSpec, RoleView, ScopeSpec, ScopeView,
    SpecChange, SpecChangeKind,
};
pub use app::{
    AppChange, AppCommand, AppView, MetadataPatch, NewApp, NewRedirect, RedirectView, RequiredView,
    SecretTerms, SecretView,
};
pub use built_in::{BUILT_IN_GRAPH, built_in_graph};
pub use desk::{Decision, Undo};
pub use flow::{FlowCommand, FlowSpec, FlowView};
pub use grant::{GrantCommand, GrantView, Grantee, Holder};
pub use key::{Due, KeyCommand, KeyStep, KeyView, RotationTiming, due as key_due, steps as key_steps};
pub use naming::nearest;
pub use outcome::{AppAdded, Outcome, Removed, SecretAdded, ShownOnce};
pub use permission::{PermissionKind, PermissionRef, PermissionRow, permission_table};
pub use tenant::{NewTenant, TenantChange, TenantCommand, TenantView};
pub use user::{NewUser, Others, PasswordHash, SignInNameView, UserChange, UserCommand, UserView};

use crate::change::Conflict;
use crate::facts::Facts;
use crate::model::TenantKey;
use crate::needs::Need;
use crate::outbound::Outbound;
use crate::port::Env;
use crate::refusal::{DirectoryRefusal, Refusal};
use desk::{Desk, told};

/// What an administrator wants done; everything but a tenant lives in one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// APIs, their scopes and roles.
    Api(TenantKey, ApiCommand),
    /// Applications, their redirect URIs, secrets and permissions asked for.
    App(TenantKey, AppCommand),
    /// User flows.
    Flow(TenantKey, FlowCommand),
    /// Permissions granted.
    Grant(TenantKey, GrantCommand),
    /// Signing keys.
    Key(TenantKey, KeyCommand),
    /// Tenants.
    Tenant(TenantCommand),
    /// Users.
    User(TenantKey, UserCommand),
}

impl Command {
    /// The tenant in which it is done; `None` where it makes one.
    pub fn tenant(&self) -> Option<&TenantKey> {
        match self {
            Self::Api(tenant, _)
            | Self::App(tenant, _)
            | Self::Flow(tenant, _)
            | Self::Grant(tenant, _)
            | Self::Key(tenant, _)
            | Self::User(tenant, _) => Some(tenant),
            Self::Tenant(command) => command.tenant(),
        }
    }

    /// The command that shows the object it is about, as it is now; `None` where it makes one, or is about none.
    pub fn shown(&self) -> Option<Self> {
        Some(match self {
            Self::Api(tenant, command) => Self::Api(tenant.clone(), command.shown()?),
            Self::App(tenant, command) => Self::App(tenant.clone(), command.shown()?),
            Self::Flow(tenant, command) => Self::Flow(tenant.clone(), command.shown()?),
            Self::Tenant(command) => Self::Tenant(TenantCommand::Show(command.tenant()?.clone())),
            Self::User(tenant, command) => Self::User(tenant.clone(), command.shown()?),
            Self::Grant(..) | Self::Key(..) => return None,
        })
    }

    /// Kind and name of what it is about, for refusals.
    fn subject(&self) -> (&'static str, String) {
        match self {
            Self::Api(_, command) => ("api", command.subject().to_owned()),
            Self::App(_, command) => ("app", command.subject().to_owned()),
            Self::Flow(_, command) => ("flow", command.subject().to_owned()),
            Self::Grant(_, command) => ("grant", command.subject()),
            Self::Key(_, command) => ("key", command.subject()),
            Self::Tenant(command) => ("tenant", command.subject().to_owned()),
            Self::User(_, command) => ("user", command.subject().to_owned()),
        }
    }
}

/// What the decision still lacks; empty when it can be made. At most three rounds: tenant, things, what hangs on them.
pub fn needs(command: &Command, facts: &Facts) -> Vec<Need> {
    let Some(key) = command.tenant() else { return Vec::new() };
    let mut all = vec![Need::Tenant(key.clone())];
    if facts.has(&all[0])
        && let Some(tenant) = facts.tenant(key)
    {
        match command {
            Command::Api(_, command) => api::needs(command, tenant, facts, &mut all),
            Command::App(_, command) => app::needs(command, tenant, facts, &mut all),
            Command::Flow(_, command) => flow::needs(command, tenant, &mut all),
            Command::Grant(_, command) => grant::needs(command, tenant, facts, &mut all),
            Command::Key(..) => all.push(Need::Keys(tenant.id)),
            Command::Tenant(_) => {}
            Command::User(_, command) => user::needs(command, tenant, &mut all),
        }
    }
    facts.lacks(&all)
}

/// What must be heard from outside, once nothing is lacking.
pub fn asks(command: &Command, facts: &Facts) -> Option<Outbound> {
    match command {
        Command::App(key, command) => app::asks(command, facts.tenant(key)?, facts),
        _ => None,
    }
}

/// Decides a command. A pure reading (`Show`, `List`) has no changes; everything else has exactly one line of audit.
///
/// # Panics
/// When [`needs`] was not asked until it lacked nothing: a bug of the shell.
pub fn decide(command: &Command, facts: &Facts, env: &Env<'_>, caller: &Caller) -> Result<Decision, Refusal> {
    let Some(key) = command.tenant() else {
        let Command::Tenant(command) = command else {
            unreachable!("only a tenant's creation has no tenant")
        };
        caller.allow(Act::TenantCreate, None)?;
        return Ok(told(tenant::create(command, env, caller)?, None));
    };
    // A tenant that there is not is told to those alone who would see it.
    let Some(tenant) = facts.tenant(key) else {
        caller.allow(command.act(), None)?;
        return Err(no_tenant(key).into());
    };
    caller.allow(command.act(), Some(tenant.id))?;
    let desk = Desk { tenant, facts, env: *env, caller };
    let before = match command.shown() {
        Some(show) => run(&show, &desk).ok().map(|decision| decision.outcome),
        None => None,
    };
    Ok(told(run(command, &desk)?, before))
}

fn run(command: &Command, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    match command {
        Command::Api(_, command) => api::decide(command, desk),
        Command::App(_, command) => app::decide(command, desk),
        Command::Flow(_, command) => flow::decide(command, desk),
        Command::Grant(_, command) => grant::decide(command, desk),
        Command::Key(_, command) => key::decide(command, desk),
        Command::Tenant(command) => tenant::decide(command, desk),
        Command::User(_, command) => user::decide(command, desk),
    }
}

/// What a conflict at the commit means for a command. `Changed` may be tried again from the load on; the others stay.
pub fn conflict(command: &Command, conflict: Conflict) -> Refusal {
    let (kind, name) = command.subject();
    match conflict {
        Conflict::Exists | Conflict::NameTaken => DirectoryRefusal::NameTaken { kind, name },
        Conflict::Missing => DirectoryRefusal::NotFound { kind, name, nearest: None },
        Conflict::BudgetSpent
        | Conflict::Changed
        | Conflict::CodeSpent
        | Conflict::Epoch
        | Conflict::Generation => DirectoryRefusal::ChangedMeanwhile { kind, name },
    }
    .into()
}

/// The object looks otherwise than the caller expects (RFC 9110 §13.1.1).
pub fn outdated(command: &Command) -> Refusal {
    let (kind, name) = command.subject();
    DirectoryRefusal::Outdated { kind, name: crate::refusal::quote(&name, 80) }.into()
}

fn no_tenant(key: &TenantKey) -> DirectoryRefusal {
    DirectoryRefusal::NotFound {
        kind: "tenant",
        name: crate::refusal::quote(key.as_str(), 64),
        nearest: None,
    }
}

//! Who may do what: one table of acts and roles, the caller who asks, and the refusal that names the role that is missing.
//!
//! Owns [`Act`], the closed set of things that can be done, each with the roles that may ([`Act::roles`]), the reach of a
//! role (its tenant, or all), and the protection of accounts that hold roles: nobody takes over an account that may do
//! more than they. Does not own how a caller proves who they are (the shell verifies the token and reads the roles from
//! the store, so that a role that was taken away is gone at once). The operator at the machine may do everything.

use super::{
    ApiCommand, AppCommand, Command, FlowCommand, GrantCommand, KeyCommand, TenantCommand, UserCommand,
};
use crate::change::Actor;
use crate::model::{DirectoryRole, RoleReach, TenantId, User};
use crate::refusal::DirectoryRefusal;

/// Declares the acts: name in the audit log, and a letter for each role that may.
macro_rules! acts {
    ($($act:ident $name:literal $may:literal;)*) => {
        /// Something that can be done through the administration. Changes are named as the audit log names them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Act {
            $(#[doc = concat!("`", $name, "`")] $act,)*
        }

        impl Act {
            /// All of them, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$act),*];

            /// Dotted name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$act => $name,)* }
            }

            fn letters(self) -> &'static str {
                match self { $(Self::$act => $may,)* }
            }
        }
    };
}

// O owner · A administrator · U user administrator · P application administrator · C consent approver
// K key custodian · R auditor · I installation auditor
acts! {
    Whoami           "whoami"              "OAUPCKRI";
    TenantList       "tenant.list"         "OAUPCKRI";
    TenantShow       "tenant.show"         "OAUPCKRI";
    TenantCreate     "tenant.create"       "O";
    TenantUpdate     "tenant.update"       "OA";
    TenantDelete     "tenant.delete"       "O";
    UserRead         "user.read"           "OAUCRI";
    UserCreate       "user.create"         "OAU";
    UserUpdate       "user.update"         "OAU";
    UserDelete       "user.delete"         "OAU";
    UserEnable       "user.enable"         "OAU";
    UserDisable      "user.disable"        "OAU";
    UserUnlock       "user.unlock"         "OAU";
    UserFactorReset  "user.factor.reset"   "OAU";
    UserPasswordSet  "user.password.set"   "OAU";
    UserNameAdd      "user.name.add"       "OAU";
    UserNameRemove   "user.name.remove"    "OAU";
    UserRoleAdd      "user.role.add"       "OA";
    UserRoleRemove   "user.role.remove"    "OA";
    UserInvite       "user.invite"         "OAU";
    UserSignOut      "user.sign_out"       "OAU";
    UserGrantRead    "user.grant.read"     "OAURI";
    UserGrantEnd     "user.grant.end"      "OAU";
    AppRead          "app.read"            "OAPCRI";
    AppCreate        "app.create"          "OAP";
    AppUpdate        "app.update"          "OAP";
    AppDelete        "app.delete"          "OAP";
    AppEnable        "app.enable"          "OAP";
    AppDisable       "app.disable"         "OAP";
    AppRedirectAdd   "app.redirect.add"    "OAP";
    AppRedirectRemove "app.redirect.remove" "OAP";
    AppLogoutAdd     "app.logout.add"      "OAP";
    AppLogoutRemove  "app.logout.remove"   "OAP";
    AppSecretAdd     "app.secret.add"      "OAP";
    AppSecretRemove  "app.secret.remove"   "OAP";
    AppRequireAdd    "app.require.add"     "OAP";
    AppRequireRemove "app.require.remove"  "OAP";
    ApiRead          "api.read"            "OAPCRI";
    ApiCreate        "api.create"          "OAP";
    ApiImport        "api.import"          "OAP";
    ApiUpdate        "api.update"          "OAP";
    ApiDelete        "api.delete"          "OAP";
    ApiScopeAdd      "api.scope.add"       "OAP";
    ApiScopeRemove   "api.scope.remove"    "OAP";
    ApiRoleAdd       "api.role.add"        "OAP";
    ApiRoleRemove    "api.role.remove"     "OAP";
    GrantRead        "grant.read"          "OAUPCRI";
    GrantAdd         "grant.add"           "OAC";
    GrantRemove      "grant.remove"        "OAC";
    GrantRoleAdd     "grant.role.add"      "OAC";
    GrantRoleRemove  "grant.role.remove"   "OAC";
    FlowRead         "flow.read"           "OAUPRI";
    FlowPut          "flow.put"            "OA";
    FlowDelete       "flow.delete"         "OA";
    KeyRead          "keys.read"           "OAKRI";
    KeyRotate        "keys.rotate"         "OAK";
    AuditRead        "audit.read"          "OARI";
    AuditReadAll     "audit.read_all"      "OI";
    TraceRead        "trace.read"          "OI";
    MailRead         "mail.read"           "OI";
    MailTest         "mail.test"           "O";
    MailRetry        "mail.retry"          "O";
    MailDrop         "mail.drop"           "O";
}

impl Act {
    /// The roles that may, the most particular first.
    pub fn roles(self) -> impl Iterator<Item = DirectoryRole> {
        const ORDER: [DirectoryRole; 8] = [
            DirectoryRole::UserAdministrator,
            DirectoryRole::ApplicationAdministrator,
            DirectoryRole::ConsentApprover,
            DirectoryRole::KeyCustodian,
            DirectoryRole::Auditor,
            DirectoryRole::InstallationAuditor,
            DirectoryRole::Administrator,
            DirectoryRole::Owner,
        ];
        ORDER.into_iter().filter(move |role| self.letters().contains(letter(*role)))
    }

    /// Whether a role of that kind may, where it reaches.
    pub fn is_allowed(self, role: DirectoryRole) -> bool {
        self.letters().contains(letter(role))
    }
}

fn letter(role: DirectoryRole) -> char {
    match role {
        DirectoryRole::Administrator => 'A',
        DirectoryRole::ApplicationAdministrator => 'P',
        DirectoryRole::Auditor => 'R',
        DirectoryRole::ConsentApprover => 'C',
        DirectoryRole::InstallationAuditor => 'I',
        DirectoryRole::KeyCustodian => 'K',
        DirectoryRole::Owner => 'O',
        DirectoryRole::UserAdministrator => 'U',
    }
}

impl Command {
    /// What giving it means.
    pub fn act(&self) -> Act {
        match self {
            Self::Api(_, command) => match command {
                ApiCommand::AddRole { .. } => Act::ApiRoleAdd,
                ApiCommand::AddScope { .. } => Act::ApiScopeAdd,
                ApiCommand::Declare(_) => Act::ApiCreate,
                ApiCommand::Import { .. } => Act::ApiImport,
                ApiCommand::Remove { .. } => Act::ApiDelete,
                ApiCommand::RemoveRole { .. } => Act::ApiRoleRemove,
                ApiCommand::RemoveScope { .. } => Act::ApiScopeRemove,
                ApiCommand::Show { .. } => Act::ApiRead,
                ApiCommand::Update { .. } => Act::ApiUpdate,
            },
            Self::App(_, command) => match command {
                AppCommand::Add(_) => Act::AppCreate,
                AppCommand::AddPostLogout { .. } => Act::AppLogoutAdd,
                AppCommand::AddRedirect { .. } => Act::AppRedirectAdd,
                AppCommand::AddSecret { .. } => Act::AppSecretAdd,
                AppCommand::Disable { .. } => Act::AppDisable,
                AppCommand::Enable { .. } => Act::AppEnable,
                AppCommand::Remove { .. } => Act::AppDelete,
                AppCommand::RemovePostLogout { .. } => Act::AppLogoutRemove,
                AppCommand::RemoveRedirect { .. } => Act::AppRedirectRemove,
                AppCommand::RemoveSecret { .. } => Act::AppSecretRemove,
                AppCommand::Require { .. } => Act::AppRequireAdd,
                AppCommand::Show { .. } => Act::AppRead,
                AppCommand::Unrequire { .. } => Act::AppRequireRemove,
                AppCommand::Update { .. } => Act::AppUpdate,
            },
            Self::Flow(_, command) => match command {
                FlowCommand::List | FlowCommand::Show { .. } => Act::FlowRead,
                FlowCommand::Put(_) => Act::FlowPut,
                FlowCommand::Remove { .. } => Act::FlowDelete,
            },
            Self::Grant(_, command) => match command {
                GrantCommand::Add { .. } => Act::GrantAdd,
                GrantCommand::AssignRole { .. } => Act::GrantRoleAdd,
                GrantCommand::Remove { .. } => Act::GrantRemove,
                GrantCommand::UnassignRole { .. } => Act::GrantRoleRemove,
            },
            Self::Key(_, command) => match command {
                KeyCommand::List => Act::KeyRead,
                _ => Act::KeyRotate,
            },
            Self::Tenant(command) => match command {
                TenantCommand::Create(_) => Act::TenantCreate,
                TenantCommand::Delete { .. } => Act::TenantDelete,
                TenantCommand::Show(_) => Act::TenantShow,
                TenantCommand::Update(..) => Act::TenantUpdate,
            },
            Self::User(_, command) => match command {
                UserCommand::Add(_) => Act::UserCreate,
                UserCommand::AddName { .. } => Act::UserNameAdd,
                UserCommand::AddRole { .. } => Act::UserRoleAdd,
                UserCommand::Disable { .. } => Act::UserDisable,
                UserCommand::EndGrant { .. } => Act::UserGrantEnd,
                UserCommand::Enable { .. } => Act::UserEnable,
                UserCommand::Remove { .. } => Act::UserDelete,
                UserCommand::RemoveName { .. } => Act::UserNameRemove,
                UserCommand::RemoveRole { .. } => Act::UserRoleRemove,
                UserCommand::ResetFactors { .. } => Act::UserFactorReset,
                UserCommand::SetPassword { .. } => Act::UserPasswordSet,
                UserCommand::Show { .. } => Act::UserRead,
                UserCommand::SignOut { .. } => Act::UserSignOut,
                UserCommand::Unlock { .. } => Act::UserUnlock,
                UserCommand::Update { .. } => Act::UserUpdate,
            },
        }
    }
}

/// Who gives a command, what they may do, and by which credential they proved it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub actor: Actor,
    /// The roles of a person, as the store has them now.
    pub roles: Vec<DirectoryRole>,
    /// How they proved it, in words without a secret; `None` at the machine.
    pub credential: Option<String>,
}

impl Caller {
    /// The holder of the data directory.
    pub fn operator() -> Self {
        Self { actor: Actor::Operator, roles: Vec::new(), credential: None }
    }

    /// The server itself.
    pub fn system() -> Self {
        Self { actor: Actor::System, roles: Vec::new(), credential: None }
    }

    /// A person, with the roles that the account has now.
    pub fn person(user: &User, credential: String) -> Self {
        Self {
            actor: Actor::User(user.tenant, user.id),
            roles: user.roles.clone(),
            credential: Some(credential),
        }
    }

    /// Whether they reach every tenant.
    pub fn is_everywhere(&self) -> bool {
        match self.actor {
            Actor::Operator | Actor::System => true,
            Actor::App(_) => false,
            Actor::User(..) => self.roles.iter().any(|role| role.reach() == RoleReach::Installation),
        }
    }

    /// The tenant of a person.
    pub fn home(&self) -> Option<TenantId> {
        match self.actor {
            Actor::User(tenant, _) => Some(tenant),
            Actor::App(_) | Actor::Operator | Actor::System => None,
        }
    }

    /// Whether they may do that in the tenant; `None` stands for the installation, or a tenant that there is not.
    pub fn may(&self, act: Act, tenant: Option<TenantId>) -> bool {
        let home = match self.actor {
            Actor::Operator | Actor::System => return true,
            Actor::App(_) => return false,
            Actor::User(home, _) => home,
        };
        let at_home = match act {
            // These show a person of one tenant that tenant alone.
            Act::TenantList | Act::Whoami => true,
            _ => tenant == Some(home),
        };
        self.roles
            .iter()
            .any(|role| act.is_allowed(*role) && (at_home || role.reach() == RoleReach::Installation))
    }

    /// The same as a refusal, which names the roles that would allow it.
    pub fn allow(&self, act: Act, tenant: Option<TenantId>) -> Result<(), DirectoryRefusal> {
        if self.may(act, tenant) {
            return Ok(());
        }
        let elsewhere = self.roles.iter().any(|role| act.is_allowed(*role));
        let place = if elsewhere { " of that tenant" } else { "" };
        Err(self.refused(format!("{}{place}", act.name()), act.roles()))
    }

    fn refused(&self, act: String, roles: impl IntoIterator<Item = DirectoryRole>) -> DirectoryRefusal {
        let words = |roles: &mut dyn Iterator<Item = DirectoryRole>| {
            roles.map(DirectoryRole::word).collect::<Vec<_>>().join(", ")
        };
        let held = words(&mut self.roles.iter().copied());
        DirectoryRefusal::RoleNeeded {
            act,
            roles: words(&mut roles.into_iter()),
            held: if held.is_empty() { "none".to_owned() } else { held },
        }
    }

    /// Whether they may give or take that role: what reaches everywhere comes from an owner alone.
    pub(super) fn may_confer(&self, role: DirectoryRole) -> Result<(), DirectoryRefusal> {
        let is_owner = self.roles.contains(&DirectoryRole::Owner);
        match (&self.actor, role.reach()) {
            (Actor::Operator | Actor::System, _) | (_, RoleReach::Tenant) => Ok(()),
            (_, RoleReach::Installation) if is_owner => Ok(()),
            (_, RoleReach::Installation) => {
                Err(self
                    .refused(format!("giving or taking the role {}", role.word()), [DirectoryRole::Owner]))
            }
        }
    }

    /// Whether they may touch an account that holds roles itself: who may set its password may do what it may.
    pub(super) fn may_touch(&self, user: &User, act: Act) -> Result<(), DirectoryRefusal> {
        use DirectoryRole::{Administrator, Owner};
        if matches!(self.actor, Actor::Operator | Actor::System) || self.roles.contains(&Owner) {
            return Ok(());
        }
        let reaches_far = user.roles.iter().any(|role| role.reach() == RoleReach::Installation);
        let needed = if reaches_far {
            &[Owner][..]
        } else if !user.roles.is_empty() && !self.roles.contains(&Administrator) {
            &[Administrator, Owner][..]
        } else {
            return Ok(());
        };
        Err(self.refused(format!("{} on an account with a role", act.name()), needed.iter().copied()))
    }
}

#[cfg(test)]
mod tests;

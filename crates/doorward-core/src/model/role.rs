//! Roles over the directory itself: who administers what. What each may do is a table in `directory::access`.

use serde::{Deserialize, Serialize};

/// What a user may do to the directory itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryRole {
    /// May change everything in the tenant, and consent for the organisation.
    Administrator,
    /// Registers applications and APIs of the tenant.
    ApplicationAdministrator,
    /// Reads everything in the tenant, and changes nothing.
    Auditor,
    /// Grants permissions to applications and users of the tenant.
    ConsentApprover,
    /// Reads everything in every tenant, and changes nothing.
    InstallationAuditor,
    /// Rotates the signing keys of the tenant.
    KeyCustodian,
    /// May do everything in every tenant, whichever tenant the account lives in.
    Owner,
    /// Looks after the accounts of the tenant that hold no role themselves.
    UserAdministrator,
}

/// How far a role reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleReach {
    /// Every tenant.
    Installation,
    /// The tenant that the account lives in.
    Tenant,
}

impl DirectoryRole {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Administrator,
        Self::ApplicationAdministrator,
        Self::Auditor,
        Self::ConsentApprover,
        Self::InstallationAuditor,
        Self::KeyCustodian,
        Self::Owner,
        Self::UserAdministrator,
    ];

    /// As commands spell it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::ApplicationAdministrator => "application-administrator",
            Self::Auditor => "auditor",
            Self::ConsentApprover => "consent-approver",
            Self::InstallationAuditor => "installation-auditor",
            Self::KeyCustodian => "key-custodian",
            Self::Owner => "owner",
            Self::UserAdministrator => "user-administrator",
        }
    }

    /// The role of that name, with hyphens or underscores.
    pub fn parse(text: &str) -> Option<Self> {
        let word = text.replace('_', "-");
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// One tenant, or all.
    pub fn reach(self) -> RoleReach {
        match self {
            Self::InstallationAuditor | Self::Owner => RoleReach::Installation,
            Self::Administrator
            | Self::ApplicationAdministrator
            | Self::Auditor
            | Self::ConsentApprover
            | Self::KeyCustodian
            | Self::UserAdministrator => RoleReach::Tenant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_spelt_as_it_is_stored() {
        for role in DirectoryRole::ALL {
            let stored = serde_json::to_value(role).unwrap();
            assert_eq!(stored, role.word().replace('-', "_"));
            assert_eq!(DirectoryRole::parse(role.word()), Some(role));
            assert_eq!(DirectoryRole::parse(stored.as_str().unwrap()), Some(role));
        }
        assert_eq!(DirectoryRole::parse("Owner"), None);
    }
}

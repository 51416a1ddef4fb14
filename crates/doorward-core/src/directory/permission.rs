//! Permissions as people write them, and the table of those that an application asks for and has.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::value::fault;
use crate::model::{
    Client, ConsentGrant, Principal, Resource, RoleAssignment, RoleHolder, ScopeToken, UserId,
};
use crate::refusal::DirectoryRefusal;

/// Delegated or application: two different things, granted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PermissionKind {
    /// The application acts as itself: an app role, in `roles`.
    Application,
    /// The application acts for a signed-in person: a scope, in `scp`.
    Delegated,
}

impl fmt::Display for PermissionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Application => "Application",
            Self::Delegated => "Delegated",
        })
    }
}

/// A permission of an API: `notes:notes.read`, or as clients write it, `api://notes/notes.read`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PermissionRef {
    api: String,
    name: String,
}

impl PermissionRef {
    /// Reads `api:permission` or `{identifier URI}/permission`. Whether either exists is not its business.
    pub fn parse(text: &str) -> Result<Self, DirectoryRefusal> {
        let is_uri = text.contains("://") || text.starts_with("urn:");
        let parts = if is_uri { text.rsplit_once('/') } else { text.split_once(':') };
        match parts {
            Some((api, name)) if !api.is_empty() && !name.is_empty() && !api.ends_with(['/', ':']) => {
                Ok(Self { api: api.to_owned(), name: name.to_owned() })
            }
            _ => Err(fault("permission", text, "it is written api:permission, for example notes:notes.read")),
        }
    }

    /// The API: short name, identifier URI or id.
    pub fn api(&self) -> &str {
        &self.api
    }

    /// The scope or role.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for PermissionRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = if self.api.contains("://") || self.api.starts_with("urn:") { '/' } else { ':' };
        write!(f, "{}{mark}{}", self.api, self.name)
    }
}

impl TryFrom<String> for PermissionRef {
    type Error = DirectoryRefusal;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<PermissionRef> for String {
    fn from(permission: PermissionRef) -> Self {
        permission.to_string()
    }
}

/// One line of an application's permissions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionRow {
    /// Short name of the API.
    pub api: String,
    /// The scope or role.
    pub name: String,
    /// Delegated or application.
    pub kind: PermissionKind,
    /// Whether only an administrator can grant it.
    pub admin_consent_required: bool,
    /// Whether the registration asks for it.
    pub requested: bool,
    /// For whom it is granted: `all users`, sign-in names, or `the app itself`; at most 20 names and how many more.
    pub granted_for: Vec<String>,
}

/// How many people a row names.
const NAMED: usize = 20;

/// Everything that `client` asks for or was granted, by API and name. `resources` holds the APIs concerned; `person` names a
/// user. A grant of a scope that the API no longer exposes is shown too: it is still there.
pub fn permission_table(
    client: &Client,
    resources: &[Resource],
    consents: &[ConsentGrant],
    assignments: &[RoleAssignment],
    person: &dyn Fn(UserId) -> String,
) -> Vec<PermissionRow> {
    let mut rows = Vec::new();
    for resource in resources {
        let asked = client.required_access.iter().filter(|access| access.resource == resource.id);
        let consents: Vec<_> =
            consents.iter().filter(|c| c.client == client.app_id && c.resource == resource.id).collect();
        let mut scopes: Vec<&str> = Vec::new();
        let mut roles = Vec::new();
        for access in asked.clone() {
            scopes.extend(access.scopes.iter().map(ScopeToken::as_str));
            roles.extend(access.roles.iter().copied());
        }
        scopes.extend(consents.iter().flat_map(|c| c.scopes.iter()).map(ScopeToken::as_str));
        let held: Vec<_> = assignments
            .iter()
            .filter(|a| a.holder == RoleHolder::App(client.app_id) && a.resource == resource.id)
            .collect();
        roles.extend(held.iter().map(|assignment| assignment.role));
        scopes.sort_unstable();
        scopes.dedup();
        for scope in scopes {
            rows.push(PermissionRow {
                api: resource.name.clone(),
                name: scope.to_owned(),
                kind: PermissionKind::Delegated,
                admin_consent_required: resource
                    .scopes
                    .iter()
                    .any(|exposed| exposed.value.as_str() == scope && exposed.admin_only),
                requested: asked.clone().any(|access| access.scopes.iter().any(|s| s.as_str() == scope)),
                granted_for: granted_for(scope, &consents, person),
            });
        }
        for role in resource.roles.iter().filter(|role| roles.contains(&role.id)) {
            let granted = held.iter().any(|assignment| assignment.role == role.id);
            rows.push(PermissionRow {
                api: resource.name.clone(),
                name: role.value.clone(),
                kind: PermissionKind::Application,
                admin_consent_required: true,
                requested: asked.clone().any(|access| access.roles.contains(&role.id)),
                granted_for: if granted { vec!["the app itself".to_owned()] } else { Vec::new() },
            });
        }
    }
    rows.sort_by(|a, b| (&a.api, a.kind, &a.name).cmp(&(&b.api, b.kind, &b.name)));
    rows
}

fn granted_for(scope: &str, consents: &[&ConsentGrant], person: &dyn Fn(UserId) -> String) -> Vec<String> {
    let mut people = Vec::new();
    let mut names = Vec::new();
    for consent in consents.iter().filter(|consent| consent.scopes.contains(scope)) {
        match consent.principal {
            Principal::All => names.push("all users".to_owned()),
            Principal::User(user) => people.push(user),
        }
    }
    names.extend(people.iter().take(NAMED).map(|user| person(*user)));
    if people.len() > NAMED {
        names.push(format!("{} more", people.len() - NAMED));
    }
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::directory::fixture;
    use crate::model::{Instant, RequiredAccess, ScopeSet};

    #[test]
    fn a_permission_is_written_in_two_ways() {
        let short = PermissionRef::parse("notes:notes.read").unwrap();
        assert_eq!((short.api(), short.name()), ("notes", "notes.read"));
        let long = PermissionRef::parse("api://notes/notes.read").unwrap();
        assert_eq!((long.api(), long.name()), ("api://notes", "notes.read"));
        assert_eq!(PermissionRef::parse("notes:a:b").unwrap().name(), "a:b");
        assert_eq!(PermissionRef::parse("urn:x:notes/read").unwrap().api(), "urn:x:notes");
        for bad in ["", "notes", ":read", "notes:", "api://notes", "api:///x", "https://"] {
            assert!(PermissionRef::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_table_tells_asked_for_from_granted() {
        let api = fixture::notes();
        let mut client = fixture::web("shop");
        client.required_access = vec![RequiredAccess {
            resource: api.id,
            scopes: vec![api.scopes[0].value.clone(), api.scopes[2].value.clone()],
            roles: vec![api.roles[0].id],
        }];
        let ben = fixture::user("ben.fern");
        let consent = |principal, scopes: &str| ConsentGrant {
            tenant: client.tenant,
            client: client.app_id,
            resource: api.id,
            principal,
            scopes: ScopeSet::parse(scopes).unwrap(),
            granted_by: None,
            granted_at: Instant::from_seconds(1),
        };
        let consents =
            [consent(Principal::All, "notes.read"), consent(Principal::User(ben.id), "notes.read gone")];
        let rows = permission_table(&client, &[api], &consents, &[], &|_| "ben.fern".to_owned());
        let seen: Vec<_> = rows
            .iter()
            .map(|r| {
                (r.name.as_str(), r.kind, r.admin_consent_required, r.requested, r.granted_for.join(", "))
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("Notes.Read.All", PermissionKind::Application, true, true, String::new()),
                ("gone", PermissionKind::Delegated, false, false, "ben.fern".to_owned()),
                ("notes.read", PermissionKind::Delegated, false, true, "all users, ben.fern".to_owned()),
                ("notes.share", PermissionKind::Delegated, true, true, String::new()),
            ]
        );
    }

    proptest! {
        #[test]
        fn a_permission_prints_as_it_parses(text in "[a-z:/.]{0,40}") {
            if let Ok(permission) = PermissionRef::parse(&text) {
                prop_assert_eq!(PermissionRef::parse(&permission.to_string()).unwrap(), permission);
            }
        }
    }
}

//! A grant as administrators see it.

use serde::{Deserialize, Serialize};

use crate::directory::PermissionKind;
use crate::model::{Client, ConsentGrant, Instant, Resource, RoleAssignment};

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

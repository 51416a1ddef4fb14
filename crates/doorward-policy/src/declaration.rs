//! What an OpenAPI document says about the API itself: enough to register it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{PermissionName, Policy, PrincipalKind};

/// An API as its document declares it: the registration and the policy come from one text and cannot drift apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiDeclaration {
    /// The name by which commands and challenges call it, for example `notes`.
    pub name: String,
    /// For people: `info.title`, or the name.
    pub title: String,
    /// URIs that stand before a scope and may stand in `aud`; the first one is the preferred. May be empty, then the
    /// registration chooses.
    pub identifier_uris: Vec<String>,
    /// The scopes it exposes, by name.
    pub scopes: Vec<DeclaredScope>,
    /// The app roles it exposes, by name.
    pub roles: Vec<DeclaredRole>,
    /// Its routes.
    pub policy: Policy,
}

/// A delegated permission that the API exposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredScope {
    /// The name in `scp` and `scope`.
    pub value: PermissionName,
    /// What the consent page calls it; falls back to the description, then to the name.
    pub title: String,
    /// What the consent page says about it; may be empty.
    pub description: String,
    /// Only an administrator can grant it.
    pub admin_only: bool,
}

/// An app role that the API exposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredRole {
    /// The name in `roles`.
    pub value: PermissionName,
    /// What pages call it; falls back to the name.
    pub title: String,
    /// What it allows; may be empty.
    pub description: String,
    /// To whom it can be assigned.
    pub members: BTreeSet<PrincipalKind>,
}

//! Through which door a request came: tenant, dialect, and user flow.

use serde::{Deserialize, Serialize};

use super::{FlowName, Tenant, TenantId, UserFlow};

/// How a request names its tenant: by id, by short name or by domain, without case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantKey(String);

impl TenantKey {
    /// Wraps a path segment, lower case.
    pub fn new(segment: &str) -> Self {
        Self(segment.to_lowercase())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<TenantId> for TenantKey {
    fn from(id: TenantId) -> Self {
        Self(id.to_string())
    }
}

/// A door as codes and grants remember it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorityRef {
    /// A door of plain OpenID Connect.
    Plain,
    /// A door of the directory dialect.
    Directory,
    /// A user flow, lower case.
    Flow(String),
}

/// Which door, with what it needs to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// Plain OpenID Connect: issuer `{base}/{tenant}`.
    Plain,
    /// The directory dialect: issuer `{base}/{tenant id}/v2.0`.
    Directory,
    /// A user flow of the directory dialect.
    Flow(UserFlow),
}

/// Tenant and door of a request, resolved from the path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// The tenant.
    pub tenant: Tenant,
    /// The door.
    pub door: Door,
    /// `iss` of ID tokens and of authorization responses through this door.
    pub issuer: String,
    /// The public base address, `https://host[:port]`, without a trailing slash.
    pub base: String,
}

impl Authority {
    /// How codes and grants remember it.
    pub fn reference(&self) -> AuthorityRef {
        match &self.door {
            Door::Plain => AuthorityRef::Plain,
            Door::Directory => AuthorityRef::Directory,
            Door::Flow(flow) => AuthorityRef::Flow(flow.name.lower()),
        }
    }

    /// The user flow, where the door is one.
    pub fn flow(&self) -> Option<&UserFlow> {
        match &self.door {
            Door::Flow(flow) => Some(flow),
            Door::Plain | Door::Directory => None,
        }
    }

    /// The flow's name, where the door is a flow.
    pub fn flow_name(&self) -> Option<&FlowName> {
        self.flow().map(|flow| &flow.name)
    }
}

//! `client_info`: the account's home, for the cache of a client.

use serde::{Deserialize, Serialize};

use super::ClientInfoShape;
use crate::model::{TenantId, UserId};

/// Names the account for a client's cache.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientInfo {
    /// Home account.
    pub uid: String,
    /// Home tenant.
    pub utid: String,
}

impl ClientInfo {
    /// The client info of a user at a door, where its shape has one.
    pub fn of(shape: ClientInfoShape, tenant: TenantId, user: UserId, flow: Option<&str>) -> Option<Self> {
        match shape {
            ClientInfoShape::None => None,
            ClientInfoShape::UserAndFlow => Some(Self {
                uid: flow.map_or_else(|| user.to_string(), |flow| format!("{user}-{flow}")),
                utid: tenant.to_string(),
            }),
        }
    }
}

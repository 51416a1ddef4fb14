//! Which claim comes from where: the shape of a token as data, and the values that fill it.
//!
//! Owns the sources and the filling. Does not own the lists of claims per dialect (their `TokenShape` constants) nor
//! signing.

mod access_token;
mod client_info;
mod id_token;
mod shape;
mod subject;
mod userinfo;

pub use access_token::{
    AccessTokenFor, Principal as TokenPrincipal, access_token, flow_issuer, issuers_of, profile_issuer,
};
pub use client_info::ClientInfo;
pub use id_token::{IdTokenFor, id_token};
pub use shape::{ClientInfoShape, Source, TokenShape, When};
pub use subject::{account_hint, open_account_hint, subject, subject_for};
pub use userinfo::userinfo;

use doorward_token::ClaimSet;
use serde::{Deserialize, Serialize};

use crate::model::{SigningAlgorithm, TenantId};

/// Claims as an endpoint answers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimsReply {
    /// As a JSON object.
    Json(ClaimSet),
    /// As a signed token.
    Jwt {
        /// Its index in the mint list.
        token: usize,
        /// The subtype behind `application/`.
        media_type: &'static str,
    },
}

/// An unsigned token: what shall be minted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenPlan {
    /// Whose keys sign it.
    pub tenant: TenantId,
    /// With which algorithm.
    pub algorithm: SigningAlgorithm,
    /// `typ` of the header.
    pub typ: String,
    /// The claims, complete but for the hashes below.
    pub claims: ClaimSet,
    /// `at_hash` of the plan with this index, which comes earlier in the list.
    pub at_hash_of: Option<usize>,
}

#[cfg(test)]
mod tests;

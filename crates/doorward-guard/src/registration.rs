//! What the server publishes about an API for those who guard it, and the port that brings it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

/// An issuer whose tokens are accepted, and where its keys are. Compared byte for byte with `iss`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TrustedIssuer {
    /// The value of `iss`.
    pub issuer: String,
    /// The address of its key set; may be an internal one.
    pub jwks_uri: String,
}

/// Where a tenant tells what it took back, and whose signature that carries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RevocationFeed {
    /// The address of the feed.
    pub url: String,
    /// Its `iss`.
    pub issuer: String,
    /// The address of the key set that it is verified with.
    pub jwks_uri: String,
}

/// The registration of an API as the server publishes it. Members that this version does not know are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The API's name: the realm of challenges.
    pub name: String,
    /// What may stand in `aud`.
    pub audiences: Vec<String>,
    /// Every issuer that makes tokens for this API, user flows included.
    pub issuers: Vec<TrustedIssuer>,
    /// The access-token profile, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The address below which each failure code has its page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs: Option<String>,
    /// The revocation feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocations: Option<RevocationFeed>,
}

/// Brings the registration; over HTTP, or from the same process.
#[async_trait]
pub trait RegistrationSource: Send + Sync {
    /// The registration as it is now.
    async fn registration(&self) -> Result<Registration, SourceFault>;
}

/// Something that has to be fetched could not be, or is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceFault {
    /// Fetched, and of no use.
    #[error("{url} answers with something that is not {expected}: {reason}")]
    Content {
        /// The address.
        url: String,
        /// What should be there.
        expected: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Another status than 200. Redirects are not followed.
    #[error("{url} answers with status {status}")]
    Status {
        /// The address.
        url: String,
        /// The status.
        status: u16,
    },
    /// No answer.
    #[error("{url} cannot be reached: {reason}")]
    Unreachable {
        /// The address.
        url: String,
        /// What the transport says.
        reason: String,
    },
}

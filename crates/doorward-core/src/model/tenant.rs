//! A tenant: the isolation boundary that owns its issuer, its keys and its directory.

use serde::{Deserialize, Serialize};

use super::{KeyPolicy, MfaRule, PoolId, TenantId};

/// The first path segments that Doorward itself uses, and the words that clients read a meaning into.
const RESERVED: &[&str] = &[
    "common",
    "organizations",
    "consumers",
    "adfs",
    "tfp",
    "te",
    "identitytoolkit.googleapis.com",
    "www.googleapis.com",
    "emulator",
    "__",
    "v1.0",
    "beta",
    "flow",
    "assets",
    "feed",
    "admin",
    "docs",
    "account",
    "portal",
    "healthz",
    "readyz",
    "metrics",
    "_mail",
    "_live",
    "_dev",
    ".well-known",
    "oauth2",
    "discovery",
];

/// Short name of a tenant in addresses: lower case letters, digits and hyphens, or a domain name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantName(String);

/// Why a text cannot name a tenant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TenantNameFault {
    /// Other characters than lower case letters, digits, hyphens and dots, or a wrong length.
    #[error(
        "a tenant name has 1 to 63 of the characters a-z, 0-9, `-` and `.`, and begins with a letter or digit"
    )]
    Syntax,
    /// Clients replace `token` in addresses, so the word may occur only once, in the endpoint.
    #[error("a tenant name must not contain `token`: client libraries rewrite that word in addresses")]
    ContainsToken,
    /// The segment means something else.
    #[error("`{0}` is a path of the server itself")]
    Reserved(String),
    /// It would be read as a tenant's id.
    #[error("a tenant name must not look like a UUID")]
    LooksLikeId,
}

impl TenantName {
    /// Checks a name for a new tenant.
    pub fn parse(text: &str) -> Result<Self, TenantNameFault> {
        let syntax = (1..=63).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
            && text.as_bytes()[0].is_ascii_alphanumeric();
        if !syntax {
            return Err(TenantNameFault::Syntax);
        }
        if text.contains("token") {
            return Err(TenantNameFault::ContainsToken);
        }
        if RESERVED.contains(&text) {
            return Err(TenantNameFault::Reserved(text.to_owned()));
        }
        if TenantId::parse(text).is_ok() {
            return Err(TenantNameFault::LooksLikeId);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for TenantName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose directory a tenant is; told apart in the account picker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantKind {
    /// The directory of people who belong to nobody but themselves.
    Personal,
    /// The directory of an organisation.
    Work,
}

/// Which issuer a user flow's tokens carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowIssuer {
    /// `{base}/tfp/{tenant id}/{flow}/v2.0/`: closed per flow, the default for tenants born here.
    Tfp,
    /// `{base}/{tenant id}/v2.0/`: shared by all flows of the tenant.
    V2,
}

/// The isolation boundary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// Random id, `tid` in tokens.
    pub id: TenantId,
    /// Short name in addresses.
    pub name: TenantName,
    /// Domain by which the tenant is also reachable, and the suffix of user principal names.
    pub domain: String,
    /// What people read.
    pub display_name: String,
    /// Work or personal.
    pub kind: TenantKind,
    /// Where sign-in looks for people unless told otherwise.
    pub default_pool: PoolId,
    /// Issuer style of the user flows.
    pub flow_issuer: FlowIssuer,
    /// Whether people may consent for themselves to scopes that do not need an administrator.
    pub user_consent: bool,
    /// How its signing keys follow one another.
    #[serde(default)]
    pub keys: KeyPolicy,
    /// A disabled tenant answers as if it did not exist.
    pub disabled: bool,
    /// When a second factor is asked for.
    #[serde(default)]
    pub mfa: MfaRule,
}

impl Tenant {
    /// `{user name}@{domain}`, the directory name of an account that has no e-mail sign-in name.
    pub fn user_principal_name(&self, user_name: &str) -> String {
        format!("{user_name}@{}", self.domain)
    }
}

/// A pool of users inside a tenant. User names are unique per pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPool {
    /// The tenant it belongs to.
    pub tenant: TenantId,
    /// Random id.
    pub id: PoolId,
    /// What administrators call it.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_something_else_are_refused() {
        assert!(TenantName::parse("meadow").is_ok());
        assert!(TenantName::parse("meadow.test").is_ok());
        for bad in [
            "",
            "Meadow",
            "-x",
            "a/b",
            "common",
            "my-token-shop",
            "feed",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        ] {
            assert!(TenantName::parse(bad).is_err(), "{bad}");
        }
    }
}

//! One browser's signed-in accounts (Settled 16): several accounts, possibly of several tenants.

use serde::{Deserialize, Serialize};

use super::{AppId, Digest, Expiry, Instant, PoolId, SessionId, TenantId, UserId};

/// One account's session inside a browser session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSession {
    /// The account's tenant.
    pub tenant: TenantId,
    /// The account's pool.
    pub pool: PoolId,
    /// The account.
    pub user: UserId,
    /// `sid` in ID tokens; random, stable while the account stays signed in.
    pub sid: SessionId,
    /// When the person last proved who they are.
    pub auth_time: Instant,
    /// How (RFC 8176): `pwd`, later `otp`, `hwk`, ...
    pub amr: Vec<String>,
    /// The applications that got a code in this session; told at sign-out.
    pub apps: Vec<AppId>,
}

/// What is known of a browser, for the person who looks at their sessions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Browser and system in words, from `User-Agent`; at most 80 characters.
    pub agent: String,
    /// The address it last signed in from.
    pub address: String,
    /// When it last signed in.
    pub seen_at: Instant,
}

/// What one browser cookie stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserSession {
    /// SHA-256 of the cookie's value. The cookie changes when an account is added.
    pub digest: Digest,
    /// Counts the changes, from 1: a change is refused unless it follows the version that was read.
    pub version: u64,
    /// When the browser first signed in.
    pub created_at: Instant,
    /// When it ends, whatever happens.
    pub expiry: Expiry,
    /// The accounts, oldest first; at most 16.
    pub accounts: Vec<AccountSession>,
    /// The browser, as far as it told.
    #[serde(default)]
    pub device: Option<Device>,
}

impl BrowserSession {
    /// A browser session ends this long after its last change: 24 hours.
    pub const LIFE_SECS: u64 = 24 * 3600;
    /// So many accounts fit into one browser; the oldest gives way.
    pub const MOST_ACCOUNTS: usize = 16;

    /// The session of that account.
    pub fn account(&self, tenant: TenantId, user: UserId) -> Option<&AccountSession> {
        self.accounts.iter().find(|account| account.tenant == tenant && account.user == user)
    }
}

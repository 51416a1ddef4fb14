//! One line of the request log: what was asked, what came of it, and the trail of checks. It holds no secret, no code
//! and no token, and is forgotten after its retention.

use serde::{Deserialize, Serialize};

use super::{AppId, Digest, Expiry, Instant, TenantId, UserId};

/// A request that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The trace id, 32 hexadecimal digits.
    pub trace: String,
    /// The tenant it concerned.
    pub tenant: Option<TenantId>,
    /// When.
    pub at: Instant,
    /// Endpoint or page.
    pub place: String,
    /// The application.
    pub app: Option<AppId>,
    /// The user.
    pub user: Option<UserId>,
    /// Keyed digest of the browser's id, to tell one browser's requests from another's.
    pub browser: Option<Digest>,
    /// The code of the refusal; `None` where it was answered.
    pub code: Option<String>,
    /// When it is forgotten.
    pub until: Expiry,
    /// The story: diagnosis, remedy, checks, facts about the caller; without secrets.
    pub detail: serde_json::Value,
}

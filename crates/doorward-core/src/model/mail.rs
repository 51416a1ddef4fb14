//! A mail that waits to be delivered. It is committed with what it tells, so that nobody is told of what did not happen
//! and nothing that happened goes untold.

use serde::{Deserialize, Serialize};

use super::{Expiry, Instant, MailId, TenantId};

/// A mail in the outbox.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Random id; also the local part of its `Message-ID`.
    pub id: MailId,
    /// The tenant in whose name it is sent; `None` for the installation.
    pub tenant: Option<TenantId>,
    /// The mailbox.
    pub to: String,
    /// Subject and bodies as JSON, sealed under the master key with ("mails", id) as associated data, because codes
    /// and links are in them; base64url.
    pub sealed: String,
    /// When it was written.
    pub created_at: Instant,
    /// When it is worth nothing any more, and is dropped unsent.
    pub expiry: Expiry,
    /// How often delivery was tried.
    pub attempts: u32,
    /// Not to be tried before.
    pub next_attempt: Instant,
    /// What the mail server said last, without the address.
    pub last_error: Option<String>,
}

impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mail({} ***, {} attempts)", self.id, self.attempts)
    }
}

//! A question that was sent to a mailbox and waits for its answer: a code to type, or a link to follow (Settled 12).

use serde::{Deserialize, Serialize};

use super::{Digest, Expiry, Instant, TenantId, UserId};

/// What the right answer proves or allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChallengePurpose {
    /// The address belongs to whoever is adding it to an account.
    AddAddress,
    /// An invited person takes over the account that was made for them.
    Invitation,
    /// A new password may be set.
    ResetPassword,
    /// The second factor of a sign-in.
    SecondFactor,
    /// The address belongs to whoever is signing up.
    SignUp,
    /// The first administrator of a new installation.
    Bootstrap,
}

/// An open challenge. It disappears with the right answer, its end, or the next one of the same transaction.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// The tenant.
    pub tenant: TenantId,
    /// Digest of the transaction and the purpose; for a link, of the secret in the link.
    pub id: Digest,
    /// What the answer is good for.
    pub purpose: ChallengePurpose,
    /// The account, where there is one. A challenge without one is sent nowhere, or says that there is no account.
    pub user: Option<UserId>,
    /// The mailbox, as it was typed; empty where no mail is involved.
    pub address: String,
    /// Keyed digest of the right answer.
    pub answer: Digest,
    /// When it was sent.
    pub issued_at: Instant,
    /// When it ends.
    pub expiry: Expiry,
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Challenge({:?} {:?} ***)", self.id, self.purpose)
    }
}

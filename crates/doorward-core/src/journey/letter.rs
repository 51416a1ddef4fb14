//! What people are told by mail: decided here, worded and sent by the shell, committed with what it tells.

use std::time::Duration;

use super::challenge::{CODE_LIFE, INVITATION_LIFE};
use crate::model::{ChallengePurpose, Secret};

/// A mail to one mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The mailbox.
    pub to: String,
    /// What it says.
    pub says: Says,
}

/// What a mail says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// Somebody signs up with this address, which has an account already.
    AccountExists {
        /// The name it signs in with.
        name: String,
    },
    /// An address was added to the account.
    AddressAdded {
        /// Which.
        address: String,
    },
    /// A code to type where it was asked for.
    Code {
        /// What it is good for.
        purpose: ChallengePurpose,
        /// The code.
        code: Secret,
    },
    /// A second factor was set up.
    FactorAdded {
        /// What it is called.
        factor: String,
    },
    /// A second factor was removed.
    FactorRemoved {
        /// What it was called.
        factor: String,
    },
    /// A link with which an invited person takes over an account.
    Invitation {
        /// The name of the account.
        name: String,
        /// The secret of the link.
        secret: Secret,
    },
    /// Somebody wants to reset a password, but no account has this address.
    NoAccount,
    /// The password was changed, and everything that was signed in is signed out.
    PasswordChanged,
    /// A recovery code was used, or all of them were replaced.
    RecoveryCodes {
        /// How many are left.
        left: usize,
    },
    /// The operator tries whether mail arrives.
    Test,
}

impl Letter {
    /// How long the mail is worth sending: as long as what is in it is good, or three days.
    pub fn life(&self) -> Duration {
        match self.says {
            Says::AccountExists { .. } | Says::Code { .. } | Says::NoAccount => CODE_LIFE,
            Says::Invitation { .. } => INVITATION_LIFE,
            Says::AddressAdded { .. }
            | Says::FactorAdded { .. }
            | Says::FactorRemoved { .. }
            | Says::PasswordChanged
            | Says::RecoveryCodes { .. } => Duration::from_hours(72),
            Says::Test => Duration::from_mins(10),
        }
    }
}

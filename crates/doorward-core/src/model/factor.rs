//! A second factor of an account, and when one is asked for.
//!
//! A factor lives in the document of its [`super::User`]: using one is an ordinary update of the account, so that a
//! code that counted once cannot count again in a race.

use serde::{Deserialize, Serialize};

use super::{Digest, FactorId, Instant};

/// What a factor checks against.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorSecret {
    /// A code sent to the account's proven e-mail address.
    EmailCode,
    /// One-time codes written down for the day the other factor is lost.
    RecoveryCodes {
        /// Keyed digests of those that are left.
        left: Vec<Digest>,
    },
    /// A time-based code (RFC 6238: SHA-1, 6 digits, 30 seconds).
    Totp {
        /// The seed, sealed under the master key with (tenant, "factors", id) as associated data; base64url.
        sealed_seed: String,
        /// The last time step that was accepted: an older or equal one is a replay (RFC 6238 §5.2).
        last_step: Option<u64>,
    },
}

impl std::fmt::Debug for FactorSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::EmailCode => "EmailCode",
            Self::RecoveryCodes { .. } => "RecoveryCodes(***)",
            Self::Totp { .. } => "Totp(***)",
        })
    }
}

/// The kinds of factors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// A code sent by mail.
    EmailCode,
    /// Codes written down.
    RecoveryCode,
    /// An authenticator app.
    Totp,
}

impl FactorKind {
    /// The word in addresses, documents and at the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EmailCode => "email",
            Self::RecoveryCode => "recovery",
            Self::Totp => "totp",
        }
    }
}

/// One factor of an account, enrolled and proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Random id.
    pub id: FactorId,
    /// What the person calls it; at most 64 characters.
    pub name: String,
    /// What it checks against.
    pub secret: FactorSecret,
    /// When it was enrolled.
    pub created_at: Instant,
    /// When it last let the person in.
    pub last_used: Option<Instant>,
}

impl Factor {
    /// Its kind.
    pub fn kind(&self) -> FactorKind {
        match self.secret {
            FactorSecret::EmailCode => FactorKind::EmailCode,
            FactorSecret::RecoveryCodes { .. } => FactorKind::RecoveryCode,
            FactorSecret::Totp { .. } => FactorKind::Totp,
        }
    }
}

/// When a second factor is asked for. An application's rule wins over its tenant's where it asks for more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MfaRule {
    /// Only where the request asks for it.
    OnRequest,
    /// Of every account that has one.
    #[default]
    WhenEnrolled,
    /// Of everybody: who has none enrols one first.
    Required,
}

impl MfaRule {
    /// The word at the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::OnRequest => "on-request",
            Self::Required => "required",
            Self::WhenEnrolled => "when-enrolled",
        }
    }
}

//! Refusals about second factors: proving one, and changing which ones an account has.

use doorward_token::Evidence;

use super::{OAuthError, Row};

/// Why a second factor was not accepted, or not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactorRefusal {
    /// What was typed can be no code of this kind; it costs no guess.
    #[error("{fault}")]
    CodeMalformed {
        /// In words for the person.
        fault: &'static str,
    },
    /// The time step of this code was accepted before (RFC 6238 §5.2).
    #[error("this code was used already")]
    CodeUsed,
    /// The code is not the account's: of the app, of the mail, or a recovery code.
    #[error("the code is wrong, or its time is over")]
    CodeWrong,
    /// Too many codes were tried for this account.
    #[error("too many codes were tried; try again in {minutes} minutes")]
    Locked {
        /// How long, rounded up.
        minutes: u32,
    },
    /// The sign-in is too old, or too weak, for a change of factors.
    #[error("second factors are changed only soon after a full sign-in")]
    NeedsFreshSignIn,
    /// The account has no such factor.
    #[error("the account has no such second factor")]
    NotEnrolled,
    /// There are enough.
    #[error("an account has at most {most} second factors")]
    TooMany {
        /// So many.
        most: usize,
    },
}

impl FactorRefusal {
    /// Code, error, remedy.
    pub fn row(&self) -> Row {
        use OAuthError::{AccessDenied, InvalidRequest};
        match self {
            Self::CodeMalformed { .. } => {
                Row::new("DW1061", InvalidRequest, "Correct the field").seen(Evidence::sent("code"))
            }
            Self::CodeUsed => {
                Row::new("DW1271", AccessDenied, "Wait for the next code, at most 30 seconds, and use that")
            }
            Self::CodeWrong => Row::new(
                "DW1270",
                AccessDenied,
                "Type the code that is shown now, or use another way; an administrator can help: \
                 doorward user factor reset NAME",
            ),
            Self::Locked { .. } => Row::new(
                "DW1272",
                AccessDenied,
                "Wait; whoever did not try these codes should change the password, because somebody else knows it",
            ),
            Self::NeedsFreshSignIn => Row::new(
                "DW1274",
                AccessDenied,
                "Sign in again in full and repeat the change within ten minutes",
            ),
            Self::NotEnrolled => {
                Row::new("DW1273", InvalidRequest, "Choose one of the ways that the page offers")
            }
            Self::TooMany { .. } => Row::new(
                "DW1275",
                InvalidRequest,
                "Remove one that is not used any more, then add the new one",
            ),
        }
    }
}

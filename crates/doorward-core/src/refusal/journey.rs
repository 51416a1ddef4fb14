//! Refusals of the pages on which people sign in and sign up.

use doorward_token::Evidence;

use super::{OAuthError, Row};

/// Why a page was refused. Unknown name and wrong password are one reason with one text (Settled 19).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JourneyRefusal {
    /// The account is disabled; told only after the right password.
    #[error("this account is disabled")]
    AccountDisabled,
    /// Too many guesses at this name.
    #[error("too many attempts at this account; try again in {minutes} minutes")]
    AccountLocked {
        /// How long, rounded up.
        minutes: u32,
    },
    /// The form is too old.
    #[error("this page is too old")]
    FlowExpired,
    /// The form was opened in another browser.
    #[error("this page belongs to another browser, or the browser keeps no cookies")]
    ForeignBrowser,
    /// A field of the form cannot be accepted.
    #[error("{field}: {fault}")]
    Field {
        /// Its name.
        field: &'static str,
        /// In words for the person.
        fault: String,
    },
    /// The user name is in use.
    #[error("this user name is taken")]
    NameTaken,
    /// The password is too weak.
    #[error("the password {fault}")]
    PasswordTooWeak {
        /// In words for the person.
        fault: String,
    },
    /// All hashing places are taken.
    #[error("the server is busy")]
    ServerBusy,
    /// This door does not create accounts.
    #[error("accounts are not created here")]
    SignUpNotAllowed,
    /// Too many attempts from this address.
    #[error("too many attempts from this network address")]
    Throttled,
    /// Wrong name or password: the same words and the same cost for both.
    #[error("the user name or the password is wrong")]
    WrongCredentials,
}

impl JourneyRefusal {
    /// Code, error, remedy.
    pub fn row(&self) -> Row {
        use OAuthError::{AccessDenied, InvalidRequest, TemporarilyUnavailable};
        match self {
            Self::AccountDisabled => Row::new("DW1205", AccessDenied, "Ask your administrator"),
            Self::AccountLocked { .. } => Row::new(
                "DW1257",
                AccessDenied,
                "Wait, or let an administrator unlock it: doorward user unlock NAME",
            ),
            Self::FlowExpired => Row::new("DW1253", InvalidRequest, "Go back to the app and start again"),
            Self::ForeignBrowser => Row::new(
                "DW1254",
                InvalidRequest,
                "Open the sign-in in this browser from the app, with cookies allowed",
            ),
            Self::Field { field, .. } => {
                Row::new("DW1061", InvalidRequest, "Correct the field").seen(Evidence::sent(*field))
            }
            Self::NameTaken => Row::new("DW1251", InvalidRequest, "Choose another user name, or sign in"),
            Self::PasswordTooWeak { .. } => {
                Row::new("DW1252", InvalidRequest, "Choose a longer password; a few words make a good one")
            }
            Self::ServerBusy => Row::new("DW1258", TemporarilyUnavailable, "Try again in a moment"),
            Self::SignUpNotAllowed => {
                Row::new("DW1256", AccessDenied, "Use an existing account, or ask your administrator for one")
            }
            Self::Throttled => Row::new("DW1208", TemporarilyUnavailable, "Wait a minute and try again"),
            Self::WrongCredentials => {
                Row::new("DW1250", AccessDenied, "Check the spelling of both and try again")
            }
        }
    }
}

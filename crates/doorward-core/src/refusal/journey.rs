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
    /// The code or link is wrong, too old, used before, or belongs to another browser or purpose: one reason.
    #[error("this code or link is wrong, too old, or was used before")]
    AnswerWrong,
    /// All guesses at this code are used up.
    #[error("too many wrong codes were entered")]
    AnswersSpent {
        /// How long no code of this transaction counts, rounded up.
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
    /// Too many mails went to this address.
    #[error("too many mails were sent to this address; try again in {minutes} minutes")]
    MailsSpent {
        /// How long, rounded up.
        minutes: u32,
    },
    /// This installation sends no mail, and the step needs one.
    #[error("this server sends no mail")]
    MailNotConfigured,
    /// The user name is in use.
    #[error("this user name is taken")]
    NameTaken,
    /// The password is too weak.
    #[error("the password {fault}")]
    PasswordTooWeak {
        /// In words for the person.
        fault: String,
    },
    /// A mail is on its way already.
    #[error("a mail was sent a moment ago; the next one can be sent in {seconds} seconds")]
    ResendTooSoon {
        /// How long.
        seconds: u32,
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
            Self::AnswerWrong => {
                Row::new("DW5450", AccessDenied, "Use the code of the newest mail, or have another one sent")
            }
            Self::AnswersSpent { .. } => {
                Row::new("DW5451", AccessDenied, "Go back to the app and start again for a new code")
            }
            Self::FlowExpired => Row::new("DW1253", InvalidRequest, "Go back to the app and start again"),
            Self::ForeignBrowser => Row::new(
                "DW1254",
                InvalidRequest,
                "Open the sign-in in this browser from the app, with cookies allowed",
            ),
            Self::Field { field, .. } => {
                Row::new("DW1061", InvalidRequest, "Correct the field").seen(Evidence::sent(*field))
            }
            Self::MailsSpent { .. } => Row::new(
                "DW5452",
                TemporarilyUnavailable,
                "Look into the mailbox and its spam folder, or wait and ask again",
            ),
            Self::MailNotConfigured => {
                Row::new("DW5454", AccessDenied, "Set [mail] server in the configuration file")
            }
            Self::NameTaken => Row::new("DW1251", InvalidRequest, "Choose another user name, or sign in"),
            Self::PasswordTooWeak { .. } => {
                Row::new("DW1252", InvalidRequest, "Choose a longer password; a few words make a good one")
            }
            Self::ResendTooSoon { seconds } => Row::new(
                "DW5453",
                TemporarilyUnavailable,
                format!("Wait {seconds} seconds, and look into the spam folder meanwhile"),
            ),
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

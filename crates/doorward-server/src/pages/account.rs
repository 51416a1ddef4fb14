//! The pages on which people look after their own account.

use serde::Serialize;

use super::{AccountCard, Form, Frame, Href, Problem, UtcTime, Way};

/// Everything about one account. Forms: `profile` (inputs `display_name`, `given_name`, `family_name`), one form with a
/// button per factor, session and application, all with hidden `flow` and `account`.
#[derive(Clone, Debug, Serialize)]
pub struct AccountPage {
    /// The surroundings.
    pub frame: Frame,
    /// Whose.
    pub account: AccountCard,
    /// Id of the account, repeated by every form.
    pub reference: String,
    /// The forms' addresses, and the mark that they come from this browser.
    pub profile: Form,
    /// Given name as it is.
    pub given_name: String,
    /// Family name as it is.
    pub family_name: String,
    /// What was done just now; chooses the words.
    pub done: Option<AccountDone>,
    /// What to mend.
    pub problems: Vec<Problem>,
    /// Names to sign in with.
    pub names: Vec<NameRow>,
    /// Whether it has a password.
    pub has_password: bool,
    /// The page on which it is changed.
    pub password: Href,
    /// Second factors.
    pub factors: Vec<FactorRow>,
    /// Whether an authenticator app can be set up.
    pub offers_totp: bool,
    /// The page on which it is set up.
    pub totp: Href,
    /// Browsers in which the account is signed in; this one first.
    pub sessions: Vec<SessionRow>,
    /// Applications that hold something for the person.
    pub apps: Vec<AppRow>,
    /// What happened, latest first.
    pub history: Vec<HistoryRow>,
    /// Other accounts that are signed in here.
    pub others: Vec<OtherAccount>,
    /// Ends this browser's sessions.
    pub sign_out: Href,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountDone {
    /// An application holds nothing any more.
    AppRevoked,
    /// A second factor is gone.
    FactorRemoved,
    /// The password is another.
    PasswordChanged,
    /// The names are others.
    ProfileChanged,
    /// A session ended.
    SessionEnded,
    /// All other sessions ended.
    SessionsEnded,
}

impl AccountDone {
    /// The word in the address.
    pub fn word(self) -> &'static str {
        match self {
            Self::AppRevoked => "app",
            Self::FactorRemoved => "factor",
            Self::PasswordChanged => "password",
            Self::ProfileChanged => "profile",
            Self::SessionEnded => "session",
            Self::SessionsEnded => "sessions",
        }
    }

    /// The one with that word.
    pub fn of(word: &str) -> Option<Self> {
        [
            Self::AppRevoked,
            Self::FactorRemoved,
            Self::PasswordChanged,
            Self::ProfileChanged,
            Self::SessionEnded,
            Self::SessionsEnded,
        ]
        .into_iter()
        .find(|done| done.word() == word)
    }
}

/// A name to sign in with.
#[derive(Clone, Debug, Serialize)]
pub struct NameRow {
    /// As the person wrote it.
    pub name: String,
    /// Whether its mailbox is proven; always for user names.
    pub proven: bool,
}

/// A second factor.
#[derive(Clone, Debug, Serialize)]
pub struct FactorRow {
    /// Its id.
    pub reference: String,
    /// Its kind.
    pub way: Way,
    /// What the person calls it.
    pub name: String,
    /// Recovery codes that are left.
    pub left: Option<usize>,
    /// When it was set up.
    pub since: UtcTime,
}

/// One browser.
#[derive(Clone, Debug, Serialize)]
pub struct SessionRow {
    /// Names it without being its cookie.
    pub reference: String,
    /// Browser and system in words; empty where it did not tell.
    pub agent: String,
    /// From which address it signed in; empty where it is not known.
    pub address: String,
    /// When the person last proved who they are there.
    pub since: UtcTime,
    /// The browser in which the page is shown.
    pub is_this: bool,
}

/// An application.
#[derive(Clone, Debug, Serialize)]
pub struct AppRow {
    /// Its id.
    pub reference: String,
    /// Display name.
    pub name: String,
    /// What it may, in its own words.
    pub permissions: Vec<String>,
    /// Since when.
    pub since: UtcTime,
    /// Whether the person can take it back; what an administrator allowed for everybody, they cannot.
    pub may_revoke: bool,
}

/// One line of the sign-in history.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryRow {
    /// When.
    pub at: UtcTime,
    /// What, in words of the log.
    pub what: String,
    /// At which application; may be empty.
    pub app: String,
    /// The code of the refusal; empty where it went well.
    pub code: String,
}

/// Another account of this browser.
#[derive(Clone, Debug, Serialize)]
pub struct OtherAccount {
    /// Who.
    pub account: AccountCard,
    /// Its page.
    pub href: Href,
}

/// Changing the password. Form id `password-form`; inputs `current`, `password`, hidden `flow`, `account`; button
/// `password-submit`.
#[derive(Clone, Debug, Serialize)]
pub struct AccountPasswordPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// Id of the account.
    pub reference: String,
    /// Whose.
    pub account: AccountCard,
    /// Fewest characters of a new one.
    pub min_length: u32,
    /// What to mend.
    pub problems: Vec<Problem>,
    /// Back to the account.
    pub back: Href,
}

/// Nobody is signed in here. Form id `account-sign-in`; input `tenant`.
#[derive(Clone, Debug, Serialize)]
pub struct AccountGatePage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it leads to, by GET.
    pub action: Href,
    /// What was typed.
    pub tenant: String,
    /// No tenant has that name.
    pub is_unknown: bool,
}

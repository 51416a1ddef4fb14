//! The pages on which a person types a secret: sign in, and sign up by user name.

use serde::Serialize;

use super::{AccountCard, AppCard, Form, Frame, Href, Problem};

/// User name and password on one page. Form id `signin`; inputs `username`, `password`, hidden `flow`; button
/// `signin-submit`.
#[derive(Clone, Debug, Serialize)]
pub struct SignInPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// For whom the person signs in; `None` for our own pages.
    pub app: Option<AppCard>,
    /// Why the person is asked.
    pub reason: SignInReason,
    /// Which names are accepted; chooses the label.
    pub identifier: Identifier,
    /// What was typed before, or a hint; never the password.
    pub username: String,
    /// The account is given (re-authentication, a hint that binds): its name is shown and not editable.
    pub fixed: Option<AccountCard>,
    /// What to mend; empty on the first showing.
    pub problems: Vec<Problem>,
    /// "Forgot your password?", where mail can be sent.
    pub forgot: Option<Href>,
    /// "Create account", when the flow allows it.
    pub create_account: Option<Href>,
    /// "Use another account", when one is fixed or others are signed in.
    pub other_account: Option<Href>,
    /// Gives up, and answers the application with `access_denied`.
    pub cancel: Option<Href>,
}

/// Why a person is asked to sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInReason {
    /// Nobody is signed in.
    #[default]
    First,
    /// The application wants to be sure (`prompt=login`, `max_age`).
    Again,
    /// A further account joins the ones that are signed in.
    Another,
}

/// Which names an account can be signed in with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Identifier {
    /// User names only.
    #[default]
    UserName,
    /// E-mail addresses only.
    Email,
    /// Both.
    Either,
}

/// A new account by user name. Form id `signup`; inputs `username`, `display_name`, `email` (optional),
/// `password`, hidden `flow`; button `signup-submit`.
#[derive(Clone, Debug, Serialize)]
pub struct SignUpPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// For whom.
    pub app: Option<AppCard>,
    /// Typed before.
    pub username: String,
    /// Typed before.
    pub display_name: String,
    /// Typed before.
    pub email: String,
    /// Characters; told to the person and to password managers.
    pub password_min: u32,
    /// What to mend; empty on the first showing.
    pub problems: Vec<Problem>,
    /// "I have an account".
    pub sign_in: Option<Href>,
    /// Gives up, and answers the application with `access_denied`.
    pub cancel: Option<Href>,
}

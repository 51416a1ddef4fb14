//! The pages around the end of a session.

use serde::Serialize;

use super::{AccountCard, AppCard, Form, Frame, Href};

/// "Sign out?", asked when the application did not prove who it is (DW4001) or a person comes by themselves.
/// Form id `signout`; button `signout-confirm`; hidden `flow`.
#[derive(Clone, Debug, Serialize)]
pub struct SignOutPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where it posts to.
    pub form: Form,
    /// The application that asked, when it is known.
    pub app: Option<AppCard>,
    /// Whose sessions end.
    pub accounts: Vec<AccountCard>,
    /// "Stay signed in".
    pub stay: Option<Href>,
}

/// The session is over.
#[derive(Clone, Debug, Serialize)]
pub struct SignedOutPage {
    /// The surroundings.
    pub frame: Frame,
    /// Where the person came from.
    pub app: Option<AppCard>,
    /// Whose sessions ended; empty when nobody was signed in.
    pub accounts: Vec<AccountCard>,
    /// Accounts that are still signed in here.
    pub remaining: Vec<AccountCard>,
    /// Display names of applications that may keep sessions of their own.
    pub open_apps: Vec<String>,
    /// "Sign in again".
    pub sign_in: Option<Href>,
}

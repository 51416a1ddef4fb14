//! The pages that people see, as values in and text out.
//!
//! Owns: one typed context per page, the templates and the words they are made of, style and script, and the
//! headers under which a page may be answered. Does not own: what a page means. The flow decides which page is
//! next and reads the posted form; the edge sets cookies and status. Nothing here reads a clock, a request or a
//! store.
//!
//! ```text
//!  flow, edge ──▶ Page::SignIn(SignInPage { .. }) ──▶ Pages::render ──▶ text      Page::kind ──▶ security_headers
//! ```
//!
//! A new page is a struct here, a template in `templates/`, a row in [`Page`], its words in `locales/`, and a
//! sample in `samples.rs`; the tests then render it in every language and look for stray words and weight.

mod account;
mod assets;
mod by_mail;
mod consent;
mod credentials;
mod differ;
mod factor;
mod failure;
mod frame;
mod hand_over;
mod headers;
mod href;
mod log;
mod picker;
mod problem;
mod reference;
mod render;
mod sign_out;
mod text;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use account::{
    AccountDone, AccountGatePage, AccountPage, AccountPasswordPage, AppRow, FactorRow, HistoryRow, NameRow,
    OtherAccount, SessionRow,
};
pub use assets::{Asset, asset};
pub use by_mail::{
    AskMailboxPage, ByMailPage, CodePage, DoneKind, DonePage, ElsewherePage, InvitationPage, MailRow,
    MailboxPage, MailboxPurpose, MessagePage,
};
pub use consent::{
    ApprovalPage, ConsentPage, OrganisationChoice, Permission, PermissionState, Publisher, ResourceGroup,
};
pub use credentials::{Identifier, SignInPage, SignInReason, SignUpPage};
pub use differ::{Comparison, DifferenceNote, Run};
pub use factor::{
    CodePurpose, EnrolFactorPage, EnrolTotpPage, FactorWaysPage, QrCode, RecoveryCodesPage, SecondFactorPage,
    Shown, Way, WayRow,
};
pub use failure::{DeveloperNote, ErrorKind, ErrorPage, UtcTime};
pub use frame::{AccountCard, AccountKind, AppCard, DevBar, FooterKind, FooterLink, Form, Frame, SealedFlow};
pub use hand_over::{ContinuePage, FormPostPage, Nonce, ResponseField};
pub use headers::{PageKind, csp, security_headers};
pub use href::{Href, HrefFault};
pub use log::{
    CheckRow, Chip, Fact, GatePage, GateReason, Guess, GuessCode, LogFilter, LogKind, LogPage, LogRow,
    TracePage,
};
pub use picker::{AccountRow, LastUsed, PickerPage, USE_ANOTHER};
pub use problem::Problem;
pub use reference::{
    Address, DetectedBy, Disclosure, ErrorDocPage, ErrorEntry, ErrorIndexPage, ErrorStage, LandingPage,
    Person, Place, Source,
};
pub(crate) use render::write_escaped;
pub use render::{PageFault, Pages};
pub use sign_out::{SignOutPage, SignedOutPage};
pub(crate) use text::{Catalogue, Piece, pieces};
pub use text::{Direction, Locale};

/// Every page there is, with its context.
#[derive(Clone, Debug)]
pub enum Page {
    /// Everything about one's own account.
    Account(Box<AccountPage>),
    /// Nobody is signed in who could look after an account.
    AccountGate(AccountGatePage),
    /// Another password.
    AccountPassword(AccountPasswordPage),
    /// An administrator is needed.
    Approval(ApprovalPage),
    /// What depends on a mailbox.
    ByMail(ByMailPage),
    /// Permissions are asked for.
    Consent(ConsentPage),
    /// On to the next address, from our origin.
    Continue(ContinuePage),
    /// Which second factor shall be set up?
    EnrolFactor(EnrolFactorPage),
    /// Setting up an authenticator app.
    EnrolTotp(Box<EnrolTotpPage>),
    /// The end of a request.
    Error(ErrorPage),
    /// One error code explained.
    ErrorDoc(ErrorDocPage),
    /// All error codes.
    ErrorIndex(ErrorIndexPage),
    /// Which way to prove a second factor?
    FactorWays(FactorWaysPage),
    /// The answer by form post.
    FormPost(FormPostPage),
    /// The request log may not be read with what this browser has.
    Gate(GatePage),
    /// What a demo runs.
    Landing(LandingPage),
    /// The request log.
    Log(LogPage),
    /// Which account?
    Picker(PickerPage),
    /// Codes to write down.
    RecoveryCodes(RecoveryCodesPage),
    /// A code to type.
    SecondFactor(SecondFactorPage),
    /// User name and password.
    SignIn(SignInPage),
    /// Sign out?
    SignOut(SignOutPage),
    /// The session is over.
    SignedOut(SignedOutPage),
    /// A new account.
    SignUp(SignUpPage),
    /// One request of the log.
    Trace(Box<TracePage>),
}

impl Page {
    /// The template; every name here is registered in `render.rs`.
    fn template(&self) -> &'static str {
        match self {
            Self::Account(_) => "account.html",
            Self::AccountGate(_) => "account_gate.html",
            Self::AccountPassword(_) => "account_password.html",
            Self::Approval(_) => "approval.html",
            Self::ByMail(page) => page.template(),
            Self::Consent(_) => "consent.html",
            Self::Continue(_) => "continue.html",
            Self::EnrolFactor(_) => "enrol_factor.html",
            Self::EnrolTotp(_) => "enrol_totp.html",
            Self::Error(_) => "error.html",
            Self::ErrorDoc(_) => "error_doc.html",
            Self::ErrorIndex(_) => "error_index.html",
            Self::FactorWays(_) => "factor_ways.html",
            Self::FormPost(_) => "form_post.html",
            Self::Gate(_) => "gate.html",
            Self::Landing(_) => "landing.html",
            Self::Log(_) => "log.html",
            Self::Picker(_) => "picker.html",
            Self::RecoveryCodes(_) => "recovery_codes.html",
            Self::SecondFactor(_) => "second_factor.html",
            Self::SignIn(_) => "sign_in.html",
            Self::SignOut(_) => "sign_out.html",
            Self::SignedOut(_) => "signed_out.html",
            Self::SignUp(_) => "sign_up.html",
            Self::Trace(_) => "trace.html",
        }
    }

    /// Under which headers the page is answered.
    pub fn kind(&self) -> PageKind {
        match self {
            Self::ByMail(ByMailPage::Message(_)) => PageKind::Framing,
            Self::Continue(page) => PageKind::Continue { nonce: page.nonce.clone() },
            Self::ErrorDoc(_) | Self::ErrorIndex(_) | Self::Landing(_) => PageKind::Document,
            Self::FormPost(page) => {
                PageKind::FormPost { nonce: page.nonce.clone(), target: page.target.clone() }
            }
            Self::Log(page) if page.kind == LogKind::Live => PageKind::Live,
            _ => PageKind::Interactive,
        }
    }

    /// The surroundings.
    pub fn frame(&self) -> &Frame {
        match self {
            Self::Account(page) => &page.frame,
            Self::AccountGate(page) => &page.frame,
            Self::AccountPassword(page) => &page.frame,
            Self::Approval(page) => &page.frame,
            Self::ByMail(page) => page.frame(),
            Self::Consent(page) => &page.frame,
            Self::Continue(page) => &page.frame,
            Self::EnrolFactor(page) => &page.frame,
            Self::EnrolTotp(page) => &page.frame,
            Self::Error(page) => &page.frame,
            Self::ErrorDoc(page) => &page.frame,
            Self::ErrorIndex(page) => &page.frame,
            Self::FactorWays(page) => &page.frame,
            Self::FormPost(page) => &page.frame,
            Self::Gate(page) => &page.frame,
            Self::Landing(page) => &page.frame,
            Self::Log(page) => &page.frame,
            Self::Picker(page) => &page.frame,
            Self::RecoveryCodes(page) => &page.frame,
            Self::SecondFactor(page) => &page.frame,
            Self::SignIn(page) => &page.frame,
            Self::SignOut(page) => &page.frame,
            Self::SignedOut(page) => &page.frame,
            Self::SignUp(page) => &page.frame,
            Self::Trace(page) => &page.frame,
        }
    }
}

//! A rule said no: which, about what, and how to mend it.
//!
//! Owns the reasons, one enum file per area, and the row that each reason must fill: stable code, OAuth error,
//! remedy, evidence, disclosure class. Does not own wire spellings: a dialect turns a [`Refusal`] into its own body.
//! A [`Refusal`] may carry changes (a replayed code revokes its grant); the shell commits them before it answers.

mod assertion;
mod authorize;
mod client_auth;
mod directory;
mod factor;
mod grant;
mod journey;
mod logout;
mod oauth;
mod request;

use std::fmt;

use doorward_token::{Code, Evidence, Explain, Trail};

pub use assertion::AssertionFault;
pub use authorize::AuthorizeRefusal;
pub use client_auth::ClientAuthRefusal;
pub use directory::DirectoryRefusal;
pub use factor::FactorRefusal;
pub use grant::GrantRefusal;
pub use journey::JourneyRefusal;
pub use logout::LogoutRefusal;
pub use oauth::OAuthError;
pub use request::RequestRefusal;

use crate::change::Change;

/// Who may read the evidence and the remedy (EXPERIENCE: disclosure classes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disclosure {
    /// Anyone: what the caller sent, published metadata, settings by name.
    Public,
    /// The application, once it has authenticated.
    Client,
    /// Signed-in developers and administrators only.
    Trace,
}

/// What every reason must be able to say.
#[derive(Clone, Debug)]
pub struct Row {
    /// Stable code.
    pub code: Code,
    /// The error of the OAuth family.
    pub error: OAuthError,
    /// Imperative and concrete.
    pub remedy: String,
    /// Sent and expected.
    pub evidence: Option<Evidence>,
    /// Who may read evidence and remedy.
    pub disclosure: Disclosure,
}

impl Row {
    pub(crate) fn new(code: &'static str, error: OAuthError, remedy: impl Into<String>) -> Self {
        Self {
            code: Code::new(code),
            error,
            remedy: remedy.into(),
            evidence: None,
            disclosure: Disclosure::Public,
        }
    }

    pub(crate) fn seen(mut self, evidence: Evidence) -> Self {
        self.evidence = Some(evidence);
        self
    }

    pub(crate) fn for_client(mut self) -> Self {
        self.disclosure = Disclosure::Client;
        self
    }

    pub(crate) fn for_trace(mut self) -> Self {
        self.disclosure = Disclosure::Trace;
        self
    }
}

/// Why not, by area.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The authorization endpoint.
    #[error(transparent)]
    Authorize(#[from] AuthorizeRefusal),
    /// Client authentication.
    #[error(transparent)]
    ClientAuth(#[from] ClientAuthRefusal),
    /// The directory.
    #[error(transparent)]
    Directory(#[from] DirectoryRefusal),
    /// Second factors.
    #[error(transparent)]
    Factor(#[from] FactorRefusal),
    /// The token endpoint.
    #[error(transparent)]
    Grant(#[from] GrantRefusal),
    /// Sign-in and sign-up pages.
    #[error(transparent)]
    Journey(#[from] JourneyRefusal),
    /// The end-session endpoint.
    #[error(transparent)]
    Logout(#[from] LogoutRefusal),
    /// The request itself, before any rule of an area.
    #[error(transparent)]
    Request(#[from] RequestRefusal),
}

impl Reason {
    /// The row of this reason.
    pub fn row(&self) -> Row {
        match self {
            Self::Authorize(reason) => reason.row(),
            Self::ClientAuth(reason) => reason.row(),
            Self::Directory(reason) => reason.row(),
            Self::Factor(reason) => reason.row(),
            Self::Grant(reason) => reason.row(),
            Self::Journey(reason) => reason.row(),
            Self::Logout(reason) => reason.row(),
            Self::Request(reason) => reason.row(),
        }
    }
}

impl Explain for Reason {
    fn code(&self) -> Code {
        self.row().code
    }

    fn diagnosis(&self) -> String {
        self.to_string()
    }

    fn evidence(&self) -> Option<Evidence> {
        self.row().evidence
    }

    fn remedy(&self) -> String {
        self.row().remedy
    }
}

/// A decision that ended in no.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// What becomes true all the same; committed before the answer.
    pub changes: Vec<Change>,
    /// The checks up to and including the one that failed.
    pub trail: Trail,
}

impl Refusal {
    /// A refusal without effects and with an empty trail.
    pub fn new(reason: impl Into<Reason>) -> Self {
        Self { reason: reason.into(), changes: Vec::new(), trail: Trail::new() }
    }

    /// A refusal at the end of a trail.
    pub fn at(reason: impl Into<Reason>, trail: Trail) -> Self {
        Self { reason: reason.into(), changes: Vec::new(), trail }
    }

    /// Adds an effect.
    pub fn with(mut self, change: impl Into<Change>) -> Self {
        self.changes.push(change.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl<R: Into<Reason>> From<R> for Refusal {
    fn from(reason: R) -> Self {
        Self::new(reason)
    }
}

/// At most `most` characters of `text`, ASCII only, without `"` and `\`: what an `error_description` may quote
/// (RFC 6749 §4.1.2.1).
pub fn quote(text: &str, most: usize) -> String {
    let mut short: String = text
        .chars()
        .take(most)
        .map(|c| if matches!(c, '\x20'..='\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e') { c } else { '?' })
        .collect();
    if text.chars().count() > most {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests;

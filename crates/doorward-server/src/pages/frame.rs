//! What the pages have in common: language, organisation, the application and the person they speak of, the
//! sealed flow they carry on, and the development bar.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Href, Locale};

/// The surroundings of a page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Frame {
    /// The language in which the page is written.
    pub locale: Locale,
    /// The tenant's display name, shown beside the mark.
    pub organisation: Option<String>,
    /// Links at the foot; empty means no such pages exist.
    pub footer: Vec<FooterLink>,
    /// The bar of the development profile; `None` in production, always.
    pub dev: Option<DevBar>,
}

/// A link at the foot of every page, in the same place everywhere (WCAG 2.2 §3.2.6).
#[derive(Clone, Debug, Serialize)]
pub struct FooterLink {
    /// What it leads to; chooses the words.
    pub kind: FooterKind,
    /// Where.
    pub href: Href,
}

/// The subjects of footer links.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FooterKind {
    /// The accessibility statement.
    Accessibility,
    /// Help with signing in.
    Help,
    /// The privacy notice.
    Privacy,
    /// The terms of use.
    Terms,
}

/// Facts for the developer at the bottom of a page, as text only.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DevBar {
    /// The trace id of this request.
    pub trace: String,
    /// Sign-in names of the seeded people.
    pub people: Vec<String>,
    /// One sentence on why this page is shown; empty for none.
    pub note: String,
}

/// The application on whose behalf a page is shown.
#[derive(Clone, Debug, Serialize)]
pub struct AppCard {
    /// Display name.
    pub name: String,
    /// Where "Back to …" leads, when the application has registered a home page or can be sent an answer.
    pub back: Option<Href>,
}

/// A person as the pages show one.
#[derive(Clone, Debug, Serialize)]
pub struct AccountCard {
    /// Display name; may equal `sign_in_name`.
    pub display_name: String,
    /// What the person types to sign in.
    pub sign_in_name: String,
    /// The e-mail address, when it is another than the sign-in name.
    pub email: Option<String>,
    /// Whose account it is.
    pub kind: AccountKind,
}

/// Whose account it is; the picker tells twins apart by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "organisation", rename_all = "snake_case")]
pub enum AccountKind {
    /// The person's own.
    Personal,
    /// An organisation's, by its display name.
    Work(String),
}

/// Where a form posts to, and the flow that it carries on.
#[derive(Clone, Debug, Serialize)]
pub struct Form {
    /// The `action` attribute.
    pub action: Href,
    /// The hidden field `flow`.
    pub flow: SealedFlow,
}

/// The sealed blob of a flow in progress; opaque here, and not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedFlow(String);

impl SealedFlow {
    /// Takes the text as it shall come back with the form.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for SealedFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedFlow(***)")
    }
}

impl Serialize for SealedFlow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

//! The pages that are read rather than filled in: the book of errors, and what a demo runs.

use serde::Serialize;

use super::{Frame, Href};

/// One code of the failure catalogue, at `/docs/errors/DWnnnn`.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorDocPage {
    /// The surroundings.
    pub frame: Frame,
    /// `DW` and four digits.
    pub code: String,
    /// The name for people: `redirect-uri-mismatch`.
    pub slug: String,
    /// Where in a sign-in it happens, in words.
    pub stage: String,
    /// One sentence; `{places}` stand for real values.
    pub diagnosis: String,
    /// What one sees; empty for none.
    pub symptom: String,
    /// What it is on the wire; empty for none.
    pub wire: String,
    /// Causes, the likeliest first.
    pub causes: Vec<String>,
    /// What to do; backquotes mark what is to be typed.
    pub remedy: String,
    /// What the server holds at that moment, and therefore puts into the trace.
    pub server_knows: Vec<String>,
    /// Who notices it.
    pub detected_by: Vec<DetectedBy>,
    /// Who is told.
    pub disclosure: Disclosure,
    /// Public threads in which people met it.
    pub sources: Vec<Source>,
    /// The trace that led here, from the address.
    pub trace: Option<String>,
}

/// Who notices a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectedBy {
    /// A static check, before any user.
    Doctor,
    /// This server, from the pattern of requests.
    Infer,
    /// This server, as it happens.
    Op,
    /// The API's guard.
    Rs,
}

/// Who may read the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disclosure {
    /// The application, once it has authenticated.
    Client,
    /// Anybody.
    Public,
    /// The application's developer or an administrator, signed in.
    Trace,
}

/// A place where a failure was discussed.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// Short text.
    pub label: String,
    /// The address, when it has one.
    pub href: Option<Href>,
}

/// Every code, by stage, at `/docs/errors`.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorIndexPage {
    /// The surroundings.
    pub frame: Frame,
    /// In the order of a sign-in.
    pub stages: Vec<ErrorStage>,
}

/// The codes of one stage.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorStage {
    /// In words.
    pub name: String,
    /// Ascending.
    pub codes: Vec<ErrorEntry>,
}

/// One line of the index.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorEntry {
    /// `DW` and four digits.
    pub code: String,
    /// The name for people.
    pub slug: String,
}

/// What runs here, at `/` of a demo.
#[derive(Clone, Debug, Serialize)]
pub struct LandingPage {
    /// The surroundings.
    pub frame: Frame,
    /// Things to open.
    pub places: Vec<Place>,
    /// Authorities and endpoints to copy.
    pub addresses: Vec<Address>,
    /// Who can sign in. Passwords are not on the page: other people of this machine can read it.
    pub people: Vec<Person>,
    /// Where the passwords are, in one sentence; backquotes mark commands and files.
    pub passwords: String,
}

/// Something to open in the browser.
#[derive(Clone, Debug, Serialize)]
pub struct Place {
    /// "Web app".
    pub title: String,
    /// One sentence.
    pub detail: String,
    /// Where.
    pub href: Href,
}

/// Something to copy.
#[derive(Clone, Debug, Serialize)]
pub struct Address {
    /// "Authority of tenant meadow".
    pub title: String,
    /// The value.
    pub value: String,
}

/// A seeded person.
#[derive(Clone, Debug, Serialize)]
pub struct Person {
    /// Display name.
    pub name: String,
    /// What to type.
    pub username: String,
    /// "administrator", "owns two notes"; empty for nothing to say.
    pub note: String,
}

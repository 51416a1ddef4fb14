//! The error page: plain words and a way on for the person, the comparison for the developer.

use serde::{Serialize, Serializer};

use super::differ::Comparison;
use super::{AppCard, Frame, Href};

/// A request that ends here. Title and sentence come from the catalogue by code, or by the code's stage.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage {
    /// The surroundings.
    pub frame: Frame,
    /// What kind of end this is.
    pub kind: ErrorKind,
    /// `DW` and four digits.
    pub code: String,
    /// The application, when it is proven; its `back` becomes "Back to …". Never an address that the request
    /// brought along and nobody has checked.
    pub app: Option<AppCard>,
    /// "Start again", which rebuilds the original request.
    pub restart: Option<Href>,
    /// "Use another account".
    pub other_account: Option<Href>,
    /// The fold.
    pub developer: DeveloperNote,
}

/// What kind of end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Our side failed (5xx).
    Fault,
    /// There is no such page (404).
    Missing,
    /// A rule said no (4xx).
    Refusal,
}

/// What the developer of the application needs. The caller has already left out what the disclosure class of
/// each part forbids.
#[derive(Clone, Debug, Serialize)]
pub struct DeveloperNote {
    /// One sentence with the evidence.
    pub diagnosis: String,
    /// What was sent, beside what was expected.
    pub comparison: Option<Comparison>,
    /// What to do now; backquotes mark what is to be typed.
    pub remedy: String,
    /// 128 random bits as text.
    pub trace: String,
    /// Where whoever is cleared reads the trace.
    pub log: Option<Href>,
    /// The application that asked, by its name, where one was found.
    pub asked_by: Option<String>,
    /// When.
    pub time: UtcTime,
    /// `/docs/errors/DWnnnn`, perhaps with the trace.
    pub docs: Href,
}

/// A moment in UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UtcTime(jiff::Timestamp);

impl UtcTime {
    /// Seconds since 1970-01-01T00:00Z; beyond the years that the calendar library knows, the nearest it does.
    pub fn from_unix_secs(secs: i64) -> Self {
        let nearest = if secs < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
        Self(jiff::Timestamp::from_second(secs).unwrap_or(nearest))
    }
}

impl Serialize for UtcTime {
    /// As `2026-11-22 10:41:07`; templates add the zone.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0.strftime("%Y-%m-%d %H:%M:%S"))
    }
}

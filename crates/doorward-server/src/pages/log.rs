//! The sign-in log and the decision trace of one request, as pages.

use serde::Serialize;

use super::{Comparison, Frame, Href};

/// The log: what was answered lately.
#[derive(Clone, Debug, Serialize)]
pub struct LogPage {
    /// The surroundings.
    pub frame: Frame,
    /// Which of the two logs.
    pub kind: LogKind,
    /// Latest first.
    pub rows: Vec<LogRow>,
    /// Filters by code that one click sets or takes away.
    pub codes: Vec<Chip>,
    /// Filters by application.
    pub apps: Vec<Chip>,
    /// The filter form as it was sent.
    pub filter: LogFilter,
    /// Where the form is sent.
    pub action: Href,
    /// Earlier requests.
    pub earlier: Option<Href>,
    /// The latest requests, where this page shows earlier ones.
    pub latest: Option<Href>,
    /// Whether a filter is set.
    pub is_filtered: bool,
}

/// Which log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LogKind {
    /// What this node answers right now; development only.
    Live,
    /// What the store kept.
    Kept,
}

/// One request.
#[derive(Clone, Debug, Serialize)]
pub struct LogRow {
    /// `2026-11-22`.
    pub day: String,
    /// `10:41:07`, UTC.
    pub time: String,
    /// `POST`.
    pub method: String,
    /// Endpoint or page.
    pub place: String,
    /// Name of the application; empty for none.
    pub app: String,
    /// Sign-in name; empty for nobody.
    pub user: String,
    /// HTTP status.
    pub status: u16,
    /// `DW` and four digits; empty where it was answered.
    pub code: String,
    /// What was done, or why not.
    pub did: String,
    /// A guess; empty for none.
    pub probable: String,
    /// So many more like it were only counted.
    pub similar: u64,
    /// Its trace page.
    pub href: Href,
    /// It is the request that the page is about.
    pub is_this: bool,
}

/// A filter that one click sets, or takes away where it is set.
#[derive(Clone, Debug, Serialize)]
pub struct Chip {
    /// The value.
    pub label: String,
    /// How many of the requests on this page.
    pub count: usize,
    /// Where the click leads.
    pub href: Href,
    /// Whether it is set.
    pub is_set: bool,
}

/// The filter as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogFilter {
    /// `DW` and four digits.
    pub code: String,
    /// Name or `client_id`.
    pub app: String,
    /// Sign-in name.
    pub user: String,
}

/// The decision trace of one request (EXPERIENCE, wireframe 7).
#[derive(Clone, Debug, Serialize)]
pub struct TracePage {
    /// The surroundings.
    pub frame: Frame,
    /// The request in one line.
    pub row: LogRow,
    /// The trace id.
    pub trace: String,
    /// Address without the query.
    pub path: String,
    /// Name of the code: `redirect-uri-mismatch`; empty for none.
    pub slug: String,
    /// What to do now; empty for nothing.
    pub remedy: String,
    /// What was sent, beside what was expected.
    pub comparison: Option<Comparison>,
    /// The page of the code.
    pub docs: Option<Href>,
    /// Facts about the request and its caller: key of the words, value.
    pub facts: Vec<Fact>,
    /// The checks in order.
    pub checks: Vec<CheckRow>,
    /// What the pattern says.
    pub probable: Vec<Guess>,
    /// Requests of the same browser or flow.
    pub related: Vec<LogRow>,
    /// For an issue: no person, no registration.
    pub public_text: String,
    /// For the developer of the application: facts about its own registration as well; empty where there is none.
    pub client_text: String,
    /// Back to the log.
    pub log: Href,
    /// How long it took, in milliseconds.
    pub elapsed: String,
}

/// A fact.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    /// `trace.fact.…` of the words.
    pub key: &'static str,
    /// The value.
    pub value: String,
}

/// A check.
#[derive(Clone, Debug, Serialize)]
pub struct CheckRow {
    /// Stable dotted name.
    pub name: String,
    /// `passed`, `failed` or `skipped`.
    pub verdict: &'static str,
    /// Section of a specification; empty where the rule is ours.
    pub spec: String,
    /// What was sent; empty for nothing.
    pub sent: String,
    /// What would have passed; empty for nothing.
    pub expected: String,
    /// It is the first that failed.
    pub is_cause: bool,
}

/// A guess.
#[derive(Clone, Debug, Serialize)]
pub struct Guess {
    /// One sentence.
    pub cause: String,
    /// Pages that explain it.
    pub codes: Vec<GuessCode>,
}

/// A code of a guess.
#[derive(Clone, Debug, Serialize)]
pub struct GuessCode {
    /// `DW` and four digits.
    pub code: String,
    /// Its name.
    pub slug: String,
    /// Its page.
    pub href: Href,
}

/// Nobody may read the log with what this browser has.
#[derive(Clone, Debug, Serialize)]
pub struct GatePage {
    /// The surroundings.
    pub frame: Frame,
    /// Why.
    pub why: GateReason,
    /// The trace that was asked for; empty for none.
    pub trace: String,
    /// Back to the log, where the log may be read.
    pub log: Option<Href>,
}

/// Why a page of the log is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateReason {
    /// Nobody is signed in here.
    NotSignedIn,
    /// The account has no role that reads the log.
    NotAllowed,
    /// There is no such request, or it is another tenant's.
    NoSuchTrace,
}

//! The told part of a record: what happened, in words and checks. Stored as the `detail` of an event.

use doorward_core::refusal::Disclosure;
use doorward_token::Trail;
use serde::{Deserialize, Serialize};

use super::arrival::Caller;

/// The story of one request. Its fields are for this room; readers get a view.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Story {
    /// Of this very shape; 1.
    pub(super) version: u8,
    /// Milliseconds since 1970-01-01 UTC.
    pub(super) at_ms: i64,
    pub(super) method: String,
    /// Without the query.
    pub(super) path: String,
    pub(super) status: u16,
    /// From the head of the request to the head of the answer, in microseconds.
    pub(super) micros: u64,
    pub(super) tenant: Option<String>,
    pub(super) app: Option<String>,
    pub(super) client_id: Option<String>,
    /// Sign-in name.
    pub(super) user: Option<String>,
    /// What was done, in words.
    pub(super) did: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) grant_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refusal: Option<Refused>,
    pub(super) checks: Trail,
    pub(super) caller: Caller,
    /// `kind:prefix`: requests that share one belong together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) links: Vec<String>,
    /// Requests like this one that were only counted since the last one that was kept.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) similar: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Why it was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(super) code: String,
    pub(super) diagnosis: String,
    pub(super) remedy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expected: Option<String>,
    pub(super) class: Class,
}

/// Who may read evidence and remedy, as it is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Class {
    /// Anybody.
    Public,
    /// The application, once it has authenticated.
    Client,
    /// Developers and administrators who are signed in.
    #[default]
    Trace,
}

impl From<Disclosure> for Class {
    fn from(disclosure: Disclosure) -> Self {
        match disclosure {
            Disclosure::Public => Self::Public,
            Disclosure::Client => Self::Client,
            Disclosure::Trace => Self::Trace,
        }
    }
}

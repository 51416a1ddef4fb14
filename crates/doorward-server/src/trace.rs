//! The trace id of a request, and what a decision tells of itself: its trail, and its refusal where it ended in one.
//!
//! A trace holds no secret, no code and no token; a trace id is no capability, looking one up needs the operator's
//! socket or an administrator's session. The room `events` keeps what is noted here.

use std::fmt;

use doorward_core::model::Instant;
use doorward_core::refusal::{Disclosure, Refusal};
use doorward_token::{Evidence, Explain, Trail};
use serde::Serialize;

use crate::app::App;
use crate::events::scribe;

/// 128 random bits as 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct TraceId(String);

impl TraceId {
    /// From fresh random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = String::with_capacity(32);
        for byte in bytes {
            text.push(char::from(DIGITS[usize::from(byte >> 4)]));
            text.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        Self(text)
    }

    /// One that was made before, here or by a guard.
    pub(crate) fn known(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one decision tells, or one request as a whole.
#[derive(Clone, Debug, Serialize)]
pub struct Trace {
    /// Its id.
    pub id: TraceId,
    /// When.
    pub at: Instant,
    /// Endpoint or page.
    pub place: String,
    /// Name of the tenant, where one was found.
    pub tenant: Option<String>,
    /// The code of the refusal, where there was one.
    pub code: Option<String>,
    /// One sentence.
    pub diagnosis: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
    /// The checks, in order.
    pub checks: Trail,
    /// What the reason compared.
    #[serde(skip)]
    pub(crate) evidence: Option<Evidence>,
    /// Who may read the evidence and the remedy.
    #[serde(skip)]
    pub(crate) class: Disclosure,
}

impl Trace {
    /// The story of a refusal.
    pub(crate) fn of_refusal(id: &TraceId, at: Instant, place: &'static str, refusal: &Refusal) -> Self {
        let class = refusal.reason.row().disclosure;
        Self { class, ..Self::of_reason((id, at, place), &refusal.reason, refusal.trail.clone()) }
    }

    /// The story of something that explains itself and that anybody may read.
    pub(crate) fn of_reason(
        (id, at, place): (&TraceId, Instant, &'static str),
        why: &dyn Explain,
        checks: Trail,
    ) -> Self {
        Self {
            code: Some(why.code().to_string()),
            diagnosis: Some(why.diagnosis()),
            remedy: Some(why.remedy()),
            evidence: why.evidence(),
            ..Self::of_success(id, at, place, checks)
        }
    }

    /// The story of a success.
    pub(crate) fn of_success(id: &TraceId, at: Instant, place: &'static str, trail: Trail) -> Self {
        Self {
            id: id.clone(),
            at,
            place: place.to_owned(),
            tenant: None,
            code: None,
            diagnosis: None,
            remedy: None,
            checks: trail,
            evidence: None,
            class: Disclosure::Public,
        }
    }
}

/// Where decisions leave their traces: in the draft of the request that is being answered.
#[derive(Default)]
pub(crate) struct Traces;

impl Traces {
    #[expect(clippy::unused_self, reason = "callers name the port; where it leads is this room's business")]
    pub(crate) fn keep(&self, trace: Trace) {
        scribe::note(trace);
    }
}

impl App {
    /// The story of a request that this node remembers, by trace id.
    pub fn trace(&self, id: &str) -> Option<Trace> {
        self.remembered(&id.to_ascii_lowercase()).map(|record| record.retold())
    }
}

//! What happened to a request, kept for a while: the trail of checks by trace id.
//!
//! A ring in this node's memory. A trace holds no secret, no code and no token; a trace id is no capability, looking
//! one up needs the operator's socket.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use doorward_core::model::Instant;
use doorward_core::refusal::Refusal;
use doorward_token::{Explain as _, Trail};
use serde::Serialize;

const MOST_TRACES: usize = 4096;

/// 128 random bits as 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct TraceId(String);

impl TraceId {
    /// From fresh random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        use std::fmt::Write as _;
        Self(bytes.iter().fold(String::with_capacity(32), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
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

/// One request's story.
#[derive(Clone, Debug, Serialize)]
pub struct Trace {
    /// Its id.
    pub id: TraceId,
    /// When.
    pub at: Instant,
    /// Endpoint or page.
    pub place: &'static str,
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
}

impl Trace {
    /// The story of a refusal.
    pub(crate) fn of_refusal(id: &TraceId, at: Instant, place: &'static str, refusal: &Refusal) -> Self {
        Self {
            id: id.clone(),
            at,
            place,
            tenant: None,
            code: Some(refusal.reason.code().to_string()),
            diagnosis: Some(refusal.reason.diagnosis()),
            remedy: Some(refusal.reason.remedy()),
            checks: refusal.trail.clone(),
        }
    }

    /// The story of a success.
    pub(crate) fn of_success(id: &TraceId, at: Instant, place: &'static str, trail: Trail) -> Self {
        Self {
            id: id.clone(),
            at,
            place,
            tenant: None,
            code: None,
            diagnosis: None,
            remedy: None,
            checks: trail,
        }
    }
}

/// The most recent traces of this node.
#[derive(Default)]
pub(crate) struct Traces(Mutex<Ring>);

#[derive(Default)]
struct Ring {
    order: VecDeque<TraceId>,
    by_id: HashMap<TraceId, Trace>,
}

impl Traces {
    pub(crate) fn keep(&self, trace: Trace) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.order.len() >= MOST_TRACES
            && let Some(oldest) = ring.order.pop_front()
        {
            ring.by_id.remove(&oldest);
        }
        ring.order.push_back(trace.id.clone());
        ring.by_id.insert(trace.id.clone(), trace);
    }

    pub(crate) fn find(&self, id: &str) -> Option<Trace> {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ring.by_id.get(&TraceId(id.to_ascii_lowercase())).cloned()
    }
}

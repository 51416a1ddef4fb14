//! Verdicts about tokens that were believed, by the digest of the whole token.

use std::sync::{Arc, Mutex, PoisonError};

use doorward_policy::Principal;
use doorward_token::{ClaimSet, Trail};
use moka::sync::Cache;

use crate::revocations::{Judged, Known, judge};

/// A token that passed every check, under the keys and the trust of that moment.
#[derive(Debug)]
pub(crate) struct Verified {
    pub(crate) claims: Arc<ClaimSet>,
    pub(crate) exp: i64,
    pub(crate) issuer: String,
    pub(crate) key_version: u64,
    pub(crate) kid: Option<String>,
    pub(crate) principal: Principal,
    pub(crate) trail: Arc<Trail>,
    pub(crate) trust_version: u64,
    pub(crate) standing: Mutex<Option<(u64, Arc<Judged>)>>,
}

impl Verified {
    /// What the known revocations mean for it: worked out once for every version of the lines.
    pub(crate) fn standing(&self, known: &Known, audiences: &[String]) -> Arc<Judged> {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, judged)) = standing.as_ref().filter(|(version, _)| *version == known.version) {
            return Arc::clone(judged);
        }
        let judged = Arc::new(judge(known, &self.claims, self.kid.as_deref(), audiences));
        *standing = Some((known.version, Arc::clone(&judged)));
        judged
    }
}

/// Bounded by the number of bytes that the claims take.
pub(crate) struct TokenCache {
    verified: Cache<[u8; 32], Arc<Verified>>,
}

impl TokenCache {
    pub(crate) fn new() -> Self {
        let weigh = |_: &[u8; 32], verified: &Arc<Verified>| {
            // Claims in memory take about three times their text, which is at most 16 KiB.
            let text = verified.claims.as_map().iter().map(|(name, value)| name.len() + weight(value));
            u32::try_from(text.sum::<usize>() * 3 + 600).unwrap_or(u32::MAX)
        };
        Self { verified: Cache::builder().max_capacity(MOST_BYTES).weigher(weigh).build() }
    }

    pub(crate) fn find(&self, digest: &[u8; 32]) -> Option<Arc<Verified>> {
        self.verified.get(digest)
    }

    pub(crate) fn keep(&self, digest: [u8; 32], verified: Arc<Verified>) {
        self.verified.insert(digest, verified);
    }

    pub(crate) fn drop_one(&self, digest: &[u8; 32]) {
        self.verified.invalidate(digest);
    }
}

fn weight(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    match value {
        Value::String(text) => text.len() + 8,
        Value::Array(items) => items.iter().map(weight).sum::<usize>() + 16,
        Value::Object(members) => members.iter().map(|(name, member)| name.len() + weight(member) + 16).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 16,
    }
}

const MOST_BYTES: u64 = 32 * 1024 * 1024;

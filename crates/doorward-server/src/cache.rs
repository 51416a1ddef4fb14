//! The node's cache of hot configuration (Settled 14): filled by key on first use, emptied by key from the change log.
//!
//! An answer is kept only if no later version was applied between asking and answering; a node whose log is older than
//! [`STALE_SECS`] stops answering from the cache.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use doorward_core::change::Change;
use doorward_core::facts::{Answer, Facts};
use doorward_core::model::Instant;
use doorward_core::needs::Need;
use doorward_store::{ConfigKey, ConfigLog, Store, StoreFault, config_keys};
use moka::sync::Cache;

/// A cache whose log is older than this is not asked: issuing goes to the store itself.
const STALE_SECS: i64 = 30;
const MOST_ANSWERS: u64 = 100_000;
/// An answer that nobody asks for is forgotten.
const LONGEST_IDLE: Duration = Duration::from_hours(1);

/// Answers to configuration needs.
pub(crate) struct ConfigCache {
    answers: Cache<Need, Answer>,
    applied: AtomicU64,
    checked_at: AtomicI64,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl ConfigCache {
    pub(crate) fn new() -> Self {
        Self {
            answers: Cache::builder().max_capacity(MOST_ANSWERS).time_to_idle(LONGEST_IDLE).build(),
            applied: AtomicU64::new(0),
            checked_at: AtomicI64::new(i64::MIN / 2),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// The facts that answer `needs`: configuration from the cache where it is fresh, everything else in one snapshot.
    pub(crate) async fn facts(
        &self,
        store: &dyn Store,
        needs: &[Need],
        now: Instant,
    ) -> Result<Facts, StoreFault> {
        let mut facts = Facts::new();
        let mut missing = Vec::new();
        let fresh = self.age(now).is_some();
        for need in needs {
            match fresh.then(|| self.answers.get(need)).flatten().filter(|_| need.is_configuration()) {
                Some(answer) => facts.insert(need.clone(), answer),
                None => missing.push(need.clone()),
            }
        }
        self.hits.fetch_add((needs.len() - missing.len()) as u64, Ordering::Relaxed);
        self.misses.fetch_add(missing.len() as u64, Ordering::Relaxed);
        if missing.is_empty() {
            return Ok(facts);
        }
        let version = self.applied.load(Ordering::Acquire);
        let loaded = store.facts(&missing).await?;
        for need in missing.iter().filter(|need| need.is_configuration()) {
            if let Some(answer) = loaded.get(need).filter(|answer| !found_nothing(answer)) {
                self.answers.insert(need.clone(), answer.clone());
            }
        }
        if self.applied.load(Ordering::Acquire) != version {
            // A change was applied while the answers were on their way: they may predate it.
            for need in missing.iter().filter(|need| need.is_configuration()) {
                self.answers.invalidate(need);
            }
        }
        facts.extend(loaded);
        Ok(facts)
    }

    /// For the metrics: needs answered from memory, needs that were not, and the age of the log in seconds.
    pub(crate) fn numbers(&self, now: Instant) -> (u64, u64, i64) {
        let age = now.seconds().saturating_sub(self.checked_at.load(Ordering::Acquire));
        (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed), age.max(0))
    }

    /// How many changes were applied so far, while the cache is fresh: what was made of cached answers at this age is
    /// still good.
    pub(crate) fn age(&self, now: Instant) -> Option<u64> {
        let fresh = now.seconds() - self.checked_at.load(Ordering::Acquire) < STALE_SECS;
        fresh.then(|| self.applied.load(Ordering::Acquire))
    }

    /// Drops what these changes concern, right after their commit on this node.
    pub(crate) fn committed(&self, changes: &[Change]) {
        let keys: Vec<ConfigKey> = changes.iter().flat_map(config_keys).collect();
        if !keys.is_empty() {
            self.applied.fetch_add(1, Ordering::AcqRel);
            self.drop_concerned(&keys);
        }
    }

    /// Applies the change log from `since`; returns the version reached.
    pub(crate) fn apply(&self, log: &ConfigLog, now: Instant) -> u64 {
        if log.reset {
            self.applied.fetch_add(1, Ordering::AcqRel);
            self.answers.invalidate_all();
        } else if !log.keys.is_empty() {
            self.applied.fetch_add(1, Ordering::AcqRel);
            self.drop_concerned(&log.keys);
        }
        self.checked_at.store(now.seconds(), Ordering::Release);
        log.version
    }

    fn drop_concerned(&self, keys: &[ConfigKey]) {
        for (need, answer) in &self.answers {
            if keys.iter().any(|key| key.concerns(&need, &answer)) {
                self.answers.invalidate(need.as_ref());
            }
        }
    }
}

/// Whether the answer is that there is no such thing. Such an answer is never kept: strangers would choose what fills
/// the cache.
fn found_nothing(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Client(None) | Answer::Flow(None) | Answer::Resource(None) | Answer::Tenant(None)
    )
}

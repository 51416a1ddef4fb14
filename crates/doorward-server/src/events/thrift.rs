//! Keep, or only count: requests that come by the thousand and say the same are kept so often a minute, and counted
//! from there on. The next one that is kept says how many were like it.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use doorward_core::model::Instant;

/// Kinds of requests that are told apart at a time; those beyond share one budget, for strangers choose what a kind is.
const MOST_KINDS: usize = 4096;
const SHARDS: usize = 8;
const MINUTE: i64 = 60;
/// The key of all kinds beyond.
const OTHERS: u64 = u64::MAX;

/// The verdict on one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is written down, together with the number of those that were only counted before it.
    Keep { similar: u64 },
    /// It is counted.
    Count,
}

/// Counts per kind and minute.
pub(crate) struct Thrift {
    shards: [Mutex<HashMap<u64, Seen>>; SHARDS],
    all: Mutex<Seen>,
    hasher: RandomState,
}

/// So many a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Budget {
    /// Of one kind.
    pub(crate) same: u32,
    /// Of all kinds together.
    pub(crate) all: u32,
}

struct Seen {
    since: i64,
    kept: u32,
    counted: u64,
}

impl Seen {
    fn new(now: Instant) -> Self {
        Self { since: now.seconds(), kept: 0, counted: 0 }
    }

    /// Another minute, another budget; so does a clock that was set back.
    fn turn(&mut self, now: Instant) {
        if now.seconds().saturating_sub(self.since) >= MINUTE || now.seconds() < self.since {
            self.since = now.seconds();
            self.kept = 0;
        }
    }
}

impl Thrift {
    pub(crate) fn new() -> Self {
        let all = Mutex::new(Seen::new(Instant::default()));
        Self { shards: std::array::from_fn(|_| Mutex::default()), all, hasher: RandomState::new() }
    }

    /// Judges a request of that kind: `place`, who, and what came of it.
    pub(crate) fn judge(&self, kind: (&str, &str, &str), budget: Budget, now: Instant) -> Verdict {
        let key = self.hasher.hash_one(kind);
        let shard = usize::try_from(key % SHARDS as u64).unwrap_or_default();
        let mut seen = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        let full = |seen: &HashMap<u64, Seen>| seen.len() >= MOST_KINDS / SHARDS;
        if full(&seen) && !seen.contains_key(&key) {
            seen.retain(|key, entry| *key == OTHERS || now.seconds() - entry.since < MINUTE);
        }
        let key = if full(&seen) && !seen.contains_key(&key) { OTHERS } else { key };
        let entry = seen.entry(key).or_insert_with(|| Seen::new(now));
        entry.turn(now);
        if entry.kept >= budget.same || !self.has_room(budget.all, now) {
            entry.counted += 1;
            return Verdict::Count;
        }
        entry.kept += 1;
        Verdict::Keep { similar: std::mem::take(&mut entry.counted) }
    }

    fn has_room(&self, most: u32, now: Instant) -> bool {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.turn(now);
        let room = all.kept < most;
        all.kept += u32::from(room);
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Budget = Budget { same: 2, all: 1000 };

    #[test]
    fn the_next_one_that_is_kept_tells_of_those_that_were_counted() {
        let thrift = Thrift::new();
        let kind = ("token", "indexer", "");
        let at = Instant::from_seconds;
        let verdicts: Vec<_> = (0..5).map(|_| thrift.judge(kind, TWO, at(100))).collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Count).count(), 3);
        assert_eq!(thrift.judge(("token", "indexer", "DW2001"), TWO, at(100)), Verdict::Keep { similar: 0 });
        assert_eq!(thrift.judge(kind, TWO, at(160)), Verdict::Keep { similar: 3 });
        assert_eq!(thrift.judge(kind, TWO, at(161)), Verdict::Keep { similar: 0 });
    }

    #[test]
    fn strangers_fill_neither_the_memory_nor_the_disk() {
        let thrift = Thrift::new();
        let mut kept = 0;
        for n in 0..60_000 {
            let budget = Budget { same: 10, all: 5000 };
            let verdict =
                thrift.judge(("token", &n.to_string(), ""), budget, Instant::from_seconds(n / 20_000));
            kept += u32::from(verdict != Verdict::Count);
        }
        assert!(kept <= 5000, "{kept} within a minute");
        let kinds: usize = thrift.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kinds <= MOST_KINDS + SHARDS, "{kinds}");
    }

    #[test]
    fn a_clock_that_is_set_back_begins_a_new_minute() {
        let thrift = Thrift::new();
        let kind = ("token", "indexer", "");
        for _ in 0..3 {
            let _ = thrift.judge(kind, TWO, Instant::from_seconds(1000));
        }
        assert_eq!(thrift.judge(kind, TWO, Instant::from_seconds(10)), Verdict::Keep { similar: 1 });
    }
}

//! Keep, or only count: requests that come by the thousand and say the same are kept so often a minute, and counted
//! from there on. The next one that is kept says how many were like it.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};

use doorward_core::model::Instant;

/// Kinds of requests that are told apart at a time; beyond them everything is kept, and the ring bounds it.
const MOST_KINDS: usize = 4096;
const SHARDS: usize = 8;
const MINUTE: i64 = 60;

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
    hasher: RandomState,
}

struct Seen {
    since: i64,
    kept: u32,
    counted: u64,
}

impl Thrift {
    pub(crate) fn new() -> Self {
        Self { shards: std::array::from_fn(|_| Mutex::default()), hasher: RandomState::new() }
    }

    /// Judges a request of that kind: `place`, who, and what came of it.
    pub(crate) fn judge(&self, kind: (&str, &str, &str), per_minute: u32, now: Instant) -> Verdict {
        let key = self.hasher.hash_one(kind);
        let shard = usize::try_from(key % SHARDS as u64).unwrap_or_default();
        let mut seen = self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST_KINDS / SHARDS && !seen.contains_key(&key) {
            seen.retain(|_, entry| now.seconds() - entry.since < MINUTE);
            if seen.len() >= MOST_KINDS / SHARDS {
                return Verdict::Keep { similar: 0 };
            }
        }
        let entry = seen.entry(key).or_insert(Seen { since: now.seconds(), kept: 0, counted: 0 });
        if now.seconds().saturating_sub(entry.since) >= MINUTE || now.seconds() < entry.since {
            entry.since = now.seconds();
            entry.kept = 0;
        }
        if entry.kept >= per_minute {
            entry.counted += 1;
            return Verdict::Count;
        }
        entry.kept += 1;
        Verdict::Keep { similar: std::mem::take(&mut entry.counted) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_one_that_is_kept_tells_of_those_that_were_counted() {
        let thrift = Thrift::new();
        let kind = ("token", "indexer", "");
        let at = Instant::from_seconds;
        let verdicts: Vec<_> = (0..5).map(|_| thrift.judge(kind, 2, at(100))).collect();
        assert_eq!(verdicts.iter().filter(|verdict| **verdict == Verdict::Count).count(), 3);
        assert_eq!(thrift.judge(("token", "indexer", "DW2001"), 2, at(100)), Verdict::Keep { similar: 0 });
        assert_eq!(thrift.judge(kind, 2, at(160)), Verdict::Keep { similar: 3 });
        assert_eq!(thrift.judge(kind, 2, at(161)), Verdict::Keep { similar: 0 });
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let thrift = Thrift::new();
        for n in 0..20_000 {
            let _ = thrift.judge(("token", &n.to_string(), ""), 1, Instant::from_seconds(n / 1000));
        }
        let kept: usize = thrift.shards.iter().map(|shard| shard.lock().unwrap().len()).sum();
        assert!(kept <= MOST_KINDS);
    }
}

//! A value that is fetched: kept, renewed in the background, refetched on demand, and never in a storm.
//!
//! One fetch at a time. A demand (an unknown key, an unknown issuer) leads to at most one fetch per [`COOL_DOWN_SECS`],
//! however many callers demand. What is held goes on being used while its source fails, up to [`MOST_STALE_SECS`].

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::clock::Clock;
use crate::registration::SourceFault;

/// The cell.
pub(crate) struct Fresh<T> {
    held: RwLock<Option<Arc<Held<T>>>>,
    last_demand: Mutex<Option<Attempt>>,
    last_renewal: AtomicI64,
    renewing: AtomicBool,
    turn: tokio::sync::Mutex<()>,
    versions: AtomicU64,
}

/// A fetched value. Equal values keep their version, so that "newer" means "different".
pub(crate) struct Held<T> {
    pub(crate) value: T,
    pub(crate) version: u64,
    fetched_at: i64,
}

/// How a demand ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Another value than the one seen is held now.
    Newer,
    /// The source says the same, or has said so a moment ago.
    Same,
    /// The source fails.
    Unreachable(Outage),
}

/// A source that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) fault: SourceFault,
    pub(crate) retry_after_secs: i64,
}

struct Attempt {
    at: i64,
    fault: Option<SourceFault>,
}

/// The way to fetch, called inside the turn.
pub(crate) type Fetch<T> =
    std::pin::Pin<Box<dyn std::future::Future<Output = Result<T, SourceFault>> + Send + 'static>>;

impl<T: PartialEq + Send + Sync + 'static> Fresh<T> {
    pub(crate) fn new() -> Self {
        Self {
            held: RwLock::new(None),
            last_demand: Mutex::new(None),
            last_renewal: AtomicI64::new(i64::MIN),
            renewing: AtomicBool::new(false),
            turn: tokio::sync::Mutex::new(()),
            versions: AtomicU64::new(0),
        }
    }

    /// What is held, unless it is too old to be believed.
    pub(crate) fn held(&self, now: i64) -> Option<Arc<Held<T>>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner).clone();
        held.filter(|held| now.saturating_sub(held.fetched_at) < MOST_STALE_SECS)
    }

    /// Asks for another value than the one of version `seen`. The fetch goes on where the caller goes away: otherwise
    /// whoever hangs up could use up the one fetch of the cool-down.
    pub(crate) async fn demand(
        self: &Arc<Self>,
        seen: Option<u64>,
        clock: Arc<dyn Clock>,
        fetch: Fetch<T>,
    ) -> Demand {
        let cell = Arc::clone(self);
        let task = tokio::spawn(async move { cell.demand_in_turn(seen, &*clock, fetch).await });
        task.await.unwrap_or_else(|error| {
            let fault = SourceFault::Unreachable { url: "the source".to_owned(), reason: error.to_string() };
            Demand::Unreachable(Outage { fault, retry_after_secs: FIRST_RETRY_SECS })
        })
    }

    /// Starts a fetch in the background where the value is older than [`MOST_FRESH_SECS`] and none runs.
    pub(crate) fn renew_if_due(self: &Arc<Self>, clock: &Arc<dyn Clock>, fetch: impl FnOnce() -> Fetch<T>) {
        let now = clock.now();
        let age = |at: i64| now.saturating_sub(at);
        let due = self.held(now).is_some_and(|held| age(held.fetched_at) >= MOST_FRESH_SECS);
        if !due || age(self.last_renewal.load(Ordering::Relaxed)) < COOL_DOWN_SECS {
            return;
        }
        if self.renewing.swap(true, Ordering::AcqRel) {
            return;
        }
        self.last_renewal.store(now, Ordering::Relaxed);
        let (cell, clock, fetch) = (Arc::clone(self), Arc::clone(clock), fetch());
        tokio::spawn(async move {
            let _turn = cell.turn.lock().await;
            match fetch.await {
                Ok(value) => drop(cell.store(value, clock.now())),
                Err(fault) => {
                    tracing::warn!(%fault, "what is held is used on, although it could not be renewed");
                }
            }
            cell.renewing.store(false, Ordering::Release);
        });
    }

    async fn demand_in_turn(&self, seen: Option<u64>, clock: &dyn Clock, fetch: Fetch<T>) -> Demand {
        let _turn = self.turn.lock().await;
        let now = clock.now();
        let held = self.held(now);
        let is_first = held.is_none();
        if held.is_some_and(|held| Some(held.version) != seen) {
            return Demand::Newer;
        }
        let pause = if is_first { FIRST_RETRY_SECS } else { COOL_DOWN_SECS };
        if let Some(known) = self.still_known(now, pause) {
            return known;
        }
        let fetched = fetch.await;
        let fault = fetched.as_ref().err().cloned();
        // The first fetch was no refetch: a key that appears right after it may still be looked for.
        let attempt =
            if is_first && fault.is_none() { None } else { Some(Attempt { at: now, fault: fault.clone() }) };
        *self.last_demand.lock().unwrap_or_else(PoisonError::into_inner) = attempt;
        match (fetched, fault) {
            (Ok(value), _) => self.store(value, clock.now()),
            (Err(fault), _) => {
                tracing::warn!(%fault, "fetching failed");
                Demand::Unreachable(Outage { fault, retry_after_secs: pause })
            }
        }
    }

    /// The outcome of the last demand, while it still counts. A clock that went backwards ends the pause.
    fn still_known(&self, now: i64, pause: i64) -> Option<Demand> {
        let last = self.last_demand.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last.as_ref().filter(|last| (0..pause).contains(&now.saturating_sub(last.at)))?;
        Some(match &last.fault {
            None => Demand::Same,
            Some(fault) => Demand::Unreachable(Outage {
                fault: fault.clone(),
                retry_after_secs: (pause - now.saturating_sub(last.at)).max(1),
            }),
        })
    }

    fn store(&self, value: T, now: i64) -> Demand {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        let same = held.as_ref().filter(|held| held.value == value).map(|held| held.version);
        let version = same.unwrap_or_else(|| self.versions.fetch_add(1, Ordering::Relaxed) + 1);
        *held = Some(Arc::new(Held { value, version, fetched_at: now }));
        if same.is_some() { Demand::Same } else { Demand::Newer }
    }
}

/// The shortest time between two fetches on demand.
const COOL_DOWN_SECS: i64 = 30;

/// The shortest time between two fetches while nothing is held.
const FIRST_RETRY_SECS: i64 = 5;

/// From this age on a value is renewed in the background.
const MOST_FRESH_SECS: i64 = 600;

/// From this age on a value is not used any more: a day without the source.
const MOST_STALE_SECS: i64 = 24 * 3600;

#[cfg(test)]
mod tests;

//! Which API fetched the keys and the revocation feed when, as far as this process has seen (the signal of DW5101).
//!
//! Owns a bounded note in memory. The name comes from the `User-Agent` of the guard and proves nothing: it is shown to
//! administrators beside the APIs of the tenant, and decides nothing. A process that has just started has seen nobody yet,
//! and says since when it looks.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use doorward_core::model::{Instant, TenantId};
use http::HeaderMap;
use http::header::USER_AGENT;

/// Names that are kept; strangers could invent more.
const MOST: usize = 10_000;

/// What was fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fetched {
    /// The revocation feed.
    Feed,
    /// The key set.
    Keys,
}

/// When an API last fetched what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The revocation feed.
    pub(crate) feed: Option<Instant>,
    /// The key set.
    pub(crate) keys: Option<Instant>,
}

/// The notes.
pub(crate) struct Fetchers {
    seen: RwLock<HashMap<(TenantId, String), Seen>>,
    /// Since when this process looks.
    pub(crate) since: Instant,
}

impl Fetchers {
    pub(crate) fn new(since: Instant) -> Self {
        Self { seen: RwLock::default(), since }
    }

    /// Notes a fetch by a guard that says for which API it asks.
    pub(crate) fn note(&self, tenant: TenantId, headers: &HeaderMap, (what, now): (Fetched, Instant)) {
        let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
        let Some(api) = api_of(agent) else { return };
        let key = (tenant, api.to_lowercase());
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST && !seen.contains_key(&key) {
            return;
        }
        let entry = seen.entry(key).or_default();
        match what {
            Fetched::Feed => entry.feed = Some(now),
            Fetched::Keys => entry.keys = Some(now),
        }
    }

    /// When that API fetched what.
    pub(crate) fn of(&self, tenant: TenantId, api: &str) -> Seen {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.get(&(tenant, api.to_lowercase())).copied().unwrap_or_default()
    }
}

/// The API in `doorward-guard/1.2.3 (notes)`.
fn api_of(agent: &str) -> Option<&str> {
    let (_, name) = agent.strip_prefix("doorward-guard/")?.split_once(" (")?;
    let name = name.strip_suffix(')')?;
    let fits = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(USER_AGENT, text.parse().unwrap())])
    }

    #[test]
    fn an_api_is_known_by_its_guard() {
        let (tenant, at) = (TenantId::random([1; 16]), Instant::from_seconds);
        let fetchers = Fetchers::new(at(0));
        fetchers.note(tenant, &agent("doorward-guard/0.1.0 (Notes)"), (Fetched::Keys, at(5)));
        fetchers.note(tenant, &agent("doorward-guard/0.1.0 (notes)"), (Fetched::Feed, at(9)));
        assert_eq!(fetchers.of(tenant, "notes"), Seen { feed: Some(at(9)), keys: Some(at(5)) });
        assert_eq!(fetchers.of(TenantId::random([2; 16]), "notes"), Seen::default());
        for other in [
            "curl/8",
            "doorward-guard/1",
            "doorward-guard/1 ()",
            "doorward-guard/1 (a b)",
            "doorward-guard/1 (a",
        ] {
            fetchers.note(tenant, &agent(other), (Fetched::Keys, at(6)));
        }
        assert_eq!(fetchers.seen.read().unwrap().len(), 1);
    }

    #[test]
    fn inventors_of_names_do_not_fill_the_memory() {
        let (tenant, now) = (TenantId::random([1; 16]), Instant::from_seconds(1));
        let fetchers = Fetchers::new(now);
        for number in 0..MOST + 10 {
            fetchers.note(tenant, &agent(&format!("doorward-guard/1 (a{number})")), (Fetched::Keys, now));
        }
        assert_eq!(fetchers.seen.read().unwrap().len(), MOST);
        fetchers.note(tenant, &agent("doorward-guard/1 (a0)"), (Fetched::Keys, Instant::from_seconds(2)));
        assert_eq!(fetchers.of(tenant, "a0").keys, Some(Instant::from_seconds(2)));
    }
}

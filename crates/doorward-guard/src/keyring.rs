//! The issuers' public keys: by issuer, fetched when first needed, renewed in the background.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use doorward_token::jose::{Jwk, JwkSet};
use doorward_token::verify::KeyLookup;

use crate::clock::Clock;
use crate::fresh::{Demand, Fetch, Fresh};
use crate::registration::{SourceFault, TrustedIssuer};

/// Brings an issuer's keys; over HTTP, or from the same process.
#[async_trait]
pub trait KeySource: Send + Sync {
    /// The key set as it is now.
    async fn keys(&self, issuer: &TrustedIssuer) -> Result<JwkSet, SourceFault>;
}

/// The keys of the trusted issuers. A key that is not known leads to at most one fetch per issuer and 30 s, whatever
/// arrives; while a source fails, known keys go on being used.
pub struct KeyRing {
    clock: Arc<dyn Clock>,
    slots: RwLock<HashMap<String, Slot>>,
    source: Arc<dyn KeySource>,
}

#[derive(Clone)]
struct Slot {
    issuer: TrustedIssuer,
    keys: Arc<Fresh<JwkSet>>,
}

impl KeyRing {
    /// A ring for no issuer yet.
    pub fn new(source: Arc<dyn KeySource>, clock: Arc<dyn Clock>) -> Self {
        Self { clock, slots: RwLock::default(), source }
    }

    /// Keeps keys for exactly these issuers; what is known of those that stay is kept.
    pub fn trust(&self, issuers: &[TrustedIssuer]) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|_, slot| issuers.contains(&slot.issuer));
        for issuer in issuers {
            let fresh = || Slot { issuer: issuer.clone(), keys: Arc::new(Fresh::new()) };
            slots.entry(issuer.issuer.clone()).or_insert_with(fresh);
        }
    }

    /// The version of the keys that are held for an issuer; 0 where there are none.
    pub(crate) fn version(&self, issuer: &str) -> u64 {
        let held = self.slot(issuer).and_then(|slot| slot.keys.held(self.clock.now()));
        held.map_or(0, |held| held.version)
    }

    /// A look at the ring that remembers which version of the keys it showed.
    pub(crate) fn view(&self) -> KeyView<'_> {
        KeyView { ring: self, shown: AtomicU64::new(0) }
    }

    /// Asks for other keys of an issuer than those of version `seen` (0: none).
    pub(crate) async fn demand(&self, issuer: &str, seen: u64) -> Demand {
        let Some(slot) = self.slot(issuer) else { return Demand::Same };
        let seen = (seen != 0).then_some(seen);
        slot.keys.demand(seen, Arc::clone(&self.clock), self.fetch(&slot)).await
    }

    fn slot(&self, issuer: &str) -> Option<Slot> {
        self.slots.read().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned()
    }

    fn fetch(&self, slot: &Slot) -> Fetch<JwkSet> {
        let (source, issuer) = (Arc::clone(&self.source), slot.issuer.clone());
        Box::pin(async move { source.keys(&issuer).await })
    }
}

/// See [`KeyRing::view`].
pub(crate) struct KeyView<'r> {
    ring: &'r KeyRing,
    shown: AtomicU64,
}

impl KeyView<'_> {
    /// The version of the key set that was last looked into; 0 where there was none.
    pub(crate) fn shown(&self) -> u64 {
        self.shown.load(Ordering::Relaxed)
    }
}

impl KeyLookup for KeyView<'_> {
    fn key(&self, issuer: &str, kid: Option<&str>) -> Option<Arc<Jwk>> {
        let slot = self.ring.slot(issuer)?;
        slot.keys.renew_if_due(&self.ring.clock, || self.ring.fetch(&slot));
        let held = slot.keys.held(self.ring.clock.now())?;
        self.shown.store(held.version, Ordering::Relaxed);
        held.value.select(kid).cloned()
    }
}

//! What the server took back before its time: the signed feed, polled in the background, and what it means for a token.
//!
//! Owns the polling, what of a fetched feed is believed ([`document`]), the lines that are kept, and the judgement
//! ([`judge`]). Does not own the names of lines (`doorward_token::revocation`) nor the transport ([`RevocationSource`]).
//!
//! A revocation reaches this API within the poll interval (5 s unless set otherwise) and the second within which every
//! node of the server writes what another one has committed: [`BOUND_SECS`] in all. Lines only grow until their time is
//! over: an older feed cannot take one back. When no feed has come for its life, the feed is *stale*: by default tokens
//! then count until their own end, as they would without a feed ([`StaleFeed`]).

mod document;
mod judge;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use doorward_crypto::AwsLcVerifier;
use doorward_token::revocation::{FeedClaims, LINE_SECS};
use doorward_token::verify::KeyLookup as _;

use crate::clock::Clock;
use crate::fresh::Demand;
use crate::keyring::KeyRing;
use crate::refusal::GuardRefusal;
use crate::registration::{RevocationFeed, SourceFault, TrustedIssuer};
use crate::trace::TraceSink;

pub(crate) use document::MOST_BYTES;
pub use judge::RevokedPart;
pub(crate) use judge::{Judged, judge};

/// How often the feed is asked for unless set otherwise.
pub const POLL: Duration = Duration::from_secs(5);
/// Seconds within which a revocation holds at this API, with the usual poll: 5 s, and one for the server's nodes.
pub const BOUND_SECS: i64 = 6;
/// Clock skew that is tolerated on the feed's moments.
const LEEWAY_SECS: i64 = 60;

/// Brings the revocation feed; over HTTP, or from the same process.
#[async_trait]
pub trait RevocationSource: Send + Sync {
    /// The feed, unless it is still the one of the tag `seen`.
    async fn revocations(&self, feed: &RevocationFeed, seen: Option<&str>) -> Result<Fetched, SourceFault>;
}

/// What a source brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// A feed, as a compact JWS, and the tag by which it is known.
    Feed {
        /// The text.
        text: String,
        /// The `ETag`.
        tag: Option<String>,
    },
    /// The one that was seen.
    Same,
}

/// What holds while the feed is stale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StaleFeed {
    /// Guarded routes answer 503: no call is better than one with a token that may be revoked.
    Refuse,
    /// A token counts until its own end.
    #[default]
    UntilExpiry,
}

/// How the feed is, for metrics and reports.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FeedState {
    /// Lines held.
    pub lines: usize,
    /// When the newest feed was written, seconds of the Unix epoch; `None` before the first.
    pub issued_at: Option<i64>,
    /// Whether the newest feed says nothing about the present any more, or none has come yet.
    pub stale: bool,
    /// Why the last attempt failed, if it did.
    pub fault: Option<String>,
}

/// The lines as they are known.
#[derive(Debug, Default)]
pub(crate) struct Known {
    before: HashMap<String, i64>,
    ended: HashMap<String, i64>,
    issued_at: Option<i64>,
    fresh_until: i64,
    fault: Option<String>,
    /// Counts changes of the lines.
    pub(crate) version: u64,
}

impl Known {
    pub(crate) fn is_empty(&self) -> bool {
        self.before.is_empty() && self.ended.is_empty()
    }

    fn is_stale(&self, now: i64) -> bool {
        self.issued_at.is_none() || now >= self.fresh_until
    }

    fn state(&self, now: i64) -> FeedState {
        FeedState {
            lines: self.before.len() + self.ended.len(),
            issued_at: self.issued_at,
            stale: self.is_stale(now),
            fault: self.fault.clone(),
        }
    }

    /// Takes over what a newer feed says. What it does not say any more stays until its time is over: another node may
    /// have written it a moment later.
    fn merged(&self, feed: &FeedClaims, now: i64) -> Self {
        let mut next = Self {
            before: self.before.clone(),
            ended: self.ended.clone(),
            issued_at: Some(feed.iat),
            fresh_until: feed.exp.saturating_add(LEEWAY_SECS),
            fault: None,
            version: self.version,
        };
        let grow = |lines: &mut HashMap<String, i64>, name: &String, at: i64| {
            let line = lines.entry(name.clone()).or_insert(i64::MIN);
            *line = at.max(*line);
        };
        feed.before.iter().for_each(|(name, at)| grow(&mut next.before, name, *at));
        feed.ended.iter().for_each(|(name, until)| grow(&mut next.ended, name, *until));
        next.before.retain(|_, at| at.saturating_add(LINE_SECS + LEEWAY_SECS) > now);
        next.ended.retain(|_, until| until.saturating_add(LEEWAY_SECS) > now);
        if next.before != self.before || next.ended != self.ended {
            next.version += 1;
        }
        next
    }
}

/// The feed of one tenant, as far as it is known here.
pub(crate) struct Revocations {
    clock: Arc<dyn Clock>,
    keys: Arc<KeyRing>,
    known: RwLock<Arc<Known>>,
    signatures: AwsLcVerifier,
    sink: Option<Arc<dyn TraceSink>>,
    source: Arc<dyn RevocationSource>,
    tag: Mutex<Option<String>>,
    told_stale: Mutex<bool>,
    turn: tokio::sync::Mutex<()>,
    pub(crate) poll: Duration,
    pub(crate) rule: StaleFeed,
    pub(crate) started: tokio::sync::OnceCell<()>,
}

impl Revocations {
    pub(crate) fn new(
        (source, sink): (Arc<dyn RevocationSource>, Option<Arc<dyn TraceSink>>),
        (keys, clock): (Arc<KeyRing>, Arc<dyn Clock>),
        (poll, rule): (Duration, StaleFeed),
    ) -> Self {
        Self {
            clock,
            keys,
            known: RwLock::default(),
            signatures: AwsLcVerifier::default(),
            sink,
            source,
            tag: Mutex::default(),
            told_stale: Mutex::new(false),
            turn: tokio::sync::Mutex::default(),
            poll,
            rule,
            started: tokio::sync::OnceCell::new(),
        }
    }

    pub(crate) fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn state(&self) -> FeedState {
        self.known().state(self.clock.now())
    }

    /// Refuses while the feed says nothing about the present.
    pub(crate) fn is_of_the_present(&self) -> Result<(), GuardRefusal> {
        let known = self.known();
        if !known.is_stale(self.clock.now()) {
            return Ok(());
        }
        let reason = known.fault.clone().unwrap_or_else(|| "the last one is too old".to_owned());
        let retry_after_secs = i64::try_from(self.poll.as_secs()).unwrap_or(i64::MAX).max(1);
        Err(GuardRefusal::FeedStale { reason, retry_after_secs })
    }

    /// Asks once, and takes over what is new.
    pub(crate) async fn refresh(&self, feed: &RevocationFeed) {
        let _turn = self.turn.lock().await;
        let seen = self.tag.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fault = match self.source.revocations(feed, seen.as_deref()).await {
            Ok(Fetched::Same) => None,
            Ok(Fetched::Feed { text, tag }) => match self.believe(feed, &text).await {
                Ok(claims) => {
                    let next = self.known().merged(&claims, self.clock.now());
                    *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
                    *self.tag.lock().unwrap_or_else(PoisonError::into_inner) = tag;
                    None
                }
                Err(reason) => Some(format!("{} is not believed: {reason}", feed.url)),
            },
            Err(fault) => Some(fault.to_string()),
        };
        self.tell(fault).await;
    }

    /// The claims of a feed that is signed by its issuer, of this moment, and not older than what is known.
    async fn believe(&self, feed: &RevocationFeed, text: &str) -> Result<FeedClaims, String> {
        let unproven = document::read(text)?;
        let slot = key_slot(feed);
        if self.is_withdrawn(&unproven.kid) {
            return Err(format!("its key {} was withdrawn", unproven.kid));
        }
        let view = self.keys.view();
        let key = match view.key(&slot.issuer, Some(&unproven.kid)) {
            Some(key) => key,
            // A key that is not known yet: one that signs since this minute.
            None => match self.keys.demand(&slot.issuer, view.shown()).await {
                Demand::Newer | Demand::Same => self
                    .keys
                    .view()
                    .key(&slot.issuer, Some(&unproven.kid))
                    .ok_or_else(|| format!("its key {} is not published", unproven.kid))?,
                Demand::Unreachable(outage) => return Err(outage.fault.to_string()),
            },
        };
        let claims = unproven.proven(&self.signatures, &key)?;
        document::judge(&claims, &feed.issuer, (self.clock.now(), LEEWAY_SECS))?;
        let newest = self.known().issued_at;
        match newest.filter(|newest| claims.iat < *newest) {
            None => Ok(claims),
            Some(newest) => Err(format!("it is {} s older than the one before", newest - claims.iat)),
        }
    }

    /// A key that was withdrawn in an emergency signs no feed either.
    fn is_withdrawn(&self, kid: &str) -> bool {
        let name = judge::name_of(&doorward_token::revocation::Ended::Key(kid).name());
        self.known().ended.contains_key(&name)
    }

    /// Notes how the attempt ended, and tells when the feed went stale or came back.
    async fn tell(&self, fault: Option<String>) {
        let known = self.known();
        if known.fault != fault {
            if let Some(fault) = &fault {
                tracing::warn!(fault, "the revocation feed cannot be read; what is known of it holds on");
            }
            let next = Known { fault, ..Known::copy(&known) };
            *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        }
        let state = self.state();
        let has_changed = {
            let mut told = self.told_stale.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *told, state.stale) != state.stale
        };
        if has_changed {
            tracing::warn!(stale = state.stale, issued_at = state.issued_at, "the revocation feed");
            if let Some(sink) = &self.sink {
                sink.feed(state).await;
            }
        }
    }
}

impl Known {
    fn copy(other: &Self) -> Self {
        Self {
            before: other.before.clone(),
            ended: other.ended.clone(),
            issued_at: other.issued_at,
            fresh_until: other.fresh_until,
            fault: other.fault.clone(),
            version: other.version,
        }
    }
}

/// The feed's keys have a place of their own in the ring: tokens with invented key ids, which make a guard look for newer
/// keys twice a minute at most, do not keep it from finding the key of the feed.
pub(crate) fn key_slot(feed: &RevocationFeed) -> TrustedIssuer {
    TrustedIssuer { issuer: format!("revocation feed of {}", feed.issuer), jwks_uri: feed.jwks_uri.clone() }
}

#[cfg(test)]
mod tests;

//! Whom this API trusts: fixed by its configuration, or published by the server and refreshed.

use std::sync::Arc;

use doorward_token::verify::{Expectation, IssuerTrust, TokenKind};

use crate::builder::{PlainHttp, check_url};
use crate::clock::Clock;
use crate::fresh::{Demand, Fetch, Fresh};
use crate::keyring::KeyRing;
use crate::refusal::GuardRefusal;
use crate::registration::{Registration, RegistrationSource, RevocationFeed, SourceFault, TrustedIssuer};
use crate::revocations::key_slot;

/// What a token of this API has to meet, before scopes and roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trust {
    pub(crate) docs: Option<String>,
    pub(crate) audiences: Vec<String>,
    pub(crate) expectation: Expectation,
    /// Where revocations are told, if they are.
    pub(crate) feed: Option<RevocationFeed>,
    pub(crate) issuers: Vec<TrustedIssuer>,
    pub(crate) name: String,
}

/// A trust and the number by which cached verdicts remember it.
#[derive(Clone)]
pub(crate) struct Versioned {
    pub(crate) trust: Arc<Trust>,
    pub(crate) version: u64,
}

/// Where the trust comes from.
pub(crate) enum TrustSource {
    /// The configuration.
    Fixed(Arc<Trust>),
    /// The server.
    Registered(Registered),
}

pub(crate) struct Registered {
    pub(crate) cell: Arc<Fresh<Arc<Trust>>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) plain_http: PlainHttp,
    pub(crate) source: Arc<dyn RegistrationSource>,
}

impl Trust {
    pub(crate) fn of(registration: Registration) -> Self {
        let Registration { name, audiences, issuers, profile: _, docs, revocations: feed } = registration;
        let mut expectation = Expectation::of(TokenKind::Access);
        for issuer in &issuers {
            expectation = expectation.from_issuer(&issuer.issuer, IssuerTrust::Ours);
        }
        for audience in &audiences {
            expectation = expectation.for_audience(audience);
        }
        let docs = docs.map(|docs| docs.trim_end_matches('/').to_owned());
        Self { docs, audiences, expectation, feed, issuers, name }
    }

    /// The issuers whose keys are kept, the feed's own among them.
    pub(crate) fn key_slots(&self) -> Vec<TrustedIssuer> {
        self.issuers.iter().cloned().chain(self.feed.as_ref().map(key_slot)).collect()
    }
}

impl TrustSource {
    /// The trust as it is known; fetched where it is not known yet.
    pub(crate) async fn current(&self) -> Result<Versioned, GuardRefusal> {
        let registered = match self {
            Self::Fixed(trust) => return Ok(Versioned { trust: Arc::clone(trust), version: 0 }),
            Self::Registered(registered) => registered,
        };
        registered.cell.renew_if_due(&registered.clock, || registered.fetch());
        if let Some(held) = registered.held() {
            return Ok(held);
        }
        let outcome = registered.demand(None).await;
        registered.held().ok_or_else(|| match outcome {
            Demand::Unreachable(outage) => GuardRefusal::unreachable("the registration of this API", outage),
            Demand::Newer | Demand::Same => GuardRefusal::Unreachable {
                what: "the registration of this API".to_owned(),
                reason: "it came too late".to_owned(),
                retry_after_secs: 1,
            },
        })
    }

    /// Another trust than `seen`, where the server has one by now: an issuer may have been added.
    pub(crate) async fn newer_than(&self, seen: u64) -> Option<Versioned> {
        let Self::Registered(registered) = self else { return None };
        match registered.demand(Some(seen)).await {
            Demand::Newer => registered.held(),
            Demand::Same | Demand::Unreachable(_) => None,
        }
    }

    /// What is known without asking.
    pub(crate) fn known(&self) -> Option<Arc<Trust>> {
        match self {
            Self::Fixed(trust) => Some(Arc::clone(trust)),
            Self::Registered(registered) => registered.held().map(|held| held.trust),
        }
    }
}

impl Registered {
    fn held(&self) -> Option<Versioned> {
        let held = self.cell.held(self.clock.now())?;
        Some(Versioned { trust: Arc::clone(&held.value), version: held.version })
    }

    async fn demand(&self, seen: Option<u64>) -> Demand {
        self.cell.demand(seen, Arc::clone(&self.clock), self.fetch()).await
    }

    fn fetch(&self) -> Fetch<Arc<Trust>> {
        let (source, keys, plain_http) = (Arc::clone(&self.source), Arc::clone(&self.keys), self.plain_http);
        Box::pin(async move {
            let registration = source.registration().await?;
            check(&registration, plain_http)?;
            let trust = Trust::of(registration);
            keys.trust(&trust.key_slots());
            Ok(Arc::new(trust))
        })
    }
}

fn check(registration: &Registration, plain_http: PlainHttp) -> Result<(), SourceFault> {
    let fault = |reason: String| SourceFault::Content {
        url: "the registration".to_owned(),
        expected: "a registration that tokens can be checked by",
        reason,
    };
    if registration.issuers.is_empty() || registration.audiences.is_empty() {
        return Err(fault("it names no issuer or no audience".to_owned()));
    }
    for issuer in &registration.issuers {
        check_url("jwks_uri", &issuer.jwks_uri, plain_http).map_err(|reason| fault(reason.to_string()))?;
    }
    if let Some(feed) = &registration.revocations {
        for (what, url) in [("revocations.url", &feed.url), ("revocations.jwks_uri", &feed.jwks_uri)] {
            check_url(what, url, plain_http).map_err(|reason| fault(reason.to_string()))?;
        }
    }
    Ok(())
}

//! One call, judged: path, route, token, policy, in this order; the first failure is the cause.

use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use doorward_crypto::digest::sha256;
use doorward_policy::{Decision, Denial, Policy, Principal, RequestPath, Requirement, Route};
use doorward_token::verify::{TokenRefusal, Verifier};
use doorward_token::{ClaimSet, Evidence, Explain, Trail};
use http::HeaderMap;

use crate::answer::Refused;
use crate::bearer;
use crate::builder::GuardBuilder;
use crate::caller::Caller;
use crate::clock::Clock;
use crate::fresh::Demand;
use crate::keyring::KeyRing;
use crate::layer::GuardLayer;
use crate::refusal::GuardRefusal;
use crate::registration::RevocationFeed;
use crate::revocations::{FeedState, Judged, Revocations, StaleFeed};
use crate::token_cache::{TokenCache, Verified};
use crate::trace::{DeniedCall, Reporter, TraceId};
use crate::trust::{TrustSource, Versioned};

/// Stands in front of an API. Cheap to clone; clones share keys, cache and policy.
#[derive(Clone)]
pub struct Guard {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) api_name: String,
    pub(crate) cache: TokenCache,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) docs: Option<String>,
    pub(crate) keys: Arc<KeyRing>,
    pub(crate) policy: RwLock<Arc<Policy>>,
    pub(crate) reporter: Option<Reporter>,
    pub(crate) revocations: Revocations,
    pub(crate) trust: TrustSource,
    pub(crate) verifier: Verifier,
}

/// The parts of a request that count.
#[derive(Clone, Copy, Debug)]
pub struct Call<'r> {
    /// As on the wire.
    pub method: &'r str,
    /// The raw path, without the query.
    pub path: &'r str,
    /// The query.
    pub query: Option<&'r str>,
    /// The headers as received, before identity headers are stripped.
    pub headers: &'r HeaderMap,
    /// The template that the framework's router matched; it wins over `path`, since the framework runs that handler.
    pub matched: Option<&'r str>,
}

/// What was found out about a call so far, for the report about a refusal.
#[derive(Default)]
struct Found {
    claims: Option<Arc<ClaimSet>>,
    route: Option<Arc<str>>,
    trail: Arc<Trail>,
}

impl Guard {
    /// A guard that enforces `policy`.
    pub fn builder(policy: Policy) -> GuardBuilder {
        GuardBuilder::new(policy)
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner) }
    }

    /// The tower layer. Put it inside of what answers CORS preflights, and outside of everything that handles calls.
    pub fn layer(&self) -> GuardLayer {
        GuardLayer::new(self.clone())
    }

    /// The policy that is enforced now.
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.inner.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Enforces another policy from the next call on.
    pub fn enforce(&self, policy: Policy) {
        *self.inner.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
    }

    /// Fetches what the first call would wait for: the registration and every issuer's keys. For those who would rather
    /// not start than answer 503.
    pub async fn ready(&self) -> Result<(), GuardRefusal> {
        let Versioned { trust, .. } = self.inner.trust.current().await?;
        for issuer in trust.issuers.iter().filter(|issuer| self.inner.keys.version(&issuer.issuer) == 0) {
            if let Demand::Unreachable(outage) = self.inner.keys.demand(&issuer.issuer, 0).await {
                return Err(keys_unreachable(&issuer.issuer, outage));
            }
        }
        if let Some(feed) = &trust.feed {
            self.follow(feed).await;
        }
        Ok(())
    }

    /// How the revocation feed is; `None` where none is followed.
    pub fn revocations(&self) -> Option<FeedState> {
        self.inner.trust.known()?.feed.as_ref().map(|_| self.inner.revocations.state())
    }

    /// Asks for the revocation feed now, beside the regular poll.
    pub async fn refresh_revocations(&self) {
        if let Some(feed) = self.inner.trust.known().and_then(|trust| trust.feed.clone()) {
            self.inner.revocations.refresh(&feed).await;
        }
    }

    /// Judges a call: the caller, `None` on a public route, or the answer that refuses it.
    pub async fn check(&self, call: &Call<'_>) -> Result<Option<Caller>, Refused> {
        let mut found = Found::default();
        match self.judge(call, &mut found).await {
            Ok(caller) => Ok(caller),
            Err(refusal) => Err(self.refuse(call, refusal, found)),
        }
    }

    async fn judge(&self, call: &Call<'_>, found: &mut Found) -> Result<Option<Caller>, GuardRefusal> {
        let policy = self.policy();
        let route = find_route(&policy, call).map_err(GuardRefusal::Denied)?;
        let id: Arc<str> = route.id.as_str().into();
        found.route = Some(Arc::clone(&id));
        if route.requirement == Requirement::Public {
            return Ok(None);
        }
        let token = bearer::find(call.headers, call.query)?
            .ok_or_else(|| GuardRefusal::NoCredentials { scopes: route.requirement.least_scopes() })?;
        let verified = self.verify(token, found).await?;
        found.claims = Some(Arc::clone(&verified.claims));
        found.trail = Arc::clone(&verified.trail);
        let (claims, principal) = self.unrevoked(&verified, found).await?;
        // A verdict is kept, and the sign-in behind it grows older meanwhile.
        let principal = principal.at(self.inner.clock.now());
        match policy.admit(route, &principal) {
            Decision::Allow { .. } => Ok(Some(Caller { claims, principal, route: id })),
            Decision::Deny(denial) => Err(GuardRefusal::Denied(denial)),
        }
    }

    /// What is left of a verified token after what the server took back; the feed never makes more of it.
    async fn unrevoked(
        &self,
        verified: &Verified,
        found: &mut Found,
    ) -> Result<(Arc<ClaimSet>, Principal), GuardRefusal> {
        let whole = || (Arc::clone(&verified.claims), verified.principal.clone());
        let Some(trust) = self.inner.trust.known() else { return Ok(whole()) };
        let Some(feed) = &trust.feed else { return Ok(whole()) };
        self.follow(feed).await;
        let revocations = &self.inner.revocations;
        if revocations.rule == StaleFeed::Refuse {
            revocations.is_of_the_present()?;
        }
        match &*verified.standing(&revocations.known(), &trust.audiences) {
            Judged::Good => Ok(whole()),
            Judged::Reduced { claims, withdrawn } => {
                let mut trail = Trail::clone(&found.trail);
                let evidence = Evidence::sent(withdrawn.join(" "));
                trail.fail("permissions.not_withdrawn", "", evidence);
                found.trail = Arc::new(trail);
                let principal = Principal::from_claims(claims).map_err(GuardRefusal::Unmarked)?;
                Ok((Arc::new(claims.clone()), principal))
            }
            Judged::Revoked(part) => {
                let mut trail = Trail::clone(&found.trail);
                trail.fail("token.unrevoked", "RFC 6750 §3.1", Evidence::sent(part.to_string()));
                found.trail = Arc::new(trail);
                Err(GuardRefusal::Revoked(*part))
            }
        }
    }

    /// Reads the feed once before the first call that it may concern, then goes on in the background as long as the guard
    /// lives. Whoever comes meanwhile waits for the same answer; without one the call goes on by the rule for stale feeds.
    async fn follow(&self, feed: &RevocationFeed) {
        let revocations = &self.inner.revocations;
        revocations
            .started
            .get_or_init(|| async {
                revocations.refresh(feed).await;
                tokio::spawn(keep_asking(Arc::downgrade(&self.inner), revocations.poll));
            })
            .await;
    }

    async fn verify(&self, token: &str, found: &mut Found) -> Result<Arc<Verified>, GuardRefusal> {
        let mut versioned = self.inner.trust.current().await?;
        let digest = sha256(token.as_bytes());
        if let Some(kept) = self.inner.cache.find(&digest) {
            if self.still_holds(&kept, &versioned) {
                return Ok(kept);
            }
            self.inner.cache.drop_one(&digest);
        }
        let (mut asked_for_trust, mut asked_for_keys) = (false, false);
        loop {
            let (view, now) = (self.inner.keys.view(), self.inner.clock.now());
            let report = self.inner.verifier.check(token, &versioned.trust.expectation, &view, now);
            let wants_key = report.wants_key();
            found.trail = Arc::new(report.trail);
            let Some(refusal) = report.refusal else {
                let claims = report.claims.unwrap_or_default();
                let kid = report.header.and_then(|header| header.kid);
                let versions = (view.shown(), versioned.version);
                let verified = believe(claims, kid, Arc::clone(&found.trail), versions)?;
                self.inner.cache.keep(digest, Arc::clone(&verified));
                return Ok(verified);
            };
            let unproven = report.unproven.map(Arc::new);
            let issuer =
                unproven.as_ref().and_then(|claims| claims.text("iss")).unwrap_or_default().to_owned();
            found.claims = unproven;
            let concerns_trust =
                matches!(refusal, TokenRefusal::Issuer { .. } | TokenRefusal::Audience { .. });
            if concerns_trust && !asked_for_trust {
                asked_for_trust = true;
                if let Some(newer) = self.inner.trust.newer_than(versioned.version).await {
                    versioned = newer;
                    continue;
                }
            }
            if wants_key && !asked_for_keys {
                asked_for_keys = true;
                match self.inner.keys.demand(&issuer, view.shown()).await {
                    Demand::Newer => continue,
                    Demand::Unreachable(outage) if matches!(refusal, TokenRefusal::KeyUnknown { .. }) => {
                        return Err(keys_unreachable(&issuer, outage));
                    }
                    Demand::Same | Demand::Unreachable(_) => {}
                }
            }
            return Err(GuardRefusal::Token(refusal));
        }
    }

    /// A kept verdict counts until the token's end, while keys and trust are those it was made with.
    fn still_holds(&self, kept: &Verified, versioned: &Versioned) -> bool {
        let leeway = versioned.trust.expectation.leeway_secs();
        self.inner.clock.now() < kept.exp.saturating_add(leeway)
            && kept.trust_version == versioned.version
            && kept.key_version == self.inner.keys.version(&kept.issuer)
    }

    fn refuse(&self, call: &Call<'_>, refusal: GuardRefusal, found: Found) -> Refused {
        let known = self.inner.trust.known();
        let docs = self.inner.docs.clone().or_else(|| known.as_ref().and_then(|trust| trust.docs.clone()));
        let realm = known.map_or_else(|| self.inner.api_name.clone(), |trust| trust.name.clone());
        let trace = TraceId::random();
        tracing::debug!(%trace, code = %refusal.code(), status = refusal.status().as_u16(), "call refused");
        if let Some(reporter) = &self.inner.reporter {
            reporter.report(denied_call(call, &refusal, found, (&trace, &realm, self.inner.clock.now())));
        }
        Refused { docs, realm, refusal, trace }
    }
}

fn find_route<'p>(policy: &'p Policy, call: &Call<'_>) -> Result<&'p Route, Denial> {
    match call.matched {
        // Behind a catch-all the framework knows no more than the path.
        Some(template) if !template.contains("{*") => {
            // The path is judged all the same: a proxy in front may have read it in another way.
            if RequestPath::parse(call.path).is_err() {
                return policy.route(call.method, call.path);
            }
            policy.route_by_template(call.method, template)
        }
        _ => policy.route(call.method, call.path),
    }
}

fn believe(
    claims: ClaimSet,
    kid: Option<String>,
    trail: Arc<Trail>,
    (key_version, trust_version): (u64, u64),
) -> Result<Arc<Verified>, GuardRefusal> {
    let principal = Principal::from_claims(&claims).map_err(GuardRefusal::Unmarked)?;
    Ok(Arc::new(Verified {
        exp: claims.seconds("exp").unwrap_or(i64::MIN),
        issuer: claims.text("iss").unwrap_or_default().to_owned(),
        claims: Arc::new(claims),
        key_version,
        kid,
        principal,
        trail,
        trust_version,
        standing: Mutex::default(),
    }))
}

/// Ends with the guard.
async fn keep_asking(guard: Weak<Inner>, every: Duration) {
    let mut every = tokio::time::interval(every);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    every.tick().await;
    loop {
        every.tick().await;
        let Some(inner) = guard.upgrade() else { return };
        if let Some(feed) = inner.trust.known().and_then(|trust| trust.feed.clone()) {
            inner.revocations.refresh(&feed).await;
        }
    }
}

fn keys_unreachable(issuer: &str, outage: crate::fresh::Outage) -> GuardRefusal {
    GuardRefusal::unreachable(format!("the key set of {issuer}"), outage)
}

fn denied_call(
    call: &Call<'_>,
    refusal: &GuardRefusal,
    found: Found,
    (trace, api, at): (&TraceId, &str, i64),
) -> DeniedCall {
    let text = |names: &[&str]| {
        let claims = found.claims.as_ref()?;
        let found = names.iter().find_map(|name| claims.text(name))?;
        Some(found.chars().take(200).collect())
    };
    let (issuer, client_id) = (text(&["iss"]), text(&["azp", "appid", "client_id"]));
    let mut checks = Trail::clone(&found.trail);
    if let GuardRefusal::Denied(denial) = refusal {
        let evidence = denial.evidence().unwrap_or_else(|| Evidence::sent(denial.diagnosis()));
        let spec = if matches!(denial, Denial::InsufficientAuthentication { .. }) {
            "RFC 9470 §3"
        } else {
            "RFC 6750 §3.1"
        };
        checks.fail("policy.route", spec, evidence);
    }
    DeniedCall {
        trace: trace.clone(),
        at,
        api: api.to_owned(),
        method: call.method.chars().take(20).collect(),
        route: found.route.map(|id| id.to_string()),
        status: refusal.status().as_u16(),
        code: refusal.code().to_string(),
        diagnosis: refusal.diagnosis(),
        evidence: refusal.evidence(),
        remedy: refusal.remedy(),
        issuer,
        client_id,
        checks,
    }
}

//! Putting a guard together.

use std::sync::Arc;
use std::time::Duration;

use doorward_crypto::AwsLcVerifier;
use doorward_policy::Policy;
use doorward_token::verify::Verifier;
use url::Url;

use crate::clock::{Clock, SystemClock};
use crate::fresh::Fresh;
use crate::guard::{Guard, Inner};
use crate::http_source::{HttpSource, http_client};
use crate::keyring::{KeyRing, KeySource};
use crate::registration::{Registration, RegistrationSource, RevocationFeed, TrustedIssuer};
use crate::revocations::{POLL, RevocationSource, Revocations, StaleFeed};
use crate::token_cache::TokenCache;
use crate::trace::{Reporter, TraceSink};
use crate::trust::{Registered, Trust, TrustSource};

/// The parts of a guard. Either `issuers` and `audiences`, or a registration that names them.
#[must_use]
pub struct GuardBuilder {
    api_name: Option<String>,
    audiences: Vec<String>,
    ca_pem: Vec<u8>,
    clock: Arc<dyn Clock>,
    docs: Option<String>,
    http_client: Option<reqwest::Client>,
    issuers: Vec<TrustedIssuer>,
    key_source: Option<Arc<dyn KeySource>>,
    plain_http: PlainHttp,
    policy: Policy,
    registration_source: Option<Arc<dyn RegistrationSource>>,
    registration_url: Option<String>,
    revocation_feed: Option<RevocationFeed>,
    revocation_poll: Duration,
    revocation_source: Option<Arc<dyn RevocationSource>>,
    sink: Option<Arc<dyn TraceSink>>,
    stale_feed: StaleFeed,
}

/// Whether keys may come over a connection that anybody on the way can change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainHttp {
    /// From any host: the network between is trusted.
    Allowed,
    /// From this machine only.
    #[default]
    Loopback,
}

/// Why a guard cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum GuardFault {
    /// The HTTP client, or the certificates it was to believe.
    #[error("the HTTP client cannot be built (check the PEM given to `ca`): {0}")]
    Client(#[from] reqwest::Error),
    /// Nothing says what `aud` may be.
    #[error("no audience is accepted: name them with `audiences`, or use `from_registration`")]
    NoAudience,
    /// A text without a certificate.
    #[error("what was given to `ca` holds no certificate in PEM (-----BEGIN CERTIFICATE-----)")]
    NoCertificate,
    /// Nothing says whose tokens count.
    #[error("no issuer is trusted: name them with `issuers`, or use `from_registration`")]
    NoIssuer,
    /// Keys over plain HTTP from another machine.
    #[error(
        "{what} `{url}` is plain http: use https, or `plain_http(PlainHttp::Allowed)` on a network you trust"
    )]
    PlainHttp {
        /// Which setting.
        what: &'static str,
        /// Its value.
        url: String,
    },
    /// No URL.
    #[error("{what} `{url}` is not an absolute http(s) URL")]
    Url {
        /// Which setting.
        what: &'static str,
        /// Its value.
        url: String,
    },
}

impl GuardBuilder {
    pub(crate) fn new(policy: Policy) -> Self {
        Self {
            api_name: None,
            audiences: Vec::new(),
            ca_pem: Vec::new(),
            clock: Arc::new(SystemClock),
            docs: None,
            http_client: None,
            issuers: Vec::new(),
            key_source: None,
            plain_http: PlainHttp::default(),
            policy,
            registration_source: None,
            registration_url: None,
            revocation_feed: None,
            revocation_poll: POLL,
            revocation_source: None,
            sink: None,
            stale_feed: StaleFeed::default(),
        }
    }

    /// The realm of challenges; the policy's API name by default.
    pub fn api_name(mut self, name: impl Into<String>) -> Self {
        self.api_name = Some(name.into());
        self
    }

    /// What `aud` may be, byte for byte.
    pub fn audiences<T: Into<String>>(mut self, audiences: impl IntoIterator<Item = T>) -> Self {
        self.audiences.extend(audiences.into_iter().map(Into::into));
        self
    }

    /// The certificate authorities to believe instead of the machine's, as PEM. Not used with a client of your own.
    pub fn ca(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_pem = pem.into();
        self
    }

    /// Another clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The address below which failure codes have pages, such as `https://id.example.org/docs/errors`.
    pub fn docs_base(mut self, url: impl Into<String>) -> Self {
        self.docs = Some(url.into());
        self
    }

    /// Takes issuers and audiences from the address where the server publishes the API's registration, and follows its
    /// changes. The first request waits for it; see [`Guard::ready`].
    pub fn from_registration(mut self, url: impl Into<String>) -> Self {
        self.registration_url = Some(url.into());
        self
    }

    /// A client of your own: for a proxy, a client certificate, other timeouts.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// Whose tokens count.
    pub fn issuers(mut self, issuers: impl IntoIterator<Item = TrustedIssuer>) -> Self {
        self.issuers.extend(issuers);
        self
    }

    /// Brings keys another way than over HTTP.
    pub fn key_source(mut self, source: Arc<dyn KeySource>) -> Self {
        self.key_source = Some(source);
        self
    }

    /// Whether keys may be fetched over plain http from other machines.
    pub fn plain_http(mut self, rule: PlainHttp) -> Self {
        self.plain_http = rule;
        self
    }

    /// Brings the registration another way than over HTTP.
    pub fn registration_source(mut self, source: Arc<dyn RegistrationSource>) -> Self {
        self.registration_source = Some(source);
        self
    }

    /// Follows a revocation feed; with [`GuardBuilder::from_registration`] the registration names it. Withdrawn permissions are
    /// told by the API's id and identifiers: name them all as audiences.
    pub fn revocation_feed(mut self, feed: RevocationFeed) -> Self {
        self.revocation_feed = Some(feed);
        self
    }

    /// How often the revocation feed is asked for: 5 s unless set otherwise, at least a tenth of a second. A revocation holds
    /// at this API after so long, and a second for the server's nodes.
    pub fn revocation_poll(mut self, every: Duration) -> Self {
        self.revocation_poll = every.max(SHORTEST_POLL);
        self
    }

    /// Brings the revocation feed another way than over HTTP.
    pub fn revocation_source(mut self, source: Arc<dyn RevocationSource>) -> Self {
        self.revocation_source = Some(source);
        self
    }

    /// What holds while the feed is stale; tokens count until their own end by default.
    pub fn stale_feed(mut self, rule: StaleFeed) -> Self {
        self.stale_feed = rule;
        self
    }

    /// Where refused calls are reported; nowhere by default.
    pub fn trace_sink(mut self, sink: Arc<dyn TraceSink>) -> Self {
        self.sink = Some(sink);
        self
    }

    /// The guard.
    pub fn build(self) -> Result<Guard, GuardFault> {
        let has_registration = self.registration_url.is_some() || self.registration_source.is_some();
        if !has_registration && self.issuers.is_empty() {
            return Err(GuardFault::NoIssuer);
        }
        if !has_registration && self.audiences.is_empty() {
            return Err(GuardFault::NoAudience);
        }
        for issuer in &self.issuers {
            check_url("jwks_uri", &issuer.jwks_uri, self.plain_http)?;
        }
        if let Some(url) = &self.registration_url {
            check_url("registration", url, self.plain_http)?;
        }
        if let Some(feed) = &self.revocation_feed {
            check_url("revocations.url", &feed.url, self.plain_http)?;
            check_url("revocations.jwks_uri", &feed.jwks_uri, self.plain_http)?;
        }
        let client = match self.http_client {
            Some(client) => client,
            None => http_client(&self.ca_pem)?,
        };
        let http = HttpSource::new(client, self.registration_url.unwrap_or_default());
        let http = Arc::new(http.for_api(self.policy.api()));
        let key_source = self.key_source.unwrap_or_else(|| http.clone());
        let keys = Arc::new(KeyRing::new(key_source, Arc::clone(&self.clock)));
        let trust = if has_registration {
            TrustSource::Registered(Registered {
                cell: Arc::new(Fresh::new()),
                clock: Arc::clone(&self.clock),
                keys: Arc::clone(&keys),
                plain_http: self.plain_http,
                source: self.registration_source.unwrap_or_else(|| http.clone()),
            })
        } else {
            let name = self.policy.api().to_owned();
            let (audiences, issuers, revocations) = (self.audiences, self.issuers, self.revocation_feed);
            let registration =
                Registration { name, audiences, issuers, profile: None, docs: None, revocations };
            let trust = Trust::of(registration);
            keys.trust(&trust.key_slots());
            TrustSource::Fixed(Arc::new(trust))
        };
        let revocations = Revocations::new(
            (self.revocation_source.unwrap_or(http), self.sink.clone()),
            (Arc::clone(&keys), Arc::clone(&self.clock)),
            (self.revocation_poll, self.stale_feed),
        );
        Ok(Guard::new(Inner {
            api_name: self.api_name.unwrap_or_else(|| self.policy.api().to_owned()),
            cache: TokenCache::new(),
            clock: self.clock,
            docs: self.docs.map(|docs| docs.trim_end_matches('/').to_owned()),
            keys,
            policy: std::sync::RwLock::new(Arc::new(self.policy)),
            reporter: self.sink.map(Reporter::new),
            revocations,
            trust,
            verifier: Verifier::new(Arc::new(AwsLcVerifier::default())),
        }))
    }
}

const SHORTEST_POLL: Duration = Duration::from_millis(100);

pub(crate) fn check_url(what: &'static str, url: &str, plain_http: PlainHttp) -> Result<(), GuardFault> {
    let read =
        Url::parse(url).ok().filter(|read| read.has_host() && matches!(read.scheme(), "http" | "https"));
    let Some(read) = read else { return Err(GuardFault::Url { what, url: url.to_owned() }) };
    let is_loopback = match read.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if read.scheme() == "http" && !is_loopback && plain_http == PlainHttp::Loopback {
        return Err(GuardFault::PlainHttp { what, url: url.to_owned() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_over_https_or_from_this_machine() {
        for url in [
            "https://a.test/k",
            "http://127.0.0.1:1/k",
            "http://[::1]/k",
            "http://localhost/k",
            "http://a.localhost/k",
        ] {
            assert!(check_url("jwks_uri", url, PlainHttp::Loopback).is_ok(), "{url}");
        }
        assert!(matches!(
            check_url("jwks_uri", "http://a.test/k", PlainHttp::Loopback),
            Err(GuardFault::PlainHttp { .. })
        ));
        assert!(check_url("jwks_uri", "http://a.test/k", PlainHttp::Allowed).is_ok());
        for url in ["", "/k", "ftp://a.test/k", "a.test", "https://"] {
            assert!(
                matches!(check_url("jwks_uri", url, PlainHttp::Allowed), Err(GuardFault::Url { .. })),
                "{url}"
            );
        }
    }
}

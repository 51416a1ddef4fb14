//! Keys, registrations and revocations over HTTP: bounded in time and size, no redirects, status 200 or nothing.

use std::time::Duration;

use async_trait::async_trait;
use doorward_token::jose::JwkSet;

use crate::builder::GuardFault;
use crate::keyring::KeySource;
use crate::registration::{Registration, RegistrationSource, RevocationFeed, SourceFault, TrustedIssuer};
use crate::revocations::{Fetched, MOST_BYTES as FEED_BYTES, RevocationSource};

/// Fetches key sets and, where it was given an address, the registration.
#[derive(Clone, Debug)]
pub struct HttpSource {
    client: reqwest::Client,
    registration_url: String,
    user_agent: String,
}

impl HttpSource {
    /// A source on this client. The registration is at `registration_url`, which a source of keys alone leaves empty.
    pub fn new(client: reqwest::Client, registration_url: impl Into<String>) -> Self {
        let user_agent = concat!("doorward-guard/", env!("CARGO_PKG_VERSION")).to_owned();
        Self { client, registration_url: registration_url.into(), user_agent }
    }

    /// Says for which API it asks, in the `User-Agent`: the server's operator then sees which API knows the current keys.
    #[must_use]
    pub fn for_api(mut self, name: &str) -> Self {
        let fits = |c: &char| c.is_ascii_alphanumeric() || "-._".contains(*c);
        let name: String = name.chars().filter(fits).take(64).collect();
        self.user_agent = format!("doorward-guard/{} ({name})", env!("CARGO_PKG_VERSION"));
        self
    }

    async fn get(&self, url: &str, expected: &'static str) -> Result<Vec<u8>, SourceFault> {
        let accept = "application/json, application/jwk-set+json";
        let request = self.client.get(url).header(http::header::ACCEPT, accept);
        let response = self.send(url, request).await?;
        if response.status() != http::StatusCode::OK {
            return Err(SourceFault::Status { url: url.to_owned(), status: response.status().as_u16() });
        }
        body(url, response, (MOST_BYTES, expected)).await
    }

    async fn send(
        &self,
        url: &str,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, SourceFault> {
        let request = request.header(http::header::USER_AGENT, &self.user_agent).timeout(TOTAL);
        request.send().await.map_err(|error| unreachable(url, &error))
    }
}

fn unreachable(url: &str, error: &reqwest::Error) -> SourceFault {
    SourceFault::Unreachable { url: url.to_owned(), reason: causes(error) }
}

async fn body(
    url: &str,
    mut response: reqwest::Response,
    (most, expected): (usize, &'static str),
) -> Result<Vec<u8>, SourceFault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(url, &error))? {
        body.extend_from_slice(&chunk);
        if body.len() > most {
            let reason = format!("it is longer than {most} bytes");
            return Err(SourceFault::Content { url: url.to_owned(), expected, reason });
        }
    }
    Ok(body)
}

#[async_trait]
impl KeySource for HttpSource {
    async fn keys(&self, issuer: &TrustedIssuer) -> Result<JwkSet, SourceFault> {
        let url = &issuer.jwks_uri;
        let body = self.get(url, A_KEY_SET).await?;
        let content = |reason| SourceFault::Content { url: url.clone(), expected: A_KEY_SET, reason };
        let set = JwkSet::parse(&body).map_err(|refusal| content(refusal.to_string()))?;
        for note in set.notes() {
            tracing::debug!(issuer = %issuer.issuer, note, "key set");
        }
        if set.keys().is_empty() { Err(content("it has no usable key".to_owned())) } else { Ok(set) }
    }
}

#[async_trait]
impl RegistrationSource for HttpSource {
    async fn registration(&self) -> Result<Registration, SourceFault> {
        let url = &self.registration_url;
        let body = self.get(url, A_REGISTRATION).await?;
        serde_json::from_slice(&body).map_err(|error| SourceFault::Content {
            url: url.clone(),
            expected: A_REGISTRATION,
            reason: error.to_string(),
        })
    }
}

#[async_trait]
impl RevocationSource for HttpSource {
    async fn revocations(&self, feed: &RevocationFeed, seen: Option<&str>) -> Result<Fetched, SourceFault> {
        let url = feed.url.as_str();
        let mut request = self.client.get(url);
        if let Some(tag) = seen {
            request = request.header(http::header::IF_NONE_MATCH, tag);
        }
        let response = self.send(url, request).await?;
        if response.status() == http::StatusCode::NOT_MODIFIED && seen.is_some() {
            return Ok(Fetched::Same);
        }
        if response.status() != http::StatusCode::OK {
            return Err(SourceFault::Status { url: url.to_owned(), status: response.status().as_u16() });
        }
        let tag = response.headers().get(http::header::ETAG).and_then(|tag| tag.to_str().ok());
        let tag = tag.map(str::to_owned);
        let text = body(url, response, (FEED_BYTES, A_FEED)).await?;
        let text = String::from_utf8(text).map_err(|_| SourceFault::Content {
            url: url.to_owned(),
            expected: A_FEED,
            reason: "it is not UTF-8".to_owned(),
        })?;
        Ok(Fetched::Feed { text, tag })
    }
}

/// A client that is fit to fetch keys with: 3 s to connect, no redirects, no proxy from the environment. `ca_pem`, where
/// it is not empty, holds the only authorities that are believed (one or several PEM certificates).
pub fn http_client(ca_pem: &[u8]) -> Result<reqwest::Client, GuardFault> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .timeout(TOTAL)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    if !ca_pem.is_empty() {
        let authorities = reqwest::Certificate::from_pem_bundle(ca_pem)?;
        if authorities.is_empty() {
            return Err(GuardFault::NoCertificate);
        }
        builder = builder.tls_certs_only(authorities);
    }
    Ok(builder.build()?)
}

/// An error of reqwest with its causes, which its own words leave out.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

const A_KEY_SET: &str = "a key set";
const A_FEED: &str = "a revocation feed";
const A_REGISTRATION: &str = "the registration of an API";
const CONNECT: Duration = Duration::from_secs(3);
const TOTAL: Duration = Duration::from_secs(5);
const MOST_BYTES: usize = 256 * 1024;

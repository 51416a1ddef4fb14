//! The way in over the network: a server's `/admin/v1` with the access token of the person who signed in.
//!
//! Owns the transport, and the life of a token: it is renewed before it ends, and once more where the server says that
//! it has ended. Does not own the sign-in ([`super::login`]). No credential is in an argument or in the environment.

mod credentials;

use std::error::Error as _;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

pub(super) use credentials::{Credentials, Kept};

use super::ending::Ending;

/// How long a server may take to be reached.
const CONNECT: Duration = Duration::from_secs(15);
/// How long it may say nothing while it answers: an export takes its time, but not between two chunks.
const SILENCE: Duration = Duration::from_mins(1);
/// A token with fewer seconds left is renewed first.
const SOON: i64 = 30;
/// The longest answer of an endpoint of ours.
const MOST_BYTES: usize = 1024 * 1024;

/// A server's address, as tokens and discovery name it: `https://host[:port]`, without a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address(String);

impl Address {
    /// Reads what was typed. Plain http is for loopback alone: a token would be in everybody's hands.
    pub(super) fn parse(text: &str) -> Result<Self, Ending> {
        let wrong = |why: &str| {
            Ending::usage(format!("--server {text}: {why}"), "Name it as https://host or https://host:port")
        };
        let url = Url::parse(text.trim()).map_err(|fault| wrong(&fault.to_string()))?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !is_bare || !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it is more than an address"));
        }
        match (url.scheme(), url.host()) {
            (_, None) => Err(wrong("it names no host")),
            ("https", Some(_)) => Ok(Self(url.as_str().trim_end_matches('/').to_owned())),
            ("http", Some(host)) if is_loopback(&host) => {
                Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
            }
            _ => Err(wrong("administration goes over https")),
        }
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_loopback(host: &url::Host<&str>) -> bool {
    match host {
        url::Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    }
}

/// A client for one server. The certificate authority that a demo made on this machine is trusted for what it can vouch
/// for: this machine.
pub(super) fn client(address: &Address) -> Result<reqwest::Client, Ending> {
    let mut builder = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .redirect(reqwest::redirect::Policy::none());
    let is_here =
        Url::parse(address.as_str()).is_ok_and(|url| url.host().is_some_and(|host| is_loopback(&host)));
    let own = std::env::home_dir().map(|home| home.join(".doorward").join("ca.pem"));
    if let Some(pem) = own.filter(|_| is_here).and_then(|file| std::fs::read(file).ok())
        && let Ok(certificate) = reqwest::Certificate::from_pem(&pem)
    {
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|fault| Ending::unreachable(told(fault), "Report this: the TLS library failed"))
}

/// A fault of the transport with its causes, without the address, which the caller names.
pub(super) fn told(fault: reqwest::Error) -> String {
    let fault = fault.without_url();
    let mut text = fault.to_string();
    let mut source = fault.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A server with somebody signed in.
pub(super) struct Server {
    address: Address,
    client: reqwest::Client,
    kept: Mutex<Kept>,
}

/// What the token endpoint answers.
#[derive(Deserialize)]
pub(super) struct Tokens {
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    pub(super) expires_in: i64,
}

impl Server {
    /// The server on which somebody signed in with this user's command line.
    pub(super) fn open(text: &str) -> Result<Self, Ending> {
        let address = Address::parse(text)?;
        let kept = Credentials::of_this_user()?.find(address.as_str())?.ok_or_else(|| {
            Ending::coded(
                "DW1074",
                format!("nobody is signed in at {}", address.as_str()),
                format!("Sign in: doorward login --server {} --tenant TENANT", address.as_str()),
            )
        })?;
        Ok(Self { client: client(&address)?, address, kept: Mutex::new(kept) })
    }

    /// Sends a request; its answer may still be coming.
    pub(super) async fn ask(&self, request: Request<Body>) -> Result<Response<Body>, Ending> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, MOST_BYTES).await.map_err(|fault| {
            Ending::usage(format!("the request cannot be sent: {fault}"), "Send less at once")
        })?;
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let url = format!("{}{target}", self.address.as_str());
        let mut token = self.token().await?;
        for is_first in [true, false] {
            let mut sent = self.client.request(parts.method.clone(), &url).bearer_auth(&token);
            for name in [header::CONTENT_TYPE, header::IF_MATCH, header::ACCEPT] {
                if let Some(value) = parts.headers.get(&name) {
                    sent = sent.header(name, value);
                }
            }
            let response = sent.body(body.clone()).send().await.map_err(|fault| self.lost(fault))?;
            if response.status() == StatusCode::UNAUTHORIZED && is_first {
                token = self.renew(Some(token)).await?;
                continue;
            }
            return Ok(Response::from(response).map(Body::new));
        }
        unreachable!("the second answer is returned as it is")
    }

    /// The access token, renewed where it ends soon.
    async fn token(&self) -> Result<String, Ending> {
        let (token, ends) = {
            let kept = self.kept.lock().await;
            (kept.access_token.clone(), kept.ends_at)
        };
        if ends - now() > SOON { Ok(token) } else { self.renew(Some(token)).await }
    }

    /// A new access token in place of `old`, unless somebody renewed it meanwhile.
    async fn renew(&self, old: Option<String>) -> Result<String, Ending> {
        let mut kept = self.kept.lock().await;
        if old.is_some_and(|old| old != kept.access_token) && kept.ends_at - now() > SOON {
            return Ok(kept.access_token.clone());
        }
        let Some(refresh_token) = kept.refresh_token.clone() else { return Err(self.ended(&kept.tenant)) };
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.as_str()),
            ("client_id", doorward_core::directory::CLI_CLIENT_ID),
        ];
        let response = self
            .client
            .post(&kept.token_endpoint)
            .form(&form)
            .send()
            .await
            .map_err(|fault| self.lost(fault))?;
        let status = response.status();
        let body = response.bytes().await.map_err(|fault| self.lost(fault))?;
        if status.is_server_error() {
            return Err(Ending::unreachable(
                format!("{} answered {status} when the sign-in was renewed", self.address.as_str()),
                "Repeat the command",
            ));
        }
        let tokens: Tokens = serde_json::from_slice(&body).map_err(|_| self.ended(&kept.tenant))?;
        kept.take(tokens, now());
        Credentials::of_this_user()?.put(self.address.as_str(), &kept)?;
        Ok(kept.access_token.clone())
    }

    fn ended(&self, tenant: &str) -> Ending {
        Ending::coded(
            "DW1074",
            format!("the sign-in at {} has ended", self.address.as_str()),
            format!("Sign in again: doorward login --server {} --tenant {tenant}", self.address.as_str()),
        )
    }

    fn lost(&self, fault: reqwest::Error) -> Ending {
        Ending::unreachable(
            format!("{} does not answer: {}", self.address.as_str(), told(fault)),
            "Look whether the server runs and whether its certificate is trusted here (SSL_CERT_FILE names further authorities)",
        )
    }
}

/// Seconds of the Unix epoch.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// The body of an answer in JSON, with its status.
pub(super) async fn json(response: reqwest::Response) -> Result<(StatusCode, Value), String> {
    let status = response.status();
    let bytes = response.bytes().await.map_err(told)?;
    if bytes.len() > MOST_BYTES {
        return Err(format!("the answer is longer than {MOST_BYTES} bytes"));
    }
    let body =
        serde_json::from_slice(&bytes).map_err(|_| format!("it answered {status}, and not in JSON"))?;
    Ok((status, body))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn administration_goes_over_https_or_stays_on_this_machine() {
        for (text, address) in [
            ("https://id.example.org", "https://id.example.org"),
            ("https://ID.example.org:8443/", "https://id.example.org:8443"),
            ("http://localhost:7443", "http://localhost:7443"),
            ("http://127.0.0.1:7443/", "http://127.0.0.1:7443"),
        ] {
            assert_eq!(Address::parse(text).unwrap().as_str(), address);
        }
        for bad in [
            "",
            "id.example.org",
            "http://id.example.org",
            "https://id.example.org/meadow",
            "https://ada:pw@id.example.org",
            "https://id.example.org?x=1",
            "ftp://localhost",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}") {
            let _ = Address::parse(&text);
        }
    }
}

//! What a request says about itself and its caller, taken before it is answered: cheap clones of headers, judged later
//! and only for requests that are kept.

use std::net::{IpAddr, SocketAddr};

use axum::body::Body;
use axum::extract::ConnectInfo;
use doorward_core::model::{Digest, Instant, TenantId};
use http::header::{COOKIE, HOST, ORIGIN, SET_COOKIE, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri};
use serde::{Deserialize, Serialize};

use super::scrub::scrub;
use crate::app::App;
use crate::cookie;

/// Longest quotation of a header.
const LONGEST: usize = 160;

/// The request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub(super) method: Method,
    pub(super) uri: Uri,
    headers: Headers,
    peer: Option<IpAddr>,
    browser: Option<Digest>,
    cookies: Cookies,
}

/// Which of our cookies came along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cookies {
    /// Any cookie at all.
    pub(crate) any: bool,
    /// One of the session's.
    pub(crate) session: bool,
    /// The flow's.
    pub(crate) flow: bool,
}

#[derive(Clone, Debug, Default)]
struct Headers {
    host: Option<HeaderValue>,
    origin: Option<HeaderValue>,
    agent: Option<HeaderValue>,
    date: Option<HeaderValue>,
    parent: Option<HeaderValue>,
    dest: Option<HeaderValue>,
    site: Option<HeaderValue>,
    forwarded: Option<HeaderValue>,
}

impl Arrival {
    /// Reads what is needed later. Cookies are looked at now, so that their values are not kept.
    pub(super) fn of(app: &App, request: &Request<Body>) -> Self {
        let headers = request.headers();
        let of = |name: HeaderName| headers.get(name).cloned();
        let named = |name: &'static str| headers.get(name).cloned();
        let trust = app.settings().trust_forwarded_for;
        Self {
            method: request.method().clone(),
            uri: request.uri().clone(),
            peer: request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip()),
            browser: browser_of(app, headers),
            cookies: if headers.contains_key(COOKIE) {
                let session = cookie::session(headers).is_some();
                Cookies { any: true, session, flow: cookie::flow(headers).is_some() }
            } else {
                Cookies::default()
            },
            headers: Headers {
                host: of(HOST),
                origin: of(ORIGIN),
                agent: of(USER_AGENT),
                date: named("date"),
                parent: named("traceparent"),
                dest: named("sec-fetch-dest"),
                site: named("sec-fetch-site"),
                forwarded: trust
                    .then(|| headers.get_all("x-forwarded-for").iter().next_back().cloned())
                    .flatten(),
            },
        }
    }

    /// A browser that had no cookie of ours got one with the answer: from then on it is the same browser.
    pub(super) fn answered(&mut self, app: &App, answer: &HeaderMap) {
        if self.browser.is_some() || !answer.contains_key(SET_COOKIE) {
            return;
        }
        let mut as_sent = HeaderMap::new();
        for value in answer.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let pair = value.split(';').next().unwrap_or_default();
            if let Ok(pair) = HeaderValue::from_str(pair) {
                as_sent.append(COOKIE, pair);
            }
        }
        self.browser = browser_of(app, &as_sent);
    }

    /// Digest of the browser's id.
    pub(super) fn browser(&self) -> Option<Digest> {
        self.browser
    }

    /// The request's own trace context, where it is one (W3C Trace Context §3.2): the trace id.
    pub(super) fn parent(&self) -> Option<String> {
        parent_of(text(self.headers.parent.as_ref())?)
    }

    /// A key for thrift: pages of one origin share it.
    pub(super) fn origin(&self) -> &str {
        text(self.headers.origin.as_ref()).unwrap_or_default()
    }

    /// What is kept of the caller.
    pub(super) fn caller(&self, app: &App, now: Instant) -> Caller {
        let short = |value: &Option<HeaderValue>| text(value.as_ref()).map(|text| scrub(text, LONGEST));
        let forwarded = text(self.headers.forwarded.as_ref())
            .and_then(|value| value.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
        let address = forwarded.or(self.peer).map(|address| address.to_string());
        let agent = short(&self.headers.agent);
        let device = (address.is_some() || agent.is_some()).then(|| {
            let text = format!("{}|{}", address.as_deref().unwrap_or(""), agent.as_deref().unwrap_or(""));
            keyed(app, "events/device", text.as_bytes())
        });
        Caller {
            origin: short(&self.headers.origin),
            agent,
            dest: short(&self.headers.dest),
            site: short(&self.headers.site),
            parent: self.parent(),
            other_host: self.other_host(app),
            skew_secs: self.skew(now),
            address: address.map(|address| keyed(app, "events/address", address.as_bytes())),
            device,
            cookies: self.cookies,
        }
    }

    /// The host that was asked, where it is not the public one.
    fn other_host(&self, app: &App) -> Option<String> {
        let asked =
            text(self.headers.host.as_ref()).or(self.uri.authority().map(http::uri::Authority::as_str))?;
        let public = app.settings().base_url.trim_start_matches("https://");
        let same =
            asked.eq_ignore_ascii_case(public) || asked.trim_end_matches(":443").eq_ignore_ascii_case(public);
        (!same).then(|| scrub(asked, 80))
    }

    /// How far the caller's clock is ahead of ours, by its `Date` header.
    fn skew(&self, now: Instant) -> Option<i64> {
        let date = text(self.headers.date.as_ref())?;
        let told = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_second();
        Some(told.saturating_sub(now.seconds()))
    }
}

/// What is kept of a caller. Addresses are kept as keyed digests only: they join lines and name nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Caller {
    /// `Origin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) origin: Option<String>,
    /// `User-Agent`, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<String>,
    /// `Sec-Fetch-Dest`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dest: Option<String>,
    /// `Sec-Fetch-Site`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<String>,
    /// Trace id of the caller's own `traceparent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent: Option<String>,
    /// The host that was asked, where it is not the public one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) other_host: Option<String>,
    /// Seconds by which the caller's clock is ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) skew_secs: Option<i64>,
    /// Keyed digest of the network address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    /// Keyed digest of address and user agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<String>,
    /// Which cookies came along.
    #[serde(default)]
    pub(crate) cookies: Cookies,
}

fn text(value: Option<&HeaderValue>) -> Option<&str> {
    value.and_then(|value| value.to_str().ok())
}

/// 64 bits of a keyed digest as hexadecimal digits.
fn keyed(app: &App, label: &'static str, bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mac = app.vault().mac(TenantId::new(uuid::Uuid::nil()), label, bytes);
    mac[..8].iter().fold(String::with_capacity(16), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The flow cookie stays while the browser runs; the session cookie stands in for it.
fn browser_of(app: &App, headers: &HeaderMap) -> Option<Digest> {
    if !headers.contains_key(COOKIE) {
        return None;
    }
    let value =
        cookie::flow(headers).or_else(|| cookie::session(headers).map(|known| known.expose().to_owned()))?;
    Some(Digest::new(app.vault().mac(TenantId::new(uuid::Uuid::nil()), "events/browser", value.as_bytes())))
}

/// `00-<32 hex>-<16 hex>-<2 hex>`; a trace id of zeros is none.
fn parent_of(value: &str) -> Option<String> {
    let mut parts = value.trim().split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length: usize| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let whole = version != "00" || parts.next().is_none();
    let fits =
        hex(version, 2) && version != "ff" && hex(trace, 32) && hex(span, 16) && hex(flags, 2) && whole;
    let known = trace.bytes().any(|b| b != b'0') && span.bytes().any(|b| b != b'0');
    (fits && known).then(|| trace.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_trace_context_is_read_as_the_standard_says() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(parent_of(&format!("00-{trace}-00f067aa0ba902b7-01")).as_deref(), Some(trace));
        assert_eq!(parent_of(&format!("01-{trace}-00f067aa0ba902b7-01-more")).as_deref(), Some(trace));
        for bad in [
            String::new(),
            format!("00-{trace}-00f067aa0ba902b7"),
            format!("00-{trace}-00f067aa0ba902b7-01-more"),
            format!("ff-{trace}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{trace}-0000000000000000-01"),
        ] {
            assert_eq!(parent_of(&bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_the_reader_panic(value in ".{0,200}") {
            if let Some(trace) = parent_of(&value) {
                prop_assert_eq!(trace.len(), 32);
            }
        }
    }
}

//! Redirect URIs: what may be registered, and the one comparison (RFC 6749 §3.1.2, RFC 9700 §2.1, RFC 8252 §7).

use serde::{Deserialize, Serialize};
use url::Url;

/// The kind of application a redirect URI belongs to; bound into codes and refresh tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// An application on a device: loopback addresses match on any port, private schemes are allowed.
    Native,
    /// Single-page: redemption carries an `Origin` of a registered URI.
    Spa,
    /// Server-side.
    Web,
}

/// A redirect URI that may be registered. Kept and compared byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

/// Why a URI cannot be a redirect URI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriFault {
    /// Not an absolute URI.
    #[error("it is not an absolute URI")]
    NotAbsolute,
    /// More than 2048 bytes, or a control character, white space or non-ASCII character.
    #[error("it has more than 2048 bytes, or a space, control or non-ASCII character")]
    Characters,
    /// `#…` (RFC 6749 §3.1.2).
    #[error("it has a fragment")]
    Fragment,
    /// `*` in host or path.
    #[error("wildcards are not redirect URIs")]
    Wildcard,
    /// `user:password@`.
    #[error("it carries a user name or password")]
    UserInfo,
    /// A scheme that runs code or reads files in the browser.
    #[error("the scheme `{0}` can never receive a sign-in")]
    DangerousScheme(String),
    /// Plain http to another machine.
    #[error("plain http is for loopback addresses only: use https")]
    PlainHttp,
    /// A private scheme without a dot, or on a platform other than native (RFC 8252 §7.1).
    #[error("a private scheme such as `{0}` needs a dot (com.example.app) and the native platform")]
    PrivateScheme(String),
}

impl RedirectUri {
    /// Checks a URI for registration on a platform.
    pub fn parse(text: &str, platform: Platform) -> Result<Self, RedirectUriFault> {
        if text.len() > 2048 || text.bytes().any(|b| b <= b' ' || b >= 0x7f) {
            return Err(RedirectUriFault::Characters);
        }
        if text.contains('#') {
            return Err(RedirectUriFault::Fragment);
        }
        let url = Url::parse(text).map_err(|_| RedirectUriFault::NotAbsolute)?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback_host(&url) => {}
            "http" => return Err(RedirectUriFault::PlainHttp),
            scheme @ ("javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "view-source"
            | "ws" | "wss" | "ftp" | "mailto") => {
                return Err(RedirectUriFault::DangerousScheme(scheme.to_owned()));
            }
            scheme
                if platform == Platform::Native
                    && (scheme.contains('.') || names_one_application(scheme)) => {}
            scheme => return Err(RedirectUriFault::PrivateScheme(scheme.to_owned())),
        }
        if text.contains('*') {
            return Err(RedirectUriFault::Wildcard);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectUriFault::UserInfo);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text as registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `scheme://host[:port]` of an http or https URI (RFC 6454 §6.2).
    pub fn origin(&self) -> Option<String> {
        let origin = Url::parse(&self.0).ok()?.origin();
        origin.is_tuple().then(|| origin.ascii_serialization())
    }
}

/// Native SDKs register schemes that end in the application's GUID: no dot, but exactly one application.
fn names_one_application(scheme: &str) -> bool {
    scheme
        .len()
        .checked_sub(36)
        .and_then(|at| scheme.get(at..))
        .is_some_and(|id| uuid::Uuid::try_parse(id).is_ok())
}

fn is_loopback_host(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// A redirect URI in a registration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RegisteredRedirect {
    /// The URI.
    pub uri: RedirectUri,
    /// Its platform.
    pub platform: Platform,
}

impl RegisteredRedirect {
    /// Simple string comparison, without any normalisation; on the native platform a loopback URI matches on any
    /// port (RFC 8252 §7.3).
    pub fn matches(&self, presented: &str) -> bool {
        if self.uri.as_str() == presented {
            return true;
        }
        self.platform == Platform::Native
            && match (split_loopback(self.uri.as_str()), split_loopback(presented)) {
                (Some(registered), Some(presented)) => registered == presented,
                _ => false,
            }
    }
}

/// `http://{loopback host}` and everything after the port, or `None` where the URI is not plain-http loopback.
fn split_loopback(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let host = ["localhost", "127.0.0.1", "[::1]"].into_iter().find(|host| {
        rest.strip_prefix(*host).is_some_and(|after| after.is_empty() || after.starts_with([':', '/', '?']))
    })?;
    let after = &rest[host.len()..];
    let Some(port_on) = after.strip_prefix(':') else { return Some((host, after)) };
    let digits = port_on.bytes().take_while(u8::is_ascii_digit).count();
    let path = &port_on[digits..];
    let fits = (1..=5).contains(&digits)
        && port_on[..digits].parse::<u16>().is_ok()
        && (path.is_empty() || path.starts_with(['/', '?']));
    fits.then_some((host, path))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn registered(uri: &str, platform: Platform) -> RegisteredRedirect {
        RegisteredRedirect { uri: RedirectUri::parse(uri, platform).unwrap(), platform }
    }

    #[test]
    fn comparison_is_byte_for_byte() {
        let web = registered("https://app.test/cb?x=1", Platform::Web);
        assert!(web.matches("https://app.test/cb?x=1"));
        for other in [
            "https://app.test/cb",
            "https://app.test/cb?x=1&y=2",
            "https://APP.test/cb?x=1",
            "https://app.test:443/cb?x=1",
            "https://app.test/cb/?x=1",
            "https://app.test/%63b?x=1",
            "https://app.test/cb?x=1#",
        ] {
            assert!(!web.matches(other), "{other}");
        }
    }

    #[test]
    fn a_native_loopback_uri_matches_on_any_port() {
        let native = registered("http://localhost/cb", Platform::Native);
        assert!(native.matches("http://localhost:51004/cb"));
        for other in [
            "http://localhost:51004/other",
            "http://localhost.evil.test/cb",
            "http://localhost:1@evil.test/cb",
            "http://localhost:99999/cb",
            "http://127.0.0.1:1/cb",
            "https://localhost:1/cb",
            "http://localhost:/cb",
        ] {
            assert!(!native.matches(other), "{other}");
        }
        assert!(!registered("http://localhost/cb", Platform::Web).matches("http://localhost:1/cb"));
    }

    #[test]
    fn what_can_never_be_registered() {
        for bad in [
            "",
            "/relative",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://a.test/#f",
            "https://*.a.test/cb",
            "http://a.test/cb",
            "https://u:p@a.test/",
            "myapp://cb",
            "https://a.test/a b",
            "https://a.test/\u{e9}",
            "file:///etc",
        ] {
            assert!(RedirectUri::parse(bad, Platform::Web).is_err(), "{bad}");
        }
        assert!(RedirectUri::parse("com.example.app:/cb", Platform::Native).is_ok());
        assert!(RedirectUri::parse("com.example.app:/cb", Platform::Web).is_err());
        let broker = "sdk3f2504e0-4f89-11d3-9a0c-0305e82c3301://auth";
        assert!(RedirectUri::parse(broker, Platform::Native).is_ok());
    }

    proptest! {
        #[test]
        fn parsing_and_matching_never_panic(text in ".{0,200}", port in 0u32..100_000) {
            let _ = RedirectUri::parse(&text, Platform::Native);
            let native = registered("http://localhost/cb", Platform::Native);
            let _ = native.matches(&text);
            prop_assert_eq!(native.matches(&format!("http://localhost:{port}/cb")), port <= 65_535);
        }

        #[test]
        fn nothing_but_the_registered_text_matches_on_the_web(text in "https://app.test/[a-z/?&=%.0-9]{0,12}") {
            let web = registered("https://app.test/cb", Platform::Web);
            prop_assert_eq!(web.matches(&text), text == "https://app.test/cb");
        }
    }
}

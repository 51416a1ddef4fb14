//! Addresses that may stand in a page as a link, a form target or a hand-over.
//!
//! Holding an [`Href`] is the proof that following it cannot run a script in our origin.

use std::fmt;

use serde::Serialize;
use url::Url;

/// A path on this server, or an absolute address whose scheme cannot execute anything.
///
/// The text is kept byte for byte (a redirect URI is compared so by its owner), which is why white space and
/// control characters, that browsers silently drop from addresses, are refused instead of cleaned.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Href(String);

impl Href {
    /// Accepts `/path…` and absolute addresses of any scheme except the executable and local ones; native
    /// applications have schemes of their own (RFC 8252 §7.1).
    ///
    /// # Errors
    /// [`HrefFault`] names the first thing that is wrong.
    pub fn parse(text: impl Into<String>) -> Result<Self, HrefFault> {
        let text = text.into();
        if text.is_empty() {
            return Err(HrefFault::Empty);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(HrefFault::Blank);
        }
        if let Some(rest) = text.strip_prefix('/') {
            // `//host` and `/\host` leave this server (WHATWG URL, special schemes).
            return if rest.starts_with(['/', '\\']) { Err(HrefFault::NotAPath) } else { Ok(Self(text)) };
        }
        let url = Url::parse(&text).map_err(|_| HrefFault::NotAbsolute)?;
        if REFUSED_SCHEMES.contains(&url.scheme()) {
            return Err(HrefFault::Scheme { scheme: url.scheme().to_owned() });
        }
        Ok(Self(text))
    }

    /// The address as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The source expression under which a content security policy admits this address: `'self'`, an origin, or
    /// `scheme:` for a native application.
    pub fn csp_source(&self) -> String {
        match Url::parse(&self.0) {
            Err(_) => "'self'".to_owned(),
            Ok(url) if url.origin().is_tuple() => url.origin().ascii_serialization(),
            Ok(url) => format!("{}:", url.scheme()),
        }
    }
}

impl fmt::Debug for Href {
    /// Without query and fragment: a hand-over address carries an authorization code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.find(['?', '#']) {
            Some(at) => write!(f, "Href({}***)", &self.0[..=at]),
            None => write!(f, "Href({})", self.0),
        }
    }
}

/// Why a text is not an [`Href`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HrefFault {
    /// White space or a control character.
    #[error("the address contains white space or a control character")]
    Blank,
    /// Nothing at all.
    #[error("the address is empty")]
    Empty,
    /// Neither a path nor an absolute address.
    #[error("the address is neither a path beginning with / nor absolute")]
    NotAbsolute,
    /// Two slashes at the start name another host.
    #[error("the address begins with // or /\\ and would leave this server")]
    NotAPath,
    /// The scheme runs code or reads local data.
    #[error("the scheme `{scheme}` may not stand in a page")]
    Scheme {
        /// The scheme in lower case.
        scheme: String,
    },
}

const REFUSED_SCHEMES: [&str; 7] = ["about", "blob", "data", "file", "filesystem", "javascript", "vbscript"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_and_absolute_addresses_pass() {
        for good in
            ["/", "/flow/signin?x=1", "https://app.test/cb?code=a#b", "http://localhost:5173", "com.app:/cb"]
        {
            assert_eq!(Href::parse(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn nothing_that_runs_or_leaves_passes() {
        for bad in [
            "",
            "//evil.test",
            "/\\evil.test",
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            " javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "relative/path",
            "#fragment",
            "/with space",
        ] {
            assert!(Href::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn debug_hides_the_code() {
        let href = Href::parse("https://app.test/cb?code=secret").unwrap();
        assert_eq!(format!("{href:?}"), "Href(https://app.test/cb?***)");
    }

    #[test]
    fn the_csp_source_is_an_origin_or_a_scheme() {
        let source = |text| Href::parse(text).unwrap().csp_source();
        assert_eq!(source("https://app.test:8443/cb?x=1"), "https://app.test:8443");
        assert_eq!(source("com.example.app:/cb"), "com.example.app:");
        assert_eq!(source("/flow"), "'self'");
    }

    proptest! {
        #[test]
        fn an_accepted_address_never_resolves_to_a_script(text in "\\PC{0,40}|(?i:javascript|data|[a-z]{1,5}):?[\\PC]{0,20}") {
            if let Ok(href) = Href::parse(text) {
                let base = Url::parse("https://id.test/page").unwrap();
                let target = base.join(href.as_str()).unwrap_or(base.clone());
                prop_assert!(!REFUSED_SCHEMES.contains(&target.scheme()));
                if href.as_str().starts_with('/') {
                    prop_assert_eq!(target.origin(), base.origin());
                }
            }
        }
    }
}

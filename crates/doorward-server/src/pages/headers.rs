//! The headers under which a page is answered: no script but ours, no frame, no referrer, no cache.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

use super::{Href, Nonce};

/// What a page is allowed to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageKind {
    /// Sends the browser on with one inline script.
    Continue {
        /// Of that script.
        nonce: Nonce,
    },
    /// Is read; may be kept by the browser, but asked for again.
    Document,
    /// Shows a document of ours in a frame, without any rights.
    Framing,
    /// Posts to another origin with one inline script, and can do nothing else.
    FormPost {
        /// Of that script.
        nonce: Nonce,
        /// The redirect URI.
        target: Href,
    },
    /// Shows a form, or speaks to one person.
    Interactive,
    /// Is kept fresh by a script that asks this server again.
    Live,
}

/// The content security policy of a page.
pub fn csp(kind: &PageKind) -> String {
    let (script, form) = match kind {
        PageKind::Continue { nonce } => (format!("'nonce-{}'", nonce.as_str()), "'none'".to_owned()),
        PageKind::Document => ("'none'".to_owned(), "'none'".to_owned()),
        PageKind::FormPost { nonce, target } => (format!("'nonce-{}'", nonce.as_str()), target.csp_source()),
        PageKind::Framing | PageKind::Interactive | PageKind::Live => {
            ("'self'".to_owned(), "'self'".to_owned())
        }
    };
    let more = match kind {
        PageKind::Framing => "frame-src 'self'; ",
        PageKind::Live => "connect-src 'self'; ",
        _ => "",
    };
    format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src {script}; {more}form-action {form}; \
         frame-ancestors 'none'; base-uri 'none'"
    )
}

/// Every header of a page except status, cookies and trace. No `Cross-Origin-Opener-Policy`: it breaks the
/// pop-up of some client libraries.
pub fn security_headers(kind: &PageKind) -> [(HeaderName, HeaderValue); 8] {
    let policy = HeaderValue::try_from(csp(kind)).expect("nonces and URL origins are visible ASCII");
    let cache = if *kind == PageKind::Document { "no-cache" } else { "no-store" };
    let fixed = HeaderValue::from_static;
    [
        (CONTENT_TYPE, fixed("text/html; charset=utf-8")),
        (CACHE_CONTROL, fixed(cache)),
        (CONTENT_SECURITY_POLICY, policy),
        (X_FRAME_OPTIONS, fixed("DENY")),
        (X_CONTENT_TYPE_OPTIONS, fixed("nosniff")),
        (REFERRER_POLICY, fixed("no-referrer")),
        (HeaderName::from_static("cross-origin-resource-policy"), fixed("same-origin")),
        (
            HeaderName::from_static("permissions-policy"),
            fixed("camera=(), geolocation=(), microphone=(), payment=()"),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_page_runs_our_files_only_and_posts_home() {
        assert_eq!(
            csp(&PageKind::Interactive),
            "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; form-action 'self'; \
             frame-ancestors 'none'; base-uri 'none'"
        );
    }

    #[test]
    fn a_form_post_may_reach_one_origin() {
        let nonce = Nonce::from_random([7; 16]);
        let target = Href::parse("https://app.test:8443/cb?x=1").unwrap();
        let policy = csp(&PageKind::FormPost { nonce: nonce.clone(), target });
        assert!(policy.contains("form-action https://app.test:8443;"), "{policy}");
        assert!(policy.contains(&format!("script-src 'nonce-{}';", nonce.as_str())), "{policy}");
    }

    #[test]
    fn an_international_host_makes_a_valid_header() {
        let target = Href::parse("https://bücher.test/cb").unwrap();
        let kind = PageKind::FormPost { nonce: Nonce::from_random([0; 16]), target };
        let headers = security_headers(&kind);
        assert!(headers[2].1.to_str().unwrap().contains("https://xn--bcher-kva.test"));
    }

    #[test]
    fn only_documents_may_be_kept() {
        assert_eq!(security_headers(&PageKind::Interactive)[1].1, "no-store");
        assert_eq!(security_headers(&PageKind::Document)[1].1, "no-cache");
    }
}

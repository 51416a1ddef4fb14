//! Cookies: the browser session twice (for silent frames and for pages), and the flow's binding to this browser.
//!
//! All are `__Host-`, `Secure` and `HttpOnly`. No header of a request is ever logged: on localhost, applications' own
//! cookies, with whole tokens inside, arrive here too.

use cookie::{Cookie, SameSite};
use doorward_core::model::Secret;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

/// For hidden frames of other sites.
const SESSION_SILENT: &str = "__Host-doorward-silent";
/// For pages.
const SESSION_PAGES: &str = "__Host-doorward-session";
/// Binds a flow to the browser in which it began.
const FLOW: &str = "__Host-doorward-flow";

/// The session cookie's value; the stricter cookie first.
pub(crate) fn session(headers: &HeaderMap) -> Option<Secret> {
    read(headers, SESSION_PAGES).or_else(|| read(headers, SESSION_SILENT)).map(Secret::new)
}

/// The flow cookie's value.
pub(crate) fn flow(headers: &HeaderMap) -> Option<String> {
    read(headers, FLOW)
}

/// Sets both session cookies.
pub(crate) fn set_session(headers: &mut HeaderMap, value: &Secret) {
    set(headers, build(SESSION_PAGES, value.expose(), SameSite::Lax));
    set(headers, build(SESSION_SILENT, value.expose(), SameSite::None));
}

/// Removes both session cookies.
pub(crate) fn clear_session(headers: &mut HeaderMap) {
    for (name, same_site) in [(SESSION_PAGES, SameSite::Lax), (SESSION_SILENT, SameSite::None)] {
        let mut cookie = build(name, "", same_site);
        cookie.set_max_age(cookie::time::Duration::ZERO);
        set(headers, cookie);
    }
}

/// Sets the flow cookie.
pub(crate) fn set_flow(headers: &mut HeaderMap, value: &str) {
    set(headers, build(FLOW, value, SameSite::Lax));
}

fn build<'c>(name: &'c str, value: &'c str, same_site: SameSite) -> Cookie<'c> {
    Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(same_site).build()
}

fn set(headers: &mut HeaderMap, cookie: Cookie<'_>) {
    let text = HeaderValue::try_from(cookie.to_string()).expect("our cookie values are base64url");
    headers.append(SET_COOKIE, text);
}

fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == name && !cookie.value().is_empty() && cookie.value().len() <= 128)
        .map(|cookie| cookie.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_cookie_counts_and_foreign_ones_do_no_harm() {
        let mut headers = HeaderMap::new();
        let text = "msal.x=a{\"b\":1}; __Host-doorward-silent=one; =; __Host-doorward-session=two";
        headers.insert(COOKIE, HeaderValue::from_str(text).unwrap());
        assert_eq!(session(&headers).unwrap().expose(), "two");
        assert_eq!(flow(&headers), None);
    }

    #[test]
    fn every_cookie_is_host_bound_secure_and_hidden_from_scripts() {
        let mut headers = HeaderMap::new();
        set_session(&mut headers, &Secret::new("value"));
        set_flow(&mut headers, "value");
        clear_session(&mut headers);
        for cookie in headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            for part in ["__Host-", "Secure", "HttpOnly", "Path=/"] {
                assert!(text.contains(part), "{text}");
            }
            assert!(!text.contains("Domain"));
        }
    }
}

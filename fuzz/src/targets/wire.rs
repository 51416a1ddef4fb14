//! What a request carries: addresses, parameters, forms, credentials, names.

use doorward_core::model::{ClientId, Platform, RedirectUri, ScopeSet, SignInName, TenantName};
use doorward_core::refusal::quote;
use doorward_dialect::{
    Dialect, Params, read_authorize, read_form, read_introspect, read_logout, read_revoke, read_token,
    read_userinfo, route,
};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use super::{Target, said};

pub(super) fn all() -> Vec<Target> {
    vec![
        parameters(),
        form(),
        token_request(),
        bearer_request(),
        address(),
        redirect_uri(),
        scopes(),
        names(),
        quotation(),
    ]
}

const PAIRS: &[&str] = &[
    "&",
    "=",
    "%26",
    "%3D",
    "+",
    "client_id=",
    "redirect_uri=",
    "scope=",
    "state=",
    "code=",
    "claims={\"id_token\":",
    "max_age=",
    "prompt=none",
    "resource=",
    "client_id=a&",
];

fn parameters() -> Target {
    Target::of_text("parameters", |text| match Params::query(text) {
        Err(refusal) => format!("{refusal:?}"),
        Ok(params) => {
            let asked: Vec<String> =
                Dialect::ALL.iter().map(|dialect| read_authorize(*dialect, &params).scope.is_some().to_string()).collect();
            let _ = read_logout(&params);
            format!("read {}", asked.join(" "))
        }
    })
    .examples([
        "client_id=web&redirect_uri=https%3A%2F%2Fweb.test%2Fcb&response_type=code&scope=openid+notes.read&state=x%20y",
        "id_token_hint=e30.e30.AA&post_logout_redirect_uri=https%3A%2F%2Fweb.test%2F",
        "",
    ])
    .words(PAIRS)
}

/// The first line is the `Content-Type`, the rest the body.
fn parted(input: &[u8]) -> (HeaderValue, &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let value = HeaderValue::from_bytes(&input[..end]).unwrap_or(HeaderValue::from_static(""));
    (value, input.get(end + 1..).unwrap_or_default())
}

fn form() -> Target {
    Target::new("form", |input| {
        let (kind, body) = parted(input);
        said(read_form(&HeaderMap::from_iter([(CONTENT_TYPE, kind)]), body))
    })
    .examples([
        "application/x-www-form-urlencoded\ngrant_type=client_credentials&scope=x",
        "application/x-www-form-urlencoded; charset=utf-8\na=b",
        "application/json\n{}",
    ])
    .words(PAIRS)
    .words(&["; charset=", "application/", "\n"])
    .starts(&["application/x-www-form-urlencoded\n", "application/x-www-form-urlencoded\na="])
}

/// The first line is the `Authorization` header, the rest the form.
fn token_request() -> Target {
    Target::new("token-request", |input| {
        let (authorization, body) = parted(input);
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization), (CONTENT_TYPE, kind)]);
        let (token, other) = (said(read_token(&headers, body)), said(read_introspect(&headers, body)));
        format!("{token} {other} {}", said(read_revoke(&headers, body)))
    })
    .examples([
        "Basic d2ViOmR3c19zZWNyZXQ=\ngrant_type=authorization_code&code=abc&redirect_uri=https%3A%2F%2Fweb.test%2Fcb",
        "\ngrant_type=refresh_token&refresh_token=a.b.c&client_id=spa",
        "Basic d2ViJTNBOmElMjBi\ntoken=abc&token_type_hint=refresh_token",
    ])
    .words(PAIRS)
    .words(&["Basic ", "Bearer ", "Basic d2Vi", "grant_type=", "client_secret=", "client_assertion=", "=="])
    .starts(&["Basic ", "\ngrant_type=refresh_token&refresh_token=", "\nscope="])
}

fn bearer_request() -> Target {
    Target::new("bearer-request", |input| {
        let (authorization, rest) = parted(input);
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization), (CONTENT_TYPE, kind)]);
        let query = String::from_utf8_lossy(rest).into_owned();
        said(read_userinfo(&headers, &query, rest))
    })
    .examples(["Bearer e30.e30.AA\n", "\naccess_token=abc", "bearer  x\na=b"])
    .words(&["Bearer ", "access_token=", "&", "\n", ","])
}

fn address() -> Target {
    Target::of_text("address", |text| {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        match route(path, query) {
            Ok(found) => format!("{:?} {:?}", found.dialect, found.endpoint),
            Err(refusal) => format!("{refusal:?}"),
        }
    })
    .examples([
        "/meadow/oauth2/v2.0/authorize?p=b2c_1_susi",
        "/tfp/meadow/b2c_1_susi/v2.0/.well-known/openid-configuration",
        "/meadow/oauth2/token",
        "/.well-known/oauth-authorization-server/meadow",
        "/common/discovery/instance",
    ])
    .words(&[
        "/", "//", "/..", "%2f", "%2e", "%00", "/oauth2", "/v2.0", "/token", "?p=", "/tfp", "b2c_1_",
        "/meadow",
    ])
    .starts(&["/meadow/oauth2/", "/meadow/oauth2/authorize?"])
}

fn redirect_uri() -> Target {
    Target::of_text("redirect-uri", |text| {
        let read = [Platform::Web, Platform::Spa, Platform::Native]
            .map(|platform| said(RedirectUri::parse(text, platform)));
        read.join(" ")
    })
    .examples([
        "https://web.test:8443/cb?x=1",
        "http://localhost/cb",
        "http://127.0.0.1:3000/",
        "com.example.app:/cb",
        "msal00000000://auth",
        "https://[::1]/x",
    ])
    .words(&[
        "https://",
        "http://",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "@",
        "#",
        "?",
        "/../",
        "\\",
        ":",
        "%2f",
        "javascript:",
        "*.",
    ])
    .starts(&["https://web.test/", "https://"])
}

fn scopes() -> Target {
    Target::of_text("scopes", |text| said(ScopeSet::parse(text)))
        .examples(["openid profile api://notes/notes.read", "https://graph.test/.default", "a:b"])
        .words(&[" ", "  ", "openid", "api://", "/.default", "\"", "\\", ":"])
        .starts(&["openid "])
}

fn names() -> Target {
    Target::of_text("names", |text| {
        format!(
            "{} {} {} {}",
            said(TenantName::parse(text)),
            said(ClientId::parse(text)),
            said(SignInName::user_name(text)),
            said(SignInName::email(text, false))
        )
    })
    .examples(["meadow", "ben.fern", "ben@meadow.test", "3b1c5f2e-28c4-4a36-9a02-3a1fcd1c7a11", "B2C_1_susi"])
    .words(&["@", ".", "-", "_", "token", "common", "xn--", "\u{df}", "\u{130}", "\u{0301}"])
}

/// What is quoted from a request stays within the grammar of an `error_description`.
fn quotation() -> Target {
    Target::of_text("quotation", |text| {
        let quoted = quote(text, 60);
        let plain = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        assert!(quoted.bytes().all(plain) && quoted.len() <= 63, "{quoted:?} may not be sent");
        "quoted".to_owned()
    })
    .examples(["plain", "\"><script>\\\r\n"])
}

//! Whatever is sent to whatever endpoint: never a fault of ours, never a broken answer.

use axum::body::Body;
use http::{HeaderValue, Request, Uri};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Answer, Ask, Door, World};

fn paths() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for door in Door::ALL {
        all.push(door.metadata().to_owned());
        for endpoint in ["authorize", "token", "userinfo", "introspect", "revoke", "logout"] {
            all.push(door.at(endpoint));
        }
    }
    for path in [
        "/meadow/oauth2/jwks",
        "/common/discovery/instance",
        "/flow/sign-in",
        "/flow/sign-up",
        "/flow/consent",
        "/flow/choose-account",
        "/flow/sign-out",
        "/flow/cancel",
        "/docs/errors",
        "/docs/errors/DW1001",
        "/feed/meadow/apis/notes",
        "/admin/v1/tenants",
        "/assets/doorward.css",
        "/healthz",
    ] {
        all.push(path.to_owned());
    }
    all
}

/// A query or a body: bytes, or pairs whose names mean something.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::sample::select(vec![
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "prompt",
        "code",
        "grant_type",
        "token",
        "refresh_token",
        "client_secret",
        "code_verifier",
        "flow",
        "username",
        "password",
        "account",
        "decision",
        "id_token_hint",
        "login_hint",
        "post_logout_redirect_uri",
        "resource",
        "claims",
        "max_age",
        "p",
        "sid",
        "access_token",
        "authorization_endpoint",
        "code_challenge",
        "code_challenge_method",
        "response_mode",
    ]);
    let value = prop_oneof![
        Just("web".to_owned()),
        Just("https://web.test/cb".to_owned()),
        Just("code".to_owned()),
        Just("openid".to_owned()),
        Just("none".to_owned()),
        Just("b2c_1_susi".to_owned()),
        Just("authorization_code".to_owned()),
        Just("refresh_token".to_owned()),
        Just("client_credentials".to_owned()),
        Just("eyJhbGciOiJub25lIn0.e30.".to_owned()),
        "\\PC{0,40}".prop_map(|text| text),
        "[a-zA-Z0-9._~-]{0,60}".prop_map(|text| text),
    ];
    let pairs = prop::collection::vec((name, value), 0..12).prop_map(|pairs| {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish().into_bytes()
    });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..200), pairs]
}

fn header() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"application/x-www-form-urlencoded".to_vec()),
        Just(b"application/json".to_vec()),
        prop::collection::vec(any::<u8>(), 0..40),
    ]
}

fn request(
    (path, query): (&str, &[u8]),
    method: &str,
    (content_type, other): (&[u8], &[u8]),
    body: Vec<u8>,
) -> Option<Request<Body>> {
    let query = String::from_utf8_lossy(query).into_owned();
    let uri: Uri = format!("{path}?{query}").parse().ok()?;
    let mut request = Request::builder().method(method).uri(uri);
    if let Ok(value) = HeaderValue::from_bytes(content_type) {
        request = request.header("content-type", value);
    }
    for name in ["cookie", "authorization", "accept", "origin"] {
        if let Ok(value) = HeaderValue::from_bytes(other) {
            request = request.header(name, value);
        }
    }
    request.body(Body::from(body)).ok()
}

#[track_caller]
fn is_sound(path: &str, answer: &Answer) {
    assert!(answer.status.as_u16() < 500, "{path}: {} {}", answer.status, answer.text());
    match answer.header("content-type") {
        "application/json" if !answer.body.is_empty() => {
            serde_json::from_slice::<serde_json::Value>(&answer.body).expect("JSON reads");
        }
        "text/html; charset=utf-8" => {
            assert!(!answer.header("content-security-policy").is_empty(), "{path}");
            std::str::from_utf8(&answer.body).expect("HTML is UTF-8");
        }
        _ => {}
    }
}

#[test]
fn no_bytes_in_query_body_or_headers_make_the_server_fail() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let world = runtime.block_on(World::open());
    let paths = paths();
    let method = prop::sample::select(vec!["GET", "POST", "HEAD", "PUT", "OPTIONS"]);
    let input = (prop::sample::select(paths), method, payload(), payload(), header(), header());
    let mut runner = TestRunner::new(Config { cases: 1500, failure_persistence: None, ..Config::default() });
    runner
        .run(&input, |(path, method, query, body, content_type, other)| {
            if let Some(request) = request((&path, &query), method, (&content_type, &other), body) {
                is_sound(&path, &runtime.block_on(world.send(request)));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn no_path_makes_the_server_fail() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::open());
    let mut runner = TestRunner::new(Config { cases: 800, failure_persistence: None, ..Config::default() });
    let segment = prop_oneof![
        Just("meadow".to_owned()),
        Just("oauth2".to_owned()),
        Just("v2.0".to_owned()),
        Just("tfp".to_owned()),
        Just("b2c_1_susi".to_owned()),
        Just(".well-known".to_owned()),
        Just("openid-configuration".to_owned()),
        Just("..".to_owned()),
        Just("%2e%2e".to_owned()),
        Just("%2F".to_owned()),
        Just("%00".to_owned()),
        Just("%FF".to_owned()),
        Just("flow".to_owned()),
        Just("feed".to_owned()),
        Just("docs".to_owned()),
        "[!-~]{0,20}".prop_map(|text| text.replace(['?', '#'], "%3F")),
    ];
    runner
        .run(&prop::collection::vec(segment, 0..7), |segments| {
            let path = format!("/{}", segments.join("/"));
            if let Some(request) = request((&path, b""), "GET", (b"", b""), Vec::new()) {
                is_sound(&path, &runtime.block_on(world.send(request)));
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn whatever_is_typed_into_a_genuine_page_the_server_stands() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::bare());
    let mut browser = world.browser();
    let page = runtime.block_on(browser.visit(&Ask::of(Door::Flow, "web").url())).page();
    let flow = page.form("signin").value("flow").to_owned();
    let text =
        || prop_oneof!["\\PC{0,30}", "[a-z.@ ]{0,20}", Just("\u{0}".to_owned()), Just("x".repeat(2_000))];
    let place =
        prop::sample::select(vec!["sign-in", "sign-up", "consent", "choose-account", "sign-out", "cancel"]);
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    runner
        .run(&(place, text(), text(), text()), |(place, first, second, third)| {
            let fields = [
                ("flow", flow.as_str()),
                ("username", first.as_str()),
                ("account", first.as_str()),
                ("password", second.as_str()),
                ("decision", second.as_str()),
                ("display_name", third.as_str()),
                ("email", third.as_str()),
            ];
            let mut browser = browser.clone();
            let path = format!("/flow/{place}");
            runtime.block_on(browser.post(&path, &fields));
            is_sound(&path, browser.last.as_ref().unwrap());
            Ok(())
        })
        .unwrap();
}

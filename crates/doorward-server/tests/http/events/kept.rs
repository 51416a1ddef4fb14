//! What is kept, for how long, and what never is.

use doorward_server::LogSettings;
use http::Request;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{event_of, stored};
use crate::support::{Ask, BEN, BEN_PASSWORD, DAEMON, Door, NOTES, SPA, World, form};

#[tokio::test]
async fn a_sign_in_and_its_tokens_are_lines_that_belong_together() {
    let world = World::open().await;
    let mut browser = world.browser();
    let ask = Ask::of(Door::Plain, SPA).scope("openid offline_access");
    let code = world.sign_in(&mut browser, &ask, BEN).await.client().code();
    let tokens = world.redeem(Door::Plain, SPA, &code).await;
    tokens.ok();
    let events = stored(&world).await;
    let told: Vec<(&str, &str)> =
        events.iter().rev().map(|e| (e.place.as_str(), e.detail["did"].as_str().unwrap())).collect();
    assert_eq!(
        told,
        [
            ("authorize", "sent to a page"),
            ("page/sign-in", "sign in shown"),
            ("page/sign-in", "signed in, code for openid offline_access"),
            ("token", "tokens for openid offline_access"),
        ]
    );
    for event in &events {
        assert_eq!(event.tenant, Some(world.cast.tenant.id));
        assert_eq!(event.app, Some(world.cast.spa.app_id), "{}", event.place);
        assert_eq!(event.code, None);
        assert!(event.detail["micros"].as_u64().is_some());
    }
    assert_eq!(events[0].user, Some(world.cast.ben.id));
    assert_eq!(events[0].detail["user"], BEN);
    assert_eq!(events[0].detail["grant_type"], "authorization_code");
    assert_eq!(events[1].user, Some(world.cast.ben.id));
    // One browser from its first answer on, and one code.
    assert!(events[1].browser.is_some());
    assert_eq!(events[1].browser, events[3].browser);
    let shared = |event: &doorward_core::model::Event| event.detail["links"].as_array().unwrap().clone();
    assert!(shared(&events[0]).iter().any(|link| shared(&events[1]).contains(link)));
}

#[tokio::test]
async fn a_refusal_keeps_its_code_its_evidence_and_its_checks() {
    let world = World::open().await;
    let ask = Ask::of(Door::Plain, SPA).with("redirect_uri", "https://spa.test/cb/");
    let answer = world.get(&ask.url()).await;
    let event = event_of(&world, &answer).await;
    assert_eq!(event.code.as_deref(), Some("DW1101"));
    assert_eq!(event.detail["refusal"]["sent"], "https://spa.test/cb/");
    assert_eq!(event.detail["refusal"]["class"], "trace");
    assert!(!event.detail["checks"].as_array().unwrap().is_empty());
    assert_eq!(event.detail["path"], "/meadow/oauth2/authorize");
    let fields = [("grant_type", "client_credentials"), ("client_id", DAEMON), ("client_secret", "wrong")];
    let answer = world.post(&Door::Plain.at("token"), &fields).await;
    let event = event_of(&world, &answer).await;
    assert_eq!((event.code.as_deref(), event.detail["status"].as_u64()), (Some("DW2001"), Some(401)));
    assert_eq!(event.app, Some(world.cast.daemon.app_id));
}

#[tokio::test]
async fn a_wrong_password_is_told_in_the_log_and_not_what_was_typed() {
    let world = World::open().await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, SPA).url()).await.page();
    browser.sign_in(&page, (BEN, "not-the-password")).await;
    let event = event_of(&world, browser.last.as_ref().unwrap()).await;
    assert_eq!(event.place, "page/sign-in");
    assert!(event.code.is_some());
    assert_eq!(event.user, Some(world.cast.ben.id));
    assert!(!event.detail.to_string().contains("not-the-password"));
}

#[tokio::test]
async fn every_answer_has_a_trace_whoever_gives_it() {
    let world = World::open().await;
    for path in [
        "/",
        "/healthz",
        "/readyz",
        "/docs/errors",
        "/assets/nothing.css",
        "/nowhere/at/all",
        "/admin/v1/tenants",
        "/flow/nothing",
        "/portal/log",
    ] {
        let answer = world.get(path).await;
        assert_eq!(answer.header("doorward-trace").len(), 32, "{path}");
    }
    let request = Request::options(Door::Plain.at("token")).header("origin", "https://elsewhere.test");
    let answer = world.send(request.body(axum::body::Body::empty()).unwrap()).await;
    let event = event_of(&world, &answer).await;
    assert_eq!(
        (event.place.as_str(), event.detail["caller"]["origin"].as_str()),
        ("preflight", Some("https://elsewhere.test"))
    );
}

#[tokio::test]
async fn the_callers_own_trace_is_kept_beside_ours() {
    let world = World::open().await;
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let answer = world.get_with(Door::Plain.metadata(), &[("traceparent", parent)]).await;
    let event = event_of(&world, &answer).await;
    assert_eq!(event.detail["caller"]["parent"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_ne!(event.trace, "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[tokio::test]
async fn lines_are_forgotten_after_their_time() {
    let world = World::open().await;
    world.app.configure_log(LogSettings {
        retention: std::time::Duration::from_mins(1),
        ..LogSettings::default()
    });
    world.get(Door::Plain.metadata()).await;
    assert_eq!(stored(&world).await.len(), 1);
    world.pass(59);
    world.app.sweep().await.unwrap();
    assert_eq!(stored(&world).await.len(), 1);
    world.pass(1);
    world.app.sweep().await.unwrap();
    assert!(stored(&world).await.is_empty());
}

#[tokio::test]
async fn what_comes_by_the_thousand_is_counted_and_refusals_still_are_told() {
    let world = World::open().await;
    world.app.configure_log(LogSettings { same_per_minute: 10, ..LogSettings::default() });
    let fields = [("grant_type", "client_credentials"), ("resource", NOTES)];
    for _ in 0..25 {
        world.token(Door::Plain, DAEMON, &fields).await.ok();
    }
    world.token(Door::Plain, DAEMON, &[("grant_type", "client_credentials"), ("scope", "notes.read")]).await;
    let events = stored(&world).await;
    assert_eq!(events.iter().filter(|event| event.code.is_none()).count(), 10);
    assert_eq!(events.iter().filter(|event| event.code.is_some()).count(), 1);
    world.pass(60);
    let answer = world.token(Door::Plain, DAEMON, &fields).await;
    assert_eq!(event_of(&world, &answer).await.detail["similar"], 15);
}

#[tokio::test]
async fn a_store_that_fails_gets_its_lines_later() {
    let world = World::open().await;
    world.get(Door::Plain.metadata()).await;
    world.store_fails_at(crate::support::Outage::Everything);
    world.app.flush_log().await;
    world.store_fails_at(crate::support::Outage::Nothing);
    assert_eq!(stored(&world).await.len(), 1);
}

/// Where a secret may be put, rightly or wrongly.
const PLACES: &[&str] = &[
    "client_secret",
    "code",
    "refresh_token",
    "code_verifier",
    "token",
    "password",
    "id_token_hint",
    "assertion",
    "client_assertion",
    "flow",
    "client_id",
    "scope",
    "redirect_uri",
    "username",
    "grant_type",
    "state",
    "nonce",
    "login_hint",
    "prompt",
    "resource",
    "response_type",
    "code_challenge",
    "basic",
    "bearer",
    "cookie",
    "path",
    "agent",
    "origin",
    "host",
    "method",
];

#[test]
fn no_secret_of_a_request_is_in_any_event() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::open());
    let secret = prop_oneof![
        proptest::array::uniform32(any::<u8>())
            .prop_map(|bytes| {
                use base64::Engine as _;
                base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
            })
            // One in a million looks like a word.
            .prop_filter("it looks random", |text| text.bytes().filter(u8::is_ascii_digit).count() > 2),
        "[A-Za-z0-9_-]{30,40}".prop_map(|text| format!("dws_{text}")),
        "[A-Za-z0-9_-]{20,60}".prop_map(|text| format!("eyJhbGciOiJIUzI1NiJ9.{text}.{text}")),
    ];
    let endpoints = prop_oneof![
        Just("token"),
        Just("introspect"),
        Just("revoke"),
        Just("userinfo"),
        Just("authorize"),
        Just("logout"),
    ];
    let case = (secret, proptest::sample::select(PLACES), endpoints, any::<bool>());
    let mut runner = TestRunner::new(Config { cases: 150, ..Config::default() });
    runner
        .run(&case, |(secret, place, endpoint, posted)| {
            runtime.block_on(async {
                let fields =
                    [("client_id", SPA), ("grant_type", "authorization_code"), (place, secret.as_str())];
                let fields =
                    if place == "client_id" || place == "grant_type" { &fields[2..] } else { &fields[..] };
                let mut path = Door::Plain.at(endpoint);
                if place == "path" {
                    path = format!("{path}/{secret}");
                }
                let encoded = form(fields);
                let mut request = if posted {
                    Request::post(&path).header("content-type", "application/x-www-form-urlencoded")
                } else {
                    Request::get(format!("{path}?{encoded}"))
                };
                let header = match place {
                    "basic" => Some(("authorization", format!("Basic {secret}"))),
                    "bearer" => Some(("authorization", format!("Bearer {secret}"))),
                    "cookie" => Some(("cookie", format!("__Host-doorward-session={secret}; other={secret}"))),
                    "agent" => Some(("user-agent", secret.clone())),
                    "origin" => Some(("origin", secret.clone())),
                    "host" => Some(("host", secret.clone())),
                    _ => None,
                };
                if let Some((name, value)) = header {
                    request = request.header(name, value);
                }
                if place == "method" {
                    request = request.method(secret.replace(['.', '-'], "").as_str());
                }
                let body = if posted { encoded } else { String::new() };
                world.send(request.body(axum::body::Body::from(body)).unwrap()).await;
            });
            let events = runtime.block_on(stored(&world));
            let latest = serde_json::to_string(&events[0]).unwrap();
            prop_assert!(!latest.contains(&secret), "{latest}");
            // Nor a part of it that would do as well.
            let tail = &secret[secret.len() - 20..];
            prop_assert!(!latest.contains(tail), "{latest}");
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn what_a_person_types_is_nowhere() {
    let world = World::open().await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, SPA).url()).await.page();
    // A password in the field of the name happens every day.
    browser.sign_in(&page, (BEN_PASSWORD, BEN_PASSWORD)).await;
    for event in stored(&world).await {
        assert!(!serde_json::to_string(&event).unwrap().contains(BEN_PASSWORD), "{event:?}");
    }
}

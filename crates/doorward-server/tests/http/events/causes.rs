//! Probable causes, each provoked by the requests that make it.

use http::Request;

use super::{administrator, trace_page};
use crate::support::{Answer, Ask, BEN, Browser, Door, SPA, SPA_ORIGIN, World};

const AGENT: &str = "Mozilla/5.0 (a browser of this test)";

/// The guesses on the page of an answer.
async fn guesses(world: &World, trace: &str) -> String {
    let mut admin = administrator(world).await;
    let page = trace_page(world, &mut admin, trace).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let Some(start) = page.html.find("id=\"probable\"") else { return String::new() };
    let rest = &page.html[start..];
    rest[..rest.find("</section>").unwrap()].to_owned()
}

fn trace_of(answer: &Answer) -> String {
    answer.header("doorward-trace").to_owned()
}

fn last(browser: &Browser) -> String {
    trace_of(browser.last.as_ref().unwrap())
}

#[tokio::test]
async fn a_code_that_nobody_redeems_points_at_the_callback() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, SPA), BEN).await.client();
    let trace = last(&browser);
    assert_eq!(guesses(&world, &trace).await, "", "it is too early to tell");
    world.pass(61);
    assert!(guesses(&world, &trace).await.contains("DW1401"));
}

#[tokio::test]
async fn a_code_that_is_redeemed_says_nothing_of_the_kind() {
    let world = World::open().await;
    let mut browser = world.browser();
    let code = world.sign_in(&mut browser, &Ask::of(Door::Plain, SPA), BEN).await.client().code();
    let trace = last(&browser);
    world.redeem(Door::Plain, SPA, &code).await.ok();
    world.pass(61);
    assert_eq!(guesses(&world, &trace).await, "");
}

#[tokio::test]
async fn a_callback_that_runs_twice_is_recognised() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, SPA)).await;
    let first = world.redeem(Door::Plain, SPA, &code).await;
    let second = world.redeem(Door::Plain, SPA, &code).await;
    first.ok();
    second.refused(400, "invalid_grant", "DW2004");
    for answer in [first, second] {
        assert!(guesses(&world, &trace_of(&answer)).await.contains("runs twice"));
    }
}

async fn five_sign_ins(world: &World, redeem: bool) -> String {
    let mut browser = world.browser();
    let mut landed = world.sign_in(&mut browser, &Ask::of(Door::Plain, SPA), BEN).await;
    for _ in 0..5 {
        let code = landed.client().code();
        if redeem {
            world.redeem(Door::Plain, SPA, &code).await.ok();
        }
        world.pass(2);
        landed = browser.visit(&Ask::of(Door::Plain, SPA).url()).await;
    }
    if redeem {
        world.redeem(Door::Plain, SPA, &landed.client().code()).await.ok();
    }
    last(&browser)
}

#[tokio::test]
async fn an_app_that_cannot_keep_its_session_is_told_so() {
    let world = World::open().await;
    let trace = five_sign_ins(&world, true).await;
    let told = guesses(&world, &trace).await;
    assert!(told.contains("cannot keep its own session") && told.contains("DW4203"), "{told}");
}

#[tokio::test]
async fn a_callback_that_starts_again_is_a_loop() {
    let world = World::open().await;
    let trace = five_sign_ins(&world, false).await;
    let told = guesses(&world, &trace).await;
    assert!(told.contains("starts the sign-in again"), "{told}");
}

#[tokio::test]
async fn a_frame_without_our_cookie_means_third_party_cookies() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, SPA), BEN).await.client();
    let cookie = format!("__Host-doorward-session={}", browser.cookie("__Host-doorward-session").unwrap());
    let top = [("user-agent", AGENT), ("cookie", cookie.as_str()), ("sec-fetch-dest", "document")];
    world.get_with(&Ask::of(Door::Plain, SPA).url(), &top).await;
    let silent = Ask::of(Door::Plain, SPA).with("prompt", "none").url();
    let framed = [("user-agent", AGENT), ("sec-fetch-dest", "iframe"), ("sec-fetch-site", "cross-site")];
    let answer = world.get_with(&silent, &framed).await;
    let told = guesses(&world, &trace_of(&answer)).await;
    assert!(told.contains("third-party cookies") && told.contains("DW2103"), "{told}");
    // Another device is another person.
    let foreign =
        [("user-agent", "Another/1.0"), ("sec-fetch-dest", "iframe"), ("sec-fetch-site", "cross-site")];
    let answer = world.get_with(&silent, &foreign).await;
    assert!(!guesses(&world, &trace_of(&answer)).await.contains("third-party"));
}

#[tokio::test]
async fn several_open_sign_ins_are_parallel_tabs() {
    let world = World::open().await;
    let mut browser = world.browser();
    browser.visit(&Ask::of(Door::Plain, SPA).url()).await.page();
    let one = last(&browser);
    assert_eq!(guesses(&world, &one).await, "");
    browser.visit(&Ask::of(Door::Plain, SPA).url()).await.page();
    let told = guesses(&world, &last(&browser)).await;
    assert!(told.contains("parallel tabs") && told.contains("DW1410"), "{told}");
}

#[tokio::test]
async fn two_refreshes_at_once_are_a_race() {
    let world = World::open().await;
    let tokens = world.tokens(Door::Plain, SPA, "openid offline_access").await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let alone = world.refresh(Door::Plain, SPA, refresh).await;
    assert_eq!(guesses(&world, &trace_of(&alone)).await, "");
    world.pass(3);
    let again = world.refresh(Door::Plain, SPA, refresh).await;
    assert!(guesses(&world, &trace_of(&again)).await.contains("two tabs or workers race"));
    world.pass(6);
    let next = again.ok()["refresh_token"].as_str().unwrap().to_owned();
    let later = world.refresh(Door::Plain, SPA, &next).await;
    assert_eq!(guesses(&world, &trace_of(&later)).await, "");
}

#[tokio::test]
async fn a_sign_out_of_the_app_alone_is_noticed() {
    let world = World::open().await;
    let mut browser = world.browser();
    let ask = Ask::of(Door::Plain, SPA).scope("openid offline_access");
    let code = world.sign_in(&mut browser, &ask, BEN).await.client().code();
    let tokens = world.redeem(Door::Plain, SPA, &code).await.ok();
    let fields = [("token", tokens["refresh_token"].as_str().unwrap()), ("client_id", SPA)];
    world.post_with(&Door::Plain.at("revoke"), &fields, &[("origin", SPA_ORIGIN)]).await;
    world.pass(4);
    browser.visit(&ask.url()).await.client();
    let told = guesses(&world, &last(&browser)).await;
    assert!(told.contains("signed out locally only") && told.contains("DW4005"), "{told}");
}

#[tokio::test]
async fn metadata_under_another_host_splits_the_issuer() {
    let world = World::open().await;
    for (host, expected) in [("doorward.internal:8080", true), ("id.test:7443", false)] {
        let answer = world.get_with(Door::Plain.metadata(), &[("host", host)]).await;
        let told = super::operators_view(&world, &trace_of(&answer)).await;
        assert_eq!(told["probable"].to_string().contains("DW1005"), expected, "{told}");
    }
}

#[tokio::test]
async fn a_preflight_after_which_nothing_comes_is_cors() {
    let world = World::open().await;
    // No tenant is looked at for a preflight: the operator reads it.
    let preflight = |origin: &str| {
        Request::options(Door::Plain.at("token"))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .body(axum::body::Body::empty())
            .unwrap()
    };
    let alone = world.send(preflight("https://elsewhere.test")).await;
    let followed = world.send(preflight(SPA_ORIGIN)).await;
    let code = world.code(&Ask::of(Door::Plain, SPA)).await;
    world.redeem(Door::Plain, SPA, &code).await.ok();
    world.pass(6);
    for (answer, expected) in [(alone, true), (followed, false)] {
        let told = super::operators_view(&world, &trace_of(&answer)).await;
        assert_eq!(told["probable"].to_string().contains("DW5201"), expected, "{told}");
    }
}

#[tokio::test]
async fn a_clock_that_runs_ahead_is_told() {
    let world = World::open().await;
    let date = |secs: i64| {
        let at = std::time::UNIX_EPOCH
            + std::time::Duration::from_secs(u64::try_from(world.now() + secs).unwrap());
        httpdate(at)
    };
    for (secs, expected) in [(45, true), (-45, true), (20, false)] {
        let answer = world.get_with(Door::Plain.metadata(), &[("date", &date(secs))]).await;
        let told = super::operators_view(&world, &trace_of(&answer)).await;
        assert_eq!(told["probable"].to_string().contains("DW5102"), expected, "{secs}: {told}");
    }
}

fn httpdate(at: std::time::SystemTime) -> String {
    let at = jiff::Timestamp::try_from(at).unwrap();
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

//! The machine's clock jumps: what is over by the new time is over, nobody is locked out for ever, nothing is undone.

use crate::support::{Answer, Ask, BEN, BEN_PASSWORD, DAEMON, Door, NOTES, SPA, WEB, World, authenticated};

const HOUR: i64 = 3600;

async fn service(world: &World) -> Answer {
    world.token(Door::Plain, DAEMON, &[("grant_type", "client_credentials"), ("resource", NOTES)]).await
}

async fn is_active(world: &World, token: &str) -> bool {
    let (fields, headers) = authenticated(WEB, &[("token", token)]);
    world.post_with(&Door::Plain.at("introspect"), &fields, &headers).await.ok()["active"] == true
}

#[tokio::test]
async fn a_clock_that_jumps_ahead_ends_what_is_over_by_it_and_nothing_else() {
    let world = World::open().await;
    service(&world).await.ok();
    let body = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    let (access, refresh) = (body["access_token"].as_str().unwrap(), body["refresh_token"].as_str().unwrap());
    let code = world.code(&Ask::of(Door::Plain, WEB)).await;
    assert!(is_active(&world, access).await);
    world.pass(2 * HOUR);
    // No change log was read at the new time: the store itself answers, at once.
    service(&world).await.ok();
    assert!(!is_active(&world, access).await, "it lived for an hour");
    let refused = world.redeem(Door::Plain, WEB, &code).await;
    assert_eq!(refused.json()["error"], "invalid_grant", "a code lives for a minute");
    world.refresh(Door::Plain, WEB, refresh).await.ok();
    world.app.sweep().await.unwrap();
    world.tokens(Door::Plain, WEB, "openid").await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_stops_nobody() {
    let world = World::open().await;
    world.pass(2 * HOUR);
    world.app.follow_config(0).await.unwrap();
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client();
    let kept = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    let rotating = world.tokens(Door::Plain, SPA, "openid offline_access").await;
    let code = world.code(&Ask::of(Door::Plain, WEB)).await;
    world.pass(-HOUR);
    // What was given before the jump is good after it.
    world.redeem(Door::Plain, WEB, &code).await.ok();
    world.refresh(Door::Plain, WEB, kept["refresh_token"].as_str().unwrap()).await.ok();
    let next = world.refresh(Door::Plain, SPA, rotating["refresh_token"].as_str().unwrap()).await.ok();
    world.refresh(Door::Plain, SPA, next["refresh_token"].as_str().unwrap()).await.ok();
    browser.visit(&Ask::of(Door::Plain, WEB).with("prompt", "none").url()).await.client().code();
    // And everything can be had anew.
    service(&world).await.ok();
    world.tokens(Door::Plain, WEB, "openid").await;
    // A token from the hour that has not come yet lives no longer than it would have.
    world.pass(3 * HOUR);
    assert!(!is_active(&world, kept["access_token"].as_str().unwrap()).await);
}

#[tokio::test]
async fn a_lockout_under_a_wrong_clock_does_not_outlive_the_correction() {
    let world = World::open().await;
    let day = 24 * HOUR;
    world.pass(day);
    let guess = async |password: &str| {
        let mut browser = world.browser();
        let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
        browser.sign_in(&page, (BEN, password)).await
    };
    for _ in 0..10 {
        guess("wrong").await.page();
    }
    assert_eq!(guess(BEN_PASSWORD).await.page().status, 429);
    world.pass(-day);
    guess(BEN_PASSWORD).await.client();
}

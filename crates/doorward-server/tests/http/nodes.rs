//! Several processes over one store: what one of them gave is good at the other, and a change reaches both.

use std::collections::BTreeSet;

use doorward_core::model::Client;
use doorward_server::router;

use crate::support::{
    Ask, BEN, BEN_PASSWORD, Browser, DAEMON, Door, NOTES, SPA, WEB, World, authenticated, posted, redemption,
    send,
};

#[tokio::test]
async fn a_sign_in_that_began_at_one_ends_at_the_other() {
    let world = World::open().await;
    let other = router(world.another_node().await);
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let mut there = Browser::new(other.clone());
    let cookie = browser.cookie("__Host-doorward-flow").unwrap();
    there.plant("__Host-doorward-flow", cookie);
    let code = there.sign_in(&page, (BEN, BEN_PASSWORD)).await.client().code();
    let body = world.redeem(Door::Plain, WEB, &code).await.ok();

    let session = there.cookie("__Host-doorward-session").unwrap();
    browser.plant("__Host-doorward-session", session);
    let silent = Ask::of(Door::Plain, WEB).with("prompt", "none");
    assert!(!browser.visit(&silent.url()).await.client().code().is_empty());
    let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
    let request = http::Request::get(Door::Plain.at("userinfo")).header("authorization", bearer);
    send(&other, request.body(axum::body::Body::empty()).unwrap()).await.ok();
    let again = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.page();
    assert_eq!(again.code(), "DW1253", "a flow is spent everywhere");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn one_redemption_and_one_successor_across_both() {
    let world = World::open().await;
    let routers = [world.router.clone(), router(world.another_node().await)];
    let at_once = async |fields: &[(&str, &str)]| {
        let (all, headers) = authenticated(SPA, fields);
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..16 {
            let request = posted(&Door::Plain.at("token"), &all, &headers);
            let router = routers[n % 2].clone();
            tasks.spawn(async move { send(&router, request).await });
        }
        tasks.join_all().await
    };
    let code = world.code(&Ask::of(Door::Plain, SPA).scope("openid offline_access")).await;
    let answers = at_once(&redemption(SPA, &code)).await;
    let good: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(good.len(), 1);
    let token = good[0].ok()["refresh_token"].as_str().unwrap().to_owned();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    let successors: BTreeSet<String> = at_once(&fields)
        .await
        .iter()
        .map(|answer| answer.ok()["refresh_token"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(successors.len(), 1);
}

#[tokio::test]
async fn a_change_reaches_the_other_with_the_change_log_and_silence_makes_it_ask() {
    let world = World::open().await;
    let there = world.another_node().await;
    let other = router(there.clone());
    let version = there.follow_config(0).await.unwrap();
    let fields = [("grant_type", "client_credentials"), ("resource", NOTES)];
    let (all, headers) = authenticated(DAEMON, &fields);
    let ask = || posted(&Door::Plain.at("token"), &all, &headers);
    send(&other, ask()).await.ok();
    let daemon = &world.cast.daemon;
    let disabled = Client { disabled: true, ..daemon.clone() };
    world.update_client(daemon, &disabled).await;
    world.token(Door::Plain, DAEMON, &fields).await.refused(401, "invalid_client", "DW1063");
    let version = there.follow_config(version).await.unwrap();
    send(&other, ask()).await.refused(401, "invalid_client", "DW1063");

    world.update_client(&disabled, daemon).await;
    there.follow_config(version).await.unwrap();
    send(&other, ask()).await.ok();
    world.update_client(daemon, &disabled).await;
    world.pass(30);
    send(&other, ask()).await.refused(401, "invalid_client", "DW1063");
}

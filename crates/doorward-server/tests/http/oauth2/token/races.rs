//! Requests that arrive at the same moment.

use std::collections::BTreeSet;

use crate::support::{Answer, Ask, Door, SPA, WEB, World, authenticated, posted, redemption, send};

const TASKS: usize = 16;

/// The same request so many times at once.
async fn at_once(world: &World, door: Door, client: &str, fields: &[(&str, &str)]) -> Vec<Answer> {
    let (all, headers) = authenticated(client, fields);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..TASKS {
        let request = posted(&door.at("token"), &all, &headers);
        let router = world.router.clone();
        tasks.spawn(async move { send(&router, request).await });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn one_of_many_redemptions_of_a_code_gets_tokens() {
    let world = World::open().await;
    for (door, client) in [(Door::Plain, SPA), (Door::Directory, WEB), (Door::Flow, SPA)] {
        let code = world.code(&Ask::of(door, client).scope("openid offline_access")).await;
        let answers = at_once(&world, door, client, &redemption(client, &code)).await;
        let (good, bad): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!((good.len(), bad.len()), (1, TASKS - 1));
        for answer in bad {
            answer.refused(400, "invalid_grant", "DW2004");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn parallel_refreshes_agree_on_one_successor() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, SPA, "openid offline_access").await;
    let mut token = body["refresh_token"].as_str().unwrap().to_owned();
    for _ in 0..5 {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
        let answers = at_once(&world, Door::Plain, SPA, &fields).await;
        let successors: BTreeSet<String> =
            answers.iter().map(|answer| answer.ok()["refresh_token"].as_str().unwrap().to_owned()).collect();
        assert_eq!(successors.len(), 1, "never two live successors");
        let jwts: BTreeSet<String> =
            answers.iter().map(|answer| answer.ok()["access_token"].as_str().unwrap().to_owned()).collect();
        assert_eq!(jwts.len(), TASKS, "fresh tokens for everybody");
        token = successors.into_iter().next().unwrap();
    }
    world.refresh(Door::Plain, SPA, &token).await.ok();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_thief_and_the_owner_cannot_both_go_on() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, SPA, "openid offline_access").await;
    let stolen = body["refresh_token"].as_str().unwrap().to_owned();
    let own = world.refresh(Door::Plain, SPA, &stolen).await.ok();
    let own = own["refresh_token"].as_str().unwrap().to_owned();
    world.pass(31);
    let fields = [("grant_type", "refresh_token"), ("refresh_token", stolen.as_str())];
    for answer in at_once(&world, Door::Plain, SPA, &fields).await {
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    world.refresh(Door::Plain, SPA, &own).await.refused(400, "invalid_grant", "DW2056");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn confidential_refreshes_at_once_all_succeed_with_one_token() {
    let world = World::open().await;
    let body = world.tokens(Door::Directory, WEB, "openid offline_access").await;
    let token = body["refresh_token"].as_str().unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
    for answer in at_once(&world, Door::Directory, WEB, &fields).await {
        assert_eq!(answer.ok()["refresh_token"], token);
    }
}

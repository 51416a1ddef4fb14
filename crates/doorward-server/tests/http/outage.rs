//! The store fails: what still works, what is told, and that nothing half-done is left behind.

use crate::support::{
    Answer, Ask, BEN, BEN_PASSWORD, DAEMON, Door, NOTES, Outage, SPA, WEB, World, authenticated, redemption,
};

#[track_caller]
fn is_unavailable(answer: &Answer, door: Door) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["error"], "temporarily_unavailable", "{body}");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("retry-after"), "5", "told nothing, MSAL would not ask for a minute");
    assert_eq!(body.get("error_codes").is_some(), door == Door::Directory, "{body}");
    assert!(!answer.text().contains("space"), "the log tells why, strangers are not told: {}", answer.text());
}

#[tokio::test]
async fn a_warm_service_gets_its_token_without_the_database() {
    let world = World::open().await;
    let fields = [("grant_type", "client_credentials"), ("resource", NOTES)];
    world.token(Door::Plain, DAEMON, &fields).await.ok();
    world.get(Door::Plain.metadata()).await.ok();
    world.get("/meadow/oauth2/jwks").await.ok();
    world.store_fails_at(Outage::Everything);
    world.token(Door::Plain, DAEMON, &fields).await.ok();
    world.get(Door::Plain.metadata()).await.ok();
    world.get("/meadow/oauth2/jwks").await.ok();
    // Beyond half a minute nobody knows whether the configuration still holds.
    world.pass(31);
    is_unavailable(&world.token(Door::Plain, DAEMON, &fields).await, Door::Plain);
    world.store_fails_at(Outage::Nothing);
    world.token(Door::Plain, DAEMON, &fields).await.ok();
}

#[tokio::test]
async fn every_machine_endpoint_says_so_in_its_own_words() {
    let world = World::open().await;
    for door in Door::ALL {
        let body = world.tokens(door, WEB, "openid offline_access").await;
        let code = world.code(&Ask::of(door, WEB)).await;
        world.store_fails_at(Outage::Everything);
        is_unavailable(&world.redeem(door, WEB, &code).await, door);
        is_unavailable(&world.refresh(door, WEB, body["refresh_token"].as_str().unwrap()).await, door);
        for endpoint in ["introspect", "revoke"] {
            let (fields, headers) = authenticated(WEB, &[("token", body["access_token"].as_str().unwrap())]);
            let answer = world.post_with(&door.at(endpoint), &fields, &headers).await;
            assert!(answer.status == 503, "{endpoint} {}", answer.text());
        }
        let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
        is_unavailable(&world.get_with(&door.at("userinfo"), &[("authorization", &bearer)]).await, door);
        world.store_fails_at(Outage::Nothing);
        world.redeem(door, WEB, &code).await.ok();
    }
}

#[tokio::test]
async fn a_code_whose_redemption_could_not_be_written_is_still_good() {
    let world = World::open().await;
    for client in [WEB, SPA] {
        let code = world.code(&Ask::of(Door::Plain, client).scope("openid offline_access")).await;
        world.store_fails_at(Outage::Writes);
        let failed = world.redeem(Door::Plain, client, &code).await;
        is_unavailable(&failed, Door::Plain);
        assert!(!failed.text().contains("access_token"));
        world.store_fails_at(Outage::Nothing);
        let body = world.redeem(Door::Plain, client, &code).await.ok();
        let token = body["refresh_token"].as_str().unwrap();
        if client == SPA {
            world.store_fails_at(Outage::Writes);
            is_unavailable(&world.refresh(Door::Plain, SPA, token).await, Door::Plain);
            world.store_fails_at(Outage::Nothing);
        }
        world.refresh(Door::Plain, client, token).await.ok();
    }
}

#[tokio::test]
async fn a_replay_that_cannot_be_written_down_gets_no_tokens() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, WEB)).await;
    world.redeem(Door::Plain, WEB, &code).await.ok();
    world.pass(20);
    world.app.follow_config(0).await.unwrap();
    world.store_fails_at(Outage::Writes);
    is_unavailable(&world.token(Door::Plain, WEB, &redemption(WEB, &code)).await, Door::Plain);
}

#[tokio::test]
async fn a_person_sees_a_page_and_can_go_on_later() {
    let world = World::open().await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    for outage in [Outage::Writes, Outage::Everything] {
        world.store_fails_at(outage);
        let failed = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.page();
        assert_eq!(failed.status, 503);
        assert_eq!(failed.code(), "DW5150");
        assert_eq!(failed.headers.get("retry-after").unwrap(), "5");
        assert!(!failed.has("space") && !failed.has(BEN_PASSWORD), "{}", failed.html);
        assert!(browser.cookie("__Host-doorward-session").is_none(), "no session that nobody stored");
    }
    world.store_fails_at(Outage::Nothing);
    browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client();
    world.store_fails_at(Outage::Everything);
    let answer = world.get_with(&Ask::of(Door::Plain, WEB).url(), &[("accept", "application/json")]).await;
    assert!(answer.status == 503 || answer.status == 303, "{}", answer.text());
}

#[tokio::test]
async fn readiness_tells_the_truth_and_liveness_does_not_depend_on_it() {
    let world = World::open().await;
    world.store_fails_at(Outage::Everything);
    assert_eq!(world.get("/healthz").await.status, 200);
    let answer = world.get("/readyz").await;
    assert_eq!((answer.status.as_u16(), answer.json()["status"].as_str()), (503, Some("unavailable")));
    let feed = world.get("/feed/meadow/apis/notes").await;
    assert_eq!((feed.status.as_u16(), feed.json()["error"].as_str()), (503, Some("temporarily_unavailable")));
}

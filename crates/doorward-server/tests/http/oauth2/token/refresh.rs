//! Refresh tokens: rotation, the lost answer, reuse, the ends of a family, and what they may ask for.

use serde_json::Value;

use crate::support::{Ask, BEN, Door, NATIVE, SPA, WEB, World, claims_of};

const SCOPE: &str = "openid offline_access api://notes/notes.read";

fn refresh_of(body: &Value) -> String {
    body["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn public_clients_rotate_and_confidential_ones_do_not() {
    let world = World::open().await;
    for door in Door::ALL {
        for (client, rotates) in [(WEB, false), (SPA, true), (NATIVE, true)] {
            let first = refresh_of(&world.tokens(door, client, SCOPE).await);
            world.pass(60);
            let body = world.refresh(door, client, &first).await.ok();
            assert_eq!(refresh_of(&body) != first, rotates, "{client}");
            let access = claims_of(body["access_token"].as_str().unwrap());
            assert_eq!(access["iat"], world.now());
            let id = claims_of(body["id_token"].as_str().unwrap());
            assert_eq!(id.get("nonce"), None, "a refresh answers no request with a nonce");
            assert_eq!(id["auth_time"], world.now() - 60, "the sign-in stays when it was");
        }
    }
}

#[tokio::test]
async fn an_old_token_within_the_grace_gives_the_same_successor_and_later_ends_the_family() {
    let world = World::open().await;
    for client in [SPA, NATIVE] {
        let first = refresh_of(&world.tokens(Door::Plain, client, SCOPE).await);
        let second = refresh_of(&world.refresh(Door::Plain, client, &first).await.ok());
        world.pass(29);
        assert_eq!(refresh_of(&world.refresh(Door::Plain, client, &first).await.ok()), second);
        world.pass(1);
        world.refresh(Door::Plain, client, &first).await.refused(400, "invalid_grant", "DW2104");
        world.refresh(Door::Plain, client, &second).await.refused(400, "invalid_grant", "DW2056");
    }
}

#[tokio::test]
async fn once_the_successor_was_used_its_predecessor_is_reuse_at_once() {
    let world = World::open().await;
    let first = refresh_of(&world.tokens(Door::Plain, SPA, SCOPE).await);
    let second = refresh_of(&world.refresh(Door::Plain, SPA, &first).await.ok());
    let third = refresh_of(&world.refresh(Door::Plain, SPA, &second).await.ok());
    world.refresh(Door::Plain, SPA, &first).await.refused(400, "invalid_grant", "DW2104");
    world.refresh(Door::Plain, SPA, &third).await.refused(400, "invalid_grant", "DW2056");
}

#[tokio::test]
async fn a_forged_token_is_unknown_and_harms_nobody() {
    let world = World::open().await;
    let good = refresh_of(&world.tokens(Door::Plain, SPA, SCOPE).await);
    let end = if good.ends_with('A') { 'B' } else { 'A' };
    for forged in [
        format!("{}{end}", &good[..good.len() - 1]),
        format!("{good}x"),
        good[1..].to_owned(),
        "a.b.c".to_owned(),
        "..".to_owned(),
        "x".repeat(5000),
    ] {
        world.refresh(Door::Plain, SPA, &forged).await.refused(400, "invalid_grant", "DW2054");
    }
    world.refresh(Door::Plain, SPA, &good).await.ok();
}

#[tokio::test]
async fn another_client_cannot_use_it() {
    let world = World::open().await;
    let good = refresh_of(&world.tokens(Door::Plain, NATIVE, SCOPE).await);
    world.refresh(Door::Plain, SPA, &good).await.refused(400, "invalid_grant", "DW2052");
    world.refresh(Door::Plain, WEB, &good).await.refused(400, "invalid_grant", "DW2052");
    world.refresh(Door::Plain, NATIVE, &good).await.ok();
}

#[tokio::test]
async fn a_single_page_family_lives_for_a_day_however_often_it_rotates() {
    let world = World::open().await;
    let body = world.tokens(Door::Directory, SPA, SCOPE).await;
    assert_eq!(body["refresh_token_expires_in"], 24 * 3600);
    let mut token = refresh_of(&body);
    for _ in 0..3 {
        world.pass(7 * 3600);
        let body = world.refresh(Door::Directory, SPA, &token).await.ok();
        token = refresh_of(&body);
    }
    world.pass(3 * 3600);
    let answer = world.refresh(Door::Directory, SPA, &token).await;
    answer.refused(400, "invalid_grant", "DW2055");
    assert_eq!(answer.json()["error_codes"], serde_json::json!([700_084]));
    assert_eq!(answer.json()["suberror"], "bad_token");
}

#[tokio::test]
async fn an_idle_family_ends() {
    let world = World::open().await;
    let token = refresh_of(&world.tokens(Door::Plain, WEB, SCOPE).await);
    world.pass(14 * 24 * 3600 - 1);
    let token = refresh_of(&world.refresh(Door::Plain, WEB, &token).await.ok());
    world.pass(14 * 24 * 3600);
    world.refresh(Door::Plain, WEB, &token).await.refused(400, "invalid_grant", "DW2055");
}

#[tokio::test]
async fn fewer_scopes_may_be_asked_for_and_more_only_at_the_directory() {
    let world = World::open().await;
    let grant = ("grant_type", "refresh_token");
    let token = refresh_of(&world.tokens(Door::Plain, WEB, SCOPE).await);
    let ask = |scope: &'static str| [grant, ("refresh_token", token.as_str()), ("scope", scope)];
    let less = world.token(Door::Plain, WEB, &ask("openid")).await.ok();
    assert_eq!(less["scope"], "openid");
    assert_eq!(claims_of(less["access_token"].as_str().unwrap())["aud"], Door::Plain.issuer());
    let more = world.token(Door::Plain, WEB, &ask("openid api://notes/notes.write")).await;
    more.refused(400, "invalid_scope", "DW2057");

    let token = refresh_of(&world.tokens(Door::Directory, WEB, "openid offline_access").await);
    let ask = |scope: &'static str| [grant, ("refresh_token", token.as_str()), ("scope", scope)];
    let other = world.token(Door::Directory, WEB, &ask("api://notes/notes.read")).await.ok();
    assert_eq!(claims_of(other["access_token"].as_str().unwrap())["aud"], world.cast.notes.id.to_string());
    let unconsented = world.token(Door::Directory, WEB, &ask("api://notes/notes.write")).await;
    unconsented.refused(400, "invalid_grant", "DW1301");
    assert_eq!(unconsented.json()["suberror"], "consent_required");
}

#[tokio::test]
async fn withdrawn_consent_a_disabled_account_and_a_new_password_end_it() {
    let world = World::open().await;
    let ben = &world.cast.ben;
    let token = refresh_of(&world.tokens(Door::Plain, WEB, SCOPE).await);
    let disabled = doorward_core::model::User { disabled: true, ..ben.clone() };
    world.update_user(ben, &disabled).await;
    world.refresh(Door::Plain, WEB, &token).await.refused(400, "invalid_grant", "DW1205");
    world.update_user(&disabled, ben).await;
    world.refresh(Door::Plain, WEB, &token).await.ok();

    let withdraw = doorward_core::change::DirectoryChange::WithdrawConsent {
        tenant: world.cast.tenant.id,
        client: world.cast.web.app_id,
        resource: world.cast.notes.id,
        principal: doorward_core::model::Principal::All,
        scopes: None,
    };
    world.change(vec![withdraw.into()]).await;
    world.refresh(Door::Plain, WEB, &token).await.refused(400, "invalid_grant", "DW1301");

    let token = refresh_of(&world.tokens(Door::Plain, WEB, "openid offline_access").await);
    let later = doorward_core::model::Instant::from_seconds(world.now() + 1);
    world.update_user(ben, &doorward_core::model::User { epoch: later, ..ben.clone() }).await;
    world.refresh(Door::Plain, WEB, &token).await.refused(400, "invalid_grant", "DW2056");
}

#[tokio::test]
async fn a_refresh_token_serves_every_flow_of_the_tenant_and_one_plain_door() {
    let world = World::open().await;
    let token = refresh_of(&world.tokens(Door::Directory, WEB, "openid offline_access").await);
    let body = world.refresh(Door::Flow, WEB, &token).await.ok();
    assert_eq!(claims_of(body["id_token"].as_str().unwrap())["tfp"], "b2c_1_susi", "of the door called");
    world.refresh(Door::Plain, WEB, &token).await.refused(400, "invalid_grant", "DW2060");
    let arrival = world.arrive(&Ask::of(Door::Plain, WEB).scope("openid offline_access"), BEN).await;
    let body = world.redeem(Door::Plain, WEB, &arrival.code()).await.ok();
    world.refresh(Door::Plain, WEB, &refresh_of(&body)).await.ok();
}

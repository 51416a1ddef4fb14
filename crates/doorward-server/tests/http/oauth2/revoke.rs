//! Revocation: what is dead afterwards, and that strangers learn nothing.

use crate::support::{Answer, DAEMON, Door, NATIVE, SPA, SPA_ORIGIN, WEB, World, authenticated};

async fn revoke(world: &World, door: Door, client: &str, token: &str) -> Answer {
    let (fields, headers) = authenticated(client, &[("token", token)]);
    world.post_with(&door.at("revoke"), &fields, &headers).await
}

#[tokio::test]
async fn a_revoked_refresh_token_takes_its_access_tokens_with_it() {
    let world = World::open().await;
    for (door, client) in Door::ALL.into_iter().flat_map(|door| [(door, WEB), (door, SPA), (door, NATIVE)]) {
        let body = world.tokens(door, client, "openid offline_access").await;
        let refresh = body["refresh_token"].as_str().unwrap();
        let answer = revoke(&world, door, client, refresh).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
        if client == SPA {
            assert_eq!(answer.header("access-control-allow-origin"), SPA_ORIGIN);
        }
        world.refresh(door, client, refresh).await.refused(400, "invalid_grant", "DW2056");
        let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
        let me = world.get_with(&door.at("userinfo"), &[("authorization", &bearer)]).await;
        me.refused(401, "invalid_token", "DW3156");
        assert_eq!(revoke(&world, door, client, refresh).await.status, 200, "again is the same");
    }
}

#[tokio::test]
async fn a_revoked_access_token_dies_alone() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    let access = body["access_token"].as_str().unwrap();
    assert_eq!(revoke(&world, Door::Plain, WEB, access).await.status, 200);
    let bearer = format!("Bearer {access}");
    let me = world.get_with(&Door::Plain.at("userinfo"), &[("authorization", &bearer)]).await;
    me.refused(401, "invalid_token", "DW3156");
    let (fields, headers) = authenticated(WEB, &[("token", access)]);
    let answer = world.post_with(&Door::Plain.at("introspect"), &fields, &headers).await;
    assert_eq!(answer.ok(), serde_json::json!({ "active": false }));
    let fresh = world.refresh(Door::Plain, WEB, body["refresh_token"].as_str().unwrap()).await.ok();
    let bearer = format!("Bearer {}", fresh["access_token"].as_str().unwrap());
    world.get_with(&Door::Plain.at("userinfo"), &[("authorization", &bearer)]).await.ok();
}

#[tokio::test]
async fn another_clients_token_is_left_alone_and_the_answer_does_not_tell() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    for name in ["access_token", "refresh_token"] {
        let answer = revoke(&world, Door::Plain, DAEMON, body[name].as_str().unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0));
    }
    world.refresh(Door::Plain, WEB, body["refresh_token"].as_str().unwrap()).await.ok();
    for unknown in ["x", "a.b.c", &"y".repeat(9000)] {
        assert_eq!(revoke(&world, Door::Plain, WEB, unknown).await.status, 200);
    }
}

#[tokio::test]
async fn a_client_must_prove_itself_and_name_a_token() {
    let world = World::open().await;
    let path = Door::Plain.at("revoke");
    let wrong = world.post(&path, &[("token", "x"), ("client_id", WEB), ("client_secret", "wrong")]).await;
    wrong.refused(401, "invalid_client", "DW2001");
    let nobody = world.post(&path, &[("token", "x")]).await;
    nobody.refused(401, "invalid_client", "DW1001");
    let (fields, headers) = authenticated(WEB, &[]);
    world.post_with(&path, &fields, &headers).await.refused(400, "invalid_request", "DW1057");
}

#[tokio::test]
async fn a_wrong_hint_still_finds_the_token() {
    let world = World::open().await;
    for (name, hint) in [("refresh_token", "access_token"), ("access_token", "refresh_token")] {
        let body = world.tokens(Door::Plain, WEB, "openid offline_access").await;
        let fields = [("token", body[name].as_str().unwrap()), ("token_type_hint", hint)];
        let (fields, headers) = authenticated(WEB, &fields);
        assert_eq!(world.post_with(&Door::Plain.at("revoke"), &fields, &headers).await.status, 200);
        let bearer = format!("Bearer {}", body["access_token"].as_str().unwrap());
        let me = world.get_with(&Door::Plain.at("userinfo"), &[("authorization", &bearer)]).await;
        me.refused(401, "invalid_token", "DW3156");
    }
}

#[tokio::test]
async fn an_id_token_is_a_type_that_cannot_be_revoked() {
    let world = World::open().await;
    for door in Door::ALL {
        let body = world.tokens(door, WEB, "openid").await;
        let answer = revoke(&world, door, WEB, body["id_token"].as_str().unwrap()).await;
        answer.refused(400, "unsupported_token_type", "DW2065");
    }
}

#[tokio::test]
async fn a_public_client_names_itself_and_revokes_its_own() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, NATIVE, "openid offline_access").await;
    let token = body["refresh_token"].as_str().unwrap();
    let path = Door::Plain.at("revoke");
    let stranger = world.post(&path, &[("token", token), ("client_id", SPA)]).await;
    assert_eq!(stranger.status, 200);
    let own = world.refresh(Door::Plain, NATIVE, token).await.ok();
    let token = own["refresh_token"].as_str().unwrap();
    assert_eq!(world.post(&path, &[("token", token), ("client_id", NATIVE)]).await.status, 200);
    world.refresh(Door::Plain, NATIVE, token).await.refused(400, "invalid_grant", "DW2056");
}

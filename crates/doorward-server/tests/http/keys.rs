//! Rotation of signing keys while tokens are out.

use doorward_core::change::KeyChange;
use doorward_core::model::{KeyState, SigningAlgorithm};
use doorward_server::new_key;
use serde_json::Value;

use crate::support::{Door, WEB, World, headers_of};

async fn published(world: &World) -> Vec<Value> {
    let document = world.get("/meadow/oauth2/jwks").await.ok();
    document["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

#[tokio::test]
async fn a_key_is_published_then_signs_then_retires_and_no_token_breaks() {
    let world = World::open().await;
    let tenant = world.cast.tenant.id;
    let first = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    let old = headers_of(first["id_token"].as_str().unwrap())["kid"].clone();

    let key = (tenant, SigningAlgorithm::Rs256);
    let key = new_key(key, KeyState::Upcoming, world.app.sealer(), world.app.now()).unwrap();
    let (kid, new) = (key.kid.clone(), Value::from(key.kid.to_string()));
    world.change(vec![KeyChange::Add(key).into()]).await;
    let kids = published(&world).await;
    assert!(kids.contains(&old) && kids.contains(&new), "verifiers have it before its first use");
    let before = world.tokens(Door::Plain, WEB, "openid").await;
    assert_eq!(headers_of(before["id_token"].as_str().unwrap())["kid"], old);

    let at = world.app.now();
    let old_kid = doorward_core::model::KeyId::new(old.as_str().unwrap());
    let step = |kid, from, to| KeyChange::Move { tenant, kid, from, to, at }.into();
    world
        .change(vec![
            step(old_kid.clone(), KeyState::Active, KeyState::Retiring),
            step(kid, KeyState::Upcoming, KeyState::Active),
        ])
        .await;
    let body = world.tokens(Door::Plain, WEB, "openid").await;
    assert_eq!(headers_of(body["id_token"].as_str().unwrap())["kid"], new);
    let kids = published(&world).await;
    assert!(kids.contains(&old) && kids.contains(&new));
    let bearer = format!("Bearer {}", first["access_token"].as_str().unwrap());
    let me = [("authorization", bearer.as_str())];
    world.get_with(&Door::Plain.at("userinfo"), &me).await.ok();
    world.id_claims(first["id_token"].as_str().unwrap(), Door::Plain, WEB).await;

    world.change(vec![KeyChange::Remove { tenant, kid: old_kid }.into()]).await;
    assert!(!published(&world).await.contains(&old));
    let gone = world.get_with(&Door::Plain.at("userinfo"), &me).await;
    assert_eq!((gone.status.as_u16(), gone.error().1.as_str()), (401, "invalid_token"));
    world.refresh(Door::Plain, WEB, first["refresh_token"].as_str().unwrap()).await.ok();
}

const DAY: i64 = 86_400;

/// What the job does at that moment, and the key that signs then.
async fn round(world: &World) -> (usize, Value) {
    let changed = world.app.advance_keys().await.unwrap();
    let body = world.tokens(Door::Plain, WEB, "openid").await;
    (changed, headers_of(body["id_token"].as_str().unwrap())["kid"].clone())
}

#[tokio::test]
async fn the_job_makes_every_move_in_its_time_and_not_before() {
    let world = World::open().await;
    let (changed, first) = round(&world).await;
    assert_eq!(changed, 1, "what the master key sealed itself is sealed anew");
    assert_eq!(round(&world).await, (0, first.clone()));
    let before = published(&world).await;
    world.pass(90 * DAY - 1);
    assert_eq!(round(&world).await, (0, first.clone()));
    world.pass(1);
    assert_eq!(round(&world).await, (1, first.clone()));
    let both = published(&world).await;
    assert_eq!(both.len(), 2 * before.len(), "published before it signs");
    world.pass(DAY - 1);
    assert_eq!(round(&world).await, (0, first.clone()));
    world.pass(1);
    let (changed, second) = round(&world).await;
    assert!(changed == 1 && second != first && both.contains(&second) && !before.contains(&second));
    assert!(published(&world).await.contains(&first), "what it signed still verifies");
    world.pass(25 * 3600);
    assert_eq!(round(&world).await, (1, second.clone()));
    assert!(!published(&world).await.contains(&first));
}

#[tokio::test]
async fn a_renewed_certificate_leaves_key_and_tokens_alone() {
    let world = World::open().await;
    let token = world.tokens(Door::Plain, WEB, "openid").await["access_token"].as_str().unwrap().to_owned();
    let kid = headers_of(&token)["kid"].as_str().unwrap().to_owned();
    let key_of = async || {
        let document = world.get("/meadow/oauth2/jwks").await.ok();
        document["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid.as_str()).unwrap().clone()
    };
    let before = key_of().await;
    let office =
        doorward_server::admin::router::<()>(world.app.clone(), doorward_server::admin::Access::Socket);
    let path = format!("/admin/v1/tenants/meadow/keys/{kid}/certificate");
    let renew = http::Request::post(path).body(axum::body::Body::empty()).unwrap();
    let answer = crate::support::send(&office, renew).await.ok();
    let view =
        answer["items"].as_array().unwrap().iter().find(|key| key["kid"] == kid.as_str()).unwrap().clone();
    assert_eq!(view["certificate_until"].as_i64(), Some(world.now() + 2 * 365 * DAY));
    let after = key_of().await;
    assert_eq!((&before["n"], &before["kid"]), (&after["n"], &after["kid"]));
    assert!(before["x5c"] != after["x5c"] && before["x5t"] != after["x5t"]);
    let bearer = format!("Bearer {token}");
    world.get_with(&Door::Plain.at("userinfo"), &[("authorization", &bearer)]).await.ok();
    let unknown = http::Request::post("/admin/v1/tenants/meadow/keys/nothing/certificate");
    let unknown = unknown.body(axum::body::Body::empty()).unwrap();
    assert_eq!(crate::support::send(&office, unknown).await.status, 404);
}

#[tokio::test]
async fn the_master_key_is_changed_while_everything_goes_on() {
    let world = World::open().await;
    let held = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    let office =
        doorward_server::admin::router::<()>(world.app.clone(), doorward_server::admin::Access::Socket);
    let change = async |key: &str| {
        let body = serde_json::json!({ "key": key }).to_string();
        let request = http::Request::post("/admin/v1/master-key/rotations")
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body))
            .unwrap();
        crate::support::send(&office, request).await
    };
    let new = doorward_crypto::MasterKey::generate();
    for wrong in ["", "AAAA", "secret-secret", crate::support::MASTER_KEY] {
        let answer = change(wrong).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(wrong.is_empty() || !answer.text().contains(wrong));
    }
    assert_eq!(change(&new.to_base64()).await.ok()["changed"], true);
    world.refresh(Door::Plain, WEB, held["refresh_token"].as_str().unwrap()).await.ok();
    // Both open it until the first start with the new one; then the new one alone.
    let old = world.another_node().await;
    old.follow_config(0).await.unwrap();
    let node = world.another_node_under(&new).await.unwrap();
    node.follow_config(0).await.unwrap();
    let me = http::Request::get(Door::Plain.at("userinfo"))
        .header("authorization", format!("Bearer {}", held["access_token"].as_str().unwrap()))
        .body(axum::body::Body::empty())
        .unwrap();
    crate::support::send(&doorward_server::router(node.clone()), me).await.ok();
    node.advance_keys().await.unwrap();
    let master = doorward_crypto::MasterKey::from_base64(crate::support::MASTER_KEY).unwrap();
    assert!(world.another_node_under(&master).await.is_err(), "the old key opens nothing any more");
    assert!(world.another_node_under(&new).await.is_ok());
}

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

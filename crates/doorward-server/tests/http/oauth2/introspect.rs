//! Introspection: who may know whether a token is good.

use crate::support::{Answer, DAEMON, Door, SPA, WEB, World, claims_of, headers_of};

async fn introspect(world: &World, client: &str, token: &str) -> Answer {
    let (fields, headers) = crate::support::authenticated(client, &[("token", token)]);
    world.post_with(&Door::Plain.at("introspect"), &fields, &headers).await
}

#[tokio::test]
async fn the_client_and_the_apis_service_learn_what_the_token_says() {
    let world = World::open().await;
    let body = world.tokens(Door::Directory, WEB, "openid offline_access api://notes/notes.read").await;
    let access = body["access_token"].as_str().unwrap();
    for caller in [WEB, DAEMON] {
        let answer = introspect(&world, caller, access).await.ok();
        assert_eq!((&answer["active"], &answer["client_id"]), (&true.into(), &WEB.into()));
        assert_eq!((&answer["username"], &answer["scope"]), (&"ben".into(), &"notes.read".into()));
        assert_eq!(answer["exp"], world.now() + 3600);
        assert_eq!(answer["iss"], Door::Directory.api_issuer());
    }
    let refresh = body["refresh_token"].as_str().unwrap();
    let own = introspect(&world, WEB, refresh).await.ok();
    assert_eq!((&own["active"], &own["client_id"]), (&true.into(), &WEB.into()));
    assert_eq!(introspect(&world, DAEMON, refresh).await.ok(), serde_json::json!({ "active": false }));
}

#[tokio::test]
async fn everything_in_doubt_is_inactive_and_says_nothing_more() {
    let world = World::open().await;
    let inactive = serde_json::json!({ "active": false });
    let body = world.tokens(Door::Plain, WEB, "openid").await;
    let access = body["access_token"].as_str().unwrap();
    assert_eq!(introspect(&world, DAEMON, access).await.ok(), inactive, "none of its business");
    let id_token = body["id_token"].as_str().unwrap();
    let forged = format!("{}AAAA", &access[..access.len() - 4]);
    for token in [id_token, "x", "a.b.c", &forged, &"x".repeat(20_000)] {
        assert_eq!(introspect(&world, WEB, token).await.ok(), inactive);
    }
    assert_eq!(introspect(&world, WEB, access).await.ok()["active"], true);
    world.pass(2 * 3600);
    assert_eq!(introspect(&world, WEB, access).await.ok(), inactive, "too old");
}

#[tokio::test]
async fn a_used_rotating_token_is_inactive_and_its_successor_is_not() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    let token = body["refresh_token"].as_str().unwrap();
    assert_eq!(introspect(&world, WEB, token).await.ok()["active"], true);
    world.pass(15 * 24 * 3600);
    assert_eq!(introspect(&world, WEB, token).await.ok()["active"], false);
}

#[tokio::test]
async fn only_clients_that_prove_themselves_may_ask() {
    let world = World::open().await;
    let path = Door::Plain.at("introspect");
    let public = introspect(&world, SPA, "x").await;
    public.refused(401, "invalid_client", "DW2058");
    let nobody = world.post(&path, &[("token", "x")]).await;
    nobody.refused(401, "invalid_client", "DW1001");
    let wrong = world.post(&path, &[("token", "x"), ("client_id", WEB), ("client_secret", "wrong")]).await;
    wrong.refused(401, "invalid_client", "DW2001");
    let (fields, headers) = crate::support::authenticated(WEB, &[]);
    let nothing = world.post_with(&path, &fields, &headers).await;
    nothing.refused(400, "invalid_request", "DW1057");
}

#[tokio::test]
async fn an_account_that_ended_makes_its_tokens_inactive() {
    let world = World::open().await;
    let ben = &world.cast.ben;
    let body = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    let disabled = doorward_core::model::User { disabled: true, ..ben.clone() };
    world.update_user(ben, &disabled).await;
    for token in ["access_token", "refresh_token"] {
        let answer = introspect(&world, WEB, body[token].as_str().unwrap()).await;
        assert_eq!(answer.ok(), serde_json::json!({ "active": false }), "{token}");
    }
}

#[tokio::test]
async fn a_hint_is_only_a_hint() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    for hint in ["access_token", "refresh_token", "id_token", "made-up"] {
        for name in ["access_token", "refresh_token"] {
            let fields = [("token", body[name].as_str().unwrap()), ("token_type_hint", hint)];
            let (fields, headers) = crate::support::authenticated(WEB, &fields);
            let answer = world.post_with(&Door::Plain.at("introspect"), &fields, &headers).await;
            assert_eq!(answer.ok()["active"], true, "{name} as {hint}");
        }
    }
}

#[tokio::test]
async fn who_accepts_a_signed_answer_gets_one() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, WEB, "openid").await;
    let access = body["access_token"].as_str().unwrap();
    let plain = introspect(&world, WEB, access).await.ok();
    for (token, expected) in [(access, plain), ("x", serde_json::json!({ "active": false }))] {
        let (fields, mut headers) = crate::support::authenticated(WEB, &[("token", token)]);
        headers.push(("accept", "application/token-introspection+jwt"));
        let answer = world.post_with(&Door::Plain.at("introspect"), &fields, &headers).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/token-introspection+jwt");
        assert_eq!(answer.header("cache-control"), "no-store");
        let signed = answer.text();
        assert_eq!(headers_of(&signed)["typ"], "token-introspection+jwt");
        let claims = claims_of(&signed);
        assert_eq!((&claims["iss"], &claims["aud"]), (&Door::Plain.issuer().into(), &WEB.into()));
        assert_eq!(claims["iat"], world.now());
        assert_eq!(claims["token_introspection"], expected);
        assert_eq!((claims.get("sub"), claims.get("exp")), (None, None));
    }
}

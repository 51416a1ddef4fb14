//! Userinfo: the claims of the granted scopes, under the `sub` of the ID token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use doorward_core::model::{SigningAlgorithm, SubjectType};

use crate::support::{
    Answer, BEN, DAEMON, Door, NATIVE, NOTES, SPA, WEB, World, claims_of, form, headers_of,
};

async fn userinfo(world: &World, door: Door, token: &str) -> Answer {
    world.get_with(&door.at("userinfo"), &[("authorization", &format!("Bearer {token}"))]).await
}

#[tokio::test]
async fn sub_equals_the_id_tokens_at_every_door_for_every_application() {
    let world = World::open().await;
    for (door, client) in Door::ALL.into_iter().flat_map(|door| [(door, WEB), (door, SPA), (door, NATIVE)]) {
        let body = world.tokens(door, client, "openid profile email").await;
        let answer = userinfo(&world, door, body["access_token"].as_str().unwrap()).await;
        let me = answer.ok();
        assert_eq!(me["sub"], claims_of(body["id_token"].as_str().unwrap())["sub"], "{door:?} {client}");
        assert_eq!((&me["name"], &me["preferred_username"]), (&"Ben <Fern>".into(), &BEN.into()));
        assert_eq!((&me["email"], &me["email_verified"]), (&"ben@mail.test".into(), &true.into()));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn only_granted_scopes_are_told() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, WEB, "openid").await;
    let me = userinfo(&world, Door::Plain, body["access_token"].as_str().unwrap()).await.ok();
    assert_eq!(me, serde_json::json!({ "sub": world.cast.ben.id.to_string() }));
}

#[tokio::test]
async fn a_token_may_be_posted_but_not_twice_and_not_in_the_query() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, WEB, "openid").await;
    let token = body["access_token"].as_str().unwrap();
    let path = Door::Plain.at("userinfo");
    world.post(&path, &[("access_token", token)]).await.ok();
    let bearer = format!("Bearer {token}");
    let posted = world.post_with(&path, &[], &[("authorization", &bearer)]).await;
    posted.ok();
    let twice = world.post_with(&path, &[("access_token", token)], &[("authorization", &bearer)]).await;
    assert_eq!((twice.status.as_u16(), twice.error().1.as_str()), (400, "invalid_request"));
    let query = world.get(&format!("{path}?{}", form(&[("access_token", token)]))).await;
    assert!(query.status.is_client_error(), "{}", query.text());
}

#[tokio::test]
async fn a_challenge_tells_what_is_missing() {
    let world = World::open().await;
    for door in Door::ALL {
        let answer = world.get(&door.at("userinfo")).await;
        answer.refused(401, "invalid_token", "DW3112");
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer realm=\"doorward\"",
            "no error without a token"
        );
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    for garbage in ["x", "a.b.c", "", "\u{1}", "..", &"A".repeat(10_000)] {
        let answer = userinfo(&world, Door::Plain, &garbage.replace('\u{1}', "!")).await;
        assert_eq!(answer.status, 401, "{garbage}");
    }
    let deep = |text: &str| URL_SAFE_NO_PAD.encode(text.repeat(3_000));
    for nested in [deep("["), deep("{\"a\":")] {
        for token in [format!("{nested}.e30.AAAA"), format!("eyJhbGciOiJSUzI1NiJ9.{nested}.AAAA")] {
            assert_eq!(userinfo(&world, Door::Plain, &token).await.status, 401);
        }
    }
    let api = world.tokens(Door::Plain, WEB, "openid api://notes/notes.read").await;
    let answer = userinfo(&world, Door::Plain, api["access_token"].as_str().unwrap()).await;
    answer.refused(401, "invalid_token", "DW3105");
    assert!(answer.header("www-authenticate").contains("error=\"invalid_token\""));
    let id_token = userinfo(&world, Door::Plain, api["id_token"].as_str().unwrap()).await;
    assert_eq!(id_token.status, 401, "an ID token is no access token");
    let own =
        world.token(Door::Plain, DAEMON, &[("grant_type", "client_credentials"), ("resource", NOTES)]).await;
    let own = userinfo(&world, Door::Plain, own.ok()["access_token"].as_str().unwrap()).await;
    assert_eq!(own.status, 401, "an application is nobody");
}

#[tokio::test]
async fn a_token_is_good_for_an_hour_and_at_its_door() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, WEB, "openid").await;
    let token = body["access_token"].as_str().unwrap();
    userinfo(&world, Door::Directory, token).await.refused(401, "invalid_token", "DW3105");
    world.pass(3600);
    world.pass(3600);
    let late = userinfo(&world, Door::Plain, token).await;
    assert_eq!((late.status.as_u16(), late.error().1.as_str()), (401, "invalid_token"));
}

#[tokio::test]
async fn a_disabled_account_has_no_userinfo() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, WEB, "openid").await;
    let disabled = doorward_core::model::User { disabled: true, ..world.cast.ben.clone() };
    world.update_user(&world.cast.ben, &disabled).await;
    let answer = userinfo(&world, Door::Plain, body["access_token"].as_str().unwrap()).await;
    answer.refused(401, "invalid_token", "DW3156");
}

#[tokio::test]
async fn a_registration_may_ask_for_a_signed_answer() {
    let world = World::open().await;
    let mut after = world.cast.web.clone();
    after.metadata.userinfo_signed_response_alg = Some(SigningAlgorithm::Es256);
    world.update_client(&world.cast.web, &after).await;
    for door in Door::ALL {
        let body = world.tokens(door, WEB, "openid profile").await;
        let answer = userinfo(&world, door, body["access_token"].as_str().unwrap()).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/jwt"));
        assert_eq!(answer.header("cache-control"), "no-store");
        let token = answer.text();
        assert_eq!(headers_of(&token)["alg"], "ES256");
        let claims = claims_of(&token);
        assert_eq!((&claims["iss"], &claims["aud"]), (&door.issuer().into(), &WEB.into()));
        assert_eq!(claims["sub"], claims_of(body["id_token"].as_str().unwrap())["sub"]);
        assert_eq!(claims["name"], "Ben <Fern>");
        let as_access = userinfo(&world, door, &token).await;
        assert_eq!(as_access.status, 401, "and is no access token");
    }
}

#[tokio::test]
async fn without_openid_the_scope_is_insufficient() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, WEB, "profile").await;
    let answer = userinfo(&world, Door::Plain, body["access_token"].as_str().unwrap()).await;
    answer.refused(403, "insufficient_scope", "DW3202");
    assert!(answer.header("www-authenticate").contains("scope=\"openid\""));
}

#[tokio::test]
async fn a_pairwise_registration_has_subjects_of_its_own_everywhere() {
    let world = World::open().await;
    let mut after = world.cast.web.clone();
    after.metadata.subject_type = Some(SubjectType::Pairwise);
    world.update_client(&world.cast.web, &after).await;
    let ben = world.cast.ben.id.to_string();
    let body = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    let sub = claims_of(body["id_token"].as_str().unwrap())["sub"].clone();
    assert_ne!(sub, ben);
    let access = body["access_token"].as_str().unwrap();
    assert_eq!(userinfo(&world, Door::Plain, access).await.ok()["sub"], sub);
    assert_eq!(claims_of(access)["sub"], sub);
    let (fields, headers) = crate::support::authenticated(WEB, &[("token", access)]);
    let told = world.post_with(&Door::Plain.at("introspect"), &fields, &headers).await.ok();
    assert_eq!(told["sub"], sub, "introspection keeps the subject that the client knows");
    let again = world.refresh(Door::Plain, WEB, body["refresh_token"].as_str().unwrap()).await.ok();
    assert_eq!(claims_of(again["id_token"].as_str().unwrap())["sub"], sub);
    let other = world.tokens(Door::Plain, NATIVE, "openid").await;
    assert_eq!(claims_of(other["id_token"].as_str().unwrap())["sub"], ben);
    let metadata = world.get(Door::Plain.metadata()).await.ok();
    assert_eq!(metadata["subject_types_supported"], serde_json::json!(["public", "pairwise"]));
}

//! The form of what the token endpoint reads and answers (RFC 6749 §3.2, §5; standards of the house, F).

use crate::support::{
    Answer, Ask, DAEMON, Door, NATIVE, SPA, VERIFIER, WEB, World, claims_of, headers_of, redemption,
};
use doorward_core::model::SigningAlgorithm;
use doorward_crypto::digest::at_hash;
use doorward_token::jose::Algorithm;

const SCOPE: &str = "openid offline_access api://notes/notes.read";

fn never_stored(answer: &Answer) {
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), ("no-store", "no-cache"));
}

#[tokio::test]
async fn a_success_says_bearer_a_number_and_the_scope() {
    let world = World::open().await;
    for (door, client) in Door::ALL.into_iter().flat_map(|door| [(door, WEB), (door, SPA), (door, NATIVE)]) {
        let code = world.code(&Ask::of(door, client).scope(SCOPE)).await;
        let answer = world.redeem(door, client, &code).await;
        never_stored(&answer);
        let body = answer.ok();
        assert_eq!(body["token_type"], "Bearer", "exactly so: old clients compare it");
        assert!(body["expires_in"].is_u64());
        assert!(body["scope"].as_str().unwrap().contains("notes.read"));
        let again = world.refresh(door, client, body["refresh_token"].as_str().unwrap()).await;
        never_stored(&again);
        assert_eq!(again.ok()["token_type"], "Bearer");
    }
}

#[tokio::test]
async fn a_refusal_is_never_stored_either() {
    let world = World::open().await;
    let path = Door::Plain.at("token");
    for answer in [
        world.get(&path).await,
        world.post(&path, &[]).await,
        world.token(Door::Plain, WEB, &[("grant_type", "telepathy")]).await,
        world.redeem(Door::Plain, WEB, "made-up").await,
    ] {
        assert!(answer.status.is_client_error());
        never_stored(&answer);
    }
    let get = world.get(&path).await;
    assert_eq!((get.status.as_u16(), get.header("allow")), (405, "POST"));
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, WEB)).await;
    let mut fields = redemption(WEB, &code);
    fields.extend([("foo", "bar"), ("x-client-SKU", "a"), ("audience", "b"), ("audience", "c")]);
    world.token(Door::Plain, WEB, &fields).await.ok();
}

#[tokio::test]
async fn a_verifier_has_43_to_128_unreserved_characters() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, SPA)).await;
    let long = "a".repeat(129);
    for verifier in [
        "a",
        "a-verifier-of-42-characters-0123456789abcde",
        &long,
        "a+verifier+with+plus+signs+is+no+verifier+at+all",
        "a verifier with spaces is no verifier at all ....",
    ] {
        let mut fields = redemption(SPA, &code);
        fields.retain(|(name, _)| *name != "code_verifier");
        fields.push(("code_verifier", verifier));
        world.token(Door::Plain, SPA, &fields).await.refused(400, "invalid_grant", "DW2005");
    }
    assert!((43..=128).contains(&VERIFIER.len()));
    world.redeem(Door::Plain, SPA, &code).await.ok();
}

#[tokio::test]
async fn a_refresh_token_is_visible_ascii() {
    let world = World::open().await;
    for client in [WEB, SPA, NATIVE] {
        let body = world.tokens(Door::Plain, client, SCOPE).await;
        let token = body["refresh_token"].as_str().unwrap();
        assert!(token.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "RFC 6749 A.17");
    }
}

#[tokio::test]
async fn a_narrower_refresh_leaves_the_family_its_full_scope() {
    let world = World::open().await;
    let body = world.tokens(Door::Plain, SPA, SCOPE).await;
    let narrow = [
        ("grant_type", "refresh_token"),
        ("refresh_token", body["refresh_token"].as_str().unwrap()),
        ("scope", "openid"),
    ];
    let less = world.token(Door::Plain, SPA, &narrow).await.ok();
    assert_eq!(less["scope"], "openid");
    let full = world.refresh(Door::Plain, SPA, less["refresh_token"].as_str().unwrap()).await.ok();
    assert!(full["scope"].as_str().unwrap().contains("notes.read"), "{full}");
    let wider = [
        ("grant_type", "refresh_token"),
        ("refresh_token", full["refresh_token"].as_str().unwrap()),
        ("scope", "openid profile"),
    ];
    world.token(Door::Plain, SPA, &wider).await.refused(400, "invalid_scope", "DW2057");
}

#[tokio::test]
async fn an_id_token_of_a_refresh_repeats_who_and_when() {
    let world = World::open().await;
    for door in Door::ALL {
        let first = world.tokens(door, WEB, SCOPE).await;
        world.pass(100);
        let second = world.refresh(door, WEB, first["refresh_token"].as_str().unwrap()).await.ok();
        let token = second["id_token"].as_str().unwrap();
        let (before, after) = (claims_of(first["id_token"].as_str().unwrap()), claims_of(token));
        for name in ["iss", "sub", "aud", "auth_time", "azp", "sid"] {
            assert_eq!(before.get(name), after.get(name), "{name}");
        }
        assert_eq!(after["iat"], world.now());
        assert_eq!(after.get("nonce"), None);
        let access = second["access_token"].as_str().unwrap();
        assert_eq!(after["at_hash"], at_hash(Algorithm::RS256, access), "and it belongs to its access token");
    }
}

#[tokio::test]
async fn the_hash_follows_the_algorithm_that_the_registration_chose() {
    let world = World::open().await;
    let mut after = world.cast.web.clone();
    after.metadata.id_token_signed_response_alg = Some(SigningAlgorithm::Es256);
    world.update_client(&world.cast.web, &after).await;
    let body = world.tokens(Door::Plain, WEB, "openid").await;
    let token = body["id_token"].as_str().unwrap();
    assert_eq!(headers_of(token)["alg"], "ES256");
    assert!(headers_of(token)["kid"].is_string(), "a key is always named");
    let access = body["access_token"].as_str().unwrap();
    assert_eq!(claims_of(token)["at_hash"], at_hash(Algorithm::ES256, access));
    world.id_claims(token, Door::Plain, WEB).await;
}

#[tokio::test]
async fn client_credentials_give_neither_a_refresh_token_nor_an_id_token() {
    let world = World::open().await;
    for door in Door::ALL {
        let fields = [("grant_type", "client_credentials"), ("scope", "api://notes/.default")];
        let body = world.token(door, DAEMON, &fields).await.ok();
        assert_eq!((body.get("refresh_token"), body.get("id_token")), (None, None));
        let claims = claims_of(body["access_token"].as_str().unwrap());
        assert_eq!(claims["idtyp"], "app");
        assert_eq!(claims.get("scp"), None);
        assert_eq!(claims["roles"], serde_json::json!(["Notes.Read.All"]));
        assert_eq!(claims["sub"], world.cast.daemon.app_id.to_string());
    }
}

#[tokio::test]
async fn subject_and_times_have_their_types() {
    let world = World::open().await;
    for door in Door::ALL {
        let body = world.tokens(door, WEB, "openid").await;
        let claims = claims_of(body["id_token"].as_str().unwrap());
        let sub = claims["sub"].as_str().unwrap();
        assert!(sub.len() <= 255 && sub.is_ascii());
        assert_eq!(claims["aud"], WEB, "one audience is a string");
        for name in ["exp", "iat", "auth_time"] {
            assert!(claims[name].is_i64(), "{name} is a whole number");
        }
        assert!(claims["sid"].is_string() && claims["amr"].is_array());
        assert_eq!(claims.get("azp"), None, "one audience needs no authorised party");
    }
}

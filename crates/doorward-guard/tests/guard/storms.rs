//! Keys: cached, rotated, missing, and attacked.

use std::sync::atomic::Ordering;

use doorward_crypto::SigningKey;
use doorward_token::jose::Algorithm;
use serde_json::json;

use crate::stage::{Stage, call, claims_of};

#[tokio::test]
async fn a_thousand_unknown_kids_are_one_refetch() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    assert_eq!(call(&guard, "GET", "/notes", &stage.user("notes.read")).await.status, 200);
    assert_eq!(stage.key_fetches(), 1);
    let claims = claims_of("notes.read");
    for wave in 0..10 {
        let calls = (0..100).map(|number| {
            let token =
                stage.token_with(claims.clone(), |header| header.kid = Some(format!("kid-{wave}-{number}")));
            let guard = guard.clone();
            tokio::spawn(async move { call(&guard, "GET", "/notes", &token).await })
        });
        for answer in calls.collect::<Vec<_>>() {
            let answer = answer.await.unwrap();
            assert_eq!((answer.status, answer.code()), (401, "DW5101"));
        }
    }
    assert_eq!(stage.key_fetches(), 2);
    stage.clock.forward(30);
    let late = stage.token_with(claims, |header| header.kid = Some("later".to_owned()));
    call(&guard, "GET", "/notes", &late).await;
    assert_eq!(stage.key_fetches(), 3);
}

#[tokio::test]
async fn a_hundred_first_calls_are_one_fetch() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    let calls = (0..100).map(|number| {
        let mut claims = claims_of("notes.read");
        claims["jti"] = json!(number);
        let (guard, token) = (guard.clone(), stage.token(claims));
        tokio::spawn(async move { call(&guard, "GET", "/notes", &token).await.status })
    });
    for status in calls.collect::<Vec<_>>() {
        assert_eq!(status.await.unwrap(), 200);
    }
    assert_eq!(stage.key_fetches(), 1);
}

#[tokio::test]
async fn tokens_of_untrusted_issuers_fetch_nothing() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    for number in 0..50 {
        let mut claims = claims_of("notes.read");
        claims["iss"] = json!(format!("https://evil.test/{number}"));
        assert_eq!(call(&guard, "GET", "/notes", &stage.token(claims)).await.status, 401);
    }
    assert_eq!(stage.key_fetches(), 0);
}

#[tokio::test]
async fn a_new_key_is_found_and_a_withdrawn_one_ends_what_was_cached() {
    let mut stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    let old = stage.user("notes.read");
    assert_eq!(call(&guard, "GET", "/notes", &old).await.status, 200);
    let next = SigningKey::generate(Algorithm::EdDSA).unwrap();
    stage.published.publish(&[&next]);
    assert_eq!(call(&guard, "GET", "/notes", &old).await.status, 200, "nothing has told of the change yet");
    stage.key = next;
    assert_eq!(call(&guard, "GET", "/notes", &stage.user("notes.read")).await.status, 200);
    let withdrawn = call(&guard, "GET", "/notes", &old).await;
    assert_eq!((withdrawn.status, withdrawn.code()), (401, "DW5101"));
    assert_eq!(stage.key_fetches(), 2);
}

#[tokio::test]
async fn an_expired_token_does_not_live_on_in_the_cache() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    let token = stage.user("notes.read");
    assert_eq!(call(&guard, "GET", "/notes", &token).await.status, 200);
    stage.clock.forward(3_600 + 59);
    assert_eq!(call(&guard, "GET", "/notes", &token).await.status, 200, "within the leeway");
    stage.clock.forward(1);
    assert_eq!(call(&guard, "GET", "/notes", &token).await.code(), "DW3108");
}

#[tokio::test]
async fn keys_that_were_never_reachable_are_503_and_not_the_callers_fault() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    stage.published.status.store(500, Ordering::Relaxed);
    let token = stage.user("notes.read");
    for _ in 0..20 {
        let answer = call(&guard, "GET", "/notes", &token).await;
        assert_eq!((answer.status, answer.code()), (503, "DW5103"));
        assert_eq!(answer.header("retry-after"), "5");
        assert_eq!(answer.header("www-authenticate"), "");
    }
    assert_eq!(stage.key_fetches(), 1);
    assert!(guard.ready().await.is_err());
    stage.published.status.store(200, Ordering::Relaxed);
    stage.clock.forward(5);
    assert_eq!(call(&guard, "GET", "/notes", &token).await.status, 200);
    assert!(guard.ready().await.is_ok());
}

#[tokio::test]
async fn known_keys_outlive_an_outage() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    assert_eq!(call(&guard, "GET", "/notes", &stage.user("notes.read")).await.status, 200);
    stage.published.status.store(503, Ordering::Relaxed);
    stage.clock.forward(1_800);
    assert_eq!(call(&guard, "GET", "/notes", &stage.user("notes.read notes.write")).await.status, 200);
    let claims = claims_of("notes.read");
    let unknown = stage.token_with(claims, |header| header.kid = Some("new".to_owned()));
    assert_eq!(
        call(&guard, "GET", "/notes", &unknown).await.status,
        503,
        "it may be a key that is new there"
    );
}

#[tokio::test]
async fn what_is_not_a_key_set_is_refused() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let token = stage.user("notes.read");
    let secret = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "AA", "d": "AA"}]});
    let long = json!({"keys": [], "padding": "x".repeat(300 * 1024)});
    for document in [json!({"issuer": "x"}), json!({"keys": []}), json!([]), secret, long] {
        *stage.published.keys.lock().unwrap() = document;
        let answer = call(&stage.guard(), "GET", "/notes", &token).await;
        assert_eq!((answer.status, answer.code()), (503, "DW5103"));
        assert!(answer.body["detail"].as_str().unwrap().contains("not a key set"), "{:?}", answer.body);
    }
}

//! The registration that the server publishes, and its changes.

use std::sync::atomic::Ordering;

use doorward_guard::{Guard, GuardFault};
use doorward_token::jose::Algorithm;
use serde_json::json;

use crate::stage::{ISSUER, Stage, call, claims_of, policy};

fn registered(stage: &Stage) -> Guard {
    stage
        .builder()
        .from_registration(format!("{}/feed/meadow/apis/notes", stage.base))
        .build()
        .expect("a guard")
}

fn fetches(stage: &Stage) -> usize {
    stage.published.registration_fetches.load(Ordering::Relaxed)
}

#[tokio::test]
async fn issuers_audiences_and_docs_come_from_the_registration() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = registered(&stage);
    guard.ready().await.unwrap();
    assert_eq!(call(&guard, "GET", "/notes", &stage.user("notes.read")).await.status, 200);
    let refused = call(&guard, "DELETE", "/notes/7", &stage.user("notes.read")).await;
    assert_eq!(refused.body["type"], "https://id.test/docs/errors/DW3202");
    assert_eq!(fetches(&stage), 1);
}

#[tokio::test]
async fn an_issuer_that_is_added_later_is_found_and_strangers_are_not_a_storm() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = registered(&stage);
    let flow = "https://id.test/tfp/meadow/b2c_1_susi/v2.0/";
    let mut claims = claims_of("notes.read");
    claims["iss"] = json!(flow);
    let token = stage.token(claims);
    assert_eq!(call(&guard, "GET", "/notes", &token).await.code(), "DW3106");
    *stage.published.registration.lock().unwrap() = stage.registration(&[ISSUER, flow]);
    assert_eq!(call(&guard, "GET", "/notes", &token).await.code(), "DW3106", "asked a moment ago");
    stage.clock.forward(30);
    assert_eq!(call(&guard, "GET", "/notes", &token).await.status, 200);
    let before = fetches(&stage);
    for number in 0..100 {
        let mut claims = claims_of("notes.read");
        claims["iss"] = json!(format!("https://evil.test/{number}"));
        assert_eq!(call(&guard, "GET", "/notes", &stage.token(claims)).await.status, 401);
    }
    assert!(fetches(&stage) <= before + 1, "{} fetches", fetches(&stage) - before);
}

#[tokio::test]
async fn an_audience_that_is_taken_away_ends_what_was_cached() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = registered(&stage);
    let token = stage.user("notes.read");
    assert_eq!(call(&guard, "GET", "/notes", &token).await.status, 200);
    let mut changed = stage.registration(&[ISSUER]);
    changed["audiences"] = json!(["api://other"]);
    *stage.published.registration.lock().unwrap() = changed;
    let mut stranger = claims_of("notes.read");
    stranger["iss"] = json!("https://evil.test");
    call(&guard, "GET", "/notes", &stage.token(stranger)).await;
    assert_eq!(call(&guard, "GET", "/notes", &token).await.code(), "DW3105");
}

#[tokio::test]
async fn without_a_registration_the_answer_is_503_and_public_routes_stay_open() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = registered(&stage);
    for document in [
        json!({}),
        json!("x"),
        json!({"name": "notes", "audiences": [], "issuers": []}),
        json!({"name": "n", "audiences": ["a"], "issuers": [{"issuer": "x", "jwks_uri": "http://example.test/keys"}]}),
    ] {
        *stage.published.registration.lock().unwrap() = document;
        let answer = call(&guard, "GET", "/notes", &stage.user("notes.read")).await;
        assert_eq!((answer.status, answer.code()), (503, "DW5103"), "{answer:?}");
        assert_eq!(call(&guard, "GET", "/health", "").await.status, 200);
        stage.clock.forward(5);
    }
}

#[tokio::test]
async fn a_guard_that_would_trust_nobody_is_not_built() {
    assert!(matches!(Guard::builder(policy()).build().err(), Some(GuardFault::NoIssuer)));
    let plain = Guard::builder(policy()).from_registration("http://id.example.test/feed/m/apis/n").build();
    let words = plain.err().expect("refused").to_string();
    assert!(words.contains("plain http") && words.contains("PlainHttp::Allowed"), "{words}");
    let junk = Guard::builder(policy()).from_registration("https://id.test/x").ca("no pem").build();
    assert!(matches!(junk.err(), Some(GuardFault::NoCertificate)));
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(Guard::builder(policy()).from_registration("https://id.test/x").ca(broken).build().is_err());
}

//! A route that asks how the person signed in (RFC 9470): the challenge, and what gets through.

use doorward_token::acr::{MULTI_FACTOR, PASSWORD};
use doorward_token::jose::Algorithm;
use serde_json::{Value, json};

use crate::stage::{NOW, Stage, call, call_with, claims_of};

fn signed_in(scopes: &str, acr: &str, auth_time: i64) -> Value {
    let mut claims = claims_of(scopes);
    claims["acr"] = acr.into();
    claims["auth_time"] = auth_time.into();
    claims
}

#[tokio::test]
async fn a_weak_sign_in_is_told_which_one_is_wanted() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let token = stage.token(signed_in("notes.read", PASSWORD, NOW - 10));
    let answer = call(&stage.guard(), "POST", "/export", &token).await;
    let trace = answer.header("doorward-trace");
    assert_eq!(answer.status, 401, "another token would help, a further permission would not");
    assert_eq!(
        answer.header("www-authenticate"),
        format!(
            "Bearer realm=\"notes\", error=\"insufficient_user_authentication\", scope=\"notes.read\", \
             acr_values=\"urn:doorward:acr:mfa\", max_age=\"300\", \
             error_description=\"DW3260 POST /export needs a sign-in of urn:doorward:acr:mfa, at most 300 s ago, \
             this one is of urn:doorward:acr:pwd, 10 s ago\", \
             error_uri=\"https://id.test/docs/errors/DW3260?trace={trace}\", doorward_code=\"DW3260\", \
             doorward_trace=\"{trace}\""
        )
    );
    assert_eq!(answer.code(), "DW3260");
    assert_eq!(answer.body["title"], "sign-in-insufficient");
    assert_eq!(answer.body["needed"], json!({"acr_values": [MULTI_FACTOR], "max_age": 300}));
    assert_eq!(answer.body["present"], json!({"acr": PASSWORD, "age": 10}));
    let remedy = answer.body["remedy"].as_str().unwrap();
    assert!(remedy.contains("acr_values=urn:doorward:acr:mfa and max_age=300"), "{remedy}");
}

#[tokio::test]
async fn a_fresh_sign_in_with_two_factors_passes_until_it_is_too_old() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    let token = stage.token(signed_in("notes.read", MULTI_FACTOR, NOW - 100));
    for (forward, status) in [(0, 200), (200, 200), (1, 401), (0, 401)] {
        stage.clock.forward(forward);
        assert_eq!(
            call(&guard, "POST", "/export", &token).await.status,
            status,
            "the verdict is kept, its age not"
        );
    }
    assert_eq!(
        call(&guard, "GET", "/notes", &token).await.status,
        200,
        "elsewhere the token is as good as before"
    );
}

#[tokio::test]
async fn what_the_token_does_not_say_counts_for_nothing() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    let mut odd = vec![claims_of("notes.read")];
    for (name, value) in [
        ("acr", json!(["urn:doorward:acr:mfa"])),
        ("acr", json!("urn:doorward:acr:MFA")),
        ("acr", json!(null)),
        ("auth_time", json!("1800000000")),
        ("auth_time", json!(null)),
    ] {
        let mut claims = signed_in("notes.read", MULTI_FACTOR, NOW);
        claims[name] = value;
        odd.push(claims);
    }
    for claims in odd {
        let answer = call(&guard, "POST", "/export", &stage.token(claims.clone())).await;
        assert!(answer.status == 401, "{claims}: {answer:?}");
    }
}

#[tokio::test]
async fn scopes_are_asked_for_first_and_apps_do_not_sign_in() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    let token = stage.token(signed_in("notes.write", PASSWORD, NOW));
    assert_eq!(call(&guard, "POST", "/export", &token).await.code(), "DW3202");
    assert_eq!(call(&guard, "POST", "/export", &stage.app(&["Notes.Read.All"])).await.code(), "DW3204");
    let nobody = call_with(&guard, "POST", "/export", &[]).await;
    assert_eq!(nobody.header("www-authenticate"), r#"Bearer realm="notes", scope="notes.read""#);
}

//! The exact answers.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use doorward_guard::{DeniedCall, TraceSink, TrustedIssuer};
use doorward_token::jose::Algorithm;
use serde_json::json;

use crate::stage::{AUDIENCE, ISSUER, Stage, call, call_with};

#[tokio::test]
async fn without_a_token_the_challenge_has_no_error() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    for headers in [&[][..], &[("authorization", "Basic dTpw")]] {
        let answer = call_with(&stage.guard(), "DELETE", "/notes/7", headers).await;
        assert_eq!(answer.status, 401);
        assert_eq!(
            answer.header("www-authenticate"),
            r#"Bearer realm="notes", scope="notes.read notes.write""#
        );
        assert_eq!(answer.code(), "DW3150");
    }
    let jobs = call_with(&stage.guard(), "POST", "/jobs", &[]).await;
    assert_eq!(jobs.header("www-authenticate"), r#"Bearer realm="notes""#);
}

#[tokio::test]
async fn a_missing_scope_is_named_in_header_and_body() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let answer = call(&stage.guard(), "DELETE", "/notes/7", &stage.user("notes.read")).await;
    assert_eq!(answer.status, 403);
    let trace = answer.header("doorward-trace");
    assert!(trace.len() == 32 && trace.bytes().all(|b| b.is_ascii_hexdigit()), "{trace}");
    assert_eq!(
        answer.header("www-authenticate"),
        format!(
            "Bearer realm=\"notes\", error=\"insufficient_scope\", scope=\"notes.read notes.write\", \
             error_description=\"DW3202 DELETE /notes/{{id}} needs notes.read notes.write, token has notes.read\", \
             error_uri=\"https://id.test/docs/errors/DW3202?trace={trace}\", doorward_code=\"DW3202\", \
             doorward_trace=\"{trace}\""
        )
    );
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("access-control-expose-headers"), "WWW-Authenticate, Doorward-Trace");
    assert_eq!(
        answer.body,
        json!({
            "type": "https://id.test/docs/errors/DW3202",
            "title": "insufficient-scope",
            "status": 403,
            "code": "DW3202",
            "detail": "DELETE /notes/{id} needs notes.read notes.write, token has notes.read",
            "needed": {"all_of": ["notes.read", "notes.write"]},
            "present": ["notes.read"],
            "remedy": "ask for api://notes/notes.write in the scope parameter, then call with the new access token",
            "trace": trace,
        })
    );
}

#[tokio::test]
async fn an_id_token_is_told_what_it_is() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let claims = json!({"iss": ISSUER, "aud": "web", "sub": "ben", "nonce": "n", "iat": 1_800_000_000, "exp": 1_800_003_600});
    let answer = call(&stage.guard(), "GET", "/notes", &stage.token(claims)).await;
    let challenge = answer.header("www-authenticate");
    assert!(
        challenge.starts_with(
            r#"Bearer realm="notes", error="invalid_token", error_description="DW3101 this is an ID token"#
        ),
        "{challenge}"
    );
    assert!(!challenge.contains("scope="));
    assert_eq!(answer.body["remedy"], "send the access_token of the token response, not the id_token");
}

#[tokio::test]
async fn a_token_in_two_places_or_in_the_address_is_400() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    let token = stage.user("notes.read");
    let bearer = format!("Bearer {token}");
    let twice = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
    let in_query = format!("/notes?access_token={token}");
    for answer in [
        call_with(&guard, "GET", "/notes", &twice).await,
        call_with(&guard, "GET", &in_query, &[]).await,
        call_with(&guard, "GET", &in_query, &twice[..1]).await,
    ] {
        assert_eq!((answer.status, answer.code()), (400, "DW3253"));
        assert!(answer.header("www-authenticate").contains(r#"error="invalid_request""#));
        assert!(!answer.body.to_string().contains(&token));
    }
}

#[tokio::test]
async fn the_scheme_is_read_in_any_case() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let guard = stage.guard();
    for scheme in ["bearer", "BEARER", "bEaReR"] {
        let value = format!("{scheme} {}", stage.user("notes.read"));
        assert_eq!(
            call_with(&guard, "GET", "/notes", &[("authorization", &value)]).await.status,
            200,
            "{scheme}"
        );
    }
}

#[tokio::test]
async fn without_a_docs_address_nothing_points_to_one() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let issuer = TrustedIssuer { issuer: ISSUER.to_owned(), jwks_uri: format!("{}/keys", stage.base) };
    let guard =
        stage.builder().issuers([issuer]).audiences([AUDIENCE]).api_name("my \"api\"").build().unwrap();
    let answer = call(&guard, "DELETE", "/notes/7", &stage.user("notes.read")).await;
    assert_eq!(answer.body["type"], "urn:doorward:error:DW3202");
    assert!(!answer.header("www-authenticate").contains("error_uri"));
    assert!(answer.header("www-authenticate").starts_with("Bearer realm=\"notes\""));
}

#[derive(Default)]
struct Collected(Mutex<Vec<DeniedCall>>, tokio::sync::Notify);

#[async_trait]
impl TraceSink for Collected {
    async fn deliver(&self, batch: Vec<DeniedCall>, _lost: u64) {
        self.0.lock().expect("not poisoned").extend(batch);
        self.1.notify_one();
    }
}

#[tokio::test]
async fn a_refused_call_is_reported_under_the_trace_of_its_answer() {
    let stage = Stage::set(Algorithm::EdDSA).await;
    let sink = Arc::new(Collected::default());
    let issuer = TrustedIssuer { issuer: ISSUER.to_owned(), jwks_uri: format!("{}/keys", stage.base) };
    let guard =
        stage.builder().issuers([issuer]).audiences([AUDIENCE]).trace_sink(sink.clone()).build().unwrap();
    let token = stage.user("notes.read");
    let answer = call(&guard, "DELETE", "/notes/7", &token).await;
    call(&guard, "GET", "/notes", &token).await;
    sink.1.notified().await;
    let reports = sink.0.lock().unwrap();
    assert_eq!(reports.len(), 2, "one by raw path, one by match, and none of the admitted call");
    let report = &reports[1];
    assert_eq!(report.trace.as_str(), answer.header("doorward-trace"));
    assert_eq!(
        (report.code.as_str(), report.status, report.client_id.as_deref()),
        ("DW3202", 403, Some("web"))
    );
    assert_eq!(report.route.as_deref(), Some("DELETE /notes/{id}"));
    assert_eq!(report.checks.first_failure().map(|check| check.name.as_ref()), Some("policy.route"));
    let text = serde_json::to_string(report).unwrap();
    assert!(!text.contains(&token) && !text.contains("ben"), "{text}");
}

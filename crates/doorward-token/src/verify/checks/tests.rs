//! Every check alone, their order, and the boundaries of time. A signature is good here when it says so.

use serde_json::{Value, json};

use proptest::prelude::*;

use crate::explain::Outcome;
use crate::jose::{JwkSet, KeyMaterial, OkpCurve};

use super::*;

struct GoodSaysGood;

impl SignatureCheck for GoodSaysGood {
    fn verify(&self, _: Algorithm, _: &Jwk, _: &[u8], signature: &[u8]) -> bool {
        signature == b"good"
    }
}

const ISSUER: &str = "https://id.example.org/t";
const NOW: i64 = 1_795_000_000;

fn access() -> Value {
    json!({"iss": ISSUER, "aud": "notes", "sub": "s", "azp": "web", "idtyp": "user", "scp": "notes.read",
        "iat": NOW - 10, "nbf": NOW - 40, "exp": NOW + 3600})
}

fn with(name: &str, value: impl Into<Value>) -> Value {
    let mut claims = access();
    claims[name] = value.into();
    claims
}

fn without(name: &str) -> Value {
    let mut claims = access();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn token(header: &Value, claims: &Value, signature: &str) -> String {
    [header.to_string(), claims.to_string(), signature.to_owned()].map(base64url::encode).join(".")
}

fn good(claims: &Value) -> String {
    token(&json!({"alg": "EdDSA", "kid": "k", "typ": "JWT"}), claims, "good")
}

fn expectation() -> Expectation {
    Expectation::of(TokenKind::Access).from_issuer(ISSUER, IssuerTrust::Ours).for_audience("notes")
}

fn check_against(token: &str, expectation: &Expectation) -> Report {
    let mut key = Jwk::new(KeyMaterial::Okp { crv: OkpCurve::Ed25519, x: vec![1; 32] });
    key.kid = Some("k".to_owned());
    Verifier::new(Arc::new(GoodSaysGood)).check(token, expectation, &JwkSet::new([key]), NOW)
}

fn check(token: &str) -> Report {
    check_against(token, &expectation())
}

fn code(report: &Report) -> String {
    report.refusal.as_ref().map(|refusal| refusal.code().to_string()).unwrap_or_default()
}

fn outcome(report: &Report, name: &str) -> Outcome {
    report.trail.checks().iter().find(|check| check.name == name).unwrap().outcome
}

#[test]
fn a_good_token_passes_every_check_in_order() {
    let report = check(&good(&access()));
    assert_eq!(report.refusal, None);
    assert!(report.is_good());
    let names: Vec<_> = report.trail.checks().iter().map(|check| check.name.as_ref()).collect();
    assert_eq!(
        names,
        [
            "token.present",
            "token.parseable",
            "token.kind",
            "token.issuer",
            "token.key",
            "token.algorithm",
            "token.signature",
            "token.expiry",
            "token.not_before",
            "token.audience"
        ]
    );
    assert_eq!(report.verified().unwrap().text("sub"), Some("s"));
    assert_eq!(report.principal(), Some(super::super::PrincipalKind::User));
}

#[test]
fn a_refused_token_gives_no_claims_to_believe() {
    let report = check(&good(&with("aud", "other")));
    assert!(report.claims.is_none() && report.verified().is_err());
    assert_eq!(report.unproven.unwrap().text("aud"), Some("other"));
}

#[test]
fn each_fault_has_its_code() {
    let header = |header: Value| token(&header, &access(), "good");
    for (expected, bad) in [
        ("DW3150", String::new()),
        ("DW3150", "x.y".to_owned()),
        ("DW3150", "dwo_abc".to_owned()),
        ("DW3152", header(json!({"alg": "none"}))),
        ("DW3152", header(json!({"alg": "EdDSA", "kid": "k", "crit": ["exp"]}))),
        ("DW3155", good(&with("exp", "soon"))),
        ("DW3155", good(&with("aud", json!([1])))),
        ("DW3155", good(&without("exp"))),
        ("DW3101", good(&with("nonce", "n"))),
        ("DW3101", good(&without("idtyp"))),
        ("DW3101", good(&with("idtyp", "robot"))),
        ("DW3101", header(json!({"alg": "EdDSA", "kid": "k", "typ": "logout+jwt"}))),
        ("DW3106", good(&with("iss", "https://id.example.org/t/"))),
        ("DW3106", good(&without("iss"))),
        ("DW5101", header(json!({"alg": "EdDSA", "kid": "other"}))),
        ("DW3153", header(json!({"alg": "RS256", "kid": "k"}))),
        ("DW3153", header(json!({"alg": "HS256", "kid": "k"}))),
        ("DW3151", token(&json!({"alg": "EdDSA", "kid": "k"}), &access(), "bad")),
        ("DW3108", good(&with("exp", NOW - 3600))),
        ("DW5102", good(&with("iat", NOW + 120))),
        ("DW3154", good(&with("nbf", NOW + 120))),
        ("DW3105", good(&with("aud", "other"))),
        ("DW3105", good(&without("aud"))),
    ] {
        let report = check(&bad);
        assert_eq!(code(&report), expected, "{:?}", report.trail);
        let refusal = report.refusal.unwrap();
        assert!(!refusal.remedy().is_empty() && !refusal.diagnosis().ends_with('.'), "{refusal}");
    }
}

#[test]
fn the_first_failure_is_the_cause_and_the_others_are_listed() {
    let claims = json!({"iss": ISSUER, "aud": "other", "sub": "s", "nonce": "n", "exp": NOW - 900});
    let report = check(&token(&json!({"alg": "EdDSA", "kid": "k"}), &claims, "bad"));
    assert_eq!(code(&report), "DW3101");
    for failed in ["token.kind", "token.signature", "token.expiry", "token.audience"] {
        assert_eq!(outcome(&report, failed), Outcome::Failed, "{failed}");
    }
}

#[test]
fn keys_of_an_untrusted_issuer_are_not_looked_for() {
    struct Nobody;
    impl KeyLookup for Nobody {
        fn key(&self, _: &str, _: Option<&str>) -> Option<Arc<Jwk>> {
            panic!("an untrusted issuer's keys were asked for");
        }
    }
    let foreign = good(&with("iss", "https://evil.example"));
    let report = Verifier::new(Arc::new(GoodSaysGood)).check(&foreign, &expectation(), &Nobody, NOW);
    assert_eq!(outcome(&report, "token.key"), Outcome::Skipped);
    assert_eq!(outcome(&report, "token.signature"), Outcome::Skipped);
    assert!(!report.wants_key());
}

#[test]
fn an_unknown_key_asks_for_fresh_ones() {
    let report = check(&token(&json!({"alg": "EdDSA", "kid": "new"}), &access(), "good"));
    assert!(report.wants_key());
    assert_eq!(outcome(&report, "token.audience"), Outcome::Passed);
}

#[test]
fn life_ends_with_the_second_of_exp_and_leeway() {
    let exact = expectation().with_leeway_secs(0);
    let at =
        |exp: i64, expectation: &Expectation| code(&check_against(&good(&with("exp", exp)), expectation));
    assert_eq!(at(NOW + 1, &exact), "");
    assert_eq!(at(NOW, &exact), "DW3108");
    assert_eq!(at(NOW - 59, &expectation()), "");
    assert_eq!(at(NOW - 60, &expectation()), "DW3108");
}

#[test]
fn life_begins_within_the_leeway() {
    let at = |name: &str, offset: i64| code(&check(&good(&with(name, NOW + offset))));
    assert_eq!(at("nbf", 60), "");
    assert_eq!(at("nbf", 61), "DW3154");
    assert_eq!(at("iat", 60), "");
    assert_eq!(at("iat", 61), "DW5102");
}

#[test]
fn extreme_times_neither_panic_nor_pass() {
    for exp in [i64::MIN, -1, 0] {
        assert_eq!(code(&check(&good(&with("exp", exp)))), "DW3108");
    }
    assert_eq!(code(&check(&good(&with("exp", -1e300)))), "DW3108");
    assert_eq!(code(&check(&good(&with("nbf", i64::MAX)))), "DW3154");
    assert_eq!(code(&check(&good(&with("iat", 1e300)))), "DW5102");
    assert_eq!(code(&check(&good(&with("iat", i64::MIN)))), "");
}

#[test]
fn a_hint_may_have_expired_and_is_still_checked() {
    let hint = json!({"iss": ISSUER, "aud": "web", "sub": "s", "at_hash": "h", "iat": NOW - 9000, "exp": NOW - 5000});
    let expectation = Expectation::of(TokenKind::Id)
        .from_issuer(ISSUER, IssuerTrust::Ours)
        .for_any_audience()
        .accept_expired();
    let report = check_against(&good(&hint), &expectation);
    assert!(report.is_good(), "{:?}", report.trail);
    assert_eq!(outcome(&report, "token.expiry"), Outcome::Skipped);
    let forged = token(&json!({"alg": "EdDSA", "kid": "k"}), &hint, "bad");
    assert_eq!(code(&check_against(&forged, &expectation)), "DW3151");
    assert_eq!(code(&check_against(&good(&access()), &expectation)), "DW3101");
}

#[test]
fn a_foreign_issuer_needs_no_kind_mark_but_no_look_alike_passes() {
    let foreign =
        Expectation::of(TokenKind::Access).from_issuer(ISSUER, IssuerTrust::Foreign).for_audience("notes");
    assert!(check_against(&good(&without("idtyp")), &foreign).is_good());
    for mark in ["nonce", "at_hash", "c_hash"] {
        let mut claims = without("idtyp");
        claims[mark] = "x".into();
        assert_eq!(code(&check_against(&good(&claims), &foreign)), "DW3101", "{mark}");
    }
    let mut nameless = without("idtyp");
    nameless.as_object_mut().unwrap().remove("azp");
    assert_eq!(code(&check_against(&good(&nameless), &foreign)), "DW3101");
}

#[test]
fn no_audience_expected_means_none_accepted() {
    let forgetful = Expectation::of(TokenKind::Access).from_issuer(ISSUER, IssuerTrust::Ours);
    assert_eq!(code(&check_against(&good(&access()), &forgetful)), "DW3105");
    assert!(check(&good(&with("aud", json!(["other", "notes"])))).is_good());
}

#[test]
fn a_dressed_refresh_token_is_recognised() {
    let dressed = ["opaque", r#"{"typ":"Refresh","exp":1}"#, "mac"].map(base64url::encode).join(".");
    let report = check(&dressed);
    assert!(matches!(report.refusal, Some(TokenRefusal::WrongKind { found: TokenKind::Refresh, .. })));
}

#[test]
fn foreign_text_in_a_diagnosis_is_cut_and_cleaned() {
    let report = check(&good(&with("iss", format!("https://x/\r\nSet-Cookie: a{}", "y".repeat(5000)))));
    let diagnosis = report.refusal.unwrap().diagnosis();
    assert!(diagnosis.len() < 600 && !diagnosis.contains('\n'), "{diagnosis}");
    let many: Vec<_> = (0..1000).map(|n| format!("a{n}")).collect();
    assert!(check(&good(&with("aud", many))).refusal.unwrap().diagnosis().contains("and 992 more"));
}

proptest! {
    #[test]
    fn no_text_makes_judging_panic_or_pass(text in any::<String>()) {
        prop_assert!(!check(&text).is_good());
    }

    #[test]
    fn no_claims_make_judging_panic(
        exp in any::<i64>(), nbf in any::<f64>(), iss in "\\PC{0,12}", aud in proptest::collection::vec("\\PC{0,6}", 0..4),
    ) {
        let mut claims = with("exp", exp);
        claims["nbf"] = json!(nbf);
        claims["iss"] = json!(iss);
        claims["aud"] = json!(aud);
        let report = check(&good(&claims));
        prop_assert_eq!(report.refusal.is_none(), report.claims.is_some());
        prop_assert_eq!(report.refusal.is_some(), report.trail.first_failure().is_some());
    }
}

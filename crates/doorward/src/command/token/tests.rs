//! The verdict on tokens of every kind, and the promise that any text gets one.

use doorward_crypto::{SigningKey, sign_jwt};
use doorward_guard::{Registration, TrustedIssuer};
use doorward_token::ClaimSet;
use doorward_token::jose::{Algorithm, Header, JwkSet};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::bench::Bench;
use super::judge::{Asked, Explanation, judge};
use super::told;

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://localhost:7443/meadow";

struct Stage {
    bench: Bench,
    key: SigningKey,
}

impl Stage {
    fn set() -> Self {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let issuer = TrustedIssuer { issuer: ISSUER.to_owned(), jwks_uri: format!("{ISSUER}/oauth2/jwks") };
        let registration = Registration {
            name: "notes".to_owned(),
            audiences: vec!["api://notes".to_owned()],
            issuers: vec![issuer],
            profile: None,
            docs: Some("https://localhost:7443/docs/errors".to_owned()),
            revocations: None,
        };
        let keys = JwkSet::new([key.public_jwk()]);
        let policy = Some(crate::demo::notes_policy().clone());
        Self { bench: Bench { registration, keys, policy }, key }
    }

    fn token(&self, claims: &Value) -> String {
        let header = Header::for_signing(Algorithm::EdDSA, self.key.kid());
        sign_jwt(&self.key, &header, &serde_json::from_value::<ClaimSet>(claims.clone()).unwrap()).unwrap()
    }

    fn judge(&self, text: &str, route: &str) -> Explanation {
        let asked = (!route.is_empty()).then(|| Asked::parse(route).unwrap());
        judge(text, Some(&self.bench), asked.as_ref(), NOW)
    }

    fn code(&self, text: &str, route: &str) -> Option<String> {
        self.judge(text, route).cause.map(|cause| cause.code)
    }
}

fn access(scopes: &str) -> Value {
    json!({
        "iss": ISSUER, "aud": "api://notes", "sub": "ben", "azp": "web", "idtyp": "user", "scp": scopes,
        "iat": NOW - 120, "nbf": NOW - 120, "exp": NOW + 3_480
    })
}

fn with(mut claims: Value, name: &str, value: Value) -> Value {
    claims[name] = value;
    claims
}

#[test]
fn a_good_token_passes_and_says_what_it_holds() {
    let stage = Stage::set();
    let token = stage.token(&access("notes.read notes.write"));
    let verdict = stage.judge(&format!("Authorization: Bearer {token}\n"), "DELETE /notes/{id}");
    assert!(verdict.is_good());
    let sheet = told::sheet(&verdict);
    for part in
        ["access token", "issued 2 min ago", "expires in 58 min", "notes.read notes.write", "lets DELETE"]
    {
        assert!(sheet.contains(part), "{part} is not in\n{sheet}");
    }
    assert!(stage.judge(&token, "").is_good() && stage.judge(&token, "GET /notes/7").is_good());
    assert!(stage.judge("nothing at all", "GET /health").is_good(), "a public route asks for no token");
}

#[test]
fn an_id_token_is_told_with_everything_else_that_is_wrong() {
    let stage = Stage::set();
    let claims = json!({
        "iss": ISSUER, "aud": "3b1c", "sub": "ben", "nonce": "n", "iat": NOW - 120, "exp": NOW + 3_480
    });
    let verdict = stage.judge(&stage.token(&claims), "DELETE /notes/{id}");
    let sheet = told::sheet(&verdict);
    let fails: Vec<&str> = sheet.lines().filter_map(|line| line.split("FAIL ").nth(1)).collect();
    assert_eq!(fails, ["DW3101", "DW3105", "DW3202"], "{sheet}");
    for part in [
        "first cause  DW3101 wrong-token-kind: this is an ID token",
        "do this      send the access_token of the token response",
        "docs         https://localhost:7443/docs/errors/DW3101",
        "3b1c; API notes answers to api://notes",
    ] {
        assert!(sheet.contains(part), "{part} is not in\n{sheet}");
    }
    assert!(!verdict.is_good());
}

#[test]
fn the_first_cause_is_the_guards_code() {
    let stage = Stage::set();
    let good = access("notes.read");
    let app = with(with(good.clone(), "idtyp", json!("app")), "scp", Value::Null);
    for (claims, route, code) in [
        (good.clone(), "DELETE /notes/{id}", "DW3202"),
        (good.clone(), "GET /nowhere", "DW3250"),
        (good.clone(), "PUT /notes/{id}", "DW3252"),
        (good.clone(), "GET /notes/%2e%2e", "DW3251"),
        (good.clone(), "GET /notes/all", "DW3205"),
        (app.clone(), "GET /notes", "DW3204"),
        (app, "GET /notes/all", "DW3003"),
        (with(good.clone(), "exp", json!(NOW - 61)), "", "DW3108"),
        (with(good.clone(), "nbf", json!(NOW + 600)), "", "DW3154"),
        (with(good.clone(), "iat", json!(NOW + 600)), "", "DW5102"),
        (with(good.clone(), "iss", json!("https://localhost:7443/home")), "", "DW3106"),
        (with(good.clone(), "aud", json!("api://calendar")), "", "DW3105"),
        (with(good.clone(), "exp", Value::Null), "", "DW3155"),
    ] {
        assert_eq!(stage.code(&stage.token(&claims), route).as_deref(), Some(code), "{claims} {route}");
    }
    let other = Stage::set();
    assert_eq!(stage.code(&other.token(&good), "").as_deref(), Some("DW5101"));
    let token = stage.token(&good);
    assert_eq!(stage.code(&format!("\"{token}\""), "").as_deref(), Some("DW3150"));
    let signed = token.rsplit_once('.').unwrap().0;
    let other = stage.token(&access("notes.write"));
    let forged = format!("{signed}.{}", other.rsplit_once('.').unwrap().1);
    assert_eq!(stage.code(&forged, "").as_deref(), Some("DW3151"));
    assert_eq!(stage.code(&token[..60], "").as_deref(), Some("DW3150"));
    assert_eq!(stage.code("dwo_abc", "").as_deref(), Some("DW3150"));
}

#[test]
fn without_an_api_a_text_is_only_described() {
    let stage = Stage::set();
    let described = judge(&stage.token(&access("notes.read")), None, None, NOW);
    assert!(described.is_good() && described.cause.is_none());
    assert!(told::sheet(&described).contains("add --for API"));
    let google = stage.token(&with(access(""), "iss", json!("https://accounts.google.com")));
    let foreign = judge(&google, None, None, NOW);
    assert!(!foreign.is_good() && told::sheet(&foreign).contains("DW3102 upstream-token-sent"));
    assert!(told::sheet(&foreign).contains("doorward explain DW3102"));
}

#[test]
fn the_form_for_programs_is_stable() {
    let stage = Stage::set();
    let body = stage.judge(&stage.token(&access("notes.read")), "DELETE /notes/{id}").json();
    let names: Vec<&String> = body.as_object().unwrap().keys().collect();
    let mut expected =
        ["verdict", "api", "route", "recognised", "token_kind", "checks", "first_cause", "claims"];
    expected.sort_unstable();
    let mut names: Vec<&str> = names.into_iter().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, expected);
    assert_eq!(body["verdict"], "finding");
    assert_eq!(body["first_cause"]["code"], "DW3202");
    assert_eq!(body["first_cause"]["docs"], "https://localhost:7443/docs/errors/DW3202");
    assert_eq!(body["recognised"]["kind"], "signed");
    let checks = body["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["name"].is_string() && check["outcome"].is_string()));
    assert_eq!(checks.last().unwrap()["code"], "DW3202");
}

#[test]
fn a_route_is_a_method_and_a_path() {
    assert!(Asked::parse("delete /notes/{id}").is_ok() && Asked::parse(" GET  /notes?x=1 ").is_ok());
    for bad in ["", "GET", "/notes", "GET notes", "GET /notes /x", "G3T /notes"] {
        assert!(Asked::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn what_a_token_says_does_not_reach_the_terminal_raw() {
    let stage = Stage::set();
    let hostile = "\u{1b}[2Jx\nverdict ok";
    let claims = with(with(access(hostile), "iss", json!(hostile)), "aud", json!(hostile));
    let sheet = told::sheet(&stage.judge(&stage.token(&claims), "DELETE /notes/{id}"));
    assert!(
        !sheet.contains('\u{1b}') && !sheet.lines().any(|line| line.starts_with("verdict ok")),
        "{sheet}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_a_clear_answer(bytes in prop::collection::vec(any::<u8>(), 0..400), at in 0usize..300, cut in any::<bool>()) {
        let stage = Stage::set();
        let mut token = stage.token(&access("notes.read"));
        let junk = String::from_utf8_lossy(&bytes).into_owned();
        let text = if cut { token.truncate(at % token.len()); token + &junk } else { junk };
        let verdict = stage.judge(&text, "DELETE /notes/{id}");
        prop_assert!(!verdict.is_good(), "nothing invented passes");
        let cause = verdict.cause.as_ref().unwrap();
        prop_assert!(!cause.diagnosis.is_empty() && !verdict.remedy().unwrap_or_default().is_empty());
        let sheet = told::sheet(&verdict);
        prop_assert!(sheet.contains("FAIL DW") && sheet.contains("do this"), "{}", sheet);
        prop_assert!(verdict.json()["checks"].is_array());
    }
}

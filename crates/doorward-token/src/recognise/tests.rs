//! The gallery of texts that people send, and the promise that any text gets an answer.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::jose::base64url;

fn signed(claims: &Value) -> String {
    token(&json!({"alg": "RS256", "typ": "JWT", "kid": "k"}), claims)
}

fn token(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| base64url::encode(value.to_string());
    format!("{}.{}.{}", part(header), part(claims), base64url::encode([7; 64]))
}

fn kind(text: &str) -> &'static str {
    Recognition::of(text).sight.kind
}

#[test]
fn a_signed_token_is_left_to_the_verifier() {
    let text = signed(&json!({"iss": "https://id.test/meadow", "sub": "x"}));
    let seen = Recognition::of(&text);
    assert!(seen.sight.is_signed() && seen.sight.code.is_none() && seen.wrappings.is_empty());
    assert_eq!(seen.token(), text);
}

#[test]
fn tokens_of_other_houses_are_named() {
    for (issuer, expected) in [
        ("https://accounts.google.com", "signed_google"),
        ("accounts.google.com", "signed_google"),
        ("https://securetoken.google.com/my-project", "signed_firebase"),
        ("https://session.firebase.google.com/my-project", "signed_firebase_cookie"),
        ("https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111/v2.0", "signed_entra"),
        ("https://sts.windows.net/11111111-1111-1111-1111-111111111111/", "signed_entra"),
        ("https://contoso.b2clogin.com/tfp/1/b2c_1_susi/v2.0/", "signed_b2c"),
        ("https://contoso.ciamlogin.com/1/v2.0", "signed_ciam"),
        ("https://appleid.apple.com", "signed_apple"),
        ("https://dev-1.eu.auth0.com/", "signed_auth0"),
        ("https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x", "signed_cognito"),
        ("https://sso.test/realms/master", "signed_keycloak"),
        ("https://kubernetes.default.svc", "signed_kubernetes"),
        ("https://accounts.google.com.evil.test", "signed"),
        ("https://evil.test/accounts.google.com", "signed"),
        ("", "signed"),
    ] {
        let seen = Recognition::of(&signed(&json!({"iss": issuer, "sub": "x"})));
        assert_eq!(seen.sight.kind, expected, "{issuer}");
        assert!(seen.sight.is_signed());
        assert_eq!(seen.origin().is_some(), expected != "signed", "{issuer}");
    }
    let graph =
        signed(&json!({"iss": "https://sts.windows.net/1/", "aud": "00000003-0000-0000-c000-000000000000"}));
    assert_eq!(kind(&graph), "signed_graph");
    let marked = token(&json!({"alg": "RS256", "nonce": "n"}), &json!({"sub": "x"}));
    assert_eq!(kind(&marked), "signed_graph");
}

#[test]
fn what_is_no_token_is_named() {
    let good = signed(&json!({"iss": "https://id.test", "sub": "x"}));
    let refresh = format!("AAECAw.{}.BAUG", base64url::encode(r#"{"typ":"Refresh","exp":1}"#));
    let encrypted = format!("{}.a.b.c.d", base64url::encode(r#"{"alg":"dir","enc":"A256GCM"}"#));
    let cut = &good[..good.len() / 2];
    let unsigned = token(&json!({"alg": "none"}), &json!({"sub": "x"}));
    for (text, expected) in [
        ("", "nothing"),
        ("  \n", "nothing"),
        ("undefined", "placeholder"),
        ("[object Promise]", "placeholder"),
        ("${TOKEN}", "placeholder"),
        ("YOUR_TOKEN", "placeholder"),
        (refresh.as_str(), "refresh_token"),
        (encrypted.as_str(), "encrypted"),
        (cut, "truncated"),
        (unsigned.as_str(), "unsigned"),
        (unsigned.trim_end_matches(|c| c != '.'), "unsigned"),
        ("dwo_3f9a", "opaque_token"),
        ("dws_3f9a", "client_secret"),
        ("abc8Q~aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "client_secret"),
        ("4c5a0b0e-28c4-4a36-9a02-3a1fcd1c7a11", "id"),
        ("ya29.a0AfB_abc", "google_access_token"),
        ("4/0AfJohXl", "google_code"),
        ("1//0gabc", "google_refresh_token"),
        ("0.AXkA1234", "entra_refresh_token"),
        ("gho_16C7e42F292c6912E7710c838347Ae178B4a", "github_token"),
        ("AIzaSyDaGmWKa4JsXZ", "google_api_key"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "key"),
        ("<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\">", "saml"),
        ("PHNhbWxwOlJlc3BvbnNlIHhtbG5zOnNhbWxwPSJ1cm46b2FzaXM6bmFtZXM6dGM6", "saml"),
        ("<!doctype html><title>502</title>", "page"),
        ("a.b.c", "malformed"),
        ("s%3Aabcdef.0123", "opaque"),
        ("the token of ben", "sentence"),
        ("{\"alg\":1}", "json"),
    ] {
        let seen = Recognition::of(text);
        assert_eq!(seen.sight.kind, expected, "{text}");
        assert!(seen.sight.code.is_some() && !seen.sight.remedy.is_empty(), "{text}");
    }
}

#[test]
fn what_stands_around_a_token_is_taken_off_and_told() {
    use Wrapping::{
        CallbackAddress, FormField, HeaderName, JsonAnswer, PercentEncoding, Quotes, Scheme, WhiteSpace,
    };
    let good = signed(&json!({"iss": "https://id.test", "sub": "x"}));
    let broken = format!("{}\n  {}", &good[..40], &good[40..]);
    for (text, wrappings) in [
        (format!("Bearer {good}"), vec![Scheme("Bearer")]),
        (format!("Authorization: bearer {good}\r\n"), vec![HeaderName, Scheme("Bearer")]),
        (format!("Bearer Bearer {good}"), vec![Scheme("Bearer"), Scheme("Bearer")]),
        (format!("\"{good}\""), vec![Quotes]),
        (format!("'Bearer {good}'"), vec![Quotes, Scheme("Bearer")]),
        (format!("<{good}>"), vec![Quotes]),
        (good.replace('.', "%2E"), vec![PercentEncoding]),
        (good.replace('.', "%252E"), vec![PercentEncoding, PercentEncoding]),
        (format!("access_token={good}&token_type=Bearer"), vec![FormField("access_token")]),
        (format!("https://api.test/x?access_token={good}"), vec![FormField("access_token")]),
        (json!({"token_type": "Bearer", "access_token": good}).to_string(), vec![JsonAnswer("access_token")]),
        (broken, vec![WhiteSpace]),
    ] {
        let seen = Recognition::of(&text);
        assert_eq!(seen.wrappings, wrappings, "{text}");
        assert!(seen.sight.is_signed() && seen.token() == good, "{text}");
    }
    let callback = Recognition::of("https://app.test/cb?state=1&code=Zm9v&session_state=2");
    assert_eq!((callback.wrappings, callback.sight.kind), (vec![CallbackAddress], "authorization_code"));
    assert_eq!(kind("code=abc&state=x"), "authorization_code");
    assert_eq!(kind("Basic dXNlcjpwYXNz"), "basic_credentials");
    assert_eq!(kind("{\"error\":\"invalid_grant\"}"), "error_answer");
    assert_eq!(kind("Bearer"), "nothing");
    assert_eq!(kind("Bearer null"), "placeholder");
}

#[test]
fn a_text_without_end_is_refused_unread() {
    let text = "a".repeat(MAX_TEXT_BYTES + 1);
    assert_eq!(kind(&text), "too_long");
    assert_eq!(kind(&"a".repeat(MAX_TOKEN_BYTES + 1)), "too_long");
}

/// Whether some part of `text` that could be a secret is repeated.
fn repeats(seen: &Recognition, text: &str) -> bool {
    let said = format!("{seen:?} {:?}", seen.wrappings.iter().map(|w| w.described()).collect::<Vec<_>>());
    let bytes: Vec<char> = text.chars().collect();
    bytes.windows(16).map(|window| window.iter().collect::<String>()).any(|part| said.contains(&part))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gets_an_answer(text in "\\PC{0,300}") {
        let seen = Recognition::of(&text);
        prop_assert!(!seen.sight.described.is_empty() && !seen.sight.because.is_empty());
        prop_assert_eq!(seen.sight.code.is_none(), seen.sight.kind == "signed");
        prop_assert_eq!(seen.sight.remedy.is_empty(), seen.sight.code.is_none());
    }

    #[test]
    fn any_bytes_in_any_wrapping_get_an_answer(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        around in prop::sample::select(vec!["", "Bearer ", "\"", "%", "eyJ", "{\"access_token\":\"", "code=", "<", "a.b."]),
    ) {
        let text = format!("{around}{}", String::from_utf8_lossy(&bytes));
        let seen = Recognition::of(&text);
        prop_assert!(!seen.sight.described.is_empty());
    }

    #[test]
    fn no_secret_is_repeated(secret in "[A-Za-z0-9_-]{24,80}", around in prop::sample::select(vec!["", "dws_", "Bearer ", "code=", "eyJ"])) {
        let text = format!("{around}{secret}");
        prop_assert!(!repeats(&Recognition::of(&text), &secret));
    }

    #[test]
    fn a_changed_token_is_still_told(at in 0usize..200, with in "[ -~]") {
        let mut text = signed(&json!({"iss": "https://id.test", "sub": "x"}));
        let at = at % text.len();
        text.replace_range(at..=at, &with);
        prop_assert!(!Recognition::of(&text).sight.described.is_empty());
    }
}

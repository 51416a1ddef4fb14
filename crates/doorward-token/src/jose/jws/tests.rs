//! The compact form: what parses, what does not, and that nothing panics.

use proptest::prelude::*;

use super::*;

fn token(header: &str, payload: &str) -> String {
    format!("{}.{}.{}", base64url::encode(header), base64url::encode(payload), base64url::encode("sig"))
}

fn refusal(header: &str, payload: &str) -> JwsRefusal {
    CompactJws::parse(&token(header, payload)).unwrap_err()
}

#[test]
fn a_well_formed_token_gives_its_parts_back() {
    let text = token(r#"{"alg":"RS256","kid":"k","typ":"JWT","other":{"x":1}}"#, r#"{"sub":"s"}"#);
    let jws = CompactJws::parse(&text).unwrap();
    assert_eq!(jws.header().alg, "RS256");
    assert_eq!(jws.header().kid.as_deref(), Some("k"));
    assert_eq!(jws.claims().text("sub"), Some("s"));
    assert_eq!(jws.signature(), b"sig");
    assert_eq!(jws.signing_input(), text.rsplit_once('.').unwrap().0.as_bytes());
    assert!(!format!("{jws:?}").contains("sub"));
}

#[test]
fn members_that_bring_keys_or_change_the_rules_are_refused() {
    for name in ["crit", "b64", "zip", "jku", "x5u", "jwk"] {
        let header = format!(r#"{{"alg":"RS256","{name}":null}}"#);
        let refused = refusal(&header, "{}");
        assert!(matches!(refused, JwsRefusal::ForbiddenMember(n) if n == name), "{name}");
        assert!(refused.is_forbidden_header());
    }
}

#[test]
fn an_unsigned_token_is_refused_in_any_spelling() {
    for alg in ["none", "None", "NONE", "nOnE"] {
        assert_eq!(refusal(&format!(r#"{{"alg":"{alg}"}}"#), "{}"), JwsRefusal::AlgorithmNone);
    }
    assert_eq!(refusal("{}", "{}"), JwsRefusal::AlgorithmMissing);
    assert_eq!(refusal(r#"{"alg":7}"#, "{}"), JwsRefusal::MemberType("alg"));
    let unsigned = format!("{}.{}.", base64url::encode(r#"{"alg":"RS256"}"#), base64url::encode("{}"));
    assert_eq!(CompactJws::parse(&unsigned), Err(JwsRefusal::EmptySignature));
}

#[test]
fn a_member_said_twice_is_refused_in_header_and_payload() {
    let twice = |part, name: &str| JwsRefusal::DuplicateMember { part, name: name.into() };
    assert_eq!(refusal(r#"{"alg":"none","alg":"RS256"}"#, "{}"), twice(Part::Header, "alg"));
    assert_eq!(refusal(r#"{"alg":"RS256"}"#, r#"{"sub":"a","sub":"b"}"#), twice(Part::Payload, "sub"));
}

#[test]
fn shape_faults_are_told_apart() {
    assert_eq!(CompactJws::parse(""), Err(JwsRefusal::PartCount(1)));
    assert_eq!(CompactJws::parse("a.b"), Err(JwsRefusal::PartCount(2)));
    assert_eq!(CompactJws::parse("a.b.c.d.e"), Err(JwsRefusal::PartCount(5)));
    assert_eq!(CompactJws::parse(&"x".repeat(MAX_TOKEN_BYTES + 1)), Err(JwsRefusal::TooLarge(16385)));
    assert_eq!(CompactJws::parse("=.b.c"), Err(JwsRefusal::Base64(Part::Header)));
    assert_eq!(refusal("[]", "{}"), JwsRefusal::NotAnObject(Part::Header));
    assert_eq!(refusal("x", "{}"), JwsRefusal::NotJson(Part::Header));
    assert_eq!(refusal(r#"{"alg":"RS256"}"#, "\"s\""), JwsRefusal::NotAnObject(Part::Payload));
    let good = token(r#"{"alg":"RS256"}"#, "{}");
    assert_eq!(CompactJws::parse(&format!("{good}=")), Err(JwsRefusal::Base64(Part::Signature)));
    assert_eq!(CompactJws::parse(&format!(" {good}")), Err(JwsRefusal::Base64(Part::Header)));
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = CompactJws::parse(&text);
    }

    #[test]
    fn no_bytes_in_three_parts_make_it_panic(
        header in proptest::collection::vec(any::<u8>(), 0..80),
        payload in proptest::collection::vec(any::<u8>(), 0..80),
        signature in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let text = [header, payload, signature].map(base64url::encode).join(".");
        let _ = CompactJws::parse(&text);
    }

    #[test]
    fn json_like_headers_never_panic(header in r#"\{("(alg|kid|crit|typ)":("[a-zA-Z0-9]{0,6}"|null|\[\]|\{\}|1),?){0,4}\}"#) {
        let _ = CompactJws::parse(&token(&header, "{}"));
    }

    #[test]
    fn what_was_written_is_read_back(kid in "\\PC{0,20}", sub in "\\PC{0,40}", iat in any::<i64>()) {
        let header = serde_json::json!({"alg": "ES256", "kid": kid}).to_string();
        let payload = serde_json::json!({"sub": sub, "iat": iat}).to_string();
        let text = token(&header, &payload);
        let jws = CompactJws::parse(&text).unwrap();
        prop_assert_eq!(jws.header().kid.as_deref(), Some(kid.as_str()));
        prop_assert_eq!(jws.claims().text("sub"), Some(sub.as_str()));
        prop_assert_eq!(jws.claims().seconds("iat"), Some(iat));
    }
}

//! Keys that are read, keys that are refused, and the thumbprint text.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The key of RFC 7638 §3.1.
const RFC_7638_N: &str = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";

fn read(value: &Value) -> Result<Jwk, JwkRefusal> {
    Jwk::from_map(value.as_object().unwrap())
}

fn rsa() -> Value {
    json!({"kty": "RSA", "n": RFC_7638_N, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
}

fn with(mut key: Value, name: &str, value: Value) -> Value {
    key[name] = value;
    key
}

#[test]
fn the_thumbprint_text_is_that_of_rfc_7638() {
    let expected = format!(r#"{{"e":"AQAB","kty":"RSA","n":"{RFC_7638_N}"}}"#);
    assert_eq!(read(&rsa()).unwrap().thumbprint_input(), expected);
}

#[test]
fn a_key_round_trips_through_json() {
    let ec = json!({"kty": "EC", "use": "sig", "crv": "P-256", "kid": "e",
        "x": base64url::encode([7; 32]), "y": base64url::encode([9; 32])});
    let okp = json!({"kty": "OKP", "use": "sig", "crv": "Ed25519", "alg": "EdDSA",
        "x": base64url::encode([7; 32]), "x5c": ["AAAA"], "x5t": "t", "x5t#S256": "s"});
    for value in [with(rsa(), "use", json!("sig")), ec, okp] {
        let key = read(&value).unwrap();
        assert_eq!(serde_json::to_value(&key).unwrap(), value);
    }
}

#[test]
fn private_and_symmetric_keys_are_refused() {
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth"] {
        let refused = read(&with(rsa(), name, json!("AQAB"))).unwrap_err();
        assert!(matches!(&refused, JwkRefusal::Private(n) if *n == name), "{name}");
        assert!(refused.gives_a_secret_away());
    }
    assert_eq!(read(&json!({"kty": "oct", "k": "AQAB"})), Err(JwkRefusal::Symmetric));
}

#[test]
fn weak_or_absurd_numbers_are_refused() {
    let short = base64url::encode([0xff; 128]);
    assert_eq!(read(&with(rsa(), "n", json!(short))), Err(JwkRefusal::WrongRsaSize(1024)));
    let huge = base64url::encode([0xff; 2049]);
    assert_eq!(read(&with(rsa(), "n", json!(huge))), Err(JwkRefusal::WrongRsaSize(16392)));
    for e in ["", "AA", "AQ", "Ag", "AQABAQABAQAB"] {
        assert_eq!(read(&with(rsa(), "e", json!(e))), Err(JwkRefusal::Malformed("e")), "{e}");
    }
    let point = json!({"kty": "EC", "crv": "P-256", "x": base64url::encode([7; 31]), "y": base64url::encode([9; 32])});
    assert_eq!(read(&point), Err(JwkRefusal::Malformed("x")));
}

#[test]
fn the_declared_algorithm_narrows_what_the_numbers_allow() {
    assert_eq!(read(&rsa()).unwrap().algorithms(), [Algorithm::RS256]);
    let mut undeclared = rsa();
    undeclared.as_object_mut().unwrap().remove("alg");
    assert_eq!(read(&undeclared).unwrap().algorithms(), [Algorithm::RS256, Algorithm::PS256]);
    assert_eq!(
        read(&with(rsa(), "alg", json!("ES256"))),
        Err(JwkRefusal::AlgorithmMismatch(Algorithm::ES256))
    );
    assert_eq!(read(&with(rsa(), "alg", json!("HS256"))), Err(JwkRefusal::UnknownAlgorithm("HS256".into())));
}

#[test]
fn keys_for_other_work_are_refused() {
    assert_eq!(read(&with(rsa(), "use", json!("enc"))), Err(JwkRefusal::NotForSignatures));
    assert_eq!(read(&with(rsa(), "key_ops", json!(["encrypt"]))), Err(JwkRefusal::NotForSignatures));
    assert!(read(&with(rsa(), "key_ops", json!(["verify"]))).is_ok());
}

proptest! {
    #[test]
    fn no_object_makes_it_panic(
        kty in "RSA|EC|OKP|oct|[a-zA-Z]{0,4}",
        crv in "P-256|P-384|Ed25519|[a-z]{0,3}",
        x in "[A-Za-z0-9_=-]{0,90}", n in "[A-Za-z0-9_=-]{0,400}", e in "[A-Za-z0-9_=-]{0,8}",
    ) {
        let value = json!({"kty": kty, "crv": crv, "x": x, "y": x, "n": n, "e": e});
        let _ = read(&value);
    }
}

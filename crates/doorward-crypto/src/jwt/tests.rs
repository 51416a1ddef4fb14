//! Tokens signed here and judged by the one verifier: what passes, and that nothing else does.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::hmac;
use doorward_token::jose::{Algorithm, JwkSet};
use doorward_token::verify::{Expectation, IssuerTrust, TokenKind, TokenRefusal, Verifier};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::AwsLcVerifier;

const ISSUER: &str = "https://id.example.org/contoso";
const NOW: i64 = 1_795_000_000;

static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA]
        .map(|alg| SigningKey::generate(alg).unwrap())
        .into()
});

fn claims() -> ClaimSet {
    let mut claims = ClaimSet::new();
    claims.insert("iss", ISSUER).insert("aud", "notes").insert("sub", "s").insert("azp", "web");
    claims.insert("idtyp", "user").insert("iat", NOW).insert("exp", NOW + 3600).insert("scp", "notes.read");
    claims
}

fn signed(key: &SigningKey) -> String {
    sign_jwt(key, &Header::for_signing(key.algorithm(), key.kid()), &claims()).unwrap()
}

fn judge(token: &str) -> Result<ClaimSet, TokenRefusal> {
    static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| Verifier::new(Arc::new(AwsLcVerifier::default())));
    let expectation =
        Expectation::of(TokenKind::Access).from_issuer(ISSUER, IssuerTrust::Ours).for_audience("notes");
    let keys = JwkSet::new(KEYS.iter().map(SigningKey::public_jwk));
    VERIFIER.check(token, &expectation, &keys, NOW).verified().cloned().map_err(Clone::clone)
}

#[test]
fn what_is_signed_here_is_believed_there() {
    for key in KEYS.iter() {
        assert_eq!(judge(&signed(key)), Ok(claims()), "{}", key.algorithm());
    }
}

#[test]
fn a_header_for_another_algorithm_is_not_signed() {
    let key = &KEYS[0];
    let refused = sign_jwt(key, &Header::for_signing(Algorithm::ES256, key.kid()), &claims());
    assert!(matches!(refused, Err(KeyFault::AlgorithmMismatch { .. })));
}

#[test]
fn the_public_key_is_never_taken_for_a_shared_secret() {
    let rsa = &KEYS[0];
    let public = serde_json::to_string(&rsa.public_jwk()).unwrap();
    for alg in ["HS256", "none", "RS512", "ES256"] {
        let header = json!({"alg": alg, "typ": "JWT", "kid": rsa.kid()}).to_string();
        let payload = serde_json::to_string(&claims()).unwrap();
        let input = format!("{}.{}", base64url::encode(header), base64url::encode(payload));
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, public.as_bytes()), input.as_bytes());
        let refused = judge(&format!("{input}.{}", base64url::encode(mac))).unwrap_err();
        match alg {
            "none" => assert!(matches!(refused, TokenRefusal::HeaderForbidden(_)), "{refused}"),
            _ => assert!(matches!(refused, TokenRefusal::AlgorithmMismatch { .. }), "{refused}"),
        }
    }
}

#[test]
fn a_key_of_the_same_name_from_elsewhere_signs_nothing() {
    let foreign = SigningKey::generate(Algorithm::ES256).unwrap();
    let token = sign_jwt(&foreign, &Header::for_signing(Algorithm::ES256, KEYS[1].kid()), &claims()).unwrap();
    assert!(matches!(judge(&token), Err(TokenRefusal::SignatureInvalid { .. })));
}

proptest! {
    #[test]
    fn a_changed_token_is_never_believed(which in 0..3_usize, at in any::<usize>(), to in "[A-Za-z0-9_.=-]") {
        let mut token = signed(&KEYS[which]);
        let at = at % token.len();
        prop_assume!(token[at..=at] != to);
        token.replace_range(at..=at, &to);
        prop_assert!(judge(&token).is_err());
    }

    #[test]
    fn a_cut_or_padded_token_is_never_believed(which in 0..3_usize, at in any::<usize>(), more in "[A-Za-z0-9_=. ]{1,3}") {
        let token = signed(&KEYS[which]);
        prop_assert!(judge(&token[..at % token.len()]).is_err());
        prop_assert!(judge(&[token.as_str(), &more].concat()).is_err());
        prop_assert!(judge(&[more.as_str(), &token].concat()).is_err());
    }

    #[test]
    fn parts_of_two_tokens_never_make_a_third(a in 0..3_usize, b in 0..3_usize) {
        prop_assume!(a != b);
        let (one, two) = (signed(&KEYS[a]), signed(&KEYS[b]));
        let (one_input, _) = one.rsplit_once('.').unwrap();
        let (_, two_signature) = two.rsplit_once('.').unwrap();
        prop_assert!(judge(&[one_input, two_signature].join(".")).is_err());
    }

    #[test]
    fn any_claims_survive_the_journey(name in "\\PC{0,24}", number in any::<i64>(), which in 1..3_usize) {
        let key = &KEYS[which];
        let mut sent = claims();
        sent.insert("name", name).insert("number", number);
        let token = sign_jwt(key, &Header::for_signing(key.algorithm(), key.kid()), &sent).unwrap();
        prop_assert_eq!(judge(&token), Ok(sent));
    }
}

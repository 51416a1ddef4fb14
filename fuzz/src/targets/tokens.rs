//! Tokens, keys, and what is held for tokens.

use std::sync::Arc;

use doorward_core::grants::RefreshToken;
use doorward_core::model::{Digest, Secret, TenantId};
use doorward_core::port::Vault;
use doorward_crypto::{AwsLcVerifier, MasterKey, Sealer, SigningKey, digest, sign_jwt};
use doorward_token::ClaimSet;
use doorward_token::jose::{Algorithm, CompactJws, Header, Jwk, JwkSet, base64url, strict_object};
use doorward_token::recognise::Recognition;
use doorward_token::verify::{Expectation, IssuerTrust, TokenKind, Verifier};
use serde_json::{Value, json};

use super::{Target, said};

const NOW: i64 = 1_800_000_000;
const JSON: &[&str] =
    &["{", "}", "[", "]", "\":", ",", "\"alg\":", "\"kid\":", "\"typ\":", "\"crit\":", "\\u0000", "{\"a\":"];

pub(super) fn all() -> Vec<Target> {
    vec![jws(), judged_token(), jwk_set(), strict_json(), recognised(), refresh_token(), sealed()]
}

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::EdDSA).expect("an Ed25519 key can always be made")
}

fn token(key: &SigningKey, claims: &Value) -> String {
    let claims: ClaimSet = serde_json::from_value(claims.clone()).expect("the claims are an object");
    sign_jwt(key, &Header::for_signing(Algorithm::EdDSA, key.kid()), &claims).expect("claims can be signed")
}

fn claims() -> Value {
    json!({
        "iss": "https://id.test/meadow", "aud": "api://notes", "sub": "ben", "azp": "web", "idtyp": "user",
        "scp": "notes.read", "iat": NOW, "nbf": NOW, "exp": NOW + 3_600
    })
}

/// Words whose parts are base64url: a header, a payload, and pieces of them.
const PARTS: &[&str] =
    &[".", "..", "e30", "e30.e30.", "eyJhbGciOiJub25lIn0", "eyJhbGciOiJSUzI1NiJ9", "=", "-", "_", "+", "/"];

fn jws() -> Target {
    let key = key();
    Target::of_text("jws", |text| said(CompactJws::parse(text)))
        .examples([token(&key, &claims()), "e30.e30.AA".to_owned()])
        .words(PARTS)
        .starts(&["eyJhbGciOiJub25lIn0."])
}

fn judged_token() -> Target {
    let key = key();
    let keys = JwkSet::new([key.public_jwk()]);
    let expectation = Expectation::of(TokenKind::Access)
        .from_issuer("https://id.test/meadow", IssuerTrust::Ours)
        .for_audience("api://notes");
    let verifier = Verifier::new(Arc::new(AwsLcVerifier::default()));
    let examples = [claims(), json!({"iss": "https://id.test/meadow", "nonce": "n"}), json!({})];
    let examples: Vec<String> = examples.iter().map(|claims| token(&key, claims)).collect();
    let genuine = examples[0].clone();
    Target::of_text("judged-token", move |text| {
        let report = verifier.check(text, &expectation, &keys, NOW);
        assert!(report.refusal.is_some() || text == genuine, "a token that nobody signed was believed");
        report.refusal.map_or("believed".to_owned(), |refusal| format!("{refusal:?}"))
    })
    .examples(examples)
    .words(PARTS)
}

fn jwk_set() -> Target {
    let set = |algorithm| {
        let key = SigningKey::generate(algorithm).expect("a key can always be made");
        serde_json::to_string(&JwkSet::new([key.public_jwk()])).expect("keys serialise")
    };
    Target::new("jwk-set", |input| {
        let one = strict_object(input).map(|map| Jwk::from_map(&map).is_ok());
        format!("{one:?} {}", said(JwkSet::parse(input)))
    })
    .examples([set(Algorithm::RS256), set(Algorithm::ES256), set(Algorithm::EdDSA)])
    .words(JSON)
    .words(&["\"keys\":[", "\"kty\":\"RSA\"", "\"d\":\"AA\"", "\"n\":", "\"x5c\":[\"", "\"use\":\"enc\""])
    .starts(&["{\"keys\":["])
}

fn strict_json() -> Target {
    Target::new("strict-json", |input| said(strict_object(input)))
        .examples(["{\"a\":{\"b\":[1,2.5e3,\"x\",null,true]}}", "{\"a\":1,\"a\":2}"])
        .words(JSON)
        .starts(&["{\"a\":", "{\"a\":\""])
}

fn recognised() -> Target {
    let good = token(&key(), &claims());
    Target::of_text("recognised-text", |text| Recognition::of(text).sight.kind.to_owned())
        .examples([
            format!("Authorization: Bearer {good}"),
            format!("{{\"access_token\":\"{good}\"}}"),
            format!("https://app.test/cb?code=abc&state={good}"),
            format!("\"{}\"", good.replace('.', "%2E")),
            "PHNhbWxwOlJlc3BvbnNl".to_owned(),
            "4c5a0b0e-28c4-4a36-9a02-3a1fcd1c7a11".to_owned(),
        ])
        .words(PARTS)
        .words(&[
            "Bearer ",
            "Basic ",
            "%2E",
            "%25",
            "code=",
            "access_token=",
            "dwo_",
            "ya29.",
            "<",
            ">",
            "\"",
            "{\"error\":",
        ])
        .starts(&["eyJ", "Bearer ", "{\"access_token\":\""])
}

/// As much of a vault as a refresh token needs.
struct Macs;

impl Vault for Macs {
    fn digest(&self, bytes: &[u8]) -> Digest {
        Digest::new(digest::sha256(bytes))
    }

    fn mac(&self, tenant: TenantId, label: &'static str, bytes: &[u8]) -> [u8; 32] {
        let tenant = tenant.to_string();
        digest::sha256(&[tenant.as_bytes(), label.as_bytes(), bytes].concat())
    }

    fn seal(&self, _: &[u8], _: [u8; 12], plain: &[u8]) -> Vec<u8> {
        plain.to_vec()
    }

    fn open(&self, _: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        Some(sealed.to_vec())
    }

    fn verifies(&self, _: Algorithm, _: &Jwk, _: &[u8], _: &[u8]) -> bool {
        false
    }
}

fn refresh_token() -> Target {
    let tenant = TenantId::parse("11111111-1111-4111-8111-111111111111").expect("it is a GUID");
    let middle = base64url::encode(r#"{"typ":"Refresh","exp":1800000000}"#);
    let example = format!("{}.{middle}.{}", base64url::encode([3; 60]), base64url::encode([9; 32]));
    Target::of_text("refresh-token", move |text| {
        let read = RefreshToken::decode(&Secret::new(text.to_owned()), tenant, &Macs);
        if read.is_some() { "genuine".to_owned() } else { "not ours".to_owned() }
    })
    .examples([example])
    .words(PARTS)
}

/// Sealed states of sign-ins, secrets at rest: everything that was sealed comes back through this door.
fn sealed() -> Target {
    let sealer = Sealer::new(&MasterKey::generate());
    let good = sealer.seal(b"{\"a\":1}", b"flow");
    let genuine = good.clone();
    Target::new("sealed-state", move |input| match sealer.open(input, b"flow") {
        Ok(_) => {
            assert!(input == genuine.as_slice(), "something that was not sealed here was opened");
            "opened".to_owned()
        }
        Err(refusal) => format!("{refusal:?}"),
    })
    .examples([good])
}

//! Client assertions: one row for every way in which one can be wrong (RFC 7523 §3).

use std::sync::Arc;

use doorward_token::jose::{Algorithm, Jwk, JwkSet, base64url};
use doorward_token::{Outcome, Trail};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{PresentedAssertion, PresentedClient, Proof, asks, authenticate, needs};
use super::JWT_BEARER;
use crate::change::GuessChange;
use crate::model::{AuthMethod, Secret};
use crate::outbound::{Heard, Outbound};
use crate::refusal::{AssertionFault, ClientAuthRefusal, OAuthError};
use crate::test_world::{DAEMON, SPA, WEB, World, fake_signature, text};

const TOKEN_ENDPOINT: &str = "https://id.test/meadow/oauth2/token";
const JWKS_URI: &str = "https://web.test/jwks";

fn key(kid: &str, seed: u8) -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url::encode([seed; 32]), "kid": kid })
}

fn set(keys: &[Value]) -> JwkSet {
    JwkSet::parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

fn world() -> World {
    let mut world = World::new();
    world.client(WEB).metadata.jwks = Some(json!({ "keys": [key("one", 1), key("two", 2)] }));
    world
}

fn claims(world: &World) -> Value {
    let now = world.now.seconds();
    json!({
        "iss": WEB, "sub": WEB, "aud": "https://id.test/meadow",
        "exp": now + 60, "iat": now, "jti": "first",
    })
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "one" })
}

fn signed_with(key: &Value, header: &Value, claims: &Value) -> String {
    let message = format!(
        "{}.{}",
        base64url::encode(header.to_string().as_bytes()),
        base64url::encode(claims.to_string().as_bytes())
    );
    let key = Jwk::from_map(key.as_object().unwrap()).unwrap();
    format!("{message}.{}", base64url::encode(fake_signature(&key, message.as_bytes())))
}

fn signed(claims: &Value) -> String {
    signed_with(&key("one", 1), &header(), claims)
}

fn presented(token: &str) -> PresentedClient {
    PresentedClient {
        assertion: Some(PresentedAssertion { kind: JWT_BEARER.to_owned(), token: Secret::new(token) }),
        token_endpoint: text(TOKEN_ENDPOINT),
        ..PresentedClient::default()
    }
}

type Verdict = Result<(String, Proof, Option<GuessChange>), ClientAuthRefusal>;

fn judge(
    world: &World,
    presented: &PresentedClient,
    heard: Option<Heard>,
) -> (Verdict, Option<Outbound>, Trail) {
    let door = world.plain();
    let mut trail = Trail::new();
    world.within(|env| {
        let mut facts = world.facts(|_| needs(world.tenant.id, presented, env));
        let asked = asks(&door.authority, presented, &facts, env);
        if let (Some(asked), Some(heard)) = (&asked, heard) {
            facts.hear(asked.clone(), heard);
        }
        let verdict = authenticate(&door.authority, presented, &facts, env, &mut trail)
            .map(|proven| (proven.client.client_id.to_string(), proven.proof, proven.spends));
        (verdict, asked, trail)
    })
}

fn verdict(world: &World, token: &str) -> Verdict {
    judge(world, &presented(token), None).0
}

fn fault(world: &World, token: &str) -> AssertionFault {
    let refusal = verdict(world, token).unwrap_err();
    assert_eq!(refusal.row().error, OAuthError::InvalidClient, "{refusal}");
    match refusal {
        ClientAuthRefusal::Assertion { fault, .. } => fault,
        other => panic!("{other}"),
    }
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(name);
    } else {
        claims[name] = value;
    }
    claims
}

#[test]
fn a_signed_assertion_proves_a_client_without_its_client_id_in_the_form() {
    let world = world();
    let (client, proof, spends) = verdict(&world, &signed(&claims(&world))).unwrap();
    assert_eq!((client.as_str(), proof), (WEB, Proof::Assertion));
    assert!(matches!(spends, Some(GuessChange::Spend { .. })));
    let named = PresentedClient { client_id: text(WEB), ..presented(&signed(&claims(&world))) };
    assert!(judge(&world, &named, None).0.is_ok());
}

#[test]
fn the_audience_is_the_issuer_or_the_token_endpoint_and_nothing_beside_them() {
    let world = world();
    let of = |audience: Value| verdict(&world, &signed(&with(&claims(&world), "aud", audience)));
    for good in [
        json!("https://id.test/meadow"),
        json!(TOKEN_ENDPOINT),
        json!([TOKEN_ENDPOINT]),
        json!(["https://id.test/meadow", TOKEN_ENDPOINT]),
    ] {
        assert!(of(good.clone()).is_ok(), "{good}");
    }
    for bad in [
        json!(null),
        json!(""),
        json!([]),
        json!(7),
        json!("https://id.test/meadow/"),
        json!("https://id.test"),
        json!("https://other.test"),
        json!(["https://id.test/meadow", "https://other.test"]),
    ] {
        let token = signed(&with(&claims(&world), "aud", bad.clone()));
        assert!(matches!(fault(&world, &token), AssertionFault::Audience { .. }), "{bad}");
    }
}

#[test]
fn issuer_and_subject_are_the_client() {
    let world = world();
    for name in ["iss", "sub"] {
        for bad in [json!(null), json!("other"), json!(""), json!(7), json!([WEB]), json!("WEB")] {
            let claims = with(&claims(&world), name, bad.clone());
            let named = PresentedClient { client_id: text(WEB), ..presented(&signed(&claims)) };
            let refusal = judge(&world, &named, None).0.unwrap_err();
            let ClientAuthRefusal::Assertion {
                fault: AssertionFault::NotTheClient { name: named, .. }, ..
            } = refusal
            else {
                panic!("{name} {bad}: {refusal}")
            };
            assert_eq!(named, name);
        }
    }
}

#[test]
fn another_client_may_not_be_named_beside_the_assertion() {
    let world = world();
    let named = PresentedClient { client_id: text(DAEMON), ..presented(&signed(&claims(&world))) };
    assert!(judge(&world, &named, None).0.is_err());
}

#[test]
fn times_are_held_with_little_tolerance() {
    let mut world = world();
    let now = world.now.seconds();
    let base = claims(&world);
    for (name, value) in
        [("iat", now + 8), ("nbf", now + 8), ("iat", now - 3600), ("exp", now - 10), ("exp", now + 86_400)]
    {
        assert!(verdict(&world, &signed(&with(&base, name, json!(value)))).is_ok(), "{name} {}", value - now);
    }
    let judged = |world: &World, name, value: Value| fault(world, &signed(&with(&base, name, value)));
    assert_eq!(judged(&world, "exp", json!(null)), AssertionFault::NoExpiry);
    assert_eq!(judged(&world, "exp", json!("soon")), AssertionFault::NoExpiry);
    assert_eq!(judged(&world, "exp", json!(now - 30)), AssertionFault::Expired { secs: 30 });
    assert_eq!(judged(&world, "exp", json!(now - 300)), AssertionFault::Expired { secs: 300 });
    assert_eq!(judged(&world, "exp", json!(now + 86_401)), AssertionFault::TooLong { hours: 24 });
    assert_eq!(judged(&world, "exp", json!(1e300)), AssertionFault::TooLong { hours: 24 });
    for name in ["iat", "nbf"] {
        assert_eq!(judged(&world, name, json!(now + 61)), AssertionFault::NotYet { name, secs: 61 });
        assert_eq!(judged(&world, name, json!("now")), AssertionFault::NotATime { name });
    }
    world.pass(200);
    assert!(matches!(fault(&world, &signed(&base)), AssertionFault::Expired { .. }));
}

#[test]
fn an_assertion_counts_once() {
    let mut world = world();
    let token = signed(&claims(&world));
    let (_, _, spends) = verdict(&world, &token).unwrap();
    world.apply(&[spends.unwrap().into()]);
    let again = verdict(&world, &token).unwrap_err();
    assert!(matches!(again, ClientAuthRefusal::AssertionReplayed { .. }), "{again}");
    assert_eq!(again.row().error, OAuthError::InvalidClient);
    assert!(verdict(&world, &signed(&with(&claims(&world), "jti", json!("second")))).is_ok());
    for bad in [json!(null), json!(""), json!(7), json!("x".repeat(513))] {
        assert_eq!(fault(&world, &signed(&with(&claims(&world), "jti", bad))), AssertionFault::NoId);
    }
}

#[test]
fn the_mark_outlives_the_assertion() {
    let world = world();
    let (_, _, spends) = verdict(&world, &signed(&claims(&world))).unwrap();
    let Some(GuessChange::Spend { until, .. }) = spends else { panic!("a mark") };
    assert!(until.instant().seconds() > world.now.seconds() + 60 + 30);
}

#[test]
fn the_signature_is_the_one_of_the_named_key() {
    let world = world();
    let claims = claims(&world);
    let other = signed_with(&key("two", 2), &header(), &claims);
    assert_eq!(fault(&world, &other), AssertionFault::Signature);
    let unknown = signed_with(&key("one", 1), &json!({ "alg": "EdDSA", "kid": "three" }), &claims);
    assert!(matches!(fault(&world, &unknown), AssertionFault::KeyUnknown { .. }));
    let nameless = signed_with(&key("two", 2), &json!({ "alg": "EdDSA" }), &claims);
    assert!(verdict(&world, &nameless).is_ok(), "without a name every registered key may be the one");
    let stranger = signed_with(&key("one", 9), &json!({ "alg": "EdDSA" }), &claims);
    assert_eq!(fault(&world, &stranger), AssertionFault::Signature);
}

#[test]
fn the_algorithm_is_the_keys_and_the_registered_one() {
    let mut world = world();
    let claims = claims(&world);
    for bad in ["HS256", "ES256", "RS256", "eddsa", "RS512"] {
        let token = signed_with(&key("one", 1), &json!({ "alg": bad, "kid": "one" }), &claims);
        assert!(matches!(fault(&world, &token), AssertionFault::Algorithm { .. }), "{bad}");
    }
    for bad in ["none", "None"] {
        let token = signed_with(&key("one", 1), &json!({ "alg": bad, "kid": "one" }), &claims);
        let fault = verdict(&world, &token).unwrap_err();
        assert!(fault.row().error == OAuthError::InvalidClient, "{bad}: {fault}");
    }
    world.client(WEB).metadata.token_endpoint_auth_signing_alg = Some(Algorithm::ES256);
    assert!(matches!(
        fault(&world, &signed(&claims)),
        AssertionFault::Algorithm { expected: Some("ES256"), .. }
    ));
    world.client(WEB).metadata.token_endpoint_auth_signing_alg = Some(Algorithm::EdDSA);
    assert!(verdict(&world, &signed(&claims)).is_ok());
}

#[test]
fn other_kinds_of_token_are_no_assertion() {
    let world = world();
    for (typ, fits) in [
        ("JWT", true),
        ("client-authentication+jwt", true),
        ("application/client-authentication+jwt", true),
        ("at+jwt", false),
        ("dpop+jwt", false),
        ("logout+jwt", false),
    ] {
        let header = json!({ "alg": "EdDSA", "kid": "one", "typ": typ });
        let token = signed_with(&key("one", 1), &header, &claims(&world));
        assert_eq!(verdict(&world, &token).is_ok(), fits, "{typ}");
    }
    for header in
        [json!({ "alg": "EdDSA", "jku": "https://evil.test" }), json!({ "alg": "EdDSA", "crit": ["x"] })]
    {
        let named = PresentedClient {
            client_id: text(WEB),
            ..presented(&signed_with(&key("one", 1), &header, &claims(&world)))
        };
        assert!(judge(&world, &named, None).0.is_err(), "{header}");
    }
}

#[test]
fn what_is_no_assertion_is_named() {
    let world = world();
    for junk in ["", "a.b.c", "x", "..", &"A".repeat(100_000)] {
        let named = PresentedClient { client_id: text(WEB), ..presented(junk) };
        let refusal = judge(&world, &named, None).0.unwrap_err();
        assert!(matches!(refusal, ClientAuthRefusal::Assertion { .. }), "{refusal}");
        assert!(judge(&world, &presented(junk), None).0.is_err(), "and nobody is named");
    }
    for kind in ["", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "jwt"] {
        let mut other = presented(&signed(&claims(&world)));
        other.assertion.as_mut().unwrap().kind = kind.to_owned();
        let refusal = judge(&world, &other, None).0.unwrap_err();
        assert!(matches!(refusal, ClientAuthRefusal::UnsupportedMethod { .. }), "{refusal}");
        assert_eq!(refusal.row().error, OAuthError::InvalidClient);
    }
}

#[test]
fn a_client_without_keys_cannot_sign() {
    let world = world();
    for client in [DAEMON, SPA] {
        let mine = with(&with(&claims(&world), "iss", json!(client)), "sub", json!(client));
        let refusal = verdict(&world, &signed(&mine)).unwrap_err();
        assert!(matches!(refusal, ClientAuthRefusal::NoKeys { .. }), "{client}: {refusal}");
    }
}

#[test]
fn a_secret_does_not_do_where_a_signature_is_registered() {
    let mut world = world();
    world.client(WEB).metadata.token_endpoint_auth_method = Some(AuthMethod::PrivateKeyJwt);
    assert!(verdict(&world, &signed(&claims(&world))).is_ok());
    let secret = PresentedClient {
        client_id: text(WEB),
        form_secret: Some(Secret::new("dws_web-secret")),
        ..PresentedClient::default()
    };
    let refusal = judge(&world, &secret, None).0.unwrap_err();
    assert!(matches!(refusal, ClientAuthRefusal::OtherMethod { .. }), "{refusal}");
}

#[test]
fn published_keys_are_asked_for_only_where_all_else_is_good() {
    let mut world = world();
    let metadata = &mut world.client(WEB).metadata;
    (metadata.jwks, metadata.jwks_uri) = (None, Some(JWKS_URI.to_owned()));
    let good = presented(&signed(&claims(&world)));
    let expected = Outbound::KeySet { uri: JWKS_URI.to_owned(), kid: Some("one".to_owned()) };
    let heard = Heard::KeySet(Arc::new(set(&[key("one", 1)])));
    let (verdict, asked, _) = judge(&world, &good, Some(heard.clone()));
    assert_eq!((verdict.map(|(client, ..)| client), asked), (Ok(WEB.to_owned()), Some(expected)));

    let rotated = Heard::KeySet(Arc::new(set(&[key("next", 3)])));
    let (verdict, ..) = judge(&world, &good, Some(rotated));
    assert!(matches!(
        verdict.unwrap_err(),
        ClientAuthRefusal::Assertion { fault: AssertionFault::KeyUnknown { .. }, .. }
    ));
    let silent = Heard::Nothing { why: "it did not answer".to_owned() };
    let refusal = judge(&world, &good, Some(silent)).0.unwrap_err();
    assert!(matches!(refusal, ClientAuthRefusal::KeysUnavailable { .. }), "{refusal}");
    assert_eq!(refusal.row().error, OAuthError::InvalidClient);

    let expired = presented(&signed(&with(&claims(&world), "exp", json!(1))));
    assert_eq!(judge(&world, &expired, Some(heard.clone())).1, None, "nobody is called for a bad assertion");
    world.client(WEB).disabled = true;
    assert_eq!(judge(&world, &good, Some(heard)).1, None, "nor for a disabled client");
}

#[test]
fn nothing_of_the_assertion_is_told() {
    let world = world();
    let token = signed_with(&key("two", 2), &header(), &claims(&world));
    let (verdict, _, trail) = judge(&world, &presented(&token), None);
    let refusal = verdict.unwrap_err();
    assert!(!format!("{refusal} {refusal:?} {trail:?}").contains(&token[..20]));
    assert_eq!(trail.checks().last().unwrap().outcome, Outcome::Failed);
}

proptest! {
    #[test]
    fn whatever_is_signed_is_judged(
        name in prop_oneof![Just("iss"), Just("sub"), Just("aud"), Just("exp"), Just("iat"), Just("nbf"), Just("jti")],
        value in prop_oneof![
            Just(json!({})), Just(json!([[]])), any::<i64>().prop_map(|n| json!(n)), any::<f64>().prop_map(|n| json!(n)),
            ".{0,20}".prop_map(|text| json!(text)),
        ],
    ) {
        let world = world();
        let _ = verdict(&world, &signed(&with(&claims(&world), name, value)));
    }
}

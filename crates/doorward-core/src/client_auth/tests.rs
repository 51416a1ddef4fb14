//! Tests of the rules in this room: one row per way in which a client can present itself.

use doorward_token::{Outcome, Trail};
use proptest::option;
use proptest::prelude::*;

use super::{BasicCredentials, JWT_BEARER, PresentedAssertion, PresentedClient, Proof, authenticate, needs};
use crate::model::{AuthMethod, ClientId, ClientSecret, Expiry, Instant, Secret, SecretId};
use crate::port::Vault as _;
use crate::refusal::{ClientAuthRefusal, OAuthError};
use crate::test_world::{DAEMON, FakeVault, NATIVE, SPA, WEB, World, secret_of, text};

type Verdict = Result<(String, Proof), ClientAuthRefusal>;

fn attempt(world: &World, presented: &PresentedClient) -> (Verdict, Trail) {
    let door = world.plain();
    let mut trail = Trail::new();
    let verdict = world.within(|env| {
        let facts = world.facts(|_| needs(world.tenant.id, presented, env));
        authenticate(&door.authority, presented, &facts, env, &mut trail)
            .map(|proven| (proven.client.client_id.to_string(), proven.proof))
    });
    (verdict, trail)
}

fn verdict(world: &World, presented: &PresentedClient) -> Verdict {
    attempt(world, presented).0
}

fn error_of(refusal: &ClientAuthRefusal) -> OAuthError {
    refusal.row().error
}

fn post(client: &str, secret: Option<&str>) -> PresentedClient {
    let form_secret = secret.map(Secret::new);
    PresentedClient { client_id: text(client), form_secret, ..PresentedClient::default() }
}

fn basic(client: &str, secret: &str) -> PresentedClient {
    basic_twice((client, client), (secret, secret))
}

fn basic_twice(client: (&str, &str), secret: (&str, &str)) -> PresentedClient {
    let credentials = BasicCredentials {
        client_id: client.0.to_owned(),
        raw_client_id: client.1.to_owned(),
        secret: Secret::new(secret.0),
        raw_secret: Secret::new(secret.1),
    };
    PresentedClient { basic: Some(credentials), ..PresentedClient::default() }
}

fn give_secret(world: &mut World, client: &str, secret: &str, expiry: i64) -> SecretId {
    let id = SecretId::random([u8::try_from(secret.len() % 250).unwrap(); 16]);
    world.client(client).secrets.push(ClientSecret {
        id,
        name: "another".to_owned(),
        digest: FakeVault.digest(secret.as_bytes()),
        hint: "abc".to_owned(),
        created_at: Instant::from_seconds(0),
        expiry: Expiry::at(Instant::from_seconds(expiry)),
    });
    id
}

#[test]
fn a_confidential_client_proves_itself_by_form_or_header() {
    let world = World::new();
    for client in [WEB, DAEMON] {
        let secret = secret_of(client).unwrap();
        let known = Ok((client.to_owned(), Proof::Secret));
        assert_eq!(verdict(&world, &post(client, Some(secret))), known);
        assert_eq!(verdict(&world, &basic(client, secret)), known);
        let both_ids = PresentedClient { client_id: text(client), ..basic(client, secret) };
        assert_eq!(verdict(&world, &both_ids), known, "client_id beside the header is no second method");
    }
}

#[test]
fn a_public_client_only_says_who_it_is() {
    let world = World::new();
    for client in [SPA, NATIVE] {
        let known = Ok((client.to_owned(), Proof::None));
        assert_eq!(verdict(&world, &post(client, None)), known);
        assert_eq!(verdict(&world, &post(client, Some(""))), known, "an empty secret is none");
        assert_eq!(verdict(&world, &basic(client, "")), known);
    }
}

#[test]
fn a_public_client_that_sends_a_secret_is_told_to_remove_it() {
    let world = World::new();
    for presented in [post(SPA, Some("dws_web-secret")), basic(NATIVE, "x")] {
        let refusal = verdict(&world, &presented).unwrap_err();
        assert!(matches!(refusal, ClientAuthRefusal::PublicClientSentSecret { .. }), "{refusal}");
        assert_eq!(error_of(&refusal), OAuthError::InvalidClient);
    }
}

#[test]
fn a_confidential_client_without_a_secret_is_not_authenticated() {
    let world = World::new();
    for presented in [post(WEB, None), post(WEB, Some("")), basic(WEB, ""), post(DAEMON, None)] {
        assert_eq!(verdict(&world, &presented), Err(ClientAuthRefusal::CredentialMissing));
    }
}

#[test]
fn a_wrong_secret_is_wrong_and_nothing_of_it_is_told() {
    let world = World::new();
    for secret in ["hunter22", "dws_web-secret ", "DWS_WEB-SECRET", "dws_daemon-secret", &"x".repeat(100_000)]
    {
        for presented in [post(WEB, Some(secret)), basic(WEB, secret)] {
            let (verdict, trail) = attempt(&world, &presented);
            let refusal = verdict.unwrap_err();
            assert!(
                matches!(refusal, ClientAuthRefusal::SecretWrong { looks_like_id: false, .. }),
                "{refusal}"
            );
            assert!(!refusal.to_string().contains(secret));
            assert!(!refusal.row().remedy.contains(secret));
            assert!(!format!("{trail:?}").contains(secret));
        }
    }
}

#[test]
fn a_pasted_secret_id_is_recognised_by_its_form() {
    let mut world = World::new();
    let id = give_secret(&mut world, WEB, "dws_second", 2_000_000_000);
    for pasted in [id.to_string(), "5f0c8a6e-1111-4222-8333-444455556666".to_owned()] {
        for presented in [post(WEB, Some(&pasted)), basic(WEB, &pasted)] {
            let refusal = verdict(&world, &presented).unwrap_err();
            assert!(matches!(refusal, ClientAuthRefusal::SecretWrong { looks_like_id: true, .. }));
            assert!(refusal.row().remedy.contains("not its id"));
        }
    }
}

#[test]
fn several_secrets_overlap_and_each_ends_at_its_boundary() {
    let mut world = World::new();
    let now = world.now.seconds();
    give_secret(&mut world, WEB, "dws_second", now + 10);
    assert!(verdict(&world, &post(WEB, Some("dws_second"))).is_ok());
    assert!(verdict(&world, &post(WEB, secret_of(WEB))).is_ok());
    world.pass(9);
    assert!(verdict(&world, &post(WEB, Some("dws_second"))).is_ok());
    world.pass(1);
    assert_eq!(
        verdict(&world, &post(WEB, Some("dws_second"))),
        Err(ClientAuthRefusal::SecretExpired { days: 0 })
    );
    world.pass(3 * 86_400);
    assert_eq!(
        verdict(&world, &post(WEB, Some("dws_second"))),
        Err(ClientAuthRefusal::SecretExpired { days: 3 })
    );
    assert!(verdict(&world, &post(WEB, secret_of(WEB))).is_ok(), "the other one goes on");
}

#[test]
fn basic_credentials_count_decoded_and_raw() {
    let mut world = World::new();
    for secret in ["a%3Ab+c&d", "null:null", "100%", "+ +"] {
        give_secret(&mut world, WEB, secret, 2_000_000_000);
        for pair in [(secret, "other"), ("other", secret)] {
            assert!(verdict(&world, &basic_twice((WEB, WEB), pair)).is_ok(), "{secret}");
        }
    }
    world.client(WEB).client_id = ClientId::parse("we%62").unwrap();
    assert!(
        verdict(&world, &basic_twice(("web", "we%62"), ("x", "100%"))).is_ok(),
        "the raw id is tried too"
    );
}

#[test]
fn two_methods_in_one_request_are_refused() {
    let world = World::new();
    let secret = secret_of(WEB).unwrap();
    let twice = PresentedClient { form_secret: Some(Secret::new(secret)), ..basic(WEB, secret) };
    let assertion = PresentedAssertion { kind: JWT_BEARER.to_owned(), token: Secret::new("a.b.c") };
    let signed = PresentedClient { assertion: Some(assertion), ..post(WEB, Some(secret)) };
    let two_ids = PresentedClient { client_id: text(SPA), ..basic(WEB, secret) };
    for presented in [twice, signed, two_ids] {
        let refusal = verdict(&world, &presented).unwrap_err();
        assert!(matches!(refusal, ClientAuthRefusal::TwoMethods { .. }));
        assert_eq!(error_of(&refusal), OAuthError::InvalidRequest);
    }
    let empty_header = PresentedClient { form_secret: Some(Secret::new(secret)), ..basic(WEB, "") };
    assert!(verdict(&world, &empty_header).is_ok(), "an empty password in the header is no method");
}

#[test]
fn a_registered_method_is_the_only_one() {
    let mut world = World::new();
    let secret = secret_of(WEB).unwrap();
    world.client(WEB).metadata.token_endpoint_auth_method = Some(AuthMethod::ClientSecretBasic);
    assert!(verdict(&world, &basic(WEB, secret)).is_ok());
    let refusal = verdict(&world, &post(WEB, Some(secret))).unwrap_err();
    assert!(
        matches!(refusal, ClientAuthRefusal::OtherMethod { used: "client_secret_post", .. }),
        "{refusal}"
    );
    assert_eq!(error_of(&refusal), OAuthError::InvalidClient);
    assert_eq!(verdict(&world, &post(WEB, None)), Err(ClientAuthRefusal::CredentialMissing));
    world.client(SPA).metadata.token_endpoint_auth_method = Some(AuthMethod::None);
    assert!(verdict(&world, &post(SPA, None)).is_ok());
}

#[test]
fn unknown_and_disabled_clients_are_refused_before_any_secret_is_looked_at() {
    let mut world = World::new();
    let nobody = PresentedClient::default();
    for presented in
        [nobody, post("nobody", Some("x")), basic("", "x"), post("sp ace", None), post("WEB", None)]
    {
        let refusal = verdict(&world, &presented).unwrap_err();
        assert!(matches!(refusal, ClientAuthRefusal::UnknownClient { .. }));
        assert_eq!(error_of(&refusal), OAuthError::InvalidClient);
    }
    world.client(WEB).disabled = true;
    for secret in [secret_of(WEB), Some("wrong"), None] {
        let refusal = verdict(&world, &post(WEB, secret)).unwrap_err();
        assert!(matches!(refusal, ClientAuthRefusal::ClientDisabled { .. }));
    }
}

#[test]
fn the_trail_names_the_checks_in_order() {
    let world = World::new();
    let (_, trail) = attempt(&world, &post(WEB, secret_of(WEB)));
    let names: Vec<_> = trail.checks().iter().map(|check| check.name.as_ref()).collect();
    assert_eq!(names, ["client.one_method", "client.known", "client.enabled", "client.authenticated"]);
    let (_, trail) = attempt(&world, &post(WEB, Some("wrong")));
    let last = trail.checks().last().unwrap();
    assert_eq!((last.name.as_ref(), last.outcome), ("client.authenticated", Outcome::Failed));
}

proptest! {
    #[test]
    fn whatever_is_presented_is_judged(
        client_id in option::of(prop_oneof![Just(WEB.to_owned()), ".{0,40}"]),
        form_secret in option::of(".{0,40}"),
        assertion in option::of((prop_oneof![Just(JWT_BEARER.to_owned()), ".{0,20}"], ".{0,60}")),
        basic in option::of((".{0,20}", prop_oneof![Just(WEB.to_owned()), ".{0,20}"], ".{0,20}", ".{0,20}")),
    ) {
        let basic = basic.map(|(client_id, raw_client_id, secret, raw_secret)| BasicCredentials {
            client_id, raw_client_id, secret: Secret::new(secret), raw_secret: Secret::new(raw_secret),
        });
        let assertion = assertion.map(|(kind, token)| PresentedAssertion { kind, token: Secret::new(token) });
        let presented = PresentedClient {
            client_id, basic, form_secret: form_secret.map(Secret::new), assertion, token_endpoint: None,
        };
        prop_assert!(verdict(&World::new(), &presented).is_err(), "nothing random is a secret");
    }
}

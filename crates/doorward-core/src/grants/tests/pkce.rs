//! The verifier (RFC 7636 §4.6) and the downgrade in both directions (RFC 9700 §2.1.1).

use super::{code_of, error_of, failed_check};
use crate::model::{PkceRule, Secret};
use crate::port::Vault as _;
use crate::refusal::OAuthError;
use crate::test_world::{FakeVault, NATIVE, SPA, VERIFIER, Visit, WEB, World, redemption, with};

#[test]
fn a_challenge_needs_its_verifier_from_every_kind_of_client() {
    for client in [WEB, SPA, NATIVE] {
        let mut world = World::with_ben_and_his_consent(client);
        for door in world.doors() {
            let code = world.code(&door, &Visit::of(client, "openid"));
            let missing = with(redemption(client, &code), |request| request.code_verifier = None);
            let refusal = world.no_tokens(&door, &missing);
            assert_eq!(failed_check(&refusal), "pkce.verifier");
            assert_eq!(
                (code_of(&refusal).as_str(), error_of(&refusal)),
                ("DW2005", OAuthError::InvalidGrant)
            );
            world.tokens(&door, &redemption(client, &code));
        }
    }
}

#[test]
fn a_verifier_without_a_challenge_is_a_downgrade() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.client(WEB).pkce = PkceRule::Optional;
    for door in world.doors() {
        let visit = Visit::of(WEB, "openid").asking(|request| {
            request.code_challenge = None;
            request.code_challenge_method = None;
        });
        let code = world.code(&door, &visit);
        let refusal = world.no_tokens(&door, &redemption(WEB, &code));
        assert_eq!((code_of(&refusal).as_str(), error_of(&refusal)), ("DW2061", OAuthError::InvalidGrant));
        world.tokens(&door, &with(redemption(WEB, &code), |request| request.code_verifier = None));
    }
}

#[test]
fn a_verifier_that_does_not_fit_is_refused() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let code = world.code(&door, &Visit::of(NATIVE, "openid"));
    let challenge = FakeVault.digest(VERIFIER.as_bytes()).to_text();
    for bad in [&"w".repeat(43), &VERIFIER.to_uppercase(), &format!("{VERIFIER}0"), &challenge, ""] {
        let request =
            with(redemption(NATIVE, &code), |request| request.code_verifier = Some(Secret::new(bad)));
        assert_eq!(code_of(&world.no_tokens(&door, &request)), "DW2005", "{bad}");
    }
}

#[test]
fn a_verifier_has_43_to_128_unreserved_characters_even_if_its_hash_fits() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    for (verifier, good) in [
        ("v".repeat(42), false),
        ("v".repeat(43), true),
        ("-._~0aZ".repeat(7), true),
        ("v".repeat(128), true),
        ("v".repeat(129), false),
        (format!("{} ", "v".repeat(43)), false),
        (format!("{}+", "v".repeat(43)), false),
        ("\u{e9}".repeat(43), false),
        (String::new(), false),
    ] {
        let challenge = FakeVault.digest(verifier.as_bytes()).to_text();
        let visit = Visit::of(NATIVE, "openid").asking(|request| request.code_challenge = Some(challenge));
        let code = world.code(&door, &visit);
        let request = with(redemption(NATIVE, &code), |request| {
            request.code_verifier = Some(Secret::new(verifier.clone()));
        });
        assert_eq!(world.token(&door, &request).is_ok(), good, "{verifier}");
    }
}

//! A second redemption never returns tokens (Settled 9, RFC 6749 §4.1.2).

use super::{code_of, error_of, failed_check, revokes_grant};
use crate::model::{PkceRule, Secret};
use crate::refusal::OAuthError;
use crate::test_world::{Visit, WEB, World, redemption, refresh, with};

#[test]
fn a_code_is_redeemed_once() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let code = world.code(&door, &Visit::of(WEB, "openid"));
        world.tokens(&door, &redemption(WEB, &code));
        let refusal = world.no_tokens(&door, &redemption(WEB, &code));
        assert_eq!(failed_check(&refusal), "code.unspent");
        assert_eq!((code_of(&refusal).as_str(), error_of(&refusal)), ("DW2004", OAuthError::InvalidGrant));
    }
}

#[test]
fn a_network_retry_is_refused_and_the_grant_survives() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let code = world.code(&door, &Visit::of(WEB, "openid offline_access"));
    let first = world.tokens(&door, &redemption(WEB, &code));
    for _ in 0..2 {
        world.pass(5);
        let refusal = world.no_tokens(&door, &redemption(WEB, &code));
        assert!(refusal.changes.is_empty(), "within 10 s, same client, same verifier");
    }
    world.tokens(&door, &refresh(WEB, &first));
}

#[test]
fn a_replay_after_the_grace_revokes_the_grant() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let code = world.code(&door, &Visit::of(WEB, "openid offline_access"));
    let first = world.tokens(&door, &redemption(WEB, &code));
    world.pass(11);
    let refusal = world.no_tokens(&door, &redemption(WEB, &code));
    assert!(revokes_grant(&refusal.changes));
    assert_eq!(world.grants[0].revoked_at, Some(world.now));
    let refused = world.no_tokens(&door, &refresh(WEB, &first));
    assert_eq!(code_of(&refused), "DW2056", "its refresh token is dead");
}

#[test]
fn a_replay_long_after_the_codes_end_still_revokes() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let code = world.code(&door, &Visit::of(WEB, "openid"));
    world.tokens(&door, &redemption(WEB, &code));
    world.pass(3600);
    let refusal = world.no_tokens(&door, &redemption(WEB, &code));
    assert_eq!(failed_check(&refusal), "code.unspent");
    assert!(revokes_grant(&refusal.changes));
}

#[test]
fn a_replay_without_the_verifier_revokes_at_once() {
    for verifier in [None, Some("w".repeat(43)), Some("x".to_owned())] {
        let mut world = World::with_ben_and_his_consent(WEB);
        let door = world.directory();
        let code = world.code(&door, &Visit::of(WEB, "openid"));
        world.tokens(&door, &redemption(WEB, &code));
        let replay = with(redemption(WEB, &code), |request| {
            request.code_verifier = verifier.clone().map(Secret::new);
        });
        assert!(revokes_grant(&world.no_tokens(&door, &replay).changes), "{verifier:?}");
    }
}

#[test]
fn a_code_without_a_challenge_has_no_grace() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.client(WEB).pkce = PkceRule::Optional;
    let door = world.plain();
    let visit = Visit::of(WEB, "openid").asking(|request| {
        request.code_challenge = None;
        request.code_challenge_method = None;
    });
    let code = world.code(&door, &visit);
    let request = with(redemption(WEB, &code), |request| request.code_verifier = None);
    world.tokens(&door, &request);
    assert!(revokes_grant(&world.no_tokens(&door, &request).changes));
}

#[test]
fn a_failed_redemption_does_not_spend_the_code() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let code = world.code(&door, &Visit::of(WEB, "openid"));
    let wrong =
        with(redemption(WEB, &code), |request| request.code_verifier = Some(Secret::new("w".repeat(43))));
    assert!(world.no_tokens(&door, &wrong).changes.is_empty());
    world.tokens(&door, &redemption(WEB, &code));
}

//! Reuse of a rotated refresh token (Settled 8, RFC 9700 §4.14): one live successor, a grace for lost answers, and
//! the end of the family for everything else.

use super::{code_of, error_of, revokes_grant};
use crate::grants::RefreshToken;
use crate::model::{GrantId, Secret};
use crate::refusal::OAuthError;
use crate::test_world::{FakeVault, NATIVE, WEB, World, id_token_of, refresh, with};

const SCOPE: &str = "openid offline_access api://notes/notes.read";

#[test]
fn a_lost_answer_returns_the_same_successor_with_fresh_tokens_and_no_write() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let first = world.sign_in_at(&door, NATIVE, SCOPE);
    let second = world.tokens(&door, &refresh(NATIVE, &first));
    for _ in 0..2 {
        world.pass(14);
        let again = world.tokens(&door, &refresh(NATIVE, &first));
        assert_eq!(again.reply.refresh_token, second.reply.refresh_token);
        assert!(again.changes.is_empty());
        assert_eq!(id_token_of(&again).seconds("iat"), Some(world.now.seconds()));
    }
    let third = world.tokens(&door, &refresh(NATIVE, &second));
    assert_ne!(third.reply.refresh_token, second.reply.refresh_token);
}

#[test]
fn the_grace_ends_at_its_thirtieth_second() {
    for (secs, survives) in [(29, true), (30, false), (3600, false)] {
        let mut world = World::with_ben_and_his_consent(NATIVE);
        let door = world.directory();
        let first = world.sign_in_at(&door, NATIVE, SCOPE);
        let second = world.tokens(&door, &refresh(NATIVE, &first));
        world.pass(secs);
        match world.token(&door, &refresh(NATIVE, &first)) {
            Ok(_) => assert!(survives, "{secs}"),
            Err(refusal) => {
                assert!(!survives, "{secs}");
                assert_eq!(
                    (code_of(&refusal).as_str(), error_of(&refusal)),
                    ("DW2104", OAuthError::InvalidGrant)
                );
                assert!(revokes_grant(&refusal.changes));
                world.apply(&refusal.changes);
                let dead = world.no_tokens(&door, &refresh(NATIVE, &second));
                assert_eq!(code_of(&dead), "DW2056", "the whole family is revoked");
            }
        }
    }
}

#[test]
fn a_token_whose_successor_was_used_is_reused_even_within_the_grace() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let first = world.sign_in_at(&door, NATIVE, SCOPE);
    let second = world.tokens(&door, &refresh(NATIVE, &first));
    world.tokens(&door, &refresh(NATIVE, &second));
    let refusal = world.no_tokens(&door, &refresh(NATIVE, &first));
    assert_eq!(code_of(&refusal), "DW2104");
    assert_eq!(world.grants[0].revoked_at, Some(world.now));
}

#[test]
fn another_client_presenting_an_old_token_revokes_nothing() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let first = world.sign_in_at(&door, NATIVE, SCOPE);
    let second = world.tokens(&door, &refresh(NATIVE, &first));
    world.pass(3600);
    assert!(world.no_tokens(&door, &refresh(WEB, &first)).changes.is_empty());
    world.tokens(&door, &refresh(NATIVE, &second));
}

#[test]
fn a_generation_that_never_was_is_unknown_and_revokes_nothing() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let first = world.sign_in_at(&door, NATIVE, SCOPE);
    let tenant = world.tenant.id;
    let token =
        RefreshToken::decode(first.reply.refresh_token.as_ref().unwrap(), tenant, &FakeVault).unwrap();
    let ends = world.grants[0].refresh.as_ref().unwrap().absolute_expiry;
    let made_up =
        |change: fn(&mut RefreshToken)| with(token.clone(), change).encode(tenant, ends, &FakeVault);
    for text in [
        made_up(|token| token.generation = 2),
        made_up(|token| token.generation = u32::MAX),
        made_up(|token| token.secret = [0; 32]),
        made_up(|token| token.family = GrantId::random([1; 16])),
    ] {
        let request = with(refresh(NATIVE, &first), |request| request.refresh_token = Some(text));
        let refusal = world.no_tokens(&door, &request);
        assert_eq!(code_of(&refusal), "DW2054");
        assert!(refusal.changes.is_empty());
    }
    world.tokens(&door, &refresh(NATIVE, &first));
}

#[test]
fn an_old_generation_with_a_wrong_secret_cannot_open_the_successor() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let first = world.sign_in_at(&door, NATIVE, SCOPE);
    world.tokens(&door, &refresh(NATIVE, &first));
    let tenant = world.tenant.id;
    let token =
        RefreshToken::decode(first.reply.refresh_token.as_ref().unwrap(), tenant, &FakeVault).unwrap();
    let ends = world.grants[0].refresh.as_ref().unwrap().absolute_expiry;
    let forged = with(token, |token| token.secret = [0; 32]).encode(tenant, ends, &FakeVault);
    let request = with(refresh(NATIVE, &first), |request| request.refresh_token = Some(forged));
    assert!(world.token(&door, &request).is_err());
}

#[test]
fn the_store_never_sees_a_refresh_token_in_clear() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let first = world.sign_in_at(&door, NATIVE, SCOPE);
    let second = world.tokens(&door, &refresh(NATIVE, &first));
    let stored = serde_json::to_string(&world.grants).unwrap();
    for token in [&first, &second] {
        let text: &Secret = token.reply.refresh_token.as_ref().unwrap();
        for part in text.expose().split('.').filter(|part| part.len() > 60) {
            assert!(!stored.contains(&part[..40]));
        }
        assert!(!format!("{:?}", token.reply).contains(text.expose()));
    }
}

//! Refreshing: who rotates, how long it lives, who may no longer.

use std::time::Duration;

use super::{Spoil, code_of, error_of, failed_check};
use crate::change::{Change, GrantChange};
use crate::model::{Client, Secret};
use crate::refusal::OAuthError;
use crate::test_world::{NATIVE, SPA, Visit, WEB, World, id_token_of, redemption, refresh, with};

const SCOPE: &str = "openid offline_access api://notes/notes.read";

#[test]
fn refresh_tokens_of_public_clients_rotate() {
    for client in [NATIVE, SPA] {
        let mut world = World::with_ben_and_his_consent(client);
        for door in world.doors() {
            let first = world.sign_in_at(&door, client, SCOPE);
            let second = world.tokens(&door, &refresh(client, &first));
            assert_ne!(first.reply.refresh_token, second.reply.refresh_token, "{client}");
            assert!(matches!(&second.changes[..], [Change::Grant(change)]
                if matches!(**change, GrantChange::RotateRefresh { .. })));
            let third = world.tokens(&door, &refresh(client, &second));
            assert_eq!(world.grants.last().unwrap().refresh.as_ref().unwrap().generation, 3);
            assert_ne!(second.reply.refresh_token, third.reply.refresh_token);
        }
    }
}

#[test]
fn refresh_tokens_of_confidential_clients_stay_and_a_busy_client_writes_once_a_day() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let first = world.sign_in_at(&door, WEB, SCOPE);
    for _ in 0..3 {
        world.pass(3600);
        let again = world.tokens(&door, &refresh(WEB, &first));
        assert_eq!(again.reply.refresh_token, first.reply.refresh_token);
        assert!(again.changes.is_empty(), "no write within a day");
    }
    world.pass(86_400);
    let later = world.tokens(&door, &refresh(WEB, &first));
    assert!(matches!(&later.changes[..], [Change::Grant(change)]
        if matches!(**change, GrantChange::TouchRefresh { .. })));
}

#[test]
fn the_idle_end_moves_with_use_and_the_absolute_end_does_not() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let mut last = world.sign_in_at(&door, NATIVE, SCOPE);
    let end = world.grants[0].refresh.as_ref().unwrap().absolute_expiry;
    assert_eq!(end.instant(), world.now + Client::REFRESH_ABSOLUTE);
    for _ in 0..6 {
        world.pass(13 * 86_400);
        last = world.tokens(&door, &refresh(NATIVE, &last));
        let state = world.grants[0].refresh.as_ref().unwrap();
        assert_eq!(state.absolute_expiry, end);
        assert!(state.idle_expiry <= end);
    }
    world.pass(12 * 86_400);
    let refusal = world.no_tokens(&door, &refresh(NATIVE, &last));
    assert_eq!(code_of(&refusal), "DW2055", "90 days are over");
}

#[test]
fn an_idle_refresh_token_ends_at_its_boundary() {
    for (secs, good) in [(14 * 86_400 - 1, true), (14 * 86_400, false)] {
        for client in [WEB, NATIVE] {
            let mut world = World::with_ben_and_his_consent(client);
            let door = world.directory();
            let first = world.sign_in_at(&door, client, SCOPE);
            world.pass(secs);
            match world.token(&door, &refresh(client, &first)) {
                Ok(_) => assert!(good, "{client} {secs}"),
                Err(refusal) => {
                    assert!(!good, "{client} {secs}");
                    assert_eq!(
                        (code_of(&refusal).as_str(), error_of(&refusal)),
                        ("DW2055", OAuthError::InvalidGrant)
                    );
                    assert!(refusal.changes.is_empty());
                }
            }
        }
    }
}

#[test]
fn a_single_page_family_ends_after_a_day_however_often_it_rotates() {
    let mut world = World::with_ben_and_his_consent(SPA);
    let door = world.directory();
    let mut last = world.sign_in_at(&door, SPA, SCOPE);
    for left in [18, 12, 6] {
        world.pass(6 * 3600);
        last = world.tokens(&door, &refresh(SPA, &last));
        assert_eq!(last.reply.refresh_token_expires_in, Some(left * 3600));
    }
    world.pass(6 * 3600);
    assert_eq!(code_of(&world.no_tokens(&door, &refresh(SPA, &last))), "DW2055");
}

#[test]
fn another_clients_refresh_token_is_of_no_use_and_no_harm() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let first = world.sign_in_at(&door, WEB, SCOPE);
    let refusal = world.no_tokens(&door, &refresh(NATIVE, &first));
    assert_eq!(failed_check(&refusal), "refresh.client");
    assert_eq!(error_of(&refusal), OAuthError::InvalidGrant);
    assert!(refusal.changes.is_empty());
    world.tokens(&door, &refresh(WEB, &first));
}

#[test]
fn what_is_no_refresh_token_of_this_tenant_is_unknown() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let first = world.sign_in_at(&door, NATIVE, SCOPE);
    let good = first.reply.refresh_token.clone().unwrap();
    let code = world.code(&door, &Visit::of(NATIVE, "openid")).code;
    let flipped = with(good.expose().to_owned(), |text| {
        let last = text.pop();
        text.push(if last == Some('A') { 'B' } else { 'A' });
    });
    for bad in ["", "x", "a.b.c", "..", &flipped, code.expose(), &good.expose()[1..]] {
        let request = with(refresh(NATIVE, &first), |request| request.refresh_token = Some(Secret::new(bad)));
        let refusal = world.no_tokens(&door, &request);
        assert_eq!(
            (code_of(&refusal).as_str(), error_of(&refusal)),
            ("DW2054", OAuthError::InvalidGrant),
            "{bad}"
        );
        assert!(refusal.changes.is_empty());
    }
    world.grants.clear();
    assert_eq!(code_of(&world.no_tokens(&door, &refresh(NATIVE, &first))), "DW2054", "its family is gone");
}

#[test]
fn plain_refresh_tokens_stay_at_their_door_and_the_directorys_serve_the_tenant() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let (plain, directory, flow) = (world.plain(), world.directory(), world.user_flow());
    let from_directory = world.sign_in_at(&directory, WEB, SCOPE);
    let refusal = world.no_tokens(&plain, &refresh(WEB, &from_directory));
    assert_eq!(failed_check(&refusal), "refresh.authority");

    let at_flow = world.tokens(&flow, &refresh(WEB, &from_directory));
    let id_token = id_token_of(&at_flow);
    assert_eq!(
        id_token.text("iss"),
        Some(flow.authority.issuer.as_str()),
        "the claims follow the door called"
    );
    assert_eq!(id_token.text("tfp"), Some("meadow_signup"));
    let back = world.tokens(&directory, &refresh(WEB, &from_directory));
    assert_eq!(id_token_of(&back).text("iss"), Some(directory.authority.issuer.as_str()));
    assert!(!id_token_of(&back).has("tfp"));
}

#[test]
fn accounts_and_applications_that_ended_refresh_no_more() {
    let spoilt: [(Spoil, &str); 5] = [
        (
            |world| {
                let ben = world.ben;
                world.user(ben).disabled = true;
            },
            "DW1205",
        ),
        (
            |world| {
                let (ben, later) = (world.ben, world.now + Duration::from_secs(1));
                world.user(ben).epoch = later;
            },
            "DW2056",
        ),
        (
            |world| {
                let later = world.now + Duration::from_secs(1);
                world.client(WEB).epoch = later;
            },
            "DW2056",
        ),
        (|world| world.users.retain(|user| user.id != world.ben), "DW2056"),
        (
            |world| {
                let now = world.now;
                world.grants[0].revoked_at = Some(now);
            },
            "DW2056",
        ),
    ];
    for (spoil, expected) in spoilt {
        let mut world = World::with_ben_and_his_consent(WEB);
        let door = world.directory();
        let first = world.sign_in_at(&door, WEB, SCOPE);
        spoil(&mut world);
        let refusal = world.no_tokens(&door, &refresh(WEB, &first));
        assert_eq!((code_of(&refusal).as_str(), error_of(&refusal)), (expected, OAuthError::InvalidGrant));
    }
}

#[test]
fn a_disabled_application_is_not_authenticated() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let first = world.sign_in_at(&door, WEB, SCOPE);
    world.client(WEB).disabled = true;
    assert_eq!(error_of(&world.no_tokens(&door, &refresh(WEB, &first))), OAuthError::InvalidClient);
}

#[test]
fn the_refreshed_id_token_is_of_the_same_person_and_the_same_sign_in() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let code = world.code(&door, &Visit::of(WEB, SCOPE));
        let first = world.tokens(&door, &redemption(WEB, &code));
        world.pass(600);
        let second =
            world.tokens(&door, &with(refresh(WEB, &first), |request| request.wants_client_info = true));
        let (before, after) = (id_token_of(&first), id_token_of(&second));
        for claim in ["iss", "sub", "aud", "auth_time", "sid", "azp", "amr"] {
            assert_eq!(before.value(claim), after.value(claim), "{claim}");
        }
        assert_eq!(before.text("nonce"), Some("n-0"));
        assert!(!after.has("nonce"), "the nonce belongs to the authorization request");
        assert_eq!(after.seconds("iat"), Some(world.now.seconds()));
        assert_eq!(second.reply.client_info.is_some(), door.profile.name != "plain");
        world.session.stored.as_mut().unwrap().accounts[0].auth_time = world.now;
    }
}

//! One code, bound to client, door, redirect URI and time; and to an account that is still good.

use std::time::Duration;

use super::{Spoil, code_of, error_of, failed_check, revokes_grant};
use crate::change::{Change, GrantChange};
use crate::model::{Client, Secret};
use crate::refusal::OAuthError;
use crate::test_world::{NATIVE, SPA, Visit, WEB, World, access_token_of, redemption, text, with};

#[test]
fn a_code_becomes_tokens_and_starts_its_grant() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let code = world.code(&door, &Visit::of(WEB, "openid offline_access api://notes/notes.read"));
        let decision = world.token(&door, &redemption(WEB, &code)).unwrap();
        assert_eq!(decision.mint.len(), 2);
        assert_eq!(decision.reply.expires_in, 3600);
        assert!(decision.reply.refresh_token.is_some() && decision.reply.refresh_token_expires_in.is_none());
        let [Change::Grant(change)] = decision.changes.as_slice() else { panic!("one change") };
        let GrantChange::RedeemCode { grant, digest, .. } = change.as_ref() else { panic!("{change:?}") };
        let stored = world.codes.last().unwrap();
        assert_eq!((*digest, grant.id, grant.user), (stored.digest, stored.grant, world.ben));
        assert_eq!((grant.sid, grant.started_at), (stored.sid, stored.issued_at));
        assert_eq!(grant.authority, door.authority.reference());
        assert!(grant.scopes.contains("api://notes/notes.read"));
    }
}

#[test]
fn without_offline_access_there_is_no_refresh_token() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let decision = world.sign_in_at(&door, WEB, "openid api://notes/notes.read");
        assert!(decision.reply.refresh_token.is_none());
        assert!(world.grants.last().unwrap().refresh.is_none());
    }
}

#[test]
fn an_unknown_code_is_refused_without_effects() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let code = world.code(&door, &Visit::of(WEB, "openid"));
    for bad in ["", "x", &code.code.expose()[1..], &format!("{}A", code.code.expose()), &"A".repeat(100_000)]
    {
        let request = with(redemption(WEB, &code), |request| request.code = Some(Secret::new(bad)));
        let refusal = world.no_tokens(&door, &request);
        assert_eq!((code_of(&refusal).as_str(), error_of(&refusal)), ("DW2050", OAuthError::InvalidGrant));
        assert!(refusal.changes.is_empty());
    }
}

#[test]
fn another_client_cannot_redeem_a_code_and_does_not_burn_it() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let code = world.code(&door, &Visit::of(WEB, "openid"));
        for thief in [NATIVE, SPA] {
            let request =
                with(redemption(thief, &code), |request| request.redirect_uri = text("https://web.test/cb"));
            let refusal = world.no_tokens(&door, &request);
            assert_eq!(failed_check(&refusal), "code.client");
            assert_eq!(error_of(&refusal), OAuthError::InvalidGrant);
            assert!(refusal.changes.is_empty(), "a stranger burns nothing");
        }
        world.tokens(&door, &redemption(WEB, &code));
        let replayed = world.no_tokens(&door, &redemption(NATIVE, &code));
        assert!(replayed.changes.is_empty(), "nor does a stranger's replay revoke anything");
    }
}

#[test]
fn a_code_is_redeemed_at_the_door_that_issued_it() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let doors = world.doors();
    for (at, door) in doors.iter().enumerate() {
        let code = world.code(door, &Visit::of(WEB, "openid"));
        for (other_at, other) in doors.iter().enumerate() {
            if at != other_at {
                let refusal = world.no_tokens(other, &redemption(WEB, &code));
                assert_eq!(failed_check(&refusal), "code.authority");
                assert_eq!(error_of(&refusal), OAuthError::InvalidGrant);
            }
        }
        world.tokens(door, &redemption(WEB, &code));
    }
}

#[test]
fn a_code_is_bound_to_its_flow() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let code = world.code(&world.user_flow(), &Visit::of(WEB, "openid"));
    world.flow.name = crate::model::FlowName::parse("Meadow_Other").unwrap();
    let refusal = world.no_tokens(&world.user_flow(), &redemption(WEB, &code));
    assert_eq!(failed_check(&refusal), "code.authority");
}

#[test]
fn the_redirect_uri_is_repeated_byte_for_byte() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let code = world.code(&door, &Visit::of(WEB, "openid"));
    for bad in
        ["https://web.test/cb/", "https://WEB.test/cb", "https://evil.test/", "", "https://web.test/cb\n"]
    {
        let request = with(redemption(WEB, &code), |request| request.redirect_uri = text(bad));
        let refusal = world.no_tokens(&door, &request);
        assert_eq!(failed_check(&refusal), "code.redirect_uri", "{bad}");
        assert_eq!(error_of(&refusal), OAuthError::InvalidGrant);
    }
    let missing = with(redemption(WEB, &code), |request| request.redirect_uri = None);
    assert_eq!(error_of(&world.no_tokens(&door, &missing)), OAuthError::InvalidGrant);
    world.tokens(&door, &redemption(WEB, &code));
}

#[test]
fn a_redirect_uri_that_was_not_sent_need_not_be_repeated() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let visit = Visit::of(WEB, "api://notes/notes.read").asking(|request| request.redirect_uri = None);
    let code = world.code(&door, &visit);
    let other = with(redemption(WEB, &code), |request| request.redirect_uri = text("https://web.test/other"));
    assert_eq!(failed_check(&world.no_tokens(&door, &other)), "code.redirect_uri");
    world.tokens(&door, &with(redemption(WEB, &code), |request| request.redirect_uri = None));
}

#[test]
fn a_code_ends_at_its_sixtieth_second() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let first = world.code(&door, &Visit::of(WEB, "openid"));
    let second = world.code(&door, &Visit::of(WEB, "openid"));
    world.pass(59);
    world.tokens(&door, &redemption(WEB, &first));
    world.pass(1);
    let refusal = world.no_tokens(&door, &redemption(WEB, &second));
    assert_eq!((code_of(&refusal).as_str(), error_of(&refusal)), ("DW2051", OAuthError::InvalidGrant));
    assert!(refusal.changes.is_empty());
}

#[test]
fn an_account_that_ended_meanwhile_gets_no_tokens() {
    let spoilt: [(Spoil, &str); 4] = [
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
    ];
    for (spoil, code_expected) in spoilt {
        let mut world = World::with_ben_and_his_consent(WEB);
        let door = world.plain();
        let code = world.code(&door, &Visit::of(WEB, "openid"));
        spoil(&mut world);
        let refusal = world.no_tokens(&door, &redemption(WEB, &code));
        assert_eq!(code_of(&refusal), code_expected);
        assert_eq!(error_of(&refusal), OAuthError::InvalidGrant);
        assert!(!revokes_grant(&refusal.changes));
    }
}

#[test]
fn an_api_that_was_disabled_or_removed_meanwhile_gets_no_tokens() {
    for remove in [false, true] {
        let mut world = World::with_ben_and_his_consent(WEB);
        let door = world.directory();
        let code = world.code(&door, &Visit::of(WEB, "openid api://notes/notes.read"));
        if remove {
            world.resources.retain(|api| api.name != "notes");
        } else {
            world.api("notes").disabled = true;
        }
        let refusal = world.no_tokens(&door, &redemption(WEB, &code));
        assert_eq!(error_of(&refusal), OAuthError::InvalidTarget, "removed: {remove}");
    }
}

#[test]
fn a_permission_that_was_withdrawn_meanwhile_is_in_no_token() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let notes = world.api("notes").id;
    let scope = "openid offline_access api://notes/notes.read api://notes/notes.write";
    let first = world.code(&door, &Visit::of(WEB, scope));
    let second = world.code(&door, &Visit::of(WEB, scope));
    for row in world.consents.iter_mut().filter(|row| row.resource == notes) {
        row.scopes = row.scopes.iter().filter(|known| known.as_str() == "notes.read").cloned().collect();
    }
    let tokens = world.tokens(&door, &redemption(WEB, &first));
    assert_eq!(access_token_of(&tokens).text("scp"), Some("notes.read"));
    world.consents.retain(|row| row.resource != notes);
    let refusal = world.no_tokens(&door, &redemption(WEB, &second));
    assert_eq!((code_of(&refusal).as_str(), error_of(&refusal)), ("DW1301", OAuthError::InvalidGrant));
}

#[test]
fn a_single_page_family_lives_for_a_day_and_says_so() {
    let mut world = World::with_ben_and_his_consent(SPA);
    let decision = world.sign_in_at(&world.directory(), SPA, "openid offline_access");
    assert_eq!(decision.reply.refresh_token_expires_in, Some(24 * 3600));
    let state = world.grants[0].refresh.as_ref().unwrap();
    assert_eq!(state.absolute_expiry.instant(), world.now + Client::REFRESH_SPA);
    assert_eq!(state.idle_expiry, state.absolute_expiry, "idle never outlives absolute");
}

//! What an answer tells beside the tokens: scopes as the client spelt them, `client_info`, lives, the checks.

use doorward_token::Outcome;

use crate::claims::ClientInfo;
use crate::test_world::{Door, NATIVE, Visit, WEB, World, redemption, refresh, with};

fn scope_of(world: &mut World, door: &Door, scope: &str) -> String {
    world.sign_in_at(door, WEB, scope).reply.scope.expect("a delegated answer tells its scopes")
}

#[test]
fn scopes_are_told_as_the_client_spelt_them() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let notes = world.api("notes").id;
    for door in world.doors() {
        for read in [
            "api://notes/notes.read".to_owned(),
            "API://Notes/notes.read".to_owned(),
            format!("{notes}/notes.read"),
        ] {
            let told = scope_of(&mut world, &door, &format!("openid {read}"));
            let mut words: Vec<&str> = told.split(' ').collect();
            words.sort_unstable();
            let mut expected = [read.as_str(), "openid"];
            expected.sort_unstable();
            assert_eq!(words, expected);
        }
    }
}

#[test]
fn what_was_left_out_is_not_told() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let plain = world.plain();
    assert_eq!(scope_of(&mut world, &plain, "openid bogus api://nothing/x"), "openid", "unknown here");
    let flow = world.user_flow();
    let told = scope_of(&mut world, &flow, "openid api://notes/notes.read api://notes/notes.share");
    assert!(!told.contains("notes.share"), "not granted: {told}");
}

#[test]
fn client_info_is_told_where_it_is_asked_for_and_known() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let uid = world.ben.to_string();
    let utid = world.tenant.id.to_string();
    for door in world.doors() {
        let expected = match door.profile.name {
            "plain" => None,
            "directory" => Some(ClientInfo { uid: uid.clone(), utid: utid.clone() }),
            _ => Some(ClientInfo { uid: format!("{uid}-meadow_signup"), utid: utid.clone() }),
        };
        let code = world.code(&door, &Visit::of(NATIVE, "openid offline_access"));
        let asked = with(redemption(NATIVE, &code), |request| request.wants_client_info = true);
        let first = world.tokens(&door, &asked);
        assert_eq!(first.reply.client_info, expected);
        let unasked = world.tokens(&door, &refresh(NATIVE, &first));
        assert_eq!(unasked.reply.client_info, None);
        let asked = with(refresh(NATIVE, &unasked), |request| request.wants_client_info = true);
        assert_eq!(world.tokens(&door, &asked).reply.client_info, expected);
    }
}

#[test]
fn the_trail_of_an_answer_has_no_failed_check_and_each_only_once() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let code = world.code(&door, &Visit::of(WEB, "openid offline_access api://notes/notes.read"));
        let first = world.tokens(&door, &redemption(WEB, &code));
        let second = world.tokens(&door, &refresh(WEB, &first));
        for decision in [first, second] {
            let checks = decision.trail.checks();
            assert_eq!(checks[0].name, "grant_type.known");
            assert!(checks.iter().all(|check| check.outcome != Outcome::Failed), "{checks:?}");
            let mut names: Vec<_> = checks.iter().map(|check| &check.name).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all);
        }
    }
}

#[test]
fn the_trail_of_a_refusal_tells_what_passed_before() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let code = world.code(&door, &Visit::of(WEB, "openid"));
    let refusal =
        world.no_tokens(&door, &with(redemption(WEB, &code), |request| request.redirect_uri = None));
    let names: Vec<_> = refusal.trail.checks().iter().map(|check| check.name.to_string()).collect();
    assert!(names.starts_with(&["grant_type.known".to_owned(), "client.one_method".to_owned()]), "{names:?}");
    assert_eq!(names.last().map(String::as_str), Some("code.redirect_uri"));
    let failed = refusal.trail.checks().iter().filter(|check| check.outcome == Outcome::Failed).count();
    assert_eq!(failed, 1);
}

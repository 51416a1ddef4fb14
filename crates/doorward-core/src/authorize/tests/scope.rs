//! Scopes and APIs of a request: what is understood, what is ignored, what is refused.

use super::{error_of, failed_check, last_code};
use crate::authorize::AuthorizeReply;
use crate::model::Principal;
use crate::refusal::OAuthError;
use crate::test_world::{Door, Visit, WEB, World, text};

fn issued(world: &mut World, door: &Door, visit: &Visit) -> String {
    world.code(door, visit);
    last_code(world).scopes.to_string()
}

#[test]
fn the_code_keeps_the_callers_spelling_and_knows_the_api() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let scope = "openid profile offline_access api://notes/notes.read";
        assert_eq!(
            issued(&mut world, &door, &Visit::of(WEB, scope)).split(' ').count(),
            4,
            "{}",
            door.profile.name
        );
        let notes = world.api("notes").id;
        assert_eq!(last_code(&world).resource, Some(notes));
        let by_id = format!("openid {notes}/notes.read");
        assert!(issued(&mut world, &door, &Visit::of(WEB, &by_id)).contains(&format!("{notes}/notes.read")));
    }
}

#[test]
fn the_order_of_scopes_does_not_matter() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let words = |text: String| {
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        words.sort();
        words
    };
    let one = Visit::of(WEB, "openid api://notes/notes.read api://notes/notes.write email");
    let other = Visit::of(WEB, "api://notes/notes.write  email api://notes/notes.read openid openid");
    let first = words(issued(&mut world, &door, &one));
    assert_eq!(first, words(issued(&mut world, &door, &other)));
    assert_eq!(first.len(), 4);
}

#[test]
fn a_bare_scope_is_not_given_to_the_api_of_a_neighbour() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    for scope in ["notes.write api://notes/notes.read", "api://notes/notes.read notes.write"] {
        assert_eq!(issued(&mut world, &door, &Visit::of(WEB, scope)), "api://notes/notes.read", "{scope}");
    }
}

#[test]
fn the_resource_parameter_names_the_api_of_bare_scopes() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let visit = Visit::of(WEB, "openid notes.read").asking(|r| r.resource = vec!["api://notes".to_owned()]);
    assert_eq!(issued(&mut world, &door, &visit), "notes.read openid");
    let notes = world.api("notes").id;
    assert_eq!(last_code(&world).resource, Some(notes));

    let twice = visit.asking(|request| request.resource.push("api://tasks".to_owned()));
    let failure = world.refused(&door, &twice);
    assert_eq!(error_of(&failure), OAuthError::InvalidScope);
}

#[test]
fn identifiers_are_compared_without_case_and_scopes_with_it() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let upper = Visit::of(WEB, "API://Notes/notes.read");
    assert_eq!(issued(&mut world, &door, &upper), "API://Notes/notes.read");
    let failure = world.refused(&door, &Visit::of(WEB, "api://notes/Notes.Read"));
    assert_eq!(error_of(&failure), OAuthError::InvalidScope);
}

#[test]
fn one_access_token_serves_one_api() {
    let world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let failure = world.refused(&door, &Visit::of(WEB, "api://notes/notes.read api://tasks/tasks.read"));
        assert_eq!(failed_check(&failure), "scope.understood");
        assert_eq!(error_of(&failure), OAuthError::InvalidScope);
    }
    let bare = Visit::of(WEB, "User.Read api://notes/notes.read");
    assert!(world.authorize(&world.directory(), &bare).is_err(), "a bare scope is the directory's");
}

#[test]
fn what_no_api_exposes_is_ignored_or_refused_as_the_door_says() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for (scope, error) in [
        ("openid api://notes/notes.erase", OAuthError::InvalidScope),
        ("openid api://nothing/x", OAuthError::InvalidTarget),
        ("openid Mail.Read", OAuthError::InvalidScope),
    ] {
        for door in [world.directory(), world.user_flow()] {
            assert_eq!(error_of(&world.refused(&door, &Visit::of(WEB, scope))), error, "{scope}");
        }
        let plain = world.plain();
        assert_eq!(issued(&mut world, &plain, &Visit::of(WEB, scope)), "openid", "{scope}");
    }
}

#[test]
fn a_resource_that_does_not_exist_is_an_error_everywhere() {
    let world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let visit = Visit::of(WEB, "openid").asking(|r| r.resource = vec!["https://nowhere.test".to_owned()]);
        assert_eq!(error_of(&world.refused(&door, &visit)), OAuthError::InvalidTarget);
    }
}

#[test]
fn a_disabled_api_or_scope_counts_as_unknown() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let visit = Visit::of(WEB, "openid api://notes/notes.read");
    world.api("notes").scopes[0].enabled = false;
    assert_eq!(error_of(&world.refused(&world.directory(), &visit)), OAuthError::InvalidScope);
    world.api("notes").scopes[0].enabled = true;
    world.api("notes").disabled = true;
    assert_eq!(error_of(&world.refused(&world.directory(), &visit)), OAuthError::InvalidTarget);
    let plain = world.plain();
    assert_eq!(issued(&mut world, &plain, &visit), "openid");
    assert_eq!(last_code(&world).resource, None);
}

#[test]
fn a_scope_outside_the_grammar_is_refused_in_harmless_words() {
    let world = World::with_ben_and_his_consent(WEB);
    for bad in ["openid \"", "a\\b", "openid\nprofile", "caf\u{e9}", "\u{1F600}", "a\tb"] {
        for door in world.doors() {
            let failure = world.refused(&door, &Visit::of(WEB, bad));
            assert_eq!(error_of(&failure), OAuthError::InvalidScope, "{bad:?}");
            let said = failure.refusal.to_string();
            assert!(said.bytes().all(|b| matches!(b, b' '..=b'~') && b != b'"' && b != b'\\'), "{said}");
        }
    }
    let many = (0..200).map(|n| format!("s{n}")).collect::<Vec<_>>().join(" ");
    assert_eq!(error_of(&world.refused(&world.plain(), &Visit::of(WEB, &many))), OAuthError::InvalidScope);
}

#[test]
fn default_means_all_that_is_granted_else_all_that_is_registered() {
    let mut world = World::new();
    let ben = world.ben;
    world.sign_in(ben);
    let door = world.directory();
    let visit = Visit::of(WEB, "api://notes/.default");
    let page = world.consent_page(&door, &visit);
    let asked: Vec<_> = page.apis[0].items.iter().map(|item| item.scope.as_str()).collect();
    assert_eq!(asked, ["notes.read"], "the registration asks for this one");

    world.consent(WEB, Principal::User(ben), "notes", "notes.write");
    assert_eq!(issued(&mut world, &door, &visit), "api://notes/notes.write api://notes/.default");
}

#[test]
fn an_empty_scope_gives_a_code_without_scopes() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let visit = Visit::of(WEB, "").asking(|request| request.scope = None);
    assert!(matches!(world.authorize(&door, &visit).unwrap().reply, AuthorizeReply::Code(_)));
    assert_eq!(issued(&mut world, &door, &visit), "");
    assert_eq!(text(""), Some(String::new()));
}

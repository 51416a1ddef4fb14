//! What the consent page shows, and to whom (OpenID Connect Core §3.1.2.4).

use super::{error_of, last_code};
use crate::authorize::{ConsentStep, Step};
use crate::model::Principal;
use crate::refusal::OAuthError;
use crate::test_world::{Visit, WEB, World};

fn items(page: &ConsentStep) -> Vec<(String, bool, bool)> {
    let items = page.apis.iter().flat_map(|api| &api.items);
    items.map(|item| (item.scope.to_string(), item.is_new, item.locked)).collect()
}

fn fresh(scope: &str) -> (String, bool, bool) {
    (scope.to_owned(), true, false)
}

fn locked(scope: &str) -> (String, bool, bool) {
    (scope.to_owned(), true, true)
}

fn ben_signed_in() -> World {
    let mut world = World::new();
    let ben = world.ben;
    world.sign_in(ben);
    world
}

#[test]
fn the_page_shows_what_is_missing_with_its_texts() {
    let world = ben_signed_in();
    for door in [world.plain(), world.directory()] {
        let page = world.consent_page(&door, &Visit::of(WEB, "openid api://notes/notes.read"));
        assert_eq!(items(&page), [fresh("openid"), fresh("notes.read")]);
        assert_eq!(page.apis[1].title, "notes");
        assert_eq!(page.apis[1].items[0].title, "Use notes.read");
        assert_eq!(page.account.user, world.ben);
        assert!(!page.may_consent_for_all);
    }
}

#[test]
fn only_what_was_not_given_before_is_asked() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let ben = world.ben;
    let door = world.directory();
    world.consents.retain(|row| row.resource != world.resources[1].id);
    world.consent(WEB, Principal::User(ben), "notes", "notes.read");
    let visit = Visit::of(WEB, "openid api://notes/notes.read api://notes/notes.write");
    assert_eq!(items(&world.consent_page(&door, &visit)), [fresh("notes.write")]);
    world.consent(WEB, Principal::All, "notes", "notes.write");
    world.code(&door, &visit);
}

#[test]
fn consent_of_one_person_or_for_one_application_is_not_anothers() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let ada = world.ada;
    world.session.stored = None;
    world.sign_in(ada);
    let door = world.directory();
    let page = world.consent_page(&door, &Visit::of(WEB, "api://notes/notes.read"));
    assert_eq!(items(&page), [fresh("notes.read")]);
    let ben = world.ben;
    world.session.stored = None;
    world.sign_in(ben);
    let native = Visit::of(crate::test_world::NATIVE, "api://notes/notes.read");
    assert_eq!(items(&world.consent_page(&door, &native)), [fresh("notes.read")]);
}

#[test]
fn a_locked_scope_is_shown_beside_others_and_left_out() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let ben = world.ben;
    world.consents.retain(|row| row.resource != world.resources[1].id);
    let door = world.directory();
    let visit = Visit::of(WEB, "api://notes/notes.read api://notes/notes.share");
    let page = world.consent_page(&door, &visit);
    assert_eq!(items(&page), [fresh("notes.read"), locked("notes.share")]);
    let shown: Vec<_> = page.shown().into_iter().map(|(_, scopes)| scopes.to_string()).collect();
    assert_eq!(shown, ["notes.read"], "pressing allow grants no locked scope");

    world.code(&door, &visit.clone().allowing(&page));
    assert_eq!(last_code(&world).scopes.to_string(), "api://notes/notes.read");
    world.code(&door, &visit);
    assert_eq!(last_code(&world).scopes.to_string(), "api://notes/notes.read", "and it is not asked again");
    assert!(world.consents.iter().all(|row| !row.scopes.contains("notes.share")));
    assert_eq!(last_code(&world).user, ben);
}

#[test]
fn where_every_scope_is_locked_an_administrator_is_needed() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let visit = Visit::of(WEB, "openid api://notes/notes.share");
    for door in [world.plain(), world.directory()] {
        let Step::NeedsAdministrator(page) = world.step(&door, &visit) else {
            panic!("the administrator page")
        };
        assert_eq!(items(&page), [locked("notes.share")]);
        let failure = world.refused(&door, &visit.clone().allowing(&page));
        assert_eq!(error_of(&failure), OAuthError::AccessDenied, "pressing allow all the same");
    }
    world.consent(WEB, Principal::All, "notes", "notes.share");
    let door = world.directory();
    world.code(&door, &visit);
}

#[test]
fn an_administrator_may_grant_what_is_locked_for_others() {
    let mut world = World::new();
    let ada = world.ada;
    world.sign_in(ada);
    let door = world.directory();
    let visit = Visit::of(WEB, "openid api://notes/notes.share");
    let page = world.consent_page(&door, &visit);
    assert_eq!(items(&page), [fresh("openid"), fresh("notes.share")]);
    assert!(page.may_consent_for_all);
    world.code(&door, &visit.allowing(&page));
    assert!(last_code(&world).scopes.contains("api://notes/notes.share"));
}

#[test]
fn a_tenant_may_keep_consent_to_its_administrators() {
    let mut world = ben_signed_in();
    world.tenant.user_consent = false;
    let door = world.directory();
    let identity = Visit::of(WEB, "openid profile");
    let page = world.consent_page(&door, &identity);
    assert_eq!(items(&page), [fresh("openid"), fresh("profile")], "who one is stays one's own to tell");
    let Step::NeedsAdministrator(page) = world.step(&door, &Visit::of(WEB, "openid api://notes/notes.read"))
    else {
        panic!("the administrator page")
    };
    assert_eq!(items(&page), [fresh("openid"), locked("notes.read")]);
}

#[test]
fn a_first_party_application_is_not_asked_about_identity() {
    let mut world = ben_signed_in();
    world.client(WEB).first_party = true;
    let door = world.directory();
    world.code(&door, &Visit::of(WEB, "openid profile offline_access"));
    assert_eq!(last_code(&world).scopes.to_string(), "openid profile offline_access");
    assert!(world.consents.is_empty());
    let page = world.consent_page(&door, &Visit::of(WEB, "openid api://notes/notes.read"));
    assert_eq!(items(&page), [fresh("notes.read")]);
}

#[test]
fn a_pre_authorised_application_is_not_asked_about_those_scopes() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let notes = world.api("notes").id;
    world.consents.retain(|row| row.resource != notes);
    let app = world.client(WEB).app_id;
    let read = world.api("notes").scopes[0].value.clone();
    world.api("notes").pre_authorized.push((app, read));
    let door = world.plain();
    world.code(&door, &Visit::of(WEB, "openid api://notes/notes.read"));
    let both = Visit::of(WEB, "openid api://notes/notes.read api://notes/notes.write");
    assert_eq!(items(&world.consent_page(&door, &both)), [fresh("notes.write")]);
}

#[test]
fn a_consent_page_makes_nothing_true() {
    let world = ben_signed_in();
    for door in [world.plain(), world.directory()] {
        let decision = world.authorize(&door, &Visit::of(WEB, "openid api://notes/notes.read")).unwrap();
        assert!(decision.changes.is_empty() && decision.mint.is_empty());
    }
}

//! Consent on user flows (Settled 2): nobody is asked, what is not granted is dropped, nothing left is refused.

use super::{error_of, last_code};
use crate::authorize::{ConsentAnswer, Step};
use crate::model::{ConsentStyle, Principal, ScopeSet};
use crate::refusal::OAuthError;
use crate::test_world::{Visit, WEB, World};

fn ben_signed_in() -> World {
    let mut world = World::new();
    let ben = world.ben;
    world.sign_in(ben);
    world
}

#[test]
fn identity_is_implied_and_never_asked_about() {
    let mut world = ben_signed_in();
    let door = world.user_flow();
    world.code(&door, &Visit::of(WEB, "openid profile offline_access"));
    assert_eq!(last_code(&world).scopes.to_string(), "openid profile offline_access");
    assert!(world.consents.is_empty(), "nothing was consented to");
}

#[test]
fn an_ungranted_scope_is_dropped_and_a_later_grant_brings_it() {
    let mut world = ben_signed_in();
    let door = world.user_flow();
    world.consent(WEB, Principal::All, "notes", "notes.read");
    let visit = Visit::of(WEB, "openid api://notes/notes.read api://notes/notes.write");
    world.code(&door, &visit);
    assert_eq!(last_code(&world).scopes.to_string(), "api://notes/notes.read openid");
    world.consent(WEB, Principal::All, "notes", "notes.write");
    world.code(&door, &visit);
    assert_eq!(last_code(&world).scopes.to_string(), "api://notes/notes.read api://notes/notes.write openid");
}

#[test]
fn nothing_left_is_refused_and_names_what_was_asked() {
    let world = ben_signed_in();
    let visit = Visit::of(WEB, "openid api://notes/notes.read");
    let failure = world.refused(&world.user_flow(), &visit);
    assert_eq!(error_of(&failure), OAuthError::AccessDenied);
    assert_eq!(failure.refusal.reason.row().code.as_str(), "DW1009");
    assert!(failure.refusal.to_string().contains("notes.read"));
    assert!(failure.to.is_some());
}

#[test]
fn no_prompt_brings_a_page_back() {
    let mut world = ben_signed_in();
    let door = world.user_flow();
    world.consent(WEB, Principal::All, "notes", "notes.read");
    for prompt in ["consent", "none"] {
        world.code(&door, &Visit::of(WEB, "openid api://notes/notes.read").prompt(prompt));
    }
}

#[test]
fn a_forged_answer_grants_nothing() {
    let mut world = ben_signed_in();
    let notes = world.api("notes").id.to_string();
    let shown = vec![(notes, ScopeSet::parse("notes.read").unwrap())];
    let forged = ConsentAnswer { allowed: true, for_organisation: true, shown };
    let visit = Visit::of(WEB, "openid api://notes/notes.read").after(|it| it.consent = Some(forged));
    assert_eq!(error_of(&world.refused(&world.user_flow(), &visit)), OAuthError::AccessDenied);
}

#[test]
fn a_flow_may_turn_the_page_on() {
    let mut world = ben_signed_in();
    world.flow.consent = ConsentStyle::Interactive;
    let door = world.user_flow();
    let visit = Visit::of(WEB, "openid api://notes/notes.read");
    assert!(matches!(world.step(&door, &visit), Step::Consent(_)));
    let page = world.consent_page(&door, &visit);
    world.code(&door, &visit.allowing(&page));
}

#[test]
fn consent_given_at_another_door_of_the_tenant_counts() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.user_flow();
    world.code(&door, &Visit::of(WEB, "openid api://notes/notes.read"));
    assert!(last_code(&world).scopes.contains("api://notes/notes.read"));
}

//! What pressing "allow" grants: what was shown, asked for, and the person's to give; nothing else.

use super::{error_of, last_code};
use crate::authorize::ConsentAnswer;
use crate::change::{Change, DirectoryChange};
use crate::model::{ConsentGrant, Principal, ScopeSet, UserId};
use crate::permission::BUILT_IN_API;
use crate::refusal::OAuthError;
use crate::test_world::{Visit, WEB, World};

fn signed_in(person: fn(&World) -> UserId) -> World {
    let mut world = World::new();
    let person = person(&world);
    world.sign_in(person);
    world
}

/// An answer as somebody who forged the sealed blob could make it.
fn answer(world: &mut World, shown: &[(&str, &str)], for_organisation: bool) -> ConsentAnswer {
    let mut id = |api: &str| match api {
        "graph" => BUILT_IN_API.to_owned(),
        other => world.api(other).id.to_string(),
    };
    let shown = shown.iter().map(|(api, scopes)| (id(api), ScopeSet::parse(scopes).unwrap())).collect();
    ConsentAnswer { allowed: true, for_organisation, shown }
}

fn granted(changes: &[Change]) -> Vec<&ConsentGrant> {
    changes
        .iter()
        .filter_map(|change| match change {
            Change::Directory(change) => match change.as_ref() {
                DirectoryChange::ExtendConsent(grant) => Some(grant),
                other => panic!("{other:?}"),
            },
            _ => None,
        })
        .collect()
}

#[test]
fn allowing_grants_what_was_shown_together_with_the_code() {
    let mut world = signed_in(|world| world.ben);
    let door = world.directory();
    let visit = Visit::of(WEB, "openid api://notes/notes.read");
    let page = world.consent_page(&door, &visit);
    let decision = world.authorize(&door, &visit.clone().allowing(&page)).unwrap();
    let grants = granted(&decision.changes);
    assert_eq!(grants.len(), 2);
    for grant in grants {
        assert_eq!(grant.principal, Principal::User(world.ben));
        assert_eq!((grant.granted_by, grant.granted_at), (Some(world.ben), world.now));
    }
    assert!(decision.changes.len() >= 3, "consent, session and code are one commit");
    world.apply(&decision.changes);
    world.code(&door, &visit);
    assert_eq!(last_code(&world).scopes.to_string(), "api://notes/notes.read openid");
}

#[test]
fn denying_sends_access_denied_and_grants_nothing() {
    let world = signed_in(|world| world.ben);
    for door in [world.plain(), world.directory()] {
        let denied = ConsentAnswer { allowed: false, for_organisation: true, shown: Vec::new() };
        let visit = Visit::of(WEB, "openid").after(|it| it.consent = Some(denied));
        let failure = world.refused(&door, &visit);
        assert_eq!(error_of(&failure), OAuthError::AccessDenied);
        assert!(failure.to.is_some() && failure.refusal.changes.is_empty());
    }
}

#[test]
fn scopes_that_were_not_asked_for_are_not_granted() {
    let mut world = signed_in(|world| world.ben);
    let door = world.directory();
    let shown =
        [("graph", "openid email"), ("notes", "notes.read notes.write bogus"), ("tasks", "tasks.read")];
    let forged = answer(&mut world, &shown, false);
    let visit = Visit::of(WEB, "openid api://notes/notes.read").after(|it| it.consent = Some(forged));
    let decision = world.authorize(&door, &visit).unwrap();
    let given: Vec<_> = granted(&decision.changes).iter().map(|grant| grant.scopes.to_string()).collect();
    assert_eq!(given, ["openid", "notes.read"]);
}

#[test]
fn locked_scopes_are_not_granted_by_anybody_but_an_administrator() {
    let mut world = signed_in(|world| world.ben);
    let door = world.directory();
    let forged = answer(&mut world, &[("notes", "notes.read notes.share")], true);
    let visit = Visit::of(WEB, "api://notes/notes.read api://notes/notes.share")
        .after(|it| it.consent = Some(forged.clone()));
    let decision = world.authorize(&door, &visit).unwrap();
    let given = granted(&decision.changes);
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].scopes.to_string(), "notes.read");
    assert_eq!(given[0].principal, Principal::User(world.ben), "the organisation is not his to bind");

    let only_locked = Visit::of(WEB, "openid api://notes/notes.share").after(|it| it.consent = Some(forged));
    let failure = world.refused(&door, &only_locked);
    assert_eq!(error_of(&failure), OAuthError::AccessDenied);
    assert!(failure.refusal.changes.is_empty());
}

#[test]
fn where_the_tenant_keeps_consent_to_itself_a_forged_answer_grants_no_api() {
    let mut world = signed_in(|world| world.ben);
    world.tenant.user_consent = false;
    let door = world.directory();
    let forged = answer(&mut world, &[("notes", "notes.read")], false);
    let visit = Visit::of(WEB, "openid api://notes/notes.read").after(|it| it.consent = Some(forged));
    assert_eq!(error_of(&world.refused(&door, &visit)), OAuthError::AccessDenied);
}

#[test]
fn an_administrator_may_consent_for_the_organisation() {
    let mut world = signed_in(|world| world.ada);
    let door = world.directory();
    let visit = Visit::of(WEB, "openid api://notes/notes.share");
    let given = answer(&mut world, &[("graph", "openid"), ("notes", "notes.share")], true);
    world.code(&door, &visit.clone().after(|it| it.consent = Some(given)));
    assert!(world.consents.iter().all(|row| row.principal == Principal::All));
    assert!(world.consents.iter().all(|row| row.granted_by == Some(world.ada)));

    let ben = world.ben;
    world.session.stored = None;
    world.sign_in(ben);
    world.code(&door, &visit);
    assert_eq!(last_code(&world).user, ben, "nobody else is asked any more");
}

#[test]
fn an_administrators_own_consent_binds_only_the_administrator() {
    let mut world = signed_in(|world| world.ada);
    let door = world.directory();
    let visit = Visit::of(WEB, "openid api://notes/notes.share");
    let page = world.consent_page(&door, &visit);
    world.code(&door, &visit.allowing(&page));
    assert!(world.consents.iter().all(|row| row.principal == Principal::User(world.ada)));
}

#[test]
fn an_empty_answer_grants_nothing() {
    let mut world = signed_in(|world| world.ben);
    let door = world.plain();
    let empty = answer(&mut world, &[], false);
    let visit = Visit::of(WEB, "openid api://notes/notes.read").after(|it| it.consent = Some(empty));
    assert_eq!(error_of(&world.refused(&door, &visit)), OAuthError::AccessDenied);
}

#[test]
fn an_answer_does_not_replace_a_sign_in() {
    let mut world = World::new();
    let forged = answer(&mut world, &[("notes", "notes.read")], false);
    let visit = Visit::of(WEB, "api://notes/notes.read").after(|it| it.consent = Some(forged));
    for door in world.doors() {
        let decision = world.authorize(&door, &visit).unwrap();
        assert!(decision.changes.is_empty());
    }
}

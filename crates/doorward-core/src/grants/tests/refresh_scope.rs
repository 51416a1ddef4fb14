//! What a refresh may ask for: narrower always, wider as the door says, and only what is still granted.

use super::{code_of, error_of, failed_check};
use crate::model::Principal;
use crate::refusal::OAuthError;
use crate::test_world::{NATIVE, Visit, WEB, World, access_token_of, redemption, refresh, text, with};

const BOTH: &str = "openid offline_access api://notes/notes.read api://notes/notes.write";

fn withdraw(world: &mut World, api: &str, scope: &str) {
    let api = world.api(api).id;
    for row in world.consents.iter_mut().filter(|row| row.resource == api) {
        row.scopes = row.scopes.iter().filter(|known| known.as_str() != scope).cloned().collect();
    }
}

#[test]
fn a_narrower_refresh_leaves_the_grant_as_it_was() {
    for client in [WEB, NATIVE] {
        let mut world = World::with_ben_and_his_consent(client);
        for door in world.doors() {
            let first = world.sign_in_at(&door, client, BOTH);
            let narrow =
                with(refresh(client, &first), |request| request.scope = text("api://notes/notes.read"));
            let second = world.tokens(&door, &narrow);
            assert_eq!(access_token_of(&second).text("scp"), Some("notes.read"));
            assert_eq!(second.reply.scope.as_deref(), Some("api://notes/notes.read"));
            let third = world.tokens(&door, &refresh(client, &second));
            assert_eq!(access_token_of(&third).text("scp"), Some("notes.read notes.write"), "{client}");
        }
    }
}

#[test]
fn a_wider_refresh_is_refused_at_the_plain_door() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let first = world.sign_in_at(&door, WEB, "openid offline_access api://notes/notes.read");
    for wider in
        ["api://notes/notes.read api://notes/notes.write", "openid profile", "api://tasks/tasks.read"]
    {
        let ben = world.ben;
        world.consent(WEB, Principal::User(ben), "tasks", "tasks.read");
        let refusal =
            world.no_tokens(&door, &with(refresh(WEB, &first), |request| request.scope = text(wider)));
        assert_eq!(failed_check(&refusal), "scope.within_grant", "{wider}");
        assert_eq!((code_of(&refusal).as_str(), error_of(&refusal)), ("DW2057", OAuthError::InvalidScope));
        assert!(refusal.changes.is_empty(), "the token is not spent");
    }
    world.tokens(&door, &refresh(WEB, &first));
}

#[test]
fn a_wider_refresh_serves_what_was_consented_to_at_the_directory() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let ben = world.ben;
    for door in [world.directory(), world.user_flow()] {
        let first = world.sign_in_at(&door, WEB, "openid offline_access api://notes/notes.read");
        let write = with(refresh(WEB, &first), |request| {
            request.scope = text("openid offline_access api://notes/notes.write");
        });
        let second = world.tokens(&door, &write);
        assert_eq!(access_token_of(&second).text("scp"), Some("notes.write"));

        let tasks = with(refresh(WEB, &first), |request| request.scope = text("api://tasks/tasks.read"));
        let mut without = world.clone();
        let refusal = without.no_tokens(&door, &tasks);
        assert_eq!((code_of(&refusal).as_str(), error_of(&refusal)), ("DW1301", OAuthError::InvalidGrant));
        let mut consented = world.clone();
        consented.consent(WEB, Principal::User(ben), "tasks", "tasks.read");
        let third = consented.tokens(&door, &tasks);
        assert_eq!(access_token_of(&third).text("aud"), Some("api://tasks"), "another API of the same grant");
    }
}

#[test]
fn a_bare_scope_refers_to_the_api_of_the_grant() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let visit = Visit::of(WEB, "openid offline_access notes.read notes.write")
        .asking(|request| request.resource = vec!["api://notes".to_owned()]);
    let code = world.code(&door, &visit);
    let first = world.tokens(&door, &redemption(WEB, &code));
    assert_eq!(access_token_of(&first).text("scp"), Some("notes.read notes.write"));
    let notes = world.api("notes").id.to_string();
    for resource in [vec![], vec!["api://notes".to_owned()]] {
        let narrow = with(refresh(WEB, &first), |request| {
            request.scope = text("openid notes.read");
            request.resource = resource.clone();
        });
        let second = world.tokens(&door, &narrow);
        assert_eq!(access_token_of(&second).text("aud"), Some(notes.as_str()), "{resource:?}");
        assert_eq!(access_token_of(&second).text("scp"), Some("notes.read"));
    }
    let beyond = with(refresh(WEB, &first), |request| request.scope = text("openid notes.share"));
    assert!(
        world.token(&door, &beyond).is_ok_and(|d| access_token_of(&d).text("aud") != Some(notes.as_str()))
    );
}

#[test]
fn a_withdrawn_permission_is_gone_at_the_next_refresh() {
    let world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let mut world = world.clone();
        let first = world.sign_in_at(&door, WEB, BOTH);
        withdraw(&mut world, "notes", "notes.write");
        let second = world.tokens(&door, &refresh(WEB, &first));
        assert_eq!(access_token_of(&second).text("scp"), Some("notes.read"), "what is left is served");
        withdraw(&mut world, "notes", "notes.read");
        let refusal = world.no_tokens(&door, &refresh(WEB, &first));
        assert_eq!((code_of(&refusal).as_str(), error_of(&refusal)), ("DW1301", OAuthError::InvalidGrant));
        assert_eq!(failed_check(&refusal), "consent.still_given");
    }
}

#[test]
fn a_scope_that_the_api_no_longer_exposes_is_gone_at_the_next_refresh() {
    let world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let mut world = world.clone();
        let first = world.sign_in_at(&door, WEB, BOTH);
        world.api("notes").scopes[1].enabled = false;
        let second = world.tokens(&door, &refresh(WEB, &first));
        assert_eq!(access_token_of(&second).text("scp"), Some("notes.read"));
    }
}

#[test]
fn a_withdrawn_permission_that_is_asked_for_by_name_is_refused_where_people_are_asked() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let (directory, flow) = (world.directory(), world.user_flow());
    let first = world.sign_in_at(&directory, WEB, BOTH);
    withdraw(&mut world, "notes", "notes.write");
    let by_name = with(refresh(WEB, &first), |request| request.scope = text(BOTH));
    assert_eq!(code_of(&world.no_tokens(&directory, &by_name)), "DW1301");
    let dropped = world.tokens(&flow, &by_name);
    assert_eq!(access_token_of(&dropped).text("scp"), Some("notes.read"), "a flow drops it");
}

#[test]
fn default_at_a_refresh_is_all_that_is_granted_now() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let first = world.sign_in_at(&door, WEB, "openid offline_access api://notes/.default");
    assert_eq!(access_token_of(&first).text("scp"), Some("notes.read notes.write"));
    withdraw(&mut world, "notes", "notes.read");
    let default = with(refresh(WEB, &first), |request| request.scope = text("api://notes/.default"));
    let second = world.tokens(&door, &default);
    assert_eq!(access_token_of(&second).text("scp"), Some("notes.write"));
}

#[test]
fn an_api_that_was_disabled_or_removed_gets_no_tokens() {
    for remove in [false, true] {
        let world = World::with_ben_and_his_consent(WEB);
        for door in world.doors() {
            let mut world = world.clone();
            let first = world.sign_in_at(&door, WEB, BOTH);
            if remove {
                world.resources.retain(|api| api.name != "notes");
            } else {
                world.api("notes").disabled = true;
            }
            let refusal = world.no_tokens(&door, &refresh(WEB, &first));
            assert_eq!(failed_check(&refusal), "api.known", "removed: {remove}");
            assert_eq!(error_of(&refusal), OAuthError::InvalidTarget);
        }
    }
}

#[test]
fn what_cannot_be_understood_is_refused_as_at_the_front_door() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let first = world.sign_in_at(&door, WEB, BOTH);
    for (scope, error) in [
        ("api://notes/notes.erase", OAuthError::InvalidScope),
        ("api://nothing/x", OAuthError::InvalidTarget),
        ("api://notes/notes.read api://tasks/tasks.read", OAuthError::InvalidScope),
        ("a\"b", OAuthError::InvalidScope),
    ] {
        let refusal =
            world.no_tokens(&door, &with(refresh(WEB, &first), |request| request.scope = text(scope)));
        assert_eq!(error_of(&refusal), error, "{scope}");
        assert_eq!(failed_check(&refusal), "scope.understood");
        assert!(!refusal.to_string().contains(['"', '\\']));
    }
}

//! Client credentials: the application speaks for itself with the roles it was granted.

use super::{code_of, error_of, failed_check};
use crate::grants::TokenRequest;
use crate::model::{AppRole, RoleHolder, Secret};
use crate::refusal::OAuthError;
use crate::test_world::{DAEMON, Door, WEB, World, access_token_of, secret_of, text, with};

fn request(client: &str, scope: &str) -> TokenRequest {
    with(TokenRequest::default(), |request| {
        request.grant_type = text("client_credentials");
        request.client.client_id = text(client);
        request.client.form_secret = secret_of(client).map(Secret::new);
        request.scope = text(scope);
    })
}

fn roles(world: &mut World, door: &Door, request: &TokenRequest) -> Vec<String> {
    let decision = world.tokens(door, request);
    let roles = access_token_of(&decision).one_or_many("roles");
    roles.into_iter().map(str::to_owned).collect()
}

fn daemon_with(role: &str) -> World {
    let mut world = World::new();
    let app = world.client(DAEMON).app_id;
    world.assign(RoleHolder::App(app), role);
    world
}

#[test]
fn there_is_an_access_token_and_nothing_else() {
    let mut world = daemon_with("Notes.Read.All");
    for door in world.doors() {
        let decision = world.tokens(&door, &request(DAEMON, "api://notes/.default"));
        assert!(decision.changes.is_empty(), "nothing is written");
        assert_eq!(decision.mint.len(), 1);
        let reply = &decision.reply;
        assert!(reply.id_token.is_none() && reply.refresh_token.is_none() && reply.client_info.is_none());
        let token = access_token_of(&decision);
        assert_eq!(token.one_or_many("roles"), ["Notes.Read.All"]);
        assert!(!token.has("scp") && !token.has("scope") && !token.has("sid"));
        assert_eq!(token.text("idtyp"), Some("app"));
        let app = world.client(DAEMON).app_id.to_string();
        assert_eq!((token.text("sub"), token.text("oid")), (Some(app.as_str()), Some(app.as_str())));
    }
}

#[test]
fn the_subject_is_the_client_where_the_api_is_no_ms_one() {
    let mut world = World::new();
    for door in world.doors() {
        let decision = world.tokens(&door, &request(DAEMON, "api://tasks/.default"));
        let token = access_token_of(&decision);
        assert_eq!((token.text("sub"), token.text("client_id")), (Some(DAEMON), Some(DAEMON)));
        assert_eq!(
            (token.text("iss"), token.text("aud")),
            (Some("https://id.test/meadow"), Some("api://tasks"))
        );
    }
}

#[test]
fn the_scope_is_told_at_the_plain_door_only() {
    let mut world = daemon_with("Notes.Read.All");
    let asked = request(DAEMON, "api://notes/.default");
    let plain = world.tokens(&world.plain(), &asked);
    assert_eq!(plain.reply.scope.as_deref(), Some("api://notes/.default"));
    for door in [world.directory(), world.user_flow()] {
        assert_eq!(world.tokens(&door, &asked).reply.scope, None, "else some clients never cache it");
    }
}

#[test]
fn roles_are_those_assigned_for_applications_at_this_api() {
    let mut world = World::new();
    let (app, web) = (world.client(DAEMON).app_id, world.client(WEB).app_id);
    let door = world.directory();
    let asked = request(DAEMON, "api://notes/.default");
    assert!(roles(&mut world, &door, &asked).is_empty(), "nothing was granted");
    world.assign(RoleHolder::App(web), "Notes.Read.All");
    assert!(roles(&mut world, &door, &asked).is_empty(), "another application's role is not its own");
    world.assign(RoleHolder::App(app), "Notes.Editor");
    assert!(roles(&mut world, &door, &asked).is_empty(), "a role for users is none for applications");
    world.assign(RoleHolder::App(app), "Notes.Admin");
    world.assign(RoleHolder::App(app), "Notes.Read.All");
    assert_eq!(roles(&mut world, &door, &asked), ["Notes.Admin", "Notes.Read.All"]);
    assert!(roles(&mut world, &door, &request(DAEMON, "api://tasks/.default")).is_empty());
    let tasks = world.api("tasks").id;
    world.assignments.iter_mut().filter(|row| row.holder == RoleHolder::App(app)).for_each(|row| {
        row.resource = tasks;
    });
    assert!(roles(&mut world, &door, &asked).is_empty(), "an assignment is for one API");
    let notes = world.api("notes").id;
    world.assignments.iter_mut().for_each(|row| row.resource = notes);
    let disable = |role: &mut AppRole| role.enabled = role.value != "Notes.Admin";
    world.api("notes").roles.iter_mut().for_each(disable);
    assert_eq!(roles(&mut world, &door, &asked), ["Notes.Read.All"]);
}

#[test]
fn a_web_application_may_speak_for_itself_too() {
    let mut world = World::new();
    let app = world.client(WEB).app_id;
    world.assign(RoleHolder::App(app), "Notes.Read.All");
    let door = world.directory();
    assert_eq!(roles(&mut world, &door, &request(WEB, "api://notes/.default")), ["Notes.Read.All"]);
}

#[test]
fn the_only_form_is_default() {
    let mut world = daemon_with("Notes.Read.All");
    for door in world.doors() {
        for scope in [
            "api://notes/notes.read",
            "api://notes/.default openid",
            "api://notes/.default api://notes/notes.read",
            "api://notes/.DEFAULT",
            "openid",
            "notes.read",
            "Notes.Read.All",
        ] {
            let refusal = world.no_tokens(&door, &request(DAEMON, scope));
            assert_eq!(
                (code_of(&refusal).as_str(), error_of(&refusal)),
                ("DW2008", OAuthError::InvalidScope),
                "{scope}"
            );
        }
        let nothing = with(request(DAEMON, ""), |request| request.scope = None);
        let refusal = world.no_tokens(&door, &nothing);
        assert_eq!(error_of(&refusal), OAuthError::InvalidRequest);
        let two = world.no_tokens(&door, &request(DAEMON, "api://notes/.default api://tasks/.default"));
        assert_eq!(error_of(&two), OAuthError::InvalidScope);
        let syntax = world.no_tokens(&door, &request(DAEMON, "a\\b"));
        assert_eq!(error_of(&syntax), OAuthError::InvalidScope);
    }
}

#[test]
fn the_resource_parameter_serves_at_the_plain_door() {
    let mut world = daemon_with("Notes.Read.All");
    let by_resource = |scope: Option<String>| {
        with(request(DAEMON, ""), |request| {
            request.scope = scope;
            request.resource = vec!["api://notes".to_owned()];
        })
    };
    let plain = world.plain();
    let decision = world.tokens(&plain, &by_resource(None));
    assert_eq!(access_token_of(&decision).one_or_many("roles"), ["Notes.Read.All"]);
    assert_eq!(decision.reply.scope, None, "there was none to tell");
    world.tokens(&plain, &by_resource(text("api://notes/.default")));
    let directory = world.directory();
    assert_eq!(code_of(&world.no_tokens(&directory, &by_resource(None))), "DW1057");
}

#[test]
fn an_unknown_or_disabled_api_is_refused() {
    let mut world = daemon_with("Notes.Read.All");
    for door in world.doors() {
        let refusal = world.no_tokens(&door, &request(DAEMON, "api://nothing/.default"));
        assert_eq!(
            (failed_check(&refusal).as_str(), error_of(&refusal)),
            ("api.known", OAuthError::InvalidTarget)
        );
    }
    world.api("notes").disabled = true;
    let door = world.directory();
    let refusal = world.no_tokens(&door, &request(DAEMON, "api://notes/.default"));
    assert_eq!(error_of(&refusal), OAuthError::InvalidTarget);
}

#[test]
fn every_spelling_of_the_api_is_understood() {
    let mut world = daemon_with("Notes.Read.All");
    let notes = world.api("notes").id;
    let door = world.directory();
    for scope in ["API://NOTES/.default".to_owned(), format!("{notes}/.default")] {
        let decision = world.tokens(&door, &request(DAEMON, &scope));
        assert_eq!(access_token_of(&decision).text("aud"), Some(notes.to_string().as_str()));
    }
}

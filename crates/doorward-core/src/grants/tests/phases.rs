//! What every grant shares: the grant type, the client, the kinds that may use it.

use super::{code_of, error_of, failed_check};
use crate::grants::{TokenRequest, grant_types};
use crate::model::Secret;
use crate::refusal::OAuthError;
use crate::test_world::{DAEMON, NATIVE, SPA, Visit, WEB, World, redemption, text, with};

#[test]
fn the_grant_types_are_what_discovery_lists() {
    let all: Vec<_> = grant_types().collect();
    assert_eq!(all, ["authorization_code", "refresh_token", "client_credentials"]);
}

#[test]
fn a_missing_or_unknown_grant_type_is_told_before_anything_else() {
    let mut world = World::new();
    for door in world.doors() {
        let refusal = world.no_tokens(&door, &TokenRequest::default());
        assert_eq!((code_of(&refusal).as_str(), error_of(&refusal)), ("DW1057", OAuthError::InvalidRequest));
        for other in ["password", "implicit", "AUTHORIZATION_CODE", "authorization_code ", "\u{0}"] {
            let request = TokenRequest { grant_type: text(other), ..TokenRequest::default() };
            let refusal = world.no_tokens(&door, &request);
            assert_eq!(error_of(&refusal), OAuthError::UnsupportedGrantType, "{other:?}");
        }
    }
}

#[test]
fn no_grant_forgets_to_authenticate_the_client() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let code = world.code(&door, &Visit::of(WEB, "openid"));
    for grant_type in grant_types() {
        let request = with(redemption(WEB, &code), |request| {
            request.grant_type = text(grant_type);
            request.refresh_token = Some(Secret::new("x"));
            request.client.form_secret = Some(Secret::new("wrong"));
        });
        let refusal = world.no_tokens(&door, &request);
        assert_eq!(error_of(&refusal), OAuthError::InvalidClient, "{grant_type}");
        assert_eq!(failed_check(&refusal), "client.authenticated");
    }
    world.tokens(&door, &redemption(WEB, &code));
}

#[test]
fn each_kind_of_application_has_its_grants() {
    let mut world = World::new();
    let door = world.directory();
    for (client, grant_type, allowed) in [
        (DAEMON, "authorization_code", false),
        (DAEMON, "refresh_token", false),
        (DAEMON, "client_credentials", true),
        (WEB, "client_credentials", true),
        (NATIVE, "client_credentials", false),
        (SPA, "client_credentials", false),
        (NATIVE, "refresh_token", true),
    ] {
        let request = with(TokenRequest::default(), |request| {
            request.grant_type = text(grant_type);
            request.client.client_id = text(client);
            request.client.form_secret = crate::test_world::secret_of(client).map(Secret::new);
        });
        let refusal = world.no_tokens(&door, &request);
        let not_allowed = error_of(&refusal) == OAuthError::UnauthorizedClient;
        assert_eq!(not_allowed, !allowed, "{client} {grant_type}: {refusal}");
        if allowed {
            assert_eq!(code_of(&refusal), "DW1057", "the next thing it lacks is a parameter");
        }
    }
}

#[test]
fn the_parameter_of_the_grant_must_be_there() {
    let mut world = World::new();
    let door = world.plain();
    for (grant_type, name) in [("authorization_code", "code"), ("refresh_token", "refresh_token")] {
        let request = with(TokenRequest::default(), |request| {
            request.grant_type = text(grant_type);
            request.client.client_id = text(NATIVE);
        });
        let refusal = world.no_tokens(&door, &request);
        assert_eq!(error_of(&refusal), OAuthError::InvalidRequest);
        assert!(refusal.to_string().contains(name), "{refusal}");
    }
}

//! What a request may say: response type and mode, PKCE, tolerated parameters; and how the trail tells it.

use doorward_token::Outcome;

use super::super::CHECKS;
use super::{error_of, failed_check, last_code};
use crate::authorize::ResponseMode;
use crate::model::{PkceRule, Platform, RedirectUri, RegisteredRedirect};
use crate::refusal::OAuthError;
use crate::test_world::{NATIVE, SPA, Visit, WEB, World, redirect_of, text};

#[test]
fn the_only_response_type_is_code() {
    let world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        for other in ["token", "id_token", "code id_token", "CODE", "code ", "none", "\u{0}"] {
            let visit = Visit::of(WEB, "openid").asking(|request| request.response_type = text(other));
            assert_eq!(
                error_of(&world.refused(&door, &visit)),
                OAuthError::UnsupportedResponseType,
                "{other:?}"
            );
        }
        let visit = Visit::of(WEB, "openid").asking(|request| request.response_type = None);
        assert_eq!(error_of(&world.refused(&door, &visit)), OAuthError::InvalidRequest);
    }
}

#[test]
fn the_answer_travels_in_the_mode_that_was_asked_for() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    for (sent, mode) in [
        (None, ResponseMode::Query),
        (text("query"), ResponseMode::Query),
        (text("fragment"), ResponseMode::Fragment),
        (text("form_post"), ResponseMode::FormPost),
    ] {
        let visit = Visit::of(WEB, "openid").asking(|request| request.response_mode = sent.clone());
        assert_eq!(world.code(&door, &visit).to.mode, mode, "{sent:?}");
        let refused = world.refused(&door, &visit.asking(|request| request.response_type = None));
        assert_eq!(refused.to.expect("the URI is proven").mode, mode, "errors travel likewise");
    }
    let visit = Visit::of(WEB, "openid").asking(|request| request.response_mode = text("jwt"));
    let failure = world.refused(&door, &visit);
    assert_eq!(error_of(&failure), OAuthError::InvalidRequest);
    assert_eq!(failure.to.expect("the URI is proven").mode, ResponseMode::Query);
}

#[test]
fn who_asked_for_a_token_hears_of_the_refusal_in_the_fragment() {
    let world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    for (response_type, mode, expected) in [
        ("id_token token", None, ResponseMode::Fragment),
        ("token id_token", None, ResponseMode::Fragment),
        ("code id_token", None, ResponseMode::Fragment),
        ("id_token", text("pigeon"), ResponseMode::Fragment),
        ("id_token", text("form_post"), ResponseMode::FormPost),
        ("id_token", text("query"), ResponseMode::Query),
        ("bread", None, ResponseMode::Query),
    ] {
        let visit = Visit::of(WEB, "openid").asking(|request| {
            request.response_type = text(response_type);
            request.response_mode = mode.clone();
        });
        let to = world.refused(&door, &visit).to.expect("the URI is proven");
        assert_eq!(to.mode, expected, "{response_type} {mode:?}");
    }
}

#[test]
fn state_comes_back_byte_for_byte_or_not_at_all() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let long = "s".repeat(5000);
    for state in [Some(" a+b%20&=\u{e9}\"\\ "), Some(long.as_str()), None] {
        let visit = Visit::of(WEB, "openid").asking(|request| request.state = state.map(str::to_owned));
        assert_eq!(world.code(&door, &visit).to.state.as_deref(), state);
        let failure = world.refused(&door, &visit.asking(|request| request.response_type = None));
        assert_eq!(failure.to.expect("the URI is proven").state.as_deref(), state);
    }
}

#[test]
fn request_objects_are_refused_by_their_own_names() {
    let world = World::with_ben_and_his_consent(WEB);
    let by_value = Visit::of(WEB, "openid").asking(|request| request.has_request_object = true);
    let by_reference = Visit::of(WEB, "openid").asking(|request| request.has_request_uri = true);
    for door in world.doors() {
        assert_eq!(error_of(&world.refused(&door, &by_value)), OAuthError::RequestNotSupported);
        assert_eq!(error_of(&world.refused(&door, &by_reference)), OAuthError::RequestUriNotSupported);
    }
}

#[test]
fn a_public_client_never_goes_without_a_challenge() {
    for client in [SPA, NATIVE] {
        let mut world = World::with_ben_and_his_consent(client);
        for rule in [PkceRule::Profile, PkceRule::Optional, PkceRule::Required] {
            world.client(client).pkce = rule;
            let visit = Visit::of(client, "openid").asking(|request| {
                request.code_challenge = None;
                request.code_challenge_method = None;
            });
            for door in world.doors() {
                let failure = world.refused(&door, &visit);
                assert_eq!(failed_check(&failure), "pkce.challenge", "{client} {rule:?}");
                assert_eq!(error_of(&failure), OAuthError::InvalidRequest);
            }
        }
    }
}

#[test]
fn a_confidential_client_may_go_without_where_door_or_registration_says_so() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let visit = Visit::of(WEB, "openid").asking(|request| {
        request.code_challenge = None;
        request.code_challenge_method = None;
    });
    for (rule, plain, directory) in [
        (PkceRule::Profile, false, true),
        (PkceRule::Optional, true, true),
        (PkceRule::Required, false, false),
    ] {
        world.client(WEB).pkce = rule;
        assert_eq!(world.authorize(&world.plain(), &visit).is_ok(), plain, "{rule:?}");
        assert_eq!(world.authorize(&world.directory(), &visit).is_ok(), directory, "{rule:?}");
        assert_eq!(world.authorize(&world.user_flow(), &visit).is_ok(), directory, "{rule:?}");
    }
}

#[test]
fn a_single_page_uri_of_a_web_client_needs_a_challenge() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let uri = RedirectUri::parse(redirect_of(SPA), Platform::Spa).unwrap();
    world.client(WEB).redirect_uris.push(RegisteredRedirect { uri, platform: Platform::Spa });
    let visit = Visit::of(WEB, "openid").asking(|request| {
        request.redirect_uri = text(redirect_of(SPA));
        request.code_challenge = None;
        request.code_challenge_method = None;
    });
    assert_eq!(failed_check(&world.refused(&world.directory(), &visit)), "pkce.challenge");
}

#[test]
fn the_only_challenge_method_is_s256_and_it_is_never_implied() {
    let world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        for method in [None, text("plain"), text("s256"), text("S512"), text("S256 ")] {
            let visit =
                Visit::of(WEB, "openid").asking(|request| request.code_challenge_method = method.clone());
            let failure = world.refused(&door, &visit);
            assert_eq!(failed_check(&failure), "pkce.challenge", "{method:?}");
            assert_eq!(error_of(&failure), OAuthError::InvalidRequest);
        }
        let method_alone = Visit::of(WEB, "openid").asking(|request| request.code_challenge = None);
        assert_eq!(failed_check(&world.refused(&door, &method_alone)), "pkce.challenge");
    }
}

#[test]
fn a_challenge_is_43_base64url_characters() {
    let world = World::with_ben_and_his_consent(WEB);
    let good = Visit::of(WEB, "openid").request.code_challenge.unwrap();
    let padded = format!("{}=", &good[..42]);
    let standard = format!("{}+", &good[..42]);
    for bad in [&good[..42], &format!("{good}A"), &padded, &standard, "short", &"a".repeat(128)] {
        let visit = Visit::of(WEB, "openid").asking(|request| request.code_challenge = text(bad));
        assert_eq!(error_of(&world.refused(&world.plain(), &visit)), OAuthError::InvalidRequest, "{bad}");
    }
}

#[test]
fn max_age_is_a_number_of_seconds() {
    let world = World::with_ben_and_his_consent(WEB);
    for bad in ["-1", "+1", "1.5", "1e3", "abc", " 1", "0x10", "99999999999", "\u{661}"] {
        let visit = Visit::of(WEB, "openid").asking(|request| request.max_age = text(bad));
        let failure = world.refused(&world.plain(), &visit);
        assert_eq!(failed_check(&failure), "max_age.understood", "{bad}");
        assert_eq!(error_of(&failure), OAuthError::InvalidRequest);
    }
}

#[test]
fn claims_must_be_a_json_object_and_unknown_ones_are_ignored() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    for bad in ["", "{", "[]", "null", "\"x\"", "{\"a\":}"] {
        let visit = Visit::of(WEB, "openid").asking(|request| request.claims = text(bad));
        assert_eq!(error_of(&world.refused(&door, &visit)), OAuthError::InvalidRequest, "{bad}");
    }
    let good = r#"{"userinfo":{"nickname":null},"id_token":{"acr":{"values":["x"]}},"more":1}"#;
    world.code(&door, &Visit::of(WEB, "openid").asking(|request| request.claims = text(good)));
}

#[test]
fn hints_about_language_and_domain_are_never_an_error() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let visit = Visit::of(WEB, "openid").asking(|request| {
            request.ui_locales = text("xx-YY \"\\");
            request.domain_hint = text("organizations");
        });
        world.code(&door, &visit);
    }
}

#[test]
fn an_id_token_hint_that_is_not_ours_is_refused_and_not_quoted_in_full() {
    let world = World::with_ben_and_his_consent(WEB);
    let hint = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzZWNyZXQtcGVyc29uIn0.";
    let visit = Visit::of(WEB, "openid").asking(|request| request.id_token_hint = text(hint));
    let failure = world.refused(&world.plain(), &visit);
    assert_eq!(failed_check(&failure), "id_token_hint.ours");
    assert!(!failure.refusal.to_string().contains("eyJzdWIi"));
}

#[test]
fn the_trail_tells_the_checks_in_the_order_of_the_table() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let decision = world.authorize(&door, &Visit::of(WEB, "openid")).unwrap();
    let names: Vec<_> = decision.trail.checks().iter().map(|check| check.name.to_string()).collect();
    let mut expected: Vec<_> = CHECKS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    expected.extend(["account.selected", "sign_in.strong_enough", "consent.given"].map(str::to_owned));
    assert_eq!(names, expected);
    assert!(decision.trail.checks().iter().all(|check| check.outcome == Outcome::Passed));

    let failure = world.refused(&door, &Visit::of(WEB, "openid").prompt("never"));
    let names: Vec<_> = failure.refusal.trail.checks().iter().map(|check| check.name.to_string()).collect();
    assert_eq!(names, expected[..names.len()]);
    assert_eq!(failed_check(&failure), "prompt.understood");
    world.code(&door, &Visit::of(WEB, "openid"));
    assert_eq!(last_code(&world).nonce.as_deref(), Some("n-0"));
}

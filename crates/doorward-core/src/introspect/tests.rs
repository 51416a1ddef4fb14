//! Tests of introspection: who may ask, and when the answer is exactly `{"active":false}`.

use std::time::Duration;

use doorward_token::ClaimSet;
use serde_json::json;

use super::{AnswerForm, IntrospectRequest, decide, needs};
use crate::claims::ClaimsReply;
use crate::client_auth::PresentedClient;
use crate::grants::TokenRequest;
use crate::model::{Platform, RedirectUri, RegisteredRedirect, RoleHolder, Secret};
use crate::refusal::{OAuthError, Refusal};
use crate::test_world::{
    DAEMON, Door, NATIVE, SPA, SPA_ORIGIN, Visit, WEB, World, access_token_of, redemption, redirect_of,
    refresh, secret_of, text, with,
};

const SCOPE: &str = "openid offline_access api://notes/notes.read";

type Spoil = fn(&mut World, &ClaimSet);

fn caller(client: &str) -> PresentedClient {
    let form_secret = secret_of(client).map(Secret::new);
    PresentedClient { client_id: text(client), form_secret, ..PresentedClient::default() }
}

fn ask(
    world: &World,
    door: &Door,
    request: &IntrospectRequest,
    verified: Option<&ClaimSet>,
) -> Result<ClaimSet, Refusal> {
    world.within(|env| {
        let facts = world.facts(|facts| needs(&door.at(), request, verified, facts, env));
        let decision = decide(&door.at(), request, verified, &facts, env)?;
        assert!(decision.changes.is_empty(), "asking changes nothing");
        match decision.reply {
            ClaimsReply::Json(answer) => Ok(answer),
            ClaimsReply::Jwt { token, media_type } => {
                let plan = &decision.mint[token];
                assert_eq!(media_type, plan.typ);
                Ok(plan.claims.clone())
            }
        }
    })
}

/// Asks about an access token whose signature was verified.
fn about(world: &World, door: &Door, client: &str, claims: &ClaimSet) -> ClaimSet {
    let request = IntrospectRequest {
        client: caller(client),
        token: Some(Secret::new("a.b.c")),
        token_type_hint: None,
        form: AnswerForm::Json,
    };
    ask(world, door, &request, Some(claims)).unwrap()
}

/// Asks about a text that is no access token.
fn about_text(world: &World, door: &Door, client: &str, token: &Secret) -> ClaimSet {
    let token = Some(token.clone());
    let request = IntrospectRequest {
        client: caller(client),
        token,
        token_type_hint: text("access_token"),
        form: AnswerForm::Json,
    };
    ask(world, door, &request, None).unwrap()
}

fn assert_inactive(answer: &ClaimSet) {
    assert_eq!(serde_json::Value::Object(answer.as_map().clone()), json!({ "active": false }));
}

#[test]
fn the_client_of_a_token_may_ask_and_is_told_in_strings_and_numbers() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let tokens = world.sign_in_at(&door, WEB, SCOPE);
        let claims = access_token_of(&tokens);
        let answer = about(&world, &door, WEB, claims);
        assert_eq!(answer.value("active"), Some(&json!(true)), "a boolean");
        assert_eq!(answer.value("scope"), Some(&json!("notes.read")), "a string");
        assert_eq!(answer.value("token_type"), Some(&json!("Bearer")));
        assert_eq!((answer.text("client_id"), answer.text("username")), (Some(WEB), Some("ben.fern")));
        for name in ["iss", "sub", "aud", "exp", "iat", "nbf", "jti", "idtyp"] {
            assert_eq!(answer.value(name), claims.value(name), "{name}");
        }
        assert!(answer.value("exp").is_some_and(serde_json::Value::is_number));
    }
}

#[test]
fn another_client_may_ask_only_where_the_api_says_so() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let tokens = world.sign_in_at(&door, WEB, SCOPE);
    let claims = access_token_of(&tokens);
    assert_inactive(&about(&world, &door, DAEMON, claims));
    let daemon = world.client(DAEMON).app_id;
    world.api("tasks").introspectors.push(daemon);
    assert_inactive(&about(&world, &door, DAEMON, claims));
    world.api("notes").introspectors.push(daemon);
    assert_eq!(about(&world, &door, DAEMON, claims).value("active"), Some(&json!(true)));
}

#[test]
fn the_caller_must_prove_itself() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.plain();
    let tokens = world.sign_in_at(&door, NATIVE, SCOPE);
    let with_caller = |client: PresentedClient| IntrospectRequest {
        client,
        token: Some(Secret::new("a.b.c")),
        token_type_hint: None,
        form: AnswerForm::Json,
    };
    let wrong = PresentedClient { form_secret: Some(Secret::new("wrong")), ..caller(WEB) };
    for client in [PresentedClient::default(), wrong, caller("nobody"), caller(NATIVE)] {
        let refusal = ask(&world, &door, &with_caller(client), Some(access_token_of(&tokens))).unwrap_err();
        assert_eq!(refusal.reason.row().error, OAuthError::InvalidClient, "a public client cannot");
    }
    let nothing = IntrospectRequest { client: caller(WEB), ..IntrospectRequest::default() };
    let refusal = ask(&world, &door, &nothing, None).unwrap_err();
    assert_eq!(refusal.reason.row().error, OAuthError::InvalidRequest);
}

#[test]
fn what_is_no_token_of_ours_is_inactive_and_nothing_more() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let code = world.code(&world.plain(), &Visit::of(WEB, "openid")).code;
    for door in world.doors() {
        for junk in ["", "x", "a.b.c", "..", &"A.".repeat(10_000), code.expose(), "\u{0}\u{e9}"] {
            assert_inactive(&about_text(&world, &door, WEB, &Secret::new(junk)));
        }
    }
}

#[test]
fn a_verified_token_with_strange_claims_is_inactive() {
    let world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    for strange in [
        json!({}),
        json!({ "azp": WEB }),
        json!({ "azp": WEB, "jti": "x" , "iat": 0, "aud": ["a", "b"] }),
        json!({ "azp": WEB, "jti": "5f0c8a6e-1111-4222-8333-444455556666.x", "aud": 7, "iat": 0 }),
        json!({ "azp": "", "appid": 5, "client_id": null, "aud": "api://notes" }),
    ] {
        let serde_json::Value::Object(map) = strange else { panic!("an object") };
        let answer = about(&world, &door, WEB, &ClaimSet::from_map(map.clone()));
        if map.get("jti") == Some(&json!("x")) {
            assert_eq!(
                answer.value("active"),
                Some(&json!(true)),
                "no grant stands behind an app-only token"
            );
        } else {
            assert_inactive(&answer);
        }
    }
}

#[test]
fn every_end_of_a_token_makes_it_inactive() {
    let spoilt: [(&str, Spoil); 8] = [
        ("revoked on its own", |world, claims| {
            world.revoked_tokens.push(claims.text("jti").unwrap().to_owned());
        }),
        ("its grant was revoked", |world, _| {
            let now = world.now;
            world.grants[0].revoked_at = Some(now);
        }),
        ("its grant is gone", |world, _| world.grants.clear()),
        ("its account is disabled", |world, _| {
            let ben = world.ben;
            world.user(ben).disabled = true;
        }),
        ("its account was removed", |world, _| world.users.retain(|user| user.id != world.ben)),
        ("its account has a later epoch", |world, _| {
            let (ben, later) = (world.ben, world.now + Duration::from_secs(1));
            world.user(ben).epoch = later;
        }),
        ("its application has a later epoch", |world, _| {
            let later = world.now + Duration::from_secs(1);
            world.client(WEB).epoch = later;
        }),
        ("its application is disabled", |world, _| world.client(WEB).disabled = true),
    ];
    for (what, spoil) in spoilt {
        let mut world = World::with_ben_and_his_consent(WEB);
        let daemon = world.client(DAEMON).app_id;
        world.api("notes").introspectors.push(daemon);
        let door = world.directory();
        let tokens = world.sign_in_at(&door, WEB, SCOPE);
        let claims = access_token_of(&tokens);
        assert_eq!(about(&world, &door, DAEMON, claims).value("active"), Some(&json!(true)), "{what}");
        spoil(&mut world, claims);
        assert_inactive(&about(&world, &door, DAEMON, claims));
    }
}

#[test]
fn an_app_only_token_lives_by_its_application() {
    let mut world = World::new();
    let app = world.client(DAEMON).app_id;
    world.assign(RoleHolder::App(app), "Notes.Read.All");
    let door = world.directory();
    let request = with(TokenRequest::default(), |request| {
        request.grant_type = text("client_credentials");
        request.client = caller(DAEMON);
        request.scope = text("api://notes/.default");
    });
    let tokens = world.tokens(&door, &request);
    let claims = access_token_of(&tokens);
    let answer = about(&world, &door, DAEMON, claims);
    assert_eq!(answer.value("roles"), Some(&json!(["Notes.Read.All"])));
    assert_eq!((answer.text("idtyp"), answer.has("username")), (Some("app"), false));
    let (web, later) = (world.client(WEB).app_id, world.now + Duration::from_secs(1));
    world.api("notes").introspectors.push(web);
    world.client(DAEMON).epoch = later;
    assert_inactive(&about(&world, &door, WEB, claims));
}

#[test]
fn a_refresh_token_is_told_to_its_own_client_alone() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let tokens = world.sign_in_at(&door, WEB, SCOPE);
    let token = tokens.reply.refresh_token.clone().unwrap();
    let answer = about_text(&world, &door, WEB, &token);
    assert_eq!(answer.value("active"), Some(&json!(true)), "a wrong hint still finds");
    assert_eq!((answer.text("client_id"), answer.text("username")), (Some(WEB), Some("ben.fern")));
    assert_inactive(&about_text(&world, &door, DAEMON, &token));
    let mut expired = world.clone();
    expired.pass(14 * 86_400);
    assert_inactive(&about_text(&expired, &door, WEB, &token));
    let (ben, now) = (world.ben, world.now);
    let mut disabled = world.clone();
    disabled.user(ben).disabled = true;
    assert_inactive(&about_text(&disabled, &door, WEB, &token));
    world.grants[0].revoked_at = Some(now);
    assert_inactive(&about_text(&world, &door, WEB, &token));
}

#[test]
fn a_rotated_refresh_token_is_inactive_and_asking_revokes_nothing() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let uri = RedirectUri::parse(redirect_of(SPA), Platform::Spa).unwrap();
    world.client(WEB).redirect_uris.push(RegisteredRedirect { uri, platform: Platform::Spa });
    let door = world.plain();
    let visit = Visit::of(WEB, SCOPE).asking(|request| request.redirect_uri = text(redirect_of(SPA)));
    let code = world.code(&door, &visit);
    let from_the_page = |request: &mut TokenRequest| request.origin = text(SPA_ORIGIN);
    let redeem = with(redemption(WEB, &code), |request| request.redirect_uri = text(redirect_of(SPA)));
    let first = world.tokens(&door, &with(redeem, from_the_page));
    let second = world.tokens(&door, &with(refresh(WEB, &first), from_the_page));
    let (old, new) =
        (first.reply.refresh_token.clone().unwrap(), second.reply.refresh_token.clone().unwrap());
    assert_inactive(&about_text(&world, &door, WEB, &old));
    assert_eq!(about_text(&world, &door, WEB, &new).value("active"), Some(&json!(true)));
    world.tokens(&door, &with(refresh(WEB, &second), from_the_page));
}

#[test]
fn a_signed_answer_holds_the_plain_one_and_is_for_its_caller() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let tokens = world.sign_in_at(&door, WEB, SCOPE);
    let claims = access_token_of(&tokens);
    let request = IntrospectRequest {
        client: caller(WEB),
        token: Some(Secret::new("a.b.c")),
        token_type_hint: None,
        form: AnswerForm::Jwt,
    };
    for verified in [Some(claims), None] {
        let signed = ask(&world, &door, &request, verified).unwrap();
        let plain =
            ask(&world, &door, &IntrospectRequest { form: AnswerForm::Json, ..request.clone() }, verified);
        let plain = serde_json::Value::Object(plain.unwrap().into_map());
        assert_eq!(signed.value("token_introspection"), Some(&plain));
        assert_eq!(signed.text("iss"), Some(door.authority.issuer.as_str()));
        assert_eq!(signed.text("aud"), Some(WEB));
        assert_eq!(signed.seconds("iat"), Some(world.now.seconds()));
        assert!(!signed.has("sub") && !signed.has("exp"), "or it could be taken for an access token");
    }
}

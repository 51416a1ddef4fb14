//! Tests of the userinfo endpoint.

use doorward_token::ClaimSet;

use super::{UserinfoRefusal, decide, needs};
use crate::claims::ClaimsReply;
use crate::model::{RoleHolder, Secret, SigningAlgorithm, SubjectType};
use crate::test_world::{
    DAEMON, Door, WEB, World, access_token_of, id_token_of, refresh, secret_of, text, with,
};

fn userinfo(world: &World, door: &Door, verified: &ClaimSet) -> Result<ClaimSet, UserinfoRefusal> {
    let facts = world.facts(|facts| needs(&door.at(), verified, facts));
    world.within(|env| {
        let decision = decide(&door.at(), verified, &facts, env).map_err(|(reason, _)| reason)?;
        Ok(match decision.reply {
            ClaimsReply::Json(claims) => claims,
            ClaimsReply::Jwt { token, media_type } => {
                assert_eq!((media_type, decision.mint[token].typ.as_str()), ("jwt", "JWT"));
                decision.mint[token].claims.clone()
            }
        })
    })
}

#[test]
fn the_subject_is_the_one_of_the_id_token_at_every_door() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let tokens = world.sign_in_at(&door, WEB, "openid profile email offline_access");
        let told = userinfo(&world, &door, access_token_of(&tokens)).unwrap();
        assert_eq!(told.text("sub"), id_token_of(&tokens).text("sub"));
        assert_eq!(told.text("name"), Some("Ben Fern"));
        assert_eq!(told.text("email"), Some("ben@mail.test"));
        let again = world.tokens(&door, &refresh(WEB, &tokens));
        let told_again = userinfo(&world, &door, access_token_of(&again)).unwrap();
        assert_eq!(told_again.text("sub"), told.text("sub"));
    }
}

#[test]
fn only_what_the_token_covers_is_told() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let tokens = world.sign_in_at(&door, WEB, "openid");
    let told = userinfo(&world, &door, access_token_of(&tokens)).unwrap();
    assert_eq!(told.as_map().keys().collect::<Vec<_>>(), ["sub"]);
}

#[test]
fn a_token_for_an_api_or_of_another_door_is_refused() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let doors = world.doors();
    for (at, door) in doors.iter().enumerate() {
        let notes = world.sign_in_at(door, WEB, "openid api://notes/notes.read");
        let refusal = userinfo(&world, door, access_token_of(&notes)).unwrap_err();
        assert!(matches!(refusal, UserinfoRefusal::OtherAudience { .. }));
        assert_eq!(refusal.status(), 401);
        let own = world.sign_in_at(door, WEB, "openid");
        for other in doors.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, other)| other) {
            assert!(userinfo(&world, other, access_token_of(&own)).is_err());
        }
    }
}

#[test]
fn without_openid_the_scope_is_insufficient() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let tokens = world.sign_in_at(&door, WEB, "profile email");
    let refusal = userinfo(&world, &door, access_token_of(&tokens)).unwrap_err();
    assert!(matches!(refusal, UserinfoRefusal::NoOpenId { .. }));
    assert_eq!(refusal.status(), 403);
}

#[test]
fn a_token_that_died_tells_nothing() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let tokens = world.sign_in_at(&door, WEB, "openid");
    let claims = access_token_of(&tokens);
    let ben = world.ben;
    let mut disabled = world.clone();
    disabled.user(ben).disabled = true;
    assert_eq!(userinfo(&disabled, &door, claims), Err(UserinfoRefusal::Revoked));
    world.revoked_tokens.push(claims.text("jti").unwrap().to_owned());
    assert_eq!(userinfo(&world, &door, claims), Err(UserinfoRefusal::Revoked));
}

#[test]
fn an_application_has_no_userinfo() {
    let mut world = World::new();
    let app = world.client(DAEMON).app_id;
    world.assign(RoleHolder::App(app), "Notes.Read.All");
    let door = world.plain();
    let request = with(crate::grants::TokenRequest::default(), |request| {
        request.grant_type = text("client_credentials");
        request.client.client_id = text(DAEMON);
        request.client.form_secret = secret_of(DAEMON).map(Secret::new);
        request.scope = text("api://notes/.default");
    });
    let tokens = world.tokens(&door, &request);
    let mut claims = access_token_of(&tokens).clone();
    assert!(matches!(userinfo(&world, &door, &claims), Err(UserinfoRefusal::OtherAudience { .. })));
    claims.insert("aud", door.authority.issuer.as_str()).insert("scope", "openid");
    assert!(matches!(userinfo(&world, &door, &claims), Err(UserinfoRefusal::NoOpenId { .. })));
}

#[test]
fn strange_claims_are_refused() {
    let world = World::new();
    for door in world.doors() {
        let mut claims = ClaimSet::new();
        assert!(userinfo(&world, &door, &claims).is_err());
        claims.insert("aud", door.authority.issuer.as_str());
        assert_eq!(userinfo(&world, &door, &claims), Err(UserinfoRefusal::Revoked));
        claims.insert("jti", ".").insert("scope", "\"").insert("azp", "\u{0}").insert("iat", "now");
        assert_eq!(userinfo(&world, &door, &claims), Err(UserinfoRefusal::Revoked));
    }
}

#[test]
fn a_registration_may_ask_for_a_signed_answer() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.client(WEB).metadata.userinfo_signed_response_alg = Some(SigningAlgorithm::Es256);
    for door in world.doors() {
        let tokens = world.sign_in_at(&door, WEB, "openid profile");
        let told = userinfo(&world, &door, access_token_of(&tokens)).unwrap();
        assert_eq!(told.text("iss"), Some(door.authority.issuer.as_str()));
        assert_eq!(told.text("aud"), Some(WEB));
        assert_eq!(told.text("sub"), id_token_of(&tokens).text("sub"));
        assert_eq!(told.text("name"), Some("Ben Fern"));
    }
}

#[test]
fn a_pairwise_subject_is_the_same_in_every_token_of_its_sector_and_stays() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let ben = world.ben.to_string();
    world.client(WEB).metadata.subject_type = Some(SubjectType::Pairwise);
    let door = world.plain();
    let tokens = world.sign_in_at(&door, WEB, "openid offline_access");
    let sub = id_token_of(&tokens).text("sub").unwrap().to_owned();
    assert_ne!(sub, ben);
    assert!(sub.len() <= 255 && sub.is_ascii());
    let told = userinfo(&world, &door, access_token_of(&tokens)).unwrap();
    assert_eq!(told.text("sub"), Some(sub.as_str()));
    assert_eq!(access_token_of(&tokens).text("sub"), Some(sub.as_str()), "nothing tells who it is elsewhere");
    let again = world.tokens(&door, &refresh(WEB, &tokens));
    assert_eq!(id_token_of(&again).text("sub"), Some(sub.as_str()));

    world.client(WEB).metadata.sector_identifier_uri = Some("https://sector.test/uris".to_owned());
    let elsewhere = world.sign_in_at(&door, WEB, "openid");
    assert_ne!(id_token_of(&elsewhere).text("sub"), Some(sub.as_str()), "another sector, another subject");
    world.client(WEB).metadata.subject_type = Some(SubjectType::Public);
    let directory = world.directory();
    let public = world.sign_in_at(&directory, WEB, "openid");
    assert_eq!(
        id_token_of(&public).text("sub"),
        Some(ben.as_str()),
        "the registration decides over the door"
    );
}

#[test]
fn an_api_of_a_pairwise_application_never_reads_the_public_subject() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.client(WEB).metadata.subject_type = Some(SubjectType::Pairwise);
    world.api("notes").profile = crate::model::TokenProfile::Generic;
    let door = world.plain();
    let tokens = world.sign_in_at(&door, WEB, "openid api://notes/notes.read");
    assert_eq!(access_token_of(&tokens).text("sub"), id_token_of(&tokens).text("sub"));
}

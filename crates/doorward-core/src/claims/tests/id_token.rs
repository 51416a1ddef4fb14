//! ID tokens follow the door (Settled 5): its issuer, its shape, its rule on scope claims and subjects.

use doorward_token::ClaimSet;
use serde_json::json;

use crate::claims::open_account_hint;
use crate::model::FlowClaim;
use crate::test_world::{Door, FakeVault, SPA, Visit, WEB, World, id_token_of, redemption};

fn id_token(world: &mut World, door: &Door, scope: &str) -> ClaimSet {
    id_token_of(&world.sign_in_at(door, WEB, scope)).clone()
}

fn names(claims: &ClaimSet) -> Vec<&str> {
    claims.as_map().keys().map(String::as_str).collect()
}

#[test]
fn the_registered_claims_are_those_of_the_sign_in() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let auth_time = world.now.seconds();
    world.pass(100);
    for door in world.doors() {
        let decision = world.sign_in_at(&door, WEB, "openid");
        let plan = &decision.mint[decision.reply.id_token.unwrap()];
        assert_eq!((plan.typ.as_str(), plan.at_hash_of), ("JWT", Some(0)));
        let claims = id_token_of(&decision);
        assert_eq!(claims.text("iss"), Some(door.authority.issuer.as_str()));
        assert_eq!(claims.value("aud"), Some(&json!(WEB)), "one audience, as a string");
        assert_eq!(claims.text("nonce"), Some("n-0"));
        assert_eq!(claims.value("iat"), Some(&json!(world.now.seconds())));
        assert_eq!(claims.value("nbf"), Some(&json!(world.now.seconds())));
        assert_eq!(claims.value("exp"), Some(&json!(world.now.seconds() + 3600)));
        assert_eq!(claims.value("auth_time"), Some(&json!(auth_time)));
        assert_eq!(claims.value("amr"), Some(&json!(["pwd"])));
        let sid = world.session.stored.as_ref().unwrap().accounts[0].sid.to_string();
        assert_eq!(claims.text("sid"), Some(sid.as_str()));
        assert!(claims.text("sub").is_some_and(|sub| sub.len() <= 255 && sub.is_ascii()));
    }
}

#[test]
fn without_a_nonce_in_the_request_there_is_none_in_the_token() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let code = world.code(&door, &Visit::of(WEB, "openid").asking(|request| request.nonce = None));
    assert!(!id_token_of(&world.tokens(&door, &redemption(WEB, &code))).has("nonce"));
}

#[test]
fn the_plain_door_gives_an_id_token_for_openid_and_the_directory_always() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let decision = world.sign_in_at(&door, WEB, "api://notes/notes.read");
        assert_eq!(decision.reply.id_token.is_some(), door.profile.name != "plain");
    }
}

#[test]
fn the_plain_door_keeps_scope_claims_for_userinfo_unless_the_registration_wants_them() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let claims = id_token(&mut world, &door, "openid profile email");
    for name in ["name", "preferred_username", "email", "email_verified"] {
        assert!(!claims.has(name), "{name}");
    }
    world.client(WEB).claims_in_id_token = true;
    let claims = id_token(&mut world, &door, "openid profile email");
    assert_eq!(claims.text("name"), Some("Ben Fern"));
    assert_eq!(claims.text("preferred_username"), Some("ben.fern"));
    assert_eq!(claims.text("email"), Some("ben@mail.test"));
    assert_eq!(claims.value("email_verified"), Some(&json!(true)));
    let claims = id_token(&mut world, &door, "openid");
    assert!(!claims.has("name") && !claims.has("email"), "the scope was not asked for");
}

#[test]
fn the_directory_tells_scope_claims_where_the_scope_was_granted() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let all = id_token(&mut world, &door, "openid profile email");
    assert_eq!(all.text("preferred_username"), Some("ben.fern"), "the name the person signs in with");
    assert_eq!((all.text("name"), all.text("email")), (Some("Ben Fern"), Some("ben@mail.test")));
    let less = id_token(&mut world, &door, "openid");
    assert!(!less.has("name") && !less.has("preferred_username") && !less.has("email"));
    assert_eq!(less.text("oid"), Some(world.ben.to_string().as_str()));
    assert_eq!(less.text("tid"), Some(world.tenant.id.to_string().as_str()));
    assert_eq!(less.text("ver"), Some("2.0"));
    let hint = less.text("login_hint").unwrap();
    assert_eq!(open_account_hint(hint, &FakeVault), Some((world.tenant.id, world.ben)));
}

#[test]
fn an_unproven_address_is_never_told() {
    let mut world = World::new();
    let ada = world.ada;
    world.sign_in(ada);
    world.client(WEB).first_party = true;
    world.client(WEB).claims_in_id_token = true;
    world.flow.claims = vec![FlowClaim::Emails, FlowClaim::Email];
    for door in world.doors() {
        let claims = id_token(&mut world, &door, "openid email");
        for name in ["email", "emails", "email_verified"] {
            assert!(!claims.has(name), "{name} at {}", door.profile.name);
        }
    }
}

#[test]
fn a_flow_tells_what_its_document_chooses() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let claims = id_token(&mut world.clone(), &world.user_flow(), "openid profile email");
    assert_eq!(claims.text("tfp"), Some("meadow_signup"), "lower case");
    assert_eq!(claims.text("iss"), Some(world.user_flow().authority.issuer.as_str()));
    assert!(claims.text("iss").is_some_and(|iss| iss.ends_with("/meadow_signup/v2.0/")));
    assert_eq!(claims.value("emails"), Some(&json!(["ben@mail.test"])));
    assert_eq!(claims.text("oid"), claims.text("sub"), "the subject of a flow is the object id");
    for name in ["given_name", "tid", "preferred_username", "newUser"] {
        assert!(!claims.has(name), "{name} was not chosen");
    }
    world.flow.claims = vec![FlowClaim::GivenName, FlowClaim::TenantId, FlowClaim::SignInName];
    let claims = id_token(&mut world.clone(), &world.user_flow(), "openid");
    assert_eq!(claims.text("given_name"), Some("Ben"));
    assert_eq!(claims.text("preferred_username"), Some("ben.fern"));
    assert!(claims.has("tid") && !claims.has("name") && !claims.has("emails") && !claims.has("oid"));
}

#[test]
fn a_new_account_is_told_once_and_only_where_the_flow_chooses_it() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let new = Visit::of(WEB, "openid offline_access").after(|it| it.new_user = true);
    for door in world.doors() {
        let code = world.code(&door, &new);
        let decision = world.tokens(&door, &redemption(WEB, &code));
        let told = id_token_of(&decision).value("newUser") == Some(&json!(true));
        assert_eq!(told, door.profile.name == "user flow");
        let again = world.tokens(&door, &crate::test_world::refresh(WEB, &decision));
        assert!(!id_token_of(&again).has("newUser"));
    }
}

#[test]
fn pairwise_subjects_differ_per_client_and_last() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.client(SPA).first_party = true;
    let (directory, plain) = (world.directory(), world.plain());
    let sub = |claims: &ClaimSet| claims.text("sub").unwrap().to_owned();
    let at_web = sub(&id_token(&mut world, &directory, "openid"));
    assert_eq!(at_web, sub(&id_token(&mut world, &directory, "openid")));
    let at_spa = sub(id_token_of(&world.sign_in_at(&directory, SPA, "openid")));
    assert_ne!(at_web, at_spa);
    assert!(!at_web.contains(&world.ben.to_string()));
    assert_eq!(sub(&id_token(&mut world, &plain, "openid")), world.ben.to_string());
}

#[test]
fn nothing_but_the_shape_is_told() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let registered =
        ["iss", "aud", "sub", "iat", "nbf", "exp", "auth_time", "amr", "acr", "nonce", "newUser"];
    for door in world.doors() {
        let claims = id_token(&mut world, &door, "openid profile email offline_access");
        for name in names(&claims) {
            let in_shape = door.shape.claims.iter().any(|(shape, ..)| *shape == name);
            assert!(in_shape || registered.contains(&name), "{name} at {}", door.profile.name);
        }
    }
}

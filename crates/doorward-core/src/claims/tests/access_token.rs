//! Access tokens follow the API's profile (Settled 5): one API sees one shape, whichever door was used.

use doorward_token::ClaimSet;
use serde_json::json;

use crate::claims::{TokenPlan, issuers_of};
use crate::model::{FlowClaim, FlowIssuer, MsVersion, Principal, RoleHolder, SigningAlgorithm, TokenProfile};
use crate::test_world::{Door, NATIVE, WEB, World};

const READ: &str = "openid api://notes/notes.read";

fn plan(world: &mut World, door: &Door, client: &str, scope: &str) -> TokenPlan {
    let decision = world.sign_in_at(door, client, scope);
    decision.mint[decision.reply.access_token].clone()
}

/// The access token for notes, with another profile of the API.
fn notes(world: &World, profile: TokenProfile, door: &Door) -> TokenPlan {
    let mut world = world.clone();
    world.api("notes").profile = profile;
    plan(&mut world, door, WEB, READ)
}

fn without_ids(mut claims: ClaimSet) -> ClaimSet {
    for name in ["jti", "uti"] {
        claims.insert(name, "");
    }
    claims
}

#[test]
fn ms_version_2_is_what_its_verifiers_read() {
    let world = World::with_ben_and_his_consent(WEB);
    let plan = notes(&world, TokenProfile::Ms(MsVersion::V2), &world.directory());
    let claims = &plan.claims;
    assert_eq!((plan.typ.as_str(), plan.algorithm), ("JWT", SigningAlgorithm::Rs256));
    assert_eq!(claims.text("iss"), Some(format!("https://id.test/{}/v2.0", world.tenant.id).as_str()));
    assert_eq!(claims.text("aud"), Some(world.resources[1].id.to_string().as_str()));
    assert_eq!(
        (claims.text("ver"), claims.text("azp"), claims.text("azpacr")),
        (Some("2.0"), Some(WEB), Some("1"))
    );
    assert_eq!(claims.value("scp"), Some(&json!("notes.read")), "a string, never an array");
    assert_eq!(claims.value("scope"), Some(&json!("notes.read")));
    assert_eq!(claims.text("oid"), Some(world.ben.to_string().as_str()));
    assert_eq!(claims.text("tid"), Some(world.tenant.id.to_string().as_str()));
    assert_eq!(claims.text("preferred_username"), Some("ben.fern"));
    assert_eq!(claims.text("name"), Some("Ben Fern"));
    assert_eq!(claims.text("uti"), claims.text("jti"));
    assert!(!claims.has("appid") && !claims.has("upn") && !claims.has("tfp") && !claims.has("roles"));
}

#[test]
fn ms_version_1_has_the_older_names_and_the_audience_as_it_was_asked() {
    let world = World::with_ben_and_his_consent(WEB);
    let claims = notes(&world, TokenProfile::Ms(MsVersion::V1), &world.directory()).claims;
    assert_eq!(claims.text("iss"), Some(format!("https://id.test/{}/", world.tenant.id).as_str()));
    assert_eq!(claims.text("aud"), Some("api://notes"));
    assert_eq!(
        (claims.text("ver"), claims.text("appid"), claims.text("appidacr")),
        (Some("1.0"), Some(WEB), Some("1"))
    );
    assert_eq!(claims.text("upn"), Some("ben.fern@meadow.test"));
    assert_eq!(claims.text("unique_name"), Some("ben.fern"));
    assert!(!claims.has("azp") && !claims.has("preferred_username"));

    let mut by_id = world.clone();
    by_id.api("notes").profile = TokenProfile::Ms(MsVersion::V1);
    let id = by_id.api("notes").id;
    let door = by_id.directory();
    let claims = plan(&mut by_id, &door, WEB, &format!("{id}/notes.read")).claims;
    assert_eq!(claims.text("aud"), Some(id.to_string().as_str()));
}

#[test]
fn generic_and_rfc9068_name_the_client_and_the_identifier() {
    let world = World::with_ben_and_his_consent(WEB);
    for (profile, typ) in [(TokenProfile::Generic, "JWT"), (TokenProfile::Rfc9068, "at+jwt")] {
        let plan = notes(&world, profile, &world.plain());
        let claims = &plan.claims;
        assert_eq!(plan.typ, typ);
        assert_eq!(claims.text("iss"), Some("https://id.test/meadow"));
        assert_eq!(claims.text("aud"), Some("api://notes"));
        assert_eq!((claims.text("client_id"), claims.text("azp")), (Some(WEB), Some(WEB)));
        assert_eq!(claims.text("sub"), Some(world.ben.to_string().as_str()));
        assert_eq!((claims.text("scope"), claims.text("scp")), (Some("notes.read"), Some("notes.read")));
        for name in ["exp", "iat", "nbf", "auth_time"] {
            assert!(claims.seconds(name).is_some(), "RFC 9068 §2.2: {name}");
        }
        assert!(claims.text("jti").is_some());
        assert!(!claims.has("ver") && !claims.has("oid") && !claims.has("name"));
    }
}

#[test]
fn one_api_sees_one_shape_through_every_door_but_a_flow() {
    let world = World::with_ben_and_his_consent(WEB);
    for profile in [
        TokenProfile::Generic,
        TokenProfile::Rfc9068,
        TokenProfile::Ms(MsVersion::V1),
        TokenProfile::Ms(MsVersion::V2),
    ] {
        let plain = notes(&world, profile, &world.plain());
        let directory = notes(&world, profile, &world.directory());
        assert_eq!(without_ids(plain.claims.clone()), without_ids(directory.claims), "{profile:?}");
        let flow = notes(&world, profile, &world.user_flow());
        let is_ms = matches!(profile, TokenProfile::Ms(_));
        assert_eq!(without_ids(plain.claims) == without_ids(flow.claims), !is_ms, "{profile:?}");
        assert_eq!(plain.typ, flow.typ);
    }
}

#[test]
fn through_a_flow_an_ms_api_gets_its_issuer_its_name_and_its_claims() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for (style, issuer) in [
        (FlowIssuer::Tfp, format!("https://id.test/tfp/{}/meadow_signup/v2.0/", world.tenant.id)),
        (FlowIssuer::V2, format!("https://id.test/{}/v2.0/", world.tenant.id)),
    ] {
        world.tenant.flow_issuer = style;
        let claims = notes(&world, TokenProfile::Ms(MsVersion::V2), &world.user_flow()).claims;
        assert_eq!(claims.text("iss"), Some(issuer.as_str()));
        assert_eq!(claims.text("tfp"), Some("meadow_signup"));
        assert_eq!(claims.text("sub"), Some(world.ben.to_string().as_str()));
        assert_eq!(claims.value("emails"), Some(&json!(["ben@mail.test"])));
        assert_eq!(claims.text("name"), Some("Ben Fern"));
        assert!(!claims.has("preferred_username"), "the flow did not choose it");
        assert_eq!(claims.text("aud"), Some(world.resources[1].id.to_string().as_str()));
    }
    world.flow.claims = vec![FlowClaim::SignInName];
    let claims = notes(&world, TokenProfile::Ms(MsVersion::V2), &world.user_flow()).claims;
    assert_eq!(claims.text("preferred_username"), Some("ben.fern"));
    assert!(!claims.has("name") && !claims.has("emails"));
}

#[test]
fn every_issuer_that_signs_for_an_api_is_published_for_it() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for style in [FlowIssuer::Tfp, FlowIssuer::V2] {
        world.tenant.flow_issuer = style;
        for profile in [
            TokenProfile::Generic,
            TokenProfile::Rfc9068,
            TokenProfile::Ms(MsVersion::V1),
            TokenProfile::Ms(MsVersion::V2),
        ] {
            world.api("notes").profile = profile;
            let api = world.api("notes").clone();
            let issuers = issuers_of("https://id.test", &world.tenant, &api, &[world.flow.clone()]);
            for door in world.doors() {
                let claims = plan(&mut world, &door, WEB, READ).claims;
                let issuer = claims.text("iss").unwrap().to_owned();
                assert!(issuers.contains(&issuer), "{issuer} is not among {issuers:?}");
                assert!(api.audiences().iter().any(|aud| Some(aud.as_str()) == claims.text("aud")));
            }
        }
    }
}

#[test]
fn life_and_algorithm_are_the_apis() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.api("notes").access_token_secs = 600;
    world.api("notes").algorithm = SigningAlgorithm::EdDsa;
    let door = world.directory();
    let decision = world.sign_in_at(&door, WEB, READ);
    let plan = &decision.mint[decision.reply.access_token];
    assert_eq!(decision.reply.expires_in, 600);
    assert_eq!(plan.claims.seconds("exp"), Some(world.now.seconds() + 600));
    assert_eq!(plan.algorithm, SigningAlgorithm::EdDsa);
    assert_eq!(decision.mint[1].algorithm, SigningAlgorithm::Rs256, "the ID token is every client's to read");
}

#[test]
fn identity_scopes_alone_make_a_token_for_userinfo_and_are_in_no_apis_token() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let claims = plan(&mut world, &door, WEB, "openid profile").claims;
        assert_eq!(claims.text("aud"), Some(door.authority.issuer.as_str()));
        assert_eq!(claims.text("scope"), Some("openid profile"));
        let claims = plan(&mut world, &door, WEB, "openid profile api://notes/notes.read").claims;
        assert_eq!(claims.text("scope"), Some("notes.read"));
    }
}

#[test]
fn a_persons_roles_are_those_assigned_for_users_at_this_api() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let (ada, ben) = (world.ada, world.ben);
    let door = world.directory();
    world.assign(RoleHolder::User(ada), "Notes.Editor");
    world.assign(RoleHolder::User(ben), "Notes.Read.All");
    assert!(!plan(&mut world, &door, WEB, READ).claims.has("roles"));
    world.assign(RoleHolder::User(ben), "Notes.Editor");
    world.assign(RoleHolder::User(ben), "Notes.Admin");
    let claims = plan(&mut world, &door, WEB, READ).claims;
    assert_eq!(claims.value("roles"), Some(&json!(["Notes.Editor", "Notes.Admin"])));
    world.consent(WEB, Principal::All, "tasks", "tasks.read");
    assert!(!plan(&mut world, &door, WEB, "api://tasks/tasks.read").claims.has("roles"));
}

#[test]
fn a_public_client_is_marked_as_unproven() {
    let mut world = World::with_ben_and_his_consent(NATIVE);
    let door = world.directory();
    assert_eq!(plan(&mut world, &door, NATIVE, READ).claims.text("azpacr"), Some("0"));
}

#[test]
fn the_token_id_begins_with_its_grant_and_never_repeats() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let first = plan(&mut world, &door, WEB, "openid offline_access");
    let second = plan(&mut world, &door, WEB, "openid offline_access");
    let jti = first.claims.text("jti").unwrap();
    assert_eq!(crate::bearer::grant_of(&first.claims), Some(world.grants[0].id));
    assert_ne!(Some(jti), second.claims.text("jti"));
}

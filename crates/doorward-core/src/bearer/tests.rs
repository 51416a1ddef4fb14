//! Tests of what a verified token is worth.

use proptest::option;
use proptest::prelude::*;

use super::{Dead, alive, client_of, grant_of, needs};
use crate::test_world::{NATIVE, WEB, World, access_token_of};
use doorward_token::ClaimSet;

fn life(world: &World, claims: &ClaimSet) -> Result<Option<crate::model::UserId>, Dead> {
    let tenant = world.tenant.id;
    let facts = world.facts(|facts| needs(tenant, claims, facts));
    alive(tenant, claims, &facts).map(|user| user.map(|user| user.id))
}

#[test]
fn a_living_token_names_its_person() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let tokens = world.sign_in_at(&door, WEB, "openid api://notes/notes.read");
        assert_eq!(life(&world, access_token_of(&tokens)), Ok(Some(world.ben)));
    }
}

#[test]
fn a_token_is_of_the_client_and_the_person_of_its_grant() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let tokens = world.sign_in_at(&door, WEB, "openid api://notes/notes.read");
    let mut of_another_client = access_token_of(&tokens).clone();
    of_another_client.insert("azp", NATIVE);
    assert_eq!(life(&world, &of_another_client), Err(Dead::Grant));
    let mut of_another_person = access_token_of(&tokens).clone();
    of_another_person.insert("oid", world.ada.to_string());
    assert_eq!(life(&world, &of_another_person), Err(Dead::Account));
}

#[test]
fn the_client_is_read_from_whichever_claim_the_profile_writes() {
    for name in ["azp", "appid", "client_id"] {
        let mut claims = ClaimSet::new();
        claims.insert(name, WEB);
        assert_eq!(client_of(&claims).map(|client| client.to_string()).as_deref(), Some(WEB));
    }
}

proptest! {
    #[test]
    fn no_claims_bring_it_down(
        jti in option::of(prop_oneof!["[0-9a-f-]{36}\\.[0-9a-f-]{0,36}", ".{0,40}"]),
        azp in option::of(prop_oneof![Just(WEB.to_owned()), ".{0,20}"]),
        iat in option::of(any::<f64>()),
    ) {
        let mut claims = ClaimSet::new();
        claims.insert_some("jti", jti).insert_some("azp", azp).insert_some("iat", iat);
        let _ = grant_of(&claims);
        let _ = life(&World::new(), &claims);
    }
}

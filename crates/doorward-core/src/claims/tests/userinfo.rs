//! Userinfo tells what the granted scopes cover (OpenID Connect Core §5.4).

use serde_json::json;

use crate::claims::userinfo;
use crate::model::ScopeSet;
use crate::test_world::World;

#[test]
fn each_scope_covers_its_claims() {
    let mut world = World::new();
    let ben = world.ben;
    let user = world.user(ben).clone();
    let door = world.plain();
    let told = |scopes: &str| userinfo(&door.at(), "s".to_owned(), &user, &ScopeSet::parse(scopes).unwrap());
    assert_eq!(told("openid").as_map().keys().collect::<Vec<_>>(), ["sub"]);
    let profile = told("openid profile");
    assert_eq!(profile.text("name"), Some("Ben Fern"));
    assert_eq!(profile.text("given_name"), Some("Ben"));
    assert_eq!(profile.text("preferred_username"), Some("ben.fern"));
    assert!(!profile.has("email") && !profile.has("family_name"), "what is not known is left out");
    let email = told("openid email");
    assert_eq!(email.text("email"), Some("ben@mail.test"));
    assert_eq!(email.value("email_verified"), Some(&json!(true)), "a boolean");
}

#[test]
fn an_unproven_address_is_left_out() {
    let mut world = World::new();
    let ada = world.ada;
    let user = world.user(ada).clone();
    let scopes = ScopeSet::parse("openid email").unwrap();
    let told = userinfo(&world.plain().at(), "s".to_owned(), &user, &scopes);
    assert!(!told.has("email") && !told.has("email_verified"));
}

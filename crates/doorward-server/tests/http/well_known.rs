//! Published documents: metadata at every door and under both names, and the keys.

use crate::support::{BASE, Door, World};

#[tokio::test]
async fn every_door_publishes_its_metadata_for_everybody() {
    let world = World::open().await;
    for door in Door::ALL {
        let answer = world.get(door.metadata()).await;
        let document = answer.ok();
        assert_eq!(document["issuer"], door.issuer());
        assert_eq!(document["token_endpoint"], format!("{BASE}{}", door.at("token")));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        assert_eq!(answer.header("set-cookie"), "");
        for endpoint in ["authorization", "token", "userinfo", "end_session", "introspection", "revocation"] {
            let url = document[format!("{endpoint}_endpoint")].as_str().unwrap();
            assert!(url.starts_with(&format!("{BASE}/")), "{url}");
            let path = url.strip_prefix(BASE).unwrap();
            assert_ne!(world.get(path).await.status, 404, "{path} exists");
        }
        let keys = document["jwks_uri"].as_str().unwrap().strip_prefix(BASE).unwrap();
        assert!(!world.get(keys).await.ok()["keys"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_inserted_and_the_other_name_lead_to_the_same_document() {
    let world = World::open().await;
    for (door, paths) in [
        (
            Door::Plain,
            vec![
                "/meadow/.well-known/oauth-authorization-server",
                "/.well-known/oauth-authorization-server/meadow",
                "/.well-known/openid-configuration/meadow",
            ],
        ),
        (
            Door::Directory,
            vec![
                "/meadow/v2.0/.well-known/oauth-authorization-server",
                "/.well-known/oauth-authorization-server/meadow/v2.0",
            ],
        ),
        (
            Door::Flow,
            vec![
                "/meadow/b2c_1_susi/.well-known/oauth-authorization-server",
                "/.well-known/oauth-authorization-server/meadow/b2c_1_susi/v2.0",
            ],
        ),
    ] {
        let first = world.get(door.metadata()).await.ok();
        for path in paths {
            assert_eq!(world.get(path).await.ok(), first, "{path}");
        }
    }
}

#[tokio::test]
async fn keys_are_public_parts_with_their_certificates() {
    let world = World::open().await;
    for path in
        ["/meadow/oauth2/jwks", "/meadow/discovery/v2.0/keys", "/meadow/b2c_1_susi/discovery/v2.0/keys"]
    {
        let answer = world.get(path).await;
        let keys = answer.ok()["keys"].as_array().unwrap().clone();
        assert_eq!(keys.len(), 2, "{path}");
        for key in keys {
            for name in ["kid", "kty", "alg", "use"] {
                assert!(key[name].is_string(), "{key}");
            }
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert_eq!(key.get(private), None, "{private}");
            }
        }
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_missing_in_json() {
    let world = World::open().await;
    for (path, code) in [
        ("/forest/.well-known/openid-configuration", "DW1056"),
        ("/forest/v2.0/.well-known/openid-configuration", "DW1056"),
        ("/meadow/b2c_1_x/v2.0/.well-known/openid-configuration", "DW1106"),
        ("/forest/oauth2/jwks", "DW1056"),
    ] {
        let answer = world.get(path).await;
        answer.refused(404, "invalid_request", code);
        answer.json();
    }
    let disabled = doorward_core::model::Tenant { disabled: true, ..world.cast.tenant.clone() };
    let before = world.cast.tenant.clone();
    let change = doorward_core::change::DirectoryChange::UpdateTenant { before, after: disabled };
    world.change(vec![change.into()]).await;
    world.get(Door::Plain.metadata()).await.refused(404, "invalid_request", "DW1056");
}

#[tokio::test]
async fn the_process_says_that_it_lives_and_is_ready() {
    let world = World::open().await;
    assert_eq!(world.get("/healthz").await.ok()["status"], "ok");
    assert_eq!(world.get("/readyz").await.ok()["status"], "ready");
}

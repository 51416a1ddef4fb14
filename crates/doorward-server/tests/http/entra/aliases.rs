//! One tenant under many names: GUID, domain, short name, any case, doubled versions, `?p=`, `tfp`.

use serde_json::Value;

use crate::support::{Ask, BASE, Door, SPA, WEB, World, authenticated, claims_of, redemption};

/// The addresses of one authority: authorize, token.
fn pairs(tenant: &str) -> Vec<(String, String)> {
    let at =
        |prefix: &str| (format!("{prefix}/oauth2/v2.0/authorize"), format!("{prefix}/oauth2/v2.0/token"));
    vec![
        at(&format!("/{tenant}/b2c_1_susi")),
        at(&format!("/{tenant}/B2C_1_SUSI")),
        at(&format!("/tfp/{tenant}/b2c_1_susi")),
        at(&format!("/TFP/{tenant}/B2C_1_susi")),
        at(&format!("/{tenant}/welcome")),
        (
            format!("/{tenant}/oauth2/v2.0/authorize?p=B2C_1_susi"),
            format!("/{tenant}/oauth2/v2.0/token?p=b2c_1_susi"),
        ),
    ]
}

#[tokio::test]
async fn a_code_of_one_alias_is_redeemed_under_another() {
    let world = World::open().await;
    let id = world.cast.tenant.id.to_string();
    let names = ["meadow", "Meadow", "meadow.test", "MEADOW.TEST", id.as_str()];
    for (issued, called) in names.into_iter().zip(names.into_iter().cycle().skip(2)) {
        let ask = Ask::of(Door::Directory, SPA).at(&format!("/{issued}/oauth2/v2.0/authorize"));
        let code = world.code(&ask).await;
        let (fields, headers) = authenticated(SPA, &redemption(SPA, &code));
        let answer = world.post_with(&format!("/{called}/OAuth2/V2.0/Token"), &fields, &headers).await;
        let claims = claims_of(answer.ok()["id_token"].as_str().unwrap());
        assert_eq!(claims["iss"], Door::Directory.issuer(), "one issuer under every name");
    }
}

#[tokio::test]
async fn a_flow_has_one_issuer_however_it_is_named() {
    let world = World::open().await;
    let id = world.cast.tenant.id.to_string();
    let all: Vec<(String, String)> = [pairs("meadow"), pairs("meadow.test"), pairs(&id)].concat();
    for ((authorize, _), (_, token)) in all.iter().zip(all.iter().cycle().skip(7)) {
        let code = world.code(&Ask::of(Door::Flow, WEB).at(authorize)).await;
        let (fields, headers) = authenticated(WEB, &redemption(WEB, &code));
        let answer = world.post_with(token, &fields, &headers).await;
        let claims = claims_of(answer.ok()["id_token"].as_str().unwrap());
        assert_eq!((&claims["iss"], &claims["tfp"]), (&Door::Flow.issuer().into(), &"b2c_1_susi".into()));
    }
}

#[tokio::test]
async fn a_path_and_a_parameter_that_name_different_flows_are_refused() {
    let world = World::open().await;
    let both = world.post("/meadow/b2c_1_susi/oauth2/v2.0/token?p=b2c_1_other", &[]).await;
    assert_eq!(both.status, 400, "{}", both.text());
    let same = world.post("/meadow/b2c_1_susi/oauth2/v2.0/token?p=B2C_1_susi", &[]).await;
    same.refused(400, "invalid_request", "DW1057");
    let other = world.post("/meadow/oauth2/v2.0/token?p=b2c_1_other", &[]).await;
    other.refused(404, "invalid_request", "DW1106");
}

async fn document(world: &World, path: &str) -> Value {
    world.get(path).await.ok()
}

#[tokio::test]
async fn metadata_repeats_the_authority_as_it_was_named_in_lower_case() {
    let world = World::open().await;
    let id = world.cast.tenant.id.to_string();
    for (path, prefix, issuer) in [
        ("/meadow/v2.0/.well-known/openid-configuration", "/meadow", Door::Directory.issuer()),
        ("/Meadow/V2.0/.Well-Known/OpenID-Configuration", "/meadow", Door::Directory.issuer()),
        ("/meadow/v2.0/v2.0/.well-known/openid-configuration", "/meadow", Door::Directory.issuer()),
        ("/meadow.test/v2.0/.well-known/openid-configuration", "/meadow.test", Door::Directory.issuer()),
        (
            "/meadow/B2C_1_susi/v2.0/.well-known/openid-configuration",
            "/meadow/b2c_1_susi",
            Door::Flow.issuer(),
        ),
        (
            "/meadow/b2c_1_susi/v2.0/v2.0/.well-known/openid-configuration",
            "/meadow/b2c_1_susi",
            Door::Flow.issuer(),
        ),
        ("/meadow/b2c_1_susi/.well-known/openid-configuration", "/meadow/b2c_1_susi", Door::Flow.issuer()),
        (
            "/tfp/meadow/b2c_1_susi/v2.0/.well-known/openid-configuration",
            "/tfp/meadow/b2c_1_susi",
            Door::Flow.issuer(),
        ),
        ("/meadow/welcome/v2.0/.well-known/openid-configuration", "/meadow/welcome", Door::Flow.issuer()),
    ] {
        let document = document(&world, path).await;
        assert_eq!(document["issuer"], issuer, "{path}");
        assert_eq!(
            document["authorization_endpoint"],
            format!("{BASE}{prefix}/oauth2/v2.0/authorize"),
            "{path}"
        );
        assert_eq!(document["token_endpoint"], format!("{BASE}{prefix}/oauth2/v2.0/token"));
        assert!(document["end_session_endpoint"].is_string() && document["jwks_uri"].is_string());
    }
    let by_id = document(&world, &format!("/{id}/v2.0/.well-known/openid-configuration")).await;
    assert_eq!(by_id["token_endpoint"], format!("{BASE}/{id}/oauth2/v2.0/token"));
    let by_parameter = document(&world, "/meadow/v2.0/.well-known/openid-configuration?p=B2C_1_susi").await;
    assert_eq!(by_parameter["issuer"], Door::Flow.issuer());
    assert_eq!(by_parameter["token_endpoint"], format!("{BASE}/meadow/oauth2/v2.0/token?p=b2c_1_susi"));
}

#[tokio::test]
async fn instance_discovery_knows_this_host_and_no_other() {
    let world = World::open().await;
    let ask = |endpoint: &str| {
        let query = crate::support::form(&[("api-version", "1.1"), ("authorization_endpoint", endpoint)]);
        format!("/common/discovery/instance?{query}")
    };
    let ours = document(&world, &ask(&format!("{BASE}/meadow/oauth2/v2.0/authorize"))).await;
    assert_eq!(
        ours["tenant_discovery_endpoint"],
        format!("{BASE}/meadow/v2.0/.well-known/openid-configuration")
    );
    let other = world.get(&ask("https://elsewhere.test/meadow/oauth2/v2.0/authorize")).await;
    assert_eq!((other.status.as_u16(), other.error().1.as_str()), (400, "invalid_instance"));
    world.get("/common/discovery/instance").await.refused(400, "invalid_request", "DW1057");
}

//! Two tenants that share every id and every name but their own: nothing of one is good in the other.

use doorward_core::change::Change;
use doorward_core::model::{
    Client, FlowIssuer, KeyState, Resource, SigningAlgorithm, Tenant, TenantId, TenantName, User, UserFlow,
};
use doorward_server::new_key;

use crate::support::{
    Ask, BEN, BEN_PASSWORD, Cast, Door, NOTES, WEB, World, authenticated, claims_of, redemption,
};

/// Meadow's cast under another tenant id.
fn twin(world: &World) -> Cast {
    let cast = world.cast.clone();
    let id = TenantId::random([90; 16]);
    let user = |user: User| User { tenant: id, ..user };
    let client = |client: Client| Client { tenant: id, ..client };
    let api = |api: Resource| Resource { tenant: id, ..api };
    Cast {
        tenant: Tenant {
            id,
            name: TenantName::parse("forest").unwrap(),
            domain: "forest.test".to_owned(),
            flow_issuer: FlowIssuer::V2,
            mfa: doorward_core::model::MfaRule::WhenEnrolled,
            ..cast.tenant
        },
        ada: user(cast.ada),
        ben: user(cast.ben),
        web: client(cast.web),
        spa: client(cast.spa),
        native: client(cast.native),
        daemon: client(cast.daemon),
        notes: api(cast.notes),
        tasks: api(cast.tasks),
        flow: UserFlow { tenant: id, ..cast.flow },
    }
}

/// Meadow and its twin.
async fn two() -> World {
    let world = World::open().await;
    let forest = twin(&world);
    let mut changes = forest.changes(&world.app);
    changes.retain(|change| !matches!(change, Change::Key(_)));
    for algorithm in [SigningAlgorithm::Es256, SigningAlgorithm::Rs256] {
        let place = (forest.tenant.id, algorithm);
        let key = new_key(place, KeyState::Active, world.app.sealer(), world.app.now()).unwrap();
        changes.push(doorward_core::change::KeyChange::Add(key).into());
    }
    let graph = doorward_core::directory::BUILT_IN_GRAPH;
    changes.push(forest.grant_all(&forest.web, graph, "openid profile email offline_access"));
    world.change(changes).await;
    world
}

/// The same address in the other tenant.
fn elsewhere(path: &str) -> String {
    path.replacen("/meadow", "/forest", 1)
}

#[tokio::test]
async fn codes_and_refresh_tokens_stay_in_their_tenant() {
    let world = two().await;
    for door in Door::ALL {
        let token = elsewhere(&door.at("token"));
        let code = world.code(&Ask::of(door, WEB).scope("openid offline_access")).await;
        let (fields, headers) = authenticated(WEB, &redemption(WEB, &code));
        world.post_with(&token, &fields, &headers).await.refused(400, "invalid_grant", "DW2050");
        let body = world.redeem(door, WEB, &code).await.ok();
        let refresh = body["refresh_token"].as_str().unwrap();
        let refreshing = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
        let (fields, headers) = authenticated(WEB, &refreshing);
        world.post_with(&token, &fields, &headers).await.refused(400, "invalid_grant", "DW2054");
        world.refresh(door, WEB, refresh).await.ok();
    }
}

#[tokio::test]
async fn access_tokens_are_nobodys_elsewhere_and_revoking_them_there_does_nothing() {
    let world = two().await;
    for door in Door::ALL {
        let body = world.tokens(door, WEB, "openid").await;
        let access = body["access_token"].as_str().unwrap();
        let bearer = format!("Bearer {access}");
        let me = [("authorization", bearer.as_str())];
        let there = world.get_with(&elsewhere(&door.at("userinfo")), &me).await;
        assert_eq!((there.status.as_u16(), there.error().1.as_str()), (401, "invalid_token"), "{door:?}");
        let (fields, headers) = authenticated(WEB, &[("token", access)]);
        let told = world.post_with(&elsewhere(&door.at("introspect")), &fields, &headers).await;
        assert_eq!(told.ok(), serde_json::json!({ "active": false }));
        let revoked = world.post_with(&elsewhere(&door.at("revoke")), &fields, &headers).await;
        assert_eq!(revoked.status, 200);
        world.get_with(&door.at("userinfo"), &me).await.ok();
    }
}

#[tokio::test]
async fn a_session_is_one_tenants_and_both_can_be_in_one_browser() {
    let world = two().await;
    let mut browser = world.browser();
    let code = world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client().code();
    let meadow = world.redeem(Door::Plain, WEB, &code).await.ok();
    let id_token = meadow["id_token"].as_str().unwrap();
    let there = Ask::of(Door::Plain, WEB).at("/forest/oauth2/authorize");
    for ask in [
        there.clone().with("prompt", "none"),
        there.clone().with("prompt", "none").with("login_hint", BEN),
        there.clone().with("prompt", "none").with("sid", claims_of(id_token)["sid"].as_str().unwrap()),
    ] {
        assert_eq!(browser.visit(&ask.url()).await.client().error(), "login_required");
    }
    let foreign = there.clone().with("prompt", "none").with("id_token_hint", id_token);
    assert_eq!(browser.visit(&foreign.url()).await.client().error(), "invalid_request");

    let page = browser.visit(&there.url()).await.page();
    assert!(page.has_form("signin"), "{}", page.html);
    browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client();
    for ask in [there, Ask::of(Door::Plain, WEB)] {
        let arrival = browser.visit(&ask.with("prompt", "none").url()).await.client();
        assert!(
            !arrival.code().is_empty(),
            "each has its own account, and neither is asked about the other's"
        );
    }
    // A flow of one tenant is not one of the other.
    let out = crate::support::form(&[("id_token_hint", id_token)]);
    let page = browser.visit(&format!("/forest/oauth2/logout?{out}")).await.page();
    assert_eq!(page.code(), "DW4050");
    browser.visit(&format!("/meadow/oauth2/logout?{out}")).await.page();
    let gone = Ask::of(Door::Plain, WEB).with("prompt", "none");
    assert_eq!(browser.visit(&gone.url()).await.client().error(), "login_required");
    let stays = gone.at("/forest/oauth2/authorize");
    assert!(!browser.visit(&stays.url()).await.client().code().is_empty());
}

#[tokio::test]
async fn guesses_in_one_tenant_do_not_lock_the_name_in_the_other() {
    let world = two().await;
    for _ in 0..11 {
        let mut browser = world.browser();
        let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
        browser.sign_in(&page, (BEN, "wrong")).await.page();
    }
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).at("/forest/oauth2/authorize").url()).await.page();
    browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client();
}

#[tokio::test]
async fn consent_in_one_is_none_in_the_other() {
    let world = two().await;
    let ask = Ask::of(Door::Plain, WEB).scope("openid api://notes/notes.read");
    world.code(&ask).await;
    let mut browser = world.browser();
    let page = browser.visit(&ask.at("/forest/oauth2/authorize").url()).await.page();
    let page = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.page();
    assert!(page.has_form("consent"), "{}", page.html);
}

#[tokio::test]
async fn each_signs_with_its_own_keys_under_its_own_names() {
    let world = two().await;
    let fields = [("grant_type", "client_credentials"), ("resource", NOTES)];
    let (fields, headers) = authenticated("daemon", &fields);
    let body = world.post_with("/forest/oauth2/token", &fields, &headers).await.ok();
    let token = body["access_token"].as_str().unwrap();
    let forest = TenantId::random([90; 16]);
    assert!(claims_of(token)["iss"].as_str().unwrap().contains(&forest.to_string()));
    let kid = crate::support::headers_of(token)["kid"].clone();
    let keys = |body: serde_json::Value| -> Vec<serde_json::Value> {
        body["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
    };
    assert!(keys(world.get("/forest/oauth2/jwks").await.ok()).contains(&kid));
    assert!(!keys(world.get("/meadow/oauth2/jwks").await.ok()).contains(&kid));
}

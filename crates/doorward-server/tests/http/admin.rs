//! `/admin/v1` over the network: who gets in, by what, and how far.

use doorward_core::directory::{ADMIN_API, CLI_CLIENT_ID};
use doorward_core::model::DirectoryRole;
use doorward_server::admin::furnish;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{ADA, Answer, Ask, BEN, Door, VERIFIER, WEB, World};

const REDIRECT: &str = "http://127.0.0.1:49152/signed-in";
const SCOPE: &str = "openid offline_access api://doorward-admin/manage";

/// The cast, with the command line as an application of the tenant.
async fn furnished() -> World {
    let world = World::bare().await;
    furnish(&world.app).await.unwrap();
    // Twice changes nothing: every start of a server does it.
    furnish(&world.app).await.unwrap();
    world
}

fn ask() -> Ask {
    Ask::of(Door::Plain, CLI_CLIENT_ID).with("redirect_uri", REDIRECT).scope(SCOPE)
}

/// What the command line gets when somebody signs in: no page beside the sign-in, for nobody is asked for consent.
async fn tokens(world: &World, user: &str) -> Value {
    let code = world.arrive(&ask(), user).await.code();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    world.token(Door::Plain, CLI_CLIENT_ID, &fields).await.ok()
}

async fn token(world: &World, user: &str) -> String {
    tokens(world, user).await["access_token"].as_str().unwrap().to_owned()
}

async fn send(
    world: &World,
    (method, path): (Method, &str),
    headers: &[(&str, &str)],
    body: Option<Value>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("/admin/v1{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = match body {
        Some(body) => {
            request = request.header("content-type", "application/json");
            axum::body::Body::from(body.to_string())
        }
        None => axum::body::Body::empty(),
    };
    world.send(request.body(body).unwrap()).await
}

async fn get(world: &World, path: &str, token: &str) -> Answer {
    send(world, (Method::GET, path), &[("authorization", &format!("Bearer {token}"))], None).await
}

fn problem(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(body["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{body}");
    (answer.status.as_u16(), body["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_administrator_signs_in_with_the_browser_and_administers() {
    let world = furnished().await;
    let tokens = tokens(&world, ADA).await;
    assert!((300..=900).contains(&tokens["expires_in"].as_i64().unwrap()));
    let token = tokens["access_token"].as_str().unwrap();
    let me = get(&world, "/whoami", token).await.ok();
    assert_eq!(
        (&me["user"], &me["tenant"], &me["everywhere"]),
        (&json!("ada"), &json!("meadow"), &json!(false))
    );
    let made = send(
        &world,
        (Method::POST, "/tenants/meadow/users"),
        &[("authorization", &format!("Bearer {token}"))],
        Some(json!({ "name": "dee" })),
    )
    .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let log = get(&world, "/tenants/meadow/audit?action=user.create", token).await.ok();
    let line = &log["items"][0];
    assert_eq!(line["actor"], format!("user:{}", world.cast.ada.id));
    assert!(line["credential"].as_str().unwrap().ends_with(" of doorward-cli"), "{line}");
    assert_eq!(line["detail"]["after"]["username"], "dee");
    // The refresh token rotates: the old one is not what comes back.
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let again = world.refresh(Door::Plain, CLI_CLIENT_ID, refresh).await.ok();
    assert_ne!(again["refresh_token"], tokens["refresh_token"]);
    assert!(get(&world, "/whoami", again["access_token"].as_str().unwrap()).await.status.is_success());
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_that_is_good() {
    let world = furnished().await;
    let none = send(&world, (Method::GET, "/tenants"), &[], None).await;
    assert_eq!(problem(&none), (401, "DW1074".to_owned()));
    assert_eq!(none.header("www-authenticate"), "Bearer realm=\"doorward-admin\"");
    for credential in ["Basic YWRhOnB3", "Bearer", "Bearer  ", "token x"] {
        let answer = send(&world, (Method::GET, "/tenants"), &[("authorization", credential)], None).await;
        assert_eq!(problem(&answer), (401, "DW1074".to_owned()), "{credential}");
    }
    let token = token(&world, ADA).await;
    let broken = format!("{}x", &token[..token.len() - 2]);
    for bad in ["x", "a.b.c", "e30.e30.e30", broken.as_str(), &"x".repeat(50_000)] {
        let answer = get(&world, "/tenants", bad).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text());
        assert!(answer.header("www-authenticate").contains("invalid_token"), "{}", answer.text());
    }
    // Which addresses there are is not told either.
    assert_eq!(problem(&send(&world, (Method::GET, "/no/such"), &[], None).await).0, 401);
    assert_eq!(problem(&get(&world, "/no/such", &token).await).0, 404);
    assert_eq!(problem(&send(&world, (Method::PUT, "/tenants"), &[], None).await).0, 401);
}

#[tokio::test]
async fn a_token_of_another_kind_client_or_time_does_not_administer() {
    let world = furnished().await;
    let grant = world.cast.grant_all(&world.cast.web, ADMIN_API, "manage");
    let identity = world.cast.grant_all(
        &world.cast.web,
        doorward_core::directory::BUILT_IN_GRAPH,
        "openid profile email offline_access",
    );
    world.change(vec![grant, identity]).await;
    let code = world.arrive(&Ask::of(Door::Plain, WEB).scope(SCOPE), ADA).await.code();
    let of_web = world.redeem(Door::Plain, WEB, &code).await.ok();
    let answer = get(&world, "/tenants", of_web["access_token"].as_str().unwrap()).await;
    assert_eq!(problem(&answer), (403, "DW1079".to_owned()));
    let id_token = get(&world, "/tenants", of_web["id_token"].as_str().unwrap()).await;
    assert_eq!(problem(&id_token), (401, "DW3101".to_owned()));
    let code = world.arrive(&ask().scope("openid"), ADA).await.code();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let for_userinfo = world.token(Door::Plain, CLI_CLIENT_ID, &fields).await.ok();
    let answer = get(&world, "/tenants", for_userinfo["access_token"].as_str().unwrap()).await;
    assert_eq!(problem(&answer), (401, "DW3105".to_owned()));
    let good = token(&world, ADA).await;
    world.pass(2 * 3600);
    assert_eq!(problem(&get(&world, "/tenants", &good).await).0, 401);
}

#[tokio::test]
async fn no_page_administers() {
    let world = furnished().await;
    let token = format!("Bearer {}", token(&world, ADA).await);
    let headers = [("authorization", token.as_str()), ("origin", "https://id.test")];
    let answer = send(&world, (Method::GET, "/tenants"), &headers, None).await;
    assert_eq!(problem(&answer), (403, "DW1078".to_owned()));
    let preflight = [("origin", "https://shop.test"), ("access-control-request-method", "GET")];
    let answer = send(&world, (Method::OPTIONS, "/tenants"), &preflight, None).await;
    assert!(!answer.status.is_success());
    assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")));
    assert!(answer.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn a_role_counts_from_the_moment_it_is_given_to_the_moment_it_is_taken() {
    let world = furnished().await;
    let ben = token(&world, BEN).await;
    let refused = get(&world, "/tenants/meadow/users", &ben).await;
    assert_eq!(problem(&refused), (403, "DW1077".to_owned()));
    assert!(refused.text().contains("user-administrator"), "{}", refused.text());
    let mut auditor = world.cast.ben.clone();
    auditor.roles.push(DirectoryRole::Auditor);
    world.update_user(&world.cast.ben, &auditor).await;
    assert!(get(&world, "/tenants/meadow/users", &ben).await.status.is_success());
    let change = send(
        &world,
        (Method::POST, "/tenants/meadow/users"),
        &[("authorization", &format!("Bearer {ben}"))],
        Some(json!({ "name": "dee" })),
    )
    .await;
    assert_eq!(problem(&change), (403, "DW1077".to_owned()));
    // Another tenant, there or not, is the same to them.
    for path in ["/tenants/orchard", "/tenants/nowhere", "/audit"] {
        assert_eq!(problem(&get(&world, path, &ben).await), (403, "DW1077".to_owned()), "{path}");
    }
    assert_eq!(get(&world, "/tenants", &ben).await.ok()["items"].as_array().unwrap().len(), 1);
    world.update_user(&auditor, &world.cast.ben).await;
    assert_eq!(problem(&get(&world, "/tenants/meadow/users", &ben).await).0, 403);
}

#[tokio::test]
async fn a_sign_out_ends_the_token_at_once() {
    let world = furnished().await;
    let mut owner = world.cast.ben.clone();
    owner.roles.push(DirectoryRole::Owner);
    world.update_user(&world.cast.ben, &owner).await;
    let (ada, ben) = (token(&world, ADA).await, token(&world, BEN).await);
    let sign_out = |token: String| {
        let world = &world;
        async move {
            let headers = [("authorization", format!("Bearer {token}"))];
            let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            send(world, (Method::POST, "/tenants/meadow/users/ada/sign-out"), &headers, None).await
        }
    };
    assert!(sign_out(ben.clone()).await.status.is_success());
    assert_eq!(problem(&get(&world, "/whoami", &ada).await), (401, "DW3156".to_owned()));
    // One grant of many ends alone.
    let held = get(&world, "/tenants/meadow/users/ben/grants", &ben).await.ok();
    let id = held["items"][0]["id"].as_str().unwrap();
    assert_eq!(held["items"][0]["client_id"], CLI_CLIENT_ID);
    let path = format!("/tenants/meadow/users/ben/grants/{id}");
    let headers = [("authorization", format!("Bearer {ben}"))];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
    assert!(send(&world, (Method::DELETE, &path), &headers, None).await.status.is_success());
    assert_eq!(get(&world, "/whoami", &ben).await.status, StatusCode::UNAUTHORIZED);
}

//! Codes that no other test meets on its way: the administration's, as the socket answers them, and faults of ours.

use axum::Router;
use axum::body::Body;
use doorward_core::change::KeyChange;
use doorward_core::model::KeyState;
use doorward_server::admin;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::support::{Answer, Ask, Door, Outage, WEB, World, send};

/// A request of the command line, through the socket.
async fn administer(world: &World, method: &str, path: &str, body: Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("/admin/v1{path}"))
        .header(CONTENT_TYPE, "application/json")
        .body(if body.is_null() { Body::empty() } else { Body::from(body.to_string()) })
        .unwrap();
    let router: Router = admin::router(world.app.clone(), admin::Access::Socket);
    send(&router, request).await
}

fn code(answer: &Answer) -> (u16, String) {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(body["remedy"].as_str().is_some_and(|remedy| !remedy.is_empty()), "{body}");
    (answer.status.as_u16(), body["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn the_administration_refuses_with_a_code_and_a_remedy() {
    let world = World::open().await;
    for (method, path, body, expected) in [
        ("GET", "/tenants/meadow/apps/nobody", Value::Null, (404, "DW1070")),
        ("POST", "/tenants/meadow/users", json!({ "name": "ben" }), (409, "DW1071")),
        ("POST", "/tenants/meadow/users", json!({ "name": "who is" }), (422, "DW1072")),
        ("DELETE", "/tenants/meadow/apis/notes", Value::Null, (409, "DW1076")),
    ] {
        let answer = administer(&world, method, path, body).await;
        assert_eq!(code(&answer), (expected.0, expected.1.to_owned()), "{method} {path} {}", answer.text());
    }
    let alone =
        administer(&world, "POST", "/tenants", json!({ "name": "hedge", "domain": "hedge.test" })).await;
    assert_eq!(alone.status, 201, "{}", alone.text());
    let admin = json!({ "name": "gard", "roles": ["administrator"] });
    administer(&world, "POST", "/tenants/hedge/users", admin).await;
    administer(&world, "PUT", "/tenants/hedge/users/gard/roles/administrator", Value::Null).await;
    let last = administer(&world, "DELETE", "/tenants/hedge/users/gard", Value::Null).await;
    assert_eq!(code(&last), (409, "DW1075".to_owned()), "{}", last.text());
}

#[tokio::test]
async fn the_last_owner_stays() {
    let world = World::open().await;
    let path = "/tenants/meadow/users/ben/roles/owner";
    let made = administer(&world, "PUT", path, Value::Null).await;
    assert!(made.status.is_success(), "{}", made.text());
    let gone = administer(&world, "DELETE", path, Value::Null).await;
    assert_eq!(code(&gone), (409, "DW1082".to_owned()), "{}", gone.text());
}

#[tokio::test]
async fn over_the_network_the_administration_wants_credentials() {
    let world = World::open().await;
    let answer = world.get("/admin/v1/tenants").await;
    assert_eq!(code(&answer), (401, "DW1074".to_owned()));
}

#[tokio::test]
async fn a_change_that_loses_every_race_says_so() {
    let world = World::open().await;
    world.store_fails_at(Outage::Races);
    let answer =
        administer(&world, "PATCH", "/tenants/meadow/users/ben", json!({ "display_name": "Ben F." })).await;
    assert_eq!(code(&answer), (409, "DW1073".to_owned()), "{}", answer.text());
}

#[tokio::test]
async fn a_password_that_is_easy_to_guess_has_its_code_in_the_trace() {
    let world = World::open().await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Flow, WEB).url()).await.page();
    let page = browser.visit(&page.link("create-account")).await.page();
    browser.submit(&page, "signup", &[("username", "cleo"), ("password", "short")]).await.page();
    let trace = browser.last.as_ref().unwrap().header("doorward-trace").to_owned();
    assert_eq!(world.app.trace(&trace).and_then(|trace| trace.code).as_deref(), Some("DW1252"));
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_a_fault_and_not_a_refusal() {
    let world = World::open().await;
    let mut key = doorward_server::new_key(
        (world.cast.tenant.id, doorward_core::model::SigningAlgorithm::EdDsa),
        KeyState::Upcoming,
        world.app.sealer(),
        world.app.now(),
    )
    .unwrap();
    key.public_jwk = json!({ "kty": "OKP", "d": "a private half among the public ones" });
    world.change(vec![KeyChange::Add(key).into()]).await;
    let code = world.code(&Ask::of(Door::Plain, WEB)).await;
    let answer = world.redeem(Door::Plain, WEB, &code).await;
    answer.refused(500, "server_error", "DW5151");
}

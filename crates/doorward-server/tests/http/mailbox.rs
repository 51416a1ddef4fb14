//! The mailbox of the development profile: read by people and by tests, and absent in production.

use std::time::Duration;

use axum::body::Body;
use doorward_server::Settings;
use http::{Request, StatusCode};
use serde_json::json;

use crate::support::{Answer, World};

const LOCAL: &str = "https://localhost:7443";

async fn world() -> World {
    World::with_settings(Settings {
        base_url: LOCAL.to_owned(),
        development: true,
        trust_forwarded_for: false,
        landing: None,
    })
    .await
}

async fn ask(world: &World, method: &str, path: &str) -> Answer {
    let request = Request::builder().method(method).uri(path).header("host", "localhost:7443");
    world.send(request.body(Body::empty()).unwrap()).await
}

/// Queues and delivers a test.
async fn mail(world: &World, to: &str) {
    let router =
        doorward_server::admin::router::<()>(world.app.clone(), doorward_server::admin::Access::Socket);
    let request = Request::post("/admin/v1/mail-tests")
        .header("content-type", "application/json")
        .body(Body::from(json!({ "to": to }).to_string()))
        .unwrap();
    let answer = crate::support::send(&router, request).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    world.app.deliver_due().await.unwrap();
}

#[tokio::test]
async fn a_mail_is_listed_shown_and_deleted() {
    let world = world().await;
    assert!(ask(&world, "GET", "/_mail").await.text().contains("mailbox-empty"));
    mail(&world, "ben@mail.test").await;
    mail(&world, "ada@mail.test").await;
    let list = ask(&world, "GET", "/_mail/api/messages?to=BEN@mail.test").await.ok();
    assert_eq!((&list["total"], &list["messages"][0]["to"]), (&json!(1), &json!("ben@mail.test")));
    let id = list["messages"][0]["id"].as_str().unwrap().to_owned();
    let one = ask(&world, "GET", &format!("/_mail/api/messages/{id}")).await.ok();
    assert!(one["text"].as_str().unwrap().contains("This is a test") && one["html"].is_string());
    let page = ask(&world, "GET", &format!("/_mail/{id}")).await;
    assert!(
        page.text().contains("sandbox=\"\"") && page.text().contains("This is a test"),
        "{}",
        page.text()
    );
    assert!(page.header("content-security-policy").contains("frame-src 'self'"));
    let html = ask(&world, "GET", &format!("/_mail/{id}/html")).await;
    assert!(html.header("content-security-policy").ends_with("sandbox"), "{html:?}");
    assert!(html.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(
        ask(&world, "DELETE", &format!("/_mail/api/messages/{id}")).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        ask(&world, "DELETE", &format!("/_mail/api/messages/{id}")).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(ask(&world, "GET", &format!("/_mail/{id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ask(&world, "POST", "/_mail/clear").await.status, StatusCode::SEE_OTHER);
    assert_eq!(ask(&world, "GET", "/_mail/api/messages").await.ok()["total"], json!(0));
}

#[tokio::test]
async fn a_test_waits_for_a_mail_as_long_as_it_says() {
    let world = world().await;
    let empty = ask(&world, "GET", "/_mail/api/messages?to=ben@mail.test&wait=1").await.ok();
    assert_eq!(empty["total"], json!(0));
    let waiting = tokio::spawn({
        let router = world.router.clone();
        async move {
            let request = Request::get("/_mail/api/messages?to=ben@mail.test&wait=30")
                .header("host", "localhost")
                .body(Body::empty())
                .unwrap();
            crate::support::send(&router, request).await.ok()
        }
    });
    tokio::task::yield_now().await;
    mail(&world, "ada@mail.test").await;
    mail(&world, "ben@mail.test").await;
    let found = tokio::time::timeout(Duration::from_secs(10), waiting).await.unwrap().unwrap();
    assert_eq!(found["total"], json!(1));
    for bad in ["wait=61", "wait=-1", "wait=x"] {
        let answer = ask(&world, "GET", &format!("/_mail/api/messages?{bad}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn strange_ids_and_foreign_pages_are_refused() {
    let world = world().await;
    mail(&world, "ben@mail.test").await;
    for id in ["x", "%00", "00000000-0000-0000-0000-000000000000", "..%2f..%2fetc"] {
        for path in [format!("/_mail/{id}"), format!("/_mail/{id}/html"), format!("/_mail/api/messages/{id}")]
        {
            assert_eq!(ask(&world, "GET", &path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    let foreign = Request::post("/_mail/clear")
        .header("host", "localhost")
        .header("origin", "https://evil.test")
        .header("sec-fetch-site", "cross-site")
        .body(Body::empty())
        .unwrap();
    assert!(world.send(foreign).await.status.is_client_error());
    let named = Request::get("/_mail").header("host", "mail.evil.test").body(Body::empty()).unwrap();
    assert_eq!(world.send(named).await.status, StatusCode::MISDIRECTED_REQUEST);
    assert_eq!(
        ask(&world, "GET", "/_mail/api/messages").await.ok()["total"],
        json!(1),
        "nothing was deleted"
    );
}

#[tokio::test]
async fn production_has_no_mailbox() {
    let world = World::bare().await;
    for path in ["/_mail", "/_mail/x", "/_mail/api/messages"] {
        assert_eq!(world.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

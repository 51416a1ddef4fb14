//! Mail over the administration: its state, a test, the outbox, invitations.

use http::StatusCode;
use serde_json::json;

use super::Office;

#[tokio::test]
async fn a_test_waits_in_the_outbox_until_it_is_delivered() {
    let office = Office::furnished().await;
    let state = office.get("/mail?probe=true").await;
    assert_eq!((&state.body["transport"], &state.body["reachable"]), (&json!("mailbox"), &json!(null)));
    let made = office.send("POST", "/mail-tests", json!({ "to": "ops@home.test" })).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let waiting = office.get("/mails").await;
    assert_eq!(waiting.body["items"][0]["to"], "ops@home.test");
    assert!(!waiting.body.to_string().contains("sealed"), "{}", waiting.body);
    office.app.deliver_due().await.unwrap();
    assert_eq!(office.get("/mails").await.body["items"], json!([]));
    assert!(office.get("/mail").await.body["delivered_at"].is_i64());
    let kept = office.app.ports().post.mailbox().unwrap().to(Some("ops@home.test"));
    assert!(kept[0].mail.subject.contains("Doorward"));
}

#[tokio::test]
async fn a_mail_is_retried_and_dropped_by_its_id() {
    let office = Office::furnished().await;
    let made = office.send("POST", "/mail-tests", json!({ "to": "ops@home.test" })).await;
    let id = made.body["id"].as_str().unwrap().to_owned();
    let retried = office.send("POST", &format!("/mails/{id}/retry"), json!(null)).await;
    assert_eq!(retried.status, StatusCode::OK, "{}", retried.body);
    let dropped = office.send("DELETE", &format!("/mails/{id}"), json!(null)).await;
    assert_eq!(dropped.body["removed"], json!(id));
    for gone in [id.as_str(), "nothing", "%00"] {
        let answer = office.send("DELETE", &format!("/mails/{gone}"), json!(null)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{gone}: {}", answer.body);
    }
    for bad in [json!({ "to": "nobody" }), json!({ "to": "a@b.test\nBcc: c@d.test" }), json!({})] {
        assert_eq!(office.send("POST", "/mail-tests", bad).await.status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn an_invitation_goes_to_an_address_of_the_account() {
    let office = Office::furnished().await;
    let new = json!({ "name": "cleo", "emails": ["cleo@home.test"] });
    assert_eq!(office.send("POST", "/tenants/meadow/users", new).await.status, StatusCode::CREATED);
    let invited = office.send("POST", "/tenants/meadow/users/cleo/invitations", json!({})).await;
    assert_eq!((invited.status, &invited.body["address"]), (StatusCode::CREATED, &json!("cleo@home.test")));
    let other = json!({ "address": "ben@home.test" });
    let refused = office.send("POST", "/tenants/meadow/users/cleo/invitations", other).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.body);
    office.app.deliver_due().await.unwrap();
    let kept = office.app.ports().post.mailbox().unwrap().to(Some("cleo@home.test"));
    let link = kept[0].mail.link.clone().unwrap();
    assert!(link.starts_with("https://id.test/flow/invitation?tenant=meadow&key="), "{link}");
    for _ in 0..4 {
        office.send("POST", "/tenants/meadow/users/cleo/invitations", json!({})).await;
    }
    let spent = office.send("POST", "/tenants/meadow/users/cleo/invitations", json!({})).await;
    assert_eq!(spent.body["code"], "DW5452", "{}", spent.body);
}

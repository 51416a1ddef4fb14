//! Users and what is granted to and for them.

use http::StatusCode;
use serde_json::{Value, json};

use super::Office;

#[tokio::test]
async fn people_are_added_with_a_password_that_is_nowhere_to_be_read() {
    let office = Office::furnished().await;
    let ben =
        json!({ "name": "ben.fern", "emails": ["ben@meadow.test"], "password": "correct horse battery" });
    let made = office.send("POST", "/tenants/meadow/users", ben.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    assert_eq!(made.body["has_password"], true);
    assert!(!made.body.to_string().contains("argon2"));
    let again = office.send("POST", "/tenants/meadow/users", ben).await;
    assert_eq!((again.status, again.body["code"].as_str()), (StatusCode::CONFLICT, Some("DW1071")));
    let weak = office
        .send("PUT", "/tenants/meadow/users/ben.fern/password", json!({ "password": "12345678" }))
        .await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", weak.body);
    let wrong = office
        .send("PUT", "/tenants/meadow/users/ben.fern/password", json!({ "password": 77_001_122 }))
        .await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(!wrong.body.to_string().contains("77001122"), "{}", wrong.body);
    let missing = office.get("/tenants/meadow/users/ben").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    assert_eq!(missing.body["expected"], "ben.fern");
    let found = office.get("/tenants/meadow/users?search=BEN").await;
    assert_eq!(found.body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_last_administrator_stays_and_the_first_of_two_may_go() {
    let office = Office::furnished().await;
    let ada = json!({ "name": "ada", "roles": ["administrator"] });
    office.send("POST", "/tenants/meadow/users", ada).await;
    let refused = office.send("DELETE", "/tenants/meadow/users/ada", Value::Null).await;
    assert_eq!((refused.status, refused.body["code"].as_str()), (StatusCode::CONFLICT, Some("DW1075")));
    office.send("POST", "/tenants/meadow/users", json!({ "name": "eve" })).await;
    let path = "/tenants/meadow/users/eve/roles/administrator";
    assert_eq!(office.send("PUT", path, Value::Null).await.status, StatusCode::OK);
    assert_eq!(office.send("DELETE", "/tenants/meadow/users/ada", Value::Null).await.status, StatusCode::OK);
    assert_eq!(
        office.send("POST", "/tenants/meadow/users/eve/disable", Value::Null).await.status,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn a_grant_by_short_name_is_in_the_table_and_can_be_withdrawn() {
    let office = Office::furnished().await;
    office.send("POST", "/tenants/meadow/users", json!({ "name": "ben.fern" })).await;
    let grant = json!({ "app": "web shop", "permission": "notes:notes.read", "user": "ben" });
    let given = office.send("POST", "/tenants/meadow/grants", grant).await;
    assert_eq!(
        (given.status, given.body["granted_for"].as_str()),
        (StatusCode::OK, Some("ben.fern")),
        "{}",
        given.body
    );
    let role = json!({ "app": "web shop", "permission": "notes:Notes.Read.All" });
    assert_eq!(office.send("POST", "/tenants/meadow/role-assignments", role).await.status, StatusCode::OK);
    let table = office.get("/tenants/meadow/apps/web%20shop/permissions").await.body;
    assert_eq!(
        table["permissions"],
        json!([
            { "api": "notes", "name": "Notes.Read.All", "kind": "Application", "admin_consent_required": true,
              "requested": false, "granted_for": ["the app itself"] },
            { "api": "notes", "name": "notes.read", "kind": "Delegated", "admin_consent_required": false,
              "requested": true, "granted_for": ["ben.fern"] },
        ])
    );
    let listed = office.get("/tenants/meadow/grants?app=web%20shop").await.body;
    assert_eq!(listed["items"][0]["permissions"], json!(["notes.read"]));
    assert_eq!(office.get("/tenants/meadow/role-assignments").await.body["items"][0]["app"], "web shop");
    for (path, status) in [
        ("/tenants/meadow/grants?app=web%20shop&permission=notes:notes.read&all=true", StatusCode::NOT_FOUND),
        (
            "/tenants/meadow/grants?app=web%20shop&permission=notes:notes.read",
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        ("/tenants/meadow/grants?app=web%20shop&permission=notes:notes.read&user=ben", StatusCode::OK),
        ("/tenants/meadow/grants?app=web%20shop&permission=notes:notes.read&user=ben", StatusCode::NOT_FOUND),
    ] {
        let answer = office.send("DELETE", path, Value::Null).await;
        assert_eq!(answer.status, status, "{path} {}", answer.body);
    }
}

//! Applications, APIs, keys and flows.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, Office};

#[tokio::test]
async fn an_application_is_registered_shown_changed_and_removed() {
    let office = Office::furnished().await;
    let list = office.get("/tenants/meadow/apps").await;
    assert_eq!(list.body["items"][0]["name"], "web shop");
    assert_eq!(list.body["items"][0]["requires"][0]["permission"], "notes:notes.read");
    let client_id = list.body["items"][0]["client_id"].as_str().unwrap().to_owned();
    for word in ["web%20shop", client_id.as_str()] {
        let shown = office.get(&format!("/tenants/meadow/apps/{word}")).await;
        assert_eq!(shown.body["client_id"], client_id);
        assert_eq!(shown.body["secrets"][0]["name"], "default");
        assert!(!shown.body.to_string().contains("digest") && shown.body.get("undo").is_none());
    }
    let body = json!({ "uri": "http://localhost:3000/redirect" });
    let added = office.send("POST", "/tenants/meadow/apps/web%20shop/redirects", body).await;
    assert_eq!(added.body["redirect_uris"][1]["platform"], "web", "{}", added.body);
    assert_eq!(
        added.body["undo"],
        json!(["app", "redirect", "rm", "web shop", "http://localhost:3000/redirect", "--tenant", "meadow"])
    );
    let gone = office.send("DELETE", "/tenants/meadow/apps/web%20shop", Value::Null).await;
    assert_eq!(gone.body["removed"], "web shop");
    assert_eq!(office.get("/tenants/meadow/apps/web%20shop").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_secret_is_shown_once() {
    let office = Office::furnished().await;
    let made = office
        .send("POST", "/tenants/meadow/apps/web%20shop/secrets", json!({ "name": "ci", "days": 7 }))
        .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let secret = made.body["client_secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("dws_") && secret.len() == 47);
    for path in ["/tenants/meadow/apps/web%20shop", "/tenants/meadow/audit", "/audit"] {
        let said = office.get(path).await.body.to_string();
        assert!(said.contains("ci") && !said.contains(&secret[8..]), "{path}");
    }
    let id = made.body["secret_id"].as_str().unwrap();
    let path = format!("/tenants/meadow/apps/web%20shop/secrets/{id}?revoke_grants=true");
    assert_eq!(office.send("DELETE", &path, Value::Null).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_import_keeps_what_was_granted_and_a_dry_run_changes_nothing() {
    let office = Office::furnished().await;
    let grant = json!({ "app": "web shop", "permission": "notes:notes.write", "all": true });
    assert_eq!(office.send("POST", "/tenants/meadow/grants", grant).await.status, StatusCode::OK);
    let document =
        json!({ "spec": { "name": "notes", "title": "Notes", "scopes": [{ "value": "notes.new" }] } });
    let dry = office.send("POST", "/tenants/meadow/api-imports?dry_run=true", document.clone()).await;
    assert_eq!(dry.body["dry_run"], true, "{}", dry.body);
    let kinds = |answer: &Answer| -> Vec<(String, String)> {
        let changes = answer.body["changes"].as_array().unwrap();
        let text = |change: &Value, name: &str| change[name].as_str().unwrap_or_default().to_owned();
        changes.iter().map(|change| (text(change, "name"), text(change, "kind"))).collect()
    };
    let expected = [
        ("", "changed"),
        ("notes.new", "added"),
        ("notes.write", "kept"),
        ("notes.read", "removed"),
        ("Notes.Read.All", "removed"),
    ]
    .map(|(name, kind)| (name.to_owned(), kind.to_owned()));
    assert_eq!(kinds(&dry), expected);
    assert_eq!(office.get("/tenants/meadow/apis/notes").await.body["title"], "notes");
    let real = office.send("POST", "/tenants/meadow/api-imports", document).await;
    assert_eq!(kinds(&real), expected);
    let api = office.get("/tenants/meadow/apis/api%3A%2F%2Fnotes").await.body;
    assert_eq!((api["title"].as_str(), api["scopes"].as_array().unwrap().len()), (Some("Notes"), 2));
    let used = office.send("DELETE", "/tenants/meadow/apis/notes", Value::Null).await;
    assert_eq!((used.status, used.body["code"].as_str()), (StatusCode::CONFLICT, Some("DW1076")));
    assert!(used.body["detail"].as_str().unwrap().contains("web shop"), "{}", used.body);
}

#[tokio::test]
async fn keys_are_published_before_they_sign() {
    let office = Office::furnished().await;
    let before = office.get("/tenants/meadow/keys").await.body;
    assert_eq!(before["items"].as_array().unwrap().len(), 2);
    let rotate = |body| office.send("POST", "/tenants/meadow/keys/rotations", body);
    let first = rotate(json!({ "algorithm": "ES256" })).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    let soon = rotate(json!({ "algorithm": "ES256" })).await;
    assert_eq!((soon.status, soon.body["code"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("DW1072")));
    let now = rotate(json!({ "algorithm": "ES256", "timing": "now" })).await;
    let states: Vec<_> = now.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| key["algorithm"] == "ES256")
        .map(|key| key["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["active", "retiring"]);
    assert!(!now.body.to_string().contains("sealed"));
}

#[tokio::test]
async fn flows_are_stored_shown_and_removed() {
    let office = Office::furnished().await;
    let body = json!({ "kind": "sign_up_or_sign_in", "claims": ["emails"], "aliases": ["join"] });
    let stored = office.send("PUT", "/tenants/meadow/flows/Welcome", body).await;
    assert_eq!((stored.status, stored.body["consent"].as_str()), (StatusCode::OK, Some("admin_only")));
    assert_eq!(office.get("/tenants/meadow/flows/JOIN").await.body["name"], "Welcome");
    assert_eq!(office.get("/tenants/meadow/flows").await.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        office.send("DELETE", "/tenants/meadow/flows/welcome", Value::Null).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_back_end_may_introspect_once_the_api_names_it() {
    let office = Office::furnished().await;
    let named = office
        .send("PATCH", "/tenants/meadow/apis/notes", json!({ "introspectors": ["web shop", "web shop"] }))
        .await;
    assert_eq!(named.status, StatusCode::OK, "{}", named.body);
    let shop = office.get("/tenants/meadow/apps/web%20shop").await.body["app_id"].clone();
    assert_eq!(named.body["introspectors"], json!([shop]));
    assert_eq!(
        named.body["undo"],
        json!(["api", "update", "notes", "--introspector", "none", "--tenant", "meadow"])
    );
    let unknown = json!({ "introspectors": ["webshop"] });
    let refused = office.send("PATCH", "/tenants/meadow/apis/notes", unknown).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (StatusCode::NOT_FOUND, &json!("DW1070")),
        "{}",
        refused.body
    );
    for malformed in [json!({ "introspectors": "web shop" }), json!({ "introspector": ["web shop"] })] {
        let refused = office.send("PATCH", "/tenants/meadow/apis/notes", malformed).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.body);
    }
    let nobody = office.send("PATCH", "/tenants/meadow/apis/notes", json!({ "introspectors": [] })).await;
    assert_eq!(nobody.body["introspectors"], json!([]), "{}", nobody.body);
}

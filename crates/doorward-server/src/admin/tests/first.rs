//! The first administrator, entity tags, exports, and the document.

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{Access, Answer, Office, ask, router};
use crate::admin::bootstrap_code;

async fn bootstrap(office: &Office, body: Value) -> Answer {
    let network: Router = Router::new().nest("/admin/v1", router(office.app.clone(), Access::Network));
    let request = Request::post("/admin/v1/bootstrap")
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    ask(network, request).await
}

fn body(code: &str, name: &str) -> Value {
    json!({ "code": code, "tenant": "meadow", "name": name, "password": "correct horse battery" })
}

#[tokio::test]
async fn a_bootstrap_code_makes_one_owner_and_is_good_once() {
    let office = Office::open().await;
    let first = bootstrap_code(&office.app).await.unwrap().unwrap();
    let code = bootstrap_code(&office.app).await.unwrap().unwrap();
    assert_eq!(format!("{code:?}"), "***");
    let weak = json!({ "code": code.expose(), "tenant": "meadow", "name": "ada", "password": "12345678" });
    assert_eq!(bootstrap(&office, weak).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    for wrong in [first.expose(), "", "dwb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let answer = bootstrap(&office, body(wrong, "ada")).await;
        assert_eq!((answer.status, &answer.body["code"]), (StatusCode::FORBIDDEN, &json!("DW1080")));
    }
    let made = bootstrap(&office, body(code.expose(), "ada")).await;
    assert_eq!((made.status, &made.body["roles"]), (StatusCode::CREATED, &json!(["owner"])), "{}", made.body);
    let again = bootstrap(&office, body(code.expose(), "eve")).await;
    assert_eq!(again.body["code"], "DW1080");
    assert!(bootstrap_code(&office.app).await.unwrap().is_none());
    let log = office.get("/audit").await.body;
    assert_eq!(log["items"][0]["credential"], "bootstrap code");
    assert!(!log.to_string().contains(code.expose()));
}

#[tokio::test]
async fn a_code_is_void_once_somebody_else_administers() {
    let office = Office::furnished().await;
    let code = bootstrap_code(&office.app).await.unwrap().unwrap();
    let ada = json!({ "name": "ada", "roles": ["administrator"] });
    assert_eq!(office.send("POST", "/tenants/meadow/users", ada).await.status, StatusCode::CREATED);
    let late = bootstrap(&office, body(code.expose(), "eve")).await;
    assert_eq!((late.status, &late.body["code"]), (StatusCode::CONFLICT, &json!("DW1081")));
}

#[tokio::test]
async fn a_change_heeds_the_tag_that_it_was_made_upon() {
    let office = Office::furnished().await;
    let path = "/tenants/meadow/apps/web%20shop";
    let read = office.get(path).await;
    let tag = read.headers["etag"].to_str().unwrap().to_owned();
    let change = |name: &'static str, tag: &str| {
        Request::patch(format!("/admin/v1{path}"))
            .header("content-type", "application/json")
            .header("if-match", tag)
            .body(Body::from(json!({ name: true }).to_string()))
            .unwrap()
    };
    let office = &office;
    let send = |request| ask(router(office.app.clone(), Access::Socket), request);
    let first = send(change("first_party", &tag)).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    let new_tag = first.headers["etag"].to_str().unwrap().to_owned();
    assert_ne!(new_tag, tag);
    assert_eq!(office.get(path).await.headers["etag"], new_tag.as_str());
    let late = send(change("claims_in_id_token", &tag)).await;
    assert_eq!((late.status, &late.body["code"]), (StatusCode::PRECONDITION_FAILED, &json!("DW1083")));
    assert_eq!(send(change("claims_in_id_token", "*")).await.status, StatusCode::OK);
    assert_eq!(send(change("claims_in_id_token", "nonsense")).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_audit_log_is_filtered_and_exported_whole() {
    let office = Office::furnished().await;
    for n in 0..7 {
        office.send("POST", "/tenants/meadow/users", json!({ "name": format!("u{n}") })).await;
    }
    let page = office.get("/tenants/meadow/audit?action=user.&limit=3").await.body;
    assert_eq!(page["items"].as_array().unwrap().len(), 3);
    assert!(page["next"].is_string());
    assert_eq!(office.get("/tenants/meadow/audit?since=4102444800").await.body["items"], json!([]));
    assert_eq!(
        office.get("/tenants/meadow/audit?target=u3").await.body["items"].as_array().unwrap().len(),
        1
    );
    let lines = office.get("/tenants/meadow/audit/export?action=user.create").await;
    assert_eq!(lines.headers["content-type"], "application/jsonl");
    let text = lines.body.as_str().unwrap();
    assert_eq!(text.lines().count(), 7);
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["actor"] == "operator"));
    let csv = office.get("/audit/export?format=csv").await;
    assert!(csv.body.as_str().unwrap().starts_with("at,tenant,actor,credential,action,target,detail\r\n"));
    for bad in ["format=xml", "since=yesterday", "sicne=5", "action=a&action=b"] {
        let answer = office.get(&format!("/audit/export?{bad}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn the_document_is_for_everybody() {
    let office = Office::open().await;
    let network: Router = Router::new().nest("/admin/v1", router(office.app.clone(), Access::Network));
    let request = Request::get("/admin/v1/openapi.json").body(Body::empty()).unwrap();
    let document = ask(network, request).await;
    assert_eq!(document.body["openapi"], "3.1.0");
    assert_eq!(document.body["servers"][0]["url"], "https://id.test/admin/v1");
}

/// What a schema says of an object's members.
fn properties(document: &Value, name: &str) -> Vec<String> {
    document["components"]["schemas"][name]["properties"].as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn every_member_of_an_answer_is_in_its_schema() {
    let office = Office::furnished().await;
    office.send("POST", "/tenants/meadow/users", json!({ "name": "ben" })).await;
    office.send("PUT", "/tenants/meadow/flows/welcome", json!({ "kind": "sign_in" })).await;
    let document = office.get("/openapi.json").await.body;
    for (path, schema) in [
        ("/tenants/meadow", "Tenant"),
        ("/tenants/meadow/users/ben", "User"),
        ("/tenants/meadow/apps/web%20shop", "App"),
        ("/tenants/meadow/apis/notes", "Api"),
        ("/tenants/meadow/flows/welcome", "Flow"),
        ("/tenants/meadow/apps/web%20shop/permissions", "Permissions"),
        ("/whoami", "Caller"),
    ] {
        let known = properties(&document, schema);
        let answer = office.get(path).await.body;
        for member in answer.as_object().unwrap().keys() {
            assert!(known.contains(member), "{schema} does not know {member}");
        }
    }
    for (path, schema) in [("/tenants/meadow/audit", "AuditLine"), ("/tenants/meadow/keys", "Key")] {
        let known = properties(&document, schema);
        for member in office.get(path).await.body["items"][0].as_object().unwrap().keys() {
            assert!(known.contains(member), "{schema} does not know {member}");
        }
    }
}

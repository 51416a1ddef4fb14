//! The shape of what the directory's doors answer: scopes, ID tokens, numbered errors.

use serde_json::{Value, json};

use crate::support::{DAEMON, Door, SPA, WEB, World, claims_of};

const DOORS: [Door; 2] = [Door::Directory, Door::Flow];

#[tokio::test]
async fn scopes_come_back_as_they_were_spelt_without_offline_access() {
    let world = World::open().await;
    let api = world.cast.notes.id.to_string();
    for door in DOORS {
        for spelling in ["api://notes/notes.read".to_owned(), format!("{api}/notes.read")] {
            let asked = format!("{spelling} openid profile offline_access");
            let body = world.tokens(door, SPA, &asked).await;
            let words: Vec<&str> = body["scope"].as_str().unwrap().split(' ').collect();
            for word in [spelling.as_str(), "openid", "profile"] {
                assert!(words.contains(&word), "{words:?}");
            }
            assert_eq!(words.len(), 3, "{words:?}");
            let body = world.refresh(door, SPA, body["refresh_token"].as_str().unwrap()).await.ok();
            assert!(body["scope"].as_str().unwrap().contains(&spelling));
            assert!(!body["scope"].as_str().unwrap().contains("offline_access"));
        }
    }
}

#[tokio::test]
async fn every_delegated_grant_has_an_id_token_also_a_refresh() {
    let world = World::open().await;
    for door in DOORS {
        let body = world.tokens(door, SPA, "api://notes/notes.read offline_access").await;
        let first = claims_of(body["id_token"].as_str().unwrap());
        let body = world.refresh(door, SPA, body["refresh_token"].as_str().unwrap()).await.ok();
        let second = claims_of(body["id_token"].as_str().unwrap());
        assert_eq!((&first["sub"], &first["sid"]), (&second["sub"], &second["sid"]));
        assert!(body["expires_in"].as_u64().unwrap() > 300, "else it is never served from a cache");
    }
}

#[tokio::test]
async fn client_credentials_tell_no_scope() {
    let world = World::open().await;
    let fields = [("grant_type", "client_credentials"), ("scope", "api://notes/.default")];
    let body = world.token(Door::Directory, DAEMON, &fields).await.ok();
    let mut names: Vec<&String> = body.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["access_token", "expires_in", "ext_expires_in", "token_type"]);
}

/// Every field that MSAL reads from an error.
fn is_complete(body: &Value, number: u64) {
    assert_eq!(body["error_codes"], json!([number]), "{body}");
    let description = body["error_description"].as_str().unwrap();
    assert!(description.starts_with(&format!("AADSTS{number}: ")), "{description}");
    for part in ["Trace ID: ", "Correlation ID: ", "Timestamp: "] {
        assert!(description.contains(part), "{description}");
    }
    for field in ["timestamp", "trace_id", "correlation_id", "error_uri"] {
        assert!(body[field].is_string(), "{body}");
    }
    assert!(body["error_uri"].as_str().unwrap().ends_with(&format!("&code={number}")), "{body}");
}

#[tokio::test]
async fn errors_have_the_directorys_numbers() {
    let world = World::open().await;
    let cc = ("grant_type", "client_credentials");
    for (client, fields, number) in [
        (WEB, vec![], 900_144),
        (WEB, vec![("grant_type", "authorization_code"), ("code", "x")], 70_000),
        (WEB, vec![("grant_type", "password")], 70_003),
        (WEB, vec![("grant_type", "refresh_token"), ("refresh_token", "x")], 70_000),
        (DAEMON, vec![cc, ("scope", "api://nothing/.default")], 500_011),
        (DAEMON, vec![cc, ("scope", "api://notes/notes.read")], 1_002_012),
        (DAEMON, vec![("grant_type", "authorization_code"), ("code", "x")], 70_001),
    ] {
        let answer = world.token(Door::Directory, client, &fields).await;
        is_complete(&answer.json(), number);
        assert_eq!(answer.header("x-ms-request-id"), answer.json()["trace_id"].as_str().unwrap());
    }
    let path = Door::Directory.at("token");
    let wrong = [cc, ("client_id", DAEMON), ("client_secret", "wrong")];
    let answer = world.post(&path, &wrong).await;
    answer.refused(401, "invalid_client", "DW2001");
    is_complete(&answer.json(), 7_000_215);
    let unknown = world.post(&path, &[cc, ("client_id", "nobody")]).await;
    unknown.refused(400, "unauthorized_client", "DW1001");
    is_complete(&unknown.json(), 700_016);
    let tenant = world.post("/forest/oauth2/v2.0/token", &[cc]).await;
    tenant.refused(404, "invalid_request", "DW1056");
    is_complete(&tenant.json(), 90_002);
}

#[tokio::test]
async fn a_clients_own_id_of_the_request_comes_back() {
    let world = World::open().await;
    let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
    let path = Door::Directory.at("token");
    for answer in [
        world.post(&format!("{path}?client-request-id={id}"), &[]).await,
        world.post(&path, &[("client-request-id", id)]).await,
        world.post_with(&path, &[], &[("client-request-id", id)]).await,
    ] {
        assert_eq!(answer.json()["correlation_id"], id);
    }
    let odd = world.post(&format!("{path}?client-request-id=%3Cscript%3E"), &[]).await;
    assert!(!odd.text().contains("<script"), "{}", odd.text());
}

#[tokio::test]
async fn a_flow_says_b2cs_numbers_on_one_line() {
    let world = World::open().await;
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let answer = world.token(Door::Flow, WEB, &fields).await;
    assert_eq!(answer.status, 400);
    let answer = world.token(Door::Flow, WEB, &[("grant_type", "nonsense")]).await;
    let description = answer.json()["error_description"].as_str().unwrap().to_owned();
    assert!(description.starts_with("AADB2C90086: ") && !description.contains('\n'), "{description}");
    let expired = world.code(&crate::support::Ask::of(Door::Flow, WEB)).await;
    world.pass(60);
    let answer = world.redeem(Door::Flow, WEB, &expired).await;
    assert!(answer.text().contains("AADB2C90080"), "{}", answer.text());
}

#[tokio::test]
async fn default_stands_for_what_was_granted() {
    let world = World::open().await;
    for door in DOORS {
        let body = world.tokens(door, SPA, "api://notes/.default openid offline_access").await;
        assert_eq!(claims_of(body["access_token"].as_str().unwrap())["scp"], "notes.read");
        let words: Vec<&str> = body["scope"].as_str().unwrap().split(' ').collect();
        assert!(words.contains(&"api://notes/.default"), "as it was asked for: {words:?}");
        let refreshed = world.refresh(door, SPA, body["refresh_token"].as_str().unwrap()).await.ok();
        assert_eq!(claims_of(refreshed["access_token"].as_str().unwrap())["scp"], "notes.read");
    }
}

//! `client_info`: the account's home in MSAL's cache.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::support::{Ask, BEN, Door, SPA, WEB, World, redemption};

fn decoded(text: &str) -> Value {
    assert!(!text.contains('='), "padding is stripped: {text}");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

#[tokio::test]
async fn it_names_account_and_tenant_and_on_a_flow_the_flow_too() {
    let world = World::open().await;
    let (user, tenant) = (world.cast.ben.id.to_string(), world.cast.tenant.id.to_string());
    for (door, uid) in [(Door::Directory, user.clone()), (Door::Flow, format!("{user}-b2c_1_susi"))] {
        let home = serde_json::json!({ "uid": uid, "utid": tenant });
        let ask = Ask::of(door, SPA).scope("openid offline_access").with("client_info", "1");
        let arrival = world.arrive(&ask, BEN).await;
        assert_eq!(decoded(arrival.get("client_info")), home);
        let code = arrival.code();
        let mut fields = redemption(SPA, &code);
        fields.push(("client_info", "1"));
        let body = world.token(door, SPA, &fields).await.ok();
        assert_eq!(decoded(body["client_info"].as_str().unwrap()), home);
        let refresh = [
            ("grant_type", "refresh_token"),
            ("refresh_token", body["refresh_token"].as_str().unwrap()),
            ("client_info", "1"),
        ];
        let body = world.token(door, SPA, &refresh).await.ok();
        assert_eq!(decoded(body["client_info"].as_str().unwrap()), home);
    }
}

#[tokio::test]
async fn nobody_who_did_not_ask_gets_it_with_a_token() {
    let world = World::open().await;
    for door in Door::ALL {
        let body = world.tokens(door, WEB, "openid").await;
        assert_eq!(body.get("client_info"), None, "{door:?}");
    }
    let arrival = world.arrive(&Ask::of(Door::Plain, WEB), BEN).await;
    assert!(!arrival.params.contains_key("client_info") && !arrival.params.contains_key("session_state"));
    let arrival = world.arrive(&Ask::of(Door::Directory, WEB), BEN).await;
    assert!(!arrival.get("session_state").is_empty());
}

//! The code flow from the request to verified tokens, at each door and for each kind of application.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_crypto::digest::sha256;

use crate::support::{
    ADA, Ask, BEN, By, Door, NATIVE, NONCE, SPA, STATE, WEB, World, claims_of, headers_of, redirect_of,
};

const SCOPE: &str = "openid profile email offline_access api://notes/notes.read";

#[tokio::test]
async fn a_code_becomes_tokens_at_every_door_for_every_application() {
    let world = World::open().await;
    let notes = world.cast.notes.id.to_string();
    for (door, client) in Door::ALL.into_iter().flat_map(|door| [(door, WEB), (door, SPA), (door, NATIVE)]) {
        let arrival = world.arrive(&Ask::of(door, client).scope(SCOPE), BEN).await;
        assert_eq!((arrival.by, arrival.to.as_str()), (By::Continue, redirect_of(client)));
        assert_eq!(arrival.get("state"), STATE, "byte for byte");
        assert_eq!(arrival.get("iss"), door.issuer());
        let body = world.redeem(door, client, &arrival.code()).await.ok();
        assert_eq!((&body["token_type"], &body["expires_in"]), (&"Bearer".into(), &3600.into()));
        assert!(body["refresh_token"].is_string(), "{body}");

        let access = body["access_token"].as_str().unwrap();
        let claims = world.access_claims(access, &door.api_issuer(), &notes).await;
        assert_eq!(claims.text("scp"), Some("notes.read"));
        assert_eq!(claims.text("idtyp"), Some("user"));
        assert_eq!(claims.text("azp"), Some(client));
        assert_eq!(claims.text("oid"), Some(world.cast.ben.id.to_string().as_str()));
        assert_eq!(claims.text("tfp"), (door == Door::Flow).then_some("b2c_1_susi"));

        let id = body["id_token"].as_str().unwrap();
        let claims = world.id_claims(id, door, client).await;
        assert_eq!(claims.text("nonce"), Some(NONCE));
        assert_eq!(claims.seconds("auth_time"), Some(world.now()));
        assert_eq!(claims.seconds("exp"), Some(world.now() + 3600));
        let half = URL_SAFE_NO_PAD.encode(&sha256(access.as_bytes())[..16]);
        assert_eq!(claims.text("at_hash"), Some(half.as_str()));
        assert_eq!(claims.value("idtyp"), None, "only access tokens are marked");
        assert_eq!(claims_of(id)["amr"], serde_json::json!(["pwd"]));
    }
}

#[tokio::test]
async fn each_door_has_its_own_words_for_the_same_person() {
    let world = World::open().await;
    let id = world.cast.ben.id.to_string();
    for door in Door::ALL {
        let code = world.code(&Ask::of(door, WEB).scope("openid profile email")).await;
        let body = world.redeem(door, WEB, &code).await.ok();
        let claims = claims_of(body["id_token"].as_str().unwrap());
        let text = |name: &str| claims[name].as_str();
        match door {
            Door::Plain => {
                assert_eq!(text("sub"), Some(id.as_str()));
                assert_eq!(text("name"), None, "userinfo tells it: OpenID Connect Core 5.4");
            }
            Door::Directory => {
                assert_ne!(text("sub"), Some(id.as_str()), "pairwise");
                assert_eq!((text("oid"), text("ver")), (Some(id.as_str()), Some("2.0")));
                assert_eq!((text("name"), text("preferred_username")), (Some("Ben <Fern>"), Some(BEN)));
                assert_eq!(text("email"), Some("ben@mail.test"));
                assert!(text("login_hint").is_some_and(|hint| hint.starts_with("O.")));
            }
            Door::Flow => {
                assert_eq!((text("sub"), text("tfp")), (Some(id.as_str()), Some("b2c_1_susi")));
                assert_eq!((text("given_name"), text("preferred_username")), (Some("Ben"), Some(BEN)));
                assert_eq!(claims["emails"], serde_json::json!(["ben@mail.test"]));
                assert_eq!(claims.get("newUser"), None);
            }
        }
    }
}

#[tokio::test]
async fn a_signed_in_person_is_sent_on_without_a_page() {
    let world = World::open().await;
    let mut browser = world.browser();
    for (first, door) in [(true, Door::Plain), (false, Door::Directory), (false, Door::Flow)] {
        for (mode, in_fragment, by) in [
            ("query", false, By::Redirect),
            ("fragment", true, By::Redirect),
            ("form_post", false, By::FormPost),
        ] {
            let ask = Ask::of(door, WEB).with("response_mode", mode);
            let arrival = if first && mode == "query" {
                world.sign_in(&mut browser, &ask, BEN).await.client()
            } else {
                let arrival = browser.visit(&ask.url()).await.client();
                assert_eq!(arrival.by, by, "{mode}");
                arrival
            };
            assert_eq!((arrival.to.as_str(), arrival.in_fragment), (redirect_of(WEB), in_fragment));
            assert_eq!(arrival.get("state"), STATE);
            world.redeem(door, WEB, &arrival.code()).await.ok();
        }
    }
}

#[tokio::test]
async fn every_response_mode_survives_the_sign_in_page() {
    let world = World::open().await;
    for (mode, by, in_fragment) in
        [("query", By::Continue, false), ("fragment", By::Continue, true), ("form_post", By::FormPost, false)]
    {
        let ask = Ask::of(Door::Plain, SPA).with("response_mode", mode);
        let mut browser = world.browser();
        let arrival = world.sign_in(&mut browser, &ask, BEN).await.client();
        assert_eq!((arrival.by, arrival.in_fragment), (by, in_fragment), "{mode}");
        assert_eq!((arrival.get("state"), arrival.get("iss")), (STATE, Door::Plain.issuer().as_str()));
        let policy = browser.last.unwrap().header("content-security-policy").to_owned();
        let form_action =
            if mode == "form_post" { "form-action https://spa.test;" } else { "form-action 'none';" };
        assert!(policy.contains(form_action) && policy.contains("script-src 'nonce-"), "{policy}");
    }
}

#[tokio::test]
async fn a_query_that_the_redirect_uri_has_stays_and_the_request_may_be_posted() {
    let world = World::open().await;
    let ask = Ask::of(Door::Plain, WEB).with("redirect_uri", "https://web.test/cb?x=1");
    let arrival = world.arrive(&ask, BEN).await;
    assert_eq!((arrival.to.as_str(), arrival.get("x")), ("https://web.test/cb", "1"));

    let mut browser = world.browser();
    let ask = Ask::of(Door::Directory, SPA);
    let encoded = ask.encoded();
    let fields: Vec<(String, String)> =
        url::form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let path = format!("{}?client-request-id=3f2504e0-4f89-41d3-9a0c-0305e82c3301", ask.path);
    let page = browser.post_from(&path, &fields, &[("origin", "https://spa.test")]).await.page();
    let arrival = browser.sign_in(&page, (BEN, crate::support::BEN_PASSWORD)).await.client();
    assert_eq!(arrival.get("state"), STATE);
}

#[tokio::test]
async fn without_openid_the_plain_door_gives_no_id_token_and_without_offline_access_no_refresh_token() {
    let world = World::open().await;
    let code = world.code(&Ask::of(Door::Plain, WEB).scope("api://notes/notes.read").without("nonce")).await;
    let body = world.redeem(Door::Plain, WEB, &code).await.ok();
    assert_eq!((body.get("id_token"), body.get("refresh_token")), (None, None));
    assert_eq!(body["scope"], "api://notes/notes.read");

    let code =
        world.code(&Ask::of(Door::Directory, WEB).scope("api://notes/notes.read").without("nonce")).await;
    let body = world.redeem(Door::Directory, WEB, &code).await.ok();
    let claims = claims_of(body["id_token"].as_str().unwrap());
    assert_eq!(claims.get("nonce"), None, "only what was sent");
}

#[tokio::test]
async fn one_api_sees_one_shape_through_every_door_and_each_api_its_own() {
    let world = World::bare().await;
    let cast = &world.cast;
    let mut changes = vec![cast.grant_all(&cast.web, cast.tasks.id, "tasks.read")];
    changes.push(cast.grant_all(&cast.web, doorward_core::directory::BUILT_IN_GRAPH, "openid"));
    world.change(changes).await;
    for door in Door::ALL {
        let code = world.code(&Ask::of(door, WEB).scope("openid https://tasks.test/tasks.read")).await;
        let body = world.redeem(door, WEB, &code).await.ok();
        let access = body["access_token"].as_str().unwrap();
        assert_eq!(headers_of(access)["alg"], "ES256");
        let claims = world.access_claims(access, &Door::Plain.issuer(), "https://tasks.test").await;
        assert_eq!((claims.text("scope"), claims.text("client_id")), (Some("tasks.read"), Some(WEB)));
        assert_eq!(claims.text("sub"), Some(cast.ben.id.to_string().as_str()));
        assert_eq!(claims.value("ver"), None);
    }
}

#[tokio::test]
async fn two_people_get_two_subjects() {
    let world = World::open().await;
    let mut subjects = Vec::new();
    for user in [ADA, BEN] {
        let code = world.arrive(&Ask::of(Door::Directory, SPA), user).await.code();
        let body = world.redeem(Door::Directory, SPA, &code).await.ok();
        subjects.push(claims_of(body["id_token"].as_str().unwrap())["sub"].clone());
    }
    assert_ne!(subjects[0], subjects[1]);
}

#[tokio::test]
async fn an_api_may_be_named_beside_its_scopes() {
    let world = World::open().await;
    let ask =
        Ask::of(Door::Plain, SPA).scope("openid notes.read offline_access").with("resource", "api://notes");
    let body = world.redeem(Door::Plain, SPA, &world.code(&ask).await).await.ok();
    let words: Vec<&str> = body["scope"].as_str().unwrap().split(' ').collect();
    assert!(words.contains(&"notes.read"), "as it was spelt: {words:?}");
    let claims = claims_of(body["access_token"].as_str().unwrap());
    assert_eq!(
        (&claims["aud"], &claims["scp"]),
        (&world.cast.notes.id.to_string().into(), &"notes.read".into())
    );
    let two = ask.and("resource", "https://tasks.test");
    let arrival = world.browser().visit(&two.url()).await.client();
    assert!(arrival.get("error_description").contains("DW1104"), "{arrival:?}");
}

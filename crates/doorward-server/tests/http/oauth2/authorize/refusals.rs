//! Requests that get no code: on a page until client and redirect URI are proven, at the application after that.

use crate::support::{Ask, DAEMON, Door, Landed, NATIVE, SPA, STATE, WEB, World};

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_registered() {
    let world = World::open().await;
    for (change, code) in [
        (("client_id", "nobody"), "DW1001"),
        (("client_id", "<script>"), "DW1001"),
        (("redirect_uri", "https://web.test/cb/"), "DW1101"),
        (("redirect_uri", "https://WEB.test/cb"), "DW1101"),
        (("redirect_uri", "https://web.test/cb#x"), "DW1101"),
        (("redirect_uri", "https://evil.test/cb"), "DW1101"),
        (("redirect_uri", "http://web.test/cb"), "DW1101"),
        (("redirect_uri", "javascript:alert(1)"), "DW1101"),
        (("redirect_uri", "//web.test/cb"), "DW1101"),
    ] {
        for door in Door::ALL {
            // Neither an error of its own nor `prompt=none` makes it safe.
            for extra in [("prompt", "none"), ("response_type", "nonsense"), ("response_mode", "form_post")] {
                let ask = Ask::of(door, WEB).with(change.0, change.1).with(extra.0, extra.1);
                let page = world.browser().visit(&ask.url()).await.page();
                assert_eq!((page.status.as_u16(), page.code().as_str()), (400, code), "{change:?}");
                assert!(!page.has("<script>"), "{}", page.html);
            }
        }
    }
    let page = world.browser().visit(&Ask::of(Door::Plain, WEB).without("redirect_uri").url()).await.page();
    assert_eq!(page.code(), "DW1057");
    let page = world.browser().visit(&Ask::of(Door::Plain, WEB).without("client_id").url()).await.page();
    assert_eq!(page.code(), "DW1057");
}

#[tokio::test]
async fn what_is_wrong_after_that_is_told_to_the_application_with_its_state() {
    let world = World::open().await;
    let base = || Ask::of(Door::Plain, WEB);
    for (ask, error, code) in [
        (base().without("response_type"), "invalid_request", "DW1057"),
        (base().with("response_type", "token"), "unsupported_response_type", "DW1058"),
        (base().with("response_type", "code id_token"), "unsupported_response_type", "DW1058"),
        (base().with("response_mode", "jwt"), "invalid_request", "DW1059"),
        (base().with("request", "eyJhbGciOiJub25lIn0.e30."), "request_not_supported", "DW1061"),
        (base().with("request_uri", "https://web.test/request"), "request_uri_not_supported", "DW1061"),
        (base().without("code_challenge"), "invalid_request", "DW1102"),
        (base().without("code_challenge").without("code_challenge_method"), "invalid_request", "DW1102"),
        (base().without("code_challenge_method"), "invalid_request", "DW1064"),
        (base().with("code_challenge_method", "plain"), "invalid_request", "DW1064"),
        (base().with("code_challenge", "short"), "invalid_request", "DW1061"),
        (base().scope("api://notes/notes.read https://tasks.test/tasks.read"), "invalid_scope", "DW1104"),
        (base().scope("openid \u{e9}"), "invalid_scope", "DW1103"),
        (
            base().scope("openid api://notes/notes.fly").at("/meadow/oauth2/v2.0/authorize"),
            "invalid_scope",
            "DW1103",
        ),
        (base().with("resource", "api://nothing"), "invalid_target", "DW1008"),
        (base().with("claims", "not json"), "invalid_request", "DW1061"),
        (base().with("claims", "[]"), "invalid_request", "DW1061"),
        (base().with("claims", &"[".repeat(4_000)), "invalid_request", "DW1061"),
        (base().with("claims", &"{\"a\":".repeat(1_000)), "invalid_request", "DW1061"),
    ] {
        let arrival = world.browser().visit(&ask.url()).await.client();
        assert_eq!(arrival.error(), error, "{ask:?} {arrival:?}");
        assert_eq!(arrival.get("state"), STATE);
        assert!(arrival.get("error_description").contains(code), "{ask:?} {arrival:?}");
        assert!(arrival.get("error_uri").contains(&format!("/docs/errors/{code}?trace=")), "{arrival:?}");
        assert!(!arrival.params.contains_key("code"));
    }
}

#[tokio::test]
async fn a_parameter_that_occurs_twice_is_told_where_the_answer_may_go() {
    let world = World::open().await;
    for door in Door::ALL {
        for name in ["scope", "nonce", "prompt", "code_challenge", "response_type"] {
            let ask = Ask::of(door, WEB).with(name, "a").and(name, "b");
            let arrival = world.browser().visit(&ask.url()).await.client();
            assert_eq!((arrival.error(), arrival.get("state")), ("invalid_request", STATE), "{name}");
            assert!(arrival.get("error_description").contains("DW1051"), "{arrival:?}");
        }
        for name in ["client_id", "redirect_uri"] {
            let ask = Ask::of(door, WEB).and(name, "https://evil.test/cb");
            let page = world.browser().visit(&ask.url()).await.page();
            assert_eq!((page.status.as_u16(), page.code().as_str()), (400, "DW1051"), "{name}");
        }
        let state = Ask::of(door, WEB).and("state", "other");
        let arrival = world.browser().visit(&state.url()).await.client();
        assert!(!arrival.params.contains_key("state"), "neither of the two: {arrival:?}");
    }
}

#[tokio::test]
async fn unknown_claims_and_ear_are_tolerated_as_clients_send_them() {
    let world = World::open().await;
    let claims = r#"{"id_token":{"signin_state":{"essential":false},"login_hint":{"essential":false}}}"#;
    let ask = Ask::of(Door::Directory, SPA)
        .with("claims", claims)
        .with("client_info", "1")
        .with("X-AnchorMailbox", "UPN:ben")
        .with("x-client-SKU", "msal.js.browser");
    assert!(world.browser().visit(&ask.url()).await.page().has_form("signin"));
    let ear = ask.with("response_type", "id_token token refresh_token").with("ear_jwk", "e30");
    let code = world.arrive(&ear, "ben").await.code();
    world.redeem(Door::Directory, SPA, &code).await.ok();
}

#[tokio::test]
async fn pkce_is_demanded_of_public_clients_at_every_door_and_of_web_at_the_plain_one() {
    let world = World::open().await;
    for (door, client) in Door::ALL.into_iter().flat_map(|door| [(door, WEB), (door, SPA), (door, NATIVE)]) {
        let ask = Ask::of(door, client).without("code_challenge").without("code_challenge_method");
        match world.browser().visit(&ask.url()).await {
            Landed::Page(page) => {
                assert!(client == WEB && door != Door::Plain && page.has_form("signin"), "{client}");
            }
            Landed::Client(arrival) => {
                assert!(client != WEB || door == Door::Plain, "{client}");
                assert_eq!(arrival.error(), "invalid_request");
            }
        }
    }
}

#[tokio::test]
async fn a_service_has_no_business_here_and_a_disabled_application_neither() {
    let world = World::open().await;
    let page = world.browser().visit(&Ask::of(Door::Plain, DAEMON).url()).await.page();
    assert_eq!(page.code(), "DW1101", "it has no redirect URI at all");

    let disabled = doorward_core::model::Client { disabled: true, ..world.cast.web.clone() };
    world.update_client(&world.cast.web, &disabled).await;
    let page = world.browser().visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    assert_eq!(page.code(), "DW1063");
}

#[tokio::test]
async fn tenants_and_flows_that_do_not_exist_are_said_to_be_missing() {
    let world = World::open().await;
    for (path, code) in [
        ("/forest/oauth2/authorize", "DW1056"),
        ("/forest/oauth2/v2.0/authorize", "DW1056"),
        ("/meadow/b2c_1_nothing/oauth2/v2.0/authorize", "DW1106"),
        ("/meadow/oauth2/v2.0/authorize?p=b2c_1_nothing", "DW1106"),
        ("/meadow/oauth2/authorise", "DW1055"),
        ("/meadow/%2e%2e/oauth2/authorize", "DW1055"),
        ("/meadow//oauth2/authorize", "DW1055"),
        ("/meadow%2foauth2/authorize", "DW1055"),
    ] {
        let page = world.browser().visit(&Ask::of(Door::Plain, WEB).at(path).url()).await.page();
        assert_eq!((page.status.as_u16(), page.code().as_str()), (404, code), "{path}");
        let answer = world.get_with(path, &[("accept", "application/json")]).await;
        answer.refused(404, "invalid_request", code);
    }
}

#[tokio::test]
async fn an_error_page_explains_with_a_trace_and_keeps_the_registered_addresses_to_itself() {
    let world = World::open().await;
    let ask = Ask::of(Door::Plain, WEB).with("redirect_uri", "https://web.test/other");
    let page = world.browser().visit(&ask.url()).await.page();
    assert!(page.has("Meadow School") && page.has("https://web.test/other"));
    assert!(!page.has("https://web.test/cb"), "strangers do not read the registration");
    let trace = page.headers["doorward-trace"].to_str().unwrap();
    assert!(page.has(trace));
    let story = world.app.trace(trace).unwrap();
    assert_eq!(story.code.as_deref(), Some("DW1101"));
    assert!(
        story.remedy.unwrap().contains("doorward app redirect add web https://web.test/other"),
        "the operator does"
    );
}

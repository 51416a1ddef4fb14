//! Where answers go: loopback ports, private schemes, the only registered address, and long requests on their way.

use crate::support::{Ask, BEN, BEN_PASSWORD, By, Door, NATIVE, SPA, STATE, WEB, World, redemption};

#[tokio::test]
async fn a_native_application_listens_on_any_port_or_has_a_scheme_of_its_own() {
    let world = World::open().await;
    for uri in ["http://localhost:1/cb", "http://localhost:65535/cb", "http://localhost/cb"] {
        let arrival = world.arrive(&Ask::of(Door::Plain, NATIVE).with("redirect_uri", uri), BEN).await;
        assert_eq!(arrival.to, uri);
        let code = arrival.code();
        let mut fields = redemption(NATIVE, &code);
        fields[2].1 = uri;
        world.token(Door::Plain, NATIVE, &fields).await.ok();
    }
    for mode in ["query", "fragment", "form_post"] {
        let ask = Ask::of(Door::Plain, NATIVE)
            .with("redirect_uri", "com.example.native:/cb")
            .with("response_mode", mode);
        let mut browser = world.browser();
        let arrival = world.sign_in(&mut browser, &ask, BEN).await.client();
        assert_eq!((arrival.to.as_str(), arrival.get("state")), ("com.example.native:/cb", STATE));
        assert_ne!(arrival.by, By::Redirect, "no redirect follows a password: {arrival:?}");
        let again = browser.visit(&ask.url()).await.client();
        assert_eq!(again.get("state"), STATE);
    }
    for uri in [
        "http://localhost:1/other",
        "http://127.0.0.1:1/cb",
        "http://localhost.evil.test/cb",
        "com.example.other:/cb",
    ] {
        let page = world.browser().visit(&Ask::of(Door::Plain, NATIVE).with("redirect_uri", uri).url()).await;
        assert_eq!(page.page().code(), "DW1101", "{uri}");
    }
}

#[tokio::test]
async fn the_only_registered_address_need_not_be_sent_without_openid() {
    let world = World::open().await;
    let ask = Ask::of(Door::Plain, SPA).without("redirect_uri").scope("api://notes/notes.read");
    let arrival = world.arrive(&ask, BEN).await;
    assert_eq!(arrival.to, "https://spa.test/cb");
    let code = arrival.code();
    let mut fields = redemption(SPA, &code);
    fields.remove(2);
    world.token(Door::Plain, SPA, &fields).await.ok();
    for (door, client) in [(Door::Plain, WEB), (Door::Flow, SPA)] {
        let ask = Ask::of(door, client).without("redirect_uri").scope("api://notes/notes.read");
        let page = world.browser().visit(&ask.url()).await.page();
        assert_eq!(page.code(), "DW1057", "of two addresses, and at the flow, none is chosen");
    }
}

#[tokio::test]
async fn a_request_as_long_as_allowed_comes_through_every_page() {
    let world = World::bare().await;
    for state in ["s".repeat(12_000), "\u{e4}\"\\".repeat(1_200), "\u{1}".repeat(4_500)] {
        let ask = Ask::of(Door::Plain, WEB).with("state", &state);
        let mut browser = world.browser();
        let page = browser.visit(&ask.url()).await.page();
        let wrong = browser.sign_in(&page, (BEN, "wrong")).await.page();
        let page = browser.sign_in(&wrong, (BEN, BEN_PASSWORD)).await.page();
        let arrival = browser.submit(&page, "consent", &[("decision", "deny")]).await.client();
        assert_eq!(arrival.get("state"), state);
    }
}

#[tokio::test]
async fn a_posted_request_is_carried_or_refused_at_once() {
    let world = World::open().await;
    for length in [100, 15_000, 30_000, 60_000] {
        let ask = Ask::of(Door::Directory, WEB).with("state", &"s".repeat(length));
        let encoded = ask.encoded();
        let fields: Vec<(String, String)> =
            url::form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let mut browser = world.browser();
        let page = browser.post_from(&ask.path, &fields, &[("origin", "https://web.test")]).await.page();
        if page.has_form("signin") {
            let arrival = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client();
            assert_eq!(arrival.get("state").len(), length);
        } else {
            assert_eq!((page.status.as_u16(), page.code().as_str()), (413, "DW1054"), "{length}");
            assert_eq!(page.path, ask.path, "not first on a page of ours");
        }
    }
}

//! Sign-out: with a hint, without one, back to the application or not, and that the session is really over.

use doorward_core::change::DirectoryChange;
use doorward_core::model::{AppId, Client, ClientId};

use crate::support::{ADA, ADA_PASSWORD, Ask, BEN, Browser, Door, SPA, STATE, WEB, World, form};

const BYE: &str = "https://web.test/bye";

/// A browser in which Ben signed in, and his ID token.
async fn signed_in(world: &World, door: Door) -> (Browser, String) {
    let mut browser = world.browser();
    let code = world.sign_in(&mut browser, &Ask::of(door, WEB), BEN).await.client().code();
    let body = world.redeem(door, WEB, &code).await.ok();
    (browser, body["id_token"].as_str().unwrap().to_owned())
}

fn leave(door: Door, fields: &[(&str, &str)]) -> String {
    format!("{}?{}", door.at("logout"), form(fields))
}

async fn is_signed_in(browser: &mut Browser, door: Door) -> bool {
    let silent = Ask::of(door, WEB).with("prompt", "none");
    browser.visit(&silent.url()).await.client().error().is_empty()
}

#[tokio::test]
async fn with_a_hint_the_session_is_over_and_the_application_has_its_state() {
    let world = World::open().await;
    for door in Door::ALL {
        let (mut browser, id_token) = signed_in(&world, door).await;
        world.pass(2 * 3600);
        let query =
            [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", BYE), ("state", STATE)];
        let arrival = browser.visit(&leave(door, &query)).await.client();
        assert_eq!((arrival.to.as_str(), arrival.get("state")), (BYE, STATE));
        assert!(!is_signed_in(&mut browser, door).await);
        assert!(browser.cookie("__Host-doorward-session").is_none());
        assert!(browser.cookie("__Host-doorward-silent").is_none());
    }
}

#[tokio::test]
async fn the_cookie_of_an_ended_session_is_worth_nothing() {
    let world = World::open().await;
    let (mut browser, id_token) = signed_in(&world, Door::Plain).await;
    let mut kept = browser.clone();
    browser.visit(&leave(Door::Plain, &[("id_token_hint", &id_token)])).await.page();
    assert!(!is_signed_in(&mut kept, Door::Plain).await);
}

#[tokio::test]
async fn without_a_hint_the_plain_door_asks_first() {
    let world = World::open().await;
    let (mut browser, _) = signed_in(&world, Door::Plain).await;
    let query = [("client_id", WEB), ("post_logout_redirect_uri", BYE), ("state", "s1")];
    let page = browser.visit(&leave(Door::Plain, &query)).await.page();
    assert!(page.has_form("signout") && page.has("Ben &lt;Fern&gt;"), "{}", page.html);
    assert!(is_signed_in(&mut browser, Door::Plain).await, "nothing happened yet");
    let arrival = browser.submit(&page, "signout", &[]).await.client();
    assert_eq!((arrival.to.as_str(), arrival.get("state")), (BYE, "s1"));
    assert!(!is_signed_in(&mut browser, Door::Plain).await);
}

#[tokio::test]
async fn without_a_hint_the_directory_leads_back_as_its_clients_expect() {
    let world = World::open().await;
    for door in [Door::Directory, Door::Flow] {
        let (mut browser, _) = signed_in(&world, door).await;
        let query = [("post_logout_redirect_uri", BYE), ("state", STATE)];
        let arrival = browser.visit(&leave(door, &query)).await.client();
        assert_eq!((arrival.to.as_str(), arrival.get("state")), (BYE, STATE));
        assert!(!is_signed_in(&mut browser, door).await);

        let (mut browser, _) = signed_in(&world, door).await;
        let page = browser.visit(&leave(door, &[])).await.page();
        assert!(page.has_form("signout"), "without a way back it asks");
    }
}

#[tokio::test]
async fn an_unregistered_way_back_is_no_way_and_ends_nothing() {
    let world = World::open().await;
    for door in Door::ALL {
        let (mut browser, id_token) = signed_in(&world, door).await;
        for uri in
            ["https://evil.test/bye", "https://web.test/bye/", "https://spa.test/bye", "javascript:alert(1)"]
        {
            for hint in [Some(id_token.as_str()), None] {
                let mut query = vec![("post_logout_redirect_uri", uri)];
                query.extend(hint.map(|hint| ("id_token_hint", hint)));
                let page = browser.visit(&leave(door, &query)).await.page();
                assert_eq!((page.status.as_u16(), page.code().as_str()), (400, "DW4002"), "{uri}");
            }
        }
        assert!(is_signed_in(&mut browser, door).await);
    }
}

#[tokio::test]
async fn a_hint_that_is_not_ours_is_refused_and_one_for_another_client_proves_nothing() {
    let world = World::open().await;
    let (mut browser, id_token) = signed_in(&world, Door::Plain).await;
    let forged = format!("{}AAAA", &id_token[..id_token.len() - 4]);
    for hint in ["x", "a.b.c", forged.as_str()] {
        let page = browser.visit(&leave(Door::Plain, &[("id_token_hint", hint)])).await.page();
        assert_eq!(page.code(), "DW4050");
    }
    let other = [("id_token_hint", id_token.as_str()), ("client_id", SPA), ("post_logout_redirect_uri", BYE)];
    let page = browser.visit(&leave(Door::Plain, &other)).await.page();
    assert!(page.has_form("signout"), "it asks");
    assert!(is_signed_in(&mut browser, Door::Plain).await);
}

#[tokio::test]
async fn the_question_keeps_the_door_that_the_query_names() {
    let world = World::open().await;
    let (mut browser, id_token) = signed_in(&world, Door::Flow).await;
    let query = form(&[("P", "B2C_1_susi"), ("id_token_hint", &id_token), ("client_id", SPA)]);
    let page = browser.visit(&format!("/meadow/oauth2/v2.0/logout?{query}")).await.page();
    let done = browser.submit(&page, "signout", &[]).await.page();
    assert!(done.has("You are signed out"), "the hint is still one of this door: {}", done.html);
}

#[tokio::test]
async fn a_hint_signs_its_own_account_out_and_leaves_the_other() {
    let world = World::open().await;
    let (mut browser, id_token) = signed_in(&world, Door::Plain).await;
    let ask = Ask::of(Door::Plain, WEB).with("login_hint", ADA);
    let page = browser.visit(&ask.url()).await.page();
    browser.sign_in(&page, (ADA, ADA_PASSWORD)).await.client();
    browser.visit(&leave(Door::Plain, &[("id_token_hint", &id_token)])).await.page();
    let silent = Ask::of(Door::Plain, WEB).with("prompt", "none");
    let gone = browser.visit(&silent.clone().with("login_hint", BEN).url()).await.client();
    assert_eq!(gone.error(), "login_required");
    let stays = browser.visit(&silent.with("login_hint", ADA).url()).await.client();
    assert!(!stays.code().is_empty());
}

#[tokio::test]
async fn nobody_signed_in_is_not_asked_and_the_request_may_be_posted() {
    let world = World::open().await;
    let page = world.browser().visit(&leave(Door::Plain, &[])).await.page();
    assert_eq!(page.status, 200);
    assert!(page.has("Nobody is signed in"), "{}", page.html);

    let (mut browser, id_token) = signed_in(&world, Door::Plain).await;
    let fields = [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s2")];
    let from = [("origin", "https://web.test"), ("sec-fetch-site", "cross-site")];
    let arrival = browser.post_from(&Door::Plain.at("logout"), &fields, &from).await.client();
    assert_eq!(arrival.get("state"), "s2");
    assert!(!is_signed_in(&mut browser, Door::Plain).await);
}

#[tokio::test]
async fn the_question_is_answered_by_a_page_of_ours_in_this_browser_alone() {
    let world = World::open().await;
    let (mut browser, _) = signed_in(&world, Door::Plain).await;
    let page = browser.visit(&leave(Door::Plain, &[])).await.page();
    let flow = page.form("signout").value("flow").to_owned();
    let fields = [("flow", flow.as_str())];
    let foreign = [("origin", "https://evil.test"), ("sec-fetch-site", "cross-site")];
    assert_eq!(browser.post_from("/flow/sign-out", &fields, &foreign).await.page().code(), "DW1254");
    let (mut other, _) = signed_in(&world, Door::Plain).await;
    assert_eq!(other.post("/flow/sign-out", &fields).await.page().code(), "DW1254");
    other.visit(&leave(Door::Plain, &[])).await.page();
    assert_eq!(other.post("/flow/sign-out", &fields).await.page().code(), "DW1254");
    assert!(is_signed_in(&mut browser, Door::Plain).await && is_signed_in(&mut other, Door::Plain).await);
    let done = browser.submit(&page, "signout", &[]).await.page();
    assert!(done.has("You are signed out"), "{}", done.html);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn signing_out_wins_against_applications_that_ask_meanwhile() {
    let world = World::open().await;
    for round in 0..4_u8 {
        let (mut browser, id_token) = signed_in(&world, Door::Plain).await;
        let page = browser.visit(&Ask::of(Door::Plain, WEB).with("login_hint", ADA).url()).await.page();
        browser.sign_in(&page, (ADA, ADA_PASSWORD)).await.client();
        let names: Vec<String> = (0..8).map(|n| format!("app-{round}-{n}")).collect();
        let register = |(n, name): (u8, &String)| {
            let client = Client {
                app_id: AppId::random([100 + round * 10 + n; 16]),
                client_id: ClientId::parse(name).unwrap(),
                name: name.clone(),
                first_party: true,
                ..world.cast.web.clone()
            };
            DirectoryChange::RegisterClient(client).into()
        };
        world.change((0..).zip(&names).map(register).collect()).await;
        let mut tasks = tokio::task::JoinSet::new();
        for name in names {
            let mut browser = browser.clone();
            let ask = Ask::of(Door::Plain, &name).with("redirect_uri", "https://web.test/cb");
            let url = ask.with("prompt", "none").with("login_hint", ADA).url();
            tasks.spawn(async move { browser.visit(&url).await.client().error().to_owned() });
        }
        let query = [("id_token_hint", id_token.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
        let arrival = browser.visit(&leave(Door::Plain, &query)).await.client();
        assert_eq!(arrival.get("state"), "s");
        assert!(tasks.join_all().await.iter().all(String::is_empty));
        let silent = Ask::of(Door::Plain, WEB).with("prompt", "none");
        let gone = browser.visit(&silent.clone().with("login_hint", BEN).url()).await.client();
        assert_eq!(gone.error(), "login_required", "nobody wrote him back");
        assert!(!browser.visit(&silent.with("login_hint", ADA).url()).await.client().code().is_empty());
    }
}

//! The sign-in page: what it shows, what it tells, and what it does not.

use http::StatusCode;

use crate::support::{ADA, Ask, BEN, BEN_PASSWORD, Door, Page, SPA, STATE, WEB, World};

/// A page without what differs from request to request.
fn bare(page: &Page, typed: &str) -> String {
    let flow = page.form("signin").value("flow").to_owned();
    let mut text = page.html.replace(&flow, "FLOW").replace(typed, "TYPED");
    for link in ["cancel", "create-account"] {
        if let Some(at) = text.find(&format!("id=\"{link}\" href=\"")) {
            let rest = &text[at..];
            let start = at + rest.find("flow=").unwrap() + 5;
            let end = start + text[start..].find('"').unwrap();
            text.replace_range(start..end, "FLOW");
        }
    }
    text
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_look_exactly_alike() {
    let world = World::open().await;
    for door in Door::ALL {
        let mut pages = Vec::new();
        for (name, password) in [("nobody-here", BEN_PASSWORD), ("ben@mail.test", "wrong"), (ADA, "wrong")] {
            let mut browser = world.browser();
            let page = browser.visit(&Ask::of(door, WEB).url()).await.page();
            let answer = browser.sign_in(&page, (name, password)).await.page();
            assert_eq!(answer.status, StatusCode::OK);
            assert!(answer.problems().contains("The name or the password is not right."));
            assert!(
                browser.set.iter().all(|cookie| !cookie.contains("doorward-session")),
                "{:?}",
                browser.set
            );
            pages.push((bare(&answer, name), answer.headers.len()));
        }
        assert_eq!(pages[0], pages[1]);
        assert_eq!(pages[1], pages[2]);
    }
}

#[tokio::test]
async fn what_was_typed_comes_back_escaped_and_the_password_never() {
    let world = World::open().await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let name = "\"><script>alert(1)</script>";
    let answer = browser.sign_in(&page, (name, "secret-that-was-typed")).await.page();
    assert!(!answer.has("<script>alert") && !answer.has("secret-that-was-typed"), "{}", answer.html);
    assert!(answer.has("&lt;script&gt;alert(1)"), "{}", answer.html);
    let again = browser.sign_in(&answer, (BEN, BEN_PASSWORD)).await.client();
    assert_eq!(again.get("state"), STATE, "the flow goes on from the page with the problem");
}

#[tokio::test]
async fn odd_names_and_passwords_are_only_wrong() {
    let world = World::open().await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let long = "x".repeat(20_000);
    for (name, password) in [
        ("", ""),
        ("", "x"),
        (BEN, ""),
        (" ", "x"),
        ("b\u{0}en", "x"),
        ("be\u{202e}n", "x"),
        (long.as_str(), "x"),
        (BEN, long.as_str()),
        ("%00", "%"),
        ("' OR 1=1 --", "' OR 1=1 --"),
    ] {
        let answer = browser.sign_in(&page, (name, password)).await.page();
        assert_eq!(answer.status, StatusCode::OK);
        assert!(!answer.problems().is_empty() && answer.has_form("signin"), "{name:?}");
    }
}

#[tokio::test]
async fn names_are_found_whatever_their_case_and_by_email() {
    let world = World::open().await;
    for name in ["BEN", " ben ", "Ben@Mail.Test", "ben@mail.test"] {
        let mut browser = world.browser();
        let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
        browser.sign_in(&page, (name, BEN_PASSWORD)).await.client();
    }
}

#[tokio::test]
async fn disabled_is_told_only_after_the_right_password() {
    let world = World::open().await;
    let ben = &world.cast.ben;
    world.update_user(ben, &doorward_core::model::User { disabled: true, ..ben.clone() }).await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let wrong = browser.sign_in(&page, (BEN, "wrong")).await.page();
    assert!(wrong.problems().contains("not right"), "{}", wrong.problems());
    let right = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.page();
    assert!(right.problems().contains("switched off"), "{}", right.problems());
    assert!(browser.cookie("__Host-doorward-session").is_none());
}

#[tokio::test]
async fn cancel_tells_the_application() {
    let world = World::open().await;
    for (door, mode) in [(Door::Plain, "query"), (Door::Directory, "fragment"), (Door::Flow, "form_post")] {
        let ask = Ask::of(door, SPA).with("response_mode", mode);
        let mut browser = world.browser();
        let page = browser.visit(&ask.url()).await.page();
        let arrival = browser.visit(&page.link("cancel")).await.client();
        assert_eq!(arrival.error(), "access_denied");
        assert_eq!((arrival.get("state"), arrival.get("iss")), (STATE, door.issuer().as_str()));
        assert!(arrival.get("error_description").contains("DW1255"), "{arrival:?}");
        if door == Door::Flow {
            assert!(arrival.get("error_description").starts_with("AADB2C90091"), "{arrival:?}");
        }
    }
}

#[tokio::test]
async fn a_hint_is_filled_in_and_the_page_names_application_and_organisation() {
    let world = World::open().await;
    let ask = Ask::of(Door::Plain, WEB).with("login_hint", "ben@\"<b>");
    let page = world.browser().visit(&ask.url()).await.page();
    assert!(page.has("The web app") && page.has("Meadow School"), "{}", page.html);
    assert!(page.has("value=\"ben@&quot;&lt;b&gt;\""), "{}", page.html);
    let opaque = Ask::of(Door::Plain, WEB).with("login_hint", "O.AAAA");
    assert!(!world.browser().visit(&opaque.url()).await.page().has("O.AAAA"), "nobody typed that");
}

#[tokio::test]
async fn only_the_flow_offers_to_create_an_account() {
    let world = World::open().await;
    for (door, offered) in [(Door::Plain, false), (Door::Directory, false), (Door::Flow, true)] {
        let mut browser = world.browser();
        let page = browser.visit(&Ask::of(door, WEB).url()).await.page();
        assert_eq!(page.has("id=\"create-account\""), offered);
        let flow = page.form("signin").value("flow").to_owned();
        if !offered {
            let shown = browser.visit(&format!("/flow/sign-up?flow={flow}")).await.page();
            assert!(shown.has_form("signin"), "{}", shown.html);
            let fields =
                [("flow", flow.as_str()), ("username", "mallory"), ("password", "long enough to do")];
            assert_eq!(browser.post("/flow/sign-up", &fields).await.page().code(), "DW1256");
        }
    }
}

#[tokio::test]
async fn a_flow_spends_itself_with_its_code() {
    let world = World::open().await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client();
    let again = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.page();
    assert_eq!(again.code(), "DW1253");
    let restart = browser.visit(&again.link("restart")).await.client();
    assert_eq!(restart.get("state"), STATE, "the same request from its beginning");
    let back = browser.visit(&page.path).await.page();
    assert_eq!(back.code(), "DW1253", "also by the back button");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_form_that_is_posted_twice_at_once_gives_one_code() {
    let world = World::open().await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (mut browser, page) = (browser.clone(), page.clone());
        tasks.spawn(async move {
            browser.sign_in(&page, (BEN, BEN_PASSWORD)).await;
            browser.last.unwrap()
        });
    }
    let answers = tasks.join_all().await;
    let codes = answers.iter().filter(|answer| answer.text().contains("continue-link")).count();
    assert_eq!(codes, 1);
    for answer in answers.iter().filter(|answer| !answer.text().contains("continue-link")) {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
        assert!(answer.text().contains("DW1253"));
    }
}

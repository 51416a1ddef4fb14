//! `prompt` and `max_age`: when somebody is asked, and what the application hears when nobody may be.

use crate::support::{ADA, Answer, Ask, BEN, BEN_PASSWORD, Door, STATE, WEB, World, claims_of};

fn silent(door: Door) -> Ask {
    Ask::of(door, WEB).with("prompt", "none")
}

#[tokio::test]
async fn nobody_signed_in_is_told_to_the_application_at_every_door() {
    let world = World::open().await;
    for (door, error) in [
        (Door::Plain, "login_required"),
        (Door::Directory, "login_required"),
        (Door::Flow, "interaction_required"),
    ] {
        for mode in ["query", "fragment", "form_post"] {
            let arrival =
                world.browser().frame(&silent(door).with("response_mode", mode).url()).await.client();
            assert_eq!(arrival.error(), error);
            assert_eq!((arrival.get("state"), arrival.get("iss")), (STATE, door.issuer().as_str()));
            assert!(arrival.get("error_description").contains("DW2101"), "{arrival:?}");
        }
    }
    let arrival = world.browser().frame(&silent(Door::Directory).url()).await.client();
    assert!(arrival.get("error_description").starts_with("AADSTS50058"), "{arrival:?}");
    assert!(arrival.get("error_uri").ends_with("&code=50058"), "{arrival:?}");
    let arrival = world.browser().frame(&silent(Door::Flow).url()).await.client();
    assert!(arrival.get("error_description").starts_with("AADB2C90077"), "{arrival:?}");
}

#[tokio::test]
async fn a_hidden_frame_gets_a_code_from_the_session() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    for door in Door::ALL {
        let arrival = browser.frame(&silent(door).url()).await.client();
        world.redeem(door, WEB, &arrival.code()).await.ok();
    }
}

#[tokio::test]
async fn missing_consent_is_told_and_never_asked() {
    let world = World::bare().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.page();
    let arrival = browser.frame(&silent(Door::Plain).url()).await.client();
    assert_eq!(arrival.error(), "consent_required");
    assert!(arrival.get("error_description").contains("DW1301"));
    let admin_only = silent(Door::Plain).scope("api://notes/notes.share");
    assert_eq!(browser.frame(&admin_only.url()).await.client().error(), "consent_required");
}

#[tokio::test]
async fn a_hint_for_somebody_else_is_login_required() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    let fits = silent(Door::Plain).with("login_hint", "BEN@mail.test");
    assert!(!browser.visit(&fits.url()).await.client().code().is_empty());
    for ask in [
        silent(Door::Plain).with("login_hint", ADA),
        silent(Door::Plain).with("login_hint", "O.AAAA"),
        silent(Door::Plain).with("sid", "00000000-0000-0000-0000-000000000001"),
        silent(Door::Plain).with("sid", "nothing"),
    ] {
        assert_eq!(browser.visit(&ask.url()).await.client().error(), "login_required");
    }
    let ask = silent(Door::Directory).with("sid", "00000000-0000-0000-0000-000000000001");
    assert_eq!(browser.visit(&ask.url()).await.client().error(), "interaction_required");
}

#[tokio::test]
async fn the_hints_of_an_id_token_find_its_account() {
    let world = World::open().await;
    let mut browser = world.browser();
    let code = world.sign_in(&mut browser, &Ask::of(Door::Directory, WEB), BEN).await.client().code();
    let body = world.redeem(Door::Directory, WEB, &code).await.ok();
    let id_token = body["id_token"].as_str().unwrap();
    let claims = claims_of(id_token);
    world.pass(3600 * 5);
    for (name, value) in [
        ("sid", claims["sid"].as_str().unwrap()),
        ("login_hint", claims["login_hint"].as_str().unwrap()),
        ("login_hint", "ben@meadow.test"),
        ("id_token_hint", id_token),
    ] {
        let arrival = browser.visit(&silent(Door::Directory).with(name, value).url()).await.client();
        assert!(!arrival.code().is_empty(), "{name}");
    }
    let forged = format!("{}AAAA", &id_token[..id_token.len() - 4]);
    for hint in [forged.as_str(), "x", "a.b.c"] {
        let arrival =
            browser.visit(&silent(Door::Directory).with("id_token_hint", hint).url()).await.client();
        assert_eq!(arrival.error(), "invalid_request", "{hint}");
    }
}

#[tokio::test]
async fn none_beside_another_value_and_unknown_values_are_refused() {
    let world = World::open().await;
    for prompt in ["none login", "nonsense", "login nonsense"] {
        let arrival = world.browser().visit(&Ask::of(Door::Plain, WEB).with("prompt", prompt).url()).await;
        let arrival = arrival.client();
        assert_eq!(arrival.error(), "invalid_request", "{prompt}");
        assert!(arrival.get("error_description").contains("DW1060"));
    }
}

#[tokio::test]
async fn login_asks_for_the_password_again_and_renews_auth_time() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    world.pass(100);
    let page = browser.visit(&Ask::of(Door::Plain, WEB).with("prompt", "login").url()).await.page();
    assert!(page.has("Confirm that it is you") && page.has("value=\"ben\""), "{}", page.html);
    let page = browser.sign_in(&page, (BEN, "wrong")).await.page();
    assert!(page.has("Confirm that it is you") && page.problems().contains("not right"), "{}", page.html);
    let code = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client().code();
    let body = world.redeem(Door::Plain, WEB, &code).await.ok();
    assert_eq!(claims_of(body["id_token"].as_str().unwrap())["auth_time"], world.now());
}

#[tokio::test]
async fn max_age_asks_again_once_the_sign_in_is_older() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    world.pass(60);
    let within = Ask::of(Door::Plain, WEB).with("max_age", "60");
    assert!(!browser.visit(&within.url()).await.client().code().is_empty());
    let beyond = Ask::of(Door::Plain, WEB).with("max_age", "59");
    let silently = browser.visit(&beyond.clone().with("prompt", "none").url()).await.client();
    assert_eq!(silently.error(), "login_required");
    for ask in [beyond, Ask::of(Door::Plain, WEB).with("max_age", "0")] {
        let page = browser.visit(&ask.url()).await.page();
        let code = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client().code();
        let body = world.redeem(Door::Plain, WEB, &code).await.ok();
        assert_eq!(claims_of(body["id_token"].as_str().unwrap())["auth_time"], world.now());
        world.pass(60);
    }
    for wrong in ["-1", "x", "1.5", "99999999999"] {
        let arrival = browser.visit(&Ask::of(Door::Plain, WEB).with("max_age", wrong).url()).await.client();
        assert_eq!(arrival.error(), "invalid_request", "{wrong}");
    }
}

#[tokio::test]
async fn create_opens_sign_up_where_the_door_has_it() {
    let world = World::open().await;
    let page = world.browser().visit(&Ask::of(Door::Flow, WEB).with("prompt", "create").url()).await.page();
    assert!(page.has_form("signup"));
}

#[tokio::test]
async fn a_session_ends_by_its_own_life() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    world.pass(24 * 3600 + 1);
    let arrival = browser.visit(&silent(Door::Plain).url()).await.client();
    assert_eq!(arrival.error(), "login_required");
}

/// A redirect with a code in it is kept by nobody.
fn is_private(answer: &Answer) {
    assert_eq!(answer.status, 303);
    assert_eq!(
        (answer.header("cache-control"), answer.header("referrer-policy")),
        ("no-store", "no-referrer")
    );
}

#[tokio::test]
async fn redirects_are_neither_cached_nor_told_as_referrer() {
    let world = World::open().await;
    let mut browser = world.browser();
    browser.visit(&silent(Door::Plain).url()).await.client();
    is_private(browser.last.as_ref().unwrap());
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    browser.visit(&silent(Door::Plain).url()).await.client();
    is_private(browser.last.as_ref().unwrap());
}

//! Several accounts in one browser: who is meant, and who is asked.

use doorward_core::model::{Instant, User};

use crate::support::{ADA, ADA_PASSWORD, Ask, BEN, BEN_PASSWORD, Browser, Door, WEB, World, claims_of};

/// A browser in which Ben and then Ada signed in.
async fn both(world: &World) -> Browser {
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).with("prompt", "select_account").url()).await.page();
    let page = browser.submit(&page, "picker", &[("account", "use-another")]).await.page();
    assert!(page.has("Add an account"), "{}", page.html);
    browser.sign_in(&page, (ADA, ADA_PASSWORD)).await.client();
    browser
}

async fn who(world: &World, door: Door, code: &str) -> String {
    let body = world.redeem(door, WEB, code).await.ok();
    claims_of(body["id_token"].as_str().unwrap())["sub"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn two_accounts_are_offered_and_the_chosen_one_answers() {
    let world = World::open().await;
    let mut browser = both(&world).await;
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let rows = page.form("picker").inner;
    assert!(rows.contains("Ben &lt;Fern&gt;") && rows.contains("Ada Reed"), "{rows}");
    let references: Vec<&str> = rows
        .split("name=\"account\" value=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|value| *value != "use-another")
        .collect();
    assert_eq!(references.len(), 2);
    let mut seen = Vec::new();
    for reference in references {
        let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
        let arrival = browser.submit(&page, "picker", &[("account", reference)]).await.client();
        seen.push(who(&world, Door::Plain, &arrival.code()).await);
    }
    assert_eq!(seen, [world.cast.ben.id.to_string(), world.cast.ada.id.to_string()], "oldest first");
}

#[tokio::test]
async fn a_hint_chooses_without_asking_and_silence_is_an_error_of_its_own() {
    let world = World::open().await;
    let mut browser = both(&world).await;
    let hinted = browser.visit(&Ask::of(Door::Plain, WEB).with("login_hint", BEN).url()).await.client();
    assert_eq!(who(&world, Door::Plain, &hinted.code()).await, world.cast.ben.id.to_string());
    for (door, error) in [
        (Door::Plain, "account_selection_required"),
        (Door::Directory, "interaction_required"),
        (Door::Flow, "interaction_required"),
    ] {
        let arrival = browser.visit(&Ask::of(door, WEB).with("prompt", "none").url()).await.client();
        assert_eq!(arrival.error(), error);
        assert!(arrival.get("error_description").contains("DW2107"), "{arrival:?}");
    }
    let silent = Ask::of(Door::Plain, WEB).with("prompt", "none").with("login_hint", ADA);
    let code = browser.frame(&silent.url()).await.client().code();
    assert_eq!(who(&world, Door::Plain, &code).await, world.cast.ada.id.to_string());
}

#[tokio::test]
async fn an_account_of_nobody_or_of_another_browser_cannot_be_chosen() {
    let world = World::open().await;
    let mut browser = both(&world).await;
    let ask = Ask::of(Door::Plain, WEB);
    let page = browser.visit(&ask.url()).await.page();
    let made_up =
        browser.submit(&page, "picker", &[("account", "00000000-0000-0000-0000-000000000001")]).await.page();
    assert!(made_up.has_form("picker"), "it asks again");
    let odd = browser.submit(&page, "picker", &[("account", "../x")]).await.page();
    assert_eq!(odd.code(), "DW1061");
    let none = browser.submit(&page, "picker", &[]).await.page();
    assert_eq!(none.code(), "DW1057");
}

#[tokio::test]
async fn signing_in_again_keeps_the_account_once_and_its_session() {
    let world = World::open().await;
    let mut browser = world.browser();
    let mut sids = Vec::new();
    for prompt in ["login", "login"] {
        let page = browser.visit(&Ask::of(Door::Plain, WEB).with("prompt", prompt).url()).await.page();
        let code = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.client().code();
        let body = world.redeem(Door::Plain, WEB, &code).await.ok();
        sids.push(claims_of(body["id_token"].as_str().unwrap())["sid"].clone());
    }
    assert_eq!(sids[0], sids[1]);
    assert!(!browser.visit(&Ask::of(Door::Plain, WEB).url()).await.client().code().is_empty());
}

#[tokio::test]
async fn a_disabled_account_and_a_new_password_end_its_sessions() {
    let world = World::open().await;
    let ben = &world.cast.ben;
    let later = Instant::from_seconds(world.now() + 1);
    for ended in [User { disabled: true, ..ben.clone() }, User { epoch: later, ..ben.clone() }] {
        let mut browser = world.browser();
        world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
        world.update_user(ben, &ended).await;
        let silent = Ask::of(Door::Plain, WEB).with("prompt", "none");
        assert_eq!(browser.frame(&silent.url()).await.client().error(), "login_required");
        assert!(browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page().has_form("signin"));
        world.update_user(&ended, ben).await;
    }
}

//! A person looks after their own account.

use http::StatusCode;
use serde_json::Value;

use crate::support::{Ask, BEN, BEN_PASSWORD, Browser, Door, Page, WEB, World};

const NEW_PASSWORD: &str = "otter-lantern-22";

/// Ben's browser at his account.
async fn at_the_account(world: &World) -> (Browser, Page) {
    let mut browser = world.browser();
    let gate = browser.visit("/account").await.page();
    assert_eq!(gate.status, StatusCode::UNAUTHORIZED);
    assert!(gate.has_form("account-sign-in"));
    let page = browser.visit("/account/sign-in?tenant=meadow").await.page();
    // Our page that navigates on: the browser goes where it leads.
    browser.sign_in(&page, (BEN, BEN_PASSWORD)).await;
    let page = browser.visit("/account").await.page();
    assert!(page.has_form("profile"), "{}", page.html);
    (browser, page)
}

#[tokio::test]
async fn nobody_comes_in_unasked_and_an_unknown_tenant_is_told() {
    let world = World::open().await;
    let mut browser = world.browser();
    for path in ["/account", "/account/password", "/account/totp", "/.well-known/change-password"] {
        assert_eq!(browser.visit(path).await.page().status, StatusCode::UNAUTHORIZED, "{path}");
    }
    for path in ["profile", "password", "totp", "factors/remove", "sessions/end-others", "apps/revoke"] {
        let answer = browser.post(&format!("/account/{path}"), &[]).await.page();
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let page = browser.visit("/account/sign-in?tenant=nowhere").await.page();
    assert!(page.has("There is no organisation of that name here."), "{}", page.html);
}

#[tokio::test]
async fn names_are_changed_by_a_form_of_ours_alone() {
    let world = World::open().await;
    let (mut browser, page) = at_the_account(&world).await;
    let typed = [("display_name", "Ben the Gardener"), ("given_name", "Ben"), ("family_name", "")];
    let page = browser.submit(&page, "profile", &typed).await.page();
    assert!(page.has("Ben the Gardener") && page.has("Your details are saved"), "{}", page.html);
    let page = browser.submit(&page, "profile", &[("display_name", " ")]).await.page();
    assert!(page.has("Please enter your name"), "{}", page.html);
    let account = page.form("profile").value("account").to_owned();
    let forged = [("account", account.as_str()), ("flow", "forged"), ("display_name", "Mallory")];
    let answer = browser.post("/account/profile", &forged).await.page();
    assert!(answer.status.is_client_error(), "{}", answer.html);
    assert!(!browser.visit("/account").await.page().has("Mallory"));
}

#[tokio::test]
async fn another_password_ends_everything_but_this_browser() {
    let world = World::open().await;
    let tokens = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    let (mut browser, _) = at_the_account(&world).await;
    let (mut other, _) = at_the_account(&world).await;
    let page = browser.visit("/account/password").await.page();
    let wrong = [("current", "not-it-at-all"), ("password", NEW_PASSWORD)];
    let page = browser.submit(&page, "password-form", &wrong).await.page();
    assert!(page.has("This is not your present password."), "{}", page.html);
    let weak = [("current", BEN_PASSWORD), ("password", "password")];
    let page = browser.submit(&page, "password-form", &weak).await.page();
    assert!(page.has("easy to guess"), "{}", page.html);
    let right = [("current", BEN_PASSWORD), ("password", NEW_PASSWORD)];
    let page = browser.submit(&page, "password-form", &right).await.page();
    assert!(page.has("Your password is changed"), "{}", page.html);
    assert!(browser.visit("/account").await.page().has_form("profile"), "this browser stays");
    assert_eq!(other.visit("/account").await.page().status, StatusCode::UNAUTHORIZED);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    world.refresh(Door::Plain, WEB, refresh).await.refused(400, "invalid_grant", "DW2056");
}

#[tokio::test]
async fn an_application_is_disconnected_and_browsers_are_signed_out() {
    let world = World::open().await;
    let tokens: Value = world.tokens(Door::Plain, WEB, "openid offline_access").await;
    let (mut browser, page) = at_the_account(&world).await;
    let (mut other, _) = at_the_account(&world).await;
    assert!(page.has("Disconnect"), "{}", page.html);
    let mark = page.form("profile");
    let (flow, account) = (mark.value("flow").to_owned(), mark.value("account").to_owned());
    let app = page.html.split("name=\"app\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let fields = [("flow", flow.as_str()), ("account", account.as_str()), ("app", app.as_str())];
    let page = browser.post("/account/apps/revoke", &fields).await.page();
    assert!(page.has("holds nothing of yours any more"), "{}", page.html);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    let answer = world.refresh(Door::Plain, WEB, refresh).await;
    assert_eq!(answer.error().1, "invalid_grant");

    let fields = [("flow", flow.as_str()), ("account", account.as_str())];
    let page = browser.post("/account/sessions/end-others", &fields).await.page();
    assert!(page.has("signed out"), "{}", page.html);
    assert_eq!(other.visit("/account").await.page().status, StatusCode::UNAUTHORIZED);
    assert!(browser.visit("/account").await.page().has_form("profile"));
    let ask = Ask::of(Door::Plain, WEB).with("prompt", "none");
    let silent = browser.visit(&ask.url()).await.client();
    assert_ne!(silent.error(), "login_required", "this browser's session lives");
}

#[tokio::test]
async fn an_authenticator_app_is_set_up_after_a_fresh_sign_in() {
    let world = World::open().await;
    let (mut browser, _) = at_the_account(&world).await;
    let page = browser.visit("/account/totp").await.page();
    assert!(page.has("Set up your authenticator app"), "{}", page.html);
    let page = browser.submit(&page, "enrol-totp", &[("code", "12")]).await.page();
    assert!(page.has("6 digits"), "{}", page.html);
    world.pass(601);
    let page = browser.visit("/account/totp").await.page();
    assert!(page.has_form("signin"), "the sign-in is too old for that: {}", page.html);
}

//! A forgotten password, and an invitation: what ends, who is told, and what nobody learns.

use doorward_core::change::Actor;
use doorward_core::journey;
use doorward_core::needs::Need;

use crate::support::{Ask, BEN, BEN_PASSWORD, Browser, Door, Page, SPA, WEB, World};

const NEW: &str = "lantern under the bridge";

async fn forgot(world: &World, name: &str) -> (Browser, Page) {
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let page = browser.visit(&page.link("forgot")).await.page();
    let page = browser.submit(&page, "forgot", &[("username", name)]).await.page();
    (browser, page)
}

#[tokio::test]
async fn a_new_password_ends_every_session_and_refresh_token_and_is_told() {
    let world = World::open().await.with_mail();
    let mut old = world.browser();
    let page =
        old.visit(&Ask::of(Door::Plain, SPA).with("scope", "openid offline_access").url()).await.page();
    let arrival = old.sign_in(&page, (BEN, BEN_PASSWORD)).await.client();
    let tokens = world.redeem(Door::Plain, SPA, &arrival.code()).await.ok();
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    world.pass(10);

    let (mut browser, page) = forgot(&world, BEN).await;
    assert!(page.has("everything that is signed in"), "told before");
    let letter = world.letter().await;
    assert_eq!(letter.to, "ben@mail.test");
    let code = letter.code.unwrap();
    let page = browser.submit(&page, "reset-code", &[("code", &code), ("password", NEW)]).await.page();
    assert!(page.has("mail-done"), "{}", page.html);
    assert!(browser.cookie("__Host-doorward-session").is_none(), "nobody is signed in by it");
    let news = world.letter().await;
    assert!(news.subject.contains("was changed") && news.code.is_none(), "{}", news.subject);

    world.pass(2);
    let page = browser.visit(&page.link("sign-in")).await.page();
    assert!(page.has(&format!("value=\"{BEN}\"")), "the name is carried over");
    let wrong = browser.sign_in(&page, (BEN, BEN_PASSWORD)).await.page();
    assert!(!wrong.problems().is_empty());
    browser.sign_in(&wrong, (BEN, NEW)).await.client();
    let again = old.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    assert!(again.has_form("signin"), "the old browser is signed out");
    let fields = [("grant_type", "refresh_token"), ("client_id", SPA), ("refresh_token", refresh.as_str())];
    let headers = [("origin", crate::support::SPA_ORIGIN)];
    let refused = world.post_with("/meadow/oauth2/token", &fields, &headers).await;
    assert_eq!(refused.error().1, "invalid_grant");
}

#[tokio::test]
async fn an_unknown_name_sees_the_same_page_and_no_code_is_right() {
    let world = World::open().await.with_mail();
    let (_, known) = forgot(&world, "ben@mail.test").await;
    assert!(world.letter().await.code.is_some());
    for (name, told) in [("nobody", false), ("nobody@mail.test", true), ("ada", false)] {
        let (mut browser, page) = forgot(&world, name).await;
        assert_eq!(page.status, known.status);
        assert!(page.has_form("reset-code") && page.has("we sent a code there"), "{}", page.html);
        let letters = world.letters().await;
        assert_eq!(letters.len(), usize::from(told), "{name}");
        assert!(letters.iter().all(|letter| letter.code.is_none()), "{name}");
        let page = browser.submit(&page, "reset-code", &[("code", "123456"), ("password", NEW)]).await.page();
        assert!(page.problems().contains("not right"), "{}", page.problems());
    }
}

#[tokio::test]
async fn a_code_is_used_once() {
    let world = World::open().await.with_mail();
    let (mut browser, page) = forgot(&world, BEN).await;
    let code = world.letter().await.code.unwrap();
    let typed = [("code", code.as_str()), ("password", NEW)];
    assert!(browser.submit(&page, "reset-code", &typed).await.page().has("mail-done"));
    let again = browser.submit(&page, "reset-code", &typed).await.page();
    assert!(again.problems().contains("not right"), "{}", again.problems());
}

#[tokio::test]
async fn a_reset_unlocks_a_name_that_was_locked() {
    let world = World::open().await.with_mail();
    let mut browser = world.browser();
    let mut page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    for _ in 0..11 {
        page = browser.sign_in(&page, (BEN, "wrong wrong wrong")).await.page();
    }
    assert!(page.problems().contains("Too many"), "{}", page.problems());
    let (mut browser, page) = forgot(&world, BEN).await;
    let code = world.letter().await.code.unwrap();
    let page = browser.submit(&page, "reset-code", &[("code", &code), ("password", NEW)]).await.page();
    world.pass(2);
    let page = browser.visit(&page.link("sign-in")).await.page();
    browser.sign_in(&page, (BEN, NEW)).await.client();
}

#[tokio::test]
async fn an_invitation_is_accepted_once_and_opening_it_changes_nothing() {
    let world = World::open().await.with_mail();
    let tenant = world.cast.tenant.clone();
    let ben = world.cast.ben.clone();
    let address = ben.emails().next().unwrap().clone();
    let send = || {
        let asked = world.app.with_env(world.app.now(), |env| {
            journey::invite(&ben, &address, (&tenant, Actor::Operator), env)
        });
        let journey::Says::Invitation { secret, .. } = asked.letter.unwrap().says else {
            panic!("an invitation")
        };
        (asked.changes, format!("/flow/invitation?tenant=meadow&key={}", secret.expose()))
    };
    let (changes, link) = send();
    world.change(changes).await;
    let mut scanner = world.browser();
    for _ in 0..5 {
        assert!(scanner.visit(&link).await.page().has_form("invitation"));
    }
    let mut browser = world.browser();
    let page = browser.visit(&link).await.page();
    assert!(page.has(BEN), "whose account it is");
    let weak = browser.submit(&page, "invitation", &[("password", "short")]).await.page();
    assert!(weak.problems().contains("at least 8"), "{}", weak.problems());
    let foreign = browser
        .post_from(
            "/flow/invitation",
            &[("tenant", "meadow"), ("key", "x"), ("password", NEW)],
            &[("origin", "https://evil.test"), ("sec-fetch-site", "cross-site")],
        )
        .await
        .page();
    assert_eq!(foreign.code(), "DW1254");
    let done = browser.submit(&weak, "invitation", &[("password", NEW)]).await.page();
    assert!(done.has("mail-done") && browser.cookie("__Host-doorward-session").is_none());
    let again = browser.visit(&link).await.page();
    assert_eq!(again.code(), "DW5450");
    let need = Need::UserInTenant(tenant.id, ben.id);
    let facts = world.app.store().facts(std::slice::from_ref(&need)).await.unwrap();
    assert!(facts.user_in_tenant(tenant.id, ben.id).unwrap().epoch > ben.epoch);
    for bad in [
        "/flow/invitation",
        "/flow/invitation?tenant=meadow",
        "/flow/invitation?tenant=x&key=y",
        "/flow/invitation?tenant=meadow&key=%00",
    ] {
        assert!(browser.visit(bad).await.page().status.is_client_error(), "{bad}");
    }
}

//! Sign-up where a user flow offers it.

use crate::support::{ADA, Ask, BEN, Browser, Door, Page, SPA, WEB, World, claims_of};

async fn at_the_page(world: &World, client: &str) -> (Browser, Page) {
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Flow, client).url()).await.page();
    let page = browser.visit(&page.link("create-account")).await.page();
    (browser, page)
}

const GOOD: &str = "four quiet words here";

#[tokio::test]
async fn a_new_account_gets_its_code_and_can_sign_in_later() {
    let world = World::open().await;
    let (mut browser, page) = at_the_page(&world, SPA).await;
    let typed = [("username", "Cleo.Marsh"), ("display_name", "Cleo <Marsh>"), ("password", GOOD)];
    let arrival = browser.submit(&page, "signup", &typed).await.client();
    let body = world.redeem(Door::Flow, SPA, &arrival.code()).await.ok();
    let claims = claims_of(body["id_token"].as_str().unwrap());
    assert_eq!((&claims["name"], &claims["newUser"]), (&"Cleo <Marsh>".into(), &true.into()));
    assert!(browser.set.iter().any(|line| line.starts_with("__Host-doorward-session=")));
    let silent = Ask::of(Door::Flow, SPA).with("prompt", "none");
    let code = browser.frame(&silent.url()).await.client().code();
    let body = world.redeem(Door::Flow, SPA, &code).await.ok();
    assert_eq!(claims_of(body["id_token"].as_str().unwrap()).get("newUser"), None, "only the first time");

    let mut later = world.browser();
    let page = later.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    later.sign_in(&page, ("cleo.marsh", GOOD)).await.client();
}

#[tokio::test]
async fn everything_to_mend_is_said_at_once_and_what_was_typed_stays() {
    let world = World::open().await;
    for (name, password, problem) in [
        ("", GOOD, "enter your user name"),
        ("with space", GOOD, "letters, digits"),
        ("who@mail.test", GOOD, "letters, digits"),
        ("cleo", "", "enter your password"),
        ("cleo", "short", "at least 8"),
        ("cleo", "password123", "easy to guess"),
        ("cleopatra", "my cleopatra 1", "easy to guess"),
        ("cleo", &"x1".repeat(600), "at most 1024"),
        (BEN, GOOD, "taken"),
        ("BEN", GOOD, "taken"),
    ] {
        let (mut browser, page) = at_the_page(&world, WEB).await;
        let typed = [("username", name), ("display_name", "Who \"I\" am"), ("password", password)];
        let page = browser.submit(&page, "signup", &typed).await.page();
        assert!(page.problems().contains(problem), "{name} {password}: {}", page.problems());
        assert!(page.has("Who &quot;I&quot; am"), "{}", page.html);
        assert!(password.is_empty() || !page.has(password), "the password does not come back");
        assert!(browser.cookie("__Host-doorward-session").is_none());
    }
    let (mut browser, page) = at_the_page(&world, WEB).await;
    let page = browser.submit(&page, "signup", &[("display_name", &"n".repeat(101))]).await.page();
    for problem in ["user name", "at most 100", "password"] {
        assert!(page.problems().contains(problem), "{}", page.problems());
    }
}

#[tokio::test]
async fn a_name_that_would_answer_for_another_account_is_refused() {
    let world = World::open().await;
    let ada = &world.cast.ada;
    let mut changed = ada.clone();
    changed.sign_in_names.push(doorward_core::model::SignInName::email("dora@meadow.test", true).unwrap());
    world.update_user(ada, &changed).await;
    let (mut browser, page) = at_the_page(&world, WEB).await;
    let typed = [("username", "dora"), ("display_name", "Dora"), ("password", GOOD)];
    let page = browser.submit(&page, "signup", &typed).await.page();
    assert!(page.problems().contains("taken"), "dora@meadow.test is somebody: {}", page.html);
    let _ = ADA;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_want_one_name_one_gets_it() {
    let world = World::open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (mut browser, page) = at_the_page(&world, WEB).await;
        tasks.spawn(async move {
            let typed = [("username", "cleo"), ("display_name", "Cleo"), ("password", GOOD)];
            browser.submit(&page, "signup", &typed).await;
            browser.last.unwrap().text()
        });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|text| text.contains("continue-link")).count(), 1);
    assert_eq!(answers.iter().filter(|text| text.contains("This user name is taken")).count(), 5);
}

#[tokio::test]
async fn sign_up_leads_to_sign_in_and_back_to_the_application() {
    let world = World::open().await;
    let (mut browser, page) = at_the_page(&world, WEB).await;
    assert!(browser.visit(&page.link("sign-in")).await.page().has_form("signin"));
    assert_eq!(browser.visit(&page.link("cancel")).await.client().error(), "access_denied");
}

#[tokio::test]
async fn a_flow_for_signing_in_alone_creates_nobody() {
    let world = World::open().await;
    let flow = doorward_core::model::UserFlow {
        kind: doorward_core::model::FlowKind::SignIn,
        ..world.cast.flow.clone()
    };
    world.change(vec![doorward_core::change::DirectoryChange::PutFlow(flow).into()]).await;
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Flow, WEB).with("prompt", "create").url()).await.page();
    assert!(page.has_form("signin") && !page.has("create-account"), "{}", page.html);
}

#[tokio::test]
async fn an_email_address_that_nobody_proved_is_no_name_and_no_claim() {
    let world = World::open().await;
    let (mut browser, page) = at_the_page(&world, WEB).await;
    let typed =
        [("username", "cleo"), ("display_name", "Cleo"), ("email", "Cleo@Mail.Test"), ("password", GOOD)];
    let code = browser.submit(&page, "signup", &typed).await.client().code();
    let body = world.redeem(Door::Flow, WEB, &code).await.ok();
    let claims = claims_of(body["id_token"].as_str().unwrap());
    assert_eq!((claims.get("emails"), claims.get("email")), (None, None));
    let mut later = world.browser();
    let page = later.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    later.sign_in(&page, ("cleo@mail.test", GOOD)).await.page();
    later.sign_in(&page, ("cleo", GOOD)).await.client();

    let (mut browser, page) = at_the_page(&world, WEB).await;
    let typed =
        [("username", "dan"), ("display_name", "Dan"), ("email", "not an address"), ("password", GOOD)];
    let page = browser.submit(&page, "signup", &typed).await.page();
    assert!(page.problems().contains("e-mail"), "{}", page.html);
    let (mut browser, page) = at_the_page(&world, WEB).await;
    let typed =
        [("username", "eve"), ("display_name", "Eve"), ("email", "ben@mail.test"), ("password", GOOD)];
    browser.submit(&page, "signup", &typed).await.client();
    let mut ben = world.browser();
    let page = ben.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    ben.sign_in(&page, ("ben@mail.test", crate::support::BEN_PASSWORD)).await.client();
}

//! Consent: asked once, granted as shown, for one person or for everybody, and refused without harm.

use doorward_core::directory::BUILT_IN_GRAPH;

use crate::support::{ADA, ADA_PASSWORD, Ask, BEN, Browser, Door, Page, SPA, STATE, WEB, World, claims_of};

const READ: &str = "openid offline_access api://notes/notes.read";

/// The consent page that a request of somebody who signs in leads to.
async fn asked(world: &World, ask: &Ask, user: &str) -> (Browser, Page) {
    let mut browser = world.browser();
    let page = world.sign_in(&mut browser, ask, user).await.page();
    (browser, page)
}

const ALLOW: &[(&str, &str)] = &[("decision", "allow")];
const DENY: &[(&str, &str)] = &[("decision", "deny")];

#[tokio::test]
async fn a_person_is_asked_once_and_the_grant_is_theirs_alone() {
    let world = World::bare().await;
    for door in [Door::Plain, Door::Directory] {
        let client = if door == Door::Plain { WEB } else { SPA };
        let ask = Ask::of(door, client).scope(READ);
        let (mut browser, page) = asked(&world, &ask, BEN).await;
        for text in ["The ", "Read your notes", "notes.read", "Notes", "Ben &lt;Fern&gt;", "openid"] {
            assert!(page.has(text), "{text}: {}", page.html);
        }
        assert!(!page.has("consent-organisation"), "he is no administrator");
        let arrival = browser.submit(&page, "consent", ALLOW).await.client();
        assert_eq!(arrival.get("state"), STATE);
        let body = world.redeem(door, client, &arrival.code()).await.ok();
        assert_eq!(claims_of(body["access_token"].as_str().unwrap())["scp"], "notes.read");
        browser.visit(&ask.url()).await.client();
        let (_, page) = asked(&world, &ask, ADA).await;
        assert!(page.has_form("consent"), "somebody else is asked");
    }
}

#[tokio::test]
async fn no_is_told_and_nothing_is_granted() {
    let world = World::bare().await;
    for (door, number) in [(Door::Plain, "DW1304"), (Door::Directory, "AADSTS65004")] {
        let ask = Ask::of(door, WEB).scope(READ);
        let (mut browser, page) = asked(&world, &ask, BEN).await;
        let arrival = browser.submit(&page, "consent", DENY).await.client();
        assert_eq!((arrival.error(), arrival.get("state")), ("access_denied", STATE));
        assert!(arrival.get("error_description").contains(number), "{arrival:?}");
        assert!(browser.visit(&ask.url()).await.page().has_form("consent"), "signed in, and asked again");
    }
}

#[tokio::test]
async fn no_answer_and_an_odd_answer_are_no_consent() {
    let world = World::bare().await;
    let ask = Ask::of(Door::Plain, WEB).scope(READ);
    let (mut browser, page) = asked(&world, &ask, BEN).await;
    for fields in [vec![], vec![("decision", "yes")], vec![("decision", "")]] {
        let answer = browser.submit(&page, "consent", &fields).await.page();
        assert_eq!(answer.code(), "DW1057");
    }
    assert!(browser.visit(&ask.url()).await.page().has_form("consent"));
}

#[tokio::test]
async fn an_administrator_may_allow_it_for_everybody() {
    let world = World::bare().await;
    let ask = Ask::of(Door::Plain, WEB).scope(READ);
    let (mut browser, page) = asked(&world, &ask, ADA).await;
    assert!(page.has("consent-organisation") && page.has("Meadow School"), "{}", page.html);
    browser.submit(&page, "consent", &[("organisation", "true"), ("decision", "allow")]).await.client();
    let arrival = world.arrive(&ask, BEN).await;
    world.redeem(Door::Plain, WEB, &arrival.code()).await.ok();
}

#[tokio::test]
async fn without_the_box_an_administrator_speaks_for_herself_and_others_cannot_tick_it() {
    let world = World::bare().await;
    let ask = Ask::of(Door::Plain, WEB).scope(READ);
    let (mut browser, page) = asked(&world, &ask, ADA).await;
    browser.submit(&page, "consent", ALLOW).await.client();
    let (mut browser, page) = asked(&world, &ask, BEN).await;
    browser.submit(&page, "consent", &[("organisation", "true"), ("decision", "allow")]).await.client();
    let third = doorward_core::model::User {
        id: doorward_core::model::UserId::random([13; 16]),
        local_id: "eve".to_owned(),
        sign_in_names: vec![doorward_core::model::SignInName::user_name("eve").unwrap()],
        ..world.cast.ben.clone()
    };
    world.change(vec![doorward_core::change::DirectoryChange::CreateUser(third).into()]).await;
    let (_, page) = asked(&world, &ask, "eve").await;
    assert!(page.has_form("consent"), "a forged field grants nothing for everybody");
}

#[tokio::test]
async fn a_locked_permission_is_shown_beside_others_and_left_out() {
    let world = World::bare().await;
    let ask = Ask::of(Door::Plain, WEB).scope("openid api://notes/notes.read api://notes/notes.share");
    let (mut browser, page) = asked(&world, &ask, BEN).await;
    assert!(page.has("Needs an administrator") && page.has("Share notes with everybody"), "{}", page.html);
    let arrival = browser.submit(&page, "consent", ALLOW).await.client();
    let body = world.redeem(Door::Plain, WEB, &arrival.code()).await.ok();
    assert_eq!(body["scope"], "api://notes/notes.read openid");
    assert_eq!(claims_of(body["access_token"].as_str().unwrap())["scp"], "notes.read");
}

#[tokio::test]
async fn a_locked_permission_alone_needs_an_administrator_who_is_not_held_up() {
    let world = World::bare().await;
    let ask = Ask::of(Door::Plain, WEB).scope("openid api://notes/notes.share");
    let (mut browser, page) = asked(&world, &ask, BEN).await;
    assert!(!page.has_form("consent") && page.has("DW1302"), "{}", page.html);
    assert!(page.has("doorward grant add web"), "{}", page.html);
    let cancelled = browser.clone().visit(&page.link("cancel")).await.client();
    assert_eq!((cancelled.error(), cancelled.get("state")), ("access_denied", STATE));
    let page = browser.visit(&page.link("other-account")).await.page();
    let page = browser.sign_in(&page, (ADA, ADA_PASSWORD)).await.page();
    let arrival = browser.submit(&page, "consent", &[("organisation", "true"), ("decision", "allow")]).await;
    let body = world.redeem(Door::Plain, WEB, &arrival.client().code()).await.ok();
    assert_eq!(claims_of(body["access_token"].as_str().unwrap())["scp"], "notes.share");
    assert!(!world.arrive(&ask, BEN).await.code().is_empty(), "granted for everybody now");
}

#[tokio::test]
async fn only_what_is_new_is_asked_later_and_earlier_grants_stay() {
    let world = World::bare().await;
    let (mut browser, page) = asked(&world, &Ask::of(Door::Plain, WEB).scope(READ), BEN).await;
    browser.submit(&page, "consent", ALLOW).await.client();
    let more = Ask::of(Door::Plain, WEB).scope("openid api://notes/notes.read api://notes/notes.write");
    let page = browser.visit(&more.url()).await.page();
    assert!(page.has("Write notes for you") && page.has(">New<"), "{}", page.html);
    browser.submit(&page, "consent", DENY).await.client();
    let before = browser.visit(&Ask::of(Door::Plain, WEB).scope(READ).url()).await.client();
    assert!(!before.code().is_empty());
}

#[tokio::test]
async fn prompt_consent_asks_again_and_the_flow_door_asks_nobody() {
    let world = World::open().await;
    let mut browser = world.browser();
    let ask = Ask::of(Door::Plain, WEB).scope(READ);
    world.sign_in(&mut browser, &ask, BEN).await.client();
    let page = browser.visit(&ask.with("prompt", "consent").url()).await.page();
    assert!(page.has_form("consent"));

    let bare = World::bare().await;
    bare.code(&Ask::of(Door::Flow, WEB).scope("openid offline_access")).await;
    let mut browser = bare.browser();
    let arrival = bare.sign_in(&mut browser, &Ask::of(Door::Flow, WEB).scope(READ), BEN).await.client();
    assert_eq!(arrival.error(), "access_denied");
    assert!(arrival.get("error_description").contains("AADB2C90205"), "{arrival:?}");
    assert!(arrival.get("error_description").contains("DW1009"), "{arrival:?}");
}

#[tokio::test]
async fn what_was_shown_counts_and_not_what_is_asked_meanwhile() {
    let world = World::bare().await;
    let ask = Ask::of(Door::Plain, WEB).scope("openid api://notes/notes.read");
    let (mut browser, page) = asked(&world, &ask, BEN).await;
    // The sealed flow of the sign-in page has shown nothing, so that allowing it grants nothing.
    let mut early = world.browser();
    let sign_in = early.visit(&ask.url()).await.page();
    let flow = sign_in.form("signin").value("flow").to_owned();
    early.sign_in(&sign_in, (BEN, crate::support::BEN_PASSWORD)).await.page();
    let forged = early.post("/flow/consent", &[("flow", &flow), ("decision", "allow")]).await;
    match forged {
        crate::support::Landed::Client(arrival) => assert!(!arrival.error().is_empty(), "{arrival:?}"),
        crate::support::Landed::Page(page) => assert!(!page.has("continue-link"), "{}", page.html),
    }
    browser.submit(&page, "consent", ALLOW).await.client();
}

#[tokio::test]
async fn an_answer_belongs_to_the_account_that_saw_the_page() {
    let world = World::bare().await;
    let ask = Ask::of(Door::Plain, WEB).scope("openid api://notes/notes.read api://notes/notes.share");
    let (mut browser, page) = asked(&world, &ask, BEN).await;
    // Ben's session ends in another tab while the question stands there.
    let out = browser.visit(&Door::Plain.at("logout")).await.page();
    browser.submit(&out, "signout", &[]).await.page();
    let sign_in = browser.submit(&page, "consent", ALLOW).await.page();
    assert!(sign_in.has_form("signin"), "{}", sign_in.html);
    let next = browser.sign_in(&sign_in, (ADA, ADA_PASSWORD)).await.page();
    assert!(next.has_form("consent"), "Ada is asked herself: {}", next.html);
}

#[tokio::test]
async fn a_first_party_application_is_not_asked_about_the_person() {
    let world = World::bare().await;
    let web = &world.cast.web;
    world.update_client(web, &doorward_core::model::Client { first_party: true, ..web.clone() }).await;
    assert!(!world.code(&Ask::of(Door::Plain, WEB)).await.is_empty());
    let (_, page) = asked(&world, &Ask::of(Door::Plain, WEB).scope(READ), BEN).await;
    assert!(page.has("notes.read") && !page.has(&BUILT_IN_GRAPH.to_string()), "{}", page.html);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_that_is_pressed_twice_at_once_gives_one_code() {
    let world = World::bare().await;
    let (browser, page) = asked(&world, &Ask::of(Door::Plain, WEB).scope(READ), BEN).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut browser, page) = (browser.clone(), page.clone());
        tasks.spawn(async move {
            browser.submit(&page, "consent", ALLOW).await;
            browser.last.unwrap().text()
        });
    }
    let answers = tasks.join_all().await;
    let codes = answers.iter().filter(|text| text.contains("continue-link")).count();
    let spent = answers.iter().filter(|text| text.contains("DW1253")).count();
    assert_eq!((codes, spent), (1, 7));
}

#[tokio::test]
async fn where_people_may_not_consent_an_administrator_must() {
    let world = World::bare().await;
    let before = world.cast.tenant.clone();
    let after = doorward_core::model::Tenant { user_consent: false, ..before.clone() };
    world.change(vec![doorward_core::change::DirectoryChange::UpdateTenant { before, after }.into()]).await;
    let (mut browser, page) = asked(&world, &Ask::of(Door::Plain, WEB), BEN).await;
    browser.submit(&page, "consent", ALLOW).await.client();
    let ask = Ask::of(Door::Plain, WEB).scope(READ);
    let page = browser.visit(&ask.url()).await.page();
    assert!(page.has("DW1302") && !page.has_form("consent"), "{}", page.html);
    let silent = browser.visit(&ask.clone().with("prompt", "none").url()).await.client();
    assert_eq!(silent.error(), "consent_required");
    let (mut browser, page) = asked(&world, &ask, ADA).await;
    browser.submit(&page, "consent", &[("organisation", "true"), ("decision", "allow")]).await.client();
    assert!(!world.arrive(&ask, BEN).await.code().is_empty());
}

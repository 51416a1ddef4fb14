//! Guessing is bounded: ten wrong passwords for a name, then a quarter of an hour of silence.

use doorward_server::Settings;
use http::StatusCode;

use crate::support::{ADA, ADA_PASSWORD, Ask, BASE, BEN, BEN_PASSWORD, Door, Landed, WEB, World};

async fn guess(world: &World, name: &str, password: &str) -> Landed {
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    browser.sign_in(&page, (name, password)).await
}

#[tokio::test]
async fn after_ten_wrong_passwords_the_right_one_is_refused_for_fifteen_minutes() {
    let world = World::open().await;
    for _ in 0..10 {
        let page = guess(&world, BEN, "wrong").await.page();
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.problems().contains("not right"));
    }
    let page = guess(&world, BEN, BEN_PASSWORD).await.page();
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.problems().contains("15 minutes"), "{}", page.problems());
    // Other spellings are the same name, other browsers the same person, other people other people.
    assert_eq!(guess(&world, " BEN", BEN_PASSWORD).await.page().status, StatusCode::TOO_MANY_REQUESTS);
    guess(&world, ADA, ADA_PASSWORD).await.client();
    world.pass(15 * 60);
    guess(&world, BEN, BEN_PASSWORD).await.client();
}

#[tokio::test]
async fn the_right_password_in_time_begins_the_count_anew() {
    let world = World::open().await;
    for _ in 0..3 {
        for _ in 0..9 {
            guess(&world, BEN, "wrong").await.page();
        }
        guess(&world, BEN, BEN_PASSWORD).await.client();
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_locked_alike() {
    let world = World::open().await;
    for _ in 0..10 {
        guess(&world, "nobody", "wrong").await.page();
    }
    let page = guess(&world, "nobody", "wrong").await.page();
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_once_are_all_charged() {
    let world = World::open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let mut browser = world.browser();
        tasks.spawn(async move {
            let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
            browser.sign_in(&page, (BEN, "wrong")).await.page().status
        });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|status| **status == StatusCode::OK).count(), 10);
    assert_eq!(guess(&world, BEN, BEN_PASSWORD).await.page().status, StatusCode::TOO_MANY_REQUESTS);
}

/// How many of so many attempts from an address are told to wait. Nothing is typed, so nothing is hashed.
async fn throttled(world: &World, forwarded_for: &str, attempts: usize) -> usize {
    let mut browser = world.browser();
    let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let flow = page.form("signin").value("flow").to_owned();
    let mut told = 0;
    for _ in 0..attempts {
        let fields = [("flow", flow.as_str()), ("username", BEN)];
        let from = [("x-forwarded-for", forwarded_for), ("origin", BASE)];
        let page = browser.post_from("/flow/sign-in", &fields, &from).await.page();
        told += usize::from(page.status == StatusCode::TOO_MANY_REQUESTS);
    }
    told
}

#[tokio::test]
async fn an_address_is_bounded_too_and_cannot_make_itself_another_one() {
    let settings = |trust_forwarded_for| Settings {
        base_url: BASE.to_owned(),
        development: false,
        trust_forwarded_for,
        landing: None,
    };
    let behind_a_proxy = World::with_settings(settings(true)).await;
    assert!(throttled(&behind_a_proxy, "198.51.100.1, 192.0.2.7", 200).await > 50);
    assert!(throttled(&behind_a_proxy, "198.51.100.2, 192.0.2.7", 20).await > 10, "only the last hop counts");
    assert_eq!(throttled(&behind_a_proxy, "192.0.2.8", 20).await, 0);
    let direct = World::with_settings(settings(false)).await;
    assert_eq!(throttled(&direct, "192.0.2.7", 200).await, 0, "anybody could write that header");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn more_sign_ins_than_the_machine_takes_are_told_to_come_back() {
    let world = World::open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for n in 0..300 {
        let mut browser = world.browser();
        let name = format!("nobody-{n}");
        tasks.spawn(async move {
            let page = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
            let status = browser.sign_in(&page, (&name, "wrong")).await.page().status;
            (name, status)
        });
    }
    let answers = tasks.join_all().await;
    for (name, status) in &answers {
        assert!(*status == StatusCode::OK || *status == StatusCode::TOO_MANY_REQUESTS, "{name} {status}");
    }
    if let Some((name, _)) = answers.iter().find(|(_, status)| *status == StatusCode::TOO_MANY_REQUESTS) {
        for _ in 0..10 {
            let page = guess(&world, name, "wrong").await.page();
            assert_eq!(page.status, StatusCode::OK, "who was sent away has not guessed");
        }
    }
    guess(&world, BEN, BEN_PASSWORD).await.client();
}

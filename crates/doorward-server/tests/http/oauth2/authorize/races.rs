//! Requests of one browser that arrive at the same moment: tabs, hidden frames, impatient people.

use std::collections::BTreeSet;

use doorward_core::change::{Change, DirectoryChange};
use doorward_core::model::{AppId, Client, ClientId};

use crate::support::{ADA, ADA_PASSWORD, Ask, BEN, BEN_PASSWORD, Door, Landed, WEB, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn many_applications_ask_for_one_session_at_once_and_all_get_codes() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    let names: Vec<String> = (0..12).map(|n| format!("app-{n}")).collect();
    let register = |(n, name): (u8, &String)| -> Change {
        let client = Client {
            app_id: AppId::random([100 + n; 16]),
            client_id: ClientId::parse(name).unwrap(),
            name: name.clone(),
            first_party: true,
            ..world.cast.web.clone()
        };
        DirectoryChange::RegisterClient(client).into()
    };
    world.change((0..).zip(&names).map(register).collect()).await;
    let mut tasks = tokio::task::JoinSet::new();
    for name in &names {
        let mut browser = browser.clone();
        let ask =
            Ask::of(Door::Plain, name).with("redirect_uri", "https://web.test/cb").with("prompt", "none");
        tasks.spawn(async move {
            match browser.frame(&ask.url()).await {
                Landed::Client(arrival) => arrival.params.get("code").cloned(),
                Landed::Page(_) => None,
            }
        });
    }
    let codes: Vec<Option<String>> = tasks.join_all().await;
    assert!(codes.iter().all(Option::is_some), "{codes:?}");
    assert_eq!(codes.into_iter().collect::<BTreeSet<_>>().len(), names.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn tabs_of_one_application_get_a_code_each() {
    let world = World::open().await;
    let mut browser = world.browser();
    world.sign_in(&mut browser, &Ask::of(Door::Plain, WEB), BEN).await.client();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let mut browser = browser.clone();
        tasks.spawn(async move { browser.visit(&Ask::of(Door::Directory, WEB).url()).await.client().code() });
    }
    let codes: BTreeSet<String> = tasks.join_all().await.into_iter().collect();
    assert_eq!(codes.len(), 16);
    for code in codes {
        world.redeem(Door::Directory, WEB, &code).await.ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_people_may_sign_in_in_two_tabs_at_once() {
    let world = World::open().await;
    let mut browser = world.browser();
    let first = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let second = browser.visit(&Ask::of(Door::Plain, WEB).url()).await.page();
    let mut tasks = tokio::task::JoinSet::new();
    for (page, who) in [(first, (BEN, BEN_PASSWORD)), (second, (ADA, ADA_PASSWORD))] {
        let mut browser = browser.clone();
        tasks.spawn(async move { browser.sign_in(&page, who).await.client().code() });
    }
    for code in tasks.join_all().await {
        world.redeem(Door::Plain, WEB, &code).await.ok();
    }
}

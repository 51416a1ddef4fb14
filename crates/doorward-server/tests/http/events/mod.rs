//! The request log: every answered request becomes a line, lines survive in the store, nobody reads them who is not
//! cleared, and patterns are told as what they are.

mod causes;
mod kept;
mod numbers;
mod pages;

use doorward_core::model::Event;
use doorward_store::{DirectoryQuery, Entry, Paging};

use crate::support::{ADA, Answer, Ask, Browser, Door, Landed, Page, SPA, World};

/// Everything that the store keeps, latest first.
async fn stored(world: &World) -> Vec<Event> {
    world.app.flush_log().await;
    let query = DirectoryQuery::Events { tenant: None, app: None, user: None, page: Paging::first() };
    let page = world.app.store().list(&query).await.unwrap();
    let event = |entry: Entry| match entry {
        Entry::Event(event) => *event,
        other => panic!("{other:?} is no event"),
    };
    page.entries.into_iter().map(event).collect()
}

/// The event of an answer.
async fn event_of(world: &World, answer: &Answer) -> Event {
    let trace = answer.header("doorward-trace").to_owned();
    stored(world).await.into_iter().find(|event| event.trace == trace).expect("an answer has its event")
}

/// A browser in which the administrator is signed in.
async fn administrator(world: &World) -> Browser {
    let mut browser = world.browser();
    let landed = world.sign_in(&mut browser, &Ask::of(Door::Plain, SPA), ADA).await;
    assert!(matches!(landed, Landed::Client(_)));
    browser
}

/// What the operator at the machine reads of a request.
async fn operators_view(world: &World, trace: &str) -> serde_json::Value {
    let router = doorward_server::admin::router(world.app.clone(), doorward_server::admin::Access::Socket);
    let request =
        http::Request::get(format!("/admin/v1/events/{trace}")).body(axum::body::Body::empty()).unwrap();
    crate::support::send(&router, request).await.ok()
}

/// The decision trace of a request.
async fn trace_page(world: &World, admin: &mut Browser, trace: &str) -> Page {
    world.app.flush_log().await;
    admin.visit(&format!("/portal/log/{trace}")).await.page()
}

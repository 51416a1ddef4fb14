//! What is told about the past: the revocation feed and the request log.

use doorward_core::change::DirectoryChange;
use doorward_core::facts::Answer;
use doorward_core::model::{Event, Expiry, Revocation, Revoked, TenantId};
use doorward_core::needs::Need;

use super::Bench;
use crate::fixture::{self, House, NOW, after};
use crate::{DirectoryQuery, Entry, Paging, Swept};

async fn feed(bench: &Bench, tenant: TenantId) -> Vec<Revocation> {
    match bench.ask(Need::Revocations(tenant)).await {
        Answer::Revocations(lines) => lines,
        other => panic!("an engine answered {other:?}"),
    }
}

async fn log(bench: &Bench, query: DirectoryQuery) -> Vec<Event> {
    let event = |entry| match entry {
        Entry::Event(event) => *event,
        other => panic!("an engine listed {other:?}"),
    };
    bench.all(query).await.into_iter().map(event).collect()
}

/// A later line about the same thing replaces the earlier one; lines of other things and tenants stand beside it.
pub async fn a_feed_has_one_line_for_each_thing(bench: &Bench) {
    let (meadow, forest) = (bench.house("meadow").await, bench.house("forest").await);
    let line = |house: &House, what, at| Revocation::new(house.tenant.id, what, at);
    let user = Revoked::User(meadow.user.id);
    let token = Revoked::Token("a.1".to_owned());
    let first = line(&meadow, user.clone(), NOW);
    let later = line(&meadow, user, after(60));
    let other = line(&meadow, token.clone(), NOW);
    let theirs = line(&forest, token, NOW);
    bench.commit([first, later.clone(), other.clone(), theirs.clone()].map(Into::into)).await;
    let mut expected = vec![later, other];
    expected.sort_by_key(|line| line.what.key());
    assert_eq!(feed(bench, meadow.tenant.id).await, expected, "in the order of their keys");
    assert_eq!(feed(bench, forest.tenant.id).await, [theirs]);
    bench.commit([DirectoryChange::DeleteTenant(forest.tenant.id).into()]).await;
    assert_eq!(feed(bench, forest.tenant.id).await, []);
}

/// Whoever revokes the same thing at the same moment does not stop the others.
pub async fn many_revoke_at_once(bench: &Bench) {
    let house = bench.house("meadow").await;
    let line = Revocation::new(house.tenant.id, Revoked::User(house.user.id), NOW);
    let outcomes = bench.race(16, |_| vec![line.clone().into()]).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(feed(bench, house.tenant.id).await, [line]);
}

/// A line stays until every token that it concerns has ended, and goes at that second.
pub async fn a_line_that_is_over_is_swept(bench: &Bench) {
    let house = bench.house("meadow").await;
    let line = Revocation::new(house.tenant.id, Revoked::Tenant, NOW);
    bench.commit([line.clone().into()]).await;
    let kept = Revocation::KEPT.as_secs();
    assert_eq!(bench.store.sweep(after(kept - 1), 100).await.unwrap(), Swept::default());
    assert_eq!(feed(bench, house.tenant.id).await, [line]);
    let swept = bench.store.sweep(after(kept), 100).await.unwrap();
    assert_eq!(swept, Swept { revocations: 1, ..Swept::default() });
    assert_eq!(feed(bench, house.tenant.id).await, []);
}

/// Found by its trace, and listed latest first: of everybody, a tenant, an application, a user.
pub async fn a_request_is_found_in_every_way(bench: &Bench) {
    let house = bench.house("meadow").await;
    let (tenant, app, user) = (house.tenant.id, house.client.app_id, house.user.id);
    let event = |number: u32| fixture::event(number, after(u64::from(number)));
    let nobodys = event(1);
    let tenants = Event { tenant: Some(tenant), ..event(2) };
    let apps = Event { tenant: Some(tenant), app: Some(app), ..event(3) };
    let users = Event { tenant: Some(tenant), app: Some(app), user: Some(user), ..event(4) };
    bench.store.append_events(vec![nobodys.clone(), tenants.clone()]).await.unwrap();
    bench.store.append_events(vec![apps.clone(), users.clone()]).await.unwrap();
    bench.store.append_events(Vec::new()).await.unwrap();
    for event in [&nobodys, &tenants, &apps, &users] {
        let found = bench.ask(Need::Event(event.trace.clone())).await;
        assert_eq!(found, Answer::Event(Some(Box::new(event.clone()))));
    }
    assert_eq!(bench.ask(Need::Event("0".repeat(32))).await, Answer::Event(None));
    let page = || Paging::new(1, None).unwrap();
    let of = |tenant, app, user| DirectoryQuery::Events { tenant, app, user, page: page() };
    let everything = [users.clone(), apps.clone(), tenants.clone(), nobodys];
    assert_eq!(log(bench, of(None, None, None)).await, everything);
    assert_eq!(log(bench, of(Some(tenant), None, None)).await, everything[..3]);
    assert_eq!(log(bench, of(Some(tenant), Some(app), None)).await, everything[..2]);
    assert_eq!(log(bench, of(Some(tenant), None, Some(user))).await, everything[..1]);
}

/// It is forgotten at its own second, in portions, and the tenant's end does not rewrite the log.
pub async fn a_request_is_forgotten_in_its_time(bench: &Bench) {
    let house = bench.house("meadow").await;
    let mut events: Vec<Event> = (1..=5).map(|number| fixture::event(number, NOW)).collect();
    for (event, until) in events.iter_mut().zip([100, 100, 100, 200, 200]) {
        (event.tenant, event.until) = (Some(house.tenant.id), Expiry::at(after(until)));
    }
    bench.store.append_events(events.clone()).await.unwrap();
    assert_eq!(bench.store.sweep(after(99), 2).await.unwrap(), Swept::default());
    let first = bench.store.sweep(after(100), 2).await.unwrap();
    assert_eq!((first.events, first.more), (2, true));
    let rest = bench.store.sweep(after(100), 2).await.unwrap();
    assert_eq!((rest.events, rest.more), (1, false));
    let left = bench.ask(Need::Event(events[3].trace.clone())).await;
    assert_eq!(left, Answer::Event(Some(Box::new(events[3].clone()))));
}

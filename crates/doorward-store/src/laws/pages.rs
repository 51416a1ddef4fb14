//! Listings: complete, stable, filtered.

use std::collections::HashSet;
use std::sync::Arc;

use doorward_core::change::{Change, DirectoryChange, KeyChange};
use doorward_core::model::{RoleHolder, Tenant, TenantId, UserId};

use super::Bench;
use crate::fixture::{self, House, email};
use crate::{Cursor, DirectoryQuery, Entry, Paging, StoreFault};

fn of(limit: u32) -> Paging {
    Paging::new(limit, None).expect("the laws ask for possible pages")
}

fn users(tenant: TenantId, limit: u32) -> DirectoryQuery {
    DirectoryQuery::Users { tenant, pool: None, search: None, page: of(limit) }
}

fn id(entry: &Entry) -> UserId {
    match entry {
        Entry::User(user) => user.id,
        other => panic!("an engine listed {other:?}"),
    }
}

async fn populate(bench: &Bench, tenant: &Tenant, count: usize) -> HashSet<UserId> {
    let accounts: Vec<_> =
        (0..count).map(|number| fixture::user(tenant, &format!("user{number:03}"))).collect();
    bench.commit(accounts.iter().cloned().map(|user| DirectoryChange::CreateUser(user).into())).await;
    accounts.iter().map(|user| user.id).collect()
}

/// Every kind of listing, with pages of every awkward size.
pub async fn every_row_appears_once(bench: &Bench) {
    let house = bench.house("meadow").await;
    bench.house("forest").await;
    let tenant = &house.tenant;
    for number in 0..7 {
        let resource = fixture::resource(tenant, &format!("api{number}"));
        let mut consent = house.consent("notes.read");
        consent.resource = resource.id;
        let mut role = house.assignment(RoleHolder::App(house.client.app_id));
        role.resource = resource.id;
        let (mut changes, _) = house.signed_in();
        changes.extend([
            DirectoryChange::RegisterResource(resource).into(),
            DirectoryChange::RegisterClient(fixture::client(tenant, &format!("app{number}"))).into(),
            DirectoryChange::PutFlow(fixture::flow(tenant, &format!("flow{number}"), &[])).into(),
            DirectoryChange::ExtendConsent(consent).into(),
            DirectoryChange::AssignRole(role).into(),
            KeyChange::Add(fixture::key(tenant, &format!("key{number}"))).into(),
            Change::Audit(fixture::audit(Some(tenant.id), "law.run")),
        ]);
        bench.commit(changes).await;
    }
    populate(bench, tenant, 6).await;
    let tenant = tenant.id;
    for limit in [1, 2, 3, 7, 8, 1000] {
        let page = of(limit);
        for (query, count) in [
            (users(tenant, limit), 7),
            (DirectoryQuery::Tenants { page: page.clone() }, 2),
            (DirectoryQuery::Pools { tenant, page: page.clone() }, 1),
            (DirectoryQuery::Clients { tenant, page: page.clone() }, 8),
            (DirectoryQuery::Resources { tenant, page: page.clone() }, 8),
            (DirectoryQuery::Flows { tenant, page: page.clone() }, 7),
            (DirectoryQuery::Consents { tenant, client: None, user: None, page: page.clone() }, 7),
            (DirectoryQuery::RoleAssignments { tenant, holder: None, resource: None, page: page.clone() }, 7),
            (DirectoryQuery::Keys { tenant, page: page.clone() }, 7),
            (DirectoryQuery::Grants { tenant, user: None, client: None, page: page.clone() }, 7),
            (DirectoryQuery::Audit { tenant: Some(tenant), page: page.clone() }, 7),
        ] {
            let entries = bench.all(query.clone()).await;
            assert_eq!(entries.len(), count, "{query:?}");
            let audit = matches!(query, DirectoryQuery::Audit { .. });
            let different = entries.iter().enumerate().all(|(at, entry)| !entries[..at].contains(entry));
            assert!(audit || different, "{query:?} listed a row twice");
        }
    }
    assert!(Paging::new(0, None).is_err() && Paging::new(1001, None).is_err());
}

/// While others insert and remove, every row that stays is listed exactly once.
pub async fn rows_that_come_and_go_disturb_nothing(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let staying = populate(bench, &tenant, 60).await;
    let (store, place) = (Arc::clone(&bench.store), tenant.clone());
    let crowd = tokio::spawn(async move {
        for number in 0..60 {
            let visitor = fixture::user(&place, &format!("user{number:03}x"));
            store.commit(vec![DirectoryChange::CreateUser(visitor.clone()).into()]).await.unwrap();
            if number % 2 == 0 {
                let leave = DirectoryChange::DeleteUser(visitor.tenant, visitor.pool, visitor.id);
                store.commit(vec![leave.into()]).await.unwrap();
            }
        }
    });
    while !crowd.is_finished() {
        let listed: Vec<UserId> = bench.all(users(tenant.id, 7)).await.iter().map(id).collect();
        let seen: HashSet<UserId> = listed.iter().copied().collect();
        assert_eq!(seen.len(), listed.len(), "a row was listed twice");
        assert!(staying.is_subset(&seen), "a row was left out");
    }
    crowd.await.unwrap();
}

/// Filters by client, user, holder, API and pool.
pub async fn filters_hold(bench: &Bench) {
    let house = bench.house("meadow").await;
    let tenant = house.tenant.id;
    let (ada, till) = (fixture::user(&house.tenant, "ada"), fixture::client(&house.tenant, "till"));
    bench
        .commit([
            Change::from(DirectoryChange::CreateUser(ada.clone())),
            DirectoryChange::RegisterClient(till.clone()).into(),
        ])
        .await;
    let other = House { user: ada.clone(), client: till.clone(), ..house.clone() };
    for place in [&house, &other] {
        let (mut changes, _) = place.signed_in();
        changes.push(DirectoryChange::ExtendConsent(place.consent("notes.read")).into());
        changes.push(DirectoryChange::AssignRole(place.assignment(RoleHolder::User(place.user.id))).into());
        bench.commit(changes).await;
    }
    let page = Paging::first;
    let (ben, shop) = (house.user.id, house.client.app_id);
    let (holder, nowhere) = (RoleHolder::User(ada.id), fixture::resource(&house.tenant, "x").id);
    for (query, count) in [
        (DirectoryQuery::Consents { tenant, client: Some(shop), user: None, page: page() }, 1),
        (DirectoryQuery::Consents { tenant, client: None, user: Some(ada.id), page: page() }, 1),
        (DirectoryQuery::Consents { tenant, client: Some(shop), user: Some(ada.id), page: page() }, 0),
        (DirectoryQuery::Grants { tenant, user: Some(ben), client: None, page: page() }, 1),
        (DirectoryQuery::Grants { tenant, user: None, client: Some(till.app_id), page: page() }, 1),
        (DirectoryQuery::Grants { tenant, user: Some(ben), client: Some(till.app_id), page: page() }, 0),
        (DirectoryQuery::RoleAssignments { tenant, holder: Some(holder), resource: None, page: page() }, 1),
        (DirectoryQuery::RoleAssignments { tenant, holder: None, resource: Some(nowhere), page: page() }, 0),
        (DirectoryQuery::Users { tenant, pool: Some(house.pool.id), search: None, page: page() }, 2),
        (
            DirectoryQuery::Users {
                tenant,
                pool: Some(House::plan("x").pool.id),
                search: None,
                page: page(),
            },
            0,
        ),
    ] {
        assert_eq!(bench.all(query.clone()).await.len(), count, "{query:?}");
    }
}

/// By the beginning of a name, an address or the display name, without case; never by a pattern.
pub async fn a_search_finds_beginnings(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let mut ada = fixture::user(&tenant, "ada");
    ada.display_name = "Zoë Öztürk".to_owned();
    ada.sign_in_names.push(email("lovelace@post.test", false));
    bench.commit([DirectoryChange::CreateUser(ada.clone()).into()]).await;
    for (search, found) in [
        ("AD", true),
        (" lovel", true),
        ("zoë ö", true),
        ("ZOË", true),
        ("ada@meadow", true),
        ("da", false),
        ("%", false),
        ("a_a", false),
        ("adax", false),
    ] {
        let query = DirectoryQuery::Users {
            tenant: tenant.id,
            pool: None,
            search: Some(search.to_owned()),
            page: Paging::first(),
        };
        let listed: Vec<UserId> = bench.all(query).await.iter().map(id).collect();
        assert_eq!(listed, if found { vec![ada.id] } else { vec![] }, "{search:?}");
    }
    let everyone = DirectoryQuery::Users {
        tenant: tenant.id,
        pool: None,
        search: Some(" ".to_owned()),
        page: Paging::first(),
    };
    assert_eq!(bench.all(everyone).await.len(), 2);
}

/// Cursors of other listings, and rubbish, are refused by name.
pub async fn a_foreign_cursor_is_refused(bench: &Bench) {
    let house = bench.house("meadow").await;
    populate(bench, &house.tenant, 3).await;
    let page = bench.store.list(&users(house.tenant.id, 1)).await.unwrap();
    let foreign = page.next.expect("there are more users");
    for cursor in
        [foreign, Cursor::new(""), Cursor::new("🚪"), Cursor::new("clients.t"), Cursor::new("a.b.c.d.e")]
    {
        let page = Paging::new(1, Some(cursor.clone())).unwrap();
        let listing = bench.store.list(&DirectoryQuery::Keys { tenant: house.tenant.id, page }).await;
        assert!(matches!(listing, Err(StoreFault::InvalidCursor)), "{cursor:?}");
    }
}

/// Latest first; of one tenant, or all there is.
pub async fn the_audit_log_is_read_backwards(bench: &Bench) {
    let tenant = bench.house("meadow").await.tenant.id;
    let lines = [Some(tenant), None, Some(tenant)];
    for (number, tenant) in lines.into_iter().enumerate() {
        bench.commit([Change::Audit(fixture::audit(tenant, &format!("law.{number}")))]).await;
    }
    let actions = |entries: Vec<Entry>| -> Vec<String> {
        let action = |entry| match entry {
            Entry::Audit(line) => line.action,
            other => panic!("an engine listed {other:?}"),
        };
        entries.into_iter().map(action).collect()
    };
    let all = bench.all(DirectoryQuery::Audit { tenant: None, page: of(2) }).await;
    assert_eq!(actions(all), ["law.2", "law.1", "law.0"]);
    let own = bench.all(DirectoryQuery::Audit { tenant: Some(tenant), page: of(1) }).await;
    assert_eq!(actions(own), ["law.2", "law.0"]);
}

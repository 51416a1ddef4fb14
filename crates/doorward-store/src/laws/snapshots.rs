//! One moment at a time: snapshots, atomicity, visibility, isolation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use doorward_core::change::{Change, Conflict, DirectoryChange};
use doorward_core::facts::Answer;
use doorward_core::model::{Client, TenantKey};
use doorward_core::needs::Need;

use super::Bench;
use crate::fixture::{self, House, email};

/// Writers keep two rows equal; no reader ever sees them differ.
pub async fn facts_never_mix_two_commits(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let pair = [fixture::client(&tenant, "left"), fixture::client(&tenant, "right")];
    bench.commit(pair.clone().map(|client| DirectoryChange::RegisterClient(client).into())).await;
    let done = Arc::new(AtomicBool::new(false));
    let (store, stop, mut stored) = (Arc::clone(&bench.store), Arc::clone(&done), pair.clone());
    let writer = tokio::spawn(async move {
        for round in 1..=150 {
            let next = stored.clone().map(|client| Client { refresh_idle_secs: round, ..client });
            let update = |before: &Client, after: &Client| {
                Change::from(DirectoryChange::UpdateClient { before: before.clone(), after: after.clone() })
            };
            store.commit(vec![update(&stored[0], &next[0]), update(&stored[1], &next[1])]).await.unwrap();
            stored = next;
        }
        stop.store(true, Ordering::SeqCst);
    });
    // The filler between the two reads gives a commit the time to slip in.
    let mut needs = vec![Need::ClientByApp(tenant.id, pair[0].app_id)];
    needs.extend((0..20).map(|filler| Need::Flow(tenant.id, format!("filler{filler}"))));
    needs.push(Need::ClientByApp(tenant.id, pair[1].app_id));
    let mut rounds = 0_u32;
    while !done.load(Ordering::SeqCst) {
        let facts = bench.store.facts(&needs).await.unwrap();
        let idle = |client: &Client| {
            facts.client_by_app(tenant.id, client.app_id).map(|client| client.refresh_idle_secs).unwrap()
        };
        assert_eq!(idle(&pair[0]), idle(&pair[1]), "two commits in one snapshot");
        rounds += 1;
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
    assert!(rounds > 0);
}

/// All or nothing, whichever change fails.
pub async fn a_failing_last_change_undoes_the_first(bench: &Bench) {
    let house = bench.house("meadow").await;
    let user = fixture::user(&house.tenant, "ada");
    let audit = fixture::audit(Some(house.tenant.id), "user.create");
    let changes = vec![
        Change::Audit(audit),
        DirectoryChange::CreateUser(user.clone()).into(),
        DirectoryChange::ExtendConsent(house.consent("notes.read")).into(),
        DirectoryChange::RegisterClient(house.client.clone()).into(),
    ];
    let error = bench.store.commit(changes).await.unwrap_err();
    assert_eq!(error.conflict(), Some(Conflict::NameTaken));
    assert_eq!(bench.ask(Need::UserInTenant(user.tenant, user.id)).await, Answer::User(None));
    let consents = Need::Consents(house.tenant.id, house.client.app_id, house.user.id);
    assert_eq!(bench.ask(consents).await, Answer::Consents(Vec::new()));
    let log = crate::DirectoryQuery::Audit { tenant: Some(house.tenant.id), page: crate::Paging::first() };
    assert!(bench.all(log).await.is_empty());
    bench.commit([DirectoryChange::CreateUser(user).into()]).await;
}

/// Who was told of a commit sees it, from any task.
pub async fn what_was_committed_is_read_at_once(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    for round in 0..100 {
        let user = fixture::user(&tenant, &format!("user{round}"));
        bench.commit([DirectoryChange::CreateUser(user.clone()).into()]).await;
        let (store, need) = (Arc::clone(&bench.store), Need::UserInTenant(user.tenant, user.id));
        let facts = tokio::spawn(async move { store.facts(&[need]).await }).await.unwrap().unwrap();
        assert_eq!(facts.user_in_tenant(user.tenant, user.id), Some(&user), "round {round}");
    }
}

/// Where an engine allows two handles, both see what either commits.
pub async fn a_second_handle_sees_it(bench: &Bench) {
    let Some(second) = &bench.second else { return };
    let House { tenant, .. } = bench.house("meadow").await;
    let need = Need::Tenant(TenantKey::from(tenant.id));
    let facts = second.facts(std::slice::from_ref(&need)).await.unwrap();
    assert_eq!(facts.get(&need), Some(&Answer::Tenant(Some(Box::new(tenant)))));
}

/// The same names in two tenants, and no way from one to the other.
pub async fn tenants_do_not_see_each_other(bench: &Bench) {
    let (meadow, mut forest) = (House::plan("meadow"), House::plan("forest"));
    forest.client.client_id = meadow.client.client_id.clone();
    forest.user.local_id = meadow.user.local_id.clone();
    forest.user.sign_in_names.push(email("ben@meadow.test", true));
    bench.commit(meadow.changes()).await;
    bench.commit(forest.changes()).await;
    let flow =
        |house: &House| Change::from(DirectoryChange::PutFlow(fixture::flow(&house.tenant, "f", &["a"])));
    bench.commit([flow(&meadow), flow(&forest)]).await;
    for (own, other) in [(&meadow, &forest), (&forest, &meadow)] {
        let id = own.tenant.id;
        let by_client_id = bench.ask(Need::Client(id, own.client.client_id.clone())).await;
        assert_eq!(by_client_id, Answer::Client(Some(Box::new(own.client.clone()))));
        let by_name = bench.ask(Need::UserByName(id, own.pool.id, "ben".to_owned())).await;
        assert_eq!(by_name, Answer::User(Some(Box::new(own.user.clone()))));
        let by_uri = bench.ask(Need::Resource(id, "api://notes".to_owned())).await;
        assert_eq!(by_uri, Answer::Resource(Some(Box::new(own.resource.clone()))));
        for foreign in [
            Need::ClientByApp(id, other.client.app_id),
            Need::UserInTenant(id, other.user.id),
            Need::User(id, other.pool.id, other.user.id),
            Need::ResourceById(id, other.resource.id),
        ] {
            let answer = bench.ask(foreign.clone()).await;
            let absent = [Answer::Client(None), Answer::User(None), Answer::Resource(None)];
            assert!(absent.contains(&answer), "{foreign:?} found {answer:?}");
        }
        let steal = DirectoryChange::DeleteUser(id, other.pool.id, other.user.id);
        assert_eq!(bench.conflict(steal).await, Conflict::Missing);
    }
    let (changes, grant) = forest.signed_in();
    bench.commit(changes).await;
    assert_eq!(bench.ask(Need::Grant(meadow.tenant.id, grant.id)).await, Answer::Grant(None));
}

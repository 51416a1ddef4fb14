//! The configuration log (Settled 14): every change, once, in the order of the commits.

use std::sync::Arc;

use doorward_core::change::{Change, DirectoryChange, GuessChange, KeyChange, SessionChange};
use doorward_core::facts::Answer;
use doorward_core::model::{AppId, KeyState, RoleHolder, TenantKey};
use doorward_core::needs::{BudgetKey, Need};

use super::Bench;
use crate::fixture::{self, House, NOW, fresh_digest};
use crate::{ConfigKey, config_keys};

/// Reading on from a version tells what came after it, and nothing twice.
pub async fn each_change_is_told_once_and_in_order(bench: &Bench) {
    let empty = bench.store.config_since(0).await.unwrap();
    assert!(empty.keys.is_empty() && !empty.reset);
    let house = bench.house("meadow").await;
    let (tenant, app) = (house.tenant.id, house.client.app_id);
    let built = bench.store.config_since(empty.version).await.unwrap();
    let expected = [
        ConfigKey::Tenant(tenant),
        ConfigKey::Client(tenant, app),
        ConfigKey::Resource(tenant, house.resource.id),
    ];
    assert_eq!(built.keys, expected);
    assert!(built.version > empty.version && !built.reset);
    bench
        .commit([
            Change::from(KeyChange::Add(fixture::key(&house.tenant, "k"))),
            DirectoryChange::PutFlow(fixture::flow(&house.tenant, "f", &[])).into(),
        ])
        .await;
    bench.commit([DirectoryChange::AssignRole(house.assignment(RoleHolder::App(app))).into()]).await;
    let later = bench.store.config_since(built.version).await.unwrap();
    assert_eq!(
        later.keys,
        [ConfigKey::Keys(tenant), ConfigKey::Flow(tenant), ConfigKey::AppRoles(tenant, app)]
    );
    let quiet = bench.store.config_since(later.version).await.unwrap();
    assert!(quiet.keys.is_empty() && !quiet.reset);
    assert_eq!(quiet.version, later.version);
}

/// People, their permissions, codes, sessions and guesses move no version.
pub async fn what_belongs_to_people_is_not_told(bench: &Bench) {
    let house = bench.house("meadow").await;
    let version = bench.store.config_since(0).await.unwrap().version;
    let (mut changes, _) = house.signed_in();
    let key = BudgetKey::Password(house.tenant.id, fresh_digest());
    changes.extend([
        Change::from(DirectoryChange::CreateUser(fixture::user(&house.tenant, "ada"))),
        DirectoryChange::ExtendConsent(house.consent("notes.read")).into(),
        DirectoryChange::AssignRole(house.assignment(RoleHolder::User(house.user.id))).into(),
        SessionChange::Put { session: fixture::session(&house.user), replaces: None }.into(),
        GuessChange::Charge { key, at: NOW, limit: 1, window_secs: 1 }.into(),
        Change::Audit(fixture::audit(None, "law.run")),
    ]);
    bench.commit(changes).await;
    assert_eq!(bench.store.config_since(0).await.unwrap().version, version);
}

/// A reader that follows the log while several write learns of every change exactly once.
pub async fn interleaved_writers_lose_no_change(bench: &Bench) {
    const WRITERS: usize = 4;
    const ROUNDS: usize = 25;
    let house = bench.house("meadow").await;
    let mut version = bench.store.config_since(0).await.unwrap().version;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (store, tenant) = (Arc::clone(&bench.store), house.tenant.clone());
        writers.spawn(async move {
            let mut apps = Vec::new();
            for round in 0..ROUNDS {
                let client = fixture::client(&tenant, &format!("app {writer} {round}"));
                apps.push(client.app_id);
                store.commit(vec![DirectoryChange::RegisterClient(client).into()]).await.unwrap();
            }
            apps
        });
    }
    let (mut told, mut written): (Vec<AppId>, Vec<AppId>) = (Vec::new(), Vec::new());
    let mut finished = false;
    loop {
        let log = bench.store.config_since(version).await.unwrap();
        assert!(!log.reset && log.version >= version);
        version = log.version;
        told.extend(log.keys.iter().map(|key| match key {
            ConfigKey::Client(_, app) => *app,
            other => panic!("nobody changed {other:?}"),
        }));
        // What the log told can be read.
        if let Some(app) = told.last() {
            assert_ne!(bench.ask(Need::ClientByApp(house.tenant.id, *app)).await, Answer::Client(None));
        }
        if finished {
            break;
        }
        while let Some(apps) = writers.try_join_next() {
            written.extend(apps.unwrap());
        }
        finished = writers.is_empty();
        tokio::task::yield_now().await;
    }
    told.sort_unstable();
    written.sort_unstable();
    assert_eq!(told.len(), WRITERS * ROUNDS);
    assert_eq!(told, written, "each change exactly once");
}

/// A cache that knows a later version than the store (restored from an older copy) starts anew.
pub async fn a_version_that_never_was_resets(bench: &Bench) {
    bench.house("meadow").await;
    let log = bench.store.config_since(1_000_000).await.unwrap();
    assert!(log.reset && log.keys.is_empty());
    assert!(!bench.store.config_since(log.version).await.unwrap().reset);
}

/// What was undone was never told.
pub async fn a_failed_commit_is_not_told(bench: &Bench) {
    let house = bench.house("meadow").await;
    let before = bench.store.config_since(0).await.unwrap();
    let flow = fixture::flow(&house.tenant, "f", &[]);
    let changes = vec![
        Change::from(DirectoryChange::PutFlow(flow)),
        DirectoryChange::RegisterClient(house.client.clone()).into(),
    ];
    assert!(bench.store.commit(changes).await.is_err());
    assert_eq!(bench.store.config_since(0).await.unwrap(), before);
}

/// Every cached answer that a change alters is named by the change's keys: found or not found before.
pub async fn the_keys_of_a_change_concern_what_it_changed(bench: &Bench) {
    let house = House::plan("meadow");
    let (tenant, app) = (house.tenant.id, house.client.app_id);
    let key = fixture::key(&house.tenant, "k");
    let flow = fixture::flow(&house.tenant, "f", &["alias"]);
    let role = house.assignment(RoleHolder::App(app));
    let needs = [
        Need::Tenant(TenantKey::new("meadow")),
        Need::Tenant(TenantKey::from(tenant)),
        Need::Client(tenant, house.client.client_id.clone()),
        Need::ClientByApp(tenant, app),
        Need::Resource(tenant, "api://notes".to_owned()),
        Need::ResourceById(tenant, house.resource.id),
        Need::RoleAssignments(tenant, RoleHolder::App(app)),
        Need::Flow(tenant, "alias".to_owned()),
        Need::Flows(tenant),
        Need::Keys(tenant),
    ];
    let mut disabled = house.client.clone();
    disabled.disabled = true;
    let mut changes = house.changes();
    let (kid, from, to) = (key.kid.clone(), KeyState::Upcoming, KeyState::Active);
    changes.extend([
        Change::from(KeyChange::Add(key)),
        KeyChange::Move { tenant, kid, from, to, at: NOW }.into(),
        DirectoryChange::PutFlow(flow.clone()).into(),
        DirectoryChange::AssignRole(role).into(),
        DirectoryChange::UpdateClient { before: house.client.clone(), after: disabled }.into(),
        DirectoryChange::DeleteFlow(tenant, flow.name).into(),
        DirectoryChange::DeleteResource(tenant, house.resource.id).into(),
        DirectoryChange::DeleteClient(tenant, app).into(),
        DirectoryChange::DeleteTenant(tenant).into(),
    ]);
    for change in changes {
        let before = bench.store.facts(&needs).await.unwrap();
        bench.commit([change.clone()]).await;
        let after = bench.store.facts(&needs).await.unwrap();
        let keys = config_keys(&change);
        for need in &needs {
            let (old, new) = (before.get(need).unwrap(), after.get(need).unwrap());
            let named = keys.iter().any(|key| key.concerns(need, old));
            assert!(old == new || named, "{change:?} changed the answer to {need:?} and did not say so");
        }
    }
}

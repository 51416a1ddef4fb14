//! A full database, a queue that overflows, a store that is closed.

use std::sync::Arc;

use doorward_core::change::{Change, DirectoryChange};
use doorward_core::needs::Need;
use doorward_store::fixture::{self, House};
use doorward_store::{CommitError, Store, StoreFault};
use doorward_store_sqlite::{SqliteOptions, SqliteStore};

#[tokio::test(flavor = "multi_thread")]
async fn a_full_database_refuses_writes_and_goes_on_reading() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { most_pages: Some(400), ..SqliteOptions::default() };
    let store = SqliteStore::open(folder.path().join("doorward.db"), options).unwrap();
    let (house, crowd) = (House::plan("meadow"), House::plan("forest"));
    store.commit([house.changes(), crowd.changes()].concat()).await.unwrap();
    let fault = loop {
        let mut user = fixture::user(&crowd.tenant, "x");
        user.sign_in_names = vec![fixture::email(&format!("{}@post.test", user.id), true)];
        user.display_name = "x".repeat(20_000);
        match store.commit(vec![DirectoryChange::CreateUser(user).into()]).await {
            Ok(()) => {}
            Err(CommitError::Fault(fault)) => break fault,
            Err(CommitError::Conflict(conflict)) => panic!("{conflict}"),
        }
    };
    assert!(matches!(fault, StoreFault::Full), "{fault:?}");
    let facts = store.facts(&[Need::UserInTenant(house.tenant.id, house.user.id)]).await.unwrap();
    assert_eq!(facts.user_in_tenant(house.tenant.id, house.user.id), Some(&house.user));
    // Removing needs no space; afterwards there is room again, and the store says so.
    store.commit(vec![DirectoryChange::DeleteTenant(crowd.tenant.id).into()]).await.unwrap();
    let user = fixture::user(&house.tenant, "ada");
    store.commit(vec![DirectoryChange::CreateUser(user).into()]).await.unwrap();
    assert_eq!(store.health().await.unwrap().writes_refused, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_makes_callers_wait_and_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteOptions { queue: 1, readers: 1, ..SqliteOptions::default() };
    let store = Arc::new(SqliteStore::open(folder.path().join("doorward.db"), options).unwrap());
    let house = House::plan("meadow");
    store.commit(house.changes()).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..300 {
        let (store, tenant) = (Arc::clone(&store), house.tenant.clone());
        tasks.spawn(async move {
            let user = fixture::user(&tenant, &format!("user{number}"));
            store.commit(vec![DirectoryChange::CreateUser(user.clone()).into()]).await.unwrap();
            let facts = store.facts(&[Need::UserInTenant(user.tenant, user.id)]).await.unwrap();
            assert_eq!(facts.user_in_tenant(user.tenant, user.id), Some(&user));
        });
    }
    tasks.join_all().await;
}

/// A hand on the database from outside keeps the writer waiting; it is let go when this returns to the caller.
fn held(path: &std::path::Path) -> rusqlite::Connection {
    let other = rusqlite::Connection::open(path).expect("the store made it");
    other.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
    other
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_queue_does_not_move_newcomers_are_told_so_and_reads_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorward.db");
    let patience = std::time::Duration::from_millis(50);
    let options = SqliteOptions { queue: 1, patience, ..SqliteOptions::default() };
    let store = Arc::new(SqliteStore::open(&path, options).unwrap());
    let house = House::plan("meadow");
    store.commit(house.changes()).await.unwrap();
    let hand = held(&path);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..10 {
        let user = fixture::user(&house.tenant, &format!("user{number}"));
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let added = store.commit(vec![DirectoryChange::CreateUser(user.clone()).into()]).await;
            (user, added.map_err(|error| matches!(error, CommitError::Fault(StoreFault::Overloaded))))
        });
    }
    // One is being worked on, one waits in the queue; the others are turned away while the hand is still there.
    let mut turned_away = Vec::new();
    while turned_away.len() < 8 {
        let (user, added) = tasks.join_next().await.unwrap().unwrap();
        assert_eq!(added, Err(true));
        turned_away.push(user);
    }
    let facts = store.facts(&[Need::UserInTenant(house.tenant.id, house.user.id)]).await.unwrap();
    assert_eq!(facts.user_in_tenant(house.tenant.id, house.user.id), Some(&house.user));
    hand.execute_batch("ROLLBACK").unwrap();
    while let Some(ended) = tasks.join_next().await {
        assert_eq!(ended.unwrap().1, Ok(()), "who waited is served");
    }
    for user in turned_away {
        let facts = store.facts(&[Need::UserInTenant(user.tenant, user.id)]).await.unwrap();
        assert_eq!(facts.user_in_tenant(user.tenant, user.id), None, "turned away means not done");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_store_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorward.db");
    let store = Arc::new(SqliteStore::open(&path, SqliteOptions::default()).unwrap());
    let house = House::plan("meadow");
    let changes: Vec<Change> = house.changes();
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.commit(changes).await }
    });
    writing.await.unwrap().unwrap();
    drop(store);
    assert!(!folder.path().join("doorward.db-wal").exists(), "the log was folded into the file");
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    let facts = store.facts(&[Need::ClientByApp(house.tenant.id, house.client.app_id)]).await.unwrap();
    assert_eq!(facts.client_by_app(house.tenant.id, house.client.app_id), Some(&house.client));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_folds_the_log_that_a_kill_left() {
    let folder = tempfile::tempdir().unwrap();
    let (path, log) = (folder.path().join("doorward.db"), folder.path().join("doorward.db-wal"));
    let mut houses = Vec::new();
    for number in 0..5 {
        let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        assert_eq!(std::fs::metadata(&log).map_or(0, |meta| meta.len()), 0, "round {number}");
        let house = House::plan(&format!("meadow{number}"));
        store.commit(house.changes()).await.unwrap();
        houses.push(house);
        // What a kill leaves: both files as they are now.
        let left = [&path, &log].map(|file| std::fs::read(file).unwrap());
        assert!(!left[1].is_empty(), "the change is in the log");
        drop(store);
        std::fs::write(&path, &left[0]).unwrap();
        std::fs::write(&log, &left[1]).unwrap();
    }
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    for house in houses {
        let (tenant, app) = (house.tenant.id, house.client.app_id);
        let facts = store.facts(&[Need::ClientByApp(tenant, app)]).await.unwrap();
        assert_eq!(facts.client_by_app(tenant, app), Some(&house.client));
    }
}

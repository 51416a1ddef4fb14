//! Backups: one moment of a store that goes on, checked, and put in place of another.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage has failed")]

use std::path::Path;
use std::sync::Arc;

use doorward_core::change::{DirectoryChange, GuessChange};
use doorward_core::model::Expiry;
use doorward_core::needs::Need;
use doorward_store::fixture::{self, House, after, fresh_digest};
use doorward_store::{Backup, BackupOrder, BackupStage, Store, StoreFault, Watch};
use doorward_store_sqlite::{SchemaStatus, SqliteOptions, SqliteStore, Staged};
use proptest::prelude::*;

fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path, SqliteOptions::default()).unwrap()
}

async fn back_up(store: &SqliteStore, file: &Path) -> Result<Backup, StoreFault> {
    store.back_up(BackupOrder { file: file.to_owned(), at: after(0), watch: Watch::nobody() }).await
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_one_moment_of_a_store_that_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&folder.path().join("doorward.db")));
    let house = House::plan("meadow");
    store.commit(house.changes()).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    for _ in 0..4 {
        let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
        tasks.spawn(async move {
            let mut spent = 0_u64;
            while !stop.load(std::sync::atomic::Ordering::SeqCst) {
                // Two marks in one commit: half of it would show.
                let mark = || GuessChange::Spend { id: fresh_digest(), until: Expiry::at(after(60)) };
                store.commit(vec![mark().into(), mark().into()]).await.unwrap();
                spent += 2;
            }
            spent
        });
    }
    let mut counts = Vec::new();
    for number in 0..5 {
        let user = fixture::user(&house.tenant, &format!("user{number}"));
        store.commit(vec![DirectoryChange::CreateUser(user.clone()).into()]).await.unwrap();
        let file = folder.path().join(format!("backup{number}"));
        let backup = back_up(&store, &file).await.unwrap();
        assert_eq!(SqliteStore::check_backup(&file, &Watch::nobody()).unwrap(), backup);
        let spent = backup.tables["spent"].rows;
        assert_eq!(spent % 2, 0, "half a commit");
        counts.push(spent);
        let place = folder.path().join(format!("place{number}"));
        std::fs::create_dir(&place).unwrap();
        let staged = Staged::new(&file, &place.join("doorward.db"), &Watch::nobody()).unwrap();
        assert_eq!(staged.finish().unwrap(), None);
        let restored = open(&place.join("doorward.db"));
        let facts = restored.facts(&[Need::UserInTenant(user.tenant, user.id)]).await.unwrap();
        assert_eq!(facts.user_in_tenant(user.tenant, user.id), Some(&user), "acknowledged before it began");
    }
    stop.store(true, std::sync::atomic::Ordering::SeqCst);
    let spent: u64 = tasks.join_all().await.into_iter().sum();
    assert!(counts.is_sorted() && counts[4] <= spent && counts[4] > counts[0], "{counts:?} of {spent}");
}

#[tokio::test]
async fn it_tells_how_far_it_is_and_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("doorward.db"));
    let house = House::plan("meadow");
    let (signed_in, _) = house.signed_in();
    store.commit([house.changes(), signed_in].concat()).await.unwrap();
    let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let watch = Watch::new(move |step| ear.lock().unwrap().push(step));
    let file = folder.path().join("copy.db");
    let backup = store.back_up(BackupOrder { file: file.clone(), at: after(7), watch }).await.unwrap();
    assert_eq!(
        (backup.made_at, backup.tables["tenants"].rows, backup.tables["users"].rows),
        (after(7), 1, 1)
    );
    let heard = heard.lock().unwrap();
    for stage in [BackupStage::Copying, BackupStage::Checking] {
        let last = heard.iter().rfind(|step| step.stage == stage).unwrap();
        assert!(last.total > 0 && last.done == last.total, "{last:?}");
    }
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600, "it holds what the store holds");
    assert!(
        !names(folder.path()).iter().any(|name| name.contains("partial") || name.starts_with("copy.db-"))
    );
}

#[tokio::test]
async fn a_file_that_is_there_is_never_replaced_and_a_failure_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("doorward.db"));
    let file = folder.path().join("thesis.txt");
    std::fs::write(&file, "years of work").unwrap();
    let fault = back_up(&store, &file).await.unwrap_err();
    assert!(matches!(&fault, StoreFault::File { .. }) && fault.to_string().contains("thesis.txt"), "{fault}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "years of work");
    assert!(matches!(back_up(&store, Path::new("/no/such/folder/x")).await, Err(StoreFault::File { .. })));
    assert!(!names(folder.path()).iter().any(|name| name.contains("partial")), "{:?}", names(folder.path()));
    // What a backup that was cut off has left is no obstacle.
    std::fs::write(folder.path().join("copy.db.partial"), "half").unwrap();
    back_up(&store, &folder.path().join("copy.db")).await.unwrap();
    assert!(!folder.path().join("copy.db.partial").exists());
}

#[tokio::test]
async fn what_is_no_backup_is_told_from_a_broken_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorward.db");
    drop(open(&path));
    let check = |path: &Path| SqliteStore::check_backup(path, &Watch::nobody()).unwrap_err();
    let fault = check(&path);
    assert!(
        matches!(fault, StoreFault::NotOurs { .. }) && fault.to_string().contains("no backup"),
        "{fault}"
    );
    std::fs::write(folder.path().join("notes"), "These are notes. ".repeat(500)).unwrap();
    assert!(matches!(check(&folder.path().join("notes")), StoreFault::NotOurs { .. }));
    assert!(matches!(check(&folder.path().join("nothing")), StoreFault::File { .. }));
    std::fs::write(folder.path().join("empty"), "").unwrap();
    assert!(matches!(check(&folder.path().join("empty")), StoreFault::NotOurs { .. }));
    // A row that was changed in a backup is noticed, though every page is sound.
    let store = open(&path);
    store.commit(House::plan("meadow").changes()).await.unwrap();
    let file = folder.path().join("copy.db");
    back_up(&store, &file).await.unwrap();
    let direct = rusqlite::Connection::open(&file).unwrap();
    direct.execute_batch("UPDATE users SET doc = replace(doc, 'a', 'b')").unwrap();
    drop(direct);
    let fault = check(&file);
    assert!(matches!(fault, StoreFault::Damaged { .. }) && fault.to_string().contains("users"), "{fault}");
}

#[tokio::test]
async fn a_restore_keeps_what_was_there_and_takes_nothing_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path().join("doorward.db"), folder.path().join("copy.db"));
    let (early, late) = (House::plan("early"), House::plan("late"));
    let store = open(&path);
    store.commit(early.changes()).await.unwrap();
    back_up(&store, &file).await.unwrap();
    store.commit(late.changes()).await.unwrap();
    let fault = Staged::new(&file, &path, &Watch::nobody()).unwrap_err();
    assert!(matches!(fault, StoreFault::InUse { .. }), "a server runs: {fault}");
    // As after a kill: the log still holds the later tenant, and must not be applied to the older file.
    std::fs::copy(folder.path().join("doorward.db-wal"), folder.path().join("wal")).unwrap();
    drop(store);
    std::fs::rename(folder.path().join("wal"), folder.path().join("doorward.db-wal")).unwrap();
    drop(Staged::new(&file, &path, &Watch::nobody()).unwrap());
    let has = async |path: &Path, house: &House| {
        let facts =
            open(path).facts(&[Need::ClientByApp(house.tenant.id, house.client.app_id)]).await.unwrap();
        facts.client_by_app(house.tenant.id, house.client.app_id).is_some()
    };
    assert!(
        !names(folder.path()).iter().any(|name| name.contains("restoring")),
        "a dropped one leaves nothing"
    );
    let old = Staged::new(&file, &path, &Watch::nobody()).unwrap().finish().unwrap().unwrap();
    assert!(has(&path, &early).await && !has(&path, &late).await, "the moment of the backup");
    assert!(has(&old, &early).await && has(&old, &late).await, "what was there can be opened again");
}

#[tokio::test]
async fn the_history_of_the_schema_can_be_read_while_a_store_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorward.db");
    let none = SchemaStatus::of(&path).unwrap();
    assert_eq!((none.found, none.pending().count()), (0, none.migrations.len()));
    let store = open(&path);
    let status = SchemaStatus::of(&path).unwrap();
    assert_eq!((status.found, status.pending().count()), (status.known, 0));
    assert!(matches!(SchemaStatus::bring_up(&path), Err(StoreFault::InUse { .. })));
    drop(store);
    assert_eq!(SchemaStatus::bring_up(&path).unwrap(), status);
    std::fs::write(folder.path().join("notes"), "These are notes. ".repeat(500)).unwrap();
    assert!(matches!(SchemaStatus::of(&folder.path().join("notes")), Err(StoreFault::NotOurs { .. })));
}

/// A backup with a house in it, as bytes.
fn sample() -> (Vec<u8>, Backup) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = open(&folder.path().join("doorward.db"));
        let house = House::plan("meadow");
        let (signed_in, _) = house.signed_in();
        store.commit([house.changes(), signed_in].concat()).await.unwrap();
        let file = folder.path().join("copy.db");
        let backup = back_up(&store, &file).await.unwrap();
        (std::fs::read(&file).unwrap(), backup)
    })
}

#[test]
fn a_flipped_bit_is_noticed_or_lies_where_nothing_is() {
    let (bytes, backup) = sample();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.db");
    let noticed = std::cell::Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(300));
    runner
        .run(&(0..bytes.len(), 0..8_u32), |(place, bit)| {
            let mut broken = bytes.clone();
            broken[place] ^= 1 << bit;
            std::fs::write(&file, &broken).unwrap();
            match SqliteStore::check_backup(&file, &Watch::nobody()) {
                Ok(found) => prop_assert_eq!(&found, &backup, "read as if it were whole"),
                Err(_) => noticed.set(noticed.get() + 1),
            }
            Ok(())
        })
        .unwrap();
    assert!(noticed.get() > 10, "{} of 300", noticed.get());
}

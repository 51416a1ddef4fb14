//! What was acknowledged is there after the process was killed, or ended itself on a failing disk.
//!
//! The writing process is this test binary again, started with the name of [`commit_for_ever`] and a
//! data file; without a file that one does nothing.

#![cfg(unix)]

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use doorward_core::change::GuessChange;
use doorward_core::model::Expiry;
use doorward_store::fixture::{after, fresh_digest};
use doorward_store::{DumpRow, Store, StoreFault};
use doorward_store_sqlite::{SqliteOptions, SqliteStore};

const DATA: &str = "DOORWARD_CRASH_TEST_DATA";
const CHILD: [&str; 3] = ["--exact", "commit_for_ever", "--nocapture"];

/// The child: eight tasks spend marks and print each mark once it is acknowledged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commit_for_ever() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the parent test names the file; the test harness takes no arguments"
    )]
    let Ok(path) = std::env::var(DATA) else { return };
    let store = Arc::new(SqliteStore::open(path, SqliteOptions::default()).unwrap());
    let mut tasks = tokio::task::JoinSet::new();
    // Digests of one process ascend from the same start: the round keeps them apart.
    let round = store.record("round").await.unwrap().map_or(0, |bytes| bytes[0]);
    for _ in 0..8 {
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            loop {
                let mut bytes = *fresh_digest().as_bytes();
                bytes[31] = round;
                let id = doorward_core::model::Digest::new(bytes);
                let spend = GuessChange::Spend { id, until: Expiry::at(after(60)) };
                store.commit(vec![spend.into()]).await.unwrap();
                let line = format!("spent {}\n", id.to_text());
                std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
            }
        });
    }
    tasks.join_all().await;
}

#[tokio::test]
async fn a_killed_process_loses_nothing_that_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorward.db");
    let mut acknowledged = HashSet::new();
    for lines in [40, 700, 2500] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(CHILD)
            .env(DATA, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        acknowledged.extend(marks(&mut output).take(lines));
        let Err(fault) = SqliteStore::open(&path, SqliteOptions::default()) else {
            panic!("it opened twice")
        };
        assert!(matches!(fault, StoreFault::InUse { holder, .. } if holder == Some(child.id())), "{fault}");
        child.kill().unwrap();
        acknowledged.extend(marks(&mut output));
        assert_eq!(child.wait().unwrap().signal(), Some(9));
        expect_all(&path, &acknowledged).await;
    }
    assert!(acknowledged.len() >= 3240);
}

#[tokio::test]
async fn a_failing_disk_ends_the_process_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorward.db");
    drop(SqliteStore::open(&path, SqliteOptions::default()).unwrap());
    // No file may grow beyond 2000 blocks of 512 bytes; writing on is an error of the disk, not a lack of space.
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -c 0; ulimit -f 2000; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(CHILD)
        .env(DATA, &path)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.signal(), Some(6), "the process aborted itself");
    let acknowledged: HashSet<String> = marks(&mut BufReader::new(&output.stdout[..]).lines()).collect();
    assert!(!acknowledged.is_empty());
    expect_all(&path, &acknowledged).await;
}

/// The marks of complete lines; a kill may have cut the last one short.
fn marks(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> impl Iterator<Item = String> {
    lines.filter_map(|line| {
        let mark = line.ok()?.strip_prefix("spent ")?.to_owned();
        (mark.len() == 43).then_some(mark)
    })
}

async fn expect_all(path: &Path, acknowledged: &HashSet<String>) {
    let store = SqliteStore::open(path, SqliteOptions::default()).expect("it opens again");
    let (mut stored, mut cursor) = (HashSet::new(), None);
    loop {
        let batch = store.dump(cursor, 10_000).await.expect("it can be read");
        stored.extend(batch.rows.into_iter().filter_map(|row| match row {
            DumpRow::Spent { id, .. } => Some(id.to_text()),
            _ => None,
        }));
        cursor = batch.next;
        if cursor.is_none() {
            break;
        }
    }
    let lost = acknowledged.difference(&stored).count();
    assert_eq!(lost, 0, "of {} acknowledged marks", acknowledged.len());
    // The next child makes other marks than this one.
    let round = store.record("round").await.expect("it can be read").map_or(0, |bytes| bytes[0]) + 1;
    let row = DumpRow::Record { name: "round".to_owned(), bytes: vec![round] };
    store.load(vec![row]).await.expect("it can be written");
}

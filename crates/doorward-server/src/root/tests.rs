use std::sync::Arc;

use doorward_store_sqlite::{SqliteOptions, SqliteStore};
use proptest::prelude::*;

use super::*;

struct Bench {
    store: Arc<SqliteStore>,
    _folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("doorward.db"), SqliteOptions::default()).unwrap();
        Self { store: Arc::new(store), _folder: folder }
    }

    async fn open(&self, master: &MasterKey) -> Result<Root, RootFault> {
        Root::open(self.store.as_ref(), master).await
    }

    /// Whether the key opens the installation, without the effects of opening it.
    async fn opens(&self, master: &MasterKey) -> bool {
        let stored = self.store.record(RECORD).await.unwrap().unwrap();
        Record::parse(&stored).open(&Sealer::new(master)).is_ok()
    }
}

fn fingerprint(root: &Root) -> [u8; 32] {
    root.mac(TenantId::random([1; 16]), "test", b"x")
}

#[tokio::test]
async fn the_master_key_changes_without_changing_anything_that_is_derived() {
    let bench = Bench::new();
    let (old, new) = (MasterKey::generate(), MasterKey::generate());
    let root = bench.open(&old).await.unwrap();
    let sealed = root.at_rest.seal(b"a value", b"here");
    root.rotate(bench.store.as_ref(), &new).await.unwrap();
    // A crash or a restart in between: both keys open, with the same root.
    for _ in 0..2 {
        assert_eq!(fingerprint(&bench.open(&old).await.unwrap()), fingerprint(&root));
        assert!(bench.opens(&old).await && bench.opens(&new).await);
    }
    let renewed = bench.open(&new).await.unwrap();
    assert_eq!(fingerprint(&renewed), fingerprint(&root));
    assert_eq!(renewed.at_rest.open(&sealed, b"here").unwrap().as_slice(), b"a value");
    assert!(!bench.opens(&old).await, "the first start with the new key drops the old sealing");
    assert!(matches!(bench.open(&old).await, Err(RootFault::WrongMasterKey(_))));
    bench.open(&new).await.unwrap();
}

#[tokio::test]
async fn a_change_that_nobody_used_is_replaced_by_the_next_one() {
    let bench = Bench::new();
    let (old, lost, new) = (MasterKey::generate(), MasterKey::generate(), MasterKey::generate());
    let root = bench.open(&old).await.unwrap();
    root.rotate(bench.store.as_ref(), &lost).await.unwrap();
    root.rotate(bench.store.as_ref(), &new).await.unwrap();
    assert!(!bench.opens(&lost).await);
    assert!(bench.opens(&old).await && bench.opens(&new).await);
}

#[tokio::test]
async fn the_same_key_is_no_change() {
    let bench = Bench::new();
    let old = MasterKey::generate();
    let root = bench.open(&old).await.unwrap();
    assert!(matches!(root.rotate(bench.store.as_ref(), &old).await, Err(RootFault::SameKey)));
    assert!(bench.opens(&old).await);
}

#[tokio::test]
async fn what_the_master_key_sealed_itself_still_opens() {
    let bench = Bench::new();
    let master = MasterKey::generate();
    let earlier = Sealer::new(&master).seal(b"a key", b"place");
    let root = bench.open(&master).await.unwrap();
    assert_eq!(root.at_rest.open(&earlier, b"place").unwrap().as_slice(), b"a key");
    assert!(root.at_rest.is_stale(&earlier) && !root.at_rest.is_stale(&root.at_rest.seal(b"", b"")));
}

proptest! {
    #[test]
    fn no_record_makes_opening_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), two: bool) {
        let bytes = if two { [&[TWO_SEALINGS][..], &bytes].concat() } else { bytes };
        prop_assert!(Record::parse(&bytes).open(&Sealer::new(&MasterKey::generate())).is_err());
    }
}

//! The laws of the port, on a file as it is shipped: WAL, full flushes, one writer.

use std::sync::Arc;

use doorward_store::laws::Bench;
use doorward_store_sqlite::{SqliteOptions, SqliteStore};

async fn fresh() -> Bench {
    let folder = tempfile::tempdir().expect("the system has a temporary folder");
    let store =
        SqliteStore::open(folder.path().join("doorward.db"), SqliteOptions::default()).expect("it opens");
    Bench::new(Arc::new(store), folder)
}

doorward_store::contract!(fresh);

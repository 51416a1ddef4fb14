//! A stored value that this program did not write is a fault that names it, never a panic.

use doorward_core::needs::Need;
use doorward_store::fixture::House;
use doorward_store::{DirectoryQuery, Paging, Store, StoreFault};
use doorward_store_sqlite::{SqliteOptions, SqliteStore};

#[tokio::test]
async fn a_broken_row_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("doorward.db");
    let house = House::plan("meadow");
    let tenant = house.tenant.id;
    let (sign_in, grant) = house.signed_in();
    {
        let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
        store.commit([house.changes(), sign_in].concat()).await.unwrap();
    }
    let direct = rusqlite::Connection::open(&path).unwrap();
    direct
        .execute_batch("UPDATE users SET doc = '{\"id\": 5}'; UPDATE grants SET secret_digest = x'01';")
        .unwrap();
    drop(direct);
    let store = SqliteStore::open(&path, SqliteOptions::default()).unwrap();
    let fault = store.facts(&[Need::UserInTenant(tenant, house.user.id)]).await.unwrap_err();
    let text = fault.to_string();
    assert!(matches!(fault, StoreFault::Corrupt { table: "users", column: "doc", .. }), "{fault:?}");
    assert!(text.contains(&house.user.id.to_string()), "{text}");
    let fault = store.facts(&[Need::Grant(tenant, grant.id)]).await.unwrap_err();
    assert!(
        matches!(fault, StoreFault::Corrupt { table: "grants", column: "secret_digest", .. }),
        "{fault:?}"
    );
    let listing = DirectoryQuery::Users { tenant, pool: None, search: None, page: Paging::first() };
    assert!(matches!(store.list(&listing).await, Err(StoreFault::Corrupt { table: "users", .. })));
    assert!(matches!(store.dump(None, 1000).await, Err(StoreFault::Corrupt { .. })));
    // What is whole can still be read.
    let facts = store.facts(&[Need::ClientByApp(tenant, house.client.app_id)]).await.unwrap();
    assert_eq!(facts.client_by_app(tenant, house.client.app_id), Some(&house.client));
}

//! Dumps: everything out of one store and into another (Settled 15).

use std::sync::Arc;

use doorward_core::change::{
    ChallengeChange, Change, DirectoryChange, GrantChange, GuessChange, KeyChange, MailChange, SessionChange,
};
use doorward_core::facts::Answer;
use doorward_core::model::{Event, Expiry, Revocation, Revoked, RoleHolder, SignInName};
use doorward_core::needs::{BudgetKey, Need};

use super::Bench;
use crate::fixture::{self, House, NOW, after, email, fresh_digest};
use crate::{DumpRow, Store};

/// One of everything, some of it in a later state.
async fn fill(bench: &Bench) -> House {
    let house = bench.house("meadow").await;
    let tenant = house.tenant.id;
    let mut ada = fixture::user(&house.tenant, "ada");
    ada.sign_in_names.push(email("ada@post.test", false));
    let (signed_in, grant) = house.signed_in();
    let revoke = GrantChange::RevokeGrant { tenant, grant: grant.id, at: after(9) };
    let mut changes = signed_in;
    changes.extend([
        Change::from(revoke),
        GrantChange::IssueCode(house.code()).into(),
        GrantChange::RevokeToken { tenant, jti: "a.1".to_owned(), until: Expiry::at(after(60)) }.into(),
        DirectoryChange::CreateUser(ada).into(),
        DirectoryChange::PutFlow(fixture::flow(&house.tenant, "f", &["alias"])).into(),
        DirectoryChange::ExtendConsent(house.consent("notes.read")).into(),
        DirectoryChange::AssignRole(house.assignment(RoleHolder::App(house.client.app_id))).into(),
        DirectoryChange::AssignRole(house.assignment(RoleHolder::User(house.user.id))).into(),
        KeyChange::Add(fixture::key(&house.tenant, "k")).into(),
        SessionChange::Put { session: fixture::session(&house.user), replaces: None }.into(),
        GuessChange::Spend { id: fresh_digest(), until: Expiry::at(after(60)) }.into(),
        Change::Audit(fixture::audit(None, "law.one")),
        Change::Audit(fixture::audit(Some(tenant), "law.two")),
    ]);
    changes.extend([
        Change::from(ChallengeChange::Put(fixture::challenge(&house.user))),
        MailChange::Queue(fixture::mail(Some(tenant), after(5))).into(),
        MailChange::Queue(fixture::mail(None, after(6))).into(),
        Revocation::new(tenant, Revoked::User(house.user.id), NOW).into(),
    ]);
    let key = BudgetKey::Password(tenant, fresh_digest());
    for _ in 0..2 {
        changes.push(GuessChange::Charge { key: key.clone(), at: NOW, limit: 5, window_secs: 60 }.into());
    }
    bench.commit(changes).await;
    let event = Event { tenant: Some(tenant), user: Some(house.user.id), ..fixture::event(7, NOW) };
    bench.store.append_events(vec![event, fixture::event(8, NOW)]).await.unwrap();
    bench.store.put_record_once("profile", b"development".to_vec()).await.unwrap();
    house
}

async fn dump(store: &Arc<dyn Store>, limit: u32) -> Vec<Vec<DumpRow>> {
    let (mut batches, mut cursor) = (Vec::new(), None);
    loop {
        let batch = store.dump(cursor, limit).await.expect("dumping works");
        batches.push(batch.rows);
        cursor = batch.next;
        if cursor.is_none() {
            return batches;
        }
    }
}

/// As a set, and through the text of an export file.
fn sorted(batches: Vec<Vec<DumpRow>>) -> Vec<String> {
    let text = |row: DumpRow| serde_json::to_string(&row).expect("rows are serialisable");
    let mut rows: Vec<String> = batches.into_iter().flatten().map(text).collect();
    rows.sort_unstable();
    rows
}

/// Dump, load, dump: the same rows, and the names lead to them again.
pub async fn everything_comes_back(from: &Bench, to: &Bench) {
    let house = fill(from).await;
    let batches = dump(&from.store, 3).await;
    let expected = sorted(batches.clone());
    assert_eq!(
        expected.len(),
        sorted(dump(&from.store, 1000).await).len(),
        "the size of a batch loses nothing"
    );
    let kinds = 21;
    assert!(expected.len() >= kinds, "one of everything: {expected:?}");
    for rows in batches {
        let text = serde_json::to_string(&rows).unwrap();
        to.store.load(serde_json::from_str(&text).unwrap()).await.unwrap();
    }
    assert_eq!(sorted(dump(&to.store, 1000).await), expected);
    for name in ["ada", "ada@meadow.test"] {
        let need = Need::UserByName(house.tenant.id, house.pool.id, SignInName::canonical_form(name));
        assert_eq!(from.ask(need.clone()).await, to.ask(need.clone()).await);
        assert_ne!(to.ask(need).await, Answer::User(None));
    }
    assert_eq!(to.store.record("profile").await.unwrap().as_deref(), Some(&b"development"[..]));
    let stale = DirectoryChange::UpdateUser { before: house.user.clone(), after: house.user };
    to.commit([stale.into()]).await;
}

/// A load that is begun again changes nothing more.
pub async fn a_broken_load_can_be_repeated(from: &Bench, to: &Bench) {
    fill(from).await;
    let batches = dump(&from.store, 5).await;
    for rows in batches.iter().take(3).chain(&batches).chain(&batches) {
        to.store.load(rows.clone()).await.unwrap();
    }
    assert_eq!(sorted(dump(&to.store, 1000).await), sorted(batches));
    let orphan = House::plan("forest");
    let error = to.store.load(vec![DumpRow::User(Box::new(orphan.user))]).await.unwrap_err();
    assert_eq!(error.conflict(), Some(doorward_core::change::Conflict::Missing));
}

/// Whatever a cache knew before a load, it forgets.
pub async fn a_load_resets_caches(from: &Bench, to: &Bench) {
    fill(from).await;
    to.house("forest").await;
    let known = to.store.config_since(0).await.unwrap().version;
    for rows in dump(&from.store, 1000).await {
        to.store.load(rows).await.unwrap();
    }
    let log = to.store.config_since(known).await.unwrap();
    assert!(log.reset && log.version > known);
    assert!(!to.store.config_since(log.version).await.unwrap().reset);
}

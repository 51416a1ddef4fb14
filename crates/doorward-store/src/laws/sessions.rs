//! Browser sessions (Settled 16).

use doorward_core::change::{Conflict, DirectoryChange, SessionChange};
use doorward_core::facts::Answer;
use doorward_core::model::{AppId, BrowserSession, Digest, User};
use doorward_core::needs::Need;

use super::Bench;
use crate::fixture::{self, House, fresh_bytes, fresh_digest};
use crate::{DirectoryQuery, Entry, Paging};

fn put(session: &BrowserSession, replaces: Option<Digest>) -> SessionChange {
    SessionChange::Put { session: session.clone(), replaces }
}

/// All browsers in which a person is signed in, and nobody else's; one that is ended or signs the person out is none.
pub async fn a_persons_sessions_are_found(bench: &Bench) {
    let House { user, tenant, .. } = bench.house("meadow").await;
    let other = fixture::user(&tenant, "ada");
    bench.commit([DirectoryChange::CreateUser(other.clone()).into()]).await;
    let of = async |user: &User| -> Vec<BrowserSession> {
        let page = Paging::new(1, None).unwrap();
        let entries = bench.all(DirectoryQuery::Sessions { tenant: user.tenant, user: user.id, page }).await;
        let session = |entry| match entry {
            Entry::Session(session) => *session,
            other => panic!("an engine listed {other:?}"),
        };
        let mut found: Vec<_> = entries.into_iter().map(session).collect();
        found.sort_by_key(|session| session.digest.to_text());
        found
    };
    let mut sessions = [fixture::session(&user), fixture::session(&user)];
    sessions.sort_by_key(|session| session.digest.to_text());
    let theirs = fixture::session(&other);
    bench.commit(sessions.iter().chain([&theirs]).map(|session| put(session, None).into())).await;
    assert_eq!(of(&user).await, sessions);
    assert_eq!(of(&other).await, std::slice::from_ref(&theirs));
    // Ada signs in beside Ben, and Ben signs out of that browser.
    let mut both = sessions[0].clone();
    both.version = 2;
    both.accounts.extend(theirs.accounts.clone());
    bench.commit([put(&both, None).into()]).await;
    assert_eq!(of(&other).await.len(), 2);
    let mut without = both.clone();
    without.version = 3;
    without.accounts.remove(0);
    bench.commit([put(&without, None).into()]).await;
    assert_eq!(of(&user).await, sessions[1..]);
    bench.commit([SessionChange::End { digest: sessions[1].digest }.into()]).await;
    assert_eq!(of(&user).await, []);
}

/// Version 1 is new; every later version follows the stored one.
pub async fn a_version_follows_the_one_before(bench: &Bench) {
    let House { user, .. } = bench.house("meadow").await;
    let first = fixture::session(&user);
    bench.commit([put(&first, None).into()]).await;
    assert_eq!(bench.conflict(put(&first, None)).await, Conflict::Exists);
    let mut second = first.clone();
    second.version = 2;
    second.accounts[0].apps.push(AppId::random(fresh_bytes()));
    bench.commit([put(&second, None).into()]).await;
    assert_eq!(bench.conflict(put(&second, None)).await, Conflict::Changed);
    for version in [0, 4] {
        let skipped = BrowserSession { version, ..second.clone() };
        assert_eq!(bench.conflict(put(&skipped, None)).await, Conflict::Changed, "{version}");
    }
    let unknown = BrowserSession { digest: fresh_digest(), version: 3, ..second.clone() };
    assert_eq!(bench.conflict(put(&unknown, None)).await, Conflict::Changed);
    assert_eq!(bench.ask(Need::Session(first.digest)).await, Answer::Session(Some(Box::new(second))));
}

/// The cookie changes when an account is added; the old one stands for nothing then.
pub async fn a_new_cookie_replaces_the_old(bench: &Bench) {
    let House { user, .. } = bench.house("meadow").await;
    let old = fixture::session(&user);
    bench.commit([put(&old, None).into()]).await;
    let new = BrowserSession { digest: fresh_digest(), ..old.clone() };
    bench.commit([put(&new, Some(old.digest)).into()]).await;
    assert_eq!(bench.ask(Need::Session(old.digest)).await, Answer::Session(None));
    assert_eq!(bench.ask(Need::Session(new.digest)).await, Answer::Session(Some(Box::new(new.clone()))));
    let next = BrowserSession { digest: fresh_digest(), ..old.clone() };
    bench.commit([put(&next, Some(old.digest)).into()]).await;
}

/// Ending what is not there is no conflict.
pub async fn ending_is_idempotent(bench: &Bench) {
    let House { user, .. } = bench.house("meadow").await;
    let session = fixture::session(&user);
    bench.commit([put(&session, None).into()]).await;
    let end = SessionChange::End { digest: session.digest };
    bench.commit([end.clone().into(), end.into()]).await;
    assert_eq!(bench.ask(Need::Session(session.digest)).await, Answer::Session(None));
}

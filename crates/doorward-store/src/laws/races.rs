//! Many at once: exactly one wins, and nothing is lost.

use std::sync::Arc;

use doorward_core::change::{Conflict, DirectoryChange, GrantChange, GuessChange, KeyChange, SessionChange};
use doorward_core::facts::Answer;
use doorward_core::model::{BrowserSession, Expiry, GrantId, KeyState, ScopeSet, ScopeToken};
use doorward_core::needs::{BudgetKey, Need};

use super::Bench;
use super::bench::RACERS;
use crate::fixture::{self, House, NOW, after, fresh_bytes, fresh_digest, next_refresh};

/// A code starts one grant, however many present it.
pub async fn one_redeems_a_code(bench: &Bench) {
    let house = bench.house("meadow").await;
    let code = house.code();
    bench.commit([GrantChange::IssueCode(code.clone()).into()]).await;
    let grants: Vec<_> = (0..RACERS)
        .map(|_| {
            let mut grant = house.grant(&code);
            grant.id = GrantId::random(fresh_bytes());
            grant
        })
        .collect();
    bench
        .one_wins(Conflict::CodeSpent, |racer| {
            let grant = grants[racer].clone();
            vec![GrantChange::RedeemCode { tenant: code.tenant, digest: code.digest, grant }.into()]
        })
        .await;
    let mut stored = 0;
    for grant in &grants {
        stored += usize::from(bench.ask(Need::Grant(grant.tenant, grant.id)).await != Answer::Grant(None));
    }
    assert_eq!(stored, 1);
}

/// A refresh token has one successor.
pub async fn one_rotates_a_family(bench: &Bench) {
    let house = bench.house("meadow").await;
    let (changes, grant) = house.signed_in();
    bench.commit(changes).await;
    let first = grant.refresh.clone().unwrap();
    bench
        .one_wins(Conflict::Generation, |_| {
            let rotate = GrantChange::RotateRefresh {
                tenant: grant.tenant,
                grant: grant.id,
                expected: 1,
                expected_digest: first.secret_digest,
                next: next_refresh(&first, after(60)),
            };
            vec![rotate.into()]
        })
        .await;
}

/// No more guesses pass than the limit says.
pub async fn guesses_stop_at_the_limit(bench: &Bench) {
    let key = BudgetKey::Password(bench.house("meadow").await.tenant.id, fresh_digest());
    let outcomes = bench
        .race(RACERS, |_| {
            vec![GuessChange::Charge { key: key.clone(), at: NOW, limit: 5, window_secs: 60 }.into()]
        })
        .await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 5);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Conflict::BudgetSpent))));
    assert_eq!(bench.ask(Need::Budget(key)).await, Answer::Budget(5));
}

/// A session version has one follower.
pub async fn one_version_follows_another(bench: &Bench) {
    let House { user, .. } = bench.house("meadow").await;
    let session = fixture::session(&user);
    bench.commit([SessionChange::Put { session: session.clone(), replaces: None }.into()]).await;
    bench
        .one_wins(Conflict::Changed, |_| {
            let session = BrowserSession { version: 2, ..session.clone() };
            vec![SessionChange::Put { session, replaces: None }.into()]
        })
        .await;
}

/// One person gets a name, in whatever spelling the others want it.
pub async fn one_gets_the_name(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let spellings = ["ada", "ADA", "Ada", "aDa"];
    bench
        .one_wins(Conflict::NameTaken, |racer| {
            let user = fixture::user(&tenant, spellings[racer % spellings.len()]);
            vec![DirectoryChange::CreateUser(user).into()]
        })
        .await;
    let rivals = |racer: usize| {
        let mut user = fixture::user(&tenant, "eve");
        if racer % 2 == 1 {
            user.sign_in_names = vec![fixture::email("eve@meadow.test", racer % 4 == 1)];
        }
        vec![DirectoryChange::CreateUser(user).into()]
    };
    let outcomes = bench.race(RACERS, rivals).await;
    let names = outcomes.iter().step_by(2).filter(|outcome| outcome.is_ok()).count();
    let addresses = outcomes.iter().skip(1).step_by(2).filter(|outcome| outcome.is_ok()).count();
    assert!(names + addresses >= 1 && (names == 0 || addresses == 0), "a principal name is nobody's address");
}

/// A mark is made once.
pub async fn one_spends_a_mark(bench: &Bench) {
    let (id, until) = (fresh_digest(), Expiry::at(after(60)));
    bench.one_wins(Conflict::Exists, |_| vec![GuessChange::Spend { id, until }.into()]).await;
}

/// Consents given at the same time add up.
pub async fn no_consent_is_lost(bench: &Bench) {
    let house = bench.house("meadow").await;
    let outcomes = bench
        .race(RACERS, |racer| {
            let mut consent = house.consent("");
            consent.scopes = ScopeSet::from_iter([ScopeToken::parse(&format!("scope.{racer}")).unwrap()]);
            vec![DirectoryChange::ExtendConsent(consent).into()]
        })
        .await;
    assert!(outcomes.iter().all(Result::is_ok));
    let need = Need::Consents(house.tenant.id, house.client.app_id, house.user.id);
    let Answer::Consents(rows) = bench.ask(need).await else { panic!("wrong kind") };
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].scopes.len(), RACERS);
}

/// The first record stays, and everyone is told the same.
pub async fn one_record_wins(bench: &Bench) {
    let mut tasks = tokio::task::JoinSet::new();
    for racer in 0..RACERS {
        let store = Arc::clone(&bench.store);
        tasks.spawn(async move {
            store.put_record_once("root", vec![u8::try_from(racer).unwrap()]).await.unwrap()
        });
    }
    let told = tasks.join_all().await;
    let stored = bench.store.record("root").await.unwrap().unwrap();
    assert!(told.iter().all(|bytes| *bytes == stored), "{told:?}");
}

/// A key is activated once.
pub async fn one_key_change_wins(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let key = fixture::key(&tenant, "k");
    bench.commit([KeyChange::Add(key.clone()).into()]).await;
    bench
        .one_wins(Conflict::Changed, |_| {
            let (from, to) = (KeyState::Upcoming, KeyState::Active);
            vec![KeyChange::Move { tenant: tenant.id, kid: key.kid.clone(), from, to, at: NOW }.into()]
        })
        .await;
}

/// Commits that fail halfway, among others that succeed at the same moment, leave no trace and take none with them.
pub async fn a_failure_leaves_no_trace(bench: &Bench) {
    let house = bench.house("meadow").await;
    for round in 0..8 {
        let users: Vec<_> =
            (0..RACERS).map(|racer| fixture::user(&house.tenant, &format!("u{round}.{racer}"))).collect();
        let outcomes = bench
            .race(RACERS, |racer| {
                let mut changes = vec![DirectoryChange::CreateUser(users[racer].clone()).into()];
                if racer % 2 == 0 {
                    changes.push(DirectoryChange::RegisterClient(house.client.clone()).into());
                }
                changes
            })
            .await;
        for (racer, (user, outcome)) in users.into_iter().zip(outcomes).enumerate() {
            let expected = if racer % 2 == 0 { Err(Conflict::NameTaken) } else { Ok(()) };
            assert_eq!(outcome, expected, "racer {racer}");
            let found = expected.is_ok().then(|| Box::new(user.clone()));
            assert_eq!(bench.ask(Need::UserInTenant(user.tenant, user.id)).await, Answer::User(found));
        }
    }
}

/// Of several changes to the same reading one is applied.
pub async fn one_update_wins(bench: &Bench) {
    let House { client, .. } = bench.house("meadow").await;
    bench
        .one_wins(Conflict::Changed, |racer| {
            let mut after = client.clone();
            after.name = format!("shop {racer}");
            vec![DirectoryChange::UpdateClient { before: client.clone(), after }.into()]
        })
        .await;
}

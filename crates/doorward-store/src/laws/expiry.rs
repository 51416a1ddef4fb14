//! Sweeping: what is over goes, at the second at which it is over and not before.

use doorward_core::change::{Change, GrantChange, GuessChange, SessionChange};
use doorward_core::facts::Answer;
use doorward_core::model::{AuthorizationCode, Expiry, GrantId, Instant};
use doorward_core::needs::{BudgetKey, Need};

use super::Bench;
use crate::Swept;
use crate::fixture::{self, House, NOW, after, fresh_digest, next_refresh};

const LIMIT: u32 = 1000;
const REMEMBERED: u64 = AuthorizationCode::REMEMBERED.as_secs();

async fn sweep(bench: &Bench, now: Instant) -> Swept {
    bench.store.sweep(now, LIMIT).await.expect("sweeping works")
}

async fn is_there(bench: &Bench, grant: GrantId, house: &House) -> bool {
    bench.ask(Need::Grant(house.tenant.id, grant)).await != Answer::Grant(None)
}

/// Second granularity; the boundary counts as over.
pub async fn the_boundary_itself_is_over(bench: &Bench) {
    let house = bench.house("meadow").await;
    let tenant = house.tenant.id;
    let mut session = fixture::session(&house.user);
    session.expiry = Expiry::at(after(100));
    let key = BudgetKey::Password(tenant, fresh_digest());
    let until = Expiry::at(after(100));
    let mut plain = house.grant(&house.code());
    plain.refresh = None;
    bench
        .commit([
            Change::from(SessionChange::Put { session: session.clone(), replaces: None }),
            GuessChange::Charge { key: key.clone(), at: NOW, limit: 3, window_secs: 100 }.into(),
            GuessChange::Spend { id: fresh_digest(), until }.into(),
            GrantChange::RevokeToken { tenant, jti: "a.1".to_owned(), until }.into(),
            GrantChange::IssueCode(house.code()).into(),
        ])
        .await;
    assert_eq!(sweep(bench, after(99)).await, Swept::default());
    let swept = sweep(bench, after(100)).await;
    let expected = Swept { budgets: 1, revoked_tokens: 1, sessions: 1, spent: 1, ..Swept::default() };
    assert_eq!(swept, expected);
    assert_eq!(bench.ask(Need::Session(session.digest)).await, Answer::Session(None));
    assert_eq!(bench.ask(Need::Budget(key)).await, Answer::Budget(0));
    assert_eq!(sweep(bench, after(REMEMBERED - 1)).await, Swept::default());
    assert_eq!(sweep(bench, after(REMEMBERED)).await, Swept { codes: 1, ..Swept::default() });
}

/// Redeemed codes and grants without a family outlive every access token that came of them.
pub async fn a_redeemed_code_is_remembered(bench: &Bench) {
    let house = bench.house("meadow").await;
    let code = house.code();
    let mut grant = house.grant(&code);
    (grant.refresh, grant.started_at) = (None, after(60));
    let redeem = GrantChange::RedeemCode { tenant: code.tenant, digest: code.digest, grant: grant.clone() };
    bench.commit([GrantChange::IssueCode(code.clone()).into(), redeem.into()]).await;
    sweep(bench, after(60 + REMEMBERED - 1)).await;
    assert!(is_there(bench, grant.id, &house).await);
    assert_ne!(bench.ask(Need::Code(code.tenant, code.digest)).await, Answer::Code(None));
    let swept = sweep(bench, after(60 + REMEMBERED)).await;
    assert_eq!((swept.codes, swept.grants), (1, 1));
    assert!(!is_there(bench, grant.id, &house).await);
}

/// A family that is used goes on; it goes when idle too long or old, and the time of its last token has passed.
pub async fn a_living_family_is_not_swept(bench: &Bench) {
    let house = bench.house("meadow").await;
    let (changes, grant) = house.signed_in();
    bench.commit(changes).await;
    let first = grant.refresh.clone().unwrap();
    let second = next_refresh(&first, after(3000));
    let rotate = GrantChange::RotateRefresh {
        tenant: grant.tenant,
        grant: grant.id,
        expected: 1,
        expected_digest: first.secret_digest,
        next: second,
    };
    bench.commit([rotate.into()]).await;
    // The first generation's idle end was at 3600, the second's is at 6600.
    for now in [3600 + REMEMBERED, 6600 + REMEMBERED - 1] {
        assert_eq!(sweep(bench, after(now)).await.grants, 0, "{now}");
        assert!(is_there(bench, grant.id, &house).await);
    }
    assert_eq!(sweep(bench, after(6600 + REMEMBERED)).await.grants, 1);
    assert!(!is_there(bench, grant.id, &house).await);
}

/// What the limit leaves is announced and goes with the next calls.
pub async fn a_sweep_keeps_to_its_limit(bench: &Bench) {
    let house = bench.house("meadow").await;
    for _ in 0..7 {
        let (changes, _) = house.signed_in();
        bench.commit(changes).await;
        let session = fixture::session(&house.user);
        bench.commit([SessionChange::Put { session, replaces: None }.into()]).await;
    }
    let (mut total, mut calls) = (Swept::default(), 0);
    loop {
        let swept = bench.store.sweep(after(30 * 86_400), 3).await.unwrap();
        assert!(swept.codes <= 3 && swept.grants <= 3 && swept.sessions <= 3, "{swept:?}");
        total.codes += swept.codes;
        total.grants += swept.grants;
        total.sessions += swept.sessions;
        calls += 1;
        if !swept.more {
            break;
        }
    }
    assert_eq!((total.codes, total.grants, total.sessions), (7, 7, 7));
    assert!(calls >= 3);
}

/// Directory and audit log are nobody's to sweep.
pub async fn what_is_not_over_stays(bench: &Bench) {
    let house = bench.house("meadow").await;
    bench.commit([Change::Audit(fixture::audit(Some(house.tenant.id), "law.run"))]).await;
    assert_eq!(sweep(bench, after(400 * 86_400)).await, Swept::default());
    assert_eq!(bench.client(&house.client).await, Some(house.client.clone()));
    let log = crate::DirectoryQuery::Audit { tenant: None, page: crate::Paging::first() };
    assert_eq!(bench.all(log).await.len(), 1);
}

//! Guess budgets and single-use marks.

use doorward_core::change::{Conflict, GuessChange};
use doorward_core::facts::Answer;
use doorward_core::model::{Expiry, Instant};
use doorward_core::needs::{BudgetKey, Need};

use super::Bench;
use crate::fixture::{NOW, after, fresh_digest};

fn charge(key: &BudgetKey, at: Instant) -> GuessChange {
    GuessChange::Charge { key: key.clone(), at, limit: 3, window_secs: 60 }
}

/// Three guesses a minute; the minute begins with the first of them and its end belongs to the next.
pub async fn a_window_begins_with_its_first_guess(bench: &Bench) {
    let tenant = bench.house("meadow").await.tenant.id;
    let key = BudgetKey::Password(tenant, fresh_digest());
    for at in [NOW, after(30), after(59)] {
        bench.commit([charge(&key, at).into()]).await;
    }
    assert_eq!(bench.ask(Need::Budget(key.clone())).await, Answer::Budget(3));
    assert_eq!(bench.conflict(charge(&key, after(59))).await, Conflict::BudgetSpent);
    assert_eq!(bench.ask(Need::Budget(key.clone())).await, Answer::Budget(3), "a refusal charges nothing");
    bench.commit([charge(&key, after(60)).into()]).await;
    assert_eq!(bench.ask(Need::Budget(key.clone())).await, Answer::Budget(1));
    bench.commit([charge(&key, after(119)).into(), charge(&key, after(119)).into()]).await;
    assert_eq!(bench.conflict(charge(&key, after(119))).await, Conflict::BudgetSpent);
    let other = BudgetKey::Password(tenant, fresh_digest());
    bench.commit([charge(&other, after(119)).into()]).await;
    let none = GuessChange::Charge { key: other, at: after(500), limit: 0, window_secs: 60 };
    assert_eq!(bench.conflict(none).await, Conflict::BudgetSpent, "a limit of nothing allows nothing");
}

/// A window that lies as far ahead began under a wrong clock: it is over as well, so that nobody is locked until then.
pub async fn a_window_from_a_wrong_clock_is_over(bench: &Bench) {
    let tenant = bench.house("meadow").await.tenant.id;
    let key = BudgetKey::Password(tenant, fresh_digest());
    for _ in 0..3 {
        bench.commit([charge(&key, after(86_400)).into()]).await;
    }
    assert_eq!(
        bench.conflict(charge(&key, after(86_400 - 59))).await,
        Conflict::BudgetSpent,
        "a small step back"
    );
    bench.commit([charge(&key, NOW).into()]).await;
    assert_eq!(bench.ask(Need::Budget(key)).await, Answer::Budget(1));
}

/// Clearing is idempotent.
pub async fn a_right_guess_clears_the_budget(bench: &Bench) {
    let tenant = bench.house("meadow").await.tenant.id;
    let key = BudgetKey::Password(tenant, fresh_digest());
    for _ in 0..3 {
        bench.commit([charge(&key, NOW).into()]).await;
    }
    bench.commit([GuessChange::Clear(key.clone()).into(), GuessChange::Clear(key.clone()).into()]).await;
    assert_eq!(bench.ask(Need::Budget(key.clone())).await, Answer::Budget(0));
    bench.commit([charge(&key, NOW).into()]).await;
}

/// A mark is there until it is swept.
pub async fn a_mark_is_spent_once(bench: &Bench) {
    let spend = GuessChange::Spend { id: fresh_digest(), until: Expiry::at(after(60)) };
    bench.commit([spend.clone().into()]).await;
    assert_eq!(bench.conflict(spend.clone()).await, Conflict::Exists);
    bench.store.sweep(after(59), 10).await.unwrap();
    assert_eq!(bench.conflict(spend.clone()).await, Conflict::Exists);
    bench.store.sweep(after(60), 10).await.unwrap();
    bench.commit([spend.into()]).await;
}

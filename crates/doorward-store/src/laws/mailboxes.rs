//! Questions to a mailbox, and the outbox that carries them.

use doorward_core::change::{ChallengeChange, Change, Conflict, DirectoryChange, MailChange};
use doorward_core::facts::Answer;
use doorward_core::model::{Challenge, Expiry, Mail};
use doorward_core::needs::Need;

use super::Bench;
use crate::fixture::{self, House, after, fresh_digest};
use crate::{DirectoryQuery, Entry, Paging, Swept};

async fn stored(bench: &Bench, challenge: &Challenge) -> Option<Challenge> {
    match bench.ask(Need::Challenge(challenge.tenant, challenge.id)).await {
        Answer::Challenge(found) => found.map(|found| *found),
        other => panic!("an engine answered {other:?}"),
    }
}

fn spend(challenge: &Challenge) -> ChallengeChange {
    ChallengeChange::Spend { tenant: challenge.tenant, id: challenge.id, answer: challenge.answer }
}

async fn outbox(bench: &Bench) -> Vec<Mail> {
    let entries = bench.all(DirectoryQuery::Mails { page: Paging::new(2, None).unwrap() }).await;
    let mail = |entry| match entry {
        Entry::Mail(mail) => *mail,
        other => panic!("an engine listed {other:?}"),
    };
    entries.into_iter().map(mail).collect()
}

/// It comes back as it was, is used up once, and only by the answer that it has.
pub async fn a_challenge_is_used_up_once(bench: &Bench) {
    let house = bench.house("meadow").await;
    let challenge = fixture::challenge(&house.user);
    bench.commit([ChallengeChange::Put(challenge.clone()).into()]).await;
    assert_eq!(stored(bench, &challenge).await, Some(challenge.clone()));
    let wrong = Challenge { answer: fresh_digest(), ..challenge.clone() };
    assert_eq!(bench.conflict(spend(&wrong)).await, Conflict::Changed);
    assert_eq!(stored(bench, &challenge).await, Some(challenge.clone()), "a wrong answer uses nothing up");
    bench.commit([spend(&challenge).into()]).await;
    assert_eq!(stored(bench, &challenge).await, None);
    assert_eq!(bench.conflict(spend(&challenge)).await, Conflict::Missing);
}

/// The next one of a transaction voids the earlier one.
pub async fn the_next_challenge_voids_the_earlier(bench: &Bench) {
    let house = bench.house("meadow").await;
    let first = fixture::challenge(&house.user);
    let second = Challenge { answer: fresh_digest(), expiry: Expiry::at(after(900)), ..first.clone() };
    bench
        .commit([ChallengeChange::Put(first.clone()).into(), ChallengeChange::Put(second.clone()).into()])
        .await;
    assert_eq!(stored(bench, &first).await, Some(second.clone()));
    assert_eq!(bench.conflict(spend(&first)).await, Conflict::Changed, "the earlier code is worth nothing");
    bench.commit([spend(&second).into()]).await;
}

/// Of many who bring the right answer at once, one is heard.
pub async fn one_answers_a_challenge(bench: &Bench) {
    let house = bench.house("meadow").await;
    let challenge = fixture::challenge(&house.user);
    bench.commit([ChallengeChange::Put(challenge.clone()).into()]).await;
    let outcomes = bench.race(16, |_| vec![spend(&challenge).into()]).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(
        outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(Conflict::Missing))),
        "{outcomes:?}"
    );
}

/// Two tenants may ask the same thing, and neither answers for the other; a tenant takes its questions along.
pub async fn challenges_belong_to_their_tenant(bench: &Bench) {
    let (meadow, forest) = (bench.house("meadow").await, bench.house("forest").await);
    let ours = fixture::challenge(&meadow.user);
    let theirs = Challenge { tenant: forest.tenant.id, answer: fresh_digest(), ..ours.clone() };
    bench
        .commit([ChallengeChange::Put(ours.clone()).into(), ChallengeChange::Put(theirs.clone()).into()])
        .await;
    bench.commit([spend(&ours).into()]).await;
    assert_eq!(stored(bench, &theirs).await, Some(theirs.clone()));
    bench.commit([DirectoryChange::DeleteTenant(forest.tenant.id).into()]).await;
    assert_eq!(stored(bench, &theirs).await, None);
    let orphan = Challenge { tenant: House::plan("nowhere").tenant.id, ..ours };
    assert_eq!(bench.conflict(ChallengeChange::Put(orphan)).await, Conflict::Missing);
}

/// It goes at the second at which it is over.
pub async fn a_challenge_that_is_over_is_swept(bench: &Bench) {
    let house = bench.house("meadow").await;
    let mut challenge = fixture::challenge(&house.user);
    challenge.expiry = Expiry::at(after(600));
    bench.commit([ChallengeChange::Put(challenge.clone()).into()]).await;
    assert_eq!(bench.store.sweep(after(599), 100).await.unwrap(), Swept::default());
    let swept = bench.store.sweep(after(600), 100).await.unwrap();
    assert_eq!(swept, Swept { challenges: 1, ..Swept::default() });
    assert_eq!(stored(bench, &challenge).await, None);
}

/// What is due first comes first; a postponed mail moves back, says why, and is otherwise the same.
pub async fn the_outbox_is_in_the_order_of_its_attempts(bench: &Bench) {
    let house = bench.house("meadow").await;
    let mails: Vec<Mail> = [30, 10, 20].map(|at| fixture::mail(Some(house.tenant.id), after(at))).to_vec();
    bench.commit(mails.iter().map(|mail| MailChange::Queue(mail.clone()).into())).await;
    let [third, first, second] = mails.as_slice() else { panic!("three mails") };
    assert_eq!(outbox(bench).await, [first.clone(), second.clone(), third.clone()]);
    let error = "421 try again later".to_owned();
    let postpone =
        MailChange::Postpone { id: first.id, attempts: 1, next_attempt: after(40), error: error.clone() };
    bench.commit([postpone.clone().into(), postpone.into()]).await;
    let later = Mail { attempts: 1, next_attempt: after(40), last_error: Some(error), ..first.clone() };
    assert_eq!(outbox(bench).await, [second.clone(), third.clone(), later]);
}

/// It is queued once, and gone for good when it is taken out, whoever else still wants to move it.
pub async fn a_mail_is_queued_and_removed_once(bench: &Bench) {
    let mail = fixture::mail(None, after(10));
    bench.commit([MailChange::Queue(mail.clone()).into()]).await;
    assert_eq!(bench.conflict(MailChange::Queue(mail.clone())).await, Conflict::Exists);
    bench.commit([MailChange::Remove(mail.id).into(), MailChange::Remove(mail.id).into()]).await;
    let postpone =
        MailChange::Postpone { id: mail.id, attempts: 1, next_attempt: after(40), error: String::new() };
    bench.commit([postpone.into()]).await;
    assert_eq!(outbox(bench).await, []);
}

/// Nobody is told of what did not happen.
pub async fn a_mail_goes_out_with_what_it_tells_or_not_at_all(bench: &Bench) {
    let house = bench.house("meadow").await;
    let mail = fixture::mail(Some(house.tenant.id), after(10));
    let twin = DirectoryChange::CreateUser(house.user.clone());
    let changes = vec![Change::from(MailChange::Queue(mail)), twin.into()];
    assert!(bench.store.commit(changes).await.is_err());
    assert_eq!(outbox(bench).await, []);
}

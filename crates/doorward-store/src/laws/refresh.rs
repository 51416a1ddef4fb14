//! Refresh families: one row that moves under its preconditions (Settled 8, 10).

use doorward_core::change::{Conflict, DirectoryChange, GrantChange};
use doorward_core::facts::Answer;
use doorward_core::model::{Digest, Expiry, Grant, RefreshState};
use doorward_core::needs::Need;

use super::Bench;
use super::codes::{set_client, set_user};
use crate::fixture::{House, NOW, after, fresh_digest, next_refresh};

/// A grant with a family, stored.
async fn started(bench: &Bench, house: &House) -> (Grant, RefreshState) {
    let (changes, grant) = house.signed_in();
    bench.commit(changes).await;
    let family = grant.refresh.clone().expect("the fixture's grant has a family");
    (grant, family)
}

async fn stored(bench: &Bench, grant: &Grant) -> Grant {
    match bench.ask(Need::Grant(grant.tenant, grant.id)).await {
        Answer::Grant(Some(grant)) => *grant,
        other => panic!("an engine answered {other:?}"),
    }
}

fn rotate(grant: &Grant, from: &RefreshState, to: &RefreshState) -> GrantChange {
    GrantChange::RotateRefresh {
        tenant: grant.tenant,
        grant: grant.id,
        expected: from.generation,
        expected_digest: from.secret_digest,
        next: to.clone(),
    }
}

fn touch(grant: &Grant, expected: u32) -> GrantChange {
    let idle_expiry = Expiry::at(after(7200));
    GrantChange::TouchRefresh { tenant: grant.tenant, grant: grant.id, expected, idle_expiry }
}

/// The new state is there, and nothing else moved.
pub async fn a_rotation_replaces_the_state(bench: &Bench) {
    let house = bench.house("meadow").await;
    let (grant, first) = started(bench, &house).await;
    let second = next_refresh(&first, after(100));
    let third = next_refresh(&second, after(200));
    bench.commit([rotate(&grant, &first, &second).into()]).await;
    assert_eq!(stored(bench, &grant).await, Grant { refresh: Some(second.clone()), ..grant.clone() });
    bench.commit([rotate(&grant, &second, &third).into()]).await;
    assert_eq!(stored(bench, &grant).await.refresh, Some(third));
}

/// A predecessor does not rotate again.
pub async fn a_stale_generation_is_refused(bench: &Bench) {
    let house = bench.house("meadow").await;
    let (grant, first) = started(bench, &house).await;
    let second = next_refresh(&first, after(100));
    bench.commit([rotate(&grant, &first, &second).into()]).await;
    assert_eq!(bench.conflict(rotate(&grant, &first, &second)).await, Conflict::Generation);
    assert_eq!(bench.conflict(touch(&grant, 1)).await, Conflict::Generation);
    let nobodys = Grant { id: house.code().grant, ..grant.clone() };
    assert_eq!(bench.conflict(rotate(&nobodys, &second, &second)).await, Conflict::Generation);
    let code = house.code();
    let plain = Grant { refresh: None, ..house.grant(&code) };
    let redeem = GrantChange::RedeemCode { tenant: code.tenant, digest: code.digest, grant: plain.clone() };
    bench.commit([GrantChange::IssueCode(code).into(), redeem.into()]).await;
    assert_eq!(bench.conflict(touch(&plain, 1)).await, Conflict::Generation, "no family");
}

/// The digest of the presented secret must be the current one.
pub async fn a_wrong_secret_is_refused(bench: &Bench) {
    let house = bench.house("meadow").await;
    let (grant, first) = started(bench, &house).await;
    let next = next_refresh(&first, after(100));
    let guesses: [Digest; 2] = [fresh_digest(), next.secret_digest];
    for secret_digest in guesses {
        let guess = RefreshState { secret_digest, ..first.clone() };
        assert_eq!(bench.conflict(rotate(&grant, &guess, &next)).await, Conflict::Generation);
    }
    assert_eq!(stored(bench, &grant).await.refresh, Some(first));
}

/// Revocation stops a family in the same moment.
pub async fn a_revoked_family_is_still(bench: &Bench) {
    let house = bench.house("meadow").await;
    let (grant, first) = started(bench, &house).await;
    let revoke = GrantChange::RevokeGrant { tenant: grant.tenant, grant: grant.id, at: after(10) };
    bench.commit([revoke.into()]).await;
    let next = next_refresh(&first, after(100));
    assert_eq!(bench.conflict(rotate(&grant, &first, &next)).await, Conflict::Generation);
    assert_eq!(bench.conflict(touch(&grant, 1)).await, Conflict::Generation);
}

/// Epochs are compared with the start of the grant, not with its last rotation.
pub async fn a_later_epoch_stops_the_family(bench: &Bench) {
    let mut house = bench.house("meadow").await;
    let (grant, first) = started(bench, &house).await;
    let next = next_refresh(&first, after(100));
    set_user(bench, &mut house.user, |user| user.epoch = after(6)).await;
    assert_eq!(bench.conflict(rotate(&grant, &first, &next)).await, Conflict::Epoch);
    assert_eq!(bench.conflict(touch(&grant, 1)).await, Conflict::Epoch);
    set_user(bench, &mut house.user, |user| user.epoch = grant.started_at).await;
    bench.commit([touch(&grant, 1).into()]).await;
    set_user(bench, &mut house.user, |user| user.disabled = true).await;
    assert_eq!(bench.conflict(rotate(&grant, &first, &next)).await, Conflict::Epoch);
    set_user(bench, &mut house.user, |user| user.disabled = false).await;
    set_client(bench, &mut house.client, |client| client.epoch = after(6)).await;
    assert_eq!(bench.conflict(rotate(&grant, &first, &next)).await, Conflict::Epoch);
    set_client(bench, &mut house.client, |client| (client.epoch, client.disabled) = (NOW, true)).await;
    assert_eq!(bench.conflict(touch(&grant, 1)).await, Conflict::Epoch);
    set_client(bench, &mut house.client, |client| client.disabled = false).await;
    bench.commit([rotate(&grant, &first, &next).into()]).await;
    bench.commit([DirectoryChange::DeleteClient(grant.tenant, grant.client).into()]).await;
    let later = next_refresh(&next, after(200));
    assert_eq!(
        bench.conflict(rotate(&grant, &next, &later)).await,
        Conflict::Generation,
        "the grant went too"
    );
}

/// A touch moves the idle end and nothing else.
pub async fn touching_moves_the_idle_end(bench: &Bench) {
    let house = bench.house("meadow").await;
    let (grant, first) = started(bench, &house).await;
    bench.commit([touch(&grant, 1).into()]).await;
    let moved = RefreshState { idle_expiry: Expiry::at(after(7200)), ..first };
    assert_eq!(stored(bench, &grant).await, Grant { refresh: Some(moved), ..grant });
}

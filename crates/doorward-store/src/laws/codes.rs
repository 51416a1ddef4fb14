//! Codes, and the revocations of what came of them.

use doorward_core::change::{Change, Conflict, DirectoryChange, GrantChange};
use doorward_core::facts::Answer;
use doorward_core::model::{AuthorizationCode, Client, Expiry, Instant, User};
use doorward_core::needs::Need;

use super::Bench;
use crate::fixture::{House, NOW, after, fresh_digest};

fn redeem(house: &House, code: &AuthorizationCode) -> GrantChange {
    GrantChange::RedeemCode { tenant: code.tenant, digest: code.digest, grant: house.grant(code) }
}

async fn issued(bench: &Bench, house: &House) -> AuthorizationCode {
    let code = house.code();
    bench.commit([GrantChange::IssueCode(code.clone()).into()]).await;
    code
}

/// A digest is used once.
pub async fn a_code_is_issued_once(bench: &Bench) {
    let house = bench.house("meadow").await;
    let code = issued(bench, &house).await;
    assert_eq!(bench.conflict(GrantChange::IssueCode(code)).await, Conflict::Exists);
}

/// The second redemption is a conflict and changes nothing.
pub async fn a_code_is_redeemed_once(bench: &Bench) {
    let house = bench.house("meadow").await;
    let code = issued(bench, &house).await;
    bench.commit([redeem(&house, &code).into()]).await;
    let mut later = house.grant(&code);
    later.started_at = after(50);
    let again = GrantChange::RedeemCode { tenant: code.tenant, digest: code.digest, grant: later };
    assert_eq!(bench.conflict(again).await, Conflict::CodeSpent);
    let Answer::Code(Some(stored)) = bench.ask(Need::Code(code.tenant, code.digest)).await else {
        panic!("the code is remembered")
    };
    assert_eq!(stored.redeemed.map(|redemption| redemption.at), Some(after(5)));
}

/// What was never issued, or issued by another tenant, cannot be redeemed.
pub async fn an_unknown_code_is_missing(bench: &Bench) {
    let (house, neighbour) = (bench.house("meadow").await, bench.house("forest").await);
    let mut code = issued(bench, &house).await;
    code.digest = fresh_digest();
    assert_eq!(bench.conflict(redeem(&house, &code)).await, Conflict::Missing);
    let theirs = issued(bench, &neighbour).await;
    let mut stolen = house.grant(&house.code());
    stolen.id = theirs.grant;
    let steal = GrantChange::RedeemCode { tenant: house.tenant.id, digest: theirs.digest, grant: stolen };
    assert_eq!(bench.conflict(steal).await, Conflict::Missing);
}

/// The epoch of a user or client is compared with the code: later kills, the same second does not.
pub async fn a_later_epoch_kills_a_code(bench: &Bench) {
    let mut house = bench.house("meadow").await;
    for (epoch, survives) in [(NOW, true), (after(1), false)] {
        let code = issued(bench, &house).await;
        set_user(bench, &mut house.user, |user| user.epoch = epoch).await;
        expect(bench, redeem(&house, &code), survives).await;
    }
    set_user(bench, &mut house.user, |user| user.epoch = NOW).await;
    let code = issued(bench, &house).await;
    set_client(bench, &mut house.client, |client| client.epoch = after(1)).await;
    expect(bench, redeem(&house, &code), false).await;
    set_client(bench, &mut house.client, |client| client.epoch = NOW).await;
    expect(bench, redeem(&house, &code), true).await;
}

/// Neither a disabled nor a removed user or client redeems anything.
pub async fn a_disabled_or_removed_party_kills_a_code(bench: &Bench) {
    let mut house = bench.house("meadow").await;
    let code = issued(bench, &house).await;
    set_user(bench, &mut house.user, |user| user.disabled = true).await;
    expect(bench, redeem(&house, &code), false).await;
    set_user(bench, &mut house.user, |user| user.disabled = false).await;
    set_client(bench, &mut house.client, |client| client.disabled = true).await;
    expect(bench, redeem(&house, &code), false).await;
    set_client(bench, &mut house.client, |client| client.disabled = false).await;
    let user = &house.user;
    bench.commit([DirectoryChange::DeleteUser(user.tenant, user.pool, user.id).into()]).await;
    expect(bench, redeem(&house, &code), false).await;
    bench.commit([DirectoryChange::CreateUser(house.user.clone()).into()]).await;
    bench.commit([DirectoryChange::DeleteClient(house.tenant.id, house.client.app_id).into()]).await;
    expect(bench, redeem(&house, &code), false).await;
}

/// The first revocation tells when; a grant that never was is no conflict.
pub async fn revoking_a_grant_is_idempotent(bench: &Bench) {
    let house = bench.house("meadow").await;
    let (changes, grant) = house.signed_in();
    bench.commit(changes).await;
    let revoke =
        |at: Instant| Change::from(GrantChange::RevokeGrant { tenant: grant.tenant, grant: grant.id, at });
    bench.commit([revoke(after(10)), revoke(after(20))]).await;
    let Answer::Grant(Some(stored)) = bench.ask(Need::Grant(grant.tenant, grant.id)).await else {
        panic!("a revoked grant is remembered")
    };
    assert_eq!(stored.revoked_at, Some(after(10)));
    let nobodys = GrantChange::RevokeGrant { tenant: grant.tenant, grant: house.code().grant, at: after(10) };
    bench.commit([nobodys.into()]).await;
}

/// Naming a token again never shortens its time on the list.
pub async fn a_revoked_token_stays_on_the_list_for_the_longest_time(bench: &Bench) {
    let tenant = bench.house("meadow").await.tenant.id;
    let revoke = |seconds| GrantChange::RevokeToken {
        tenant,
        jti: "a.1".to_owned(),
        until: Expiry::at(after(seconds)),
    };
    bench.commit([revoke(100).into(), revoke(50).into()]).await;
    bench.store.sweep(after(99), 100).await.unwrap();
    let need = Need::TokenRevoked(tenant, "a.1".to_owned());
    assert_eq!(bench.ask(need.clone()).await, Answer::TokenRevoked(true));
    bench.store.sweep(after(100), 100).await.unwrap();
    assert_eq!(bench.ask(need).await, Answer::TokenRevoked(false));
}

async fn expect(bench: &Bench, change: GrantChange, survives: bool) {
    if survives {
        bench.commit([change.into()]).await;
    } else {
        assert_eq!(bench.conflict(change).await, Conflict::Epoch);
    }
}

pub(super) async fn set_user(bench: &Bench, user: &mut User, change: impl FnOnce(&mut User)) {
    let before = user.clone();
    change(user);
    bench.commit([DirectoryChange::UpdateUser { before, after: user.clone() }.into()]).await;
}

pub(super) async fn set_client(bench: &Bench, client: &mut Client, change: impl FnOnce(&mut Client)) {
    let before = client.clone();
    change(client);
    bench.commit([DirectoryChange::UpdateClient { before, after: client.clone() }.into()]).await;
}

//! Sign-in names and user principal names (Settled 30).

use doorward_core::change::{Change, Conflict, DirectoryChange};
use doorward_core::facts::Answer;
use doorward_core::model::{PoolId, SignInName, Tenant, User, UserId};
use doorward_core::needs::Need;

use super::Bench;
use crate::fixture::{self, House, email, fresh_bytes};

async fn by_name(bench: &Bench, tenant: &Tenant, name: &str) -> Option<UserId> {
    let canonical = SignInName::canonical_form(name);
    match bench.ask(Need::UserByName(tenant.id, tenant.default_pool, canonical)).await {
        Answer::User(found) => found.map(|user| user.id),
        other => panic!("an engine answered {other:?}"),
    }
}

fn create(user: &User) -> Change {
    DirectoryChange::CreateUser(user.clone()).into()
}

/// A user whose only name is an address.
fn reader(tenant: &Tenant, name: SignInName) -> User {
    let mut user = fixture::user(tenant, "reader");
    user.sign_in_names = vec![name];
    user
}

/// User name, proven address and user principal name, in any spelling.
pub async fn every_proven_name_leads_to_its_user(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let mut ada = fixture::user(&tenant, "Ada.Fern");
    ada.sign_in_names.push(email("Ada@Post.Test", true));
    bench.commit([create(&ada)]).await;
    for name in ["ada.fern", "ADA.FERN", "ada@post.test", "Ada.Fern@Meadow.Test"] {
        assert_eq!(by_name(bench, &tenant, name).await, Some(ada.id), "{name}");
    }
    assert_eq!(by_name(bench, &tenant, "ada").await, None);
    let mut twin = fixture::user(&tenant, "twin");
    twin.local_id = ada.local_id.clone();
    assert_eq!(bench.conflict(create(&twin)).await, Conflict::NameTaken, "local ids are unique");
    let again = reader(&tenant, email("ADA@post.test", true));
    assert_eq!(bench.conflict(create(&again)).await, Conflict::NameTaken);
    assert_eq!(bench.conflict(create(&fixture::user(&tenant, "ADA.fern"))).await, Conflict::NameTaken);
}

/// Whoever claims an address without proof neither is found by it nor keeps its owner from it.
pub async fn an_unproven_address_leads_nowhere_and_takes_nothing(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let squatter = reader(&tenant, email("owner@post.test", false));
    let second = reader(&tenant, email("Owner@Post.test", false));
    bench.commit([create(&squatter), create(&second)]).await;
    assert_eq!(by_name(bench, &tenant, "owner@post.test").await, None);
    let owner = reader(&tenant, email("owner@post.test", true));
    bench.commit([create(&owner)]).await;
    assert_eq!(by_name(bench, &tenant, "owner@post.test").await, Some(owner.id));
    let mut proven = squatter.clone();
    proven.sign_in_names = vec![email("owner@post.test", true)];
    let steal = DirectoryChange::UpdateUser { before: squatter, after: proven };
    assert_eq!(bench.conflict(steal).await, Conflict::NameTaken);
}

/// `{user name}@{domain}` equals no other account's address, proven or not, whichever comes first.
pub async fn a_principal_name_is_nobody_elses_address(bench: &Bench) {
    let House { tenant, user: ben, .. } = bench.house("meadow").await;
    for proven in [true, false] {
        let rival = reader(&tenant, email("BEN@meadow.test", proven));
        assert_eq!(bench.conflict(create(&rival)).await, Conflict::NameTaken, "proven: {proven}");
    }
    for (name, proven) in [("ann", true), ("eve", false)] {
        let holder = reader(&tenant, email(&format!("{name}@meadow.test"), proven));
        bench.commit([create(&holder)]).await;
        assert_eq!(
            bench.conflict(create(&fixture::user(&tenant, name))).await,
            Conflict::NameTaken,
            "{name}"
        );
        let mut renamed = ben.clone();
        renamed.sign_in_names = fixture::user(&tenant, name).sign_in_names;
        let rename = DirectoryChange::UpdateUser { before: ben.clone(), after: renamed };
        assert_eq!(bench.conflict(rename).await, Conflict::NameTaken, "{name}");
    }
    // One's own address may equal one's own principal name.
    let mut own = fixture::user(&tenant, "kim");
    own.sign_in_names.push(email("kim@meadow.test", true));
    bench.commit([create(&own)]).await;
    assert_eq!(by_name(bench, &tenant, "kim@meadow.test").await, Some(own.id));
    let claim = reader(&tenant, email("kim@meadow.test", false));
    assert_eq!(bench.conflict(create(&claim)).await, Conflict::NameTaken);
}

/// Principal names follow the tenant's domain; a domain that makes them clash is refused.
pub async fn a_new_domain_renames_everyone(bench: &Bench) {
    let House { tenant, user: ben, .. } = bench.house("meadow").await;
    let rival = reader(&tenant, email("ben@field.test", true));
    bench.commit([create(&rival)]).await;
    let moved = |domain: &str| Tenant { domain: domain.to_owned(), ..tenant.clone() };
    let clash = DirectoryChange::UpdateTenant { before: tenant.clone(), after: moved("field.test") };
    assert_eq!(bench.conflict(clash).await, Conflict::NameTaken);
    assert_eq!(by_name(bench, &tenant, "ben@meadow.test").await, Some(ben.id), "nothing happened");
    let wood = moved("Wood.Test");
    bench.commit([DirectoryChange::UpdateTenant { before: tenant.clone(), after: wood }.into()]).await;
    assert_eq!(by_name(bench, &tenant, "ben@wood.test").await, Some(ben.id));
    assert_eq!(by_name(bench, &tenant, "ben@meadow.test").await, None);
    assert_eq!(by_name(bench, &tenant, "ben").await, Some(ben.id));
    assert_eq!(by_name(bench, &tenant, "ben@field.test").await, Some(rival.id));
}

/// A user is found in its own pool only.
pub async fn pools_have_their_own_names(bench: &Bench) {
    let House { tenant, user, .. } = bench.house("meadow").await;
    let elsewhere = PoolId::random(fresh_bytes());
    assert_eq!(bench.ask(Need::UserByName(tenant.id, elsewhere, "ben".to_owned())).await, Answer::User(None));
    let mut stray = fixture::user(&tenant, "stray");
    stray.pool = elsewhere;
    assert_eq!(bench.conflict(create(&stray)).await, Conflict::Missing, "the pool is not there");
    assert_eq!(by_name(bench, &tenant, "ben").await, Some(user.id));
}

/// A name that its account gave up can be taken.
pub async fn a_released_name_is_free(bench: &Bench) {
    let House { tenant, user: ben, .. } = bench.house("meadow").await;
    let mut renamed = ben.clone();
    renamed.sign_in_names = fixture::user(&tenant, "benjamin").sign_in_names;
    let next = fixture::user(&tenant, "ben");
    let rename = DirectoryChange::UpdateUser { before: ben.clone(), after: renamed.clone() };
    bench.commit([rename.into(), create(&next)]).await;
    assert_eq!(by_name(bench, &tenant, "ben").await, Some(next.id));
    assert_eq!(by_name(bench, &tenant, "benjamin@meadow.test").await, Some(renamed.id));
    bench.commit([DirectoryChange::DeleteUser(next.tenant, next.pool, next.id).into()]).await;
    assert_eq!(by_name(bench, &tenant, "ben@meadow.test").await, None);
    bench.commit([create(&reader(&tenant, email("ben@meadow.test", false)))]).await;
}

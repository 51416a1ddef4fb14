//! What goes with what.

use doorward_core::change::{Change, DirectoryChange, GuessChange, KeyChange};
use doorward_core::facts::Answer;
use doorward_core::model::{ConsentGrant, Principal, RoleHolder, TenantKey};
use doorward_core::needs::{BudgetKey, Need};

use super::Bench;
use crate::fixture::{self, House, NOW, fresh_digest};
use crate::{DirectoryQuery, Paging};

/// A house with grants, consents and assignments for two users and two clients.
async fn busy(bench: &Bench) -> (House, House) {
    let first = bench.house("meadow").await;
    let (user, client) = (fixture::user(&first.tenant, "ada"), fixture::client(&first.tenant, "till"));
    bench
        .commit([
            Change::from(DirectoryChange::CreateUser(user.clone())),
            DirectoryChange::RegisterClient(client.clone()).into(),
        ])
        .await;
    let second = House { user, client, ..first.clone() };
    for house in [&first, &second] {
        let (mut changes, _) = house.signed_in();
        let for_all = ConsentGrant { principal: Principal::All, ..house.consent("notes.read") };
        changes.extend([
            Change::from(DirectoryChange::ExtendConsent(house.consent("notes.read"))),
            DirectoryChange::ExtendConsent(for_all).into(),
            DirectoryChange::AssignRole(house.assignment(RoleHolder::User(house.user.id))).into(),
            DirectoryChange::AssignRole(house.assignment(RoleHolder::App(house.client.app_id))).into(),
        ]);
        bench.commit(changes).await;
    }
    (first, second)
}

/// How many grants, consents and assignments there are.
async fn counts(bench: &Bench, house: &House) -> (usize, usize, usize) {
    let (tenant, page) = (house.tenant.id, Paging::first);
    let grants = DirectoryQuery::Grants { tenant, user: None, client: None, page: page() };
    let consents = DirectoryQuery::Consents { tenant, client: None, user: None, page: page() };
    let roles = DirectoryQuery::RoleAssignments { tenant, holder: None, resource: None, page: page() };
    (bench.all(grants).await.len(), bench.all(consents).await.len(), bench.all(roles).await.len())
}

/// Grants, consents and assignments of a user; what is given to everyone stays.
pub async fn removing_a_user_takes_what_is_theirs(bench: &Bench) {
    let (ben, ada) = busy(bench).await;
    assert_eq!(counts(bench, &ben).await, (2, 4, 4));
    bench.commit([DirectoryChange::DeleteUser(ben.tenant.id, ben.pool.id, ben.user.id).into()]).await;
    assert_eq!(counts(bench, &ben).await, (1, 3, 3));
    assert_eq!(bench.ask(Need::UserInTenant(ben.tenant.id, ben.user.id)).await, Answer::User(None));
    assert_ne!(bench.ask(Need::UserInTenant(ada.tenant.id, ada.user.id)).await, Answer::User(None));
}

/// Grants, consents and assignments of a client, for everyone too.
pub async fn removing_a_client_takes_what_is_its(bench: &Bench) {
    let (shop, till) = busy(bench).await;
    bench.commit([DirectoryChange::DeleteClient(shop.tenant.id, shop.client.app_id).into()]).await;
    assert_eq!(counts(bench, &shop).await, (1, 2, 3));
    assert_eq!(bench.client(&shop.client).await, None);
    assert_eq!(bench.client(&till.client).await, Some(till.client.clone()));
    bench.commit([DirectoryChange::RegisterClient(fixture::client(&shop.tenant, "shop")).into()]).await;
}

/// Consents and assignments; grants go on without their API.
pub async fn removing_an_api_takes_its_permissions(bench: &Bench) {
    let (house, _) = busy(bench).await;
    bench.commit([DirectoryChange::DeleteResource(house.tenant.id, house.resource.id).into()]).await;
    assert_eq!(counts(bench, &house).await, (2, 0, 0));
    let by_uri = Need::Resource(house.tenant.id, "api://notes".to_owned());
    assert_eq!(bench.ask(by_uri).await, Answer::Resource(None));
    bench.commit([DirectoryChange::RegisterResource(fixture::resource(&house.tenant, "notes")).into()]).await;
}

/// Everything but the audit log and the neighbours.
pub async fn removing_a_tenant_takes_all_it_holds(bench: &Bench) {
    let (house, _) = busy(bench).await;
    let neighbour = bench.house("forest").await;
    let tenant = house.tenant.id;
    let key = BudgetKey::Password(tenant, fresh_digest());
    let code = house.code();
    bench
        .commit([
            Change::from(KeyChange::Add(fixture::key(&house.tenant, "k"))),
            DirectoryChange::PutFlow(fixture::flow(&house.tenant, "f", &[])).into(),
            GuessChange::Charge { key: key.clone(), at: NOW, limit: 5, window_secs: 60 }.into(),
            doorward_core::change::GrantChange::IssueCode(code.clone()).into(),
            Change::Audit(fixture::audit(Some(tenant), "tenant.delete")),
            DirectoryChange::DeleteTenant(tenant).into(),
        ])
        .await;
    assert_eq!(counts(bench, &house).await, (0, 0, 0));
    for (need, absent) in [
        (Need::Tenant(TenantKey::new("meadow")), Answer::Tenant(None)),
        (Need::UserInTenant(tenant, house.user.id), Answer::User(None)),
        (Need::UserByName(tenant, house.pool.id, "ben".to_owned()), Answer::User(None)),
        (Need::ClientByApp(tenant, house.client.app_id), Answer::Client(None)),
        (Need::Resource(tenant, "notes".to_owned()), Answer::Resource(None)),
        (Need::Flows(tenant), Answer::Flows(Vec::new())),
        (Need::Keys(tenant), Answer::Keys(Vec::new())),
        (Need::Code(tenant, code.digest), Answer::Code(None)),
        (Need::Budget(key), Answer::Budget(0)),
    ] {
        assert_eq!(bench.ask(need.clone()).await, absent, "{need:?}");
    }
    let log = DirectoryQuery::Audit { tenant: Some(tenant), page: Paging::first() };
    assert_eq!(bench.all(log).await.len(), 1);
    assert!(bench.client(&neighbour.client).await.is_some());
    bench.house("meadow").await;
}

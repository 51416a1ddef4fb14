//! Preconditions of directory changes: what exists, what changed, which names are taken.

use doorward_core::change::{Conflict, DirectoryChange, KeyChange};
use doorward_core::model::{ClientId, KeyState, RoleHolder, TenantName};

use super::Bench;
use crate::fixture::{self, House, NOW};

/// An update from a stale reading changes nothing.
pub async fn an_update_compares_with_what_was_read(bench: &Bench) {
    let house = bench.house("meadow").await;
    let mut user = house.user.clone();
    user.display_name = "Changed".to_owned();
    bench
        .commit([DirectoryChange::UpdateUser { before: house.user.clone(), after: user.clone() }.into()])
        .await;
    let stale = DirectoryChange::UpdateUser { before: house.user.clone(), after: house.user.clone() };
    assert_eq!(bench.conflict(stale).await, Conflict::Changed);
    let mut other_id = user.clone();
    other_id.id = fixture::user(&house.tenant, "x").id;
    let rekeyed = DirectoryChange::UpdateUser { before: user, after: other_id };
    assert_eq!(bench.conflict(rekeyed).await, Conflict::Changed, "ids are for life");

    let mut client = house.client.clone();
    client.disabled = true;
    bench
        .commit([DirectoryChange::UpdateClient { before: house.client.clone(), after: client }.into()])
        .await;
    let stale = DirectoryChange::UpdateClient { before: house.client.clone(), after: house.client.clone() };
    assert_eq!(bench.conflict(stale).await, Conflict::Changed);

    let mut resource = house.resource.clone();
    resource.access_token_secs = 300;
    bench
        .commit([DirectoryChange::UpdateResource { before: house.resource.clone(), after: resource }.into()])
        .await;
    let stale =
        DirectoryChange::UpdateResource { before: house.resource.clone(), after: house.resource.clone() };
    assert_eq!(bench.conflict(stale).await, Conflict::Changed);

    let mut tenant = house.tenant.clone();
    tenant.user_consent = false;
    bench
        .commit([DirectoryChange::UpdateTenant { before: house.tenant.clone(), after: tenant }.into()])
        .await;
    let stale = DirectoryChange::UpdateTenant { before: house.tenant.clone(), after: house.tenant };
    assert_eq!(bench.conflict(stale).await, Conflict::Changed);
}

/// Changing or removing what is not there.
pub async fn what_is_gone_is_missing(bench: &Bench) {
    let there = bench.house("meadow").await;
    let gone = House::plan("forest");
    let user = fixture::user(&there.tenant, "nobody");
    let client = fixture::client(&there.tenant, "nothing");
    let resource = fixture::resource(&there.tenant, "nowhere");
    let flow = fixture::flow(&there.tenant, "never", &[]);
    for change in [
        DirectoryChange::UpdateTenant { before: gone.tenant.clone(), after: gone.tenant.clone() },
        DirectoryChange::DeleteTenant(gone.tenant.id),
        DirectoryChange::UpdateUser { before: user.clone(), after: user.clone() },
        DirectoryChange::DeleteUser(user.tenant, user.pool, user.id),
        DirectoryChange::DeleteUser(user.tenant, gone.pool.id, there.user.id),
        DirectoryChange::UpdateClient { before: client.clone(), after: client.clone() },
        DirectoryChange::DeleteClient(client.tenant, client.app_id),
        DirectoryChange::UpdateResource { before: resource.clone(), after: resource.clone() },
        DirectoryChange::DeleteResource(resource.tenant, resource.id),
        DirectoryChange::DeleteFlow(flow.tenant, flow.name),
    ] {
        assert_eq!(bench.conflict(change.clone()).await, Conflict::Missing, "{change:?}");
    }
    let remove = KeyChange::Remove { tenant: there.tenant.id, kid: fixture::key(&there.tenant, "k").kid };
    assert_eq!(bench.conflict(remove).await, Conflict::Missing);
    assert!(bench.client(&there.client).await.is_some());
}

/// Tenants by name and domain, applications by GUID, `client_id` and name.
pub async fn names_are_taken_once(bench: &Bench) {
    let house = bench.house("meadow").await;
    let (mut same_name, pool) = fixture::tenant("meadow");
    same_name.domain = "elsewhere.test".to_owned();
    let create = DirectoryChange::CreateTenant(same_name, pool);
    assert_eq!(bench.conflict(create).await, Conflict::NameTaken);
    let (mut same_domain, pool) = fixture::tenant("forest");
    same_domain.domain = "Meadow.TEST".to_owned();
    let create = DirectoryChange::CreateTenant(same_domain, pool);
    assert_eq!(bench.conflict(create).await, Conflict::NameTaken);
    let (mut crossed, pool) = fixture::tenant("wood");
    crossed.name = TenantName::parse("meadow.test").unwrap();
    let create = DirectoryChange::CreateTenant(crossed, pool);
    assert_eq!(bench.conflict(create).await, Conflict::NameTaken, "a name is no other tenant's domain");

    let fresh = || fixture::client(&house.tenant, "till");
    let mut client_id = fresh();
    client_id.client_id = house.client.client_id.clone();
    let mut app_id = fresh();
    app_id.app_id = house.client.app_id;
    app_id.client_id = ClientId::parse("till").unwrap();
    let mut name = fresh();
    name.name = " SHOP ".to_owned();
    for client in [client_id, app_id, name] {
        let register = DirectoryChange::RegisterClient(client.clone());
        assert_eq!(bench.conflict(register).await, Conflict::NameTaken, "{client:?}");
    }
    // A GUID chosen as another application's client_id would make two of them one in tokens.
    let mut chosen = fixture::client(&house.tenant, "till");
    chosen.client_id = ClientId::parse("till").unwrap();
    bench.commit([DirectoryChange::RegisterClient(chosen.clone()).into()]).await;
    let mut disguised = fixture::client(&house.tenant, "disguised");
    disguised.client_id = ClientId::parse(&chosen.app_id.to_string()).unwrap();
    assert_eq!(bench.conflict(DirectoryChange::RegisterClient(disguised)).await, Conflict::NameTaken);
}

/// New things need their tenant, and permissions their parties.
pub async fn nothing_is_put_into_what_is_not_there(bench: &Bench) {
    let gone = House::plan("forest");
    let house = bench.house("meadow").await;
    let (stranger, nothing) = (fixture::user(&house.tenant, "x"), fixture::client(&house.tenant, "x"));
    let mut for_stranger = house.consent("notes.read");
    for_stranger.principal = doorward_core::model::Principal::User(stranger.id);
    let mut by_nothing = house.consent("notes.read");
    by_nothing.client = nothing.app_id;
    for change in [
        DirectoryChange::CreateUser(gone.user.clone()),
        DirectoryChange::RegisterClient(gone.client.clone()),
        DirectoryChange::RegisterResource(gone.resource.clone()),
        DirectoryChange::PutFlow(fixture::flow(&gone.tenant, "f", &[])),
        DirectoryChange::ExtendConsent(for_stranger),
        DirectoryChange::ExtendConsent(by_nothing),
        DirectoryChange::AssignRole(house.assignment(RoleHolder::User(stranger.id))),
        DirectoryChange::AssignRole(house.assignment(RoleHolder::App(nothing.app_id))),
        DirectoryChange::CreateTenant(fixture::tenant("wood").0, house.pool.clone()),
    ] {
        assert_eq!(bench.conflict(change.clone()).await, Conflict::Missing, "{change:?}");
    }
    assert_eq!(bench.conflict(KeyChange::Add(fixture::key(&gone.tenant, "k"))).await, Conflict::Missing);
}

/// Ids, names and URIs of APIs, without case.
pub async fn api_identifiers_are_one_namespace(bench: &Bench) {
    let House { tenant, resource: notes, .. } = bench.house("meadow").await;
    let fresh = || fixture::resource(&tenant, "bills");
    let mut same_name = fresh();
    same_name.name = "Notes".to_owned();
    let mut same_uri = fresh();
    same_uri.identifier_uris.push("API://NOTES".to_owned());
    let mut uri_is_id = fresh();
    uri_is_id.identifier_uris.push(notes.id.to_string());
    let mut uri_is_name = fresh();
    uri_is_name.identifier_uris.push("notes".to_owned());
    let mut same_id = fresh();
    same_id.id = notes.id;
    for resource in [same_name, same_uri.clone(), uri_is_id, uri_is_name, same_id] {
        let register = DirectoryChange::RegisterResource(resource.clone());
        assert_eq!(bench.conflict(register).await, Conflict::NameTaken, "{resource:?}");
    }
    let bills = fresh();
    bench.commit([DirectoryChange::RegisterResource(bills.clone()).into()]).await;
    let mut greedy = bills.clone();
    greedy.identifier_uris = same_uri.identifier_uris;
    let update = DirectoryChange::UpdateResource { before: bills, after: greedy };
    assert_eq!(bench.conflict(update).await, Conflict::NameTaken);
}

/// Names and aliases of flows, without case; a flow may be put again.
pub async fn flows_share_no_segment(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let first = fixture::flow(&tenant, "B2C_1_susi", &["enter"]);
    bench
        .commit([DirectoryChange::PutFlow(first.clone()).into(), DirectoryChange::PutFlow(first).into()])
        .await;
    for (name, aliases) in [("ENTER", vec![]), ("other", vec!["Enter"]), ("other", vec!["b2c_1_SUSI"])] {
        let flow = fixture::flow(&tenant, name, &aliases);
        assert_eq!(
            bench.conflict(DirectoryChange::PutFlow(flow)).await,
            Conflict::NameTaken,
            "{name} {aliases:?}"
        );
    }
}

/// A key is added once and moves only from where it is.
pub async fn keys_move_from_the_state_they_are_in(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let key = fixture::key(&tenant, "k");
    bench.commit([KeyChange::Add(key.clone()).into()]).await;
    assert_eq!(bench.conflict(KeyChange::Add(key.clone())).await, Conflict::Exists);
    let step = |from, to| KeyChange::Move { tenant: tenant.id, kid: key.kid.clone(), from, to, at: NOW };
    assert_eq!(bench.conflict(step(KeyState::Active, KeyState::Retiring)).await, Conflict::Changed);
    bench.commit([step(KeyState::Upcoming, KeyState::Active).into()]).await;
    assert_eq!(bench.conflict(step(KeyState::Upcoming, KeyState::Active)).await, Conflict::Changed);
}

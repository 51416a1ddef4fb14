//! What is stored comes back equal, by every way that leads to it.

use doorward_core::change::{Change, DirectoryChange, GrantChange, KeyChange, SessionChange};
use doorward_core::facts::Answer;
use doorward_core::model::{
    AppId, ClientId, GrantId, KeyState, PoolId, Principal, Redemption, ResourceId, RoleHolder, TenantId,
    TenantKey, UserId,
};
use doorward_core::needs::{BudgetKey, Need};

use super::Bench;
use crate::fixture::{self, House, NOW, after, fresh_bytes, fresh_digest};

/// Absence is an answer to every need.
pub async fn an_empty_store_answers_with_absence(bench: &Bench) {
    let tenant = TenantId::random(fresh_bytes());
    let (app, user) = (AppId::random(fresh_bytes()), UserId::random(fresh_bytes()));
    let digest = fresh_digest();
    for (need, answer) in [
        (Need::Budget(BudgetKey::Password(tenant, digest)), Answer::Budget(0)),
        (Need::Challenge(tenant, digest), Answer::Challenge(None)),
        (Need::Client(tenant, ClientId::parse("x").unwrap()), Answer::Client(None)),
        (Need::ClientByApp(tenant, app), Answer::Client(None)),
        (Need::Code(tenant, digest), Answer::Code(None)),
        (Need::Consents(tenant, app, user), Answer::Consents(Vec::new())),
        (Need::Event("x".to_owned()), Answer::Event(None)),
        (Need::Revocations(tenant), Answer::Revocations(Vec::new())),
        (Need::Flow(tenant, "b2c_1_x".to_owned()), Answer::Flow(None)),
        (Need::Flows(tenant), Answer::Flows(Vec::new())),
        (Need::Grant(tenant, GrantId::random(fresh_bytes())), Answer::Grant(None)),
        (Need::Keys(tenant), Answer::Keys(Vec::new())),
        (Need::Resource(tenant, "api://notes".to_owned()), Answer::Resource(None)),
        (Need::ResourceById(tenant, ResourceId::random(fresh_bytes())), Answer::Resource(None)),
        (Need::RoleAssignments(tenant, RoleHolder::App(app)), Answer::RoleAssignments(Vec::new())),
        (Need::Session(digest), Answer::Session(None)),
        (Need::Tenant(TenantKey::new("nowhere")), Answer::Tenant(None)),
        (Need::Tenant(TenantKey::from(tenant)), Answer::Tenant(None)),
        (Need::TokenRevoked(tenant, "x".to_owned()), Answer::TokenRevoked(false)),
        (Need::User(tenant, PoolId::random(fresh_bytes()), user), Answer::User(None)),
        (Need::UserByName(tenant, PoolId::random(fresh_bytes()), "ben".to_owned()), Answer::User(None)),
        (Need::UserInTenant(tenant, user), Answer::User(None)),
    ] {
        assert_eq!(bench.ask(need.clone()).await, answer, "{need:?}");
    }
}

/// By id in any spelling, name and domain.
pub async fn a_tenant(bench: &Bench) {
    let house = bench.house("meadow").await;
    let id = house.tenant.id.to_string();
    for key in ["meadow", "MEADOW", "Meadow.Test", &id, &id.to_uppercase()] {
        let answer = bench.ask(Need::Tenant(TenantKey::new(key))).await;
        assert_eq!(answer, Answer::Tenant(Some(Box::new(house.tenant.clone()))), "{key}");
    }
    let mut after = house.tenant.clone();
    after.display_name = "Another meadow".to_owned();
    after.disabled = true;
    bench.commit([DirectoryChange::UpdateTenant { before: house.tenant, after: after.clone() }.into()]).await;
    assert_eq!(
        bench.ask(Need::Tenant(TenantKey::from(after.id))).await,
        Answer::Tenant(Some(Box::new(after)))
    );
}

/// By id with and without its pool, and never through another pool.
pub async fn a_user(bench: &Bench) {
    let House { user, .. } = bench.house("meadow").await;
    let found = |user| Answer::User(Some(Box::new(user)));
    assert_eq!(bench.ask(Need::User(user.tenant, user.pool, user.id)).await, found(user.clone()));
    assert_eq!(bench.ask(Need::UserInTenant(user.tenant, user.id)).await, found(user.clone()));
    let elsewhere = PoolId::random(fresh_bytes());
    assert_eq!(bench.ask(Need::User(user.tenant, elsewhere, user.id)).await, Answer::User(None));
    let mut after = user.clone();
    after.password = None;
    after.display_name = String::new();
    bench.commit([DirectoryChange::UpdateUser { before: user.clone(), after: after.clone() }.into()]).await;
    assert_eq!(bench.ask(Need::UserInTenant(user.tenant, user.id)).await, found(after));
}

/// By GUID and by `client_id`, whose case counts.
pub async fn a_client(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let mut client = fixture::client(&tenant, "till");
    client.client_id = ClientId::parse("Till-1").unwrap();
    bench.commit([DirectoryChange::RegisterClient(client.clone()).into()]).await;
    let found = Answer::Client(Some(Box::new(client.clone())));
    assert_eq!(bench.ask(Need::ClientByApp(tenant.id, client.app_id)).await, found);
    assert_eq!(bench.ask(Need::Client(tenant.id, client.client_id.clone())).await, found);
    let other_case = Need::Client(tenant.id, ClientId::parse("till-1").unwrap());
    assert_eq!(bench.ask(other_case).await, Answer::Client(None));
    let mut after = client.clone();
    after.client_id = ClientId::parse("till-2").unwrap();
    bench
        .commit([DirectoryChange::UpdateClient { before: client.clone(), after: after.clone() }.into()])
        .await;
    assert_eq!(bench.ask(Need::Client(tenant.id, client.client_id)).await, Answer::Client(None));
    let found = Answer::Client(Some(Box::new(after.clone())));
    assert_eq!(bench.ask(Need::Client(tenant.id, after.client_id)).await, found);
}

/// By id, short name and identifier URI, lower case.
pub async fn a_resource(bench: &Bench) {
    let House { tenant, resource, .. } = bench.house("meadow").await;
    let mut after = resource.clone();
    after.identifier_uris = vec!["api://Notes".to_owned(), "https://notes.test/API".to_owned()];
    bench.commit([DirectoryChange::UpdateResource { before: resource, after: after.clone() }.into()]).await;
    let found = Answer::Resource(Some(Box::new(after.clone())));
    assert_eq!(bench.ask(Need::ResourceById(tenant.id, after.id)).await, found);
    for identifier in ["api://notes", "https://notes.test/api", "notes", &after.id.to_string()] {
        assert_eq!(bench.ask(Need::Resource(tenant.id, identifier.to_owned())).await, found, "{identifier}");
    }
    let mut fewer = after.clone();
    fewer.identifier_uris.pop();
    bench.commit([DirectoryChange::UpdateResource { before: after, after: fewer }.into()]).await;
    let dropped = Need::Resource(tenant.id, "https://notes.test/api".to_owned());
    assert_eq!(bench.ask(dropped).await, Answer::Resource(None));
}

/// By name and alias, lower case; all of a tenant together.
pub async fn a_flow(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let flow = fixture::flow(&tenant, "B2C_1_susi", &["Sign-In"]);
    bench.commit([DirectoryChange::PutFlow(flow.clone()).into()]).await;
    for segment in ["b2c_1_susi", "sign-in"] {
        let found = Answer::Flow(Some(Box::new(flow.clone())));
        assert_eq!(bench.ask(Need::Flow(tenant.id, segment.to_owned())).await, found, "{segment}");
    }
    let changed = fixture::flow(&tenant, "B2C_1_susi", &["enter"]);
    bench.commit([DirectoryChange::PutFlow(changed.clone()).into()]).await;
    assert_eq!(bench.ask(Need::Flow(tenant.id, "sign-in".to_owned())).await, Answer::Flow(None));
    assert_eq!(bench.ask(Need::Flows(tenant.id)).await, Answer::Flows(vec![changed.clone()]));
    bench.commit([DirectoryChange::DeleteFlow(tenant.id, changed.name).into()]).await;
    assert_eq!(bench.ask(Need::Flow(tenant.id, "enter".to_owned())).await, Answer::Flow(None));
}

/// Consents and role assignments.
pub async fn permissions(bench: &Bench) {
    let house = bench.house("meadow").await;
    let (tenant, client, user) = (house.tenant.id, house.client.app_id, house.user.id);
    let own = house.consent("notes.read");
    let mut for_all = house.consent("notes.write");
    for_all.principal = Principal::All;
    for_all.granted_by = None;
    let role_of_user = house.assignment(RoleHolder::User(user));
    let role_of_app = house.assignment(RoleHolder::App(client));
    bench
        .commit([
            DirectoryChange::ExtendConsent(own.clone()).into(),
            DirectoryChange::ExtendConsent(for_all.clone()).into(),
            DirectoryChange::AssignRole(role_of_user.clone()).into(),
            DirectoryChange::AssignRole(role_of_app.clone()).into(),
        ])
        .await;
    let Answer::Consents(rows) = bench.ask(Need::Consents(tenant, client, user)).await else {
        panic!("wrong kind")
    };
    assert_eq!(rows.len(), 2);
    assert!(rows.contains(&own) && rows.contains(&for_all), "{rows:?}");
    let stranger = UserId::random(fresh_bytes());
    assert_eq!(bench.ask(Need::Consents(tenant, client, stranger)).await, Answer::Consents(vec![for_all]));
    for row in [role_of_user, role_of_app] {
        let need = Need::RoleAssignments(tenant, row.holder);
        assert_eq!(bench.ask(need).await, Answer::RoleAssignments(vec![row]));
    }
}

/// Keys come back in the order of their making, and move.
pub async fn signing_keys(bench: &Bench) {
    let House { tenant, .. } = bench.house("meadow").await;
    let (mut first, mut second) = (fixture::key(&tenant, "b"), fixture::key(&tenant, "a"));
    second.created_at = after(10);
    bench.commit([KeyChange::Add(second.clone()).into(), KeyChange::Add(first.clone()).into()]).await;
    let all = vec![first.clone(), second.clone()];
    assert_eq!(bench.ask(Need::Keys(tenant.id)).await, Answer::Keys(all));
    let step = KeyChange::Move {
        tenant: tenant.id,
        kid: first.kid.clone(),
        from: KeyState::Upcoming,
        to: KeyState::Active,
        at: after(20),
    };
    bench.commit([step.into(), KeyChange::Remove { tenant: tenant.id, kid: second.kid }.into()]).await;
    (first.state, first.state_since) = (KeyState::Active, after(20));
    assert_eq!(bench.ask(Need::Keys(tenant.id)).await, Answer::Keys(vec![first]));
}

/// A code, its redemption, and the grant with and without a family.
pub async fn codes_and_grants(bench: &Bench) {
    let house = bench.house("meadow").await;
    for with_family in [true, false] {
        let mut code = house.code();
        let mut grant = house.grant(&code);
        if !with_family {
            grant.refresh = None;
        }
        let (tenant, digest) = (code.tenant, code.digest);
        bench.commit([GrantChange::IssueCode(code.clone()).into()]).await;
        assert_eq!(bench.ask(Need::Code(tenant, digest)).await, Answer::Code(Some(Box::new(code.clone()))));
        bench.commit([GrantChange::RedeemCode { tenant, digest, grant: grant.clone() }.into()]).await;
        code.redeemed = Some(Redemption { at: grant.started_at });
        assert_eq!(bench.ask(Need::Code(tenant, digest)).await, Answer::Code(Some(Box::new(code))));
        let found = Answer::Grant(Some(Box::new(grant.clone())));
        assert_eq!(bench.ask(Need::Grant(tenant, grant.id)).await, found);
    }
    let revoke = GrantChange::RevokeToken {
        tenant: house.tenant.id,
        jti: "a.1".to_owned(),
        until: doorward_core::model::Expiry::at(after(60)),
    };
    bench.commit([revoke.into()]).await;
    let listed = Need::TokenRevoked(house.tenant.id, "a.1".to_owned());
    assert_eq!(bench.ask(listed).await, Answer::TokenRevoked(true));
}

/// A browser session.
pub async fn sessions(bench: &Bench) {
    let House { user, .. } = bench.house("meadow").await;
    let session = fixture::session(&user);
    bench.commit([SessionChange::Put { session: session.clone(), replaces: None }.into()]).await;
    let found = Answer::Session(Some(Box::new(session.clone())));
    assert_eq!(bench.ask(Need::Session(session.digest)).await, found);
}

/// The first record of a name stays.
pub async fn records(bench: &Bench) {
    assert_eq!(bench.store.record("profile").await.unwrap(), None);
    assert_eq!(
        bench.store.put_record_once("profile", b"development".to_vec()).await.unwrap(),
        b"development"
    );
    assert_eq!(bench.store.put_record_once("profile", b"production".to_vec()).await.unwrap(), b"development");
    assert_eq!(bench.store.put_record_once("empty", Vec::new()).await.unwrap(), b"");
    assert_eq!(bench.store.record("profile").await.unwrap().as_deref(), Some(&b"development"[..]));
    assert_eq!(bench.store.record("empty").await.unwrap().as_deref(), Some(&b""[..]));
}

/// A working store says so, and names the version of its configuration.
pub async fn health_is_told(bench: &Bench) {
    let before = bench.store.health().await.unwrap();
    assert!(before.schema >= 1 && before.writes_refused.is_none(), "{before:?}");
    bench.house("meadow").await;
    let entry = fixture::audit(None, "law.run");
    assert_eq!(entry.at, NOW);
    bench.commit([Change::Audit(entry)]).await;
    assert!(bench.store.health().await.unwrap().config_version > before.config_version);
}

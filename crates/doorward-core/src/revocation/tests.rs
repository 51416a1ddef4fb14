use std::time::Duration;

use doorward_token::revocation::{Absent, Ended, written};

use super::{feed, lines, needs};
use crate::change::{Change, DirectoryChange, GrantChange, SessionChange};
use crate::claims::subject;
use crate::facts::Facts;
use crate::model::{
    AppId, ConsentGrant, Digest, Expiry, GrantId, KeyId, Principal, Revocation, Revoked, RoleAssignment,
    RoleHolder, ScopeSet, ScopeToken, SubjectType,
};
use crate::port::Vault as _;
use crate::profile::SubjectRule;
use crate::test_world::{FakeVault, WEB, World, with};

fn keys(world: &World, changes: &[Change]) -> Vec<String> {
    lines(changes, world.now).iter().map(|line| line.what.key()).collect()
}

fn scopes(names: &str) -> ScopeSet {
    ScopeSet::parse(names).unwrap()
}

/// Every event that ends something, with the line that it must write.
fn events(world: &mut World) -> Vec<(&'static str, Change, Revoked)> {
    let (tenant, now, ben) = (world.tenant.clone(), world.now, world.ben);
    let user = world.user(ben).clone();
    let client = world.client(WEB).clone();
    let notes = world.api("notes").clone();
    let grant = GrantId::random([7; 16]);
    let next = now + Duration::from_secs(1);
    let consent =
        |principal, scopes| Revoked::Consent { client: client.app_id, resource: notes.id, principal, scopes };
    let role = notes.roles[0].clone();
    let row = RoleAssignment {
        tenant: tenant.id,
        holder: RoleHolder::App(client.app_id),
        resource: notes.id,
        role: role.id,
        assigned_at: now,
    };
    let client_ended = || Revoked::Client { app: client.app_id, client_id: client.client_id.clone() };
    let update_user = |after| Change::from(DirectoryChange::UpdateUser { before: user.clone(), after });
    let update_client = |after| Change::from(DirectoryChange::UpdateClient { before: client.clone(), after });
    let update_api = |after| Change::from(DirectoryChange::UpdateResource { before: notes.clone(), after });
    let withdrawn = |principal, scopes| {
        let (tenant, client, resource) = (tenant.id, client.app_id, notes.id);
        Change::from(DirectoryChange::WithdrawConsent { tenant, client, resource, principal, scopes })
    };
    let without =
        |scope: &str| with(notes.clone(), |api| api.scopes.retain(|known| known.value.as_str() != scope));
    let permissions = |names: &str, roles: Vec<String>| Revoked::Permissions {
        resource: notes.id,
        scopes: if names.is_empty() { ScopeSet::default() } else { scopes(names) },
        roles,
    };
    vec![
        (
            "grant revoked, code replayed, refresh token reused",
            GrantChange::RevokeGrant { tenant: tenant.id, grant, at: now }.into(),
            Revoked::Grant(grant),
        ),
        (
            "access token revoked",
            GrantChange::RevokeToken { tenant: tenant.id, jti: "j".to_owned(), until: Expiry::at(next) }
                .into(),
            Revoked::Token("j".to_owned()),
        ),
        (
            "user disabled",
            update_user(with(user.clone(), |user| (user.disabled, user.epoch) = (true, next))),
            Revoked::User(ben),
        ),
        (
            "password changed, signed out everywhere",
            update_user(with(user.clone(), |user| user.epoch = next)),
            Revoked::User(ben),
        ),
        ("user deleted", DirectoryChange::DeleteUser(tenant.id, user.pool, ben).into(), Revoked::User(ben)),
        (
            "application disabled",
            update_client(with(client.clone(), |client| (client.disabled, client.epoch) = (true, next))),
            client_ended(),
        ),
        (
            "secret withdrawn with its grants",
            update_client(with(client.clone(), |client| client.epoch = next)),
            client_ended(),
        ),
        (
            "application deleted",
            DirectoryChange::DeleteClient(tenant.id, client.app_id).into(),
            client_ended(),
        ),
        (
            "tenant disabled",
            DirectoryChange::UpdateTenant {
                before: tenant.clone(),
                after: with(tenant.clone(), |tenant| tenant.disabled = true),
            }
            .into(),
            Revoked::Tenant,
        ),
        ("API disabled", update_api(with(notes.clone(), |api| api.disabled = true)), Revoked::Api(notes.id)),
        ("API deleted", DirectoryChange::DeleteResource(tenant.id, notes.id).into(), Revoked::Api(notes.id)),
        ("scope removed", update_api(without("notes.read")), permissions("notes.read", Vec::new())),
        (
            "scope switched off",
            update_api(with(notes.clone(), |api| api.scopes[0].enabled = false)),
            permissions(notes.scopes[0].value.as_str(), Vec::new()),
        ),
        (
            "role removed",
            update_api(with(notes.clone(), |api| {
                api.roles.remove(0);
            })),
            permissions("", vec![role.value.clone()]),
        ),
        (
            "consent of a person withdrawn in part",
            withdrawn(Principal::User(ben), Some(scopes("notes.read"))),
            consent(Principal::User(ben), Some(scopes("notes.read"))),
        ),
        ("consent for all withdrawn", withdrawn(Principal::All, None), consent(Principal::All, None)),
        (
            "app role unassigned",
            DirectoryChange::UnassignRole(row).into(),
            Revoked::Role { holder: RoleHolder::App(client.app_id), resource: notes.id, role: role.id },
        ),
    ]
}

#[test]
fn whatever_ends_something_says_so_in_the_same_commit() {
    let mut world = World::new();
    for (event, change, must_end) in events(&mut world) {
        let written = lines(std::slice::from_ref(&change), world.now);
        let [line] = written.as_slice() else { panic!("{event}: {written:?}") };
        let is_of_a_deleted_client = event == "application deleted";
        if is_of_a_deleted_client {
            assert_eq!(line.what.key(), must_end.key(), "{event}");
        } else {
            assert_eq!(line.what, must_end, "{event}");
        }
        assert_eq!((line.tenant, line.at), (world.tenant.id, world.now), "{event}");
        assert!(!line.until.has_passed(world.now), "{event}");
    }
}

#[test]
fn what_ends_nothing_says_nothing() {
    let mut world = World::new();
    let (tenant, ben) = (world.tenant.id, world.ben);
    let user = world.user(ben).clone();
    let renamed = with(user.clone(), |user| user.display_name = "Other".to_owned());
    let enabled = with(user.clone(), |user| user.disabled = true);
    let client = world.client(WEB).clone();
    let notes = world.api("notes").clone();
    let consent = ConsentGrant {
        tenant,
        client: client.app_id,
        resource: notes.id,
        principal: Principal::All,
        scopes: scopes("notes.read"),
        granted_by: None,
        granted_at: world.now,
    };
    let more = with(notes.clone(), |api| {
        let mut scope = api.scopes[0].clone();
        scope.value = ScopeToken::parse("notes.archive").unwrap();
        api.scopes.push(scope);
    });
    for change in [
        DirectoryChange::UpdateUser { before: user.clone(), after: user.clone() }.into(),
        DirectoryChange::UpdateUser { before: user.clone(), after: renamed }.into(),
        DirectoryChange::UpdateUser { before: enabled, after: user.clone() }.into(),
        DirectoryChange::UpdateClient { before: client.clone(), after: client }.into(),
        DirectoryChange::UpdateResource { before: notes, after: more }.into(),
        DirectoryChange::ExtendConsent(consent).into(),
        Change::from(SessionChange::End { digest: Digest::new([0; 32]) }),
    ] {
        assert_eq!(keys(&world, std::slice::from_ref(&change)), Vec::<String>::new(), "{change:?}");
    }
}

#[test]
fn a_line_that_a_rule_wrote_itself_is_not_written_twice() {
    let mut world = World::new();
    let client = world.client(WEB).clone();
    let what = Revoked::Client { app: client.app_id, client_id: client.client_id.clone() };
    let changes = [
        DirectoryChange::DeleteClient(client.tenant, client.app_id).into(),
        Change::from(Revocation::new(client.tenant, what, world.now)),
    ];
    assert_eq!(keys(&world, &changes), Vec::<String>::new());
    let twice =
        GrantChange::RevokeGrant { tenant: client.tenant, grant: GrantId::random([7; 16]), at: world.now };
    assert_eq!(keys(&world, &[twice.clone().into(), twice.into()]).len(), 1);
}

fn digest(name: &str) -> String {
    written(FakeVault.digest(name.as_bytes()).as_bytes())
}

fn read(world: &World) -> super::FeedLines {
    let facts: Facts = world.facts(|facts| needs(world.tenant.id, facts));
    let sectors = ["web.test".to_owned()];
    feed(world.tenant.id, &facts, &sectors, (&FakeVault, world.now))
}

#[test]
fn every_event_has_a_name_in_the_feed_that_a_token_can_be_looked_up_by() {
    let mut world = World::new();
    let notes = world.api("notes").clone();
    let (id, ben) = (notes.id.to_string(), world.ben.to_string());
    let role = notes.roles[0].value.clone();
    let (api, uri) = (id.as_str(), notes.identifier_uris.first().cloned());
    let scope = |user, scope| Absent::Scope { client: WEB, api, user, scope }.name();
    let all = events(&mut world);
    let expected = [
        Ended::Grant(&GrantId::random([7; 16]).to_string()).name(),
        Ended::Token("j").name(),
        Ended::User(&ben).name(),
        Ended::User(&ben).name(),
        Ended::User(&ben).name(),
        Ended::Client(WEB).name(),
        Ended::Client(WEB).name(),
        Ended::Client(&world.client(WEB).app_id.to_string()).name(),
        Ended::Tenant.name(),
        Ended::Api(api).name(),
        Ended::Api(api).name(),
        Absent::ApiScope { api, scope: "notes.read" }.name(),
        Absent::ApiScope { api, scope: notes.scopes[0].value.as_str() }.name(),
        Absent::ApiRole { api, role: &role }.name(),
        scope(Some(ben.as_str()), Some("notes.read")),
        scope(None, None),
        Absent::Role { holder: WEB, api, role: &role }.name(),
    ];
    assert_eq!(all.len(), expected.len());
    for ((event, change, _), name) in all.into_iter().zip(expected) {
        world.revocations = lines(&[change], world.now);
        let lines = read(&world);
        let said = lines.before.get(&digest(&name)).or_else(|| lines.ended.get(&digest(&name)));
        assert!(said.is_some(), "{event}: {lines:?}");
        assert!(said.is_some_and(|at| *at >= world.now.seconds()), "{event}");
    }
    assert!(uri.is_none_or(|uri| notes.audiences().contains(&uri)));
}

#[test]
fn a_person_is_named_by_id_and_by_the_subject_of_every_sector() {
    let mut world = World::new();
    let (tenant, ben, notes) = (world.tenant.id, world.ben, world.api("notes").id);
    let sub = subject(SubjectRule::Pairwise, tenant, ben, "web.test", &FakeVault);
    world.revocations = vec![Revocation::new(tenant, Revoked::User(ben), world.now)];
    for name in [ben.to_string(), sub.clone()] {
        assert!(read(&world).before.contains_key(&digest(&Ended::User(&name).name())), "{name}");
    }
    let client = world.client(WEB);
    client.metadata.subject_type = Some(SubjectType::Pairwise);
    let (app, sub) =
        (client.app_id, subject(SubjectRule::Pairwise, tenant, ben, &client.sector(), &FakeVault));
    let what =
        Revoked::Consent { client: app, resource: notes, principal: Principal::User(ben), scopes: None };
    world.revocations = vec![Revocation::new(tenant, what, world.now)];
    let api = notes.to_string();
    let name = Absent::Scope { client: WEB, api: &api, user: Some(&sub), scope: None }.name();
    assert!(read(&world).before.contains_key(&digest(&name)));
}

#[test]
fn a_line_leaves_the_feed_when_its_last_token_has_ended() {
    let mut world = World::new();
    let key = Revoked::Key(KeyId::new("k"));
    world.revocations = vec![Revocation::new(world.tenant.id, key, world.now)];
    assert_eq!(read(&world).ended.len(), 1);
    world.pass(Revocation::KEPT.as_secs() - 1);
    assert_eq!(read(&world).ended.len(), 1);
    world.pass(1);
    assert_eq!(read(&world), super::FeedLines::default());
}

#[test]
fn an_application_that_is_gone_is_named_by_its_id() {
    let mut world = World::new();
    let (app, api) = (AppId::random([99; 16]), world.api("notes").id);
    let what = Revoked::Consent { client: app, resource: api, principal: Principal::All, scopes: None };
    world.revocations = vec![Revocation::new(world.tenant.id, what, world.now)];
    let name =
        Absent::Scope { client: &app.to_string(), api: &api.to_string(), user: None, scope: None }.name();
    assert!(read(&world).before.contains_key(&digest(&name)));
}

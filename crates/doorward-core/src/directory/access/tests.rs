use std::collections::BTreeSet;

use super::*;
use crate::change::Change;
use crate::directory::fixture::{self, Bench};
use crate::directory::{
    ADMIN_API, ApiChange, ApiSpec, AppChange, CLI_APP, FlowSpec, Grantee, Holder, NewApi, NewApp,
    NewRedirect, NewTenant, NewUser, Others, PasswordHash, PermissionRef, RoleSpec, RotationTiming,
    ScopeSpec, SecretTerms, TenantChange, UserChange, admin_api, cli_app,
};
use crate::model::{
    ClientKind, ConsentStyle, FlowKind, KeyState, RoleMembers, SigningAlgorithm, TenantKey, TenantKind,
};
use crate::refusal::Reason;

fn meadow() -> TenantKey {
    TenantKey::new("meadow")
}

fn user(command: UserCommand) -> Command {
    Command::User(meadow(), command)
}

fn app(command: AppCommand) -> Command {
    Command::App(meadow(), command)
}

fn api(command: ApiCommand) -> Command {
    Command::Api(meadow(), command)
}

fn permission(text: &str) -> PermissionRef {
    PermissionRef::parse(text).unwrap()
}

/// Accounts, grants and a flow on which every command below has something to do.
fn bench() -> Bench {
    let mut bench = Bench::new();
    bench.users.push(fixture::user("eve"));
    bench.users[2].roles.push(DirectoryRole::Administrator);
    bench.clients.push(cli_app(bench.tenant.id, fixture::NOW));
    bench.resources.push(admin_api(bench.tenant.id));
    bench
}

/// One of each.
fn every_command() -> Vec<Command> {
    let ben = || "ben.fern".to_owned();
    let shop = || "shop".to_owned();
    let client = fixture::web("shop").client_id.to_string();
    let id = || client.clone();
    let notes = || "notes".to_owned();
    let scope = |value: &str| ScopeSpec {
        value: value.to_owned(),
        title: String::new(),
        description: String::new(),
        admin_only: false,
    };
    let role = |value: &str| RoleSpec {
        value: value.to_owned(),
        description: String::new(),
        members: RoleMembers::Both,
    };
    let tenant = crate::model::TenantId::random([9; 16]);
    let key = |tenant| fixture::key(tenant, SigningAlgorithm::Rs256, "k9", KeyState::Upcoming);
    let new_user = NewUser {
        name: "dee".to_owned(),
        emails: Vec::new(),
        display_name: None,
        given_name: None,
        family_name: None,
        local_id: None,
        password: None,
        roles: Vec::new(),
    };
    let password = PasswordHash::parse("$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA").unwrap();
    vec![
        Command::Tenant(TenantCommand::Create(Box::new(NewTenant {
            id: tenant,
            name: "orchard".to_owned(),
            domain: None,
            display_name: None,
            kind: TenantKind::Work,
            keys: vec![key(tenant)],
        }))),
        Command::Tenant(TenantCommand::Show(meadow())),
        Command::Tenant(TenantCommand::Update(
            meadow(),
            TenantChange { display_name: Some("M".to_owned()), ..TenantChange::default() },
        )),
        Command::Tenant(TenantCommand::Delete(meadow(), None)),
        user(UserCommand::Add(Box::new(new_user))),
        user(UserCommand::AddName { user: ben(), name: "benny".to_owned() }),
        user(UserCommand::AddRole { user: ben(), role: DirectoryRole::Auditor }),
        user(UserCommand::Disable { user: ben(), others: Others::default() }),
        user(UserCommand::Enable { user: ben() }),
        user(UserCommand::Remove { user: ben(), others: Others::default() }),
        user(UserCommand::RemoveName { user: ben(), name: "ben.fern".to_owned() }),
        user(UserCommand::RemoveRole {
            user: "eve".to_owned(),
            role: DirectoryRole::Administrator,
            others: Others { administrator: Some(fixture::user("ada").id), owner: None },
        }),
        user(UserCommand::ResetFactors { user: ben() }),
        user(UserCommand::SetPassword { user: ben(), password }),
        user(UserCommand::Show { user: ben() }),
        user(UserCommand::SignOut { user: ben() }),
        user(UserCommand::Unlock { user: ben() }),
        user(UserCommand::Update {
            user: ben(),
            change: UserChange { given_name: Some("Ben".to_owned()), ..UserChange::default() },
        }),
        app(AppCommand::Add(Box::new(NewApp::new("kiosk", ClientKind::Native)))),
        app(AppCommand::AddPostLogout { app: id(), uri: "https://shop.test/bye".to_owned() }),
        app(AppCommand::AddRedirect {
            app: id(),
            redirect: NewRedirect { uri: "https://shop.test/cb2".to_owned(), platform: None },
        }),
        app(AppCommand::AddSecret { app: id(), terms: SecretTerms::default() }),
        app(AppCommand::Disable { app: id() }),
        app(AppCommand::Enable { app: id() }),
        app(AppCommand::Remove { app: id() }),
        app(AppCommand::RemovePostLogout { app: id(), uri: "https://shop.test/none".to_owned() }),
        app(AppCommand::RemoveRedirect { app: id(), uri: "https://shop.test/cb".to_owned() }),
        app(AppCommand::RemoveSecret { app: id(), secret: "none".to_owned(), revoke_grants: false }),
        app(AppCommand::Require { app: id(), permissions: vec![permission("notes:notes.read")] }),
        app(AppCommand::Show { app: id() }),
        app(AppCommand::Unrequire { app: id(), permissions: vec![permission("notes:notes.read")] }),
        app(AppCommand::Update {
            app: id(),
            change: AppChange { name: Some(format!("{}2", shop())), ..AppChange::default() },
        }),
        api(ApiCommand::AddRole { api: notes(), role: role("Notes.Write.All") }),
        api(ApiCommand::AddScope { api: notes(), scope: scope("notes.new") }),
        api(ApiCommand::Declare(Box::new(NewApi {
            name: "files".to_owned(),
            id: None,
            scopes: Vec::new(),
            roles: Vec::new(),
            settings: ApiChange::default(),
        }))),
        api(ApiCommand::Import {
            spec: Box::new(ApiSpec {
                name: notes(),
                title: "All notes".to_owned(),
                identifier_uris: Vec::new(),
                scopes: vec![scope("notes.read")],
                roles: Vec::new(),
            }),
            settings: ApiChange::default(),
            granted: Vec::new(),
        }),
        api(ApiCommand::Remove { api: notes(), used_by: Vec::new() }),
        api(ApiCommand::RemoveRole { api: notes(), role: "Notes.Read.All".to_owned(), used_by: Vec::new() }),
        api(ApiCommand::RemoveScope { api: notes(), scope: "notes.read".to_owned(), used_by: Vec::new() }),
        api(ApiCommand::Show { api: notes() }),
        api(ApiCommand::Update {
            api: notes(),
            change: ApiChange { title: Some("N".to_owned()), ..ApiChange::default() },
        }),
        Command::Grant(
            meadow(),
            GrantCommand::Add { app: id(), permission: permission("notes:notes.read"), to: Grantee::All },
        ),
        Command::Grant(
            meadow(),
            GrantCommand::Remove { app: id(), permission: permission("notes:notes.read"), to: Grantee::All },
        ),
        Command::Grant(
            meadow(),
            GrantCommand::AssignRole {
                holder: Holder::App(id()),
                permission: permission("notes:Notes.Read.All"),
            },
        ),
        Command::Grant(
            meadow(),
            GrantCommand::UnassignRole {
                holder: Holder::App(id()),
                permission: permission("notes:Notes.Read.All"),
            },
        ),
        Command::Flow(meadow(), FlowCommand::List),
        Command::Flow(meadow(), FlowCommand::Show { flow: "welcome".to_owned() }),
        Command::Flow(
            meadow(),
            FlowCommand::Put(FlowSpec {
                name: "welcome".to_owned(),
                kind: FlowKind::SignIn,
                identity: crate::model::FlowIdentity::UserName,
                consent: ConsentStyle::AdminOnly,
                claims: Vec::new(),
                aliases: Vec::new(),
            }),
        ),
        Command::Flow(meadow(), FlowCommand::Remove { flow: "welcome".to_owned() }),
        Command::Key(meadow(), KeyCommand::List),
        Command::Key(
            meadow(),
            KeyCommand::Rotate {
                algorithm: SigningAlgorithm::Rs256,
                new: Some(Box::new(key(fixture::tenant().id))),
                timing: RotationTiming::Published,
            },
        ),
    ]
}

/// Ada of meadow, with these roles.
fn person(roles: &[DirectoryRole]) -> Caller {
    Caller {
        actor: Actor::User(fixture::tenant().id, fixture::user("ada").id),
        roles: roles.to_vec(),
        credential: Some("token t1 of doorward-cli".to_owned()),
    }
}

fn is_refused_for_the_role(result: &Result<crate::directory::Decision, crate::refusal::Refusal>) -> bool {
    matches!(
        result,
        Err(refusal) if matches!(refusal.reason, Reason::Directory(DirectoryRefusal::RoleNeeded { .. }))
    )
}

#[test]
fn every_act_of_a_command_has_a_sample() {
    let seen: BTreeSet<&str> = every_command().iter().map(|command| command.act().name()).collect();
    let readings = [
        "whoami",
        "tenant.list",
        "user.grant.read",
        "grant.read",
        "audit.read",
        "audit.read_all",
        "trace.read",
        "mail.read",
    ];
    let elsewhere: BTreeSet<&str> = readings
        .into_iter()
        .chain(["user.grant.end", "user.invite", "mail.test", "mail.retry", "mail.drop"])
        .collect();
    let missing: Vec<&str> = Act::ALL
        .iter()
        .map(|act| act.name())
        .filter(|name| !seen.contains(name) && !elsewhere.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_the_table_says_is_what_every_command_does() {
    for role in DirectoryRole::ALL {
        for command in every_command() {
            let mut bench = bench();
            bench.caller = person(&[role]);
            let act = command.act();
            let result = bench.decide(&command);
            let makes_a_tenant = act == Act::TenantCreate && role != DirectoryRole::Owner;
            let is_allowed = act.is_allowed(role) && !makes_a_tenant;
            // Eve is an administrator: a role below hers does not touch her.
            assert_eq!(
                !is_refused_for_the_role(&result),
                is_allowed,
                "{} as {}: {:?}",
                act.name(),
                role.word(),
                result.as_ref().err().map(ToString::to_string)
            );
        }
    }
}

#[test]
fn nobody_without_a_role_does_anything_and_the_operator_does_everything() {
    for act in Act::ALL {
        for tenant in [None, Some(fixture::tenant().id)] {
            assert!(!person(&[]).may(*act, tenant), "{}", act.name());
            assert!(Caller::operator().may(*act, tenant), "{}", act.name());
        }
        assert!(act.is_allowed(DirectoryRole::Owner), "{}", act.name());
    }
}

#[test]
fn auditors_change_nothing() {
    let readings = ["whoami", "read", "read_all", "list", "show"];
    for act in Act::ALL {
        let last = act.name().rsplit('.').next().unwrap();
        for auditor in [DirectoryRole::Auditor, DirectoryRole::InstallationAuditor] {
            assert!(!act.is_allowed(auditor) || readings.contains(&last), "{}", act.name());
        }
        let installation = act.is_allowed(DirectoryRole::InstallationAuditor);
        assert_eq!(installation, readings.contains(&last), "{}", act.name());
    }
}

#[test]
fn a_role_of_one_tenant_ends_at_its_border() {
    let foreign = Some(crate::model::TenantId::random([7; 16]));
    for act in Act::ALL.iter().filter(|act| !matches!(act, Act::TenantList | Act::Whoami)) {
        for role in DirectoryRole::ALL {
            let reaches = role.reach() == RoleReach::Installation && act.is_allowed(role);
            assert_eq!(person(&[role]).may(*act, foreign), reaches, "{} as {}", act.name(), role.word());
        }
    }
    let refusal = person(&[DirectoryRole::Administrator]).allow(Act::UserRead, foreign).unwrap_err();
    assert!(refusal.to_string().contains("user.read of that tenant"), "{refusal}");
    assert_eq!(refusal.status(), 403);
}

#[test]
fn a_refusal_names_the_roles_that_would_do() {
    let refusal =
        person(&[DirectoryRole::Auditor]).allow(Act::KeyRotate, Some(fixture::tenant().id)).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "keys.rotate needs one of the roles key-custodian, administrator, owner; yours: auditor"
    );
}

#[test]
fn what_reaches_everywhere_comes_from_an_owner() {
    for role in [DirectoryRole::Owner, DirectoryRole::InstallationAuditor] {
        let mut bench = bench();
        let give = user(UserCommand::AddRole { user: "ben.fern".to_owned(), role });
        bench.caller = person(&[DirectoryRole::Administrator]);
        assert!(is_refused_for_the_role(&bench.decide(&give)));
        bench.caller = person(&[DirectoryRole::Owner]);
        assert!(bench.decide(&give).is_ok());
    }
}

#[test]
fn an_account_with_a_role_is_touched_by_its_equals_alone() {
    let touch = |name: &str| {
        user(UserCommand::Update {
            user: name.to_owned(),
            change: UserChange { given_name: Some("x".to_owned()), ..UserChange::default() },
        })
    };
    let mut bench = bench();
    bench.caller = person(&[DirectoryRole::UserAdministrator]);
    assert!(bench.decide(&touch("ben.fern")).is_ok());
    assert!(is_refused_for_the_role(&bench.decide(&touch("eve"))));
    bench.caller = person(&[DirectoryRole::Administrator]);
    assert!(bench.decide(&touch("eve")).is_ok());
    bench.users[1].roles.push(DirectoryRole::Owner);
    assert!(is_refused_for_the_role(&bench.decide(&touch("ben.fern"))));
    bench.caller = person(&[DirectoryRole::Owner]);
    assert!(bench.decide(&touch("ben.fern")).is_ok());
}

#[test]
fn the_last_owner_stays() {
    let mut bench = bench();
    bench.users[1].roles.push(DirectoryRole::Owner);
    let ada = fixture::user("ada").id;
    let remove = |owner| {
        user(UserCommand::RemoveRole {
            user: "ben.fern".to_owned(),
            role: DirectoryRole::Owner,
            others: Others { administrator: Some(ada), owner },
        })
    };
    let refusal = bench.decide(&remove(None)).unwrap_err();
    assert_eq!(refusal.reason.row().code.as_str(), "DW1082");
    // A claim that does not hold is no claim.
    assert!(bench.decide(&remove(Some((bench.tenant.id, ada)))).is_err());
    bench.users[0].roles.push(DirectoryRole::Owner);
    assert!(bench.decide(&remove(Some((bench.tenant.id, ada)))).is_ok());
}

#[test]
fn every_change_writes_one_line_that_says_who_did_it_and_by_what() {
    for command in every_command() {
        let mut bench = bench();
        bench.caller = person(&[DirectoryRole::Owner]);
        let act = command.act();
        let Ok(decision) = bench.decide(&command) else { continue };
        let lines: Vec<_> = decision
            .changes
            .iter()
            .filter_map(|change| match change {
                Change::Audit(line) => Some(line),
                _ => None,
            })
            .collect();
        assert_eq!(lines.len(), usize::from(!decision.changes.is_empty()), "{}", act.name());
        for line in lines {
            let told = if act == Act::FlowPut { "flow.create" } else { act.name() };
            assert_eq!(line.action, told);
            assert_eq!(line.actor, bench.caller.actor);
            assert_eq!(line.credential.as_deref(), Some("token t1 of doorward-cli"));
            let text = serde_json::to_string(line).unwrap();
            assert!(!text.contains("argon2") && !text.contains("dws_"), "{text}");
        }
    }
}

#[test]
fn a_line_tells_how_it_was_and_how_it_is() {
    let mut bench = bench();
    let change = UserChange { given_name: Some("Ben".to_owned()), ..UserChange::default() };
    let decision = bench.decide(&user(UserCommand::Update { user: "ben.fern".to_owned(), change })).unwrap();
    let Some(Change::Audit(line)) = decision.changes.last() else { panic!("a line comes last") };
    assert_eq!(line.detail["before"], serde_json::json!({ "given_name": null }));
    assert_eq!(line.detail["after"], serde_json::json!({ "given_name": "Ben" }));
    bench.caller = Caller::operator();
    let gone = bench
        .decide(&user(UserCommand::Remove { user: "ben.fern".to_owned(), others: Others::default() }))
        .unwrap();
    let Some(Change::Audit(line)) = gone.changes.last() else { panic!("a line comes last") };
    assert_eq!(line.detail["before"]["username"], "ben.fern");
    assert!(line.detail.get("after").is_none());
}

#[test]
fn what_is_built_in_is_shown_and_never_changed() {
    let bench = bench();
    let id = || CLI_APP.to_string();
    let changes = [
        app(AppCommand::Disable { app: id() }),
        app(AppCommand::Remove { app: "doorward-cli".to_owned() }),
        app(AppCommand::AddRedirect {
            app: id(),
            redirect: NewRedirect { uri: "https://evil.test/cb".to_owned(), platform: None },
        }),
        api(ApiCommand::Remove { api: ADMIN_API.to_string(), used_by: Vec::new() }),
        api(ApiCommand::Update {
            api: "doorward-admin".to_owned(),
            change: ApiChange { access_token_secs: Some(86_400), ..ApiChange::default() },
        }),
    ];
    for change in changes {
        let refusal = bench.decide(&change).unwrap_err();
        assert!(refusal.to_string().contains("built in"), "{refusal}");
    }
    assert!(bench.decide(&app(AppCommand::Show { app: id() })).is_ok());
}

use super::*;
use crate::change::{Actor, Change, DirectoryChange};
use crate::directory::Command;
use crate::directory::fixture::{self, Bench, NOW};
use crate::model::{ClientKind, ConsentGrant, Principal, ScopeSet, TenantKey};

fn run(bench: &Bench, command: GrantCommand) -> Result<Decision, Refusal> {
    bench.decide(&Command::Grant(TenantKey::new("meadow"), command))
}

fn permission(text: &str) -> PermissionRef {
    PermissionRef::parse(text).unwrap()
}

fn shop() -> String {
    fixture::web("shop").app_id.to_string()
}

fn add(text: &str, to: Grantee) -> GrantCommand {
    GrantCommand::Add { app: shop(), permission: permission(text), to }
}

fn remove(text: &str, to: Grantee) -> GrantCommand {
    GrantCommand::Remove { app: shop(), permission: permission(text), to }
}

fn ben() -> Grantee {
    Grantee::User("ben.fern".to_owned())
}

fn consent(principal: Principal, scopes: &str) -> ConsentGrant {
    ConsentGrant {
        tenant: fixture::tenant().id,
        client: fixture::web("shop").app_id,
        resource: fixture::notes().id,
        principal,
        scopes: ScopeSet::parse(scopes).unwrap(),
        granted_by: None,
        granted_at: NOW,
    }
}

#[test]
fn a_grant_names_its_undo_and_who_gave_it() {
    let mut bench = Bench::new();
    let ada = bench.users[0].id;
    bench.caller.actor = Actor::User(bench.tenant.id, ada);
    bench.caller.roles.push(crate::model::DirectoryRole::Administrator);
    let decision = run(&bench, add("api://notes/notes.share", ben())).unwrap();
    let Change::Directory(change) = &decision.changes[0] else { panic!("the grant comes first") };
    let DirectoryChange::ExtendConsent(row) = &**change else { panic!("{change:?}") };
    assert_eq!((row.granted_by, row.scopes.to_string().as_str()), (Some(ada), "notes.share"));
    assert_eq!(
        decision.undo.unwrap().to_string(),
        "grant rm shop notes:notes.share --user ben.fern --tenant meadow"
    );
    let decision = run(&bench, add("notes:notes.read", Grantee::All)).unwrap();
    assert_eq!(decision.undo.unwrap().to_string(), "grant rm shop notes:notes.read --all --tenant meadow");
}

#[test]
fn granting_again_changes_nothing() {
    let mut bench = Bench::new();
    bench.consents.push(consent(Principal::All, "notes.read"));
    assert!(run(&bench, add("notes:notes.read", Grantee::All)).unwrap().changes.is_empty());
    assert!(!run(&bench, add("notes:notes.read", ben())).unwrap().changes.is_empty());
}

#[test]
fn a_grant_is_taken_from_whom_it_was_given() {
    let mut bench = Bench::new();
    bench.consents.push(consent(Principal::User(bench.users[1].id), "notes.read notes.write"));
    let decision = run(&bench, remove("notes:notes.write", ben())).unwrap();
    let Change::Directory(change) = &decision.changes[0] else { panic!("the withdrawal comes first") };
    assert!(
        matches!(&**change, DirectoryChange::WithdrawConsent { scopes: Some(scopes), .. } if scopes.to_string() == "notes.write")
    );
    let refusal = run(&bench, remove("notes:notes.write", Grantee::All)).unwrap_err();
    assert!(refusal.to_string().contains("no grant notes:notes.write of shop for all users"), "{refusal}");
    bench.consents = vec![consent(Principal::All, "notes.write")];
    let refusal = run(&bench, remove("notes:notes.write", ben())).unwrap_err();
    assert!(refusal.to_string().contains("use --all"), "{refusal}");
}

#[test]
fn a_scope_that_the_api_no_longer_exposes_can_still_be_withdrawn() {
    let mut bench = Bench::new();
    bench.consents.push(consent(Principal::All, "notes.gone"));
    assert!(run(&bench, remove("notes:notes.gone", Grantee::All)).is_ok());
    assert!(run(&bench, add("notes:notes.gone", Grantee::All)).is_err());
}

#[test]
fn scopes_and_roles_are_told_apart() {
    let refusal = run(&Bench::new(), add("notes:Notes.Read.All", Grantee::All)).unwrap_err();
    assert!(refusal.to_string().contains("grant app-role"), "{refusal}");
    let assign = |text: &str, holder| GrantCommand::AssignRole { holder, permission: permission(text) };
    let refusal = run(&Bench::new(), assign("notes:notes.read", Holder::App(shop()))).unwrap_err();
    assert!(refusal.to_string().contains("grant add"), "{refusal}");
    let refusal =
        run(&Bench::new(), assign("notes:Notes.Read.All", Holder::User("ada".to_owned()))).unwrap_err();
    assert!(refusal.to_string().contains("not for users"), "{refusal}");
}

#[test]
fn a_daemon_gets_roles_and_no_delegated_permission() {
    let mut bench = Bench::new();
    bench.clients[0].kind = ClientKind::Daemon;
    let refusal = run(&bench, add("notes:notes.read", Grantee::All)).unwrap_err();
    assert!(refusal.to_string().contains("without a person"), "{refusal}");
    let role = permission("notes:Notes.Read.All");
    let assign = GrantCommand::AssignRole { holder: Holder::App(shop()), permission: role.clone() };
    let decision = run(&bench, assign.clone()).unwrap();
    assert_eq!(
        decision.undo.unwrap().to_string(),
        "grant app-role rm --app shop notes:Notes.Read.All --tenant meadow"
    );
    let unassign = GrantCommand::UnassignRole { holder: Holder::App(shop()), permission: role };
    assert!(run(&bench, unassign.clone()).unwrap_err().to_string().contains("does not hold it"));
    let Change::Directory(change) = &decision.changes[0] else { panic!("the role comes first") };
    let DirectoryChange::AssignRole(row) = &**change else { panic!("{change:?}") };
    bench.assignments.push(row.clone());
    assert!(run(&bench, assign).unwrap().changes.is_empty());
    assert!(!run(&bench, unassign).unwrap().changes.is_empty());
}

#[test]
fn unknown_parties_are_not_found() {
    for command in [
        add("nots:notes.read", Grantee::All),
        add("notes:notes.raed", Grantee::All),
        add("notes:notes.read", Grantee::User("nobody".to_owned())),
        GrantCommand::Add {
            app: "nothing".to_owned(),
            permission: permission("notes:notes.read"),
            to: Grantee::All,
        },
    ] {
        let refusal = run(&Bench::new(), command).unwrap_err();
        assert_eq!(refusal.reason.row().code.as_str(), "DW1070", "{refusal}");
    }
}

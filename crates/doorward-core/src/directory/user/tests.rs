use super::*;
use crate::change::{Change, DirectoryChange, GuessChange};
use crate::directory::Command;
use crate::directory::fixture::{self, Bench, NOW};
use crate::model::{SignInName, TenantKey, User};

fn run(bench: &Bench, command: UserCommand) -> Result<Decision, Refusal> {
    bench.decide(&Command::User(TenantKey::new("Meadow"), command))
}

fn new(name: &str) -> NewUser {
    NewUser {
        name: name.to_owned(),
        emails: Vec::new(),
        display_name: None,
        given_name: None,
        family_name: None,
        local_id: None,
        password: None,
        roles: Vec::new(),
    }
}

/// The stored account after the decision.
fn after(decision: &Decision) -> User {
    decision
        .changes
        .iter()
        .rev()
        .find_map(|change| match change {
            Change::Directory(change) => match &**change {
                DirectoryChange::CreateUser(after) | DirectoryChange::UpdateUser { after, .. } => {
                    Some(after.clone())
                }
                _ => None,
            },
            _ => None,
        })
        .expect("a stored user")
}

fn two_administrators() -> Bench {
    let mut bench = Bench::new();
    bench.users[1].roles.push(DirectoryRole::Administrator);
    bench
}

#[test]
fn an_account_is_created_with_its_names_and_one_audit_line() {
    let password = PasswordHash::parse("$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA").unwrap();
    let mut user = new("Dee.Oak");
    user.emails = vec!["dee@meadow.test".to_owned(), "DEE@meadow.test".to_owned()];
    user.password = Some(password);
    let decision = run(&Bench::new(), UserCommand::Add(Box::new(user))).unwrap();
    let stored = after(&decision);
    assert_eq!(stored.sign_in_names.len(), 2);
    assert!(stored.sign_in_names.iter().all(|name| name.proven));
    assert_eq!(stored.local_id, stored.id.to_string());
    assert_eq!(decision.undo.as_ref().unwrap().to_string(), "user rm Dee.Oak --tenant meadow");
    assert_eq!(decision.changes.iter().filter(|c| matches!(c, Change::Audit(_))).count(), 1);
    let Outcome::User(view) = &decision.outcome else { panic!("a user answers with a user") };
    assert_eq!(view.user_principal_name.as_deref(), Some("Dee.Oak@meadow.test"));
    let told = format!("{:?} {}", decision.changes.last(), serde_json::to_string(&decision.outcome).unwrap());
    assert!(!told.contains("argon2"), "{told}");
}

#[test]
fn what_cannot_be_a_name_says_why() {
    for bad in ["", "ben fern", "ben@", "-ben", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"] {
        assert!(run(&Bench::new(), UserCommand::Add(Box::new(new(bad)))).is_err(), "{bad}");
    }
    let refusal = run(&Bench::new(), UserCommand::Add(Box::new(new("a b")))).unwrap_err();
    assert!(refusal.to_string().contains("contains no @"), "{refusal}");
}

#[test]
fn the_last_administrator_stays() {
    for other in [None, Some(fixture::user("ada").id), Some(fixture::user("ben.fern").id)] {
        for command in [
            UserCommand::Disable {
                user: "ada".to_owned(),
                others: Others { administrator: other, owner: None },
            },
            UserCommand::Remove {
                user: "ada".to_owned(),
                others: Others { administrator: other, owner: None },
            },
            UserCommand::RemoveRole {
                user: "ada".to_owned(),
                role: DirectoryRole::Administrator,
                others: Others { administrator: other, owner: None },
            },
        ] {
            let refusal = run(&Bench::new(), command).unwrap_err();
            assert_eq!(refusal.reason.row().code.as_str(), "DW1075");
        }
    }
}

#[test]
fn an_administrator_goes_only_while_another_one_stays() {
    let bench = two_administrators();
    let other = Some(bench.users[1].id);
    let decision = run(
        &bench,
        UserCommand::Remove { user: "ada".to_owned(), others: Others { administrator: other, owner: None } },
    )
    .unwrap();
    let Change::Directory(first) = &decision.changes[0] else { panic!("the precondition comes first") };
    assert!(
        matches!(&**first, DirectoryChange::UpdateUser { before, after } if before == after && before.id == bench.users[1].id)
    );
}

#[test]
fn switching_off_ends_everything_of_this_second_and_before() {
    let command = UserCommand::Disable { user: "ben.fern".to_owned(), others: Others::default() };
    let decision = run(&Bench::new(), command).unwrap();
    let stored = after(&decision);
    assert!(stored.disabled);
    assert!(stored.epoch > NOW);
    assert_eq!(decision.undo.unwrap().to_string(), "user enable ben.fern --tenant meadow");
}

#[test]
fn a_new_password_ends_what_the_old_one_started_and_cannot_be_undone() {
    let password = PasswordHash::parse("$argon2id$v=19$m=1,t=1,p=1$c2FsdA$aGFzaA").unwrap();
    assert_eq!(format!("{password:?}"), "***");
    let decision =
        run(&Bench::new(), UserCommand::SetPassword { user: "ben.fern".to_owned(), password }).unwrap();
    assert!(after(&decision).epoch > NOW);
    assert_eq!(decision.undo, None);
    assert!(PasswordHash::parse("Passw0rd!").is_err());
}

#[test]
fn a_name_to_sign_in_with_stays() {
    let bench = Bench::new();
    let remove = |name: &str| UserCommand::RemoveName { user: "ben.fern".to_owned(), name: name.to_owned() };
    assert!(run(&bench, remove("ben.fern")).unwrap_err().to_string().contains("last name"));
    let mut bench = Bench::new();
    bench.users[1].sign_in_names.push(SignInName::email("ben@meadow.test", true).unwrap());
    let decision = run(&bench, remove("BEN.FERN")).unwrap();
    assert_eq!(after(&decision).sign_in_names.len(), 1);
    assert_eq!(decision.undo.unwrap().to_string(), "user name add ben@meadow.test ben.fern --tenant meadow");
    assert!(run(&bench, remove("ben.fer")).unwrap_err().to_string().ends_with("did you mean ben.fern?"));
}

#[test]
fn a_user_is_named_by_id_sign_in_name_or_principal_name() {
    let bench = Bench::new();
    for name in [bench.users[1].id.to_string(), " Ben.Fern".to_owned(), "ben.fern@meadow.test".to_owned()] {
        let decision = run(&bench, UserCommand::Show { user: name.clone() }).unwrap();
        let Outcome::User(view) = decision.outcome else { panic!("a user answers with a user") };
        assert_eq!(view.username, "ben.fern", "{name}");
    }
    assert!(run(&bench, UserCommand::Show { user: "x".repeat(5000) }).is_err());
}

#[test]
fn unlocking_forgets_the_guesses_at_every_spelling() {
    let decision = run(&Bench::new(), UserCommand::Unlock { user: "ben.fern".to_owned() }).unwrap();
    let cleared =
        decision.changes.iter().filter(|c| matches!(c, Change::Guess(GuessChange::Clear(_)))).count();
    assert_eq!(cleared, 2);
}

#[test]
fn a_change_that_changes_nothing_leaves_no_trace() {
    let decision = run(&Bench::new(), UserCommand::Enable { user: "ada".to_owned() }).unwrap();
    assert!(decision.changes.is_empty());
    assert_eq!(decision.undo, None);
}

#[test]
fn an_update_is_undone_by_the_old_texts() {
    let change = UserChange {
        display_name: Some("Ben".to_owned()),
        given_name: Some(String::new()),
        ..UserChange::default()
    };
    let decision = run(&Bench::new(), UserCommand::Update { user: "ben.fern".to_owned(), change }).unwrap();
    assert_eq!(
        decision.undo.unwrap().to_string(),
        "user update ben.fern --display-name '' --given-name '' --tenant meadow"
    );
}

//! Tests of the rules in this room: names, budgets, verdicts, and the session that a sign-in makes.

use proptest::prelude::*;

use super::{Attempt, PasswordVerdict, SignIn, SignUpForm, SignedIn, charge, create, find, settle};
use crate::authorize::{PendingSession, SessionView};
use crate::change::{Change, DirectoryChange, GuessChange};
use crate::model::{BrowserSession, FlowKind, UserId};
use crate::port::Vault as _;
use crate::refusal::JourneyRefusal;
use crate::test_world::{Door, FakeVault, Visit, WEB, World, with};

fn found(world: &World, door: &Door, name: &str) -> Option<UserId> {
    let attempt = Attempt::read(name).unwrap();
    let facts = world.facts(|_| vec![attempt.need(&door.at())]);
    find(&attempt, &door.at(), &facts).map(|user| user.id)
}

fn settled(world: &World, name: &str, verdict: PasswordVerdict) -> Result<SignedIn, JourneyRefusal> {
    let door = world.plain();
    let attempt = Attempt::read(name).unwrap();
    let facts = world.facts(|_| vec![attempt.need(&door.at())]);
    let user = find(&attempt, &door.at(), &facts);
    world.within(|env| settle(&attempt, (user, verdict), &door.at(), &world.session, env))
}

fn sign_up(world: &World, name: &str) -> SignedIn {
    let door = world.user_flow();
    let form = SignUpForm {
        user_name: name.to_owned(),
        display_name: " Cleo ".to_owned(),
        email: "cleo@home.test".to_owned(),
    };
    let checked = form.check("fern-kettle-08", &door.at()).unwrap();
    world.within(|env| create(&form, (checked, "$phc$".to_owned()), &door.at(), &world.session, env))
}

#[test]
fn an_account_is_found_by_each_of_its_names_in_any_case() {
    let world = World::new();
    for door in world.doors() {
        for name in ["ben.fern", " BEN.FERN ", "ben.fern@meadow.test", "BEN@mail.test"] {
            assert_eq!(found(&world, &door, name), Some(world.ben), "{name}");
        }
        for name in ["ben", "ben@mail", "ada@mail.test", "' or 1=1 --"] {
            assert_eq!(found(&world, &door, name), None, "{name}: nobody's, or not proven");
        }
    }
}

#[test]
fn a_name_is_asked_for_and_a_strange_one_is_merely_wrong() {
    for empty in ["", "   ", "\t"] {
        assert!(matches!(Attempt::read(empty), Err(JourneyRefusal::Field { field: "username", .. })));
    }
    for strange in ["a\u{0}b".to_owned(), "x".repeat(255)] {
        assert_eq!(Attempt::read(&strange), Err(JourneyRefusal::WrongCredentials));
    }
}

#[test]
fn the_budget_is_of_the_name_whether_an_account_has_it_or_not() {
    let world = World::new();
    let door = world.plain();
    let key = |name: &str| {
        let attempt = Attempt::read(name).unwrap();
        match world.within(|env| charge(&attempt, &door.at(), env)) {
            (GuessChange::Charge { key, limit: 10, window_secs: 900, at }, refusal) => {
                assert_eq!(at, world.now);
                assert_eq!(refusal, JourneyRefusal::AccountLocked { minutes: 15 });
                key
            }
            (other, _) => panic!("{other:?}"),
        }
    };
    assert_eq!(key("ben.fern"), key(" BEN.Fern"));
    assert_ne!(key("ben.fern"), key("nobody"));
    assert!(!key("ben.fern").to_text().contains("ben"), "the store learns a keyed digest only");
}

#[test]
fn unknown_name_and_wrong_password_are_one_refusal() {
    let mut world = World::new();
    let ben = world.ben;
    let wrong = settled(&world, "ben.fern", PasswordVerdict::Wrong).unwrap_err();
    assert_eq!(wrong, JourneyRefusal::WrongCredentials);
    assert_eq!(settled(&world, "nobody", PasswordVerdict::Wrong).unwrap_err(), wrong);
    assert_eq!(settled(&world, "nobody", PasswordVerdict::Right).unwrap_err(), wrong);
    world.user(ben).disabled = true;
    assert_eq!(
        settled(&world, "ben.fern", PasswordVerdict::Wrong).unwrap_err(),
        wrong,
        "disabled is not told"
    );
    let right = settled(&world, "ben.fern", PasswordVerdict::Right).unwrap_err();
    assert_eq!(right, JourneyRefusal::AccountDisabled, "but after the right password it is");
}

#[test]
fn a_sign_in_makes_a_session_and_forgets_the_guesses() {
    let world = World::new();
    let signed_in = settled(&world, "ben.fern", PasswordVerdict::Right).unwrap();
    let session = &signed_in.pending.session;
    assert_eq!(
        session.digest,
        FakeVault.digest(signed_in.cookie.expose().as_bytes()),
        "only the digest is kept"
    );
    assert_eq!((session.version, session.accounts.len()), (1, 1));
    let account = &session.accounts[0];
    assert_eq!(
        (account.user, account.auth_time, account.amr.as_slice()),
        (world.ben, world.now, ["pwd".to_owned()].as_slice())
    );
    assert_eq!(signed_in.pending.replaces, None);
    assert!(matches!(signed_in.changes[..], [Change::Guess(GuessChange::Clear(_))]));
    assert!(!format!("{signed_in:?}").contains(signed_in.cookie.expose()));
}

#[test]
fn the_cookie_changes_with_every_sign_in_and_the_account_keeps_its_sid() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    world.code(&door, &Visit::of(WEB, "openid"));
    let before = world.session.stored.clone().unwrap();
    world.pass(100);
    let signed_in = settled(&world, "ben.fern", PasswordVerdict::Right).unwrap();
    let session = signed_in.pending.session;
    assert_ne!(session.digest, before.digest, "a planted cookie is worth nothing after");
    assert_eq!(signed_in.pending.replaces, Some(before.digest));
    assert_eq!(session.accounts.len(), 1);
    assert_eq!(session.accounts[0].sid, before.accounts[0].sid);
    assert_eq!(session.accounts[0].apps, before.accounts[0].apps);
    assert_eq!(session.accounts[0].auth_time, world.now);
    assert_eq!(session.created_at, before.created_at);
}

#[test]
fn a_second_account_joins_the_first() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.pass(10);
    let signed_in = settled(&world, "ada", PasswordVerdict::Right).unwrap();
    let users: Vec<_> = signed_in.pending.session.accounts.iter().map(|account| account.user).collect();
    assert_eq!(users, [world.ben, world.ada], "oldest first");
}

#[test]
fn a_session_that_ended_leaves_nothing_behind() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.pass(BrowserSession::LIFE_SECS);
    let signed_in = settled(&world, "ada", PasswordVerdict::Right).unwrap();
    let session = signed_in.pending.session;
    assert_eq!(session.accounts.iter().map(|account| account.user).collect::<Vec<_>>(), [world.ada]);
    assert_eq!(session.created_at, world.now);
}

#[test]
fn a_browser_holds_sixteen_accounts_and_the_oldest_gives_way() {
    let mut world = World::new();
    let template = world.users[1].clone();
    for seed in 50..70_u8 {
        let id = UserId::random([seed; 16]);
        let user = with(template.clone(), |user| user.id = id);
        let signed_in = world.within(|env| {
            SignIn { user: &user, amr: Vec::new(), new_user: false }.into_session(&world.session, env)
        });
        world.session.stored = Some(signed_in.pending.session);
    }
    let accounts = &world.session.stored.as_ref().unwrap().accounts;
    assert_eq!(accounts.len(), BrowserSession::MOST_ACCOUNTS);
    assert_eq!(accounts[0].user, UserId::random([54; 16]));
}

#[test]
fn a_pending_session_counts_before_the_stored_one() {
    let world = World::with_ben_and_his_consent(WEB);
    let stored = world.session.stored.clone().unwrap();
    let pending = PendingSession {
        session: BrowserSession { accounts: Vec::new(), ..stored.clone() },
        replaces: Some(stored.digest),
    };
    let view = SessionView { stored: Some(stored), pending: Some(pending) };
    assert_eq!(view.accounts_of(world.tenant.id).count(), 0);
}

#[test]
fn signing_up_creates_the_account_and_its_session_in_one() {
    let world = World::new();
    let signed_in = sign_up(&world, "Cleo.Moss");
    let created = signed_in.changes.iter().find_map(|change| match change {
        Change::Directory(change) => match change.as_ref() {
            DirectoryChange::CreateUser(user) => Some(user),
            _ => None,
        },
        _ => None,
    });
    let user = created.expect("the account");
    assert_eq!((user.sign_in_name(), user.display_name.as_str()), ("Cleo.Moss", "Cleo"));
    assert_eq!(user.sign_in_names[0].canonical, "cleo.moss");
    assert_eq!(user.password.as_deref(), Some("$phc$"));
    assert!(user.roles.is_empty() && !user.disabled);
    assert_eq!(signed_in.pending.session.accounts[0].user, user.id);
    let audit = signed_in.changes.iter().filter(|change| matches!(change, Change::Audit(_))).count();
    assert_eq!(audit, 1, "the audit line rides in the same commit");
    assert!(!serde_json::to_string(&signed_in.changes[0]).unwrap().contains("$phc$"), "without the hash");
}

#[test]
fn an_account_that_was_created_on_the_way_gets_its_code() {
    let mut world = World::new();
    let signed_in = sign_up(&world, "cleo");
    world.apply(&signed_in.changes);
    let user = signed_in.pending.session.accounts[0].user;
    world.session.pending = Some(signed_in.pending);
    let (door, chosen) = (world.user_flow(), (world.tenant.id, user));
    let visit = Visit::of(WEB, "openid").prompt("create").after(|it| {
        it.account = Some(chosen);
        it.signed_in = true;
        it.new_user = true;
    });
    world.code(&door, &visit);
    assert!(world.codes[0].new_user);
    assert_eq!(world.session.stored.as_ref().unwrap().accounts[0].user, user, "stored by the same commit");
}

#[test]
fn accounts_are_created_at_sign_up_flows_only() {
    let mut world = World::new();
    let form = SignUpForm { user_name: "cleo".to_owned(), display_name: String::new(), email: String::new() };
    for door in [world.plain(), world.directory()] {
        assert_eq!(form.check("fern-kettle-08", &door.at()), Err(JourneyRefusal::SignUpNotAllowed));
    }
    world.flow.kind = FlowKind::SignIn;
    assert_eq!(form.check("fern-kettle-08", &world.user_flow().at()), Err(JourneyRefusal::SignUpNotAllowed));
}

#[test]
fn the_fields_of_the_form_are_checked_one_by_one() {
    let world = World::new();
    let door = world.user_flow();
    let check = |name: &str, display_name: &str, password: &str| {
        let form = SignUpForm {
            user_name: name.to_owned(),
            display_name: display_name.to_owned(),
            email: String::new(),
        };
        form.check(password, &door.at())
    };
    assert!(check("cleo", "", "fern-kettle-08").is_ok());
    for bad in ["", "cleo@mail.test", "cl eo", "cleo\u{0}", &"x".repeat(65)] {
        assert!(matches!(
            check(bad, "", "fern-kettle-08"),
            Err(JourneyRefusal::Field { field: "username", .. })
        ));
    }
    for bad in ["a\nb", &"x".repeat(101)] {
        let refusal = check("cleo", bad, "fern-kettle-08");
        assert!(matches!(refusal, Err(JourneyRefusal::Field { field: "display_name", .. })));
    }
    let form =
        SignUpForm { user_name: "cleo".to_owned(), email: "cleo@".to_owned(), ..SignUpForm::default() };
    let refusal = form.check("fern-kettle-08", &door.at());
    assert!(matches!(refusal, Err(JourneyRefusal::Field { field: "email", .. })));
    for bad in ["", "short", "password", "my-cleo-99"] {
        assert!(matches!(check("cleo", "", bad), Err(JourneyRefusal::PasswordTooWeak { .. })), "{bad}");
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_is_judged(name in ".{0,80}", display_name in ".{0,120}", email in ".{0,40}", password in ".{0,40}") {
        let world = World::new();
        let door = world.user_flow();
        if let Ok(attempt) = Attempt::read(&name) {
            prop_assert_eq!(&Attempt::read(&attempt.name).unwrap(), &attempt, "canonical stays canonical");
        }
        let form = SignUpForm { user_name: name, display_name, email };
        if let Ok(name) = form.check(&password, &door.at()) {
            prop_assert!(name.user_name.is_some_and(|name| !name.canonical.contains('@') && name.proven) && name.email.is_none_or(|email| !email.proven));
            prop_assert!(password.chars().count() >= 8);
        }
    }
}

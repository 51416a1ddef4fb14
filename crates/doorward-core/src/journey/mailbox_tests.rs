//! Whole stories with a mailbox: sign-up by address, reset, change, invitation, a further address.

use super::challenge::{code_id, link_id};
use super::{
    Asked, Attempt, Letter, PasswordVerdict, Renewed, Says, SignUpForm, accept, add_address, ask_address,
    ask_mailbox, ask_reset, change_password, create, invite, invited, read_address, reset, settle_mailbox,
    settle_reset,
};
use crate::change::{Actor, Change, DirectoryChange, GuessChange, SessionChange};
use crate::model::{Challenge, ChallengePurpose, FlowIdentity, Revoked, Secret, SignInName, User};
use crate::refusal::JourneyRefusal;
use crate::test_world::{FakeVault, WEB, World, with};

const BROWSER: &[u8] = b"this browser's transaction";

fn by_email() -> World {
    with(World::new(), |world| world.flow.identity = FlowIdentity::Email)
}

fn asked(world: &World, typed: &str) -> Result<Asked, JourneyRefusal> {
    let address = read_address(typed)?;
    let holder = world.users.iter().find(|user| {
        user.sign_in_names.iter().any(|name| name.proven && name.canonical == address.canonical)
    });
    let stored = stored(world, ChallengePurpose::SignUp);
    let door = world.user_flow();
    world.within(|env| ask_mailbox(&address, (BROWSER, stored), holder, &door.at(), env))
}

fn stored(world: &World, purpose: ChallengePurpose) -> Option<&Challenge> {
    let id = code_id(world.tenant.id, purpose, BROWSER, &FakeVault);
    world.challenges.iter().find(|open| open.id == id)
}

#[track_caller]
fn code_in(asked: &Asked) -> Secret {
    match asked.letter.as_ref().map(|letter| &letter.says) {
        Some(Says::Code { code, .. }) => code.clone(),
        other => panic!("no code but {other:?}"),
    }
}

fn charges(changes: &[Change]) -> usize {
    changes.iter().filter(|change| matches!(change, Change::Guess(GuessChange::Charge { .. }))).count()
}

#[track_caller]
fn updated(changes: &[Change]) -> &User {
    let found = changes.iter().find_map(|change| match change {
        Change::Directory(change) => match change.as_ref() {
            DirectoryChange::UpdateUser { after, .. } => Some(after),
            _ => None,
        },
        _ => None,
    });
    found.expect("the account changes")
}

#[test]
fn an_address_becomes_a_name_after_its_code_alone() {
    let mut world = by_email();
    let asked = asked(&world, " Cleo@Home.test ").unwrap();
    assert_eq!(charges(&asked.changes), 2, "by hour and by day");
    world.apply(&asked.changes);
    let wrong = world
        .within(|env| settle_mailbox(stored(&world, ChallengePurpose::SignUp), &Secret::new("abcdef"), env));
    assert_eq!(wrong.unwrap_err(), JourneyRefusal::AnswerWrong);
    let right = code_in(&asked);
    let (address, spend) =
        world.within(|env| settle_mailbox(stored(&world, ChallengePurpose::SignUp), &right, env)).unwrap();
    let door = world.user_flow();
    let form = SignUpForm { email: address.value, ..SignUpForm::default() };
    let names = form.check("fern-kettle-08", &door.at()).unwrap();
    let signed_in =
        world.within(|env| create(&form, (names, "$phc$".to_owned()), &door.at(), &world.session, env));
    world.apply(&[spend.into()]);
    assert!(stored(&world, ChallengePurpose::SignUp).is_none(), "used up");
    world.apply(&signed_in.changes);
    let user = world.users.last().unwrap();
    assert_eq!((user.sign_in_name(), user.display_name.as_str()), ("Cleo@Home.test", "Cleo"));
    assert!(user.sign_in_names[0].proven);
}

#[test]
fn the_owner_of_an_account_is_told_and_nobody_else_learns_of_it() {
    let mut world = by_email();
    let free = asked(&world, "cleo@home.test").unwrap();
    let held = asked(&world, "ben@mail.test").unwrap();
    assert_eq!(free.changes.len(), held.changes.len(), "the same work");
    let letter = held.letter.clone().unwrap();
    assert_eq!(letter.to, "ben@mail.test");
    assert_eq!(letter.says, Says::AccountExists { name: "ben.fern".to_owned() });
    world.apply(&held.changes);
    for code in 0..1_000_u32 {
        let guess = Secret::new(format!("{:06}", code * 1_000));
        let settled =
            world.within(|env| settle_mailbox(stored(&world, ChallengePurpose::SignUp), &guess, env));
        assert_eq!(settled.unwrap_err(), JourneyRefusal::AnswerWrong, "no code is right");
    }
}

#[test]
fn a_second_mail_waits_and_voids_the_first_code() {
    let mut world = by_email();
    let first = asked(&world, "cleo@home.test").unwrap();
    world.apply(&first.changes);
    assert_eq!(asked(&world, "cleo@home.test").unwrap_err(), JourneyRefusal::ResendTooSoon { seconds: 30 });
    let corrected = asked(&world, "cleo@house.test");
    assert!(corrected.is_ok(), "a mistyped address is corrected at once");
    world.pass(30);
    let second = asked(&world, "cleo@home.test").unwrap();
    world.apply(&second.changes);
    let settle = |code: &Secret| {
        world.within(|env| settle_mailbox(stored(&world, ChallengePurpose::SignUp), code, env))
    };
    assert!(code_in(&first) != code_in(&second) && settle(&code_in(&first)).is_err());
    assert!(settle(&code_in(&second)).is_ok());
}

#[test]
fn a_flow_says_which_names_its_accounts_have() {
    let mut world = World::new();
    let form = SignUpForm {
        user_name: "cleo".to_owned(),
        display_name: String::new(),
        email: "cleo@home.test".to_owned(),
    };
    let names = |world: &World| {
        let names = form.check("fern-kettle-08", &world.user_flow().at()).unwrap();
        (names.user_name.is_some(), names.email.map(|email| email.proven))
    };
    assert_eq!(names(&world), (true, Some(false)));
    assert_eq!(asked(&world, "cleo@home.test").unwrap_err(), JourneyRefusal::SignUpNotAllowed);
    world.flow.identity = FlowIdentity::Both;
    assert_eq!(names(&world), (true, Some(true)));
    world.flow.identity = FlowIdentity::Email;
    assert_eq!(names(&world), (false, Some(true)));
    let weak = form.check("cleo-cleo", &world.user_flow().at());
    assert!(matches!(weak, Err(JourneyRefusal::PasswordTooWeak { .. })), "{weak:?}");
}

fn asked_to_reset(world: &World, typed: &str) -> Asked {
    let attempt = Attempt::read(typed).unwrap();
    let user = world
        .users
        .iter()
        .find(|user| user.sign_in_names.iter().any(|name| name.proven && name.canonical == attempt.name));
    let stored = stored(world, ChallengePurpose::ResetPassword);
    world.within(|env| ask_reset(&attempt, (BROWSER, stored), user, &world.tenant, env)).unwrap()
}

fn reset_with(world: &World, code: &Secret) -> Result<Renewed, JourneyRefusal> {
    let stored = stored(world, ChallengePurpose::ResetPassword);
    world.within(|env| {
        let (id, spend) = settle_reset(stored, code, env)?;
        let user = world.users.iter().find(|user| user.id == id);
        reset(user, (stored.unwrap(), spend), "$new$".to_owned(), &world.tenant, env)
    })
}

#[test]
fn a_reset_ends_everything_and_tells_the_mailbox() {
    let mut world = World::new();
    let asked = asked_to_reset(&world, "Ben.Fern");
    assert_eq!(asked.letter.as_ref().unwrap().to, "ben@mail.test", "the proven mailbox");
    world.apply(&asked.changes);
    let renewed = reset_with(&world, &code_in(&asked)).unwrap();
    let after = updated(&renewed.changes);
    assert_eq!((after.password.as_deref(), after.epoch.seconds()), (Some("$new$"), world.now.seconds() + 1));
    assert!(renewed.changes.iter().any(|change| {
        matches!(change, Change::Revocation(line) if line.what == Revoked::User(world.ben))
    }));
    assert!(matches!(renewed.changes[0], Change::Challenge(_)), "the code is used up first");
    let cleared = |change: &&Change| matches!(change, Change::Guess(GuessChange::Clear(_)));
    assert!(renewed.changes.iter().filter(cleared).count() >= 2, "the lock of the names is gone");
    assert_eq!(renewed.letters, [Letter { to: "ben@mail.test".to_owned(), says: Says::PasswordChanged }]);
    let changes = serde_json::to_string(&renewed.changes[2..]).unwrap();
    assert!(!changes.contains("$new$"), "no hash in the audit log");
}

#[test]
fn nobody_learns_from_a_reset_whether_an_account_exists() {
    let mut world = World::new();
    let known = asked_to_reset(&world, "ben@mail.test");
    for typed in ["nobody", "nobody@mail.test", "ada@mail.test"] {
        let unknown = asked_to_reset(&world, typed);
        assert_eq!(unknown.changes.len(), known.changes.len(), "{typed}");
        let says = unknown.letter.map(|letter| letter.says);
        assert_eq!(says, typed.contains('@').then_some(Says::NoAccount), "{typed}");
    }
    let ada = world.ada;
    assert!(asked_to_reset(&world, "ada").letter.is_none(), "an unproven address gets nothing");
    world.user(ada).sign_in_names[1].proven = true;
    assert!(asked_to_reset(&world, "ada").letter.is_some());
    let ben = world.ben;
    world.user(ben).disabled = true;
    assert!(matches!(
        asked_to_reset(&world, "ben.fern").letter,
        None | Some(Letter { says: Says::NoAccount, .. })
    ));
}

#[test]
fn a_code_for_a_password_that_changed_meanwhile_is_worth_nothing() {
    let mut world = World::new();
    let asked = asked_to_reset(&world, "ben.fern");
    world.apply(&asked.changes);
    let (ben, now) = (world.ben, world.now);
    world.user(ben).epoch = now + std::time::Duration::from_secs(1);
    assert_eq!(reset_with(&world, &code_in(&asked)).unwrap_err(), JourneyRefusal::AnswerWrong);
}

#[test]
fn changing_a_password_keeps_the_session_in_which_it_happens() {
    let world = World::with_ben_and_his_consent(WEB);
    let session = world.session.stored.clone().unwrap();
    let ben = world.users.iter().find(|user| user.id == world.ben).unwrap();
    let change = |verdict| {
        world.within(|env| change_password((ben, verdict), "$new$".to_owned(), &session, &world.tenant, env))
    };
    assert_eq!(change(PasswordVerdict::Wrong).unwrap_err(), JourneyRefusal::WrongCredentials);
    let renewed = change(PasswordVerdict::Right).unwrap();
    let epoch = updated(&renewed.changes).epoch;
    let put = renewed.changes.iter().find_map(|change| match change {
        Change::Session(SessionChange::Put { session, .. }) => Some(session),
        _ => None,
    });
    let put = put.expect("the session is stored again");
    assert_eq!((put.digest, put.version), (session.digest, session.version + 1));
    assert!(put.account(world.tenant.id, world.ben).unwrap().auth_time >= epoch, "it outlives the epoch");
    assert!(session.account(world.tenant.id, world.ben).unwrap().auth_time < epoch, "others do not");
}

#[test]
fn an_invitation_proves_the_mailbox_and_ends_the_earlier_ones() {
    let mut world = World::new();
    let ada = world.users.iter().find(|user| user.id == world.ada).unwrap().clone();
    let address = ada.sign_in_names[1].clone();
    let send =
        |world: &World| world.within(|env| invite(&ada, &address, (&world.tenant, Actor::Operator), env));
    let (first, second) = (send(&world), send(&world));
    let secret = |asked: &Asked| match &asked.letter.as_ref().unwrap().says {
        Says::Invitation { secret, .. } => secret.clone(),
        other => panic!("{other:?}"),
    };
    world.apply(&first.changes);
    world.apply(&second.changes);
    let open = |world: &World, secret: &Secret| -> Result<(), JourneyRefusal> {
        let id = link_id(world.tenant.id, secret.expose(), &FakeVault);
        let stored = world.challenges.iter().find(|open| open.id == id);
        let user = world.users.iter().find(|user| user.id == world.ada);
        world.within(|env| invited((stored, user), secret, env).map(|_| ()))
    };
    assert_eq!(open(&world, &secret(&first)), Ok(()));
    assert_eq!(open(&world, &Secret::new("x".repeat(43))), Err(JourneyRefusal::AnswerWrong));
    let id = link_id(world.tenant.id, secret(&second).expose(), &FakeVault);
    let stored = world.challenges.iter().find(|open| open.id == id).unwrap().clone();
    let renewed = world.within(|env| {
        let (user, spend) = invited((Some(&stored), Some(&ada)), &secret(&second), env).unwrap();
        accept(user, (&stored, spend), "$first$".to_owned(), &world.tenant, env)
    });
    assert!(renewed.letters.is_empty(), "nothing that was there was changed");
    world.apply(&renewed.changes);
    let after = world.users.iter().find(|user| user.id == world.ada).unwrap();
    assert!(after.sign_in_names[1].proven && after.password.is_some());
    assert_eq!(
        open(&world, &secret(&first)),
        Err(JourneyRefusal::AnswerWrong),
        "one acceptance ends them all"
    );
}

#[test]
fn a_further_address_is_proven_and_the_earlier_mailbox_is_told() {
    let mut world = World::new();
    let ben = world.users.iter().find(|user| user.id == world.ben).unwrap().clone();
    let ask = |typed: &str, holder: Option<&User>| {
        let address = SignInName::email(typed, true).unwrap();
        world
            .within(|env| ask_address((&ben, &address), (BROWSER, None), holder, &world.tenant, env))
            .unwrap()
    };
    let taken = ask("cleo@home.test", Some(&world.users[0]));
    assert!(matches!(taken.letter.unwrap().says, Says::AccountExists { .. }));
    let asked = ask("ben@work.test", None);
    world.apply(&asked.changes);
    let stored = stored(&world, ChallengePurpose::AddAddress).cloned();
    let add = |user: &User, code: &Secret| {
        world.within(|env| add_address(user, stored.as_ref(), code, &world.tenant, env))
    };
    let ada = world.users.iter().find(|user| user.id == world.ada).unwrap();
    assert_eq!(add(ada, &code_in(&asked)).unwrap_err(), JourneyRefusal::AnswerWrong, "somebody else's code");
    let added = add(&ben, &code_in(&asked)).unwrap();
    assert!(updated(&added.changes).sign_in_names.iter().any(|n| n.canonical == "ben@work.test" && n.proven));
    let says = Says::AddressAdded { address: "ben@work.test".to_owned() };
    assert_eq!(added.letters, [Letter { to: "ben@mail.test".to_owned(), says }]);
}

//! Codes and links: what they look like, how long they are good, and that every wrong answer is the same refusal.

use std::time::Duration;

use proptest::prelude::*;

use super::{
    CODE_LIFE, GUESSES, INVITATION_LIFE, LINK_LIFE, Opened, Question, charge_answer, charge_mail, code_id,
    link_id, may_resend, open_code, open_link, read_code, settle,
};
use crate::change::{ChallengeChange, GuessChange};
use crate::model::{ChallengePurpose, Secret, TenantId};
use crate::refusal::JourneyRefusal;
use crate::test_world::{FakeVault, World};

const BROWSER: &[u8] = b"transaction of this browser";

fn question(world: &World, purpose: ChallengePurpose) -> Question<'static> {
    Question { tenant: world.tenant.id, purpose, user: Some(world.ben), address: "ben@mail.test" }
}

fn code(world: &World) -> Opened {
    let question = question(world, ChallengePurpose::ResetPassword);
    world.within(|env| open_code(question, BROWSER, env))
}

fn answer(world: &World, opened: &Opened, typed: &str) -> Result<ChallengeChange, JourneyRefusal> {
    let purpose = opened.challenge.purpose;
    world.within(|env| settle(Some(&opened.challenge), purpose, &Secret::new(typed), env))
}

#[test]
fn a_code_has_six_digits_and_is_good_for_ten_minutes() {
    let mut world = World::new();
    let opened = code(&world);
    let typed = opened.answer.expose().to_owned();
    assert!(typed.len() == 6 && typed.bytes().all(|b| b.is_ascii_digit()), "{typed}");
    let spend = ChallengeChange::Spend {
        tenant: world.tenant.id,
        id: opened.challenge.id,
        answer: opened.challenge.answer,
    };
    assert_eq!(answer(&world, &opened, &typed), Ok(spend));
    world.pass(CODE_LIFE.as_secs() - 1);
    assert!(answer(&world, &opened, &typed).is_ok());
    world.pass(1);
    assert_eq!(answer(&world, &opened, &typed), Err(JourneyRefusal::AnswerWrong));
}

#[test]
fn wrong_late_foreign_and_missing_are_one_refusal() {
    let world = World::new();
    let opened = code(&world);
    let right = opened.answer.clone();
    let wrong = if right.expose() == "000000" { "000001" } else { "000000" };
    assert_eq!(answer(&world, &opened, wrong), Err(JourneyRefusal::AnswerWrong));
    let other_purpose = world
        .within(|env| settle(Some(&opened.challenge), ChallengePurpose::SecondFactor, &right, env))
        .unwrap_err();
    assert_eq!(other_purpose, JourneyRefusal::AnswerWrong);
    let none = world.within(|env| settle(None, ChallengePurpose::ResetPassword, &right, env)).unwrap_err();
    assert_eq!(none, JourneyRefusal::AnswerWrong);
}

#[test]
fn a_code_belongs_to_its_transaction_purpose_and_tenant() {
    let world = World::new();
    let tenant = world.tenant.id;
    let id = |tenant, purpose, transaction| code_id(tenant, purpose, transaction, &FakeVault);
    let mine = id(tenant, ChallengePurpose::SignUp, BROWSER);
    assert_eq!(mine, id(tenant, ChallengePurpose::SignUp, BROWSER));
    assert_ne!(mine, id(tenant, ChallengePurpose::SignUp, b"another browser's"));
    assert_ne!(mine, id(tenant, ChallengePurpose::ResetPassword, BROWSER));
    assert_ne!(mine, id(TenantId::random([9; 16]), ChallengePurpose::SignUp, BROWSER));
    assert_ne!(mine, link_id(tenant, "secret", &FakeVault));
}

#[test]
fn the_store_learns_no_answer_and_debug_tells_none() {
    let world = World::new();
    let opened = code(&world);
    let stored = serde_json::to_string(&opened.challenge).unwrap();
    assert!(!stored.contains(opened.answer.expose()), "{stored}");
    assert!(!format!("{opened:?}").contains(opened.answer.expose()));
    assert!(!format!("{opened:?}").contains("mail.test"), "nor the mailbox");
}

#[test]
fn a_link_is_a_256_bit_secret_that_lives_an_hour_and_an_invitation_a_week() {
    let world = World::new();
    for (purpose, life) in
        [(ChallengePurpose::ResetPassword, LINK_LIFE), (ChallengePurpose::Invitation, INVITATION_LIFE)]
    {
        let opened = world.within(|env| open_link(question(&world, purpose), env));
        assert_eq!(opened.answer.expose().len(), 43);
        assert_eq!(opened.challenge.id, link_id(world.tenant.id, opened.answer.expose(), &FakeVault));
        assert_eq!(opened.challenge.expiry.instant().since(world.now), life);
        assert!(answer(&world, &opened, opened.answer.expose()).is_ok());
    }
}

#[test]
fn five_guesses_are_charged_to_the_challenge_whether_it_is_there_or_not() {
    let world = World::new();
    let opened = code(&world);
    let (change, refusal) = charge_answer(world.tenant.id, opened.challenge.id, world.now);
    assert!(matches!(change, GuessChange::Charge { limit: GUESSES, window_secs: 600, .. }), "{change:?}");
    assert_eq!(refusal, JourneyRefusal::AnswersSpent { minutes: 10 });
}

#[test]
fn mails_are_charged_to_the_mailbox_by_hour_and_by_day() {
    let world = World::new();
    let keys = |address: &str| -> Vec<String> {
        let (changes, refusal) = world.within(|env| charge_mail(world.tenant.id, address, env));
        assert_eq!(refusal, JourneyRefusal::MailsSpent { minutes: 60 });
        let key = |change| match change {
            GuessChange::Charge { key, .. } => key.to_text(),
            other => panic!("{other:?}"),
        };
        changes.into_iter().map(key).collect()
    };
    let mine = keys("ben@mail.test");
    assert_eq!(mine, keys(" BEN@mail.test "));
    assert_ne!(mine[0], mine[1]);
    assert!(keys("ada@mail.test").iter().all(|key| !mine.contains(key)));
    assert!(!mine.concat().contains("ben"), "the store learns keyed digests only");
}

#[test]
fn the_next_mail_waits_thirty_seconds() {
    let mut world = World::new();
    let opened = code(&world);
    let may = |world: &World| may_resend(Some(&opened.challenge), world.now);
    assert_eq!(may(&world), Err(JourneyRefusal::ResendTooSoon { seconds: 30 }));
    world.pass(29);
    assert_eq!(may(&world), Err(JourneyRefusal::ResendTooSoon { seconds: 1 }));
    world.pass(1);
    assert_eq!(may(&world), Ok(()));
    assert_eq!(may_resend(None, world.now), Ok(()));
}

#[test]
fn a_code_is_read_as_people_type_it() {
    for typed in ["123456", " 123 456 ", "123-456", "123\u{a0}456\n"] {
        assert_eq!(
            read_code(typed).map(|code| code.expose().to_owned()),
            Ok("123456".to_owned()),
            "{typed:?}"
        );
    }
    for typed in ["", "12345", "1234567", "12345a", "１２３４５６", "123.456"] {
        assert!(matches!(read_code(typed), Err(JourneyRefusal::Field { field: "code", .. })), "{typed:?}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_code_or_a_clear_refusal(typed in ".*") {
        match read_code(&typed) {
            Ok(code) => prop_assert_eq!(code.expose().len(), 6),
            Err(JourneyRefusal::Field { field, .. }) => prop_assert_eq!(field, "code"),
            Err(other) => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn no_other_answer_settles(typed in "[0-9]{6}", seconds in 0u64..700) {
        let mut world = World::new();
        let opened = code(&world);
        world.pass(seconds);
        let right = typed == opened.answer.expose() && Duration::from_secs(seconds) < CODE_LIFE;
        prop_assert_eq!(answer(&world, &opened, &typed).is_ok(), right);
    }
}

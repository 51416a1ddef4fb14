//! Tests of the rules in this room: a code counts once, a guess is charged first, and factors are changed by their owner.

use proptest::prelude::*;

use super::*;
use crate::change::{ChallengeChange, Change, DirectoryChange};
use crate::journey::SignedIn;
use crate::model::{Acr, FactorSecret};
use crate::port::{ENTROPY_BYTES, Entropy, Env, Vault as _};
use crate::test_world::{FakeVault, WEB, World};

/// Calls with bytes that do not repeat, as codes need them.
fn within<T>(world: &World, call: impl FnOnce(&Env<'_>) -> T) -> T {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ world.within(|env| u64::from_be_bytes(env.entropy.draw()));
    let bytes = [0; ENTROPY_BYTES].map(|_: u8| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()[2]
    });
    call(&Env { now: world.now, entropy: &Entropy::new(bytes), vault: &FakeVault })
}

fn ben(world: &mut World) -> User {
    let id = world.ben;
    world.user(id).clone()
}

fn owner_session(world: &World) -> crate::model::AccountSession {
    world.session.stored.as_ref().expect("a session").accounts[0].clone()
}

fn apply(world: &mut World, changes: &[Change]) {
    world.apply(changes);
}

fn new_totp(world: &World, user: &User, transaction: &[u8], step: u64) -> NewFactor {
    let (id, _) = totp_enrolment(world.tenant.id, user.id, transaction, &FakeVault);
    NewFactor::Totp { id, sealed_seed: "sealed".to_owned(), step }
}

/// Ben, signed in, with an app that was proven at step 100, and his recovery codes.
fn enrolled() -> (World, FactorId, Vec<String>) {
    let mut world = World::with_ben_and_his_consent(WEB);
    let user = ben(&mut world);
    let new = new_totp(&world, &user, b"t", 100);
    let session = owner_session(&world);
    let enrolled =
        within(&world, |env| enrol(Owner { user: &user, session: &session }, new, env)).expect("he may");
    apply(&mut world, &enrolled.changes);
    let codes = enrolled.recovery_codes.expect("the first factor brings them");
    let id = enrolled.user.factors[0].id;
    (world, id, codes.iter().map(|code| code.expose().to_owned()).collect())
}

fn proven(world: &mut World, verdict: FactorVerdict) -> Result<Proven, FactorRefusal> {
    let user = ben(world);
    within(world, |env| prove(&user, verdict, &world.session, env))
}

fn strength(signed_in: &SignedIn) -> (&[String], Acr) {
    let account = signed_in.pending.session.accounts.last().expect("the account");
    (&account.amr, Acr::of(&account.amr))
}

#[test]
fn the_first_factor_brings_recovery_codes_and_the_second_does_not() {
    let (mut world, _, codes) = enrolled();
    assert_eq!(codes.len(), 10);
    assert_eq!(codes.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
    for code in &codes {
        let parts: Vec<&str> = code.split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [4, 4, 4], "{code}");
        assert!(RecoveryCode::read(code).is_ok());
    }
    let user = ben(&mut world);
    let stored = serde_json::to_string(&user).unwrap();
    assert!(!codes.iter().any(|code| stored.contains(code) || stored.contains(&code.replace('-', ""))));
    assert_eq!(list(&user).iter().map(|view| view.left).collect::<Vec<_>>(), [None, Some(10)]);
    let account = &mut world.session.stored.as_mut().unwrap().accounts[0];
    account.amr.push("mfa".to_owned());
    let session = owner_session(&world);
    let new = new_totp(&world, &user, b"other", 7);
    let second = within(&world, |env| enrol(Owner { user: &user, session: &session }, new, env)).unwrap();
    assert!(second.recovery_codes.is_none());
    assert_eq!(second.user.factors[2].name, "Authenticator app 2");
}

#[test]
fn a_step_counts_once_and_no_older_one_after_it() {
    let (mut world, id, _) = enrolled();
    for (step, expected) in [
        (Some(99), Err(FactorRefusal::CodeUsed)),
        (Some(100), Err(FactorRefusal::CodeUsed)),
        (None, Err(FactorRefusal::CodeWrong)),
        (Some(101), Ok(())),
    ] {
        let found = proven(&mut world, FactorVerdict::Totp(id, step));
        assert_eq!(found.map(|_| ()), expected, "{step:?}");
    }
    let first = proven(&mut world, FactorVerdict::Totp(id, Some(101))).unwrap();
    assert_eq!(strength(&first.signed_in).1, Acr::MultiFactor);
    assert_eq!(strength(&first.signed_in).0, ["pwd", "otp", "mfa"]);
    let kept: Vec<&Change> =
        first.signed_in.changes.iter().filter(|change| matches!(change, Change::Directory(_))).collect();
    apply(&mut world, &[kept[0].clone()]);
    let again = proven(&mut world, FactorVerdict::Totp(id, Some(101)));
    assert_eq!(again.unwrap_err(), FactorRefusal::CodeUsed);
}

#[test]
fn the_session_gets_stronger_and_stays_the_same_session() {
    let (mut world, id, _) = enrolled();
    let before = owner_session(&world);
    world.pass(3_600);
    let proven = proven(&mut world, FactorVerdict::Totp(id, Some(200))).unwrap();
    let pending = &proven.signed_in.pending;
    let after = &pending.session.accounts[0];
    assert_eq!((after.sid, &after.apps), (before.sid, &before.apps));
    assert_eq!(after.auth_time, world.now);
    let stored = world.session.stored.as_ref().unwrap();
    assert_eq!(pending.replaces, Some(stored.digest));
    assert_ne!(pending.session.digest, stored.digest, "the cookie changes with the strength");
    let digest = FakeVault.digest(proven.signed_in.cookie.expose().as_bytes());
    assert_eq!(pending.session.digest, digest);
}

#[test]
fn nobody_steps_up_a_session_that_is_over() {
    let (world, id, _) = enrolled();
    let attempt = |change: fn(&mut World)| {
        let mut world = world.clone();
        change(&mut world);
        proven(&mut world, FactorVerdict::Totp(id, Some(101))).map(|_| ()).unwrap_err()
    };
    for change in [
        (|world: &mut World| world.session.stored = None) as fn(&mut World),
        |world| world.session.stored.as_mut().unwrap().accounts.clear(),
        |world| world.pass(25 * 3_600),
        |world| {
            let ben = world.ben;
            world.user(ben).epoch = world.now + std::time::Duration::from_secs(1);
        },
        |world| {
            let ben = world.ben;
            world.user(ben).disabled = true;
        },
    ] {
        assert_eq!(attempt(change), FactorRefusal::NeedsFreshSignIn);
    }
}

#[test]
fn a_recovery_code_counts_once_in_any_spelling_and_is_told() {
    let (mut world, _, codes) = enrolled();
    let typed = format!(" {} ", codes[3].to_uppercase().replace('-', " "));
    let code = || FactorVerdict::Recovery(RecoveryCode::read(&typed).unwrap());
    let proof = proven(&mut world, code()).unwrap();
    assert_eq!((proof.kind, proof.left), (FactorKind::RecoveryCode, Some(9)));
    assert!(
        proof.signed_in.changes.iter().any(
            |change| matches!(change, Change::Audit(entry) if entry.action == "user.factor.recovery_code")
        )
    );
    apply(&mut world, &proof.signed_in.changes);
    assert_eq!(proven(&mut world, code()).unwrap_err(), FactorRefusal::CodeWrong);
    let other = FactorVerdict::Recovery(RecoveryCode::read("aaaa-bbbb-cccc").unwrap());
    assert_eq!(proven(&mut world, other).unwrap_err(), FactorRefusal::CodeWrong);
    let another = FactorVerdict::Recovery(RecoveryCode::read(&codes[4]).unwrap());
    assert_eq!(proven(&mut world, another).unwrap().left, Some(8));
}

#[test]
fn recovery_codes_are_worth_nothing_to_somebody_else() {
    let (mut world, _, codes) = enrolled();
    let kept = ben(&mut world).factors;
    let ada = world.ada;
    world.user(ada).factors = kept;
    world.sign_in(ada);
    let user = world.user(ada).clone();
    let code = RecoveryCode::read(&codes[0]).unwrap();
    let found = within(&world, |env| prove(&user, FactorVerdict::Recovery(code), &world.session, env));
    assert_eq!(found.map(|_| ()).unwrap_err(), FactorRefusal::CodeWrong);
}

#[test]
fn a_mailed_code_spends_its_challenge_with_the_same_commit() {
    let (mut world, totp, _) = enrolled();
    let user = ben(&mut world);
    world.session.stored.as_mut().unwrap().accounts[0].amr.push("mfa".to_owned());
    let session = owner_session(&world);
    let id = FactorId::random([5; 16]);
    let new = NewFactor::EmailCode(id);
    let enrolled = within(&world, |env| enrol(Owner { user: &user, session: &session }, new, env)).unwrap();
    apply(&mut world, &enrolled.changes);
    let digest = crate::model::Digest::new([1; 32]);
    let spend = ChallengeChange::Spend { tenant: world.tenant.id, id: digest, answer: digest };
    let proof = proven(&mut world, FactorVerdict::EmailCode(id, spend.clone())).unwrap();
    assert!(proof.signed_in.changes.contains(&Change::from(spend.clone())));
    let other = proven(&mut world, FactorVerdict::EmailCode(totp, spend)).map(|_| ()).unwrap_err();
    assert_eq!(other, FactorRefusal::NotEnrolled, "an app is not proven by a mail");
}

#[test]
fn the_last_used_way_comes_first_and_recovery_codes_last() {
    let (mut world, totp, _) = enrolled();
    let id = world.ben;
    let now = world.now;
    world.user(id).factors.push(Factor {
        id: FactorId::random([5; 16]),
        name: "E-mail code".to_owned(),
        secret: FactorSecret::EmailCode,
        created_at: now,
        last_used: None,
    });
    let kinds =
        |world: &mut World| choices(&ben(world)).into_iter().map(|choice| choice.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&mut world), [FactorKind::Totp, FactorKind::EmailCode, FactorKind::RecoveryCode]);
    let later = now + std::time::Duration::from_secs(5);
    world.user(id).factors[2].last_used = Some(later);
    world.user(id).factors[1].last_used = Some(later + std::time::Duration::from_secs(5));
    assert_eq!(kinds(&mut world), [FactorKind::EmailCode, FactorKind::Totp, FactorKind::RecoveryCode]);
    let mailbox = choices(&ben(&mut world))[0].mailbox.clone();
    assert_eq!(mailbox.as_deref(), Some("b\u{2022}\u{2022}\u{2022}@mail.test"));
    world.user(id).sign_in_names.retain(|name| name.value != "ben@mail.test");
    assert_eq!(kinds(&mut world), [FactorKind::Totp, FactorKind::RecoveryCode], "no mailbox, no code");
    world.user(id).factors.retain(|factor| factor.id != totp);
    assert!(is_enrolled(&ben(&mut world)), "a factor that cannot be used is no reason to ask for less");
    assert_eq!(kinds(&mut world), [FactorKind::RecoveryCode]);
}

#[test]
fn factors_are_changed_soon_after_a_full_sign_in_only() {
    let (mut world, id, _) = enrolled();
    let user = ben(&mut world);
    let attempt = |world: &World, change: fn(&mut crate::model::AccountSession)| {
        let mut session = owner_session(world);
        change(&mut session);
        let owner = Owner { user: &user, session: &session };
        within(world, |env| {
            let all = [
                remove(owner, id, env).map(|_| ()),
                regenerate(owner, env).map(|_| ()),
                enrol(owner, new_totp(world, &user, b"x", 1), env).map(|_| ()),
            ];
            assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
            all[0].clone()
        })
    };
    let refused = Err(FactorRefusal::NeedsFreshSignIn);
    assert_eq!(attempt(&world, |_| {}), refused, "a password alone takes no factor away");
    let full = |session: &mut crate::model::AccountSession| session.amr.push("mfa".to_owned());
    assert_eq!(attempt(&world, full), Ok(()));
    world.pass(600);
    assert_eq!(attempt(&world, full), Ok(()));
    world.pass(1);
    assert_eq!(attempt(&world, full), refused);
}

#[test]
fn with_the_last_factor_go_the_recovery_codes() {
    let (mut world, id, codes) = enrolled();
    world.session.stored.as_mut().unwrap().accounts[0].amr.push("mfa".to_owned());
    let (user, session) = (ben(&mut world), owner_session(&world));
    let owner = Owner { user: &user, session: &session };
    let fresh = within(&world, |env| regenerate(owner, env)).unwrap();
    let new_codes = fresh.recovery_codes.clone().unwrap();
    assert!(new_codes.iter().all(|code| !codes.contains(&code.expose().to_owned())));
    assert_eq!(fresh.user.factors.len(), 2);
    let removed = within(&world, |env| remove(owner, id, env)).unwrap();
    assert!(removed.user.factors.is_empty());
    assert!(!serde_json::to_string(&removed.changes).unwrap().contains("expose"));
    let named = within(&world, |env| rename(owner, id, " My phone ", env)).unwrap();
    assert_eq!(named.user.factors[0].name, "My phone");
    for bad in ["", " ", "a\nb", &"x".repeat(65)] {
        assert!(within(&world, |env| rename(owner, id, bad, env)).is_err(), "{bad:?}");
    }
    let unknown = FactorId::random([99; 16]);
    assert_eq!(within(&world, |env| remove(owner, unknown, env)).unwrap_err(), FactorRefusal::NotEnrolled);
}

#[test]
fn an_enrolment_is_kept_once_and_there_is_a_most() {
    let (mut world, id, _) = enrolled();
    world.session.stored.as_mut().unwrap().accounts[0].amr.push("mfa".to_owned());
    let (mut user, session) = (ben(&mut world), owner_session(&world));
    let again = new_totp(&world, &user, b"t", 101);
    let twice = within(&world, |env| enrol(Owner { user: &user, session: &session }, again, env));
    assert_eq!(twice.unwrap_err(), FactorRefusal::CodeUsed);
    let template = find(&user, id).unwrap().clone();
    while user.factors.len() < MOST_FACTORS {
        user.factors.push(template.clone());
    }
    let more = new_totp(&world, &user, b"more", 1);
    let refused = within(&world, |env| enrol(Owner { user: &user, session: &session }, more, env));
    assert_eq!(refused.unwrap_err(), FactorRefusal::TooMany { most: MOST_FACTORS });
}

#[test]
fn seeds_differ_by_person_and_transaction_and_are_not_told() {
    let world = World::new();
    let seed = |user, transaction: &[u8]| {
        let (id, seed) = totp_enrolment(world.tenant.id, user, transaction, &FakeVault);
        (id, *seed.expose())
    };
    assert_eq!(seed(world.ben, b"t"), seed(world.ben, b"t"), "the page can be shown again");
    assert_ne!(seed(world.ben, b"t"), seed(world.ben, b"u"));
    assert_ne!(seed(world.ben, b"t"), seed(world.ada, b"t"));
    let (_, shown) = totp_enrolment(world.tenant.id, world.ben, b"t", &FakeVault);
    assert_eq!(format!("{shown:?}"), "TotpSeed(***)");
}

#[test]
fn guesses_are_counted_per_account() {
    let mut world = World::new();
    let user = ben(&mut world);
    let (charged, refusal) = charge(&user, world.now);
    let GuessChange::Charge { key, limit: 10, window_secs: 900, at } = charged else { panic!("{charged:?}") };
    assert_eq!((key, at), (BudgetKey::Factor(world.tenant.id, world.ben), world.now));
    assert_eq!(refusal, FactorRefusal::Locked { minutes: 15 });
}

#[test]
fn a_code_may_be_pasted_with_its_spaces() {
    for typed in ["123456", " 123 456 ", "123-456", "1 2 3 4 5 6", "123\u{a0}456"] {
        assert_eq!(read_code(typed).unwrap().expose(), "123456", "{typed}");
    }
    for bad in ["", "12345", "1234567", "12345a", "\u{661}\u{662}\u{663}\u{664}\u{665}\u{666}"] {
        assert!(matches!(read_code(bad), Err(FactorRefusal::CodeMalformed { .. })), "{bad}");
    }
    for (typed, good) in [
        ("abcd-efgh-2345", true),
        ("ABCDEFGH2345", true),
        ("abcd efgh 2345", true),
        ("lbcd-efgh-1345", true),
        ("abcd-efgh-234", false),
        ("abcd-efgh-23456", false),
        ("abcd-efgh-2o45", false),
        ("abcd-efgh-20x5", false),
    ] {
        assert_eq!(RecoveryCode::read(typed).is_ok(), good, "{typed}");
    }
    let shown = format!("{:?}", RecoveryCode::read("abcd-efgh-2345").unwrap());
    assert_eq!(shown, "RecoveryCode(***)");
}

#[test]
fn a_proof_changes_the_account_as_it_was_read() {
    let (mut world, id, _) = enrolled();
    let before = ben(&mut world);
    let proof = proven(&mut world, FactorVerdict::Totp(id, Some(101))).unwrap();
    let update = proof.signed_in.changes.iter().find_map(|change| match change {
        Change::Directory(change) => match change.as_ref() {
            DirectoryChange::UpdateUser { before, after } => Some((before.clone(), after.clone())),
            _ => None,
        },
        _ => None,
    });
    let (read, after) = update.expect("the step is kept");
    assert_eq!(read, before, "so that a race is lost by all but one");
    assert_eq!(after.factors[0].last_used, Some(world.now));
    assert!(!format!("{:?}", proof.user.factors).contains("sealed"));
}

proptest! {
    #[test]
    fn whatever_is_typed_is_read_or_refused(typed in "\\PC{0,30}|[a-z0-9 -]{0,20}|[0-9 -]{4,9}") {
        if let Ok(code) = read_code(&typed) {
            prop_assert!(code.expose().len() == 6 && code.expose().bytes().all(|b| b.is_ascii_digit()));
        }
        if let Ok(code) = RecoveryCode::read(&typed) {
            let written = code.written();
            prop_assert_eq!(written.expose().len(), 14);
            let again = RecoveryCode::read(written.expose()).unwrap().written();
            prop_assert_eq!(again.expose(), written.expose());
        }
    }

    #[test]
    fn a_hidden_address_tells_the_domain_and_one_letter(local in "[a-z.]{1,20}", domain in "[a-z]{1,9}\\.test") {
        let told = hidden(&format!("{local}@{domain}"));
        prop_assert!(told.ends_with(&domain) && told.chars().count() == domain.len() + 5);
    }
}

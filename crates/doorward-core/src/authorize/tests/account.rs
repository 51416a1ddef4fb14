//! Which signed-in account answers: hints, the picker, accounts that no longer count.

use doorward_token::ClaimSet;

use super::{error_of, last_code};
use crate::authorize::{SessionView, SignInReason, Step};
use crate::claims::{account_hint, subject_for};
use crate::model::{Principal, SubjectType, TenantId};
use crate::refusal::OAuthError;
use crate::test_world::{Door, FakeVault, Visit, WEB, World, text, with};

/// Ada and Ben, in this order, with their consent to `openid`.
fn two_accounts() -> World {
    let mut world = World::new();
    let (ada, ben) = (world.ada, world.ben);
    world.sign_in(ada);
    world.pass(10);
    world.sign_in(ben);
    world.consent(WEB, Principal::All, "graph", "openid");
    world
}

fn hinted(hint: &str) -> Visit {
    Visit::of(WEB, "openid").asking(|request| request.login_hint = text(hint))
}

fn id_token_hint(claims: &[(&str, String)]) -> Visit {
    let mut visit = Visit::of(WEB, "openid").asking(|request| request.id_token_hint = text("t.o.k"));
    let mut set = ClaimSet::new();
    for (name, value) in claims {
        set.insert(name, value.as_str());
    }
    visit.hint = Some(set);
    visit
}

fn not_signed_in(world: &World, door: &Door, visit: &Visit) -> Option<String> {
    let silent = world.refused(door, &visit.clone().prompt("none"));
    assert_eq!(error_of(&silent), OAuthError::LoginRequired);
    assert_eq!(silent.refusal.reason.row().code.as_str(), "DW2102");
    match world.step(door, visit) {
        Step::SignIn { reason: SignInReason::HintedAccountNotSignedIn, hint } => hint,
        other => panic!("{other:?}"),
    }
}

#[test]
fn several_accounts_are_offered_oldest_first() {
    let world = two_accounts();
    for door in world.doors() {
        let Step::ChooseAccount { accounts } = world.step(&door, &Visit::of(WEB, "openid")) else {
            panic!("the picker")
        };
        assert_eq!(accounts.iter().map(|a| a.user).collect::<Vec<_>>(), [world.ada, world.ben]);
        assert_eq!(accounts[1].sign_in_name, "ben.fern");
        assert_eq!(accounts[1].display_name, "Ben Fern");
    }
}

#[test]
fn a_sign_in_name_hints_at_its_account_in_any_case_and_form() {
    let mut world = two_accounts();
    for door in world.doors() {
        for hint in ["ben.fern", " BEN.Fern ", "ben.fern@meadow.test", "Ben@Mail.test"] {
            world.code(&door, &hinted(hint));
            assert_eq!(last_code(&world).user, world.ben, "{hint}");
            world.code(&door, &hinted(hint).prompt("none"));
        }
    }
}

#[test]
fn a_name_that_two_signed_in_accounts_share_is_a_question() {
    let mut world = two_accounts();
    let (ada, ben) = (world.ada, world.ben);
    let shared = world.user(ben).sign_in_names[1].clone();
    world.user(ada).sign_in_names.push(shared);
    for door in world.doors() {
        let visit = hinted("ben@mail.test");
        let Step::ChooseAccount { accounts } = world.step(&door, &visit) else { panic!("the picker") };
        assert_eq!(accounts.iter().map(|account| account.user).collect::<Vec<_>>(), [ada, ben]);
        let silent = world.refused(&door, &visit.clone().prompt("none"));
        assert_eq!(silent.refusal.reason.row().code.as_str(), "DW2107");
        let chosen = (world.tenant.id, ben);
        world.code(&door, &visit.after(|it| it.account = Some(chosen)));
        assert_eq!(last_code(&world).user, ben);
    }
}

#[test]
fn a_name_of_nobody_is_filled_in_and_never_an_error_of_its_own() {
    let world = two_accounts();
    for door in world.doors() {
        for hint in ["cleo", "\u{0}", "ben", "@", "' or 1=1"] {
            assert_eq!(not_signed_in(&world, &door, &hinted(hint)).as_deref(), Some(hint));
        }
    }
}

#[test]
fn the_opaque_hint_of_an_id_token_names_exactly_one_account() {
    let mut world = two_accounts();
    let door = world.directory();
    let hint = account_hint(world.tenant.id, world.ada, &FakeVault);
    world.code(&door, &hinted(&hint).prompt("none"));
    assert_eq!(last_code(&world).user, world.ada);

    let forged = with(hint.clone(), |hint| {
        let last = hint.pop();
        hint.push(if last == Some('A') { 'Q' } else { 'A' });
    });
    let elsewhere = account_hint(TenantId::random([9; 16]), world.ada, &FakeVault);
    for bad in [forged.as_str(), elsewhere.as_str(), "O.", "O.\u{e9}", "O.AAAA"] {
        let filled_in = not_signed_in(&world, &door, &hinted(bad));
        assert_eq!(filled_in, None, "an opaque hint is nothing to read");
    }
}

#[test]
fn a_session_id_hints_at_its_account() {
    let mut world = two_accounts();
    let door = world.directory();
    let ben = world.ben;
    let sid = world.session.stored.as_ref().unwrap().account(world.tenant.id, ben).unwrap().sid;
    let by_sid = |sid: &str| Visit::of(WEB, "openid").asking(|request| request.sid = text(sid));
    world.code(&door, &by_sid(&sid.to_string()));
    assert_eq!(last_code(&world).user, ben);
    for bad in ["00000000-0000-4000-8000-000000000000", "not-a-session", "*"] {
        not_signed_in(&world, &door, &by_sid(bad));
    }
}

#[test]
fn an_id_token_hint_names_its_subject_or_its_session() {
    let mut world = two_accounts();
    let ben = world.ben;
    let sid = world.session.stored.as_ref().unwrap().account(world.tenant.id, ben).unwrap().sid;
    for door in world.doors() {
        for claims in [
            vec![("sub", ben.to_string())],
            vec![("sub", "pairwise".to_owned()), ("oid", ben.to_string())],
            vec![("sub", "pairwise".to_owned()), ("sid", sid.to_string())],
        ] {
            world.code(&door, &id_token_hint(&claims).prompt("none"));
            assert_eq!(last_code(&world).user, ben);
        }
        let stranger = id_token_hint(&[("sub", "5f0c8a6e-0000-4000-8000-000000000000".to_owned())]);
        not_signed_in(&world, &door, &stranger);
        not_signed_in(&world, &door, &id_token_hint(&[("sub", "pairwise".to_owned())]));
    }
}

#[test]
fn a_pairwise_subject_is_a_hint_too() {
    let mut world = two_accounts();
    let ben = world.ben;
    world.client(WEB).metadata.subject_type = Some(SubjectType::Pairwise);
    for door in world.doors() {
        let client = world.client(WEB).clone();
        let sub = subject_for(&door.at(), &client, ben, &FakeVault);
        world.code(&door, &id_token_hint(&[("sub", sub)]).prompt("none"));
        assert_eq!(last_code(&world).user, ben);
    }
}

#[test]
fn the_most_precise_hint_wins() {
    let mut world = two_accounts();
    let door = world.directory();
    let (ada, ben) = (world.ada, world.ben);
    let sid = world.session.stored.as_ref().unwrap().account(world.tenant.id, ada).unwrap().sid;
    let mut visit = id_token_hint(&[("sub", ben.to_string())]);
    world.code(&door, &visit);
    assert_eq!(last_code(&world).user, ben);
    visit.request.login_hint = text("ada");
    world.code(&door, &visit);
    assert_eq!(last_code(&world).user, ada);
    visit.request.login_hint = text("ben.fern");
    visit.request.sid = Some(sid.to_string());
    world.code(&door, &visit);
    assert_eq!(last_code(&world).user, ada);
}

#[test]
fn the_choice_of_the_person_beats_every_hint() {
    let mut world = two_accounts();
    let (door, chosen) = (world.directory(), (world.tenant.id, world.ben));
    let visit = hinted("ada").after(|it| it.account = Some(chosen));
    world.code(&door, &visit);
    assert_eq!(last_code(&world).user, world.ben);
}

#[test]
fn another_account_means_a_sign_in() {
    let world = two_accounts();
    let visit = Visit::of(WEB, "openid").after(|it| it.use_another = true);
    for door in world.doors() {
        assert!(matches!(
            world.step(&door, &visit),
            Step::SignIn { reason: SignInReason::UseAnother, hint: None }
        ));
    }
}

#[test]
fn a_chosen_account_that_signed_out_meanwhile_signs_in_again() {
    let mut world = two_accounts();
    let chosen = (world.tenant.id, world.ben);
    let visit = Visit::of(WEB, "openid").after(|it| it.account = Some(chosen));
    world.session.stored.as_mut().unwrap().accounts.pop();
    assert!(matches!(
        world.step(&world.plain(), &visit),
        Step::SignIn { reason: SignInReason::HintedAccountNotSignedIn, .. }
    ));
}

#[test]
fn disabled_removed_and_revoked_accounts_are_not_signed_in() {
    let spoilt: [fn(&mut World); 3] = [
        |world| {
            let ben = world.ben;
            world.user(ben).disabled = true;
        },
        |world| {
            let (ben, now) = (world.ben, world.now);
            world.pass(5);
            world.user(ben).epoch = crate::model::Instant::from_seconds(now.seconds() + 1);
        },
        |world| world.users.retain(|user| user.id != world.ben),
    ];
    for spoil in spoilt {
        let mut world = World::with_ben_and_his_consent(WEB);
        spoil(&mut world);
        for door in world.doors() {
            let silent = world.refused(&door, &Visit::of(WEB, "openid").prompt("none"));
            assert_eq!(error_of(&silent), OAuthError::LoginRequired);
            assert!(matches!(
                world.step(&door, &Visit::of(WEB, "openid")),
                Step::SignIn { reason: SignInReason::NobodySignedIn, .. }
            ));
        }
    }
}

#[test]
fn accounts_of_another_tenant_do_not_count() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.session.stored.as_mut().unwrap().accounts[0].tenant = TenantId::random([9; 16]);
    assert!(matches!(
        world.step(&world.plain(), &Visit::of(WEB, "openid")),
        Step::SignIn { reason: SignInReason::NobodySignedIn, .. }
    ));
}

#[test]
fn a_browser_session_that_ended_signs_nobody_in() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.pass(crate::model::BrowserSession::LIFE_SECS - 1);
    let door = world.plain();
    world.code(&door, &Visit::of(WEB, "openid"));
    world.pass(1);
    let failure = world.refused(&door, &Visit::of(WEB, "openid").prompt("none"));
    assert_eq!(error_of(&failure), OAuthError::LoginRequired);
}

#[test]
fn without_a_session_nobody_is_signed_in() {
    let world = World::new();
    let decision = world.authorize_in(&world.plain(), &hinted("ben.fern"), &SessionView::default()).unwrap();
    assert!(decision.changes.is_empty(), "looking at the page writes nothing");
}

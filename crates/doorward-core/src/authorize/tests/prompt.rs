//! `prompt` and `max_age`: who is asked for what, and when nobody may be asked.

use super::{error_of, failed_check, last_code};
use crate::authorize::{SignInReason, Step};
use crate::model::Principal;
use crate::refusal::OAuthError;
use crate::test_world::{Door, Visit, WEB, World, text};

fn reason(world: &World, door: &Door, visit: &Visit) -> SignInReason {
    match world.step(door, visit) {
        Step::SignIn { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

fn max_age(secs: &str) -> Visit {
    Visit::of(WEB, "openid").asking(|request| request.max_age = text(secs))
}

#[test]
fn none_goes_alone() {
    let world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        for bad in [
            "none login",
            "login none",
            "none consent",
            "none select_account",
            "none create",
            "none none",
            "None",
            "never",
            "login,consent",
            "login never",
        ] {
            let failure = world.refused(&door, &Visit::of(WEB, "openid").prompt(bad));
            assert_eq!(failed_check(&failure), "prompt.understood", "{bad}");
            assert_eq!(error_of(&failure), OAuthError::InvalidRequest);
        }
    }
}

#[test]
fn none_answers_silently_or_says_why_not() {
    let mut world = World::new();
    let (ada, ben) = (world.ada, world.ben);
    let silent = Visit::of(WEB, "openid").prompt("none");
    for door in world.doors() {
        let failure = world.refused(&door, &silent);
        assert_eq!(
            (failed_check(&failure).as_str(), error_of(&failure)),
            ("account.selected", OAuthError::LoginRequired)
        );
        assert!(failure.to.is_some());
    }
    world.sign_in(ben);
    let failure = world.refused(&world.plain(), &silent);
    assert_eq!(
        (failed_check(&failure).as_str(), error_of(&failure)),
        ("consent.given", OAuthError::ConsentRequired)
    );

    world.consent(WEB, Principal::All, "graph", "openid");
    for door in world.doors() {
        world.code(&door, &silent);
    }
    world.sign_in(ada);
    let failure = world.refused(&world.plain(), &silent);
    assert_eq!(failure.refusal.reason.row().code.as_str(), "DW2107");
}

#[test]
fn none_is_refused_where_only_an_administrator_could_consent() {
    let world = World::with_ben_and_his_consent(WEB);
    let visit = Visit::of(WEB, "openid api://notes/notes.share").prompt("none");
    let failure = world.refused(&world.directory(), &visit);
    assert_eq!(failure.refusal.reason.row().code.as_str(), "DW1302");
    assert_eq!(error_of(&failure), OAuthError::ConsentRequired);
}

#[test]
fn login_asks_again_and_is_satisfied_by_a_sign_in_of_this_flow() {
    let mut world = World::with_ben_and_his_consent(WEB);
    for door in world.doors() {
        let visit = Visit::of(WEB, "openid").prompt("login");
        assert_eq!(reason(&world, &door, &visit), SignInReason::PromptLogin);
        world.pass(5);
        let (tenant, ben) = (world.tenant.id, world.ben);
        world.sign_in(ben);
        let back = visit.after(|it| {
            it.account = Some((tenant, ben));
            it.signed_in = true;
        });
        world.code(&door, &back);
        assert_eq!(last_code(&world).auth_time, world.now, "the second sign-in is later");
    }
}

#[test]
fn login_with_nobody_signed_in_is_an_ordinary_sign_in() {
    let world = World::new();
    let visit = Visit::of(WEB, "openid").prompt("login");
    assert_eq!(reason(&world, &world.plain(), &visit), SignInReason::NobodySignedIn);
}

#[test]
fn consent_shows_the_page_again_although_everything_is_granted() {
    let world = World::with_ben_and_his_consent(WEB);
    for door in [world.plain(), world.directory()] {
        let visit = Visit::of(WEB, "openid api://notes/notes.read").prompt("consent");
        let page = world.consent_page(&door, &visit);
        assert!(page.apis.iter().flat_map(|api| &api.items).all(|item| !item.is_new));
        let mut world = world.clone();
        world.code(&door, &visit.allowing(&page));
    }
}

#[test]
fn select_account_shows_the_picker_even_for_one_account() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.directory();
    let visit = Visit::of(WEB, "openid").prompt("select_account");
    let Step::ChooseAccount { accounts } = world.step(&door, &visit) else { panic!("the picker") };
    assert_eq!(accounts.iter().map(|account| account.user).collect::<Vec<_>>(), [world.ben]);
    let chosen = (world.tenant.id, world.ben);
    world.code(&door, &visit.after(|it| it.account = Some(chosen)));
    let nobody = World::new();
    let visit = Visit::of(WEB, "openid").prompt("select_account");
    assert_eq!(reason(&nobody, &door, &visit), SignInReason::NobodySignedIn);
}

#[test]
fn create_leads_to_sign_up_unless_the_person_signed_in_meanwhile() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let door = world.user_flow();
    let visit = Visit::of(WEB, "openid").prompt("create");
    assert!(matches!(world.step(&door, &visit), Step::SignUp));
    let another = visit.clone().after(|it| it.use_another = true);
    assert_eq!(reason(&world, &door, &another), SignInReason::UseAnother);
    let chosen = (world.tenant.id, world.ben);
    world.code(
        &door,
        &visit.after(|it| {
            it.account = Some(chosen);
            it.signed_in = true;
        }),
    );
}

#[test]
fn every_other_combination_is_understood_and_takes_its_steps_in_order() {
    let words = ["login", "consent", "select_account", "create"];
    for set in 1_u8..16 {
        let prompt: Vec<&str> = words
            .iter()
            .enumerate()
            .filter(|(bit, _)| set & (1 << bit) != 0)
            .map(|(_, word)| *word)
            .collect();
        let mut world = World::with_ben_and_his_consent(WEB);
        let (door, chosen) = (world.directory(), (world.tenant.id, world.ben));
        let mut visit = Visit::of(WEB, "openid").prompt(&prompt.join(" "));
        if prompt.contains(&"create") {
            assert!(matches!(world.step(&door, &visit), Step::SignUp), "{prompt:?}");
        } else if prompt.contains(&"select_account") {
            assert!(matches!(world.step(&door, &visit), Step::ChooseAccount { .. }), "{prompt:?}");
            visit = visit.after(|it| it.account = Some(chosen));
        }
        if prompt.contains(&"login") && !prompt.contains(&"create") {
            assert_eq!(reason(&world, &door, &visit), SignInReason::PromptLogin, "{prompt:?}");
        }
        visit = visit.after(|it| {
            it.account = Some(chosen);
            it.signed_in = true;
        });
        if prompt.contains(&"consent") {
            let page = world.consent_page(&door, &visit);
            visit = visit.allowing(&page);
        }
        world.code(&door, &visit);
    }
}

#[test]
fn max_age_compares_the_age_of_the_sign_in() {
    for (age, allowed, asks) in [
        (0, "0", true),
        (5, "0", true),
        (1, "1", false),
        (2, "1", true),
        (2, "10000", false),
        (10_000, "10000", false),
        (10_001, "10000", true),
        (80_000, "9999999999", false),
    ] {
        let mut world = World::with_ben_and_his_consent(WEB);
        world.pass(age);
        for door in world.doors() {
            let visit = max_age(allowed);
            let silent = visit.clone().prompt("none");
            if asks {
                assert_eq!(reason(&world, &door, &visit), SignInReason::TooOld, "{age} {allowed}");
                let failure = world.refused(&door, &silent);
                assert_eq!(error_of(&failure), OAuthError::LoginRequired, "{age} {allowed}");
            } else {
                world.code(&door, &visit);
                assert!(last_code(&world).auth_time_required);
                world.code(&door, &silent);
            }
        }
    }
}

#[test]
fn max_age_zero_is_satisfied_by_a_sign_in_of_this_flow() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let (door, chosen) = (world.plain(), (world.tenant.id, world.ben));
    let back = max_age("0").after(|it| {
        it.account = Some(chosen);
        it.signed_in = true;
    });
    world.code(&door, &back);
}

#[test]
fn a_fresh_sign_in_is_asked_of_the_chosen_account_under_its_own_name() {
    let mut world = World::with_ben_and_his_consent(WEB);
    let ada = world.ada;
    world.sign_in(ada);
    let chosen = (world.tenant.id, world.ben);
    let visit = Visit::of(WEB, "openid").prompt("login").after(|it| it.account = Some(chosen));
    match world.step(&world.directory(), &visit) {
        Step::SignIn { reason: SignInReason::PromptLogin, hint } => {
            assert_eq!(hint.as_deref(), Some("ben.fern"));
        }
        other => panic!("{other:?}"),
    }
}

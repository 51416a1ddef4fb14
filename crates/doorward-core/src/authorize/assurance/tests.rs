//! Tests of the rules in this room: who asks for a second factor, of whom, and what a silent request is told.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::authorize::AuthorizeReply;
use crate::model::{Factor, FactorId, FactorSecret};
use crate::refusal::OAuthError;
use crate::test_world::{Door, Visit, WEB, World, text};

const MFA: &str = "urn:doorward:acr:mfa";
const PWD: &str = "urn:doorward:acr:pwd";

fn asked(values: &str, essential: bool) -> Asked {
    Asked { essential, ..Asked::of_values(Some(values)) }
}

/// Ben signed in just now with his password, and has an app for codes.
fn with_factor() -> World {
    let mut world = World::with_ben_and_his_consent(WEB);
    let ben = world.ben;
    let secret = FactorSecret::Totp { sealed_seed: String::new(), last_step: None };
    let factor = Factor {
        id: FactorId::random([9; 16]),
        name: "Phone".to_owned(),
        secret,
        created_at: world.now,
        last_used: None,
    };
    world.user(ben).factors.push(factor);
    world
}

fn strengthen(world: &mut World) {
    let account = &mut world.session.stored.as_mut().expect("a session").accounts[0];
    account.amr = ["pwd", "otp", "mfa"].map(str::to_owned).to_vec();
    account.auth_time = world.now;
}

/// What comes of a visit, in one word.
fn outcome(world: &World, door: &Door, visit: &Visit) -> &'static str {
    match world.authorize(door, visit) {
        Ok(decision) => match decision.reply {
            AuthorizeReply::Code(_) => "code",
            AuthorizeReply::Step(Step::SecondFactor(_)) => "prove",
            AuthorizeReply::Step(Step::EnrolFactor(step)) if step.may_decline => "offer",
            AuthorizeReply::Step(Step::EnrolFactor(_)) => "enrol",
            AuthorizeReply::Step(Step::SignIn { .. }) => "sign in",
            AuthorizeReply::Step(other) => panic!("{other:?}"),
        },
        Err(failure) => failure.refusal.reason.row().error.as_str(),
    }
}

#[test]
fn rule_request_and_account_decide_together() {
    use MfaRule::{OnRequest, Required, WhenEnrolled};
    let offer = |fulfilled| Demand::Offer { fulfilled };
    let none = || Asked::default();
    let table = [
        // Nobody asks for more.
        (OnRequest, none(), true, false, Demand::Met),
        (OnRequest, none(), true, true, Demand::Met),
        (WhenEnrolled, none(), true, false, Demand::Met),
        (WhenEnrolled, none(), true, true, Demand::Prove),
        (Required, none(), true, false, Demand::Enrol),
        (Required, none(), true, true, Demand::Prove),
        // The request does.
        (OnRequest, asked(MFA, false), false, true, Demand::Prove),
        (OnRequest, asked(MFA, false), true, true, Demand::Prove),
        (OnRequest, asked(MFA, false), false, false, offer(true)),
        (OnRequest, asked(MFA, false), true, false, offer(false)),
        (OnRequest, asked(MFA, true), false, false, offer(false)),
        (WhenEnrolled, asked(MFA, true), false, false, offer(false)),
        (Required, asked(MFA, true), false, false, Demand::Enrol),
        // It would like more, and takes less.
        (OnRequest, asked("urn:doorward:acr:mfa urn:doorward:acr:pwd", false), true, true, Demand::Prove),
        (OnRequest, asked("urn:doorward:acr:mfa urn:doorward:acr:pwd", false), true, false, Demand::Met),
        (OnRequest, asked("urn:doorward:acr:pwd urn:doorward:acr:mfa", true), true, true, Demand::Met),
        (OnRequest, asked(PWD, true), true, true, Demand::Met),
        (OnRequest, asked("1 urn:other:gold", false), true, false, Demand::Met),
        (OnRequest, asked("1 urn:doorward:acr:mfa", false), true, false, offer(false)),
    ];
    for (rule, asked, wants_api, is_enrolled, expected) in table {
        let found = demand(rule, &asked, wants_api, (is_enrolled, Acr::Password));
        assert_eq!(found, expected, "{rule:?} {asked:?} api {wants_api} enrolled {is_enrolled}");
        let strong = demand(rule, &asked, wants_api, (is_enrolled, Acr::MultiFactor));
        assert_eq!(strong, Demand::Met, "two factors are enough for everybody");
    }
}

#[test]
fn the_stricter_of_tenant_and_application_counts() {
    use MfaRule::{OnRequest, Required, WhenEnrolled};
    for (tenant, app, expected) in [
        (OnRequest, None, "code"),
        (OnRequest, Some(OnRequest), "code"),
        (OnRequest, Some(WhenEnrolled), "prove"),
        (WhenEnrolled, Some(OnRequest), "prove"),
        (Required, Some(OnRequest), "prove"),
        (OnRequest, Some(Required), "prove"),
    ] {
        let mut world = with_factor();
        world.tenant.mfa = tenant;
        world.client(WEB).mfa = app;
        for door in world.doors() {
            let visit = Visit::of(WEB, "openid");
            assert_eq!(outcome(&world, &door, &visit), expected, "{tenant:?} {app:?}");
            let silent = if expected == "prove" { "interaction_required" } else { "code" };
            assert_eq!(outcome(&world, &door, &visit.prompt("none")), silent, "{tenant:?} {app:?}");
        }
        strengthen(&mut world);
        for door in world.doors() {
            assert_eq!(outcome(&world, &door, &Visit::of(WEB, "openid").prompt("none")), "code");
        }
    }
}

#[test]
fn who_has_no_factor_enrols_one_where_it_is_required() {
    let mut world = World::with_ben_and_his_consent(WEB);
    world.tenant.mfa = MfaRule::Required;
    let door = world.plain();
    let visit = Visit::of(WEB, "openid");
    let Step::EnrolFactor(step) = world.step(&door, &visit) else { panic!("the enrolment") };
    assert_eq!(step.kinds, [crate::model::FactorKind::Totp, crate::model::FactorKind::EmailCode]);
    let declined = visit.clone().after(|it| it.declined_factor = true);
    assert_eq!(outcome(&world, &door, &declined), "enrol", "no way round");
    assert_eq!(outcome(&world, &door, &visit.clone().prompt("none")), "interaction_required");
    world.pass(601);
    let Step::SignIn { reason: SignInReason::BeforeEnrolment, hint } = world.step(&door, &visit) else {
        panic!("an old sign-in is not enough for that")
    };
    assert_eq!(hint.as_deref(), Some("ben.fern"));
}

#[test]
fn a_request_for_an_api_is_a_condition_and_a_wish_is_not() {
    let world = World::with_ben_and_his_consent(WEB);
    let door = world.plain();
    let wish = Visit::of(WEB, "openid").asking(|request| request.acr_values = text(MFA));
    assert_eq!(outcome(&world, &door, &wish), "offer");
    assert_eq!(outcome(&world, &door, &wish.clone().prompt("none")), "code");
    assert_eq!(outcome(&world, &door, &wish.clone().after(|it| it.declined_factor = true)), "code");
    let api = wish.asking(|request| {
        request.scope = text("openid notes.read");
        request.resource = vec!["api://notes".to_owned()];
    });
    assert_eq!(outcome(&world, &door, &api), "offer");
    assert_eq!(outcome(&world, &door, &api.clone().prompt("none")), "interaction_required");
    let declined = api.after(|it| it.declined_factor = true);
    assert_eq!(outcome(&world, &door, &declined), "unmet_authentication_requirements");
}

#[test]
fn an_essential_claim_is_met_or_refused() {
    let world = with_factor();
    for door in world.doors() {
        let visit = |claims: serde_json::Value| {
            Visit::of(WEB, "openid").asking(|request| request.claims = text(&claims.to_string()))
        };
        let acr = |acr: serde_json::Value| visit(json!({ "id_token": { "acr": acr } }));
        let unmet = "unmet_authentication_requirements";
        for (claim, expected) in [
            (json!(null), "prove"),
            (json!({ "essential": true }), "prove"),
            (json!({ "essential": true, "value": MFA }), "prove"),
            (json!({ "essential": true, "values": ["gold", MFA] }), "prove"),
            (json!({ "essential": true, "value": "gold" }), unmet),
            (json!({ "essential": true, "values": ["gold", "silver"] }), unmet),
            (json!({ "value": "gold" }), "prove"),
            (json!({ "value": 7 }), "invalid_request"),
            (json!({ "values": "gold" }), "invalid_request"),
            (json!({ "values": ["gold", 7] }), "invalid_request"),
            (json!({ "essential": "yes" }), "invalid_request"),
            (json!("gold"), "invalid_request"),
        ] {
            assert_eq!(outcome(&world, &door, &acr(claim.clone())), expected, "{claim}");
        }
        let both = acr(json!({ "essential": true, "value": "gold" }))
            .asking(|request| request.acr_values = text(MFA));
        assert_eq!(outcome(&world, &door, &both), unmet, "the condition counts, not the wish beside it");
        for odd in [json!({ "id_token": [] }), json!({ "id_token": null }), json!({ "userinfo": 1 })] {
            assert_eq!(outcome(&world, &door, &visit(odd)), "prove", "what is not ours is ignored");
        }
    }
}

#[test]
fn a_wish_for_a_known_strength_succeeds_silently_where_no_rule_asks_for_it() {
    let mut world = with_factor();
    world.tenant.mfa = MfaRule::OnRequest;
    let door = world.plain();
    let wish = Visit::of(WEB, "openid").asking(|request| request.acr_values = text(MFA));
    assert_eq!(outcome(&world, &door, &wish), "prove");
    assert_eq!(outcome(&world, &door, &wish.clone().prompt("none")), "code");
    let either = wish.asking(|request| request.acr_values = text(&format!("{MFA} {PWD}")));
    assert_eq!(outcome(&world, &door, &either.prompt("none")), "code");
}

#[test]
fn a_fresh_sign_in_is_proven_again_in_full() {
    let mut world = with_factor();
    strengthen(&mut world);
    let door = world.plain();
    let aged = |secs: &str| Visit::of(WEB, "openid").asking(|request| request.max_age = text(secs));
    world.pass(100);
    assert_eq!(outcome(&world, &door, &aged("300")), "code");
    assert_eq!(outcome(&world, &door, &aged("60")), "sign in");
    let ben = world.ben;
    world.sign_in(ben);
    let tenant = world.tenant.id;
    let signed_in = aged("60").after(|it| {
        it.account = Some((tenant, ben));
        it.signed_in = true;
    });
    assert_eq!(
        outcome(&world, &door, &signed_in),
        "prove",
        "the factor of an earlier sign-in does not count"
    );
    strengthen(&mut world);
    assert_eq!(outcome(&world, &door, &signed_in), "code");
}

#[test]
fn the_refusals_have_the_words_of_their_specifications() {
    let world = with_factor();
    let refused = world.refused(&world.plain(), &Visit::of(WEB, "openid").prompt("none"));
    let row = refused.refusal.reason.row();
    assert_eq!((row.code.as_str(), row.error), ("DW1209", OAuthError::InteractionRequired));
    assert!(refused.to.is_some(), "told to the application");
    let last = refused.refusal.trail.checks().last().expect("a trail").clone();
    assert_eq!(last.name, "sign_in.strong_enough");
}

proptest! {
    #[test]
    fn whatever_is_asked_for_is_judged(values in "[a-z: ]{0,20}|(urn:doorward:acr:(pwd|mfa|x) ?){0,4}", essential: bool) {
        let asked = asked(&values, essential);
        prop_assert!(asked.values.iter().all(|value| !value.is_empty() && !value.contains(' ')));
        for is_enrolled in [true, false] {
            let met = demand(MfaRule::OnRequest, &asked, true, (is_enrolled, Acr::MultiFactor));
            prop_assert_eq!(met, Demand::Met);
            let weak = demand(MfaRule::OnRequest, &asked, true, (is_enrolled, Acr::Password));
            let names_it = values.contains(MFA);
            prop_assert!(names_it || weak == Demand::Met);
        }
    }

    #[test]
    fn any_claims_text_is_survived(claims in "\\PC{0,60}|\\{\"id_token\":\\{\"acr\":[\\[\\]{}\":,a-z0-9]{0,30}\\}\\}") {
        let world = World::with_ben_and_his_consent(WEB);
        let visit = Visit::of(WEB, "openid").asking(|request| request.claims = text(&claims));
        let _ = world.authorize(&world.plain(), &visit);
    }
}

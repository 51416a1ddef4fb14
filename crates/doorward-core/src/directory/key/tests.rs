use std::time::Duration;

use super::*;
use crate::directory::Command;
use crate::directory::fixture::{self, Bench, NOW};
use crate::model::TenantKey;
use KeyState::{Active, Retiring, Upcoming};

const DAY: u64 = 86_400;

fn key(kid: &str, state: KeyState, age: u64) -> SigningKeyRecord {
    let mut key = fixture::key(fixture::tenant().id, SigningAlgorithm::Rs256, kid, state);
    key.state_since = NOW - Duration::from_secs(age);
    key
}

fn of_another_tenant(mut key: SigningKeyRecord) -> SigningKeyRecord {
    key.tenant = crate::model::TenantId::random([99; 16]);
    key
}

type States = Vec<(String, KeyState)>;

fn done(keys: Vec<SigningKeyRecord>, command: KeyCommand) -> Result<(Decision, States), Refusal> {
    let mut bench = Bench::new();
    bench.keys = keys;
    let decision = bench.decide(&Command::Key(TenantKey::new("meadow"), command))?;
    let Outcome::Keys(views) = &decision.outcome else { panic!("keys answer with keys") };
    let states = views.iter().map(|key| (key.kid.to_string(), key.state)).collect();
    Ok((decision, states))
}

fn rotated(keys: Vec<SigningKeyRecord>, timing: RotationTiming) -> Result<(Decision, States), Refusal> {
    let has_next = keys.iter().any(|key| key.state == Upcoming);
    let new = (!has_next).then(|| Box::new(key("new", Retiring, 0)));
    done(keys, KeyCommand::Rotate { algorithm: SigningAlgorithm::Rs256, new, timing })
}

fn advanced(keys: Vec<SigningKeyRecord>) -> (Decision, States) {
    done(keys, KeyCommand::Advance { made: vec![key("new", Retiring, 0)] }).unwrap()
}

fn named<const N: usize>(states: [(&str, KeyState); N]) -> States {
    states.into_iter().map(|(kid, state)| (kid.to_owned(), state)).collect()
}

fn audits(decision: &Decision) -> Vec<String> {
    let lines = decision.changes.iter().filter_map(|change| match change {
        Change::Audit(line) => Some(line.action.clone()),
        _ => None,
    });
    lines.collect()
}

#[test]
fn a_key_is_published_for_the_overlap_before_it_signs() {
    let (decision, states) = rotated(vec![key("a", Active, 9)], RotationTiming::Published).unwrap();
    assert_eq!(states, named([("new", Upcoming), ("a", Active)]));
    assert_eq!(audits(&decision), ["keys.rotate"]);
    let both = |age| vec![key("a", Active, 9), key("b", Upcoming, age)];
    let refusal = rotated(both(DAY - 60), RotationTiming::Published).unwrap_err();
    assert!(refusal.to_string().contains("in 1 min"), "{refusal}");
    assert_eq!(advanced(both(DAY - 1)).1, named([("b", Upcoming), ("a", Active)]));
    let (decision, states) = advanced(both(DAY));
    assert_eq!(states, named([("b", Active), ("a", Retiring)]));
    assert_eq!(audits(&decision), ["keys.promote"]);
    let (_, states) = rotated(both(1), RotationTiming::Now).unwrap();
    assert_eq!(states, named([("b", Active), ("a", Retiring)]), "the one that was published");
}

#[test]
fn a_whole_life_takes_its_time_by_itself() {
    let mut bench = Bench::new();
    bench.keys = vec![key("a", Active, 90 * DAY - 1)];
    let policy = KeyPolicy::default();
    assert_eq!(steps(&bench.keys, policy, NOW), []);
    assert_eq!(
        steps(&bench.keys, policy, NOW + Duration::from_secs(1)),
        [KeyStep::Publish(SigningAlgorithm::Rs256)]
    );
    let never = KeyPolicy { rotate_days: 0, ..policy };
    assert_eq!(steps(&bench.keys, never, NOW + Duration::from_secs(400 * DAY)), []);
    let (decision, states) = advanced(vec![key("a", Active, 90 * DAY)]);
    assert_eq!(states, named([("new", Upcoming), ("a", Active)]));
    assert_eq!(audits(&decision), ["keys.publish"]);
    let keys = || vec![key("a", Active, DAY), key("old", Retiring, 90_000), key("older", Retiring, 89_999)];
    let (decision, states) = advanced(keys());
    assert_eq!(states, named([("a", Active), ("older", Retiring)]));
    assert_eq!(audits(&decision), ["keys.remove"]);
    assert_eq!(advanced(vec![key("a", Active, 1)]).0.changes, []);
}

#[test]
fn without_a_key_that_signs_the_next_one_does_at_once() {
    let (_, states) = rotated(Vec::new(), RotationTiming::Published).unwrap();
    assert_eq!(states, named([("new", Active)]));
    assert_eq!(advanced(vec![key("b", Upcoming, 0)]).1, named([("b", Active)]));
}

#[test]
fn an_emergency_withdraws_the_key_and_another_signs_at_once() {
    let command = |kid: &str, new: bool| KeyCommand::Emergency {
        kid: KeyId::new(kid),
        new: new.then(|| Box::new(key("new", Retiring, 0))),
    };
    let revoked = |decision: &Decision| {
        decision.changes.iter().any(
            |change| matches!(change, Change::Revocation(line) if line.what == Revoked::Key(KeyId::new("a"))),
        )
    };
    let (decision, states) = done(vec![key("a", Active, 9)], command("a", true)).unwrap();
    assert_eq!((states, revoked(&decision)), (named([("new", Active)]), true));
    assert_eq!(audits(&decision), ["keys.emergency"]);
    let (decision, states) =
        done(vec![key("a", Active, 9), key("b", Upcoming, 9)], command("a", false)).unwrap();
    assert_eq!((states, revoked(&decision)), (named([("b", Active)]), true), "verifiers may have it already");
    for state in [Upcoming, Retiring] {
        let keys = vec![key("a", state, 9), key("b", Active, 9)];
        let (decision, states) = done(keys, command("a", false)).unwrap();
        assert_eq!((states, revoked(&decision)), (named([("b", Active)]), true));
    }
    assert!(done(vec![key("a", Active, 9)], command("b", true)).is_err());
    assert!(done(vec![key("a", Active, 9)], command("a", false)).is_err(), "nothing would sign");
}

#[test]
fn a_renewed_certificate_and_another_sealing_leave_the_rest_alone() {
    let stored = || vec![key("a", Active, 9)];
    let mut other = key("a", Retiring, 0);
    other.public_jwk = json!({ "x5t": "new" });
    other.sealed_private = "other".to_owned();
    other.certificate_until = Some(NOW + Duration::from_secs(DAY));
    let put = |decision: &Decision| match &decision.changes[..] {
        [Change::Key(KeyChange::Remove { .. }), Change::Key(KeyChange::Add(key)), Change::Audit(_)] => {
            key.clone()
        }
        changes => panic!("{changes:?}"),
    };
    let command = KeyCommand::RenewCertificate { renewed: Box::new(other.clone()) };
    let renewed = put(&done(stored(), command).unwrap().0);
    assert_eq!(
        (renewed.public_jwk.clone(), renewed.certificate_until),
        (other.public_jwk.clone(), other.certificate_until)
    );
    assert_eq!(
        (renewed.state, renewed.sealed_private.as_str(), renewed.state_since),
        (Active, "", stored()[0].state_since)
    );
    let sealed = put(&done(stored(), KeyCommand::Reseal { resealed: vec![other] }).unwrap().0);
    assert_eq!((sealed.state, sealed.sealed_private.as_str()), (Active, "other"));
    assert_eq!(sealed.public_jwk, stored()[0].public_jwk);
}

#[test]
fn the_policy_is_the_tenants_and_keeps_sense() {
    let command = |days, hours| KeyCommand::Policy { rotate_days: days, overlap_hours: hours };
    let (decision, _) = done(vec![key("a", Active, 9)], command(Some(30), Some(48))).unwrap();
    assert_eq!(audits(&decision), ["keys.policy"]);
    assert_eq!(
        decision.undo.unwrap().to_string(),
        "keys policy --rotate-days 90 --overlap-hours 24 --tenant meadow"
    );
    let Outcome::Keys(views) = decision.outcome else { panic!("keys") };
    assert_eq!(views[0].next_from, Some(views[0].state_since + Duration::from_secs(30 * DAY)));
    assert_eq!(done(Vec::new(), command(None, None)).unwrap().0.changes, []);
    for (days, hours) in [(Some(3651), None), (None, Some(0)), (None, Some(721)), (Some(1), Some(25))] {
        assert!(done(Vec::new(), command(days, hours)).is_err(), "{days:?} {hours:?}");
    }
}

#[test]
fn a_key_of_another_tenant_is_never_taken() {
    let foreign = || of_another_tenant(key("new", Retiring, 0));
    let rotate = KeyCommand::Rotate {
        algorithm: SigningAlgorithm::Rs256,
        new: Some(Box::new(foreign())),
        timing: RotationTiming::Now,
    };
    assert!(done(vec![key("a", Active, 9)], rotate).is_err());
    assert!(done(vec![key("a", Active, 90 * DAY)], KeyCommand::Advance { made: vec![foreign()] }).is_err());
}

#[test]
fn every_key_says_what_comes_next() {
    let policy = KeyPolicy::default();
    let at = |secs: u64| NOW + Duration::from_secs(secs);
    assert_eq!(due(&key("u", Upcoming, 0), policy), Due::Signs(at(DAY)));
    assert_eq!(due(&key("a", Active, 0), policy), Due::Next(at(90 * DAY)));
    assert_eq!(due(&key("r", Retiring, 0), policy), Due::Gone(at(90_000)));
    let mut short = key("a", Active, 0);
    short.certificate_until = Some(at(DAY));
    assert_eq!(due(&short, policy), Due::Certificate(at(DAY)));
}

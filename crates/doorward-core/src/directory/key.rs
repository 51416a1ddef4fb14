//! Signing keys: listed, and moved on from upcoming over active and retiring to gone.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::desk::{Decision, Desk};
use super::outcome::Outcome;
use super::value::fault;
use crate::change::KeyChange;
use crate::model::{Instant, KeyId, KeyState, SigningAlgorithm, SigningKeyRecord};
use crate::refusal::Refusal;

/// What is done with signing keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyCommand {
    /// Shows them.
    List,
    /// Brings in a new key, made and sealed by the shell, and moves the others of its algorithm on.
    Rotate {
        /// The new key; its state and moments are set here.
        new: Box<SigningKeyRecord>,
        /// In order, or at once.
        timing: RotationTiming,
    },
}

/// When a new key begins to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RotationTiming {
    /// At once, although verifiers may not have fetched it yet: for a key that may be known to others.
    Now,
    /// With the rotation after this one: it is published first, and the one published before begins to sign.
    Published,
}

/// How long a key must have been published before it signs: verifiers that cache for less never miss one.
const PUBLISHED_FIRST: Duration = Duration::from_mins(10);
/// How long after its last signature a key stays published: the longest life of a token, and an hour.
const RETIRING: Duration = Duration::from_hours(25);

/// A key as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyView {
    /// Key id.
    pub kid: KeyId,
    /// Algorithm.
    pub algorithm: SigningAlgorithm,
    /// Where it is in its life.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Instant,
    /// Since when it is in its state.
    pub state_since: Instant,
}

impl From<&SigningKeyRecord> for KeyView {
    fn from(key: &SigningKeyRecord) -> Self {
        Self {
            kid: key.kid.clone(),
            algorithm: key.algorithm,
            state: key.state,
            created_at: key.created_at,
            state_since: key.state_since,
        }
    }
}

impl KeyCommand {
    pub(super) fn subject(&self) -> String {
        match self {
            Self::List => "list".to_owned(),
            Self::Rotate { new, .. } => new.kid.to_string(),
        }
    }
}

pub(super) fn decide(command: &KeyCommand, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let keys = desk.facts.keys(desk.tenant.id);
    match command {
        KeyCommand::List => Ok(Decision::of(Outcome::Keys(views(keys.to_vec())))),
        KeyCommand::Rotate { new, timing } => rotate(keys, new, *timing, desk),
    }
}

fn rotate(
    keys: &[SigningKeyRecord],
    new: &SigningKeyRecord,
    timing: RotationTiming,
    desk: &Desk<'_>,
) -> Result<Decision, Refusal> {
    if new.tenant != desk.tenant.id {
        return Err(fault("keys", new.kid.as_str(), "the key was sealed for another tenant").into());
    }
    let now = desk.env.now;
    let same: Vec<_> = keys.iter().filter(|key| key.algorithm == new.algorithm).collect();
    let upcoming = same.iter().find(|key| key.state == KeyState::Upcoming);
    let is_signing = same.iter().any(|key| key.state == KeyState::Active);
    // The key that begins to sign: the new one at once, the one published before, or none yet.
    let new_state =
        if timing == RotationTiming::Now || !is_signing { KeyState::Active } else { KeyState::Upcoming };
    let promoted = upcoming.filter(|_| new_state == KeyState::Upcoming);
    if let Some(key) = promoted
        && now.since(key.state_since) < PUBLISHED_FIRST
    {
        let age = now.since(key.state_since).as_secs();
        let why = format!(
            "it was published {age} s ago and verifiers may not have it: wait {} s, or use --now",
            PUBLISHED_FIRST.as_secs() - age
        );
        return Err(fault("keys", key.kid.as_str(), why).into());
    }
    let mut changes = Vec::new();
    let mut after = keys.to_vec();
    for key in &same {
        let step = match key.state {
            KeyState::Active if promoted.is_some() || new_state == KeyState::Active => {
                Some(KeyState::Retiring)
            }
            KeyState::Upcoming if promoted.is_some() => Some(KeyState::Active),
            _ => None,
        };
        // At once means that whatever lay beside the old key is distrusted with it.
        let is_over = (key.state == KeyState::Retiring && now.since(key.state_since) >= RETIRING)
            || (key.state == KeyState::Upcoming && timing == RotationTiming::Now);
        if let Some(to) = step {
            let (tenant, kid) = (desk.tenant.id, key.kid.clone());
            changes.push(KeyChange::Move { tenant, kid: kid.clone(), from: key.state, to, at: now });
            for record in after.iter_mut().filter(|record| record.kid == kid) {
                (record.state, record.state_since) = (to, now);
            }
        } else if is_over {
            changes.push(KeyChange::Remove { tenant: desk.tenant.id, kid: key.kid.clone() });
            after.retain(|record| record.kid != key.kid);
        }
    }
    let added = SigningKeyRecord { state: new_state, created_at: now, state_since: now, ..new.clone() };
    changes.push(KeyChange::Add(added.clone()));
    after.push(added);
    let signs = after.iter().find(|k| k.algorithm == new.algorithm && k.state == KeyState::Active);
    let detail = json!({
        "algorithm": new.algorithm,
        "added": new.kid,
        "signs": signs.map(|key| &key.kid),
        "at_once": timing == RotationTiming::Now,
    });
    let mut decision = Decision::of(Outcome::Keys(views(after)));
    for change in changes {
        decision = decision.change(change);
    }
    Ok(decision.change(desk.audit("keys.rotate", new.kid.as_str(), detail)))
}

/// By algorithm, then upcoming, active, retiring.
fn views(mut keys: Vec<SigningKeyRecord>) -> Vec<KeyView> {
    let order = |state: KeyState| match state {
        KeyState::Upcoming => 0,
        KeyState::Active => 1,
        KeyState::Retiring => 2,
    };
    keys.sort_by(|a, b| {
        (a.algorithm, order(a.state), a.created_at, &a.kid).cmp(&(
            b.algorithm,
            order(b.state),
            b.created_at,
            &b.kid,
        ))
    });
    keys.iter().map(KeyView::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Change;
    use crate::directory::Command;
    use crate::directory::fixture::{self, Bench, NOW};
    use crate::model::TenantKey;

    fn rotated(
        keys: Vec<SigningKeyRecord>,
        timing: RotationTiming,
    ) -> Result<(Decision, Vec<(String, KeyState)>), Refusal> {
        let mut bench = Bench::new();
        bench.keys = keys;
        let new =
            Box::new(fixture::key(fixture::tenant().id, SigningAlgorithm::Rs256, "new", KeyState::Retiring));
        let command = Command::Key(TenantKey::new("meadow"), KeyCommand::Rotate { new, timing });
        let decision = bench.decide(&command)?;
        let Outcome::Keys(views) = &decision.outcome else { panic!("keys answer with keys") };
        let states = views.iter().map(|key| (key.kid.to_string(), key.state)).collect();
        Ok((decision, states))
    }

    fn rs256(kid: &str, state: KeyState, age: u64) -> SigningKeyRecord {
        let mut key = fixture::key(fixture::tenant().id, SigningAlgorithm::Rs256, kid, state);
        key.state_since = NOW - Duration::from_secs(age);
        key
    }

    fn named<const N: usize>(states: [(&str, KeyState); N]) -> Vec<(String, KeyState)> {
        states.into_iter().map(|(kid, state)| (kid.to_owned(), state)).collect()
    }

    #[test]
    fn a_key_is_published_before_it_signs() {
        use KeyState::{Active, Retiring, Upcoming};
        let (_, first) = rotated(vec![rs256("a", Active, 9999)], RotationTiming::Published).unwrap();
        assert_eq!(first, named([("new", Upcoming), ("a", Active)]));
        let keys = vec![rs256("a", Active, 9999), rs256("b", Upcoming, 601)];
        let (decision, second) = rotated(keys, RotationTiming::Published).unwrap();
        assert_eq!(second, named([("new", Upcoming), ("b", Active), ("a", Retiring)]));
        assert_eq!(decision.changes.len(), 4);
        assert!(matches!(decision.changes.last(), Some(Change::Audit(_))));
    }

    #[test]
    fn a_key_that_verifiers_may_not_have_does_not_sign() {
        let keys = || vec![rs256("a", KeyState::Active, 9999), rs256("b", KeyState::Upcoming, 599)];
        let refusal = rotated(keys(), RotationTiming::Published).unwrap_err();
        assert!(refusal.to_string().contains("wait 1 s, or use --now"), "{refusal}");
        let (_, states) = rotated(keys(), RotationTiming::Now).unwrap();
        assert_eq!(states, named([("new", KeyState::Active), ("a", KeyState::Retiring)]));
    }

    #[test]
    fn the_first_key_of_an_algorithm_signs_at_once_and_others_stay() {
        let mut other = fixture::key(fixture::tenant().id, SigningAlgorithm::Es256, "e", KeyState::Active);
        other.state_since = NOW;
        let (_, states) = rotated(vec![other], RotationTiming::Published).unwrap();
        assert_eq!(states, named([("e", KeyState::Active), ("new", KeyState::Active)]));
    }

    #[test]
    fn a_retiring_key_goes_when_its_last_token_has_ended() {
        let keys = vec![
            rs256("a", KeyState::Active, 9999),
            rs256("old", KeyState::Retiring, 90_000),
            rs256("older", KeyState::Retiring, 89_999),
        ];
        let (_, states) = rotated(keys, RotationTiming::Published).unwrap();
        assert_eq!(
            states,
            named([("new", KeyState::Upcoming), ("a", KeyState::Active), ("older", KeyState::Retiring)])
        );
    }
}

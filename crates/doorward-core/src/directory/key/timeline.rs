//! When a key moves on, as a pure function of the records, the tenant's policy and the moment.
//!
//! ```text
//!  published ──overlap──▶ signs ──interval──▶ (the next one is published) ──overlap──▶ retiring ──25 h──▶ gone
//! ```

use crate::model::{Instant, KeyId, KeyPolicy, KeyState, SigningAlgorithm, SigningKeyRecord};

/// A move whose time has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyStep {
    /// A next key is to be made and published.
    Publish(SigningAlgorithm),
    /// A key begins to sign; the one before retires.
    Promote(KeyId),
    /// A key is forgotten: nothing that it signed lives.
    Remove(KeyId),
}

/// The next moment that concerns a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The certificate ends and nothing else happens before.
    Certificate(Instant),
    /// It is forgotten.
    Gone(Instant),
    /// The next key is published.
    Next(Instant),
    /// It begins to sign.
    Signs(Instant),
}

/// What is next for a key.
pub fn due(key: &SigningKeyRecord, policy: KeyPolicy) -> Due {
    match key.state {
        KeyState::Upcoming => Due::Signs(key.state_since + policy.overlap()),
        KeyState::Retiring => Due::Gone(key.state_since + KeyPolicy::RETIRING),
        KeyState::Active => {
            let certificate = key.certificate_end();
            match policy.interval().map(|interval| key.state_since + interval) {
                Some(next) if next <= certificate => Due::Next(next),
                _ => Due::Certificate(certificate),
            }
        }
    }
}

/// The moves whose time has come, in the order in which they are made.
pub fn steps(keys: &[SigningKeyRecord], policy: KeyPolicy, now: Instant) -> Vec<KeyStep> {
    let mut steps = Vec::new();
    for key in keys {
        if key.state == KeyState::Retiring && now >= key.state_since + KeyPolicy::RETIRING {
            steps.push(KeyStep::Remove(key.kid.clone()));
        }
    }
    for algorithm in SigningAlgorithm::ALL {
        let of = |state| keys.iter().find(|key| key.algorithm == algorithm && key.state == state);
        match (of(KeyState::Active), of(KeyState::Upcoming)) {
            (Some(_), Some(next)) if now >= next.state_since + policy.overlap() => {
                steps.push(KeyStep::Promote(next.kid.clone()));
            }
            // Nothing signs: waiting would help nobody.
            (None, Some(next)) => steps.push(KeyStep::Promote(next.kid.clone())),
            (Some(active), None) => {
                let is_due = policy.interval().is_some_and(|interval| now >= active.state_since + interval);
                steps.extend(is_due.then_some(KeyStep::Publish(algorithm)));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    steps
}

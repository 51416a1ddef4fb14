//! A key as administrators see it: where it is in its life, and what comes next.

use serde::{Deserialize, Serialize};

use crate::model::{Instant, KeyId, KeyPolicy, KeyState, SigningAlgorithm, SigningKeyRecord};

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
    /// From when on it signs, while it does not yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signs_from: Option<Instant>,
    /// When the next key is published; absent where keys are not rotated by themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_from: Option<Instant>,
    /// When it is gone, once it no longer signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_from: Option<Instant>,
    /// When its certificate ends.
    #[serde(default)]
    pub certificate_until: Instant,
}

impl KeyView {
    /// A key under a tenant's policy.
    pub fn new(key: &SigningKeyRecord, policy: KeyPolicy) -> Self {
        let interval = policy.interval().filter(|_| key.state == KeyState::Active);
        Self {
            kid: key.kid.clone(),
            algorithm: key.algorithm,
            state: key.state,
            created_at: key.created_at,
            state_since: key.state_since,
            signs_from: (key.state == KeyState::Upcoming).then(|| key.state_since + policy.overlap()),
            next_from: interval.map(|interval| key.state_since + interval),
            gone_from: (key.state == KeyState::Retiring).then(|| key.state_since + KeyPolicy::RETIRING),
            certificate_until: key.certificate_end(),
        }
    }
}

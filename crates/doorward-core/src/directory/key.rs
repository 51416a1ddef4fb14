//! Signing keys: listed, moved on from upcoming over active and retiring to gone, and withdrawn in an emergency.

mod timeline;
mod view;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use timeline::{Due, KeyStep, due, steps};
pub use view::KeyView;

use super::desk::{Decision, Desk};
use super::outcome::Outcome;
use super::value::{fault, in_range};
use crate::change::{Change, DirectoryChange, KeyChange};
use crate::model::{
    Instant, KeyId, KeyPolicy, KeyState, Revocation, Revoked, SigningAlgorithm, SigningKeyRecord, Tenant,
};
use crate::refusal::{DirectoryRefusal, Refusal};

/// What is done with signing keys. New keys are made and sealed by the shell; their state and moments are set here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyCommand {
    /// Makes the moves whose time has come: the work of the background job.
    Advance {
        /// A key for every algorithm that is due to get a next one.
        made: Vec<SigningKeyRecord>,
    },
    /// Withdraws a key that others may know: it leaves the key set at once, everything it signed is refused, and where
    /// it was the one that signs, another one signs at once.
    Emergency {
        /// The key.
        kid: KeyId,
        /// The key in its place, where none of the algorithm is published yet.
        new: Option<Box<SigningKeyRecord>>,
    },
    /// Shows them.
    List,
    /// Changes how keys follow one another.
    Policy {
        /// Days between two keys; 0 for never.
        rotate_days: Option<u32>,
        /// Hours for which a key is published before it signs.
        overlap_hours: Option<u32>,
    },
    /// Puts the same key under a new certificate.
    RenewCertificate {
        /// The key with its new certificate.
        renewed: Box<SigningKeyRecord>,
    },
    /// Stores private keys that were sealed anew.
    Reseal {
        /// As they are stored now, with another sealing.
        resealed: Vec<SigningKeyRecord>,
    },
    /// Brings in the next key of an algorithm, or lets the one that is published sign.
    Rotate {
        /// Which.
        algorithm: SigningAlgorithm,
        /// The next key, where none is published yet.
        new: Option<Box<SigningKeyRecord>>,
        /// In order, or at once.
        timing: RotationTiming,
    },
}

/// When the next key begins to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RotationTiming {
    /// At once, although verifiers may not have fetched it yet.
    Now,
    /// When it has been published for the overlap of the tenant.
    Published,
}

impl KeyCommand {
    pub(super) fn subject(&self) -> String {
        match self {
            Self::Advance { .. } | Self::List | Self::Policy { .. } | Self::Reseal { .. } => {
                "keys".to_owned()
            }
            Self::Emergency { kid, .. } => kid.to_string(),
            Self::RenewCertificate { renewed } => renewed.kid.to_string(),
            Self::Rotate { algorithm, .. } => algorithm.as_str().to_owned(),
        }
    }
}

pub(super) fn decide(command: &KeyCommand, desk: &Desk<'_>) -> Result<Decision, Refusal> {
    let mut ring = Ring::of(desk);
    match command {
        KeyCommand::List => Ok(ring.shown()),
        KeyCommand::Advance { made } => {
            for key in made {
                ring.own(key)?;
            }
            advance(&mut ring, made);
            Ok(ring.decision())
        }
        KeyCommand::Rotate { algorithm, new, timing } => {
            rotate(&mut ring, *algorithm, new.as_deref(), *timing)?;
            Ok(ring.decision())
        }
        KeyCommand::Emergency { kid, new } => {
            withdraw(&mut ring, kid, new.as_deref())?;
            Ok(ring.decision())
        }
        KeyCommand::RenewCertificate { renewed } => {
            renew(&mut ring, renewed)?;
            Ok(ring.decision())
        }
        KeyCommand::Reseal { resealed } => {
            for key in resealed {
                let stored = ring.find(&key.kid)?.clone();
                ring.put(SigningKeyRecord { sealed_private: key.sealed_private.clone(), ..stored });
            }
            ring.note("keys.reseal", "keys", json!({ "keys": resealed.len() }));
            Ok(ring.decision())
        }
        KeyCommand::Policy { rotate_days, overlap_hours } => policy(*rotate_days, *overlap_hours, desk),
    }
}

/// The keys of the tenant while a command works on them, and the changes that make it true.
struct Ring<'a> {
    desk: &'a Desk<'a>,
    keys: Vec<SigningKeyRecord>,
    changes: Vec<Change>,
}

impl<'a> Ring<'a> {
    fn of(desk: &'a Desk<'a>) -> Self {
        Self { desk, keys: desk.facts.keys(desk.tenant.id).to_vec(), changes: Vec::new() }
    }

    fn now(&self) -> Instant {
        self.desk.env.now
    }

    fn in_state(&self, algorithm: SigningAlgorithm, state: KeyState) -> Option<KeyId> {
        let found = self.keys.iter().find(|key| key.algorithm == algorithm && key.state == state);
        found.map(|key| key.kid.clone())
    }

    fn find(&self, kid: &KeyId) -> Result<&SigningKeyRecord, DirectoryRefusal> {
        self.keys.iter().find(|key| key.kid == *kid).ok_or_else(|| {
            let known = self.keys.iter().map(|key| key.kid.as_str());
            let nearest = super::nearest(kid.as_str(), known);
            DirectoryRefusal::NotFound { kind: "key", name: crate::refusal::quote(kid.as_str(), 64), nearest }
        })
    }

    fn own(&self, key: &SigningKeyRecord) -> Result<(), DirectoryRefusal> {
        let is_own = key.tenant == self.desk.tenant.id;
        is_own
            .then_some(())
            .ok_or_else(|| fault("keys", key.kid.as_str(), "the key was sealed for another tenant"))
    }

    fn add(&mut self, new: &SigningKeyRecord, state: KeyState) {
        let now = self.now();
        let added = SigningKeyRecord { state, created_at: now, state_since: now, ..new.clone() };
        self.changes.push(KeyChange::Add(added.clone()).into());
        self.keys.push(added);
    }

    fn step(&mut self, kid: &KeyId, to: KeyState) {
        let (tenant, at) = (self.desk.tenant.id, self.now());
        let Some(key) = self.keys.iter_mut().find(|key| key.kid == *kid) else { return };
        let from = std::mem::replace(&mut key.state, to);
        key.state_since = at;
        self.changes.push(KeyChange::Move { tenant, kid: kid.clone(), from, to, at }.into());
    }

    fn remove(&mut self, kid: &KeyId) {
        self.keys.retain(|key| key.kid != *kid);
        self.changes.push(KeyChange::Remove { tenant: self.desk.tenant.id, kid: kid.clone() }.into());
    }

    /// Replaces what is stored of a key: gone and there again in one commit.
    fn put(&mut self, key: SigningKeyRecord) {
        self.remove(&key.kid);
        self.changes.push(KeyChange::Add(key.clone()).into());
        self.keys.push(key);
    }

    /// A key begins to sign, and the one that did retires.
    fn promote(&mut self, kid: &KeyId) {
        let Some(algorithm) = self.keys.iter().find(|key| key.kid == *kid).map(|key| key.algorithm) else {
            return;
        };
        if let Some(before) = self.in_state(algorithm, KeyState::Active) {
            self.step(&before, KeyState::Retiring);
        }
        self.step(kid, KeyState::Active);
    }

    fn note(&mut self, action: &str, target: &str, detail: Value) {
        self.changes.push(self.desk.audit(action, target, detail));
    }

    fn shown(&self) -> Decision {
        Decision::of(Outcome::Keys(views(&self.keys, self.desk.tenant.keys)))
    }

    fn decision(self) -> Decision {
        let shown = self.shown();
        self.changes.into_iter().fold(shown, Decision::change)
    }
}

fn advance(ring: &mut Ring<'_>, made: &[SigningKeyRecord]) {
    for step in steps(&ring.keys.clone(), ring.desk.tenant.keys, ring.now()) {
        match step {
            KeyStep::Publish(algorithm) => {
                // Without a key of it the next round makes one.
                let Some(new) = made.iter().find(|key| key.algorithm == algorithm) else { continue };
                ring.add(new, KeyState::Upcoming);
                ring.note("keys.publish", new.kid.as_str(), json!({ "algorithm": algorithm }));
            }
            KeyStep::Promote(kid) => {
                ring.promote(&kid);
                ring.note("keys.promote", kid.as_str(), json!({}));
            }
            KeyStep::Remove(kid) => {
                ring.remove(&kid);
                ring.note("keys.remove", kid.as_str(), json!({}));
            }
        }
    }
}

fn rotate(
    ring: &mut Ring<'_>,
    algorithm: SigningAlgorithm,
    new: Option<&SigningKeyRecord>,
    timing: RotationTiming,
) -> Result<(), Refusal> {
    let is_signing = ring.in_state(algorithm, KeyState::Active).is_some();
    let at_once = timing == RotationTiming::Now || !is_signing;
    let next = if let Some(published) = ring.in_state(algorithm, KeyState::Upcoming) {
        if !at_once {
            let from = ring.find(&published)?.state_since + ring.desk.tenant.keys.overlap();
            let left = from.since(ring.now()).as_secs().div_ceil(60);
            let left = if left > 120 { format!("{} h", left.div_ceil(60)) } else { format!("{left} min") };
            let why = format!(
                "it is published already and signs by itself in {left}, when every verifier has it: wait, or use --now"
            );
            return Err(fault("keys", published.as_str(), why).into());
        }
        ring.promote(&published);
        published
    } else {
        let new = fresh(ring, algorithm, new)?;
        ring.add(new, KeyState::Upcoming);
        if at_once {
            ring.promote(&new.kid);
        }
        new.kid.clone()
    };
    let detail = json!({ "algorithm": algorithm, "at_once": at_once });
    ring.note("keys.rotate", next.as_str(), detail);
    Ok(())
}

/// The key that the shell made: there, of this tenant, and of this algorithm.
fn fresh<'k>(
    ring: &Ring<'_>,
    algorithm: SigningAlgorithm,
    new: Option<&'k SigningKeyRecord>,
) -> Result<&'k SigningKeyRecord, DirectoryRefusal> {
    // The shell looked before it made none: somebody else changed the keys since.
    let changed = || DirectoryRefusal::ChangedMeanwhile { kind: "key", name: algorithm.as_str().to_owned() };
    let new = new.filter(|new| new.algorithm == algorithm).ok_or_else(changed)?;
    ring.own(new)?;
    Ok(new)
}

fn withdraw(ring: &mut Ring<'_>, kid: &KeyId, new: Option<&SigningKeyRecord>) -> Result<(), Refusal> {
    let key = ring.find(kid)?.clone();
    ring.remove(kid);
    let mut signs = None;
    if key.state == KeyState::Active {
        let next = if let Some(published) = ring.in_state(key.algorithm, KeyState::Upcoming) {
            published
        } else {
            let new = fresh(ring, key.algorithm, new)?;
            ring.add(new, KeyState::Upcoming);
            new.kid.clone()
        };
        ring.promote(&next);
        signs = Some(next);
    }
    let line = Revocation::new(ring.desk.tenant.id, Revoked::Key(kid.clone()), ring.now());
    ring.changes.push(line.into());
    let detail = json!({ "algorithm": key.algorithm, "state": key.state, "signs": signs });
    ring.note("keys.emergency", kid.as_str(), detail);
    Ok(())
}

fn renew(ring: &mut Ring<'_>, renewed: &SigningKeyRecord) -> Result<(), Refusal> {
    let stored = ring.find(&renewed.kid)?.clone();
    let (public_jwk, certificate_until) = (renewed.public_jwk.clone(), renewed.certificate_until);
    let until = renewed.certificate_end();
    ring.put(SigningKeyRecord { public_jwk, certificate_until, ..stored });
    ring.note("keys.renew_certificate", renewed.kid.as_str(), json!({ "until": until }));
    Ok(())
}

fn policy(
    rotate_days: Option<u32>,
    overlap_hours: Option<u32>,
    desk: &Desk<'_>,
) -> Result<Decision, Refusal> {
    let before = desk.tenant.keys;
    let mut after = before;
    if let Some(days) = rotate_days {
        after.rotate_days = in_range("rotate_days", days, 0..=3650)?;
    }
    if let Some(hours) = overlap_hours {
        after.overlap_hours = in_range("overlap_hours", hours, 1..=720)?;
    }
    if let Some(days) = Some(after.rotate_days).filter(|days| *days > 0)
        && after.overlap_hours > days * 24
    {
        let why = "a key would be published longer than the one before signs";
        return Err(fault("overlap_hours", &after.overlap_hours.to_string(), why).into());
    }
    let shown = Decision::of(Outcome::Keys(views(desk.facts.keys(desk.tenant.id), after)));
    if after == before {
        return Ok(shown);
    }
    let tenant = Tenant { keys: after, ..desk.tenant.clone() };
    let (days, hours) = (before.rotate_days.to_string(), before.overlap_hours.to_string());
    let undo = desk.undo(&["keys", "policy", "--rotate-days", &days, "--overlap-hours", &hours]);
    let detail = json!({ "before": before, "after": after });
    Ok(shown
        .change(DirectoryChange::UpdateTenant { before: desk.tenant.clone(), after: tenant })
        .change(desk.audit("keys.policy", desk.tenant.name.as_str(), detail))
        .undone_by(undo))
}

/// By algorithm, then upcoming, active, retiring.
fn views(keys: &[SigningKeyRecord], policy: KeyPolicy) -> Vec<KeyView> {
    let order = |state: KeyState| match state {
        KeyState::Upcoming => 0,
        KeyState::Active => 1,
        KeyState::Retiring => 2,
    };
    let mut keys: Vec<&SigningKeyRecord> = keys.iter().collect();
    keys.sort_by(|a, b| {
        let place = |key: &SigningKeyRecord| (key.algorithm, order(key.state));
        place(a).cmp(&place(b)).then(b.created_at.cmp(&a.created_at)).then(a.kid.cmp(&b.kid))
    });
    keys.into_iter().map(|key| KeyView::new(key, policy)).collect()
}

#[cfg(test)]
mod tests;

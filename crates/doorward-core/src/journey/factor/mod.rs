//! Second factors: proving one at sign-in, and which ones an account has.
//!
//! Owns the rules of codes (form, single use, budget), of enrolment, and of what may be changed when. Does not own
//! time-based codes themselves nor sealed seeds: the shell computes which time step a typed code belongs to and hands
//! that in as a fact, as it does with passwords. Does not own when a factor is asked for (`authorize`).
//!
//! Proving, in order: read what was typed ([`read_code`], [`RecoveryCode::read`]), commit the charge of one guess
//! ([`charge`]), load account and session, [`prove`], commit. A conflict upon that commit means that the account or the
//! session changed meanwhile: load and prove again, without another charge. So one code counts once in any race.

mod account;
mod code;
mod prove;

pub use account::{
    Enrolled, MOST_FACTORS, NewFactor, Owner, TotpSeed, change_allowed, enrol, regenerate, remove, rename,
    sealed_seed_place, totp_enrolment,
};
pub use code::{RecoveryCode, read_code};
pub use prove::{FactorVerdict, Proven, prove};

use serde::{Deserialize, Serialize};

use super::{Letter, Says};
use crate::change::GuessChange;
use crate::model::{Factor, FactorId, FactorKind, FactorSecret, Instant, User};
use crate::needs::BudgetKey;
use crate::refusal::FactorRefusal;

/// Guesses at an account's codes per window, of all its factors together.
const GUESSES: u32 = 10;
/// The window: 15 minutes.
const WINDOW_SECS: u32 = 900;

/// A way in which the person can prove who they are beside the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorChoice {
    /// Which factor.
    pub id: FactorId,
    /// Its kind.
    pub kind: FactorKind,
    /// What the person calls it.
    pub name: String,
    /// The mailbox that a code would go to, mostly hidden.
    pub mailbox: Option<String>,
}

/// A factor as its owner and administrators see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactorView {
    /// Which factor.
    pub id: FactorId,
    /// Its kind.
    pub kind: FactorKind,
    /// What the person calls it.
    pub name: String,
    /// When it was enrolled, seconds of the Unix epoch.
    pub created_at: Instant,
    /// When it last let the person in, seconds of the Unix epoch.
    pub last_used: Option<Instant>,
    /// Of recovery codes: how many are left.
    pub left: Option<usize>,
}

/// Whether the account has a second factor. Recovery codes alone are none: they stand in for one that is lost.
pub fn is_enrolled(user: &User) -> bool {
    user.factors.iter().any(|factor| factor.kind() != FactorKind::RecoveryCode)
}

/// The factors of an account, oldest first.
pub fn list(user: &User) -> Vec<FactorView> {
    let view = |factor: &Factor| FactorView {
        id: factor.id,
        kind: factor.kind(),
        name: factor.name.clone(),
        created_at: factor.created_at,
        last_used: factor.last_used,
        left: match &factor.secret {
            FactorSecret::RecoveryCodes { left } => Some(left.len()),
            FactorSecret::EmailCode | FactorSecret::Totp { .. } => None,
        },
    };
    user.factors.iter().map(view).collect()
}

/// The ways that are open now: the one that was used last comes first, recovery codes come last. Empty where nothing is
/// left but an administrator's help.
pub fn choices(user: &User) -> Vec<FactorChoice> {
    if !is_enrolled(user) {
        return Vec::new();
    }
    let mut open: Vec<&Factor> = user.factors.iter().filter(|factor| is_open(user, factor)).collect();
    open.sort_by_key(|factor| {
        let is_recovery = factor.kind() == FactorKind::RecoveryCode;
        (is_recovery, std::cmp::Reverse(factor.last_used), factor.kind() == FactorKind::EmailCode)
    });
    let choice = |factor: &Factor| FactorChoice {
        id: factor.id,
        kind: factor.kind(),
        name: factor.name.clone(),
        mailbox: (factor.kind() == FactorKind::EmailCode).then(|| mailbox(user).map(hidden)).flatten(),
    };
    open.into_iter().map(choice).collect()
}

fn is_open(user: &User, factor: &Factor) -> bool {
    match &factor.secret {
        FactorSecret::EmailCode => mailbox(user).is_some(),
        FactorSecret::RecoveryCodes { left } => !left.is_empty(),
        FactorSecret::Totp { .. } => true,
    }
}

/// The mailbox that codes go to: the first proven address.
pub fn mailbox(user: &User) -> Option<&str> {
    user.emails().find(|email| email.proven).map(|email| email.value.as_str())
}

/// A mail to the owner about the factors, where there is a mailbox that is known to be theirs.
fn notice(user: &User, says: Says) -> Option<Letter> {
    mailbox(user).map(|to| Letter { to: to.to_owned(), says })
}

/// The kinds that the account could enrol: an app always, e-mailed codes with a proven address and only once.
pub fn offers(user: &User) -> Vec<FactorKind> {
    let mut kinds = vec![FactorKind::Totp];
    if mailbox(user).is_some() && user.factors.iter().all(|f| f.kind() != FactorKind::EmailCode) {
        kinds.push(FactorKind::EmailCode);
    }
    kinds
}

/// The factor with that id.
pub fn find(user: &User, id: FactorId) -> Result<&Factor, FactorRefusal> {
    user.factors.iter().find(|factor| factor.id == id).ok_or(FactorRefusal::NotEnrolled)
}

/// An address of which the owner recognises what is left.
pub fn hidden(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}\u{2022}\u{2022}\u{2022}@{domain}")
        }
        None => "\u{2022}\u{2022}\u{2022}".to_owned(),
    }
}

/// The change that charges one guess at the account's codes. It is committed before the code is looked at; a conflict
/// `BudgetSpent` means the refusal beside it.
pub fn charge(user: &User, now: Instant) -> (GuessChange, FactorRefusal) {
    let change = GuessChange::Charge { key: budget(user), at: now, limit: GUESSES, window_secs: WINDOW_SECS };
    (change, FactorRefusal::Locked { minutes: WINDOW_SECS / 60 })
}

/// The change that forgets the guesses after a right one.
pub fn forget_guesses(user: &User) -> GuessChange {
    GuessChange::Clear(budget(user))
}

fn budget(user: &User) -> BudgetKey {
    BudgetKey::Factor(user.tenant, user.id)
}

#[cfg(test)]
mod tests;

//! Sign-in with a password.
//!
//! In order: charge the budget of the name, find the account, verify (the same cost for an unknown name), settle.

use super::session::{SignIn, SignedIn};
use crate::authorize::SessionView;
use crate::change::GuessChange;
use crate::decision::At;
use crate::facts::Facts;
use crate::model::{SignInName, User};
use crate::needs::{BudgetKey, Need};
use crate::port::Env;
use crate::refusal::JourneyRefusal;

/// Guesses at one name per window.
const GUESSES: u32 = 10;
/// The window: 15 minutes.
const WINDOW_SECS: u32 = 900;

/// What was typed, without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The name as it is compared.
    pub name: String,
}

/// What the hash said, or why it was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordVerdict {
    /// The password is the account's.
    Right,
    /// It is not, or there is no such account, or it has no password.
    Wrong,
}

impl Attempt {
    /// Reads the name field.
    pub fn read(name: &str) -> Result<Self, JourneyRefusal> {
        let name = SignInName::canonical_form(name);
        if name.is_empty() {
            return Err(JourneyRefusal::Field {
                field: "username",
                fault: "Enter your user name".to_owned(),
            });
        }
        if name.chars().count() > 254 || name.chars().any(char::is_control) {
            return Err(JourneyRefusal::WrongCredentials);
        }
        Ok(Self { name })
    }

    fn budget(&self, at: &At<'_>, env: &Env<'_>) -> BudgetKey {
        let tenant = at.authority.tenant.id;
        let digest = env.vault.mac(tenant, "guess budget", self.name.as_bytes());
        BudgetKey::Password(tenant, crate::model::Digest::new(digest))
    }

    /// The question for the account.
    pub fn need(&self, at: &At<'_>) -> Need {
        let tenant = &at.authority.tenant;
        Need::UserByName(tenant.id, tenant.default_pool, self.name.clone())
    }
}

/// The change that charges one guess. It is committed before the password is looked at; a conflict
/// `BudgetSpent` means [`JourneyRefusal::AccountLocked`].
pub fn charge(attempt: &Attempt, at: &At<'_>, env: &Env<'_>) -> (GuessChange, JourneyRefusal) {
    let change = GuessChange::Charge {
        key: attempt.budget(at, env),
        at: env.now,
        limit: GUESSES,
        window_secs: WINDOW_SECS,
    };
    (change, JourneyRefusal::AccountLocked { minutes: WINDOW_SECS / 60 })
}

/// The account that the name belongs to, where the name may be used to sign in.
pub fn find<'f>(attempt: &Attempt, at: &At<'_>, facts: &'f Facts) -> Option<&'f User> {
    let tenant = &at.authority.tenant;
    facts.user_by_name(tenant.id, tenant.default_pool, &attempt.name)
}

/// The end of the attempt. "Disabled" is told only after the right password.
pub fn settle(
    attempt: &Attempt,
    (user, verdict): (Option<&User>, PasswordVerdict),
    at: &At<'_>,
    view: &SessionView,
    env: &Env<'_>,
) -> Result<SignedIn, JourneyRefusal> {
    let user = user.filter(|_| verdict == PasswordVerdict::Right).ok_or(JourneyRefusal::WrongCredentials)?;
    if user.disabled {
        return Err(JourneyRefusal::AccountDisabled);
    }
    let mut signed_in = SignIn { user, amr: vec!["pwd".to_owned()], new_user: false }.into_session(view, env);
    signed_in.changes.push(GuessChange::Clear(attempt.budget(at, env)).into());
    Ok(signed_in)
}

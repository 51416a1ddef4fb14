//! A forgotten password: a code to the account's mailbox, then a new password.
//!
//! Whoever types a name learns nothing about it: the same page, the same budgets and the same cost, whether an account
//! has the name or not (Settled 19). Nobody is signed in by it: the next sign-in asks for whatever the door asks for.

use super::challenge::{self, Question};
use super::letter::{Letter, Says};
use super::password::{Renewal, Renewed, renew};
use super::signin::Attempt;
use super::signup::Asked;
use crate::change::{ChallengeChange, Change};
use crate::model::{Challenge, ChallengePurpose, Secret, SignInName, Tenant, User, UserId};
use crate::port::Env;
use crate::refusal::JourneyRefusal;

/// Sends a code to the mailbox of the account that has the typed name. The mailbox is the typed one where it is the
/// account's and proven, else the first proven one. Where there is no account and an address was typed, its owner is
/// told so; where there is no mailbox, nobody is.
pub fn ask_reset(
    attempt: &Attempt,
    (transaction, stored): (&[u8], Option<&Challenge>),
    user: Option<&User>,
    tenant: &Tenant,
    env: &Env<'_>,
) -> Result<Asked, JourneyRefusal> {
    challenge::may_resend(stored, env.now)?;
    let user = user.filter(|user| !user.disabled);
    let mailbox = user.and_then(|user| mailbox(user, &attempt.name));
    let told = match (user, mailbox) {
        (_, Some(mailbox)) => Some(mailbox.value.clone()),
        (None, None) => SignInName::email(&attempt.name, false).ok().map(|name| name.value),
        (Some(_), None) => None,
    };
    let purpose = ChallengePurpose::ResetPassword;
    let address = told.as_deref().unwrap_or(&attempt.name);
    let (charges, spent) = challenge::charge_mail(tenant.id, address, env);
    let answers_for = user.filter(|_| mailbox.is_some()).map(|user| user.id);
    let question = Question { tenant: tenant.id, purpose, user: answers_for, address };
    let opened = challenge::open_code(question, transaction, env);
    let says = match answers_for {
        Some(_) => Says::Code { purpose, code: opened.answer.clone() },
        None => Says::NoAccount,
    };
    let mut changes: Vec<Change> = charges.into_iter().map(Change::from).collect();
    changes.push(opened.change().into());
    Ok(Asked { changes, letter: told.map(|to| Letter { to, says }), spent })
}

/// The mailbox that proves who resets.
fn mailbox<'u>(user: &'u User, typed: &str) -> Option<&'u SignInName> {
    let proven = || user.emails().filter(|name| name.proven);
    proven().find(|name| name.canonical == typed).or_else(|| proven().next())
}

/// Judges the code; right is the account whose password may be set. A code that nobody was sent is never right.
pub fn settle_reset(
    stored: Option<&Challenge>,
    answer: &Secret,
    env: &Env<'_>,
) -> Result<(UserId, ChallengeChange), JourneyRefusal> {
    let spend = challenge::settle(stored, ChallengePurpose::ResetPassword, answer, env)?;
    let user = stored.and_then(|stored| stored.user).ok_or(JourneyRefusal::AnswerWrong)?;
    Ok((user, spend))
}

/// Sets the new password, with the change that uses the code up. An account that was switched off meanwhile, or whose
/// password was changed after the code was sent, is refused like a wrong code.
pub fn reset(
    user: Option<&User>,
    (stored, spend): (&Challenge, ChallengeChange),
    password_hash: String,
    tenant: &Tenant,
    env: &Env<'_>,
) -> Result<Renewed, JourneyRefusal> {
    let fits = |user: &&User| !user.disabled && user.epoch <= stored.issued_at;
    let user = user.filter(fits).ok_or(JourneyRefusal::AnswerWrong)?;
    let mut renewed = renew(user, password_hash, Renewal::Reset, tenant, env);
    renewed.changes.insert(0, spend.into());
    Ok(renewed)
}

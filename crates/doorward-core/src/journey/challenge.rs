//! Codes and links that prove a mailbox: opened, charged, settled (Settled 12).
//!
//! Owns the form of the answer, its life, its budgets and the one refusal for every wrong answer. Does not own what an
//! answer is good for (`signup`, `reset`, `invite`, the second factors) nor the words of the mail: the shell writes it
//! and commits it together with the challenge.
//!
//! In order: load the challenge by its id ([`need`]), commit the charge of one guess ([`charge_answer`]), compare
//! ([`settle`]), and commit [`ChallengeChange::Spend`] with whatever the answer allows. Two right answers at once: one
//! commit wins, the other meets `Missing`. A code belongs to a transaction, and so to the browser in which that began.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::change::{ChallengeChange, GuessChange};
use crate::model::{
    Challenge, ChallengePurpose, Digest, Expiry, Instant, Secret, SignInName, TenantId, UserId,
};
use crate::needs::{BudgetKey, Need};
use crate::port::{Env, Vault};
use crate::refusal::JourneyRefusal;

/// Guesses at one challenge.
pub const GUESSES: u32 = 5;
/// Mails to one mailbox in an hour.
pub const MAILS_PER_HOUR: u32 = 5;
/// Mails to one mailbox in a day: what bounds patient guessing, as every guess needs a mail.
pub const MAILS_PER_DAY: u32 = 20;
/// How long one waits before the next mail of the same transaction.
pub const RESEND_AFTER: Duration = Duration::from_secs(30);
/// How long a code is good.
pub const CODE_LIFE: Duration = Duration::from_mins(10);
/// How long a link is good.
pub const LINK_LIFE: Duration = Duration::from_hours(1);
/// How long an invitation is good: 7 days.
pub const INVITATION_LIFE: Duration = Duration::from_hours(7 * 24);

/// What is asked of whom.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The tenant.
    pub tenant: TenantId,
    /// What the answer is good for.
    pub purpose: ChallengePurpose,
    /// The account, where there is one.
    pub user: Option<UserId>,
    /// The mailbox, as it was typed; empty where nothing is sent.
    pub address: &'a str,
}

/// A challenge to store, and its answer to send: in clear in the mail and nowhere else.
#[derive(Clone, Debug)]
pub struct Opened {
    /// To be stored; an earlier one of the same transaction is void with it.
    pub challenge: Challenge,
    /// The code, or the secret of the link.
    pub answer: Secret,
}

impl Opened {
    /// The change that stores it.
    pub fn change(&self) -> ChallengeChange {
        ChallengeChange::Put(self.challenge.clone())
    }
}

/// Six digits for a transaction, good for [`CODE_LIFE`].
pub fn open_code(question: Question<'_>, transaction: &[u8], env: &Env<'_>) -> Opened {
    let number = u64::from_be_bytes(env.entropy.draw()) % 1_000_000;
    let id = code_id(question.tenant, question.purpose, transaction, env.vault);
    opened(question, (id, format!("{number:06}")), CODE_LIFE, env)
}

/// A secret of 256 bits for a link, good for [`LINK_LIFE`] or, for an invitation, [`INVITATION_LIFE`].
pub fn open_link(question: Question<'_>, env: &Env<'_>) -> Opened {
    let secret = URL_SAFE_NO_PAD.encode(env.entropy.draw::<32>());
    let life = match question.purpose {
        ChallengePurpose::Invitation => INVITATION_LIFE,
        ChallengePurpose::AddAddress
        | ChallengePurpose::ResetPassword
        | ChallengePurpose::SecondFactor
        | ChallengePurpose::SignUp
        | ChallengePurpose::Bootstrap => LINK_LIFE,
    };
    let id = link_id(question.tenant, &secret, env.vault);
    opened(question, (id, secret), life, env)
}

fn opened(question: Question<'_>, (id, answer): (Digest, String), life: Duration, env: &Env<'_>) -> Opened {
    let Question { tenant, purpose, user, address } = question;
    let challenge = Challenge {
        tenant,
        id,
        purpose,
        user,
        address: address.to_owned(),
        answer: answer_digest((tenant, id, purpose), &answer, env.vault),
        issued_at: env.now,
        expiry: Expiry::at(env.now + life),
    };
    Opened { challenge, answer: Secret::new(answer) }
}

/// The id of a code's challenge: of another transaction or purpose it is another challenge.
pub fn code_id(tenant: TenantId, purpose: ChallengePurpose, transaction: &[u8], vault: &dyn Vault) -> Digest {
    let bytes = [word(purpose).as_bytes(), b"\0", transaction].concat();
    Digest::new(vault.mac(tenant, "challenge id", &bytes))
}

/// The id of a link's challenge.
pub fn link_id(tenant: TenantId, secret: &str, vault: &dyn Vault) -> Digest {
    Digest::new(vault.mac(tenant, "challenge link", secret.as_bytes()))
}

/// The question for a challenge.
pub fn need(tenant: TenantId, id: Digest) -> Need {
    Need::Challenge(tenant, id)
}

/// Reads a typed code: six digits, with spaces and hyphens as people type them. Anything else costs no guess.
pub fn read_code(typed: &str) -> Result<Secret, JourneyRefusal> {
    let digits: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').take(7).collect();
    if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(Secret::new(digits));
    }
    Err(JourneyRefusal::Field { field: "code", fault: "Enter the 6 digits of the mail".to_owned() })
}

/// The change that charges one guess at a challenge, stored or not. It is committed before the answer is looked at; a
/// conflict `BudgetSpent` means the refusal beside it.
pub fn charge_answer(tenant: TenantId, id: Digest, now: Instant) -> (GuessChange, JourneyRefusal) {
    let window_secs = seconds(CODE_LIFE);
    let key = BudgetKey::Answer(tenant, id);
    let change = GuessChange::Charge { key, at: now, limit: GUESSES, window_secs };
    (change, JourneyRefusal::AnswersSpent { minutes: window_secs / 60 })
}

/// The changes that charge one mail to a mailbox, whether it belongs to an account or not. They ride in the commit
/// that queues the mail; a conflict `BudgetSpent` means the refusal beside them.
pub fn charge_mail(tenant: TenantId, address: &str, env: &Env<'_>) -> (Vec<GuessChange>, JourneyRefusal) {
    let address = SignInName::canonical_form(address);
    let charge = |label, limit, window: Duration| GuessChange::Charge {
        key: BudgetKey::Mail(tenant, Digest::new(env.vault.mac(tenant, label, address.as_bytes()))),
        at: env.now,
        limit,
        window_secs: seconds(window),
    };
    let changes = vec![
        charge("mails in an hour", MAILS_PER_HOUR, Duration::from_hours(1)),
        charge("mails in a day", MAILS_PER_DAY, Duration::from_hours(24)),
    ];
    (changes, JourneyRefusal::MailsSpent { minutes: 60 })
}

/// Whether the transaction's next mail may be sent, given its open challenge.
pub fn may_resend(stored: Option<&Challenge>, now: Instant) -> Result<(), JourneyRefusal> {
    let wait =
        stored.map_or(Duration::ZERO, |stored| RESEND_AFTER.saturating_sub(now.since(stored.issued_at)));
    if wait.is_zero() { Ok(()) } else { Err(JourneyRefusal::ResendTooSoon { seconds: seconds(wait) }) }
}

/// Compares an answer with the stored challenge. Wrong, late, of another purpose, of another transaction or used
/// before is one refusal; right is the change that uses it up, to be committed with what it allows. A conflict
/// `Missing` or `Changed` of that change is [`JourneyRefusal::AnswerWrong`] as well.
pub fn settle(
    stored: Option<&Challenge>,
    purpose: ChallengePurpose,
    answer: &Secret,
    env: &Env<'_>,
) -> Result<ChallengeChange, JourneyRefusal> {
    let stored = stored.filter(|stored| stored.purpose == purpose && !stored.expiry.has_passed(env.now));
    let stored = stored.ok_or(JourneyRefusal::AnswerWrong)?;
    let Challenge { tenant, id, answer: right, .. } = *stored;
    let given = answer_digest((tenant, id, purpose), answer.expose(), env.vault);
    if bool::from(given.as_bytes().ct_eq(right.as_bytes())) {
        Ok(ChallengeChange::Spend { tenant, id, answer: right })
    } else {
        Err(JourneyRefusal::AnswerWrong)
    }
}

fn answer_digest(
    (tenant, id, purpose): (TenantId, Digest, ChallengePurpose),
    answer: &str,
    vault: &dyn Vault,
) -> Digest {
    let bytes = [id.as_bytes(), word(purpose).as_bytes(), b"\0", answer.as_bytes()].concat();
    Digest::new(vault.mac(tenant, "challenge answer", &bytes))
}

fn word(purpose: ChallengePurpose) -> &'static str {
    match purpose {
        ChallengePurpose::AddAddress => "add address",
        ChallengePurpose::Invitation => "invitation",
        ChallengePurpose::ResetPassword => "reset password",
        ChallengePurpose::SecondFactor => "second factor",
        ChallengePurpose::SignUp => "sign up",
        ChallengePurpose::Bootstrap => "bootstrap",
    }
}

fn seconds(span: Duration) -> u32 {
    u32::try_from(span.as_secs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;

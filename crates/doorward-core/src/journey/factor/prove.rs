//! The end of an attempt: what was typed is the account's, counts now, and never again.

use subtle::ConstantTimeEq as _;

use super::{RecoveryCode, budget, find, notice};
use crate::authorize::SessionView;
use crate::change::{Actor, AuditEntry, ChallengeChange, Change, DirectoryChange, GuessChange};
use crate::journey::{Letter, Says, SignedIn, step_up};
use crate::model::{Factor, FactorId, FactorKind, FactorSecret, User};
use crate::port::Env;
use crate::refusal::FactorRefusal;

/// What the shell found out about the code.
#[derive(Clone, Debug)]
pub enum FactorVerdict {
    /// The challenge that was sent to the mailbox is answered; the change uses it up.
    EmailCode(FactorId, ChallengeChange),
    /// A recovery code was typed; the core compares.
    Recovery(RecoveryCode),
    /// The time step that the code belongs to, if any within the window.
    Totp(FactorId, Option<u64>),
}

/// A factor that counted.
#[derive(Clone, Debug)]
pub struct Proven {
    /// The account with the factor marked as used.
    pub user: User,
    /// The kind that was used.
    pub kind: FactorKind,
    /// Of recovery codes: how many are left.
    pub left: Option<usize>,
    /// What the owner is told by mail.
    pub letter: Option<Letter>,
    /// The session at its new strength, and everything that becomes true with it.
    pub signed_in: SignedIn,
}

/// Proves a factor of an account that is signed in with its password in this browser. The account must be as the
/// store has it: the change that uses the code up holds only while it is.
pub fn prove(
    user: &User,
    verdict: FactorVerdict,
    view: &SessionView,
    env: &Env<'_>,
) -> Result<Proven, FactorRefusal> {
    let mut after = user.clone();
    let (factor, spent) = accept(&mut after, verdict, env)?;
    factor.last_used = Some(env.now);
    let kind = factor.kind();
    let left = match &factor.secret {
        FactorSecret::RecoveryCodes { left } => Some(left.len()),
        FactorSecret::EmailCode | FactorSecret::Totp { .. } => None,
    };
    let mut signed_in = step_up(user, view, env).ok_or(FactorRefusal::NeedsFreshSignIn)?;
    signed_in.changes.extend(spent.map(Change::from));
    signed_in.changes.push(GuessChange::Clear(budget(user)).into());
    signed_in.changes.push(DirectoryChange::UpdateUser { before: user.clone(), after: after.clone() }.into());
    if kind == FactorKind::RecoveryCode {
        signed_in.changes.push(Change::Audit(AuditEntry {
            tenant: Some(user.tenant),
            credential: None,
            at: env.now,
            actor: Actor::User(user.tenant, user.id),
            action: "user.factor.recovery_code".to_owned(),
            target: user.sign_in_name().to_owned(),
            detail: serde_json::json!({ "left": left }),
        }));
    }
    let letter = left.and_then(|left| notice(user, Says::RecoveryCodes { left }));
    Ok(Proven { user: after, kind, left, letter, signed_in })
}

/// The factor that the verdict is about, with the code used up.
fn accept<'u>(
    user: &'u mut User,
    verdict: FactorVerdict,
    env: &Env<'_>,
) -> Result<(&'u mut Factor, Option<ChallengeChange>), FactorRefusal> {
    match verdict {
        FactorVerdict::EmailCode(id, spend) => {
            find(user, id)?;
            let factor = named(user, id);
            match factor.secret {
                FactorSecret::EmailCode => Ok((factor, Some(spend))),
                FactorSecret::RecoveryCodes { .. } | FactorSecret::Totp { .. } => {
                    Err(FactorRefusal::NotEnrolled)
                }
            }
        }
        FactorVerdict::Recovery(code) => {
            let digest = code.digest(user.tenant, user.id, env.vault);
            for factor in &mut user.factors {
                let FactorSecret::RecoveryCodes { left } = &mut factor.secret else { continue };
                let place = left.iter().position(|known| known.as_bytes().ct_eq(digest.as_bytes()).into());
                if let Some(place) = place {
                    left.remove(place);
                    return Ok((factor, None));
                }
            }
            Err(FactorRefusal::CodeWrong)
        }
        FactorVerdict::Totp(id, step) => {
            find(user, id)?;
            let factor = named(user, id);
            let FactorSecret::Totp { last_step, .. } = &mut factor.secret else {
                return Err(FactorRefusal::NotEnrolled);
            };
            let step = step.ok_or(FactorRefusal::CodeWrong)?;
            if last_step.is_some_and(|last| step <= last) {
                return Err(FactorRefusal::CodeUsed);
            }
            *last_step = Some(step);
            Ok((factor, None))
        }
    }
}

fn named(user: &mut User, id: FactorId) -> &mut Factor {
    user.factors.iter_mut().find(|factor| factor.id == id).expect("it was found before")
}

//! Invitations: an account that an administrator made, and a link with which its owner sets the first password.
//!
//! Opening the link shows a page; the button on it accepts. Whoever accepts proves the mailbox. Accepting ends every
//! earlier invitation of the account, and signs nobody in.

use super::challenge::{self, Question};
use super::letter::{Letter, Says};
use super::password::{Renewal, Renewed, renew};
use super::signup::Asked;
use crate::change::{Actor, AuditEntry, ChallengeChange, Change, DirectoryChange};
use crate::model::{Challenge, ChallengePurpose, Secret, SignInName, Tenant, User};
use crate::port::Env;
use crate::refusal::JourneyRefusal;

/// Sends an invitation to one of the account's addresses, proven or not.
pub fn invite(user: &User, address: &SignInName, (tenant, actor): (&Tenant, Actor), env: &Env<'_>) -> Asked {
    let purpose = ChallengePurpose::Invitation;
    let question = Question { tenant: tenant.id, purpose, user: Some(user.id), address: &address.value };
    let opened = challenge::open_link(question, env);
    let (charges, spent) = challenge::charge_mail(tenant.id, &address.value, env);
    let mut changes: Vec<Change> = charges.into_iter().map(Change::from).collect();
    changes.push(opened.change().into());
    changes.push(Change::Audit(AuditEntry {
        tenant: Some(tenant.id),
        credential: None,
        at: env.now,
        actor,
        action: "user.invite".to_owned(),
        target: user.sign_in_name().to_owned(),
        detail: serde_json::json!({ "id": user.id, "address": address.value }),
    }));
    let says = Says::Invitation { name: user.sign_in_name().to_owned(), secret: opened.answer };
    Asked { changes, letter: Some(Letter { to: address.value.clone(), says }), spent }
}

/// The account behind a link, if the link is good: what the page may show before the button is pressed.
pub fn invited<'u>(
    (stored, user): (Option<&Challenge>, Option<&'u User>),
    secret: &Secret,
    env: &Env<'_>,
) -> Result<(&'u User, ChallengeChange), JourneyRefusal> {
    let spend = challenge::settle(stored, ChallengePurpose::Invitation, secret, env)?;
    let issued_at = stored.map(|stored| stored.issued_at);
    let fits = |user: &&User| !user.disabled && Some(user.epoch) <= issued_at;
    let user = user.filter(fits).ok_or(JourneyRefusal::AnswerWrong)?;
    Ok((user, spend))
}

/// Sets the password and proves the mailbox, with the change that uses the link up.
pub fn accept(
    user: &User,
    (stored, spend): (&Challenge, ChallengeChange),
    password_hash: String,
    tenant: &Tenant,
    env: &Env<'_>,
) -> Renewed {
    let mut renewed = renew(user, password_hash, Renewal::Invitation, tenant, env);
    let proven = SignInName::canonical_form(&stored.address);
    for change in &mut renewed.changes {
        if let Change::Directory(change) = change
            && let DirectoryChange::UpdateUser { after, .. } = change.as_mut()
            && let Some(name) = after.sign_in_names.iter_mut().find(|name| name.canonical == proven)
        {
            name.proven = true;
        }
    }
    renewed.changes.insert(0, spend.into());
    renewed
}

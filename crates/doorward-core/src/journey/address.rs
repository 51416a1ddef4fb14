//! A further e-mail address of an account: its mailbox is proven by a code, and the mailboxes that were there before
//! are told (both sides know).

use super::challenge::{self, Question};
use super::letter::{Letter, Says};
use super::signup::Asked;
use crate::change::{Actor, AuditEntry, ChallengeChange, Change, DirectoryChange};
use crate::model::{Challenge, ChallengePurpose, Secret, SignInKind, SignInName, Tenant, User};
use crate::port::Env;
use crate::refusal::JourneyRefusal;

/// Names per account.
const MOST_NAMES: usize = 20;

/// What a proven address makes true, and who is told.
#[derive(Clone, Debug)]
pub struct Added {
    /// The account, the code that is used up, and the line of the audit log. A conflict `NameTaken` means
    /// [`JourneyRefusal::NameTaken`]: the mailbox is proven, so it may be said that another account has it.
    pub changes: Vec<Change>,
    /// The news, to the mailboxes that were proven before.
    pub letters: Vec<Letter>,
}

/// Sends a code to an address that shall be the account's. `holder` is another account that signs in with it: its owner
/// is told, and the page says the same as always.
pub fn ask_address(
    (user, address): (&User, &SignInName),
    (transaction, stored): (&[u8], Option<&Challenge>),
    holder: Option<&User>,
    tenant: &Tenant,
    env: &Env<'_>,
) -> Result<Asked, JourneyRefusal> {
    if user.sign_in_names.len() >= MOST_NAMES {
        let fault = format!("An account has at most {MOST_NAMES} names");
        return Err(JourneyRefusal::Field { field: "email", fault });
    }
    challenge::may_resend(stored, env.now)?;
    let purpose = ChallengePurpose::AddAddress;
    let holder = holder.filter(|holder| holder.id != user.id);
    let answers_for = if holder.is_none() { Some(user.id) } else { None };
    let question = Question { tenant: tenant.id, purpose, user: answers_for, address: &address.value };
    let opened = challenge::open_code(question, transaction, env);
    let (charges, spent) = challenge::charge_mail(tenant.id, &address.value, env);
    let says = match holder {
        Some(holder) => Says::AccountExists { name: holder.sign_in_name().to_owned() },
        None => Says::Code { purpose, code: opened.answer.clone() },
    };
    let mut changes: Vec<Change> = charges.into_iter().map(Change::from).collect();
    changes.push(opened.change().into());
    Ok(Asked { changes, letter: Some(Letter { to: address.value.clone(), says }), spent })
}

/// Adds the address, or proves one that the account has, once the code is right. The code is the account's own.
pub fn add_address(
    user: &User,
    stored: Option<&Challenge>,
    answer: &Secret,
    tenant: &Tenant,
    env: &Env<'_>,
) -> Result<Added, JourneyRefusal> {
    let spend: ChallengeChange = challenge::settle(stored, ChallengePurpose::AddAddress, answer, env)?;
    let stored = stored.filter(|stored| stored.user == Some(user.id)).ok_or(JourneyRefusal::AnswerWrong)?;
    let address = super::signup::read_address(&stored.address)?;
    let told = user.emails().filter(|name| name.proven && name.canonical != address.canonical);
    let says = || Says::AddressAdded { address: address.value.clone() };
    let letters = told.map(|name| Letter { to: name.value.clone(), says: says() }).collect();
    let mut after = user.clone();
    match after.sign_in_names.iter_mut().find(|name| name.canonical == address.canonical) {
        Some(known) => known.proven = known.proven || known.kind == SignInKind::Email,
        None => after.sign_in_names.push(address.clone()),
    }
    let audit = AuditEntry {
        tenant: Some(tenant.id),
        credential: None,
        at: env.now,
        actor: Actor::User(tenant.id, user.id),
        action: "user.name.add".to_owned(),
        target: user.sign_in_name().to_owned(),
        detail: serde_json::json!({ "name": address.value, "proven_by": "code" }),
    };
    let update = DirectoryChange::UpdateUser { before: user.clone(), after };
    Ok(Added { changes: vec![spend.into(), update.into(), Change::Audit(audit)], letters })
}

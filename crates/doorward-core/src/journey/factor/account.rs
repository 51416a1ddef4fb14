//! Which factors an account has: enrolled only when proven, and changed only soon after a full sign-in.
//!
//! The operator's way out, when everything is lost, is a command of the `directory`.

use std::time::Duration;

use super::{RecoveryCode, find, is_enrolled, notice};
use crate::change::{Actor, AuditEntry, Change, DirectoryChange};
use crate::journey::{Letter, Says};
use crate::model::{
    AccountSession, Acr, Factor, FactorId, FactorKind, FactorSecret, Secret, TenantId, User, UserId,
};
use crate::port::{Env, Vault};
use crate::refusal::FactorRefusal;

/// So many factors an account has at the most, recovery codes counted as one.
pub const MOST_FACTORS: usize = 10;
/// So many recovery codes are made at once.
const RECOVERY_CODES: usize = 10;
/// So many characters a name has at the most.
const LONGEST_NAME: usize = 64;
/// How long after a sign-in factors may be changed.
const FRESH: Duration = Duration::from_mins(10);

/// A factor that was proven just now and is to be kept.
#[derive(Clone, Debug)]
pub enum NewFactor {
    /// Codes sent to the proven address.
    EmailCode(FactorId),
    /// An authenticator app.
    Totp {
        /// From [`totp_enrolment`].
        id: FactorId,
        /// The seed, sealed for [`sealed_seed_place`]; base64url.
        sealed_seed: String,
        /// The time step of the code that proved it.
        step: u64,
    },
}

/// A change of an account's factors.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The account as it shall be.
    pub user: User,
    /// To be committed together.
    pub changes: Vec<Change>,
    /// Recovery codes as they are written down, to be shown once; `None` where the person keeps the ones they have.
    pub recovery_codes: Option<Vec<Secret>>,
    /// What the owner is told by mail, with the same commit.
    pub letter: Option<Letter>,
}

/// The owner of an account, signed in.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// The account as the store has it.
    pub user: &'a User,
    /// Their session in this browser.
    pub session: &'a AccountSession,
}

/// Whether the person may change factors in this session: soon after a sign-in, and in full where the account has a
/// factor. Otherwise a password alone, or a browser left open, would be enough to lock the owner out.
pub fn change_allowed(owner: Owner<'_>, env: &Env<'_>) -> Result<(), FactorRefusal> {
    let Owner { user, session } = owner;
    let is_owner = (session.tenant, session.user) == (user.tenant, user.id) && !user.disabled;
    let is_recent = env.now.since(session.auth_time) <= FRESH && user.epoch <= session.auth_time;
    let is_full = !is_enrolled(user) || Acr::of(&session.amr) == Acr::MultiFactor;
    if is_owner && is_recent && is_full { Ok(()) } else { Err(FactorRefusal::NeedsFreshSignIn) }
}

/// Id and seed (20 bytes) of the app that would be enrolled in a transaction. Nothing is stored before it is proven:
/// both follow from the transaction, so that the page can be shown again.
pub fn totp_enrolment(
    tenant: TenantId,
    user: UserId,
    transaction: &[u8],
    vault: &dyn Vault,
) -> (FactorId, TotpSeed) {
    let bytes = [user.as_bytes().as_slice(), transaction].concat();
    let id = vault.mac(tenant, "factor id", &bytes);
    let seed = vault.mac(tenant, "factor seed", &bytes);
    let mut first = [0; 16];
    first.copy_from_slice(&id[..16]);
    let mut twenty = [0; 20];
    twenty.copy_from_slice(&seed[..20]);
    (FactorId::random(first), TotpSeed(twenty))
}

/// A seed on its way to the person who enrols it.
#[derive(Clone)]
pub struct TotpSeed([u8; 20]);

impl TotpSeed {
    /// The bytes.
    pub fn expose(&self) -> &[u8; 20] {
        &self.0
    }
}

impl std::fmt::Debug for TotpSeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpSeed(***)")
    }
}

/// What a seed is sealed for: nobody can move it to another account's factor.
pub fn sealed_seed_place(tenant: TenantId, id: FactorId) -> Vec<u8> {
    format!("{tenant}/factors/{id}").into_bytes()
}

/// Keeps a factor that was proven. The first one brings recovery codes.
pub fn enrol(owner: Owner<'_>, new: NewFactor, env: &Env<'_>) -> Result<Enrolled, FactorRefusal> {
    change_allowed(owner, env)?;
    let user = owner.user;
    let (id, secret, name) = match new {
        NewFactor::EmailCode(id) => (id, FactorSecret::EmailCode, "E-mail code"),
        NewFactor::Totp { id, sealed_seed, step } => {
            (id, FactorSecret::Totp { sealed_seed, last_step: Some(step) }, "Authenticator app")
        }
    };
    if user.factors.iter().any(|factor| factor.id == id) {
        return Err(FactorRefusal::CodeUsed);
    }
    if user.factors.len() >= MOST_FACTORS {
        return Err(FactorRefusal::TooMany { most: MOST_FACTORS });
    }
    let mut after = user.clone();
    let name = free_name(user, name);
    after.factors.push(Factor {
        id,
        name: name.clone(),
        secret,
        created_at: env.now,
        last_used: Some(env.now),
    });
    let has_codes = user.factors.iter().any(|factor| factor.kind() == FactorKind::RecoveryCode);
    let recovery_codes = (!has_codes).then(|| fresh_codes(&mut after, env));
    let letter = notice(user, Says::FactorAdded { factor: name.clone() });
    Ok(Enrolled { recovery_codes, letter, ..changed(user, after, ("user.factor.enrol", &name), env) })
}

/// Gives a factor another name; that changes nothing about who gets in.
pub fn rename(owner: Owner<'_>, id: FactorId, name: &str, env: &Env<'_>) -> Result<Enrolled, FactorRefusal> {
    let user = owner.user;
    find(user, id)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(FactorRefusal::CodeMalformed { fault: "a name has 1 to 64 ordinary characters" });
    }
    let mut after = user.clone();
    for factor in after.factors.iter_mut().filter(|factor| factor.id == id) {
        name.clone_into(&mut factor.name);
    }
    Ok(changed(user, after, ("user.factor.rename", name), env))
}

/// Takes a factor away; with the last one go the recovery codes.
pub fn remove(owner: Owner<'_>, id: FactorId, env: &Env<'_>) -> Result<Enrolled, FactorRefusal> {
    change_allowed(owner, env)?;
    let user = owner.user;
    let name = find(user, id)?.name.clone();
    let mut after = user.clone();
    after.factors.retain(|factor| factor.id != id);
    if !is_enrolled(&after) {
        after.factors.clear();
    }
    let letter = notice(user, Says::FactorRemoved { factor: name.clone() });
    Ok(Enrolled { letter, ..changed(user, after, ("user.factor.remove", &name), env) })
}

/// Replaces the recovery codes; the old ones are worth nothing.
pub fn regenerate(owner: Owner<'_>, env: &Env<'_>) -> Result<Enrolled, FactorRefusal> {
    change_allowed(owner, env)?;
    let user = owner.user;
    if !is_enrolled(user) {
        return Err(FactorRefusal::NotEnrolled);
    }
    let mut after = user.clone();
    after.factors.retain(|factor| factor.kind() != FactorKind::RecoveryCode);
    let codes = fresh_codes(&mut after, env);
    let letter = notice(user, Says::RecoveryCodes { left: codes.len() });
    let told = ("user.factor.regenerate", "recovery codes");
    Ok(Enrolled { letter, recovery_codes: Some(codes), ..changed(user, after, told, env) })
}

fn fresh_codes(user: &mut User, env: &Env<'_>) -> Vec<Secret> {
    let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::draw(env)).collect();
    let left = codes.iter().map(|code| code.digest(user.tenant, user.id, env.vault)).collect();
    user.factors.push(Factor {
        id: FactorId::random(env.entropy.draw()),
        name: "Recovery codes".to_owned(),
        secret: FactorSecret::RecoveryCodes { left },
        created_at: env.now,
        last_used: None,
    });
    codes.iter().map(RecoveryCode::written).collect()
}

/// `name`, or the name with a number behind it.
fn free_name(user: &User, name: &str) -> String {
    let is_free = |name: &str| user.factors.iter().all(|factor| factor.name != name);
    let numbered = (2..=MOST_FACTORS + 1).map(|number| format!("{name} {number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| is_free(name)).unwrap_or_default()
}

fn changed(user: &User, after: User, (action, name): (&str, &str), env: &Env<'_>) -> Enrolled {
    let audit = Change::Audit(AuditEntry {
        tenant: Some(user.tenant),
        credential: None,
        at: env.now,
        actor: Actor::User(user.tenant, user.id),
        action: action.to_owned(),
        target: user.sign_in_name().to_owned(),
        detail: serde_json::json!({ "factor": name }),
    });
    let update = DirectoryChange::UpdateUser { before: user.clone(), after: after.clone() };
    Enrolled { user: after, changes: vec![audit, update.into()], recovery_codes: None, letter: None }
}

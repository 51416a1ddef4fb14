//! What a new password must be (NIST SP 800-63B §3.1.1: length before composition), and what ends when there is one.

use std::time::Duration;

use super::letter::{Letter, Says};
use super::signin::PasswordVerdict;
use crate::change::{Actor, AuditEntry, Change, DirectoryChange, GuessChange, SessionChange};
use crate::model::{
    AccountSession, BrowserSession, Digest, Instant, Revocation, Revoked, SignInName, Tenant, User,
};
use crate::needs::BudgetKey;
use crate::port::Env;
use crate::refusal::JourneyRefusal;

/// Why a password is refused, in words for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordFault {
    /// Among the ones that everybody tries first, or one character repeated.
    #[error("is one of those that are tried first")]
    Common,
    /// It contains the user name.
    #[error("contains the user name")]
    ContainsName,
    /// More than 1024 bytes.
    #[error("has more than 1024 bytes")]
    TooLong,
    /// Fewer than 8 characters.
    #[error("has fewer than 8 characters")]
    TooShort,
}

/// The passwords of eight and more characters that are tried first everywhere, lower case.
const COMMON: &[&str] = &[
    "password",
    "password1",
    "password12",
    "password123",
    "passw0rd",
    "12345678",
    "123456789",
    "1234567890",
    "qwertyui",
    "qwertyuiop",
    "qwerty123",
    "qwerty12",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "baseball",
    "superman",
    "trustno1",
    "welcome1",
    "welcome123",
    "letmein1",
    "letmein123",
    "11111111",
    "00000000",
    "87654321",
    "abcd1234",
    "abc12345",
    "1q2w3e4r",
    "1q2w3e4r5t",
    "1qaz2wsx",
    "zaq12wsx",
    "changeme",
    "changeme1",
    "computer",
    "whatever",
    "starwars",
    "michelle",
    "jennifer",
    "internet",
    "admin123",
    "administrator",
    "asdfghjk",
    "asdfghjkl",
    "monkey123",
    "dragon123",
    "master123",
    "shadow123",
    "summer2024",
    "summer2025",
    "winter2024",
    "winter2025",
    "spring2025",
];

/// Checks a new password.
pub fn check_new_password(password: &str, user_name: &str) -> Result<(), PasswordFault> {
    if password.chars().count() < 8 {
        return Err(PasswordFault::TooShort);
    }
    if password.len() > 1024 {
        return Err(PasswordFault::TooLong);
    }
    let lower = password.to_lowercase();
    let mut chars = lower.chars();
    let first = chars.next();
    if COMMON.contains(&lower.as_str()) || chars.all(|c| Some(c) == first) {
        return Err(PasswordFault::Common);
    }
    let name = user_name.to_lowercase();
    if name.chars().count() >= 4 && lower.contains(&name) {
        return Err(PasswordFault::ContainsName);
    }
    Ok(())
}

/// What a new password makes true, and who is told.
#[derive(Clone, Debug)]
pub struct Renewed {
    /// The account, the end of all that was issued, the line of the feed and of the audit log.
    pub changes: Vec<Change>,
    /// The news, to every proven mailbox.
    pub letters: Vec<Letter>,
}

/// How a new password came about; the word of the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// The signed-in person changed it.
    Changed,
    /// An invited person set the first one.
    Invitation,
    /// A code sent to the mailbox allowed it.
    Reset,
}

/// The change of a signed-in person, who proved the old password: everything else that was issued for the account ends,
/// the session in which it happens lives on. The guess is charged with [`super::charge`], and the old password verified
/// once in the bounded pool, before this.
pub fn change_password(
    (user, verdict): (&User, PasswordVerdict),
    password_hash: String,
    session: &BrowserSession,
    tenant: &Tenant,
    env: &Env<'_>,
) -> Result<Renewed, JourneyRefusal> {
    if verdict != PasswordVerdict::Right {
        return Err(JourneyRefusal::WrongCredentials);
    }
    if user.disabled {
        return Err(JourneyRefusal::AccountDisabled);
    }
    let mut renewed = renew(user, password_hash, Renewal::Changed, tenant, env);
    let epoch = epoch_after(user.epoch, env.now);
    let mut session = session.clone();
    session.version += 1;
    let mine = |account: &&mut AccountSession| account.tenant == user.tenant && account.user == user.id;
    if let Some(account) = session.accounts.iter_mut().find(mine) {
        // The password was proven this very moment; a second later than now where the epoch is.
        account.auth_time = epoch;
        renewed.changes.push(SessionChange::Put { session, replaces: None }.into());
    }
    Ok(renewed)
}

/// The account with another password: every session, code and grant of before is dead, every guess forgotten.
pub(super) fn renew(
    user: &User,
    password_hash: String,
    how: Renewal,
    tenant: &Tenant,
    env: &Env<'_>,
) -> Renewed {
    let mut after = user.clone();
    after.password = Some(password_hash);
    after.epoch = epoch_after(user.epoch, env.now);
    let mut changes = vec![
        DirectoryChange::UpdateUser { before: user.clone(), after }.into(),
        Revocation::new(tenant.id, Revoked::User(user.id), env.now).into(),
        Change::Audit(AuditEntry {
            tenant: Some(tenant.id),
            credential: None,
            at: env.now,
            actor: Actor::User(tenant.id, user.id),
            action: match how {
                Renewal::Changed => "user.password.change",
                Renewal::Invitation => "user.invitation.accept",
                Renewal::Reset => "user.password.reset",
            }
            .to_owned(),
            target: user.sign_in_name().to_owned(),
            detail: serde_json::json!({ "had_one": user.password.is_some() }),
        }),
    ];
    changes.extend(budgets(user, tenant, env).into_iter().map(|key| GuessChange::Clear(key).into()));
    let told = user.emails().filter(|name| name.proven && how != Renewal::Invitation);
    let letter = |name: &SignInName| Letter { to: name.value.clone(), says: Says::PasswordChanged };
    Renewed { changes, letters: told.map(letter).collect() }
}

/// The epoch that ends what was issued up to this second.
pub(super) fn epoch_after(old: Instant, now: Instant) -> Instant {
    old.max(now + Duration::from_secs(1))
}

/// The budgets of wrong passwords at the account's names, as they are typed and as user principal names.
fn budgets(user: &User, tenant: &Tenant, env: &Env<'_>) -> Vec<BudgetKey> {
    let typed = user.sign_in_names.iter().filter(|name| name.proven).flat_map(|name| {
        let principal = SignInName::canonical_form(&tenant.user_principal_name(&name.value));
        [name.canonical.clone(), principal]
    });
    let key = |text: String| {
        let digest = env.vault.mac(tenant.id, "guess budget", text.as_bytes());
        BudgetKey::Password(tenant.id, Digest::new(digest))
    };
    typed.map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_and_the_obvious_is_refused() {
        assert_eq!(check_new_password("fern-kettle-08", "ben.fern"), Ok(()));
        assert_eq!(check_new_password("short", "ben"), Err(PasswordFault::TooShort));
        assert_eq!(check_new_password("Password123", "ben"), Err(PasswordFault::Common));
        assert_eq!(check_new_password("aaaaaaaaaa", "ben"), Err(PasswordFault::Common));
        assert_eq!(check_new_password("my-ben.fern-1", "Ben.Fern"), Err(PasswordFault::ContainsName));
        assert_eq!(check_new_password(&"x1".repeat(600), "ben"), Err(PasswordFault::TooLong));
    }
}

//! The browser session that a proven sign-in makes. The cookie changes with every sign-in (Settled 16), so that a
//! cookie planted before it is worth nothing after.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::authorize::{PendingSession, SessionView};
use crate::change::Change;
use crate::model::{AccountSession, BrowserSession, Expiry, Secret, SessionId, User};
use crate::port::Env;

/// Who signed in, and how.
pub struct SignIn<'a> {
    /// The account.
    pub user: &'a User,
    /// Methods (RFC 8176).
    pub amr: Vec<String>,
    /// The account was created just now.
    pub new_user: bool,
}

/// A sign-in that succeeded.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session to store, with the same commit as the code or on its own.
    pub pending: PendingSession,
    /// The new cookie's value.
    pub cookie: Secret,
    /// What else becomes true: the budget is forgotten, an account is created.
    pub changes: Vec<Change>,
}

impl SignIn<'_> {
    /// Makes the session. An account that is signed in already keeps its `sid` and its applications.
    pub fn into_session(self, view: &SessionView, env: &Env<'_>) -> SignedIn {
        let cookie = URL_SAFE_NO_PAD.encode(env.entropy.draw::<32>());
        let known = view.current().filter(|session| !session.expiry.has_passed(env.now));
        let mut accounts = known.map(|session| session.accounts.clone()).unwrap_or_default();
        let place = accounts.iter().position(|a| a.tenant == self.user.tenant && a.user == self.user.id);
        let before = place.map(|place| accounts.remove(place));
        let (sid, apps) = match before {
            Some(before) => (before.sid, before.apps),
            None => (SessionId::random(env.entropy.draw()), Vec::new()),
        };
        accounts.push(AccountSession {
            tenant: self.user.tenant,
            pool: self.user.pool,
            user: self.user.id,
            sid,
            auth_time: env.now,
            amr: self.amr,
            apps,
        });
        if accounts.len() > BrowserSession::MOST_ACCOUNTS {
            accounts.remove(0);
        }
        let session = BrowserSession {
            digest: env.vault.digest(cookie.as_bytes()),
            version: 1,
            created_at: known.map_or(env.now, |session| session.created_at),
            expiry: Expiry::at(env.now + Duration::from_secs(BrowserSession::LIFE_SECS)),
            accounts,
            device: known.and_then(|session| session.device.clone()),
        };
        let replaces = view.stored.as_ref().map(|stored| stored.digest);
        SignedIn {
            pending: PendingSession { session, replaces },
            cookie: Secret::new(cookie),
            changes: Vec::new(),
        }
    }
}

/// Makes the session stronger (RFC 8176: `otp` beside what was there, and `mfa`). It keeps its `sid` and applications;
/// `auth_time` is now, because the person proved something now. The cookie changes with it, so that whoever planted the
/// old one has no part in the new strength.
///
/// `None` where the account is not signed in here any more: ended, over, signed out by a later epoch, or disabled.
pub fn step_up(user: &User, view: &SessionView, env: &Env<'_>) -> Option<SignedIn> {
    let current = view.current().filter(|session| !session.expiry.has_passed(env.now))?;
    let account = current.account(user.tenant, user.id)?;
    if user.disabled || user.epoch > account.auth_time {
        return None;
    }
    let mut amr = account.amr.clone();
    for method in ["otp", "mfa"] {
        if !amr.iter().any(|known| known == method) {
            amr.push(method.to_owned());
        }
    }
    Some(SignIn { user, amr, new_user: false }.into_session(view, env))
}

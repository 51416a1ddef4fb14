//! Which signed-in account answers the request, or what the person must do first.

use super::{AccountChoice, Draft, SignInReason, Step};
use crate::claims::{open_account_hint, subject_for};
use crate::model::{
    AccountSession, AppId, BrowserSession, Digest, SessionId, SignInName, TenantId, User, UserId,
};
use crate::port::Env;
use crate::profile::SeveralAccountsError;
use crate::refusal::AuthorizeRefusal;

/// The browser's session as this request sees it.
#[derive(Clone, Debug, Default)]
pub struct SessionView {
    /// As it is stored.
    pub stored: Option<BrowserSession>,
    /// As a sign-in of this very request made it; stored by the same commit.
    pub pending: Option<PendingSession>,
}

/// A session that a sign-in of this request creates.
#[derive(Clone, Debug)]
pub struct PendingSession {
    /// The session with the new account.
    pub session: BrowserSession,
    /// The session it takes the place of.
    pub replaces: Option<Digest>,
}

impl SessionView {
    /// The session that counts.
    pub fn current(&self) -> Option<&BrowserSession> {
        self.pending.as_ref().map(|pending| &pending.session).or(self.stored.as_ref())
    }

    /// The accounts of one tenant, oldest first.
    pub fn accounts_of(&self, tenant: TenantId) -> impl Iterator<Item = &AccountSession> {
        self.current()
            .into_iter()
            .flat_map(|s| s.accounts.iter())
            .filter(move |account| account.tenant == tenant)
    }
}

/// A usable account.
pub(super) struct Account<'a> {
    pub(super) session: &'a AccountSession,
    pub(super) user: &'a User,
}

impl Account<'_> {
    pub(super) fn choice(&self, draft: &Draft<'_>) -> AccountChoice {
        AccountChoice {
            sid: self.session.sid,
            tenant: self.session.tenant,
            pool: self.session.pool,
            user: self.session.user,
            display_name: self.user.display_name.clone(),
            sign_in_name: self.user.sign_in_name().to_owned(),
            kind: draft.asking.at.authority.tenant.kind,
        }
    }
}

pub(super) enum Selected<'a> {
    Account(Account<'a>),
    Step(Step),
}

/// The hint that a request carries, most precise first.
enum Hint<'a> {
    Sid(Option<SessionId>),
    Token { sid: Option<SessionId>, user: Option<UserId> },
    Opaque(Option<(TenantId, UserId)>),
    Name(&'a str),
}

impl Hint<'_> {
    fn parameter(&self) -> &'static str {
        match self {
            Self::Sid(_) => "sid",
            Self::Token { .. } => "id_token_hint",
            Self::Opaque(_) | Self::Name(_) => "login_hint",
        }
    }

    fn fits(&self, account: &Account<'_>, upn: &str) -> bool {
        match self {
            Self::Sid(sid) => *sid == Some(account.session.sid),
            Self::Token { sid, user } => {
                user.map_or(*sid == Some(account.session.sid), |user| user == account.session.user)
            }
            Self::Opaque(named) => *named == Some((account.session.tenant, account.session.user)),
            Self::Name(name) => {
                let name = SignInName::canonical_form(name);
                account.user.sign_in_names.iter().any(|known| known.canonical == name)
                    || SignInName::canonical_form(upn) == name
            }
        }
    }
}

/// Chooses the account (the order of precedence of hints: `sid`, opaque hint, name, `id_token_hint`).
pub(super) fn select<'a>(draft: &Draft<'a>, env: &Env<'_>) -> Result<Selected<'a>, AuthorizeRefusal> {
    let prompts = draft.prompts;
    let interaction = draft.asking.interaction;
    let request = draft.asking.request;
    let usable = usable(draft, env);
    let hint = hint(draft, &usable, env);
    let fill_in = request.login_hint.clone().filter(|hint| !hint.starts_with("O."));
    let sign_in = |reason| Ok(Selected::Step(Step::SignIn { reason, hint: fill_in.clone() }));

    if !interaction.signed_in {
        if interaction.use_another {
            return sign_in(SignInReason::UseAnother);
        }
        if prompts.create {
            return Ok(Selected::Step(Step::SignUp));
        }
    }
    let account = if let Some(chosen) = interaction.account {
        match usable.into_iter().find(|a| (a.session.tenant, a.session.user) == chosen) {
            Some(account) => account,
            None if prompts.none => return Err(AuthorizeRefusal::LoginRequired),
            None => return sign_in(SignInReason::HintedAccountNotSignedIn),
        }
    } else if prompts.select_account {
        if usable.is_empty() {
            return sign_in(SignInReason::NobodySignedIn);
        }
        let accounts = usable.iter().map(|account| account.choice(draft)).collect();
        return Ok(Selected::Step(Step::ChooseAccount { accounts }));
    } else if usable.is_empty() {
        return if prompts.none {
            Err(AuthorizeRefusal::LoginRequired)
        } else {
            sign_in(SignInReason::NobodySignedIn)
        };
    } else {
        let tenant = &draft.asking.at.authority.tenant;
        let mut fitting = usable;
        if let Some(hint) = hint {
            fitting.retain(|a| hint.fits(a, &tenant.user_principal_name(a.user.sign_in_name())));
            if fitting.is_empty() {
                return if prompts.none {
                    Err(AuthorizeRefusal::HintMatchesNobody { parameter: hint.parameter() })
                } else {
                    sign_in(SignInReason::HintedAccountNotSignedIn)
                };
            }
        }
        if fitting.len() > 1 {
            if prompts.none {
                return Err(AuthorizeRefusal::SeveralAccounts { count: fitting.len() });
            }
            let accounts = fitting.iter().map(|account| account.choice(draft)).collect();
            return Ok(Selected::Step(Step::ChooseAccount { accounts }));
        }
        fitting.remove(0)
    };
    if let Some(step) = freshness(draft, &account, env)? {
        return Ok(Selected::Step(step));
    }
    Ok(Selected::Account(account))
}

/// `prompt=login` and `max_age`: was the sign-in fresh enough? One that happened in this flow always is.
fn freshness(
    draft: &Draft<'_>,
    account: &Account<'_>,
    env: &Env<'_>,
) -> Result<Option<Step>, AuthorizeRefusal> {
    if draft.asking.interaction.signed_in {
        return Ok(None);
    }
    let hint = Some(account.user.sign_in_name().to_owned());
    if draft.prompts.login {
        return Ok(Some(Step::SignIn { reason: SignInReason::PromptLogin, hint }));
    }
    let age_secs = env.now.since(account.session.auth_time).as_secs();
    match draft.max_age {
        Some(max_age_secs) if age_secs > max_age_secs || max_age_secs == 0 => {
            if draft.prompts.none {
                return Err(AuthorizeRefusal::SessionTooOld { age_secs, max_age_secs });
            }
            Ok(Some(Step::SignIn { reason: SignInReason::TooOld, hint }))
        }
        _ => Ok(None),
    }
}

/// The accounts of this tenant that may still be used: in a session that has not ended, not disabled, not signed out by
/// a later epoch, and of a subject that the request wants.
fn usable<'a>(draft: &Draft<'a>, env: &Env<'_>) -> Vec<Account<'a>> {
    let tenant = draft.asking.at.authority.tenant.id;
    let asking: &'a super::Asking<'a> = draft.asking;
    let client = draft.client.expect("client.known passed");
    let is_wanted = |user| {
        draft.wanted.is_anybody() || draft.wanted.fits(&subject_for(&asking.at, client, user, env.vault))
    };
    if asking.session.current().is_none_or(|session| session.expiry.has_passed(env.now)) {
        return Vec::new();
    }
    asking
        .session
        .accounts_of(tenant)
        .filter_map(|session| {
            let user = draft.facts.user(session.tenant, session.pool, session.user)?;
            (!user.disabled && user.epoch <= session.auth_time && is_wanted(user.id))
                .then_some(Account { session, user })
        })
        .collect()
}

fn hint<'a>(draft: &Draft<'a>, usable: &[Account<'_>], env: &Env<'_>) -> Option<Hint<'a>> {
    let request = draft.asking.request;
    if let Some(sid) = &request.sid {
        return Some(Hint::Sid(SessionId::parse(sid).ok()));
    }
    if let Some(hint) = &request.login_hint {
        let opaque = hint.strip_prefix("O.").map(|_| open_account_hint(hint, env.vault));
        return Some(opaque.map_or(Hint::Name(hint), Hint::Opaque));
    }
    let claims = draft.asking.hint?;
    let named = claims.text("oid").or_else(|| claims.text("sub")).and_then(|id| UserId::parse(id).ok());
    // A pairwise subject names nobody by itself: it is compared with those of the accounts that are signed in.
    let user = named.or_else(|| {
        let (client, subject) = (draft.client?, claims.text("sub")?);
        let is_it = |account: &&Account<'_>| {
            subject_for(&draft.asking.at, client, account.user.id, env.vault) == subject
        };
        usable.iter().find(is_it).map(|account| account.session.user)
    });
    Some(Hint::Token { sid: claims.text("sid").and_then(|sid| SessionId::parse(sid).ok()), user })
}

impl AuthorizeRefusal {
    /// The dialect's word for "several accounts fit".
    pub fn several_accounts_error(rule: SeveralAccountsError) -> crate::refusal::OAuthError {
        match rule {
            SeveralAccountsError::AccountSelection => crate::refusal::OAuthError::AccountSelectionRequired,
            SeveralAccountsError::Interaction => crate::refusal::OAuthError::InteractionRequired,
        }
    }
}

/// Adds an application to the ones that an account session remembers.
pub(super) fn remember_app(session: &BrowserSession, sid: SessionId, app: AppId) -> Option<BrowserSession> {
    let known = session.accounts.iter().find(|account| account.sid == sid)?.apps.contains(&app);
    if known {
        return None;
    }
    let mut next = session.clone();
    if let Some(account) = next.accounts.iter_mut().find(|account| account.sid == sid) {
        account.apps.push(app);
    }
    Some(next)
}

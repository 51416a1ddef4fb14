//! Who is at the page: an account of this browser's session that may still be used.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::journey::factor::Owner;
use doorward_core::model::{AccountSession, BrowserSession, Instant, Secret, Tenant, TenantKey, User};
use doorward_core::needs::Need;
use http::HeaderMap;
use subtle::ConstantTimeEq as _;

use crate::app::App;
use crate::cookie;
use crate::endpoint::session_of;
use crate::factors::Whose;
use crate::pages::{AccountCard, AccountKind, Form, Href, Locale, SealedFlow};
use crate::shell::Fault;

/// The person, their session in this browser, and the other accounts of it.
pub(super) struct Member {
    pub(super) tenant: Tenant,
    pub(super) user: User,
    pub(super) session: BrowserSession,
    pub(super) account: AccountSession,
    pub(super) cookie: Secret,
    pub(super) others: Vec<(User, Tenant)>,
}

impl Member {
    /// The account that is wanted by its id, else the one that signed in last.
    pub(super) async fn of(
        app: &App,
        headers: &HeaderMap,
        wanted: Option<&str>,
        now: Instant,
    ) -> Result<Option<Self>, Fault> {
        let Some(cookie) = cookie::session(headers) else { return Ok(None) };
        let Some(session) = session_of(app, Some(&cookie), now).await? else { return Ok(None) };
        let needs: Vec<Need> = session
            .accounts
            .iter()
            .flat_map(|account| {
                let tenant = Need::Tenant(TenantKey::new(&account.tenant.to_string()));
                [Need::User(account.tenant, account.pool, account.user), tenant]
            })
            .collect();
        let facts = app.load(now, |_, _| needs.clone()).await?;
        let mut alive: Vec<(AccountSession, User, Tenant)> = session
            .accounts
            .iter()
            .rev()
            .filter_map(|account| {
                let user = facts.user(account.tenant, account.pool, account.user)?;
                let tenant = facts.tenant(&TenantKey::new(&account.tenant.to_string()))?;
                let usable = !user.disabled && !tenant.disabled && user.epoch <= account.auth_time;
                usable.then(|| (account.clone(), user.clone(), tenant.clone()))
            })
            .collect();
        let place = match wanted {
            Some(id) => alive.iter().position(|(_, user, _)| user.id.to_string() == id),
            None => (!alive.is_empty()).then_some(0),
        };
        let Some(place) = place else { return Ok(None) };
        let (account, user, tenant) = alive.remove(place);
        let others = alive.into_iter().map(|(_, user, tenant)| (user, tenant)).collect();
        Ok(Some(Self { tenant, user, session, account, cookie, others }))
    }

    /// The account and its session, for the rules of factors.
    pub(super) fn owner(&self) -> Owner<'_> {
        Owner { user: &self.user, session: &self.account }
    }

    pub(super) fn whose(&self, locale: Locale, now: Instant) -> Whose<'_> {
        Whose {
            tenant: &self.tenant,
            pool: self.user.pool,
            user: self.user.id,
            cookie: Some(&self.cookie),
            locale,
            now,
        }
    }

    /// A form of ours in this browser for this account.
    pub(super) fn form(&self, app: &App, action: &str) -> Form {
        let action = Href::parse(action).expect("our own paths are plain");
        Form { action, flow: SealedFlow::new(self.mark(app)) }
    }

    /// Whether a form was made for this browser and account.
    pub(super) fn owns(&self, app: &App, mark: &str) -> bool {
        self.mark(app).as_bytes().ct_eq(mark.as_bytes()).into()
    }

    fn mark(&self, app: &App) -> String {
        let bytes = [self.session.digest.as_bytes().as_slice(), self.user.id.as_bytes()].concat();
        URL_SAFE_NO_PAD.encode(app.vault().mac(self.tenant.id, "account form", &bytes))
    }

    pub(super) fn card(&self) -> AccountCard {
        card(&self.user, &self.tenant)
    }
}

/// A person as pages show one.
pub(super) fn card(user: &User, tenant: &Tenant) -> AccountCard {
    use doorward_core::model::TenantKind;
    AccountCard {
        display_name: if user.display_name.is_empty() {
            user.sign_in_name().to_owned()
        } else {
            user.display_name.clone()
        },
        sign_in_name: user.sign_in_name().to_owned(),
        email: user.emails().find(|name| name.proven).map(|name| name.value.clone()),
        kind: match tenant.kind {
            TenantKind::Personal => AccountKind::Personal,
            TenantKind::Work => AccountKind::Work(tenant.display_name.clone()),
        },
    }
}

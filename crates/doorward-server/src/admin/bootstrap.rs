//! The first administrator: a one-time code that the server prints at its start while there is none.
//!
//! The code is 192 random bits; this process keeps its digest and when it ends, nothing else. Redeeming it makes an owner
//! in a tenant, which is made too where there is none of that name, and writes a mark into the store with that commit, so
//! that of two that come at once one wins. It is printed on standard error by the binary and is in no log.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::change::GuessChange;
use doorward_core::directory::{Caller, Command, NewUser, TenantCommand, UserCommand};
use doorward_core::model::{Digest, DirectoryRole, Expiry, Instant, Secret, TenantKey, User};
use doorward_core::refusal::{DirectoryRefusal, RequestRefusal};
use doorward_crypto::random;
use doorward_store::{DirectoryQuery, Entry, Paging};
use http::StatusCode;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use super::call::Call;
use super::execute::{self, Mode};
use super::reply::{Failure, Reply};
use super::{lookup, tenants, users};
use crate::app::App;

/// How every code begins, so that scanners can find one in a file.
const PREFIX: &str = "dwb_";
/// How long a code is good.
pub const BOOTSTRAP_LIFE: Duration = Duration::from_hours(1);
/// The record that says that there was an administrator once: from then on the search is spared.
const ADMINISTERED: &str = "administered";

/// The code that is good at the moment, if one is.
#[derive(Default)]
pub(crate) struct BootstrapDesk(Mutex<Option<Pending>>);

#[derive(Clone, Copy)]
struct Pending {
    digest: Digest,
    ends: Expiry,
}

impl BootstrapDesk {
    fn put(&self, pending: Option<Pending>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = pending;
    }

    /// The pending code, if the presented one is it.
    fn find(&self, digest: Digest, now: Instant) -> Option<Pending> {
        let pending = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pending.filter(|pending| {
            bool::from(pending.digest.as_bytes().ct_eq(digest.as_bytes())) && !pending.ends.has_passed(now)
        })
    }
}

/// A fresh code, where the installation has no administrator; an earlier one is void.
pub async fn bootstrap_code(app: &App) -> Result<Option<Secret>, doorward_store::StoreFault> {
    if is_administered(app).await? {
        return Ok(None);
    }
    let code = Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random::<24>())));
    let digest = app.vault().digest(code.expose().as_bytes());
    app.ports().bootstrap.put(Some(Pending { digest, ends: Expiry::at(app.now() + BOOTSTRAP_LIFE) }));
    Ok(Some(code))
}

/// Whether there is an administrator, or was one.
async fn is_administered(app: &App) -> Result<bool, doorward_store::StoreFault> {
    let store = app.store();
    if store.record(ADMINISTERED).await?.is_some() {
        return Ok(true);
    }
    let mut tenants = DirectoryQuery::Tenants { page: Paging::first() };
    loop {
        let page = store.list(&tenants).await?;
        for entry in page.entries {
            let Entry::Tenant(tenant) = entry else { continue };
            let mut users =
                DirectoryQuery::Users { tenant: tenant.id, pool: None, search: None, page: Paging::first() };
            loop {
                let page = store.list(&users).await?;
                let is_there = |entry: &Entry| matches!(entry, Entry::User(user) if administers(user));
                if page.entries.iter().any(is_there) {
                    store.put_record_once(ADMINISTERED, b"yes".to_vec()).await?;
                    return Ok(true);
                }
                let Some(next) = page.next else { break };
                let after = users.page().after(next);
                users = users.at(after);
            }
        }
        let Some(next) = page.next else { return Ok(false) };
        let after = tenants.page().after(next);
        tenants = tenants.at(after);
    }
}

fn administers(user: &User) -> bool {
    user.roles.iter().any(|role| matches!(role, DirectoryRole::Administrator | DirectoryRole::Owner))
}

/// The first administrator.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    code: String,
    tenant: String,
    name: String,
    password: String,
    display_name: Option<String>,
}

pub(super) async fn redeem(call: Call) -> Result<Reply, Failure> {
    let body: Body = call.secret_json()?;
    let app = &call.app;
    for (name, text) in [("tenant", &body.tenant), ("name", &body.name)] {
        if text.is_empty() {
            return Err(RequestRefusal::MissingParameter { name }.into());
        }
    }
    let now = app.now();
    let digest = app.vault().digest(body.code.as_bytes());
    let pending = app.ports().bootstrap.find(digest, now).ok_or(DirectoryRefusal::BootstrapCode)?;
    if is_administered(app).await? {
        app.ports().bootstrap.put(None);
        return Err(DirectoryRefusal::AdministratorExists.into());
    }
    let caller = Caller { credential: Some("bootstrap code".to_owned()), ..Caller::system() };
    let password = users::hashed(app, body.password, &body.name).await?;
    let key = TenantKey::new(&body.tenant);
    if lookup::tenant(app, &key).await?.is_none() {
        let new = tenants::fresh(app, body.tenant).await?;
        let command = Command::Tenant(TenantCommand::Create(Box::new(new)));
        execute::execute(app, command, (&caller, None), Mode::Commit).await?;
    }
    let new = NewUser {
        name: body.name,
        emails: Vec::new(),
        display_name: body.display_name,
        given_name: None,
        family_name: None,
        local_id: None,
        password: Some(password),
        roles: vec![DirectoryRole::Owner],
    };
    let command = Command::User(key, UserCommand::Add(Box::new(new)));
    let spend = GuessChange::Spend { id: digest, until: pending.ends };
    let decision = execute::execute_with(app, command, &caller, vec![spend.into()]).await?;
    app.ports().bootstrap.put(None);
    app.store().put_record_once(ADMINISTERED, b"yes".to_vec()).await?;
    Ok(Reply::of(app, StatusCode::CREATED, &decision))
}

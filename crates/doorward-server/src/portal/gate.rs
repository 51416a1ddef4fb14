//! Who may read the log: a person who is signed in in this browser and administers a tenant. In the development profile
//! everybody on this machine reads the live log.

use doorward_core::model::User;
use doorward_core::needs::Need;
use http::HeaderMap;

use crate::app::App;
use crate::cookie;
use crate::endpoint::session_of;
use crate::events::Clearance;
use crate::pages::{GateReason, LogKind};
use crate::reply::Visit;
use crate::shell::Fault;

/// The reader of a page.
pub(super) enum Reader {
    /// May read this far.
    Cleared(Clearance),
    /// May not; why, and which log may be offered instead.
    Stopped((GateReason, Option<LogKind>)),
}

impl Reader {
    pub(super) async fn of(
        app: &App,
        visit: &Visit,
        (headers, kind): (&HeaderMap, LogKind),
    ) -> Result<Self, Fault> {
        if kind == LogKind::Live
            && let Some(clearance) = Clearance::of_development(app)
        {
            return Ok(Self::Cleared(clearance));
        }
        let session = session_of(app, cookie::session(headers).as_ref(), visit.now).await?;
        let Some(session) = session.filter(|session| !session.accounts.is_empty()) else {
            return Ok(Self::Stopped((GateReason::NotSignedIn, None)));
        };
        let needs: Vec<Need> = session
            .accounts
            .iter()
            .map(|account| Need::User(account.tenant, account.pool, account.user))
            .collect();
        let facts = app.load(visit.now, |_, _| needs.clone()).await?;
        // The account that signed in last counts first; a session from before the account's epoch counts no more.
        let mut alive = session.accounts.iter().rev().filter_map(|account| {
            let user: &User = facts.user(account.tenant, account.pool, account.user)?;
            (account.auth_time >= user.epoch).then_some(user)
        });
        Ok(match alive.find_map(Clearance::of_person) {
            Some(clearance) => Self::Cleared(clearance),
            None => Self::Stopped((GateReason::NotAllowed, None)),
        })
    }
}

//! The posted account picker: one of the accounts that are signed in, or another one.

use doorward_core::authorize::Interaction;
use doorward_core::model::SessionId;
use doorward_core::refusal::{Refusal, RequestRefusal};
use doorward_dialect::Params;

use super::{OnPage, Stepped, proceed};
use crate::endpoint::session_of;
use crate::pages::USE_ANOTHER;

pub(super) async fn post(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let chosen = params
        .value("account")
        .ok_or_else(|| Refusal::new(RequestRefusal::MissingParameter { name: "account" }))?;
    let interaction = if chosen == USE_ANOTHER {
        Interaction { use_another: true, ..Interaction::default() }
    } else {
        let sid = SessionId::parse(chosen)
            .map_err(|_| Refusal::new(RequestRefusal::value("account", chosen, "an account of the page")))?;
        let session = session_of(at.app, at.asked.cookie.as_ref(), at.visit.now).await?;
        let account = session
            .iter()
            .flat_map(|session| session.accounts.iter())
            .find(|account| account.sid == sid)
            .map(|account| (account.tenant, account.user));
        Interaction { account, ..Interaction::default() }
    };
    at.state.interaction = interaction;
    at.asked.interaction = at.state.interaction.clone();
    proceed(at).await
}

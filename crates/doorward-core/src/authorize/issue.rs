//! The code: what it stands for, and the one transaction that makes it true (Settled 13).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::account::{Account, remember_app};
use super::consent::Allowed;
use super::{CodeReply, Draft};
use crate::change::{Change, GrantChange, SessionChange};
use crate::claims::ClientInfo;
use crate::model::{AuthorizationCode, Expiry, FlowName, GrantId, Secret};
use crate::port::Env;

pub(super) fn code(
    draft: &Draft<'_>,
    account: &Account<'_>,
    allowed: Allowed,
    env: &Env<'_>,
) -> (CodeReply, Vec<Change>) {
    let client = draft.client.expect("client.known passed");
    let authority = draft.asking.at.authority;
    let request = draft.asking.request;
    let (redirect_uri, platform) = draft.redirect.clone().expect("redirect_uri.registered passed");
    let secret = URL_SAFE_NO_PAD.encode(env.entropy.draw::<32>());
    let session = account.session;
    let code = AuthorizationCode {
        tenant: authority.tenant.id,
        digest: env.vault.digest(secret.as_bytes()),
        grant: GrantId::random(env.entropy.draw()),
        client: client.app_id,
        redirect_uri,
        redirect_uri_sent: request.redirect_uri.is_some(),
        platform,
        authority: authority.reference(),
        pool: session.pool,
        user: session.user,
        sid: session.sid,
        scopes: allowed.scopes,
        resource: draft.resolved.as_ref().and_then(|resolved| resolved.api).map(|api| api.id),
        nonce: request.nonce.clone(),
        challenge: draft.challenge.clone(),
        auth_time: session.auth_time,
        auth_time_required: request.max_age.is_some(),
        amr: session.amr.clone(),
        new_user: draft.asking.interaction.new_user,
        issued_at: env.now,
        expiry: Expiry::at(env.now + AuthorizationCode::LIFE),
        redeemed: None,
    };
    let mut changes = allowed.changes;
    changes.extend(session_change(draft, account));
    changes.push(GrantChange::IssueCode(code).into());
    let session_state =
        env.vault.digest(format!("{} {}", client.client_id, session.sid).as_bytes()).to_text();
    let reply = CodeReply {
        to: draft.to.clone().expect("the checks set the return address"),
        code: Secret::new(secret),
        session_state,
        client_info: ClientInfo::of(
            draft.asking.at.shape.client_info,
            session.tenant,
            session.user,
            authority.flow_name().map(FlowName::lower).as_deref(),
        ),
    };
    (reply, changes)
}

/// The session learns which application got a code; a sign-in of this request is stored with it.
fn session_change(draft: &Draft<'_>, account: &Account<'_>) -> Option<Change> {
    let client = draft.client.expect("client.known passed");
    let view = draft.asking.session;
    if let Some(pending) = &view.pending {
        let session = remember_app(&pending.session, account.session.sid, client.app_id)
            .unwrap_or_else(|| pending.session.clone());
        return Some(SessionChange::Put { session, replaces: pending.replaces }.into());
    }
    let mut session = remember_app(view.stored.as_ref()?, account.session.sid, client.app_id)?;
    session.version += 1;
    Some(SessionChange::Put { session, replaces: None }.into())
}

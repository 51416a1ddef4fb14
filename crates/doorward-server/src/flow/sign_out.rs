//! Sign-out pages: the question, and the end.

use axum::response::Response;
use doorward_core::authorize::SessionView;
use doorward_core::change::Conflict;
use doorward_core::logout::{self, Leaving, LogoutReply, LogoutRequest};
use doorward_core::model::{BrowserSession, TenantKind, User};
use doorward_core::needs::Need;
use doorward_core::refusal::{JourneyRefusal, Refusal, RequestRefusal};
use doorward_dialect::{Params, route};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};

use super::{Stepped, accounts, state};
use crate::app::App;
use crate::cookie;
use crate::endpoint::{Found, find, id_token_hint};
use crate::pages::{
    AccountCard, AccountKind, ContinuePage, Form, Href, Page, SealedFlow, SignOutPage, SignedOutPage,
};
use crate::reply::{Visit, nonce, page};
use crate::shell::{Done, Failure, Fault, SESSION_ROUNDS};

/// A sign-out that waits for the person's word.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct LogoutState {
    /// Path of the end-session endpoint.
    pub(crate) path: String,
    /// Its query, for the door's sake.
    pub(crate) query: String,
    /// The request.
    pub(crate) request: LogoutRequest,
}

/// Asks the person.
pub(crate) async fn confirm(
    app: &App,
    visit: &Visit,
    (found, headers): (&Found, &HeaderMap),
    waiting: &LogoutState,
) -> Result<Response, Fault> {
    let (value, fresh) = match cookie::flow(headers) {
        Some(value) => (value, false),
        None => (doorward_crypto::random_token(16), true),
    };
    let sealed = state::seal(app, ("sign-out", &value), waiting);
    let view = accounts(app, headers, visit.now).await?;
    let answer = SignOutPage {
        frame: visit.frame(app, Some(&found.authority.tenant.display_name)),
        form: Form {
            action: Href::parse("/flow/sign-out").expect("our own paths are plain"),
            flow: SealedFlow::new(sealed),
        },
        app: None,
        accounts: cards(app, visit, view.stored.as_ref(), found).await?,
        stay: None,
    };
    let mut response = page(app, &Page::SignOut(answer), StatusCode::OK);
    if fresh {
        cookie::set_flow(response.headers_mut(), &value);
    }
    Ok(response)
}

/// The person pressed the button.
pub(super) async fn post(app: &App, visit: &Visit, headers: &HeaderMap, params: &Params) -> Stepped {
    let cookie_value = cookie::flow(headers).ok_or(JourneyRefusal::ForeignBrowser)?;
    let sealed = params
        .value("flow")
        .ok_or_else(|| Refusal::new(RequestRefusal::MissingParameter { name: "flow" }))?;
    let waiting: LogoutState = state::open(app, ("sign-out", &cookie_value), sealed)?;
    let route = route(&waiting.path, &waiting.query).map_err(Refusal::new)?;
    let found = find(app, &route, visit.now).await?;
    let (done, view) = leave(app, visit, (&found, headers), &waiting.request, Posted::Yes).await?;
    Ok(ended(app, visit, (&found, &view), done.reply, Posted::Yes).await?)
}

/// Decides upon the session as it is, and makes that true. A session that changed meanwhile is read again: signing out
/// must not fail because an application opened at the same moment.
pub(crate) async fn leave(
    app: &App,
    visit: &Visit,
    (found, headers): (&Found, &HeaderMap),
    request: &LogoutRequest,
    posted: Posted,
) -> Result<(Done<LogoutReply>, SessionView), Failure<Refusal>> {
    let hint = id_token_hint(app, &found.authority, request.id_token_hint.as_deref(), visit.now).await?;
    let mut last = Conflict::Changed;
    for _ in 0..SESSION_ROUNDS {
        let view = accounts(app, headers, visit.now).await?;
        let leaving = Leaving {
            at: found.at(),
            request,
            hint: hint.as_ref(),
            session: &view,
            confirmed: posted == Posted::Yes,
        };
        let done = app
            .run_once(
                (found.authority.tenant.id, visit.now),
                |facts, _| logout::needs(&leaving, facts),
                |facts, env| logout::decide(&leaving, facts, env),
            )
            .await;
        match done {
            Err(Failure::Fault(Fault::Conflict(conflict))) => last = conflict,
            Err(failure) => return Err(failure),
            Ok(done) => return Ok((done, view)),
        }
    }
    Err(Fault::Conflict(last).into())
}

/// Whether the answer follows a posted form, and so must be a page of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Posted {
    No,
    Yes,
}

/// Signed out: back to the application, or the last page.
pub(crate) async fn ended(
    app: &App,
    visit: &Visit,
    (found, before): (&Found, &SessionView),
    reply: LogoutReply,
    posted: Posted,
) -> Result<Response, Fault> {
    let LogoutReply::Done { to, session_ended } = reply else {
        return Err(Fault::Conflict(Conflict::Changed));
    };
    let frame = visit.frame(app, Some(&found.authority.tenant.display_name));
    let mut response = match to.as_deref().map(Href::parse) {
        Some(Ok(target)) if posted == Posted::Yes => page(
            app,
            &Page::Continue(ContinuePage { frame, target, app: None, nonce: nonce() }),
            StatusCode::OK,
        ),
        Some(_) => crate::reply::redirect(to.as_deref().unwrap_or_default()),
        None => {
            let answer = SignedOutPage {
                frame,
                app: None,
                accounts: cards(app, visit, before.stored.as_ref(), found).await?,
                remaining: Vec::new(),
                open_apps: Vec::new(),
                sign_in: None,
            };
            page(app, &Page::SignedOut(answer), StatusCode::OK)
        }
    };
    if session_ended {
        cookie::clear_session(response.headers_mut());
    }
    Ok(response)
}

/// The accounts of this tenant in a session, as pages show them.
async fn cards(
    app: &App,
    visit: &Visit,
    session: Option<&BrowserSession>,
    found: &Found,
) -> Result<Vec<AccountCard>, Fault> {
    let tenant = &found.authority.tenant;
    let Some(session) = session else { return Ok(Vec::new()) };
    let mine: Vec<_> = session.accounts.iter().filter(|account| account.tenant == tenant.id).collect();
    let needs: Vec<Need> = mine.iter().map(|a| Need::User(a.tenant, a.pool, a.user)).collect();
    let facts = app.load(visit.now, |_, _| needs.clone()).await?;
    let card = |user: &User| AccountCard {
        display_name: user.display_name.clone(),
        sign_in_name: user.sign_in_name().to_owned(),
        email: None,
        kind: match tenant.kind {
            TenantKind::Personal => AccountKind::Personal,
            TenantKind::Work => AccountKind::Work(tenant.display_name.clone()),
        },
    };
    Ok(mine.iter().filter_map(|a| facts.user(a.tenant, a.pool, a.user)).map(card).collect())
}

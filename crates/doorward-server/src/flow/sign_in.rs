//! The posted sign-in: charge, find, hash once, settle, and go on (Settled 3, 12, 19).

use axum::response::Response;
use doorward_core::authorize::SignInReason;
use doorward_core::change::{Change, Conflict};
use doorward_core::journey::{self, Attempt, SignedIn};
use doorward_core::refusal::{JourneyRefusal, Refusal};
use doorward_dialect::Params;
use doorward_store::CommitError;

use super::{OnPage, Stepped, show};
use crate::cookie;
use crate::endpoint::{ask, deliver, session_of};
use crate::pages::Problem;
use crate::shell::{Failure, Fault};
use crate::trace::Trace;

pub(super) async fn post(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let username = params.value("username").unwrap_or_default().to_owned();
    let password = params.value("password").unwrap_or_default().to_owned();
    let signed_in = match attempt(&at, &username, password).await {
        Ok(signed_in) => signed_in,
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        Err(Failure::Refused(reason)) => {
            told_on_the_page(&at, &reason);
            let reason_shown = at.state.reason.unwrap_or(SignInReason::NobodySignedIn);
            return Ok(show::sign_in(&at, reason_shown, username, vec![problem(&reason)]).await);
        }
    };
    let user =
        signed_in.pending.session.accounts.last().expect("the account that signed in is in its session");
    at.state.interaction.account = Some((user.tenant, user.user));
    at.state.interaction.signed_in = true;
    at.state.interaction.use_another = false;
    // An answer belongs to the account that saw the question.
    at.state.interaction.consent = None;
    at.asked.interaction = at.state.interaction.clone();
    let SignedIn { mut pending, cookie, changes } = signed_in;
    pending.session.device = Some(crate::device::of(at.visit));
    at.asked.pending = Some(pending);
    at.asked.changes = changes;
    let outcome = ask(at.app, &at.asked, at.visit).await?;
    let OnPage { app, visit, asked, state, via } = at;
    let mut response: Response = deliver(app, (&asked, visit), outcome, state, via).await;
    cookie::set_session(response.headers_mut(), &cookie);
    Ok(response)
}

async fn attempt(
    at: &OnPage<'_>,
    username: &str,
    password: String,
) -> Result<SignedIn, Failure<JourneyRefusal>> {
    let app = at.app;
    let now = at.visit.now;
    let door = at.asked.found.at();
    if at.visit.address.is_some_and(|address| !app.ports().limits.admits(address)) {
        return Err(Failure::Refused(JourneyRefusal::Throttled));
    }
    let attempt = Attempt::read(username).map_err(Failure::Refused)?;
    if password.is_empty() {
        return Err(Failure::Refused(JourneyRefusal::WrongCredentials));
    }
    let ticket = app.ports().hashing.queue().map_err(Failure::Refused)?;
    let (charge, locked) = app.with_env(now, |env| journey::charge(&attempt, &door, env));
    match app.commit(vec![Change::from(charge)]).await {
        Ok(()) => {}
        Err(CommitError::Conflict(Conflict::BudgetSpent)) => return Err(Failure::Refused(locked)),
        Err(CommitError::Conflict(conflict)) => return Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => return Err(fault.into()),
    }
    let facts = app.load(now, |_, _| vec![attempt.need(&door)]).await?;
    let user = journey::find(&attempt, &door, &facts);
    let stored = user.and_then(|user| user.password.clone());
    let verdict = app.ports().hashing.verify(ticket, password, stored).await.map_err(Failure::Refused)?;
    let session = session_of(app, at.asked.cookie.as_ref(), now).await?;
    let view = doorward_core::authorize::SessionView { stored: session, pending: None };
    app.with_env(now, |env| journey::settle(&attempt, (user, verdict), &door, &view, env))
        .map_err(Failure::Refused)
}

/// Keeps why a form comes back: the page says it in words, the trace with its code.
pub(super) fn told_on_the_page(at: &OnPage<'_>, reason: &JourneyRefusal) {
    let refusal = Refusal::new(reason.clone());
    at.app.ports().traces.keep(Trace::of_refusal(&at.visit.trace, at.visit.now, "page", &refusal));
}

/// What the page says about it.
pub(crate) fn problem(reason: &JourneyRefusal) -> Problem {
    match reason {
        JourneyRefusal::AccountDisabled => Problem::AccountDisabled,
        JourneyRefusal::AccountLocked { minutes } => Problem::Throttled { wait_secs: minutes * 60 },
        JourneyRefusal::AnswerWrong => Problem::CodeWrong,
        JourneyRefusal::AnswersSpent { .. } => Problem::CodesSpent,
        JourneyRefusal::MailsSpent { minutes } => Problem::MailsSpent { minutes: *minutes },
        JourneyRefusal::MailNotConfigured => Problem::MailUnavailable,
        JourneyRefusal::ResendTooSoon { seconds } => Problem::MailTooSoon { wait_secs: *seconds },
        JourneyRefusal::Field { field: "code", .. } => Problem::CodeMalformed,
        JourneyRefusal::Field { field: "email", .. } => Problem::EmailMalformed,
        JourneyRefusal::Field { field: "username", .. } => Problem::UserNameMissing,
        JourneyRefusal::Field { .. } => Problem::DisplayNameTooLong { max: 100 },
        JourneyRefusal::FlowExpired | JourneyRefusal::ForeignBrowser | JourneyRefusal::SignUpNotAllowed => {
            Problem::Stale
        }
        JourneyRefusal::NameTaken => Problem::UserNameTaken,
        JourneyRefusal::PasswordTooWeak { .. } => Problem::PasswordTooShort { min: 8 },
        JourneyRefusal::ServerBusy => Problem::Throttled { wait_secs: 5 },
        JourneyRefusal::Throttled => Problem::Throttled { wait_secs: 60 },
        JourneyRefusal::WrongCredentials => Problem::WrongCredentials,
    }
}

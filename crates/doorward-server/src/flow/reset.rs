//! A forgotten password: a code by mail, a new password, and everything that was signed in is signed out.
//!
//! An unknown name sees the same pages at the same cost (Settled 19). Nobody is signed in by a reset: the sign-in that
//! follows asks for whatever its door asks for.

use axum::response::Response;
use doorward_core::change::Conflict;
use doorward_core::journey::{self, Attempt, PasswordFault, Renewed, check_new_password};
use doorward_core::model::ChallengePurpose;
use doorward_core::needs::Need;
use doorward_core::refusal::JourneyRefusal;
use doorward_dialect::Params;
use doorward_store::CommitError;
use http::StatusCode;

use super::by_code::typed_code;
use super::sign_in::{problem, told_on_the_page};
use super::{OnPage, Stepped};
use crate::mail::Heading;
use crate::pages::{AskMailboxPage, ByMailPage, CodePage, DoneKind, DonePage, MailboxPurpose, Page, Problem};
use crate::reply::{page, redirect};
use crate::shell::{Failure, Fault};

const PURPOSE: ChallengePurpose = ChallengePurpose::ResetPassword;

/// Asks for the name.
pub(super) async fn show(at: OnPage<'_>) -> Stepped {
    let typed = at.state.mailbox.clone().or_else(|| at.asked.request.login_hint.clone()).unwrap_or_default();
    Ok(ask(&at, typed, Vec::new()).await)
}

async fn ask(at: &OnPage<'_>, typed: String, mut problems: Vec<Problem>) -> Response {
    if problems.is_empty() && !at.app.can_send_mail() {
        told_on_the_page(at, &JourneyRefusal::MailNotConfigured);
        problems.push(Problem::MailUnavailable);
    }
    let answer = AskMailboxPage {
        frame: at.frame(),
        form: at.form("forgot"),
        app: at.card().await,
        purpose: MailboxPurpose::Reset,
        typed,
        problems,
        sign_in: Some(at.link("sign-in")),
        cancel: Some(at.link("cancel")),
    };
    page(at.app, &Page::ByMail(ByMailPage::Ask(answer)), StatusCode::OK)
}

/// The name was typed.
pub(super) async fn post(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let typed = params.value("username").unwrap_or_default().trim().to_owned();
    match begin(&mut at, &typed).await {
        Ok(()) => Ok(redirect(at.link("reset").as_str())),
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(reason)) => {
            told_on_the_page(&at, &reason);
            Ok(ask(&at, typed, vec![problem(&reason)]).await)
        }
    }
}

/// Another mail is wanted.
pub(super) async fn resend(mut at: OnPage<'_>) -> Stepped {
    let Some(typed) = at.state.mailbox.clone() else { return Err(JourneyRefusal::FlowExpired.into()) };
    let (sent_again, problems) = match begin(&mut at, &typed).await {
        Ok(()) => (true, Vec::new()),
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        Err(Failure::Refused(reason)) => {
            told_on_the_page(&at, &reason);
            (false, vec![problem(&reason)])
        }
    };
    Ok(code_page(&at, (String::new(), sent_again), problems).await)
}

async fn begin(at: &mut OnPage<'_>, typed: &str) -> Result<(), Failure<JourneyRefusal>> {
    if !at.app.can_send_mail() {
        return Err(Failure::Refused(JourneyRefusal::MailNotConfigured));
    }
    at.admit()?;
    let attempt = Attempt::read(typed).map_err(Failure::Refused)?;
    let stored = at.challenge(PURPOSE).await?;
    let door = at.asked.found.at();
    let facts = at.app.load(at.visit.now, |_, _| vec![attempt.need(&door)]).await?;
    let user = journey::find(&attempt, &door, &facts);
    let tenant = &at.asked.found.authority.tenant;
    let transaction = at.state.transaction().as_bytes();
    let asked = at
        .app
        .with_env(at.visit.now, |env| {
            journey::ask_reset(&attempt, (transaction, stored.as_ref()), user, tenant, env)
        })
        .map_err(Failure::Refused)?;
    at.state.mailbox = Some(typed.to_owned());
    at.send(asked, "reset").await
}

/// Shows the page of the code; `code` comes from the link of a mail.
pub(super) async fn show_code(at: &OnPage<'_>, code: String) -> Stepped {
    if at.state.mailbox.is_none() {
        return Ok(ask(at, String::new(), Vec::new()).await);
    }
    Ok(code_page(at, (code, false), Vec::new()).await)
}

async fn code_page(at: &OnPage<'_>, (code, sent_again): (String, bool), problems: Vec<Problem>) -> Response {
    let answer = CodePage {
        frame: at.frame(),
        form: at.form("reset"),
        resend: super::show::path("reset-resend"),
        app: at.card().await,
        purpose: MailboxPurpose::Reset,
        address: at.state.mailbox.clone().unwrap_or_default(),
        code,
        username: None,
        display_name: String::new(),
        password_min: 8,
        sent_again,
        problems,
        back: at.link("forgot"),
        mailbox: at.mailbox_link(),
        cancel: Some(at.link("cancel")),
    };
    page(at.app, &Page::ByMail(ByMailPage::Code(answer)), StatusCode::OK)
}

/// Code and new password were typed.
pub(super) async fn post_code(at: OnPage<'_>, params: &Params) -> Stepped {
    let password = params.value("password").unwrap_or_default().to_owned();
    let Some(typed) = at.state.mailbox.clone() else { return Err(JourneyRefusal::FlowExpired.into()) };
    let mut problems = Vec::new();
    if typed_code(params).is_err() {
        problems.push(Problem::CodeMalformed);
    }
    problems.extend(weak(&password, &typed));
    if problems.is_empty() {
        match renew(&at, (params, password)).await {
            Ok(()) => {
                let answer = DonePage {
                    frame: at.frame(),
                    app: at.card().await,
                    kind: DoneKind::Reset,
                    sign_in: Some(at.link("sign-in")),
                };
                return Ok(page(at.app, &Page::ByMail(ByMailPage::Done(answer)), StatusCode::OK));
            }
            Err(Failure::Fault(fault)) => return Err(fault.into()),
            Err(Failure::Refused(reason)) => {
                told_on_the_page(&at, &reason);
                problems.push(problem(&reason));
            }
        }
    }
    let code = params.value("code").unwrap_or_default().to_owned();
    Ok(code_page(&at, (code, false), problems).await)
}

/// What is wrong with a new password.
pub(super) fn weak(password: &str, name: &str) -> Option<Problem> {
    match check_new_password(password, name.split('@').next().unwrap_or(name)) {
        Ok(()) => None,
        Err(_) if password.is_empty() => Some(Problem::PasswordMissing),
        Err(PasswordFault::TooShort) => Some(Problem::PasswordTooShort { min: 8 }),
        Err(PasswordFault::TooLong) => Some(Problem::PasswordTooLong { max: 1024 }),
        Err(PasswordFault::Common | PasswordFault::ContainsName) => Some(Problem::PasswordCommon),
    }
}

/// Charges a guess, judges the code, hashes once, and makes it true.
async fn renew(
    at: &OnPage<'_>,
    (params, password): (&Params, String),
) -> Result<(), Failure<JourneyRefusal>> {
    let (app, now) = (at.app, at.visit.now);
    let tenant = &at.asked.found.authority.tenant;
    at.admit()?;
    let code = typed_code(params).map_err(Failure::Refused)?;
    at.charge_guess(PURPOSE).await?;
    let stored = at.challenge(PURPOSE).await?;
    let settled = app.with_env(now, |env| journey::settle_reset(stored.as_ref(), &code, env));
    let (user, spend) = settled.map_err(Failure::Refused)?;
    let stored = stored.ok_or(Failure::Refused(JourneyRefusal::AnswerWrong))?;
    let hash = app.ports().hashing.hash(password).await.map_err(Failure::Refused)?;
    let facts = app.load(now, |_, _| vec![Need::UserInTenant(tenant.id, user)]).await?;
    let user = facts.user_in_tenant(tenant.id, user);
    let renewed = app
        .with_env(now, |env| journey::reset(user, (&stored, spend), hash, tenant, env))
        .map_err(Failure::Refused)?;
    let Renewed { mut changes, letters } = renewed;
    let heading = Heading { tenant: Some(tenant), locale: at.visit.locale, link: None };
    changes.extend(app.post(letters, heading, now));
    settle(app.commit(changes).await)
}

/// What a commit that uses up a code or a link came to.
pub(super) fn settle(done: Result<(), CommitError>) -> Result<(), Failure<JourneyRefusal>> {
    match done {
        Ok(()) => Ok(()),
        // Used up, voided by a newer one, or the account changed in the meantime.
        Err(CommitError::Conflict(Conflict::Missing | Conflict::Changed)) => {
            Err(Failure::Refused(JourneyRefusal::AnswerWrong))
        }
        Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

//! Sign-up by e-mail: ask for the address, send a code, and make the account once the code is right (Settled 19).

use axum::response::Response;
use doorward_core::change::{Change, Conflict, SessionChange};
use doorward_core::journey::{self, SignUpForm, SignedIn};
use doorward_core::model::{ChallengePurpose, FlowIdentity, SignInName};
use doorward_core::needs::Need;
use doorward_core::refusal::JourneyRefusal;
use doorward_dialect::Params;
use doorward_store::CommitError;
use http::StatusCode;

use super::by_code::typed_code;
use super::sign_in::{problem, told_on_the_page};
use super::{OnPage, Stepped, proceed, sign_up};
use crate::cookie;
use crate::endpoint::session_of;
use crate::pages::{AskMailboxPage, ByMailPage, CodePage, MailboxPurpose, Page, Problem};
use crate::reply::{page, redirect};
use crate::shell::{Failure, Fault};

const PURPOSE: ChallengePurpose = ChallengePurpose::SignUp;
/// The page of the code.
const CODE: &str = "sign-up-code";

/// Whether accounts of this door are made by e-mail.
pub(super) fn is_by_mail(at: &OnPage<'_>) -> bool {
    identity(at) != FlowIdentity::UserName
}

fn identity(at: &OnPage<'_>) -> FlowIdentity {
    at.asked.found.authority.flow().map(|flow| flow.identity).unwrap_or_default()
}

/// Asks for the address.
pub(super) async fn ask(at: &OnPage<'_>, typed: String, mut problems: Vec<Problem>) -> Response {
    if problems.is_empty() && !at.app.can_send_mail() {
        told_on_the_page(at, &JourneyRefusal::MailNotConfigured);
        problems.push(Problem::MailUnavailable);
    }
    let answer = AskMailboxPage {
        frame: at.frame(),
        form: at.form("sign-up"),
        app: at.card().await,
        purpose: MailboxPurpose::SignUp,
        typed,
        problems,
        sign_in: Some(at.link("sign-in")),
        cancel: Some(at.link("cancel")),
    };
    page(at.app, &Page::ByMail(ByMailPage::Ask(answer)), StatusCode::OK)
}

/// The address was typed.
pub(super) async fn post(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let typed = params.value("email").unwrap_or_default().trim().to_owned();
    match begin(&mut at, &typed).await {
        Ok(()) => Ok(redirect(at.link(CODE).as_str())),
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(reason)) => {
            told_on_the_page(&at, &reason);
            let problem = if typed.is_empty() { Problem::EmailMissing } else { problem(&reason) };
            Ok(ask(&at, typed, vec![problem]).await)
        }
    }
}

/// Another mail is wanted.
pub(super) async fn resend(mut at: OnPage<'_>) -> Stepped {
    let Some(address) = at.state.mailbox.clone() else { return Err(JourneyRefusal::FlowExpired.into()) };
    match begin(&mut at, &address).await {
        Ok(()) => Ok(code_page(&at, Typed { sent_again: true, ..Typed::default() }).await),
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(reason)) => {
            told_on_the_page(&at, &reason);
            Ok(code_page(&at, Typed { problems: vec![problem(&reason)], ..Typed::default() }).await)
        }
    }
}

async fn begin(at: &mut OnPage<'_>, typed: &str) -> Result<(), Failure<JourneyRefusal>> {
    if !at.app.can_send_mail() {
        return Err(Failure::Refused(JourneyRefusal::MailNotConfigured));
    }
    at.admit()?;
    let address = journey::read_address(typed).map_err(Failure::Refused)?;
    let stored = at.challenge(PURPOSE).await?;
    let door = at.asked.found.at();
    let tenant = &at.asked.found.authority.tenant;
    let (pool, name) = (tenant.default_pool, address.canonical.as_str());
    let need = Need::UserByName(tenant.id, pool, name.to_owned());
    let facts = at.app.load(at.visit.now, |_, _| vec![need.clone()]).await?;
    let holder = facts.user_by_name(tenant.id, pool, name);
    let transaction = at.state.transaction().as_bytes();
    let asked = at
        .app
        .with_env(at.visit.now, |env| {
            journey::ask_mailbox(&address, (transaction, stored.as_ref()), holder, &door, env)
        })
        .map_err(Failure::Refused)?;
    at.state.mailbox = Some(address.value);
    at.send(asked, CODE).await
}

/// What the page of the code holds.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) code: String,
    form: SignUpForm,
    sent_again: bool,
    problems: Vec<Problem>,
}

/// Shows the page of the code; `code` comes from the link of a mail.
pub(super) async fn show_code(at: &OnPage<'_>, code: String) -> Stepped {
    if at.state.mailbox.is_none() {
        return Ok(ask(at, String::new(), Vec::new()).await);
    }
    Ok(code_page(at, Typed { code, ..Typed::default() }).await)
}

async fn code_page(at: &OnPage<'_>, typed: Typed) -> Response {
    let by_name = identity(at) == FlowIdentity::Both;
    let answer = CodePage {
        frame: at.frame(),
        form: at.form(CODE),
        resend: super::show::path("sign-up-resend"),
        app: at.card().await,
        purpose: MailboxPurpose::SignUp,
        address: at.state.mailbox.clone().unwrap_or_default(),
        code: typed.code,
        username: by_name.then_some(typed.form.user_name),
        display_name: typed.form.display_name,
        password_min: 8,
        sent_again: typed.sent_again,
        problems: typed.problems,
        back: at.link("sign-up"),
        mailbox: at.mailbox_link(),
        cancel: Some(at.link("cancel")),
    };
    page(at.app, &Page::ByMail(ByMailPage::Code(answer)), StatusCode::OK)
}

/// Code and fields were typed.
pub(super) async fn post_code(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let text = |name: &str| params.value(name).unwrap_or_default().to_owned();
    let password = text("password");
    let Some(address) = at.state.mailbox.clone() else { return Err(JourneyRefusal::FlowExpired.into()) };
    if !is_by_mail(&at) || !sign_up::is_offered(&at) {
        return Err(JourneyRefusal::SignUpNotAllowed.into());
    }
    let form = SignUpForm { user_name: text("username"), display_name: text("display_name"), email: address };
    let mut problems = Vec::new();
    if typed_code(params).is_err() {
        problems.push(Problem::CodeMalformed);
    }
    let of_name = |problem: &Problem| problem.field() != "username" || identity(&at) == FlowIdentity::Both;
    // Where there is no user name, a password must not be made of the address.
    let known_by = match identity(&at) {
        FlowIdentity::Both => form.user_name.clone(),
        FlowIdentity::Email | FlowIdentity::UserName => form.email.split('@').next().unwrap_or("").to_owned(),
    };
    let judged = SignUpForm { user_name: known_by, ..form.clone() };
    problems.extend(sign_up::problems(&judged, &password).into_iter().filter(of_name));
    if problems.is_empty() {
        match create(&at, &form, (params, password)).await {
            Ok(signed_in) => {
                let cookie = sign_up::now_signed_in(&mut at, signed_in);
                let mut response = proceed(at).await?;
                cookie::set_session(response.headers_mut(), &cookie);
                return Ok(response);
            }
            Err(Failure::Fault(fault)) => return Err(fault.into()),
            Err(Failure::Refused(reason)) => {
                told_on_the_page(&at, &reason);
                problems.push(match reason {
                    JourneyRefusal::NameTaken if address_is_taken(&at, &form).await? => Problem::EmailTaken,
                    reason => problem(&reason),
                });
            }
        }
    }
    Ok(code_page(&at, Typed { code: text("code"), form, sent_again: false, problems }).await)
}

/// Whether it is the address that another account has: its mailbox is proven, so that may be said.
async fn address_is_taken(at: &OnPage<'_>, form: &SignUpForm) -> Result<bool, Fault> {
    let tenant = &at.asked.found.authority.tenant;
    let name = SignInName::canonical_form(&form.email);
    let need = Need::UserByName(tenant.id, tenant.default_pool, name.clone());
    let facts = at.app.load(at.visit.now, |_, _| vec![need.clone()]).await?;
    Ok(facts.user_by_name(tenant.id, tenant.default_pool, &name).is_some())
}

/// Charges a guess, judges the code, hashes once, and makes account and session in one transaction.
async fn create(
    at: &OnPage<'_>,
    form: &SignUpForm,
    (params, password): (&Params, String),
) -> Result<SignedIn, Failure<JourneyRefusal>> {
    let (app, now) = (at.app, at.visit.now);
    let door = at.asked.found.at();
    at.admit()?;
    let code = typed_code(params).map_err(Failure::Refused)?;
    form.check(&password, &door).map_err(Failure::Refused)?;
    at.charge_guess(PURPOSE).await?;
    let stored = at.challenge(PURPOSE).await?;
    let settled = app.with_env(now, |env| journey::settle_mailbox(stored.as_ref(), &code, env));
    let (address, spend) = settled.map_err(Failure::Refused)?;
    let form = SignUpForm { email: address.value, ..form.clone() };
    let names = form.check(&password, &door).map_err(Failure::Refused)?;
    let hash = app.ports().hashing.hash(password).await.map_err(Failure::Refused)?;
    let stored = session_of(app, at.asked.cookie.as_ref(), now).await?;
    let view = doorward_core::authorize::SessionView { stored, pending: None };
    let mut signed_in = app.with_env(now, |env| journey::create(&form, (names, hash), &door, &view, env));
    signed_in.pending.session.device = Some(crate::device::of(at.visit));
    let put = SessionChange::Put {
        session: signed_in.pending.session.clone(),
        replaces: signed_in.pending.replaces,
    };
    let mut changes: Vec<Change> = vec![spend.into()];
    changes.extend(signed_in.changes.clone());
    changes.push(put.into());
    match app.commit(changes).await {
        Ok(()) => Ok(signed_in),
        Err(CommitError::Conflict(Conflict::NameTaken)) => Err(Failure::Refused(JourneyRefusal::NameTaken)),
        // The code was used up, or voided by a newer one, in the meantime.
        Err(CommitError::Conflict(Conflict::Missing | Conflict::Changed)) => {
            Err(Failure::Refused(JourneyRefusal::AnswerWrong))
        }
        Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

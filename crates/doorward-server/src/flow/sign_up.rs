//! Sign-up by user name: shown where the user flow offers it, posted once.

use axum::response::Response;
use doorward_core::change::{Change, Conflict, SessionChange};
use doorward_core::journey::{self, SignUpForm, SignedIn, check_new_password};
use doorward_core::model::{FlowKind, Secret, SignInName};
use doorward_core::refusal::JourneyRefusal;
use doorward_dialect::Params;
use doorward_store::CommitError;
use http::StatusCode;

use super::{OnPage, Stepped, proceed, verify};
use crate::cookie;
use crate::endpoint::session_of;
use crate::pages::{Page, Problem, SignUpPage};
use crate::reply::page;
use crate::shell::{Failure, Fault};

pub(super) async fn show(at: OnPage<'_>) -> Stepped {
    if !is_offered(&at) {
        // `prompt=create` at a door that creates nobody: whoever has an account goes on with it.
        return proceed(at).await;
    }
    Ok(first_page(&at).await)
}

/// The page on which an account begins: the whole form, or the question for the address.
pub(super) async fn first_page(at: &OnPage<'_>) -> Response {
    if verify::is_by_mail(at) {
        return verify::ask(at, at.state.mailbox.clone().unwrap_or_default(), Vec::new()).await;
    }
    page_of(at, Vec::new(), None).await
}

/// Whether this door creates accounts.
pub(super) fn is_offered(at: &OnPage<'_>) -> bool {
    at.asked.found.authority.flow().is_some_and(|flow| flow.kind == FlowKind::SignUpOrSignIn)
}

async fn page_of(at: &OnPage<'_>, problems: Vec<Problem>, typed: Option<&SignUpForm>) -> Response {
    let typed = typed.cloned().unwrap_or_default();
    let answer = SignUpPage {
        frame: at.frame(),
        form: at.form("sign-up"),
        app: at.card().await,
        username: typed.user_name,
        display_name: typed.display_name,
        email: typed.email,
        password_min: 8,
        problems,
        sign_in: Some(at.link("sign-in")),
        cancel: Some(at.link("cancel")),
    };
    page(at.app, &Page::SignUp(answer), StatusCode::OK)
}

pub(super) async fn post(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let form = SignUpForm {
        user_name: params.value("username").unwrap_or_default().to_owned(),
        display_name: params.value("display_name").unwrap_or_default().to_owned(),
        email: params.value("email").unwrap_or_default().to_owned(),
    };
    let password = params.value("password").unwrap_or_default().to_owned();
    if !is_offered(&at) {
        return Err(JourneyRefusal::SignUpNotAllowed.into());
    }
    if verify::is_by_mail(&at) {
        return verify::post(at, params).await;
    }
    let problems = problems(&form, &password);
    if !problems.is_empty() {
        if let Err(reason) = form.check(&password, &at.asked.found.at()) {
            super::sign_in::told_on_the_page(&at, &reason);
        }
        return Ok(page_of(&at, problems, Some(&form)).await);
    }
    let signed_in = match create(&at, &form, password).await {
        Ok(signed_in) => signed_in,
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        Err(Failure::Refused(reason)) => {
            super::sign_in::told_on_the_page(&at, &reason);
            let problem = super::sign_in::problem(&reason);
            return Ok(page_of(&at, vec![problem], Some(&form)).await);
        }
    };
    let cookie = now_signed_in(&mut at, signed_in);
    let mut response = proceed(at).await?;
    cookie::set_session(response.headers_mut(), &cookie);
    Ok(response)
}

/// The flow goes on with the new account; answers the cookie of its session.
pub(super) fn now_signed_in(at: &mut OnPage<'_>, signed_in: SignedIn) -> Secret {
    let user = signed_in.pending.session.accounts.last().expect("the new account is in its session");
    at.state.interaction.account = Some((user.tenant, user.user));
    at.state.interaction.signed_in = true;
    at.state.interaction.new_user = true;
    // An answer belongs to the account that saw the question.
    at.state.interaction.consent = None;
    at.asked.interaction = at.state.interaction.clone();
    at.asked.cookie = Some(signed_in.cookie.clone());
    signed_in.cookie
}

/// Everything there is to mend, at once.
pub(super) fn problems(form: &SignUpForm, password: &str) -> Vec<Problem> {
    use doorward_core::journey::PasswordFault;
    let mut all = Vec::new();
    if form.user_name.trim().is_empty() {
        all.push(Problem::UserNameMissing);
    } else if SignInName::user_name(&form.user_name).is_err() {
        all.push(Problem::UserNameMalformed);
    }
    if form.display_name.chars().count() > 100 {
        all.push(Problem::DisplayNameTooLong { max: 100 });
    }
    if !form.email.trim().is_empty() && SignInName::email(&form.email, false).is_err() {
        all.push(Problem::EmailMalformed);
    }
    match check_new_password(password, form.user_name.trim()) {
        Ok(()) => {}
        Err(_) if password.is_empty() => all.push(Problem::PasswordMissing),
        Err(PasswordFault::TooShort) => all.push(Problem::PasswordTooShort { min: 8 }),
        Err(PasswordFault::TooLong) => all.push(Problem::PasswordTooLong { max: 1024 }),
        Err(PasswordFault::Common | PasswordFault::ContainsName) => all.push(Problem::PasswordCommon),
    }
    all
}

/// Creates the account and its session in one transaction.
async fn create(
    at: &OnPage<'_>,
    form: &SignUpForm,
    password: String,
) -> Result<SignedIn, Failure<JourneyRefusal>> {
    let app = at.app;
    let now = at.visit.now;
    let door = at.asked.found.at();
    if at.visit.address.is_some_and(|address| !app.ports().limits.admits(address)) {
        return Err(Failure::Refused(JourneyRefusal::Throttled));
    }
    let names = form.check(&password, &door).map_err(Failure::Refused)?;
    let hash = app.ports().hashing.hash(password).await.map_err(Failure::Refused)?;
    let stored = session_of(app, at.asked.cookie.as_ref(), now).await?;
    let view = doorward_core::authorize::SessionView { stored, pending: None };
    let mut signed_in = app.with_env(now, |env| journey::create(form, (names, hash), &door, &view, env));
    signed_in.pending.session.device = Some(crate::device::of(at.visit));
    let mut changes: Vec<Change> = signed_in.changes.clone();
    let put = SessionChange::Put {
        session: signed_in.pending.session.clone(),
        replaces: signed_in.pending.replaces,
    };
    changes.push(put.into());
    match app.commit(changes).await {
        Ok(()) => Ok(signed_in),
        Err(CommitError::Conflict(Conflict::NameTaken)) => Err(Failure::Refused(JourneyRefusal::NameTaken)),
        Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => Err(fault.into()),
    }
}

//! Another password: the old one is proven first, guesses at it count like any others, and everything else that was
//! issued for the account ends.

use axum::response::Response;
use doorward_core::change::{Change, Conflict};
use doorward_core::decision::At;
use doorward_core::journey::{
    self, Attempt, PasswordFault, PasswordVerdict, change_password, check_new_password,
};
use doorward_core::model::{Authority, Door};
use doorward_core::refusal::{JourneyRefusal, Refusal};
use doorward_dialect::Dialect;
use doorward_store::CommitError;
use http::StatusCode;

use super::{Answered, Asked};
use crate::mail::Heading;
use crate::pages::{AccountDone, AccountPasswordPage, Href, Page, Problem};
use crate::reply::page;
use crate::shell::{Failure, Fault};

/// Fewest characters.
const MIN_LENGTH: u32 = 8;

pub(super) fn show(asked: &Asked<'_>, problems: Vec<Problem>) -> Response {
    let member = asked.member;
    let throttled = problems.iter().any(|problem| matches!(problem, Problem::Throttled { .. }));
    let answer = AccountPasswordPage {
        frame: asked.visit.frame(asked.app, Some(&member.tenant.display_name)),
        form: member.form(asked.app, "/account/password"),
        reference: member.user.id.to_string(),
        account: member.card(),
        min_length: MIN_LENGTH,
        problems,
        back: Href::parse("/account").expect("our own paths are plain"),
    };
    let status = if throttled { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK };
    page(asked.app, &Page::AccountPassword(answer), status)
}

pub(super) async fn change(asked: &Asked<'_>) -> Answered {
    let text = |name: &str| asked.params.value(name).unwrap_or_default().to_owned();
    let (current, wanted) = (text("current"), text("password"));
    if let Err(fault) = check_new_password(&wanted, asked.member.user.sign_in_name()) {
        return Ok(show(asked, vec![problem_of(fault)]));
    }
    match prove(asked, current).await {
        Ok(()) => {}
        Err(Failure::Refused(JourneyRefusal::WrongCredentials)) => {
            return Ok(show(asked, vec![Problem::CurrentPasswordWrong]));
        }
        Err(Failure::Refused(reason)) => return Ok(show(asked, vec![crate::flow::problem(&reason)])),
        Err(Failure::Fault(fault)) => return Err(fault.into()),
    }
    let hash = match asked.app.hash_password(wanted).await {
        Ok(hash) => hash,
        Err(reason) => return Ok(show(asked, vec![crate::flow::problem(&reason)])),
    };
    let (app, visit, member) = (asked.app, asked.visit, asked.member);
    let renewed = app
        .with_env(visit.now, |env| {
            let proven = (&member.user, PasswordVerdict::Right);
            change_password(proven, hash, &member.session, &member.tenant, env)
        })
        .map_err(Refusal::from)?;
    let heading = Heading { tenant: Some(&member.tenant), locale: visit.locale, link: None };
    let mut changes = renewed.changes;
    changes.extend(app.post(renewed.letters, heading, visit.now));
    match app.commit(changes).await {
        Ok(()) => Ok(asked.done(AccountDone::PasswordChanged)),
        Err(CommitError::Conflict(Conflict::Changed)) => Ok(show(asked, vec![Problem::Stale])),
        Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => Err(Fault::from(fault).into()),
    }
}

/// Charges a guess, then verifies the password once in the bounded pool.
async fn prove(asked: &Asked<'_>, current: String) -> Result<(), Failure<JourneyRefusal>> {
    let (app, visit, member) = (asked.app, asked.visit, asked.member);
    if visit.address.is_some_and(|address| !app.ports().limits.admits(address)) {
        return Err(Failure::Refused(JourneyRefusal::Throttled));
    }
    if current.is_empty() {
        return Err(Failure::Refused(JourneyRefusal::WrongCredentials));
    }
    let ticket = app.ports().hashing.queue().map_err(Failure::Refused)?;
    let attempt = Attempt::read(member.user.sign_in_name()).map_err(Failure::Refused)?;
    let authority = Authority {
        tenant: member.tenant.clone(),
        door: Door::Plain,
        issuer: String::new(),
        base: app.settings().base_url.clone(),
    };
    let at = At { authority: &authority, profile: Dialect::Oidc.profile(), shape: Dialect::Oidc.shape() };
    let (charge, locked) = app.with_env(visit.now, |env| journey::charge(&attempt, &at, env));
    match app.commit(vec![Change::from(charge)]).await {
        Ok(()) => {}
        Err(CommitError::Conflict(Conflict::BudgetSpent)) => return Err(Failure::Refused(locked)),
        Err(CommitError::Conflict(conflict)) => return Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => return Err(Fault::from(fault).into()),
    }
    let stored = member.user.password.clone();
    match app.ports().hashing.verify(ticket, current, stored).await.map_err(Failure::Refused)? {
        PasswordVerdict::Right => Ok(()),
        PasswordVerdict::Wrong => Err(Failure::Refused(JourneyRefusal::WrongCredentials)),
    }
}

fn problem_of(fault: PasswordFault) -> Problem {
    match fault {
        PasswordFault::Common | PasswordFault::ContainsName => Problem::PasswordCommon,
        PasswordFault::TooLong => Problem::PasswordTooLong { max: 1024 },
        PasswordFault::TooShort => Problem::PasswordTooShort { min: MIN_LENGTH },
    }
}

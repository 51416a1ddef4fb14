//! Second factors of a person who is signed in: another app, fewer of them, other recovery codes.

use axum::response::Response;
use doorward_core::change::Conflict;
use doorward_core::journey::factor::{self, Enrolled, read_code};
use doorward_core::model::{FactorId, FactorKind};
use doorward_core::refusal::{FactorRefusal, Refusal};
use doorward_store::CommitError;
use http::StatusCode;

use super::{Answered, Asked};
use crate::cookie;
use crate::factors::{enrol_totp, totp_offer};
use crate::mail::Heading;
use crate::pages::{AccountDone, EnrolTotpPage, Href, Page, Problem, RecoveryCodesPage, Shown};
use crate::reply::page;
use crate::shell::{Failure, Fault};

/// The app that would be set up: the same one while the page is open. The session's cookie changes with every sign-in and
/// with every factor that is set up, so that a seed which was removed, perhaps because somebody saw it, never comes back.
fn transaction(asked: &Asked<'_>) -> Vec<u8> {
    let member = asked.member;
    let count = member.user.factors.len().to_be_bytes();
    [b"account".as_slice(), member.session.digest.as_bytes(), &count].concat()
}

/// The picture, the secret, and where the code is typed.
pub(super) fn show(asked: &Asked<'_>, problems: Vec<Problem>) -> Answered {
    let member = asked.member;
    let allowed = asked.app.with_env(asked.visit.now, |env| factor::change_allowed(member.owner(), env));
    allowed.map_err(Refusal::from)?;
    let offer = totp_offer(asked.app, (&member.user, &member.tenant.display_name), &transaction(asked))
        .ok_or_else(|| Refusal::from(FactorRefusal::NotEnrolled))?;
    let answer = EnrolTotpPage {
        frame: asked.visit.frame(asked.app, Some(&member.tenant.display_name)),
        form: member.form(asked.app, &format!("/account/totp?account={}", member.user.id)),
        app: None,
        account: member.card(),
        qr: offer.qr,
        secret: offer.secret,
        link: offer.link,
        problems,
        other_way: None,
        cancel: Some(Href::parse("/account").expect("our own paths are plain")),
    };
    Ok(page(asked.app, &Page::EnrolTotp(Box::new(answer)), StatusCode::OK))
}

/// Keeps the app once its code is right, and shows the recovery codes of a first factor.
pub(super) async fn enrol(asked: &Asked<'_>) -> Answered {
    let whose = asked.member.whose(asked.visit.locale, asked.visit.now);
    let typed = asked.params.value("code").unwrap_or_default();
    let enrolled = match read_code(typed) {
        Ok(code) => enrol_totp(asked.app, whose, &transaction(asked), &code).await,
        Err(reason) => Err(Refusal::from(reason).into()),
    };
    match enrolled {
        Ok((enrolled, signed_in)) => {
            let mut response = codes(asked, &enrolled, AccountDone::ProfileChanged);
            cookie::set_session(response.headers_mut(), &signed_in.cookie);
            Ok(response)
        }
        Err(Failure::Refused(refusal)) if is_fresh_needed(&refusal) => Err(refusal.into()),
        Err(Failure::Refused(refusal)) => {
            show(asked, vec![crate::flow::factor_problem(&refusal, Some(FactorKind::Totp))])
        }
        Err(Failure::Fault(fault)) => Err(fault.into()),
    }
}

pub(super) async fn remove(asked: &Asked<'_>) -> Answered {
    let id = FactorId::parse(asked.params.value("factor").unwrap_or_default())
        .map_err(|_| Refusal::from(FactorRefusal::NotEnrolled))?;
    let member = asked.member;
    let changed = asked.app.with_env(asked.visit.now, |env| factor::remove(member.owner(), id, env));
    let changed = changed.map_err(Refusal::from)?;
    keep(asked, &changed).await?;
    Ok(asked.done(AccountDone::FactorRemoved))
}

pub(super) async fn regenerate(asked: &Asked<'_>) -> Answered {
    let member = asked.member;
    let changed = asked.app.with_env(asked.visit.now, |env| factor::regenerate(member.owner(), env));
    let changed = changed.map_err(Refusal::from)?;
    keep(asked, &changed).await?;
    Ok(codes(asked, &changed, AccountDone::FactorRemoved))
}

async fn keep(asked: &Asked<'_>, changed: &Enrolled) -> Result<(), Failure<Refusal>> {
    let heading = Heading { tenant: Some(&asked.member.tenant), locale: asked.visit.locale, link: None };
    let mut changes = changed.changes.clone();
    changes.extend(asked.app.post(changed.letter.clone(), heading, asked.visit.now));
    match asked.app.commit(changes).await {
        Ok(()) => Ok(()),
        Err(CommitError::Conflict(Conflict::Changed)) => {
            Err(Refusal::from(doorward_core::refusal::JourneyRefusal::FlowExpired).into())
        }
        Err(CommitError::Conflict(conflict)) => Err(Fault::Conflict(conflict).into()),
        Err(CommitError::Fault(fault)) => Err(Fault::from(fault).into()),
    }
}

/// The codes to write down, or back to the account where there are none to show.
fn codes(asked: &Asked<'_>, enrolled: &Enrolled, done: AccountDone) -> Response {
    let Some(codes) = &enrolled.recovery_codes else { return asked.done(done) };
    let codes: Vec<Shown> = codes.iter().map(|code| Shown::new(code.expose())).collect();
    let member = asked.member;
    let account = format!("{} ({})", member.user.sign_in_name(), member.tenant.display_name);
    let answer = RecoveryCodesPage {
        frame: asked.visit.frame(asked.app, Some(&member.tenant.display_name)),
        app: None,
        download: RecoveryCodesPage::file_of(&account, &codes),
        codes,
        next: Href::parse("/account").expect("our own paths are plain"),
    };
    page(asked.app, &Page::RecoveryCodes(answer), StatusCode::OK)
}

fn is_fresh_needed(refusal: &Refusal) -> bool {
    use doorward_core::refusal::Reason;
    matches!(refusal.reason, Reason::Factor(FactorRefusal::NeedsFreshSignIn))
}

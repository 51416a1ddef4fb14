//! Setting up a second factor on the way to an application: the choice, the app, and the recovery codes.

use axum::response::Response;
use doorward_core::authorize::{AccountChoice, EnrolStep, Step};
use doorward_core::journey::factor::{Enrolled, read_code};
use doorward_core::model::{FactorKind, Secret};
use doorward_core::refusal::{Refusal, RequestRefusal};
use doorward_dialect::Params;
use http::StatusCode;

use super::factor::{admitted, elsewhere, problem, told_on_the_page, way_of};
use super::{OnPage, Stepped};
use crate::cookie;
use crate::endpoint::{Outcome, ask};
use crate::factors;
use crate::pages::{
    CodePurpose, EnrolFactorPage, EnrolTotpPage, Page, Problem, RecoveryCodesPage, SecondFactorPage, Shown,
    Way, WayRow,
};
use crate::reply::{page, redirect};
use crate::shell::Failure;

/// Which factor shall it be?
pub(super) async fn show(at: &OnPage<'_>, step: &EnrolStep, problems: Vec<Problem>) -> Response {
    let row = |kind: &FactorKind| WayRow {
        reference: kind.as_str().to_owned(),
        way: way_of(*kind),
        name: String::new(),
        mailbox: step.mailbox.clone(),
    };
    let offered = |kind: &&FactorKind| **kind != FactorKind::EmailCode || at.app.can_send_mail();
    let answer = EnrolFactorPage {
        frame: at.frame(),
        form: at.form("enrol-factor"),
        app: at.card().await,
        account: at.account(&step.account),
        ways: step.kinds.iter().filter(offered).map(row).collect(),
        may_decline: step.may_decline,
        problems,
        cancel: Some(at.link("cancel")),
    };
    page(at.app, &Page::EnrolFactor(answer), StatusCode::OK)
}

/// A kind was chosen, or "not now".
pub(super) async fn choose(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let chosen = params.value("kind").unwrap_or_default().to_owned();
    if chosen == "decline" {
        at.state.interaction.declined_factor = true;
        at.asked.interaction = at.state.interaction.clone();
        return super::proceed(at).await;
    }
    match ask(at.app, &at.asked, at.visit).await? {
        Outcome::Step(Step::EnrolFactor(_)) if chosen == FactorKind::Totp.as_str() => {
            Ok(redirect(at.link("enrol-totp").as_str()))
        }
        Outcome::Step(Step::EnrolFactor(step))
            if chosen == FactorKind::EmailCode.as_str() && step.kinds.contains(&FactorKind::EmailCode) =>
        {
            send_code(at, step).await
        }
        Outcome::Step(Step::EnrolFactor(_)) => {
            Err(Refusal::new(RequestRefusal::value("kind", &chosen, "a kind of the page")).into())
        }
        other => elsewhere(at, other).await,
    }
}

/// The app's picture and its secret.
pub(super) async fn show_totp(at: OnPage<'_>) -> Stepped {
    match ask(at.app, &at.asked, at.visit).await? {
        Outcome::Step(Step::EnrolFactor(step)) => totp_page(&at, &step.account, Vec::new()).await,
        other => elsewhere(at, other).await,
    }
}

async fn totp_page(at: &OnPage<'_>, account: &AccountChoice, problems: Vec<Problem>) -> Stepped {
    let user = factors::user_of(at.app, at.whose(account)).await?;
    let organisation = &at.asked.found.authority.tenant.display_name;
    let offer = factors::totp_offer(at.app, (&user, organisation), at.state.transaction().as_bytes())
        .ok_or_else(|| Refusal::new(RequestRefusal::TooLarge { limit: 2_000 }))?;
    let throttled = problems.iter().any(|problem| matches!(problem, Problem::Throttled { .. }));
    let answer = EnrolTotpPage {
        frame: at.frame(),
        form: at.form("enrol-totp"),
        app: at.card().await,
        account: at.account(account),
        qr: offer.qr,
        secret: offer.secret,
        link: offer.link,
        problems,
        other_way: Some(at.link("enrol-factor")),
        cancel: Some(at.link("cancel")),
    };
    let status = if throttled { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK };
    Ok(page(at.app, &Page::EnrolTotp(Box::new(answer)), status))
}

/// The first code of the app.
pub(super) async fn post_totp(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let account = match ask(at.app, &at.asked, at.visit).await? {
        Outcome::Step(Step::EnrolFactor(step)) => step.account,
        other => return elsewhere(at, other).await,
    };
    let typed = params.value("code").unwrap_or_default();
    match prove(&at, &account, FactorKind::Totp, typed).await {
        Ok((enrolled, cookie)) => {
            at.carry_on_as(&account, &cookie);
            let mut response = codes(at, enrolled).await?;
            cookie::set_session(response.headers_mut(), &cookie);
            Ok(response)
        }
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(refusal)) => {
            told_on_the_page(&at, &refusal);
            totp_page(&at, &account, vec![problem(&refusal, Some(FactorKind::Totp))]).await
        }
    }
}

async fn prove(
    at: &OnPage<'_>,
    account: &AccountChoice,
    kind: FactorKind,
    typed: &str,
) -> Result<(Enrolled, Secret), Failure<Refusal>> {
    admitted(at)?;
    let code = read_code(typed).map_err(Refusal::new)?;
    let transaction = at.state.transaction().as_bytes();
    let whose = at.whose(account);
    let (enrolled, signed_in) = match kind {
        FactorKind::EmailCode => factors::enrol_email(at.app, whose, transaction, &code).await?,
        _ => factors::enrol_totp(at.app, whose, transaction, &code).await?,
    };
    Ok((enrolled, signed_in.cookie))
}

/// The code that went to the mailbox.
pub(super) async fn show_email(at: OnPage<'_>) -> Stepped {
    match ask(at.app, &at.asked, at.visit).await? {
        Outcome::Step(Step::EnrolFactor(step)) if at.is_code_sent(&step.account).await => {
            Ok(email_page(&at, &step, Vec::new()).await)
        }
        other => elsewhere(at, other).await,
    }
}

/// Another code shall be sent.
pub(super) async fn mail(at: OnPage<'_>) -> Stepped {
    match ask(at.app, &at.asked, at.visit).await? {
        Outcome::Step(Step::EnrolFactor(step)) => send_code(at, step).await,
        other => elsewhere(at, other).await,
    }
}

async fn send_code(at: OnPage<'_>, step: EnrolStep) -> Stepped {
    let transaction = at.state.transaction().as_bytes();
    match factors::send_code(at.app, at.whose(&step.account), transaction).await {
        Ok(()) => Ok(redirect(at.link("enrol-email").as_str())),
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(refusal)) => {
            told_on_the_page(&at, &refusal);
            let problems = vec![problem(&refusal, Some(FactorKind::EmailCode))];
            if at.is_code_sent(&step.account).await {
                return Ok(email_page(&at, &step, problems).await);
            }
            Ok(show(&at, &step, problems).await)
        }
    }
}

async fn email_page(at: &OnPage<'_>, step: &EnrolStep, problems: Vec<Problem>) -> Response {
    let answer = SecondFactorPage {
        frame: at.frame(),
        form: at.form("enrol-email"),
        app: at.card().await,
        account: at.account(&step.account),
        way: Way::Email,
        purpose: CodePurpose::Enrol,
        mailbox: step.mailbox.clone(),
        sent: true,
        send: Some(at.form("enrol-mail")),
        problems,
        other_way: Some(at.link("enrol-factor")),
        cancel: Some(at.link("cancel")),
    };
    page(at.app, &Page::SecondFactor(answer), StatusCode::OK)
}

/// The code of the mail was typed.
pub(super) async fn post_email(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let step = match ask(at.app, &at.asked, at.visit).await? {
        Outcome::Step(Step::EnrolFactor(step)) => step,
        other => return elsewhere(at, other).await,
    };
    let typed = params.value("code").unwrap_or_default();
    match prove(&at, &step.account, FactorKind::EmailCode, typed).await {
        Ok((enrolled, cookie)) => {
            at.carry_on_as(&step.account, &cookie);
            let mut response = codes(at, enrolled).await?;
            cookie::set_session(response.headers_mut(), &cookie);
            Ok(response)
        }
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(refusal)) => {
            told_on_the_page(&at, &refusal);
            let problems = vec![problem(&refusal, Some(FactorKind::EmailCode))];
            Ok(email_page(&at, &step, problems).await)
        }
    }
}

/// The recovery codes, or onwards where there are none to show.
async fn codes(at: OnPage<'_>, enrolled: Enrolled) -> Stepped {
    let Some(codes) = enrolled.recovery_codes else { return super::proceed(at).await };
    let codes: Vec<Shown> = codes.iter().map(|code| Shown::new(code.expose())).collect();
    let tenant = &at.asked.found.authority.tenant;
    let account = format!("{} ({})", enrolled.user.sign_in_name(), tenant.display_name);
    let answer = RecoveryCodesPage {
        frame: at.frame(),
        app: at.card().await,
        download: RecoveryCodesPage::file_of(&account, &codes),
        codes,
        next: at.link("second-factor"),
    };
    Ok(page(at.app, &Page::RecoveryCodes(answer), StatusCode::OK))
}

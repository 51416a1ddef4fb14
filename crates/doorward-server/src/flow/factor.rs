//! The second factor of a sign-in: shown, chosen, and posted.

use axum::response::Response;
use doorward_core::authorize::{AccountChoice, FactorStep, Step};
use doorward_core::journey::factor::{FactorChoice, RecoveryCode, read_code};
use doorward_core::model::{FactorKind, Secret};
use doorward_core::refusal::{FactorRefusal, JourneyRefusal, Refusal, RequestRefusal};
use doorward_dialect::Params;
use http::StatusCode;

use super::{OnPage, Stepped, proceed, show};
use crate::cookie;
use crate::endpoint::{Outcome, ask, deliver};
use crate::factors::{self, Typed, Whose};
use crate::pages::{CodePurpose, FactorWaysPage, Page, Problem, SecondFactorPage, Way, WayRow};
use crate::reply::page;
use crate::shell::Failure;
use crate::trace::Trace;

/// The page of the way that the person chose, or of the best one.
pub(super) async fn show(at: &OnPage<'_>, step: &FactorStep, problems: Vec<Problem>) -> Response {
    let Some(way) = chosen(at, step) else { return ways_page(at, step, problems).await };
    let throttled = problems.iter().any(|problem| matches!(problem, Problem::Throttled { .. }));
    let is_mailed = way.kind == FactorKind::EmailCode;
    let sent = !is_mailed || at.is_code_sent(&step.account).await;
    let answer = SecondFactorPage {
        frame: at.frame(),
        form: at.form("second-factor"),
        app: at.card().await,
        account: at.account(&step.account),
        way: way_of(way.kind),
        purpose: CodePurpose::Prove,
        mailbox: way.mailbox.clone(),
        sent,
        send: is_mailed.then(|| at.form("factor-mail")),
        problems,
        other_way: (step.ways.len() > 1).then(|| at.link("factor-ways")),
        cancel: Some(at.link("cancel")),
    };
    let status = if throttled { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK };
    page(at.app, &Page::SecondFactor(answer), status)
}

/// The ways that are open.
pub(super) async fn ways(at: OnPage<'_>) -> Stepped {
    match ask(at.app, &at.asked, at.visit).await? {
        Outcome::Step(Step::SecondFactor(step)) => Ok(ways_page(&at, &step, Vec::new()).await),
        other => elsewhere(at, other).await,
    }
}

async fn ways_page(at: &OnPage<'_>, step: &FactorStep, problems: Vec<Problem>) -> Response {
    let row = |way: &FactorChoice| WayRow {
        reference: way.id.to_string(),
        way: way_of(way.kind),
        name: way.name.clone(),
        mailbox: way.mailbox.clone(),
    };
    let answer = FactorWaysPage {
        frame: at.frame(),
        form: at.form("factor-ways"),
        app: at.card().await,
        account: at.account(&step.account),
        ways: step.ways.iter().map(row).collect(),
        problems,
        cancel: Some(at.link("cancel")),
    };
    page(at.app, &Page::FactorWays(answer), StatusCode::OK)
}

/// Another way was chosen.
pub(super) async fn choose(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let chosen = params
        .value("way")
        .ok_or_else(|| Refusal::new(RequestRefusal::MissingParameter { name: "way" }))?
        .to_owned();
    let step = match ask(at.app, &at.asked, at.visit).await? {
        Outcome::Step(Step::SecondFactor(step)) => step,
        other => return elsewhere(at, other).await,
    };
    let Some(way) = step.ways.iter().find(|way| way.id.to_string() == chosen) else {
        return Err(FactorRefusal::NotEnrolled.into());
    };
    at.state.way = Some(way.id);
    if way.kind == FactorKind::EmailCode && !at.is_code_sent(&step.account).await {
        return send_code(at, step).await;
    }
    elsewhere(at, Outcome::Step(Step::SecondFactor(step))).await
}

/// A code shall be sent, or another one.
pub(super) async fn mail(mut at: OnPage<'_>) -> Stepped {
    let step = match ask(at.app, &at.asked, at.visit).await? {
        Outcome::Step(Step::SecondFactor(step)) => step,
        other => return elsewhere(at, other).await,
    };
    let way = step.ways.iter().find(|way| way.kind == FactorKind::EmailCode);
    at.state.way = Some(way.ok_or(FactorRefusal::NotEnrolled)?.id);
    send_code(at, step).await
}

async fn send_code(at: OnPage<'_>, step: FactorStep) -> Stepped {
    let transaction = at.state.transaction().as_bytes();
    match factors::send_code(at.app, at.whose(&step.account), transaction).await {
        Ok(()) => elsewhere(at, Outcome::Step(Step::SecondFactor(step))).await,
        Err(Failure::Fault(fault)) => Err(fault.into()),
        Err(Failure::Refused(refusal)) => {
            told_on_the_page(&at, &refusal);
            Ok(show(&at, &step, vec![problem(&refusal, Some(FactorKind::EmailCode))]).await)
        }
    }
}

/// A code was typed.
pub(super) async fn post(mut at: OnPage<'_>, params: &Params) -> Stepped {
    let step = match ask(at.app, &at.asked, at.visit).await? {
        Outcome::Step(Step::SecondFactor(step)) => step,
        other => return elsewhere(at, other).await,
    };
    let typed = params.value("code").unwrap_or_default();
    let proven = match attempt(&at, &step, typed).await {
        Ok(proven) => proven,
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        Err(Failure::Refused(refusal)) => {
            told_on_the_page(&at, &refusal);
            let problem = problem(&refusal, chosen(&at, &step).map(|way| way.kind));
            return Ok(show(&at, &step, vec![problem]).await);
        }
    };
    at.state.way = None;
    at.carry_on_as(&step.account, &proven.signed_in.cookie);
    let mut response = proceed(at).await?;
    cookie::set_session(response.headers_mut(), &proven.signed_in.cookie);
    Ok(response)
}

async fn attempt(
    at: &OnPage<'_>,
    step: &FactorStep,
    typed: &str,
) -> Result<doorward_core::journey::factor::Proven, Failure<Refusal>> {
    admitted(at)?;
    let way = chosen(at, step).ok_or_else(|| Refusal::new(FactorRefusal::NotEnrolled))?;
    let typed = match way.kind {
        FactorKind::RecoveryCode => Typed::Recovery(RecoveryCode::read(typed).map_err(Refusal::new)?),
        FactorKind::Totp => Typed::Totp(way.id, read_code(typed).map_err(Refusal::new)?),
        FactorKind::EmailCode => {
            let transaction = at.state.transaction().as_bytes().to_vec();
            Typed::Email(way.id, transaction, read_code(typed).map_err(Refusal::new)?)
        }
    };
    factors::prove(at.app, at.whose(&step.account), &typed).await
}

/// Limits by address, as for passwords.
pub(super) fn admitted(at: &OnPage<'_>) -> Result<(), Refusal> {
    if at.visit.address.is_some_and(|address| !at.app.ports().limits.admits(address)) {
        return Err(Refusal::new(JourneyRefusal::Throttled));
    }
    Ok(())
}

/// The way that the state names, where it is open, or the best one.
fn chosen<'s>(at: &OnPage<'_>, step: &'s FactorStep) -> Option<&'s FactorChoice> {
    let named = at.state.way.and_then(|id| step.ways.iter().find(|way| way.id == id));
    named.or(step.ways.first())
}

/// Another page than the one that was asked for, or the answer.
pub(super) async fn elsewhere(at: OnPage<'_>, outcome: Outcome) -> Stepped {
    match outcome {
        Outcome::Step(step) if !at.via.posted => show::step(&at, step).await,
        other => {
            let OnPage { app, visit, asked, state, via } = at;
            Ok(deliver(app, (&asked, visit), other, state, via).await)
        }
    }
}

/// Keeps why a form comes back: the page says it in words, the trace with its code.
pub(super) fn told_on_the_page(at: &OnPage<'_>, refusal: &Refusal) {
    at.app.ports().traces.keep(Trace::of_refusal(&at.visit.trace, at.visit.now, "page", refusal));
}

/// What the page says about it.
pub(crate) fn problem(refusal: &Refusal, kind: Option<FactorKind>) -> Problem {
    use doorward_core::refusal::Reason;
    let is_recovery = kind == Some(FactorKind::RecoveryCode);
    match &refusal.reason {
        Reason::Factor(FactorRefusal::CodeMalformed { .. }) if is_recovery => Problem::RecoveryCodeMalformed,
        Reason::Factor(FactorRefusal::CodeMalformed { .. }) if kind == Some(FactorKind::EmailCode) => {
            Problem::CodeMalformed
        }
        Reason::Factor(FactorRefusal::CodeMalformed { .. }) => Problem::FactorCodeMalformed,
        Reason::Factor(FactorRefusal::CodeUsed) => Problem::FactorCodeUsed,
        Reason::Factor(FactorRefusal::CodeWrong) if is_recovery => Problem::RecoveryCodeWrong,
        Reason::Factor(FactorRefusal::CodeWrong) if kind == Some(FactorKind::EmailCode) => Problem::CodeWrong,
        Reason::Factor(FactorRefusal::CodeWrong) => Problem::FactorCodeWrong,
        Reason::Factor(FactorRefusal::Locked { minutes }) => Problem::Throttled { wait_secs: minutes * 60 },
        Reason::Factor(FactorRefusal::TooMany { .. }) => Problem::FactorsTooMany,
        Reason::Journey(reason) => super::sign_in::problem(reason),
        _ => Problem::Stale,
    }
}

pub(super) fn way_of(kind: FactorKind) -> Way {
    match kind {
        FactorKind::EmailCode => Way::Email,
        FactorKind::RecoveryCode => Way::Recovery,
        FactorKind::Totp => Way::Totp,
    }
}

impl OnPage<'_> {
    /// The account of a step in this browser, now.
    pub(super) fn whose(&self, account: &AccountChoice) -> Whose<'_> {
        Whose {
            tenant: &self.asked.found.authority.tenant,
            pool: account.pool,
            user: account.user,
            cookie: self.asked.cookie.as_ref(),
            locale: self.visit.locale,
            now: self.visit.now,
        }
    }

    /// Whether a code is on its way in this flow. Where that cannot be read, the page says that none is.
    pub(super) async fn is_code_sent(&self, account: &AccountChoice) -> bool {
        let transaction = self.state.transaction().as_bytes();
        factors::is_code_sent(self.app, self.whose(account), transaction).await.unwrap_or(false)
    }

    /// Goes on as the account that just proved a factor, with its new cookie.
    pub(super) fn carry_on_as(&mut self, account: &AccountChoice, cookie: &Secret) {
        self.state.interaction.account = Some((account.tenant, account.user));
        self.asked.interaction = self.state.interaction.clone();
        self.asked.cookie = Some(cookie.clone());
    }
}

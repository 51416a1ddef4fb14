//! From a step of the core to its page.

use axum::response::Response;
use doorward_core::authorize::{AccountChoice, ConsentItem, ConsentStep, SignInReason, Step};
use doorward_core::model::{FlowKind, TenantKind};
use http::StatusCode;

use super::{OnPage, Stepped};
use crate::endpoint::card;
use crate::pages::{
    AccountCard, AccountKind, AccountRow, AppCard, ApprovalPage, ConsentPage, Form, Href, Identifier,
    LastUsed, OrganisationChoice, Page, Permission, PermissionState, PickerPage, Problem, ResourceGroup,
    SealedFlow, SignInPage,
};
use crate::reply::page;

/// Shows the page of a step.
pub(super) async fn step(at: &OnPage<'_>, step: Step) -> Stepped {
    match step {
        Step::ChooseAccount { accounts } => Ok(picker(at, &accounts).await),
        Step::Consent(consent_step) => Ok(consent(at, &consent_step).await),
        Step::EnrolFactor(enrol_step) => Ok(super::enrol::show(at, &enrol_step, Vec::new()).await),
        Step::NeedsAdministrator(consent_step) => Ok(approval(at, &consent_step).await),
        Step::SecondFactor(factor_step) => Ok(super::factor::show(at, &factor_step, Vec::new()).await),
        Step::SignIn { reason, hint } => Ok(sign_in(at, reason, name_for(at, hint), Vec::new()).await),
        Step::SignUp if super::sign_up::is_offered(at) => Ok(super::sign_up::first_page(at).await),
        Step::SignUp => Ok(sign_in(at, SignInReason::NobodySignedIn, String::new(), Vec::new()).await),
    }
}

/// What the name field holds: the hint, or what was typed on a page before.
fn name_for(at: &OnPage<'_>, hint: Option<String>) -> String {
    hint.or_else(|| at.state.mailbox.clone()).unwrap_or_default()
}

/// The sign-in page, on its own or with what must be mended.
pub(super) async fn sign_in(
    at: &OnPage<'_>,
    reason: SignInReason,
    username: String,
    problems: Vec<Problem>,
) -> Response {
    let throttled = problems.iter().any(|problem| matches!(problem, Problem::Throttled { .. }));
    let offers_sign_up =
        at.asked.found.authority.flow().is_some_and(|flow| flow.kind == FlowKind::SignUpOrSignIn);
    let answer = SignInPage {
        frame: at.frame(),
        form: at.form("sign-in"),
        app: at.card().await,
        reason: match reason {
            SignInReason::NobodySignedIn | SignInReason::HintedAccountNotSignedIn => {
                crate::pages::SignInReason::First
            }
            SignInReason::BeforeEnrolment | SignInReason::PromptLogin | SignInReason::TooOld => {
                crate::pages::SignInReason::Again
            }
            SignInReason::UseAnother => crate::pages::SignInReason::Another,
        },
        identifier: Identifier::Either,
        username,
        fixed: None,
        problems,
        forgot: at.app.can_send_mail().then(|| at.link("forgot")),
        create_account: offers_sign_up.then(|| at.link("sign-up")),
        other_account: None,
        cancel: Some(at.link("cancel")),
    };
    let status = if throttled { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::OK };
    page(at.app, &Page::SignIn(answer), status)
}

async fn picker(at: &OnPage<'_>, accounts: &[AccountChoice]) -> Response {
    let accounts = accounts
        .iter()
        .map(|account| AccountRow {
            reference: account.sid.to_string(),
            account: at.account(account),
            signed_in: true,
            last_used: LastUsed::Unknown,
        })
        .collect();
    let answer = PickerPage {
        frame: at.frame(),
        form: at.form("choose-account"),
        app: at.card().await,
        accounts,
        cancel: Some(at.link("cancel")),
        sign_out_all: None,
    };
    page(at.app, &Page::Picker(answer), StatusCode::OK)
}

async fn consent(at: &OnPage<'_>, step: &ConsentStep) -> Response {
    let mut state = at.state.clone();
    state.shown = step.shown();
    let sealed = SealedFlow::new(state.seal(at.app, at.cookie()));
    let answer = ConsentPage {
        frame: at.frame(),
        form: Form { action: path("consent"), flow: sealed },
        app: at.card().await.unwrap_or_else(|| unnamed(at)),
        publisher: None,
        account: at.account(&step.account),
        organisation: if step.may_consent_for_all {
            OrganisationChoice::Offered
        } else {
            OrganisationChoice::Hidden
        },
        resources: groups(step),
        switch: Some(at.link("other-account")),
        manage: None,
    };
    page(at.app, &Page::Consent(answer), StatusCode::OK)
}

async fn approval(at: &OnPage<'_>, step: &ConsentStep) -> Response {
    let client = at.asked.request.client_id.clone().unwrap_or_default();
    let asked = step.apis.iter().flat_map(|api| api.items.iter().map(move |item| (api, item)));
    let commands: Vec<String> = asked
        .filter(|(_, item)| item.locked)
        .map(|(api, item)| format!("doorward grant add {client} {}:{} --all", api.id, item.scope))
        .collect();
    let answer = ApprovalPage {
        frame: at.frame(),
        app: at.card().await.unwrap_or_else(|| unnamed(at)),
        account: at.account(&step.account),
        resources: groups(step),
        command: commands.join(" && "),
        approve: None,
        other_account: Some(at.link("other-account")),
        cancel: Some(at.link("cancel")),
        trace: at.visit.trace.to_string(),
    };
    page(at.app, &Page::Approval(answer), StatusCode::OK)
}

fn groups(step: &ConsentStep) -> Vec<ResourceGroup> {
    let state = |item: &ConsentItem| match (item.locked, item.is_new, step.adds_to_earlier) {
        (true, _, _) => PermissionState::Locked,
        (false, false, _) => PermissionState::Granted,
        (false, true, true) => PermissionState::New,
        (false, true, false) => PermissionState::Asked,
    };
    step.apis
        .iter()
        .map(|api| ResourceGroup {
            name: api.title.clone(),
            permissions: api
                .items
                .iter()
                .map(|item| Permission {
                    title: item.title.clone(),
                    detail: item.description.clone(),
                    name: item.scope.to_string(),
                    state: state(item),
                })
                .collect(),
        })
        .collect()
}

fn unnamed(at: &OnPage<'_>) -> AppCard {
    AppCard { name: at.asked.request.client_id.clone().unwrap_or_default(), back: None }
}

pub(super) fn path(page: &str) -> Href {
    Href::parse(format!("/flow/{page}")).expect("our own paths are plain")
}

impl OnPage<'_> {
    pub(super) fn cookie(&self) -> &str {
        self.via.flow_cookie.as_deref().unwrap_or_default()
    }

    pub(super) fn frame(&self) -> crate::pages::Frame {
        self.visit.frame(self.app, Some(&self.asked.found.authority.tenant.display_name))
    }

    pub(super) fn form(&self, page: &str) -> Form {
        Form { action: path(page), flow: SealedFlow::new(self.state.seal(self.app, self.cookie())) }
    }

    pub(super) fn link(&self, page: &str) -> Href {
        let sealed = self.state.seal(self.app, self.cookie());
        Href::parse(format!("/flow/{page}?flow={sealed}")).expect("our own paths are plain")
    }

    pub(super) async fn card(&self) -> Option<AppCard> {
        card(self.app, &self.asked, self.visit.now).await
    }

    pub(super) fn account(&self, account: &AccountChoice) -> AccountCard {
        AccountCard {
            display_name: account.display_name.clone(),
            sign_in_name: account.sign_in_name.clone(),
            email: None,
            kind: match account.kind {
                TenantKind::Personal => AccountKind::Personal,
                TenantKind::Work => AccountKind::Work(self.asked.found.authority.tenant.display_name.clone()),
            },
        }
    }
}

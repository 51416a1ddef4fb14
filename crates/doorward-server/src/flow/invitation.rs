//! The link of an invitation: opening it shows a page, its button sets the first password. Nobody is signed in by it.

use doorward_core::journey::{self, Renewed, challenge};
use doorward_core::model::{Challenge, Secret, Tenant, TenantKey, User};
use doorward_core::needs::Need;
use doorward_core::refusal::{JourneyRefusal, Refusal, RequestRefusal};
use doorward_dialect::Params;
use http::StatusCode;

use super::Stepped;
use super::reset::{settle, weak};
use crate::app::App;
use crate::mail::Heading;
use crate::pages::{ByMailPage, DoneKind, DonePage, InvitationPage, Page, Problem};
use crate::reply::{Visit, page};
use crate::shell::{Failure, Fault};

/// What a link leads to.
struct Invited {
    tenant: Tenant,
    secret: Secret,
    stored: Option<Challenge>,
    user: Option<User>,
}

pub(super) async fn show(app: &App, visit: &Visit, params: &Params) -> Stepped {
    let invited = find(app, visit, params).await?;
    let judged = (invited.stored.as_ref(), invited.user.as_ref());
    let name = app.with_env(visit.now, |env| {
        journey::invited(judged, &invited.secret, env).map(|(user, _)| name(user))
    })?;
    Ok(form(app, visit, (&invited, name), Vec::new()))
}

pub(super) async fn post(app: &App, visit: &Visit, params: &Params) -> Stepped {
    if visit.address.is_some_and(|address| !app.ports().limits.admits(address)) {
        return Err(JourneyRefusal::Throttled.into());
    }
    let invited = find(app, visit, params).await?;
    let judged = (invited.stored.as_ref(), invited.user.as_ref());
    let (user, spend) = app.with_env(visit.now, |env| {
        journey::invited(judged, &invited.secret, env).map(|(user, spend)| (user.clone(), spend))
    })?;
    let password = params.value("password").unwrap_or_default().to_owned();
    if let Some(problem) = weak(&password, user.sign_in_name()) {
        return Ok(form(app, visit, (&invited, name(&user)), vec![problem]));
    }
    let stored = invited.stored.as_ref().ok_or(JourneyRefusal::AnswerWrong)?;
    let hash = app.ports().hashing.hash(password).await?;
    let renewed =
        app.with_env(visit.now, |env| journey::accept(&user, (stored, spend), hash, &invited.tenant, env));
    let Renewed { mut changes, letters } = renewed;
    let heading = Heading { tenant: Some(&invited.tenant), locale: visit.locale, link: None };
    changes.extend(app.post(letters, heading, visit.now));
    settle(app.commit(changes).await).map_err(|failure| match failure {
        Failure::Fault(fault) => Failure::Fault(fault),
        Failure::Refused(reason) => Failure::Refused(Refusal::new(reason)),
    })?;
    let answer = DonePage {
        frame: visit.frame(app, Some(&invited.tenant.display_name)),
        app: None,
        kind: DoneKind::Invitation,
        sign_in: None,
    };
    Ok(page(app, &Page::ByMail(ByMailPage::Done(answer)), StatusCode::OK))
}

async fn find(app: &App, visit: &Visit, params: &Params) -> Result<Invited, Failure<Refusal>> {
    let text = |field: &'static str| {
        params.value(field).ok_or_else(|| Refusal::new(RequestRefusal::MissingParameter { name: field }))
    };
    let (key, secret) = (TenantKey::new(text("tenant")?), Secret::new(text("key")?));
    let wanted = key.clone();
    let facts = app.load(visit.now, |_, _| vec![Need::Tenant(wanted.clone())]).await.map_err(Fault::from)?;
    let tenant = facts.tenant(&key).filter(|tenant| !tenant.disabled).cloned();
    let tenant = tenant.ok_or(JourneyRefusal::AnswerWrong)?;
    let id = challenge::link_id(tenant.id, secret.expose(), app.vault());
    let facts =
        app.load(visit.now, |_, _| vec![challenge::need(tenant.id, id)]).await.map_err(Fault::from)?;
    let stored = facts.challenge(tenant.id, id).cloned();
    let user = match stored.as_ref().and_then(|stored| stored.user) {
        None => None,
        Some(user) => {
            let need = Need::UserInTenant(tenant.id, user);
            let facts = app.load(visit.now, |_, _| vec![need.clone()]).await.map_err(Fault::from)?;
            facts.user_in_tenant(tenant.id, user).cloned()
        }
    };
    Ok(Invited { tenant, secret, stored, user })
}

fn name(user: &User) -> String {
    user.sign_in_name().to_owned()
}

fn form(
    app: &App,
    visit: &Visit,
    (invited, name): (&Invited, String),
    problems: Vec<Problem>,
) -> axum::response::Response {
    let answer = InvitationPage {
        frame: visit.frame(app, Some(&invited.tenant.display_name)),
        action: super::show::path("invitation"),
        tenant: invited.tenant.name.to_string(),
        key: invited.secret.expose().to_owned(),
        username: name,
        password_min: 8,
        problems,
    };
    page(app, &Page::ByMail(ByMailPage::Invitation(answer)), StatusCode::OK)
}

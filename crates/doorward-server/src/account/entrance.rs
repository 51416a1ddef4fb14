//! The way in: an ordinary sign-in of the built-in application, at the tenant that the person names.

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::directory::{ACCOUNT_APP, ACCOUNT_CLIENT_ID, account_pages};
use doorward_core::journey::factor::is_enrolled;
use doorward_core::model::{Platform, RedirectUri, Tenant, TenantKey};
use doorward_core::needs::Need;
use doorward_crypto::random_token;
use doorward_dialect::Params;
use doorward_store::CommitError;
use http::StatusCode;

use super::Answered;
use super::member::Member;
use crate::app::App;
use crate::pages::{AccountGatePage, Href, Page};
use crate::reply::{Visit, page, redirect};
use crate::shell::{Failure, Fault};

/// Asks at which tenant.
pub(super) fn show(app: &App, visit: &Visit, params: &Params) -> Response {
    match params.value("tenant") {
        Some(tenant) => gate(app, visit, tenant, Known::Unknown),
        None => gate(app, visit, "", Known::NotAsked),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    NotAsked,
    Unknown,
}

fn gate(app: &App, visit: &Visit, tenant: &str, known: Known) -> Response {
    let answer = AccountGatePage {
        frame: visit.frame(app, None),
        action: Href::parse("/account/sign-in").expect("our own paths are plain"),
        tenant: tenant.chars().take(64).collect(),
        is_unknown: known == Known::Unknown,
    };
    page(app, &Page::AccountGate(answer), StatusCode::UNAUTHORIZED)
}

/// Sends the browser to the sign-in of the tenant that was named.
pub(super) async fn sign_in(app: &App, visit: &Visit, params: &Params) -> Answered {
    let typed = params.value("tenant").unwrap_or_default();
    let key = TenantKey::new(typed);
    let facts = app.load(visit.now, |_, _| vec![Need::Tenant(key.clone())]).await?;
    match facts.tenant(&key).filter(|tenant| !tenant.disabled) {
        Some(tenant) => request(app, visit, tenant, &[("prompt", "select_account")]).await,
        None => Ok(gate(app, visit, typed, Known::Unknown)),
    }
}

/// The same person once more: what they ask for needs a fresh sign-in, in full where the account has a second factor.
pub(super) async fn again(app: &App, visit: &Visit, member: &Member) -> Answered {
    let mut more = vec![("prompt", "login"), ("login_hint", member.user.sign_in_name())];
    if is_enrolled(&member.user) {
        more.push(("acr_values", doorward_core::model::Acr::MultiFactor.as_str()));
    }
    request(app, visit, &member.tenant, &more).await
}

async fn request(app: &App, visit: &Visit, tenant: &Tenant, more: &[(&str, &str)]) -> Answered {
    let back = format!("{}/account/signed-in", app.settings().base_url);
    furnish(app, visit, tenant, &back).await?;
    // Whoever catches the code can do nothing with it: nobody knows the verifier.
    let challenge = URL_SAFE_NO_PAD.encode(app.vault().digest(random_token(32).as_bytes()).as_bytes());
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", ACCOUNT_CLIENT_ID)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", &back)
        .append_pair("scope", "openid")
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .append_pair("state", &random_token(16))
        .extend_pairs(more)
        .finish();
    Ok(redirect(&format!("/{}/oauth2/authorize?{query}", tenant.name)))
}

/// The built-in application, made or moved where it is not as it should be.
async fn furnish(
    app: &App,
    visit: &Visit,
    tenant: &Tenant,
    back: &str,
) -> Result<(), Failure<doorward_core::refusal::Refusal>> {
    let facts = app.load(visit.now, |_, _| vec![Need::ClientByApp(tenant.id, ACCOUNT_APP)]).await?;
    let stored = facts.client_by_app(tenant.id, ACCOUNT_APP);
    let uri =
        RedirectUri::parse(back, Platform::Spa).expect("public_url is a plain https or loopback address");
    match app.commit(account_pages(tenant.id, stored, uri, visit.now)).await {
        // Another request was faster.
        Ok(()) | Err(CommitError::Conflict(_)) => Ok(()),
        Err(CommitError::Fault(fault)) => Err(Fault::from(fault).into()),
    }
}

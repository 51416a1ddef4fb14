//! What the server publishes for enforcers: an API's registration (Settled 5). No secret is in it.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use doorward_core::claims::issuers_of;
use doorward_core::model::{Resource, Tenant, TenantKey, TokenProfile};
use doorward_core::needs::Need;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Request, StatusCode};
use serde_json::json;

use crate::app::App;
use crate::reply::{Visit, finish, json as answer};
use crate::revocations;

/// `GET /feed/{tenant}/apis/{api}`: audiences, accepted issuers with their keys, profile, where errors are
/// explained, and where the tenant tells what it took back.
pub(crate) async fn registration(
    State(app): State<App>,
    Path((tenant, api)): Path<(String, String)>,
    request: Request<Body>,
) -> Response {
    let visit = Visit::of(&app, &request.into_parts().0);
    finish(published(&app, &visit, (&tenant, &api)).await, &visit)
}

async fn published(app: &App, visit: &Visit, (tenant, api): (&str, &str)) -> Response {
    let key = TenantKey::new(tenant);
    let name = api.to_lowercase();
    let now = visit.now;
    let needs = |facts: &doorward_core::facts::Facts, _: &doorward_core::port::Env<'_>| {
        let first = Need::Tenant(key.clone());
        let tenant = if facts.has(&first) { facts.tenant(&key).map(|tenant| tenant.id) } else { None };
        let mut needs = vec![first];
        needs.extend(tenant.into_iter().flat_map(|id| [Need::Resource(id, name.clone()), Need::Flows(id)]));
        needs
    };
    let facts = match app.load(now, needs).await {
        Ok(facts) => facts,
        Err(fault) => {
            tracing::error!(%fault, "an API's registration cannot be read");
            let body = json!({ "error": "temporarily_unavailable", "code": "DW5150" });
            return answer(StatusCode::SERVICE_UNAVAILABLE, &body);
        }
    };
    let found = facts.tenant(&key).filter(|tenant| !tenant.disabled).and_then(|tenant| {
        facts.resource(tenant.id, &name).filter(|api| !api.disabled).map(|api| (tenant, api))
    });
    let Some((tenant, api)) = found else {
        let body = json!({ "error": "not_found", "code": "DW1070", "error_description": "DW1070 no such API in this tenant" });
        return answer(StatusCode::NOT_FOUND, &body);
    };
    let mut response =
        answer(StatusCode::OK, &document(&app.settings().base_url, tenant, api, facts.flows(tenant.id)));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=60"));
    response
}

/// The registration as guards read it.
pub(crate) fn document(
    base: &str,
    tenant: &Tenant,
    api: &Resource,
    flows: &[doorward_core::model::UserFlow],
) -> serde_json::Value {
    let keys = format!("{base}/{}/oauth2/jwks", tenant.name);
    let issuers: Vec<serde_json::Value> = issuers_of(base, tenant, api, flows)
        .into_iter()
        .map(|issuer| json!({ "issuer": issuer, "jwks_uri": keys }))
        .collect();
    json!({
        "name": api.name,
        "audiences": api.audiences(),
        "issuers": issuers,
        "profile": profile(api.profile),
        "docs": format!("{base}/docs/errors"),
        "revocations": {
            "url": format!("{base}/feed/{}/revocations", tenant.name),
            "issuer": revocations::issuer(base, tenant),
            "jwks_uri": keys,
        },
    })
}

/// The profile's name in documents.
fn profile(profile: TokenProfile) -> &'static str {
    use doorward_core::model::MsVersion;
    match profile {
        TokenProfile::Generic => "generic",
        TokenProfile::Ms(MsVersion::V1) => "ms-v1",
        TokenProfile::Ms(MsVersion::V2) => "ms-v2",
        TokenProfile::Rfc9068 => "rfc9068",
    }
}

//! Requests and answers as text.

use doorward_core::model::{
    Authority, ConsentStyle, Door, FlowClaim, FlowIssuer, FlowKind, FlowName, Instant, PoolId, Tenant,
    TenantId, TenantKind, TenantName, UserFlow,
};
use doorward_dialect::{ErrorContext, issuer};
use http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, Response};

pub(crate) const BASE: &str = "https://login.test:8443";

/// Status, headers in alphabetical order, and the body; JSON spread over lines.
pub(crate) fn response(response: &Response<Vec<u8>>) -> String {
    let mut lines = vec![response.status().to_string()];
    let mut headers: Vec<String> = response
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("headers of ours are ASCII")))
        .collect();
    headers.sort();
    lines.extend(headers);
    if !response.body().is_empty() {
        let body: serde_json::Value = serde_json::from_slice(response.body()).expect("every body is JSON");
        lines.push(String::new());
        lines.push(serde_json::to_string_pretty(&body).expect("a JSON value prints"));
    }
    lines.join("\n")
}

/// One parameter a line.
pub(crate) fn params(params: &[(&'static str, String)]) -> String {
    params.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
}

pub(crate) fn form_headers() -> HeaderMap {
    let form = "application/x-www-form-urlencoded;charset=utf-8";
    HeaderMap::from_iter([(CONTENT_TYPE, form.parse().expect("a header"))])
}

pub(crate) fn with_origin(origin: &str) -> HeaderMap {
    let mut headers = form_headers();
    headers.insert(ORIGIN, origin.parse().expect("a header"));
    headers
}

pub(crate) fn with_authorization(value: &str) -> HeaderMap {
    let mut headers = form_headers();
    headers.insert(AUTHORIZATION, value.parse().expect("a header"));
    headers
}

pub(crate) fn context() -> ErrorContext<'static> {
    ErrorContext {
        correlation: Some("6f9619ff-8b86-4d01-b42d-00cf4fc964ff"),
        ..ErrorContext::new(BASE, "9c11f0d24fb14c5c8d4b7f0f8f3b1a20", Instant::from_seconds(1_767_225_600))
    }
}

pub(crate) fn flow_door() -> Door {
    Door::Flow(UserFlow {
        tenant: TenantId::parse("3f2504e0-4f89-41d3-9a0c-0305e82c3301").expect("a UUID"),
        name: FlowName::parse("B2C_1_susi").expect("a flow name"),
        aliases: Vec::new(),
        kind: FlowKind::SignUpOrSignIn,
        identity: doorward_core::model::FlowIdentity::UserName,
        consent: ConsentStyle::AdminOnly,
        claims: vec![
            FlowClaim::DisplayName,
            FlowClaim::Emails,
            FlowClaim::GivenName,
            FlowClaim::ObjectId,
            FlowClaim::SignInName,
        ],
    })
}

pub(crate) fn authority(door: Door) -> Authority {
    let tenant = Tenant {
        id: TenantId::parse("3f2504e0-4f89-41d3-9a0c-0305e82c3301").expect("a UUID"),
        name: TenantName::parse("meadow").expect("a tenant name"),
        domain: "meadow.onmicrosoft.com".to_owned(),
        display_name: "Meadow".to_owned(),
        kind: TenantKind::Work,
        default_pool: PoolId::random([1; 16]),
        flow_issuer: FlowIssuer::Tfp,
        mfa: doorward_core::model::MfaRule::WhenEnrolled,
        user_consent: true,
        keys: doorward_core::model::KeyPolicy::default(),
        disabled: false,
    };
    let issuer = issuer(BASE, &tenant, &door);
    Authority { tenant, door, issuer, base: BASE.to_owned() }
}

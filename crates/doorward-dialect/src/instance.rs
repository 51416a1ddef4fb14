//! Instance discovery: how a client library asks whether a host is an authority at all.
//!
//! Microsoft's libraries ask their own cloud unless they are told to ask here (`instance_discovery=` of msal-python,
//! gateways); the answer names the metadata document and the host as its own and only alias.

use doorward_core::refusal::RequestRefusal;
use http::Response;
use serde_json::json;
use url::Url;

use crate::address::endpoint_url;
use crate::dialect::Dialect;
use crate::endpoint::Endpoint;
use crate::route::{Place, route};
use crate::wire::Params;
use crate::write::{ErrorContext, write_document, write_instance_unknown, write_refusal};

/// Answers `GET /common/discovery/instance`. `query` is as it stands in the request line.
pub fn instance_discovery(query: &str, ctx: &ErrorContext<'_>) -> Response<Vec<u8>> {
    match read(query, ctx) {
        Ok(Some(answer)) => write_document(&answer),
        Ok(None) => write_instance_unknown(ctx),
        Err(refusal) => write_refusal(Dialect::Entra, &refusal.into(), ctx),
    }
}

/// The answer, or `None` where the endpoint that was asked about is not one of this host.
fn read(query: &str, ctx: &ErrorContext<'_>) -> Result<Option<serde_json::Value>, RequestRefusal> {
    let params = Params::query(query)?;
    let Some(asked) = params.value("authorization_endpoint") else {
        return Err(RequestRefusal::MissingParameter { name: "authorization_endpoint" });
    };
    let (Ok(asked), Ok(base)) = (Url::parse(asked), Url::parse(ctx.base)) else { return Ok(None) };
    // msal-python leaves the port out of its question.
    if asked.scheme() != base.scheme() || asked.host_str() != base.host_str() {
        return Ok(None);
    }
    let Ok(found) = route(asked.path(), asked.query().unwrap_or_default()) else { return Ok(None) };
    if found.endpoint != Endpoint::Authorize || found.place == Place::Query {
        return Ok(None);
    }
    let Some(host) = base.host_str() else { return Ok(None) };
    let (network, aliases) = match base.port() {
        Some(port) => (format!("{host}:{port}"), vec![format!("{host}:{port}"), host.to_owned()]),
        None => (host.to_owned(), vec![host.to_owned()]),
    };
    Ok(Some(json!({
        "tenant_discovery_endpoint": endpoint_url(ctx.base, &found, Endpoint::Metadata),
        "api-version": "1.1",
        "metadata": [{ "preferred_network": network, "preferred_cache": network, "aliases": aliases }],
    })))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::context;

    fn ask(endpoint: &str) -> (u16, serde_json::Value) {
        let query = format!("api-version=1.1&authorization_endpoint={endpoint}");
        let response = instance_discovery(&query, &context());
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    #[test]
    fn our_own_host_is_an_authority() {
        for endpoint in [
            "https://id.test:7443/meadow/oauth2/v2.0/authorize",
            "https://ID.test/Meadow/oauth2/v2.0/authorize",
        ] {
            let (status, answer) = ask(endpoint);
            assert_eq!(status, 200, "{answer}");
            assert_eq!(
                answer["tenant_discovery_endpoint"],
                "https://id.test:7443/meadow/v2.0/.well-known/openid-configuration"
            );
            assert_eq!(answer["metadata"][0]["preferred_cache"], "id.test:7443");
        }
    }

    #[test]
    fn every_other_host_is_not() {
        for endpoint in [
            "https://elsewhere.test/meadow/oauth2/v2.0/authorize",
            "http://id.test:7443/meadow/oauth2/v2.0/authorize",
            "https://id.test:7443/oauth2/v2.0/authorize",
            "not-an-address",
        ] {
            let (status, answer) = ask(endpoint);
            assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_instance")), "{endpoint}");
            assert!(answer["error_description"].as_str().unwrap().starts_with("AADSTS50049: "));
        }
        let response = instance_discovery("api-version=1.1", &context());
        assert_eq!(response.status(), 400);
    }
}

//! Issuers and the addresses of endpoints.

use doorward_core::model::{Door, FlowIssuer, Tenant};

use crate::endpoint::Endpoint;
use crate::route::Route;

/// The issuer of a door. `base` is the public address of the server without a trailing slash. User-flow issuers end in
/// a slash, as the directory's do.
pub fn issuer(base: &str, tenant: &Tenant, door: &Door) -> String {
    let id = tenant.id;
    match door {
        Door::Plain => format!("{base}/{}", tenant.name),
        Door::Directory => format!("{base}/{id}/v2.0"),
        Door::Flow(flow) => match tenant.flow_issuer {
            FlowIssuer::Tfp => format!("{base}/tfp/{id}/{}/v2.0/", flow.name.lower()),
            FlowIssuer::V2 => format!("{base}/{id}/v2.0/"),
        },
    }
}

/// The address of an endpoint of the authority that `route` names, with the authority's own words: client libraries
/// keep one metadata document per host and derive the others from it by replacing that text.
pub fn endpoint_url(base: &str, route: &Route, endpoint: Endpoint) -> String {
    format!("{base}{}", route.path_of(endpoint))
}

/// Where the keys are.
pub fn jwks_uri(base: &str, route: &Route) -> String {
    endpoint_url(base, route, Endpoint::Keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::route;
    use crate::samples::{flow, tenant};

    const BASE: &str = "https://id.test:7443";

    #[test]
    fn every_door_has_its_issuer() {
        let mut tenant = tenant();
        let id = tenant.id;
        assert_eq!(issuer(BASE, &tenant, &Door::Plain), "https://id.test:7443/meadow");
        assert_eq!(issuer(BASE, &tenant, &Door::Directory), format!("{BASE}/{id}/v2.0"));
        let door = Door::Flow(flow());
        assert_eq!(issuer(BASE, &tenant, &door), format!("{BASE}/tfp/{id}/b2c_1_susi/v2.0/"));
        tenant.flow_issuer = FlowIssuer::V2;
        assert_eq!(issuer(BASE, &tenant, &door), format!("{BASE}/{id}/v2.0/"));
    }

    #[test]
    fn endpoints_keep_the_words_of_the_authority() {
        for (path, query, token, keys) in [
            ("/Meadow/.well-known/openid-configuration", "", "/meadow/oauth2/token", "/meadow/oauth2/jwks"),
            (
                "/Meadow.Test/v2.0/.well-known/openid-configuration",
                "",
                "/meadow.test/oauth2/v2.0/token",
                "/meadow.test/discovery/v2.0/keys",
            ),
            (
                "/meadow/B2C_1_susi/v2.0/.well-known/openid-configuration",
                "",
                "/meadow/b2c_1_susi/oauth2/v2.0/token",
                "/meadow/b2c_1_susi/discovery/v2.0/keys",
            ),
            (
                "/tfp/meadow/B2C_1_susi/v2.0/.well-known/openid-configuration",
                "",
                "/tfp/meadow/b2c_1_susi/oauth2/v2.0/token",
                "/tfp/meadow/b2c_1_susi/discovery/v2.0/keys",
            ),
            (
                "/meadow/v2.0/.well-known/openid-configuration",
                "p=B2C_1_susi",
                "/meadow/oauth2/v2.0/token?p=b2c_1_susi",
                "/meadow/discovery/v2.0/keys?p=b2c_1_susi",
            ),
        ] {
            let route = route(path, query).unwrap();
            assert_eq!(endpoint_url(BASE, &route, Endpoint::Token), format!("{BASE}{token}"));
            assert_eq!(jwks_uri(BASE, &route), format!("{BASE}{keys}"));
        }
    }
}

use proptest::prelude::*;

use super::*;

/// `dialect endpoint tenant policy place`, or the code of the refusal.
fn found(path: &str, query: &str) -> String {
    match route(path, query) {
        Ok(route) => format!(
            "{} {} {} {} {:?}",
            route.dialect.name(),
            route.endpoint.name(),
            route.tenant.as_str(),
            route.policy.as_deref().unwrap_or("-"),
            route.place
        ),
        Err(refusal) => refusal.row().code.to_string(),
    }
}

const TENANT_ID: &str = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

#[test]
fn every_address_of_the_table() {
    for (path, expected) in [
        ("/meadow/.well-known/openid-configuration", "oidc metadata meadow - Tenant"),
        ("/meadow/.well-known/oauth-authorization-server", "oidc metadata meadow - Tenant"),
        ("/.well-known/openid-configuration/meadow", "oidc metadata meadow - Tenant"),
        ("/.well-known/oauth-authorization-server/meadow", "oidc metadata meadow - Tenant"),
        ("/meadow/oauth2/authorize", "oidc authorize meadow - Tenant"),
        ("/meadow/oauth2/token", "oidc token meadow - Tenant"),
        ("/meadow/oauth2/userinfo", "oidc userinfo meadow - Tenant"),
        ("/meadow/oauth2/jwks", "oidc keys meadow - Tenant"),
        ("/meadow/oauth2/introspect", "oidc introspect meadow - Tenant"),
        ("/meadow/oauth2/revoke", "oidc revoke meadow - Tenant"),
        ("/meadow/oauth2/logout", "oidc end_session meadow - Tenant"),
        ("/meadow/v2.0/.well-known/openid-configuration", "entra metadata meadow - Tenant"),
        ("/meadow/v2.0/v2.0/.well-known/openid-configuration", "entra metadata meadow - Tenant"),
        ("/meadow/v2.0/.well-known/oauth-authorization-server", "entra metadata meadow - Tenant"),
        ("/.well-known/openid-configuration/meadow/v2.0", "entra metadata meadow - Tenant"),
        ("/.well-known/oauth-authorization-server/meadow/v2.0", "entra metadata meadow - Tenant"),
        ("/meadow/oauth2/v2.0/authorize", "entra authorize meadow - Tenant"),
        ("/meadow/oauth2/v2.0/token", "entra token meadow - Tenant"),
        ("/meadow/oauth2/v2.0/logout", "entra end_session meadow - Tenant"),
        ("/meadow/oauth2/v2.0/userinfo", "entra userinfo meadow - Tenant"),
        ("/meadow/oauth2/v2.0/introspect", "entra introspect meadow - Tenant"),
        ("/meadow/oauth2/v2.0/revoke", "entra revoke meadow - Tenant"),
        ("/meadow/discovery/v2.0/keys", "entra keys meadow - Tenant"),
        ("/common/discovery/instance", "entra instance_discovery common - Tenant"),
        (
            "/meadow/b2c_1_susi/v2.0/.well-known/openid-configuration",
            "entra-flow metadata meadow b2c_1_susi Path",
        ),
        (
            "/meadow/b2c_1_susi/v2.0/v2.0/.well-known/openid-configuration",
            "entra-flow metadata meadow b2c_1_susi Path",
        ),
        ("/meadow/b2c_1_susi/.well-known/openid-configuration", "entra-flow metadata meadow b2c_1_susi Path"),
        (
            "/meadow/b2c_1_susi/.well-known/oauth-authorization-server",
            "entra-flow metadata meadow b2c_1_susi Path",
        ),
        ("/.well-known/openid-configuration/meadow/b2c_1_susi", "entra-flow metadata meadow b2c_1_susi Path"),
        (
            "/.well-known/openid-configuration/meadow/b2c_1_susi/v2.0",
            "entra-flow metadata meadow b2c_1_susi Path",
        ),
        (
            "/.well-known/oauth-authorization-server/tfp/meadow/b2c_1_susi/v2.0/",
            "entra-flow metadata meadow b2c_1_susi Tfp",
        ),
        ("/meadow/b2c_1_susi/oauth2/v2.0/authorize", "entra-flow authorize meadow b2c_1_susi Path"),
        ("/meadow/b2c_1_susi/oauth2/v2.0/token", "entra-flow token meadow b2c_1_susi Path"),
        ("/meadow/b2c_1_susi/oauth2/v2.0/logout", "entra-flow end_session meadow b2c_1_susi Path"),
        ("/meadow/b2c_1_susi/oauth2/v2.0/userinfo", "entra-flow userinfo meadow b2c_1_susi Path"),
        ("/meadow/b2c_1_susi/oauth2/v2.0/introspect", "entra-flow introspect meadow b2c_1_susi Path"),
        ("/meadow/b2c_1_susi/oauth2/v2.0/revoke", "entra-flow revoke meadow b2c_1_susi Path"),
        ("/meadow/b2c_1_susi/discovery/v2.0/keys", "entra-flow keys meadow b2c_1_susi Path"),
        ("/meadow/b2c_1a_custom/oauth2/v2.0/token", "entra-flow token meadow b2c_1a_custom Path"),
        ("/meadow/welcome/oauth2/v2.0/token", "entra-flow token meadow welcome Path"),
        (
            "/tfp/meadow/b2c_1_susi/v2.0/.well-known/openid-configuration",
            "entra-flow metadata meadow b2c_1_susi Tfp",
        ),
        ("/tfp/meadow/b2c_1_susi/oauth2/v2.0/authorize", "entra-flow authorize meadow b2c_1_susi Tfp"),
        (
            "/tfp/meadow/b2c_1_susi/.well-known/openid-configuration",
            "entra-flow metadata meadow b2c_1_susi Tfp",
        ),
        ("/tfp/meadow/b2c_1_susi/discovery/v2.0/keys", "entra-flow keys meadow b2c_1_susi Tfp"),
    ] {
        assert_eq!(found(path, ""), expected, "{path}");
        assert_eq!(found(&path.to_uppercase(), ""), expected, "{path} in upper case");
    }
}

#[test]
fn the_flow_may_be_a_parameter_of_the_directory_paths() {
    for path in [
        "/meadow/v2.0/.well-known/openid-configuration",
        "/meadow/oauth2/v2.0/authorize",
        "/meadow/oauth2/v2.0/token",
        "/meadow/oauth2/v2.0/logout",
        "/meadow/discovery/v2.0/keys",
    ] {
        let expected =
            found(path, "").replace("entra ", "entra-flow ").replace("- Tenant", "b2c_1_susi Query");
        for query in ["p=B2C_1_susi", "P=b2c_1_SUSI", "x=1&p=b2c_1_susi&p=B2C_1_SUSI", "p=&p=b2c_1_susi"] {
            assert_eq!(found(path, query), expected, "{path}?{query}");
        }
        assert_eq!(found(path, "p=a&p=b"), "DW1051");
        assert_eq!(found(path, "p=%00"), "DW1061");
        assert_eq!(found(path, "p="), found(path, ""));
    }
    assert_eq!(found("/meadow/oauth2/token", "p=b2c_1_susi"), "oidc token meadow - Tenant");
    // passport-azure-ad repeats the flow of the path.
    let path = "/meadow/B2C_1_susi/v2.0/.well-known/openid-configuration";
    assert_eq!(found(path, "p=B2C_1_SUSI"), "entra-flow metadata meadow b2c_1_susi Path");
    assert_eq!(found(path, "p=B2C_1_edit"), "DW1061");
}

#[test]
fn a_tenant_is_named_by_id_name_or_domain() {
    for tenant in [TENANT_ID, "meadow.test", "meadow.onmicrosoft.com"] {
        assert_eq!(
            found(&format!("/{tenant}/oauth2/v2.0/token"), ""),
            format!("entra token {tenant} - Tenant")
        );
    }
    assert_eq!(found("/Meadow%2Etest/oauth2/v2.0/token", ""), "entra token meadow.test - Tenant");
    // Nobody is called so, and the refusal shall say that and not that the path is wrong.
    assert_eq!(found("/common/oauth2/v2.0/token", ""), "entra token common - Tenant");
}

#[test]
fn what_is_not_in_the_table_is_nowhere() {
    for path in [
        "",
        "/",
        "/meadow",
        "/meadow/",
        "//oauth2/token",
        "/meadow/oauth2",
        "/meadow/oauth2/token/",
        "/meadow/oauth2/v2.0/devicecode",
        "/meadow/oauth2%2Ftoken",
        "/meadow/%2e%2e/oauth2/token",
        "/meadow/../admin/oauth2/token",
        "/meadow/b2c_1_susi/oauth2/token",
        "/meadow/b2c_1_susi/extra/oauth2/v2.0/token",
        "/tfp/meadow/oauth2/v2.0/token",
        "/tfp/meadow/b2c_1_susi",
        "/oauth2/v2.0/token",
        "/v2.0/.well-known/openid-configuration",
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/",
        "/.well-known/openid-configuration/v2.0",
        "/.well-known/openid-configuration/a/b/c",
        "/.well-known/security.txt",
        "/discovery/v2.0/keys",
        "/meadow/discovery/instance",
        "/meadow/v1.0/oauth2/v2.0/token",
    ] {
        assert_eq!(found(path, ""), "DW1055", "{path}");
    }
}

#[test]
fn the_markdown_lists_what_the_router_finds() {
    let table = routes_markdown();
    assert!(table.lines().count() > 60);
    for line in table.lines().skip(2) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let path = cells[0].trim_matches('`').replace("{tenant}", "meadow").replace("{policy}", "b2c_1_susi");
        let (path, query) = path.split_once('?').unwrap_or((&path, ""));
        let route = route(path, query).unwrap_or_else(|refusal| panic!("{path}: {refusal}"));
        assert_eq!((route.endpoint.name(), route.dialect.name()), (cells[2], cells[3]), "{line}");
    }
}

proptest! {
    #[test]
    fn routing_never_panics(path in "/?[a-zA-Z0-9/%._?-]{0,80}", query in ".{0,80}") {
        let _ = route(&path, &query);
    }

    #[test]
    fn the_address_of_an_endpoint_leads_back_to_it(
        tenant in "[a-z0-9.-]{1,20}",
        policy in "[a-z0-9_@!-]{1,20}",
    ) {
        prop_assume!(!is_reserved(&tenant) && !is_reserved(&policy));
        prop_assume!(!matches!(tenant.as_str(), "." | ".."));
        let prefixes = [
            format!("/{tenant}/.well-known/openid-configuration"),
            format!("/{tenant}/v2.0/.well-known/openid-configuration"),
            format!("/{tenant}/{policy}/v2.0/.well-known/openid-configuration"),
            format!("/tfp/{tenant}/{policy}/v2.0/.well-known/openid-configuration"),
        ];
        for path in prefixes {
            let from = route(&path, "").unwrap();
            for endpoint in Endpoint::ALL.into_iter().filter(|e| *e != Endpoint::InstanceDiscovery) {
                let again = route(&from.path_of(endpoint), "").unwrap();
                prop_assert_eq!(again, Route { endpoint, ..from.clone() });
            }
        }
    }
}

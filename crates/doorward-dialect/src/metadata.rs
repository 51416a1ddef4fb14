//! The metadata document of an authority (OpenID Connect Discovery 1.0 §3, RFC 8414 §2). What is off is not in it.

use doorward_core::claims::{Source, When};
use doorward_core::model::{Authority, FlowClaim, FlowKind, KeyState, SigningAlgorithm, SigningKeyRecord};
use doorward_core::profile::{ConsentRule, SubjectRule};
use serde_json::{Value, json};

use crate::address::{endpoint_url, jwks_uri};
use crate::dialect::Dialect;
use crate::endpoint::Endpoint;
use crate::route::Route;

/// Claims of every ID token, whatever the dialect.
const REGISTERED: [&str; 11] =
    ["iss", "sub", "aud", "exp", "iat", "nbf", "auth_time", "amr", "acr", "nonce", "at_hash"];

/// How confidential clients prove themselves.
const AUTH_METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "private_key_jwt"];

/// What client assertions may be signed with.
const ASSERTION_ALGORITHMS: [&str; 5] = ["RS256", "PS256", "ES256", "ES384", "EdDSA"];

fn signing_algorithms(keys: &[SigningKeyRecord]) -> Vec<&'static str> {
    let is_there = |algorithm| {
        algorithm == SigningAlgorithm::Rs256
            || keys.iter().any(|key| key.algorithm == algorithm && key.state == KeyState::Active)
    };
    SigningAlgorithm::ALL
        .into_iter()
        .filter(|algorithm| is_there(*algorithm))
        .map(SigningAlgorithm::as_str)
        .collect()
}

/// The document that an address of the authority answers with. Endpoints repeat the words of `route`.
///
/// `keys` are the tenant's: what it cannot sign with is not promised. RS256 comes first, and is always there (OpenID
/// Connect Discovery §3).
pub fn metadata(authority: &Authority, route: &Route, keys: &[SigningKeyRecord]) -> Value {
    let url = |endpoint| endpoint_url(&authority.base, route, endpoint);
    let subjects = match route.dialect.profile().subject {
        SubjectRule::Pairwise => ["pairwise", "public"],
        SubjectRule::Public => ["public", "pairwise"],
    };
    let signing = signing_algorithms(keys);
    let any_client = [AUTH_METHODS.as_slice(), &["none"]].concat();
    json!({
        "issuer": authority.issuer,
        "authorization_endpoint": url(Endpoint::Authorize),
        "token_endpoint": url(Endpoint::Token),
        "jwks_uri": jwks_uri(&authority.base, route),
        "userinfo_endpoint": url(Endpoint::Userinfo),
        "end_session_endpoint": url(Endpoint::EndSession),
        "introspection_endpoint": url(Endpoint::Introspect),
        "revocation_endpoint": url(Endpoint::Revoke),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        // A registration may choose either; the door's own comes first.
        "subject_types_supported": subjects,
        "id_token_signing_alg_values_supported": signing,
        "userinfo_signing_alg_values_supported": signing,
        "introspection_signing_alg_values_supported": signing,
        "token_endpoint_auth_methods_supported": any_client,
        "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "introspection_endpoint_auth_methods_supported": AUTH_METHODS,
        "introspection_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "revocation_endpoint_auth_methods_supported": any_client,
        "revocation_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "claim_types_supported": ["normal"],
        "claims_supported": claims(authority, route.dialect),
        "acr_values_supported": doorward_token::acr::SUPPORTED,
        "prompt_values_supported": prompts(authority, route.dialect),
        // Absent, the second of them would count as true (Discovery §3).
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    })
}

fn claims(authority: &Authority, dialect: Dialect) -> Vec<&'static str> {
    let chosen = |source: Source| {
        authority.flow().is_some_and(|flow| flow.claims.iter().any(|claim| source_of(*claim) == Some(source)))
    };
    let mut names = REGISTERED.to_vec();
    let of_shape = dialect.shape().claims.iter();
    names.extend(
        of_shape
            .filter(|(_, source, when)| *when != When::FlowChooses || chosen(*source))
            .map(|(name, _, _)| *name),
    );
    if authority.flow().is_some_and(|flow| flow.claims.contains(&FlowClaim::NewUser)) {
        names.push("newUser");
    }
    names
}

/// Where the claim that a flow may choose comes from.
fn source_of(claim: FlowClaim) -> Option<Source> {
    match claim {
        FlowClaim::DisplayName => Some(Source::DisplayName),
        FlowClaim::Email => Some(Source::Email),
        FlowClaim::Emails => Some(Source::EmailsAsArray),
        FlowClaim::FamilyName => Some(Source::FamilyName),
        FlowClaim::GivenName => Some(Source::GivenName),
        FlowClaim::NewUser => None,
        FlowClaim::ObjectId => Some(Source::ObjectId),
        FlowClaim::SignInName => Some(Source::SignInName),
        FlowClaim::TenantId => Some(Source::TenantId),
    }
}

fn prompts(authority: &Authority, dialect: Dialect) -> Vec<&'static str> {
    let mut values = vec!["none", "login", "select_account"];
    let interactive = match dialect.profile().consent {
        ConsentRule::ByFlow => authority
            .flow()
            .is_some_and(|flow| flow.consent == doorward_core::model::ConsentStyle::Interactive),
        ConsentRule::Interactive => true,
    };
    if interactive {
        values.push("consent");
    }
    if authority.flow().is_some_and(|flow| flow.kind == FlowKind::SignUpOrSignIn) {
        values.push("create");
    }
    values
}

#[cfg(test)]
mod tests {
    use doorward_core::model::Door;

    use super::*;
    use crate::route::route;
    use crate::samples::{authority, flow};

    #[test]
    fn the_document_of_a_user_flow_promises_what_the_flow_gives() {
        let authority = authority(Door::Flow(flow()));
        let route = route("/Meadow/B2C_1_SUSI/v2.0/.well-known/openid-configuration", "").unwrap();
        let document = metadata(&authority, &route, &[]);
        assert_eq!(document["issuer"], authority.issuer);
        assert_eq!(
            document["authorization_endpoint"],
            "https://id.test:7443/meadow/b2c_1_susi/oauth2/v2.0/authorize"
        );
        assert_eq!(document["token_endpoint"].as_str().unwrap().matches("/token").count(), 1);
        let claims = document["claims_supported"].as_array().unwrap();
        for (claim, promised) in
            [("tfp", true), ("given_name", true), ("emails", true), ("family_name", false), ("tid", false)]
        {
            assert_eq!(claims.contains(&claim.into()), promised, "{claim}");
        }
        assert_eq!(document["prompt_values_supported"], json!(["none", "login", "select_account", "create"]));
        assert_eq!(document["subject_types_supported"], json!(["public", "pairwise"]));
        assert_eq!(document["userinfo_signing_alg_values_supported"], json!(["RS256"]));
    }

    #[test]
    fn every_address_in_the_document_is_a_route_of_the_same_authority() {
        for (door, path, query) in [
            (Door::Plain, "/meadow/.well-known/openid-configuration", ""),
            (Door::Directory, "/meadow/v2.0/.well-known/openid-configuration", ""),
            (Door::Flow(flow()), "/tfp/meadow/b2c_1_susi/v2.0/.well-known/openid-configuration", ""),
            (Door::Flow(flow()), "/meadow/v2.0/.well-known/openid-configuration", "p=b2c_1_susi"),
        ] {
            let from = route(path, query).unwrap();
            let document = metadata(&authority(door), &from, &[]);
            for (name, endpoint) in [
                ("authorization_endpoint", Endpoint::Authorize),
                ("token_endpoint", Endpoint::Token),
                ("jwks_uri", Endpoint::Keys),
                ("userinfo_endpoint", Endpoint::Userinfo),
                ("end_session_endpoint", Endpoint::EndSession),
                ("introspection_endpoint", Endpoint::Introspect),
                ("revocation_endpoint", Endpoint::Revoke),
            ] {
                let address = document[name].as_str().unwrap().strip_prefix("https://id.test:7443").unwrap();
                let (path, query) = address.split_once('?').unwrap_or((address, ""));
                assert_eq!(route(path, query).unwrap(), Route { endpoint, ..from.clone() }, "{name}");
            }
        }
    }

    #[test]
    fn the_directory_is_pairwise_and_plain_is_public() {
        let plain = route("/meadow/.well-known/openid-configuration", "").unwrap();
        let directory = route("/meadow/v2.0/.well-known/openid-configuration", "").unwrap();
        let subject = |door, route| metadata(&authority(door), route, &[])["subject_types_supported"].clone();
        assert_eq!(subject(Door::Plain, &plain)[0], "public");
        assert_eq!(subject(Door::Directory, &directory)[0], "pairwise");
    }
}

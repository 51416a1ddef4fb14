//! The documents that clients discover.

use doorward_core::model::Door;
use doorward_dialect::{instance_discovery, metadata, route, write_document};

use crate::show;

#[test]
fn the_metadata_of_plain_openid_connect() {
    let route = route("/meadow/.well-known/openid-configuration", "").unwrap();
    let document = metadata(&show::authority(Door::Plain), &route, &[]);
    insta::assert_snapshot!(show::response(&write_document(&document)), @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: Doorward-Trace, WWW-Authenticate, x-ms-request-id
    cache-control: public, max-age=300
    content-type: application/json

    {
      "acr_values_supported": [
        "urn:doorward:acr:pwd",
        "urn:doorward:acr:mfa"
      ],
      "authorization_endpoint": "https://login.test:8443/meadow/oauth2/authorize",
      "authorization_response_iss_parameter_supported": true,
      "claim_types_supported": [
        "normal"
      ],
      "claims_supported": [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "auth_time",
        "amr",
        "acr",
        "nonce",
        "at_hash",
        "sid",
        "name",
        "preferred_username",
        "given_name",
        "family_name",
        "email",
        "email_verified"
      ],
      "code_challenge_methods_supported": [
        "S256"
      ],
      "end_session_endpoint": "https://login.test:8443/meadow/oauth2/logout",
      "grant_types_supported": [
        "authorization_code",
        "refresh_token",
        "client_credentials"
      ],
      "id_token_signing_alg_values_supported": [
        "RS256"
      ],
      "introspection_endpoint": "https://login.test:8443/meadow/oauth2/introspect",
      "introspection_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt"
      ],
      "introspection_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "PS256",
        "ES256",
        "ES384",
        "EdDSA"
      ],
      "introspection_signing_alg_values_supported": [
        "RS256"
      ],
      "issuer": "https://login.test:8443/meadow",
      "jwks_uri": "https://login.test:8443/meadow/oauth2/jwks",
      "prompt_values_supported": [
        "none",
        "login",
        "select_account",
        "consent"
      ],
      "request_parameter_supported": false,
      "request_uri_parameter_supported": false,
      "response_modes_supported": [
        "query",
        "fragment",
        "form_post"
      ],
      "response_types_supported": [
        "code"
      ],
      "revocation_endpoint": "https://login.test:8443/meadow/oauth2/revoke",
      "revocation_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none"
      ],
      "revocation_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "PS256",
        "ES256",
        "ES384",
        "EdDSA"
      ],
      "scopes_supported": [
        "openid",
        "profile",
        "email",
        "offline_access"
      ],
      "subject_types_supported": [
        "public",
        "pairwise"
      ],
      "token_endpoint": "https://login.test:8443/meadow/oauth2/token",
      "token_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none"
      ],
      "token_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "PS256",
        "ES256",
        "ES384",
        "EdDSA"
      ],
      "userinfo_endpoint": "https://login.test:8443/meadow/oauth2/userinfo",
      "userinfo_signing_alg_values_supported": [
        "RS256"
      ]
    }
    "#);
}

#[test]
fn the_metadata_of_the_directory() {
    let route = route("/Meadow.onmicrosoft.com/v2.0/.well-known/openid-configuration", "").unwrap();
    let document = metadata(&show::authority(Door::Directory), &route, &[]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "acr_values_supported": [
        "urn:doorward:acr:pwd",
        "urn:doorward:acr:mfa"
      ],
      "authorization_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/oauth2/v2.0/authorize",
      "authorization_response_iss_parameter_supported": true,
      "claim_types_supported": [
        "normal"
      ],
      "claims_supported": [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "auth_time",
        "amr",
        "acr",
        "nonce",
        "at_hash",
        "ver",
        "tid",
        "oid",
        "sid",
        "uti",
        "login_hint",
        "name",
        "preferred_username",
        "email"
      ],
      "code_challenge_methods_supported": [
        "S256"
      ],
      "end_session_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/oauth2/v2.0/logout",
      "grant_types_supported": [
        "authorization_code",
        "refresh_token",
        "client_credentials"
      ],
      "id_token_signing_alg_values_supported": [
        "RS256"
      ],
      "introspection_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/oauth2/v2.0/introspect",
      "introspection_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt"
      ],
      "introspection_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "PS256",
        "ES256",
        "ES384",
        "EdDSA"
      ],
      "introspection_signing_alg_values_supported": [
        "RS256"
      ],
      "issuer": "https://login.test:8443/3f2504e0-4f89-41d3-9a0c-0305e82c3301/v2.0",
      "jwks_uri": "https://login.test:8443/meadow.onmicrosoft.com/discovery/v2.0/keys",
      "prompt_values_supported": [
        "none",
        "login",
        "select_account",
        "consent"
      ],
      "request_parameter_supported": false,
      "request_uri_parameter_supported": false,
      "response_modes_supported": [
        "query",
        "fragment",
        "form_post"
      ],
      "response_types_supported": [
        "code"
      ],
      "revocation_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/oauth2/v2.0/revoke",
      "revocation_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none"
      ],
      "revocation_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "PS256",
        "ES256",
        "ES384",
        "EdDSA"
      ],
      "scopes_supported": [
        "openid",
        "profile",
        "email",
        "offline_access"
      ],
      "subject_types_supported": [
        "pairwise",
        "public"
      ],
      "token_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/oauth2/v2.0/token",
      "token_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none"
      ],
      "token_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "PS256",
        "ES256",
        "ES384",
        "EdDSA"
      ],
      "userinfo_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/oauth2/v2.0/userinfo",
      "userinfo_signing_alg_values_supported": [
        "RS256"
      ]
    }
    "#);
}

/// passport-azure-ad repeats the flow of the path as a parameter.
#[test]
fn the_metadata_of_a_user_flow() {
    let path = "/meadow.onmicrosoft.com/B2C_1_susi/v2.0/.well-known/openid-configuration";
    let route = route(path, "p=B2C_1_susi").unwrap();
    let document = metadata(&show::authority(show::flow_door()), &route, &[]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "acr_values_supported": [
        "urn:doorward:acr:pwd",
        "urn:doorward:acr:mfa"
      ],
      "authorization_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/b2c_1_susi/oauth2/v2.0/authorize",
      "authorization_response_iss_parameter_supported": true,
      "claim_types_supported": [
        "normal"
      ],
      "claims_supported": [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "auth_time",
        "amr",
        "acr",
        "nonce",
        "at_hash",
        "ver",
        "tfp",
        "sid",
        "login_hint",
        "oid",
        "preferred_username",
        "name",
        "given_name",
        "emails"
      ],
      "code_challenge_methods_supported": [
        "S256"
      ],
      "end_session_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/b2c_1_susi/oauth2/v2.0/logout",
      "grant_types_supported": [
        "authorization_code",
        "refresh_token",
        "client_credentials"
      ],
      "id_token_signing_alg_values_supported": [
        "RS256"
      ],
      "introspection_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/b2c_1_susi/oauth2/v2.0/introspect",
      "introspection_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt"
      ],
      "introspection_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "PS256",
        "ES256",
        "ES384",
        "EdDSA"
      ],
      "introspection_signing_alg_values_supported": [
        "RS256"
      ],
      "issuer": "https://login.test:8443/tfp/3f2504e0-4f89-41d3-9a0c-0305e82c3301/b2c_1_susi/v2.0/",
      "jwks_uri": "https://login.test:8443/meadow.onmicrosoft.com/b2c_1_susi/discovery/v2.0/keys",
      "prompt_values_supported": [
        "none",
        "login",
        "select_account",
        "create"
      ],
      "request_parameter_supported": false,
      "request_uri_parameter_supported": false,
      "response_modes_supported": [
        "query",
        "fragment",
        "form_post"
      ],
      "response_types_supported": [
        "code"
      ],
      "revocation_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/b2c_1_susi/oauth2/v2.0/revoke",
      "revocation_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none"
      ],
      "revocation_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "PS256",
        "ES256",
        "ES384",
        "EdDSA"
      ],
      "scopes_supported": [
        "openid",
        "profile",
        "email",
        "offline_access"
      ],
      "subject_types_supported": [
        "public",
        "pairwise"
      ],
      "token_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/b2c_1_susi/oauth2/v2.0/token",
      "token_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "private_key_jwt",
        "none"
      ],
      "token_endpoint_auth_signing_alg_values_supported": [
        "RS256",
        "PS256",
        "ES256",
        "ES384",
        "EdDSA"
      ],
      "userinfo_endpoint": "https://login.test:8443/meadow.onmicrosoft.com/b2c_1_susi/oauth2/v2.0/userinfo",
      "userinfo_signing_alg_values_supported": [
        "RS256"
      ]
    }
    "#);
}

#[test]
fn the_answer_to_instance_discovery() {
    let query = "api-version=1.1&authorization_endpoint=https%3A%2F%2Flogin.test%2Fmeadow%2Foauth2%2Fv2.0%2Fauthorize";
    insta::assert_snapshot!(show::response(&instance_discovery(query, &show::context())), @r#"
    200 OK
    access-control-allow-origin: *
    access-control-expose-headers: Doorward-Trace, WWW-Authenticate, x-ms-request-id
    cache-control: public, max-age=300
    content-type: application/json

    {
      "api-version": "1.1",
      "metadata": [
        {
          "aliases": [
            "login.test:8443",
            "login.test"
          ],
          "preferred_cache": "login.test:8443",
          "preferred_network": "login.test:8443"
        }
      ],
      "tenant_discovery_endpoint": "https://login.test:8443/meadow/v2.0/.well-known/openid-configuration"
    }
    "#);
}

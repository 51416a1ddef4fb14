//! msal-node 1.18 and 7: a server-side application and a daemon.

use doorward_dialect::{Dialect, Params, read_authorize, read_logout, read_token, route};

use crate::show;

#[test]
fn the_sign_in_address_of_msal_node_1_18() {
    let query = "client_id=1a2b&scope=https%3A%2F%2Fmeadow.onmicrosoft.com%2Fnotes%2Fnotes.read%20openid%20profile%20\
        offline_access&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fredirect&client-request-id=1\
        &response_mode=query&response_type=code&x-client-SKU=msal.js.node&x-client-VER=1.18.4&x-client-OS=linux\
        &x-client-CPU=x64&client_info=1&state=login";
    let path = "/meadow.onmicrosoft.com/b2c_1_susi/oauth2/v2.0/authorize";
    let route = route(path, query).unwrap();
    assert_eq!(route.policy.as_deref(), Some("b2c_1_susi"));
    let request = read_authorize(route.dialect, &Params::query(query).unwrap());
    insta::assert_snapshot!(serde_json::to_string_pretty(&request).unwrap(), @r#"
    {
      "client_id": "1a2b",
      "redirect_uri": "http://localhost:3000/redirect",
      "response_type": "code",
      "response_mode": "query",
      "scope": "https://meadow.onmicrosoft.com/notes/notes.read openid profile offline_access",
      "state": "login",
      "has_request_object": false,
      "has_request_uri": false
    }
    "#);
}

#[test]
fn a_server_redeems_its_code_with_the_secret_in_the_form() {
    let body = "client_id=1a2b&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fredirect&scope=openid%20profile&code=0.AX\
        &client_secret=dws_a%2Bb&grant_type=authorization_code&client_info=1&client-request-id=1";
    let request = read_token(&show::form_headers(), body.as_bytes()).unwrap();
    insta::assert_snapshot!(format!("{request:#?}"), @r#"
    TokenRequest {
        grant_type: Some(
            "authorization_code",
        ),
        client: PresentedClient {
            client_id: Some(
                "1a2b",
            ),
            form_secret: Some(
                ***,
            ),
            basic: None,
            assertion: None,
            token_endpoint: None,
        },
        code: Some(
            ***,
        ),
        redirect_uri: Some(
            "http://localhost:3000/redirect",
        ),
        code_verifier: None,
        refresh_token: None,
        scope: Some(
            "openid profile",
        ),
        resource: [],
        origin: None,
        wants_client_info: true,
    }
    "#);
    assert_eq!(request.client.form_secret.unwrap().expose(), "dws_a+b");
}

#[test]
fn a_daemon_asks_for_default_and_for_no_client_info() {
    let body = "client_id=1a2b&scope=api%3A%2F%2Fnotes%2F.default&grant_type=client_credentials\
        &client_secret=dws_x&client-request-id=1";
    let request = read_token(&show::form_headers(), body.as_bytes()).unwrap();
    assert_eq!(request.scope.as_deref(), Some("api://notes/.default"));
    assert!(!request.wants_client_info);
    assert_eq!(request.origin, None);
}

#[test]
fn the_sample_signs_out_by_hand() {
    let query = "post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A3000";
    let route = route("/meadow.onmicrosoft.com/B2C_1_susi/oauth2/v2.0/logout", query).unwrap();
    assert_eq!(route.dialect, Dialect::EntraFlow);
    let request = read_logout(&Params::query(query).unwrap());
    assert_eq!(request.post_logout_redirect_uri.as_deref(), Some("http://localhost:3000"));
    assert_eq!(request.id_token_hint, None);
}

#[test]
fn a_client_assertion_is_not_lost() {
    let body = "client_id=1a2b&grant_type=client_credentials&client_assertion=eyJ.eyJ.x\
        &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let request = read_token(&show::form_headers(), body.as_bytes()).unwrap();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    assert_eq!(request.client.assertion.unwrap().kind, kind);
}

//! Tokens, codes and small answers.

use doorward_core::authorize::{CodeReply, ResponseMode, ReturnAddress};
use doorward_core::claims::ClientInfo;
use doorward_core::grants::TokenReply;
use doorward_core::model::Secret;
use doorward_dialect::{
    Dialect, Endpoint, authorize_success_params, preflight, redirect_location, write_private, write_token,
};

use crate::show;

fn delegated() -> TokenReply {
    TokenReply {
        access_token: 0,
        id_token: Some(1),
        refresh_token: Some(Secret::new("eyJ0.eyJl.c2Vj")),
        refresh_token_expires_in: Some(86_400),
        expires_in: 3600,
        scope: Some("api://notes/notes.read openid profile offline_access".to_owned()),
        client_info: Some(ClientInfo { uid: "u-b2c_1_susi".to_owned(), utid: "t".to_owned() }),
        allow_origin: Some("https://app.test".to_owned()),
    }
}

fn tokens() -> Vec<String> {
    vec!["access.jwt.x".to_owned(), "id.jwt.x".to_owned()]
}

#[test]
fn a_single_page_application_gets_its_tokens() {
    insta::assert_snapshot!(show::response(&write_token(Dialect::EntraFlow, &delegated(), &tokens())), @r#"
    200 OK
    access-control-allow-origin: https://app.test
    access-control-expose-headers: Doorward-Trace, WWW-Authenticate, x-ms-request-id
    cache-control: no-store
    content-type: application/json
    pragma: no-cache
    vary: Origin

    {
      "access_token": "access.jwt.x",
      "client_info": "eyJ1aWQiOiJ1LWIyY18xX3N1c2kiLCJ1dGlkIjoidCJ9",
      "expires_in": 3600,
      "ext_expires_in": 3600,
      "id_token": "id.jwt.x",
      "refresh_token": "eyJ0.eyJl.c2Vj",
      "refresh_token_expires_in": 86400,
      "scope": "api://notes/notes.read openid profile",
      "token_type": "Bearer"
    }
    "#);
}

#[test]
fn a_daemon_is_not_told_the_scope_by_the_directory() {
    let reply = TokenReply {
        id_token: None,
        refresh_token: None,
        refresh_token_expires_in: None,
        scope: None,
        client_info: None,
        allow_origin: None,
        ..delegated()
    };
    insta::assert_snapshot!(show::response(&write_token(Dialect::Entra, &reply, &tokens())), @r#"
    200 OK
    cache-control: no-store
    content-type: application/json
    pragma: no-cache

    {
      "access_token": "access.jwt.x",
      "expires_in": 3600,
      "ext_expires_in": 3600,
      "token_type": "Bearer"
    }
    "#);
}

#[test]
fn a_relying_party_is_told_every_scope() {
    let reply = TokenReply { client_info: None, allow_origin: None, ..delegated() };
    insta::assert_snapshot!(show::response(&write_token(Dialect::Oidc, &reply, &tokens())), @r#"
    200 OK
    cache-control: no-store
    content-type: application/json
    pragma: no-cache

    {
      "access_token": "access.jwt.x",
      "expires_in": 3600,
      "id_token": "id.jwt.x",
      "refresh_token": "eyJ0.eyJl.c2Vj",
      "refresh_token_expires_in": 86400,
      "scope": "api://notes/notes.read openid profile offline_access",
      "token_type": "Bearer"
    }
    "#);
}

fn code(mode: ResponseMode) -> CodeReply {
    CodeReply {
        to: ReturnAddress {
            redirect_uri: "https://app.test/redirect?x=1".to_owned(),
            mode,
            state: Some("eyJpZCI6IjEifQ==|userState=1 2".to_owned()),
            issuer: "https://login.test:8443/t/v2.0".to_owned(),
        },
        code: Secret::new("0.AX"),
        session_state: "s-1".to_owned(),
        client_info: Some(ClientInfo { uid: "u".to_owned(), utid: "t".to_owned() }),
    }
}

#[test]
fn a_code_goes_back_as_fragment_query_or_form() {
    let fragment = code(ResponseMode::Fragment);
    let params = authorize_success_params(Dialect::Entra, &fragment);
    insta::assert_snapshot!(redirect_location(&fragment.to, &params).unwrap(), @"https://app.test/redirect?x=1#code=0.AX&client_info=eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ&session_state=s-1&state=eyJpZCI6IjEifQ%3D%3D%7CuserState%3D1%202&iss=https%3A%2F%2Flogin.test%3A8443%2Ft%2Fv2.0");
    let query = code(ResponseMode::Query);
    let params = authorize_success_params(Dialect::Oidc, &query);
    insta::assert_snapshot!(redirect_location(&query.to, &params).unwrap(), @"https://app.test/redirect?x=1&code=0.AX&state=eyJpZCI6IjEifQ%3D%3D%7CuserState%3D1%202&iss=https%3A%2F%2Flogin.test%3A8443%2Ft%2Fv2.0");
    let form = code(ResponseMode::FormPost);
    let params = authorize_success_params(Dialect::EntraFlow, &form);
    assert_eq!(redirect_location(&form.to, &params), None);
    insta::assert_snapshot!(show::params(&params), @r#"
    code: 0.AX
    client_info: eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ
    session_state: s-1
    state: eyJpZCI6IjEifQ==|userState=1 2
    iss: https://login.test:8443/t/v2.0
    "#);
}

#[test]
fn small_answers() {
    let inactive = serde_json::json!({ "active": false });
    insta::assert_snapshot!(show::response(&write_private(Endpoint::Introspect, &inactive)), @r#"
    200 OK
    cache-control: no-store
    content-type: application/json
    pragma: no-cache

    {
      "active": false
    }
    "#);
    insta::assert_snapshot!(show::response(&preflight(Endpoint::Token)), @r#"
    204 No Content
    access-control-allow-headers: Authorization, *
    access-control-allow-methods: POST
    access-control-allow-origin: *
    access-control-max-age: 86400
    "#);
}

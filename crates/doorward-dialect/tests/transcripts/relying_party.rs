//! Strict relying parties (`openid-client`) and resource servers.

use doorward_core::refusal::RequestRefusal;
use doorward_dialect::{
    Dialect, Params, read_authorize, read_introspect, read_logout, read_revoke, read_token, read_userinfo,
};
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::show;

/// `web-shop:dws_a+b/c`, each part form-encoded as RFC 6749 §2.3.1 says.
const BASIC: &str = "Basic d2ViLXNob3A6ZHdzX2ElMkJiJTJGYw==";

#[test]
fn a_resource_may_be_asked_for_twice() {
    let text = "client_id=web-shop&response_type=code&scope=notes.read+openid&resource=https%3A%2F%2Fa.test\
        &resource=https%3A%2F%2Fb.test&state=&max_age=0&x=1&x=2";
    let request = read_authorize(Dialect::Oidc, &Params::query(text).unwrap());
    insta::assert_snapshot!(serde_json::to_string_pretty(&request).unwrap(), @r#"
    {
      "client_id": "web-shop",
      "response_type": "code",
      "scope": "notes.read openid",
      "max_age": "0",
      "resource": [
        "https://a.test",
        "https://b.test"
      ],
      "has_request_object": false,
      "has_request_uri": false
    }
    "#);
}

#[test]
fn basic_credentials_arrive_in_both_readings() {
    let body = b"grant_type=client_credentials&resource=https%3A%2F%2Fnotes.test";
    let request = read_token(&show::with_authorization(BASIC), body).unwrap();
    let basic = request.client.basic.unwrap();
    assert_eq!(basic.client_id, "web-shop");
    assert_eq!(basic.secret.expose(), "dws_a+b/c");
    assert_eq!(basic.raw_secret.expose(), "dws_a%2Bb%2Fc");
    assert_eq!(request.resource, ["https://notes.test"]);
}

#[test]
fn two_methods_at_once_reach_the_engine() {
    let body = b"grant_type=client_credentials&client_id=web-shop&client_secret=dws_x";
    let client = read_token(&show::with_authorization(BASIC), body).unwrap().client;
    assert!(client.basic.is_some() && client.form_secret.is_some());
}

#[test]
fn parameters_of_the_token_endpoint_stand_in_a_form() {
    let mut json = HeaderMap::new();
    json.insert(CONTENT_TYPE, "application/json".parse().unwrap());
    let refusal = read_token(&json, br#"{"grant_type":"client_credentials"}"#).unwrap_err();
    assert!(matches!(refusal, RequestRefusal::ContentType { .. }), "{refusal}");
    let refusal = read_token(&show::form_headers(), b"grant_type=a&grant_type=a").unwrap_err();
    assert_eq!(refusal, RequestRefusal::Repeated { name: "grant_type".to_owned() });
    let refusal = read_token(&show::form_headers(), &vec![b'a'; 70_000]).unwrap_err();
    assert_eq!(refusal, RequestRefusal::TooLarge { limit: 65_536 });
}

#[test]
fn tokens_are_asked_about_and_revoked() {
    let body = b"token=abc&token_type_hint=refresh_token";
    let asked = read_introspect(&show::with_authorization(BASIC), body).unwrap();
    assert_eq!(asked.token.unwrap().expose(), "abc");
    assert_eq!(asked.token_type_hint.as_deref(), Some("refresh_token"));
    let mut headers = show::with_origin("https://app.test");
    let revoked = read_revoke(&headers, b"token=abc&client_id=spa").unwrap();
    assert_eq!(revoked.client.client_id.as_deref(), Some("spa"));
    assert_eq!(revoked.origin.as_deref(), Some("https://app.test"));
    headers.remove(CONTENT_TYPE);
    assert!(read_revoke(&headers, b"token=abc").is_err());
}

#[test]
fn userinfo_takes_one_token() {
    let header = show::with_authorization("Bearer abc");
    assert_eq!(read_userinfo(&header, "", b"").unwrap().unwrap().expose(), "abc");
    assert_eq!(
        read_userinfo(&show::form_headers(), "", b"access_token=abc").unwrap().unwrap().expose(),
        "abc"
    );
    assert!(read_userinfo(&header, "", b"access_token=abc").is_err());
    assert!(read_userinfo(&HeaderMap::new(), "access_token=abc", b"").is_err());
}

#[test]
fn a_sign_out_is_read_whole() {
    let text = "id_token_hint=a.b.c&client_id=web-shop&logout_hint=O.x&post_logout_redirect_uri=https%3A%2F%2Fa.test\
        &state=s%201&ui_locales=de";
    let request = read_logout(&Params::query(text).unwrap());
    insta::assert_snapshot!(serde_json::to_string_pretty(&request).unwrap(), @r#"
    {
      "id_token_hint": "a.b.c",
      "client_id": "web-shop",
      "logout_hint": "O.x",
      "post_logout_redirect_uri": "https://a.test",
      "state": "s 1"
    }
    "#);
}

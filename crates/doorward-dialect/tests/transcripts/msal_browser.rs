//! msal-browser 2.39 to 5.29: authorize by GET and by POST, redemption and refresh from a script.

use doorward_dialect::{Dialect, Params, correlation_id, read_authorize, read_token};
use http::HeaderMap;

use crate::show;

/// 5.29, `loginPopup`.
const AUTHORIZE: &str = "client_id=7b0e&scope=api%3A%2F%2Fnotes%2Fnotes.read%20openid%20profile%20offline_access\
    &redirect_uri=https%3A%2F%2Fapp.test%2Fredirect.html&client-request-id=6f9619ff-8b86-4d01-b42d-00cf4fc964ff\
    &response_mode=fragment&client_info=1&clidata=1&prompt=select_account&domain_hint=organizations&nonce=n-0S6\
    &state=eyJpZCI6IjEiLCJtZXRhIjp7ImludGVyYWN0aW9uVHlwZSI6InBvcHVwIn19%7CuserState%3D1\
    &claims=%7B%22id_token%22%3A%7B%22signin_state%22%3A%7B%22essential%22%3Afalse%7D%7D%7D&pocd=1\
    &x-client-SKU=msal.js.browser&x-client-VER=5.29.0&response_type=code\
    &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";

#[test]
fn a_popup_asks_by_get() {
    let params = Params::query(AUTHORIZE).unwrap();
    let request = read_authorize(Dialect::Entra, &params);
    insta::assert_snapshot!(serde_json::to_string_pretty(&request).unwrap(), @r#"
    {
      "client_id": "7b0e",
      "redirect_uri": "https://app.test/redirect.html",
      "response_type": "code",
      "response_mode": "fragment",
      "scope": "api://notes/notes.read openid profile offline_access",
      "state": "eyJpZCI6IjEiLCJtZXRhIjp7ImludGVyYWN0aW9uVHlwZSI6InBvcHVwIn19|userState=1",
      "nonce": "n-0S6",
      "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      "code_challenge_method": "S256",
      "prompt": "select_account",
      "domain_hint": "organizations",
      "claims": "{\"id_token\":{\"signin_state\":{\"essential\":false}}}",
      "has_request_object": false,
      "has_request_uri": false
    }
    "#);
    let id = correlation_id(&HeaderMap::new(), &params).unwrap();
    assert_eq!(id.to_string(), "6f9619ff-8b86-4d01-b42d-00cf4fc964ff");
}

#[test]
fn a_request_by_post_is_read_from_query_and_body() {
    let query = Params::query("client-request-id=6f9619ff-8b86-4d01-b42d-00cf4fc964ff").unwrap();
    let by_post = query.and(Params::form(AUTHORIZE.as_bytes()).unwrap()).unwrap();
    let by_get = Params::query(AUTHORIZE).unwrap();
    assert_eq!(read_authorize(Dialect::Entra, &by_post), read_authorize(Dialect::Entra, &by_get));
}

#[test]
fn the_encrypted_response_mode_falls_back_to_a_code() {
    let text = "client_id=7b0e&response_type=id_token%20token%20refresh_token&response_mode=fragment\
        &ear_jwk=eyJ&ear_jwe_crypto=eyJ&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let params = Params::form(text.as_bytes()).unwrap();
    assert_eq!(read_authorize(Dialect::EntraFlow, &params).response_type.as_deref(), Some("code"));
    assert_eq!(
        read_authorize(Dialect::Oidc, &params).response_type.as_deref(),
        Some("id_token token refresh_token")
    );
}

#[test]
fn a_single_page_application_redeems_and_refreshes() {
    let redeem = "client_id=7b0e&redirect_uri=https%3A%2F%2Fapp.test%2Fredirect.html\
        &scope=api%3A%2F%2Fnotes%2Fnotes.read%20openid%20profile%20offline_access&code=0.AX&x-client-SKU=msal.js.browser\
        &x-ms-lib-capability=retry-after%2C%20h429&code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk\
        &grant_type=authorization_code&client_info=1&X-AnchorMailbox=Oid%3A1%402";
    let request = read_token(&show::with_origin("https://app.test"), redeem.as_bytes()).unwrap();
    insta::assert_snapshot!(format!("{request:#?}"), @r#"
    TokenRequest {
        grant_type: Some(
            "authorization_code",
        ),
        client: PresentedClient {
            client_id: Some(
                "7b0e",
            ),
            form_secret: None,
            basic: None,
            assertion: None,
            token_endpoint: None,
        },
        code: Some(
            ***,
        ),
        redirect_uri: Some(
            "https://app.test/redirect.html",
        ),
        code_verifier: Some(
            ***,
        ),
        refresh_token: None,
        scope: Some(
            "api://notes/notes.read openid profile offline_access",
        ),
        resource: [],
        origin: Some(
            "https://app.test",
        ),
        wants_client_info: true,
    }
    "#);
    assert_eq!(request.code.unwrap().expose(), "0.AX");

    let refresh = "client_id=7b0e&scope=openid%20profile%20offline_access&grant_type=refresh_token&client_info=1\
        &refresh_token=eyJ.eyJ.x";
    let request = read_token(&show::with_origin("https://app.test"), refresh.as_bytes()).unwrap();
    assert_eq!(request.refresh_token.unwrap().expose(), "eyJ.eyJ.x");
    assert_eq!(request.origin.as_deref(), Some("https://app.test"));
}

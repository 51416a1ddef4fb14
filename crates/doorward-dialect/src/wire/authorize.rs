//! The authorization request (OpenID Connect Core §3.1.2.1, RFC 7636, RFC 8707).

use doorward_core::authorize::AuthorizeRequest;

use super::params::Params;
use crate::dialect::Dialect;

/// Reads the request from its query, its form, or both together. Unknown parameters are ignored.
pub fn read_authorize(dialect: Dialect, params: &Params) -> AuthorizeRequest {
    AuthorizeRequest {
        client_id: params.text("client_id"),
        redirect_uri: params.text("redirect_uri"),
        response_type: response_type(dialect, params),
        response_mode: params.text("response_mode"),
        scope: params.text("scope"),
        state: params.text("state"),
        nonce: params.text("nonce"),
        code_challenge: params.text("code_challenge"),
        code_challenge_method: params.text("code_challenge_method"),
        prompt: params.text("prompt"),
        max_age: params.text("max_age"),
        acr_values: params.text("acr_values"),
        login_hint: params.text("login_hint"),
        id_token_hint: params.text("id_token_hint"),
        sid: params.text("sid"),
        domain_hint: params.text("domain_hint"),
        ui_locales: params.text("ui_locales"),
        claims: params.text("claims"),
        resource: params.values("resource").map(str::to_owned).collect(),
        has_request_object: params.has("request"),
        has_request_uri: params.has("request_uri"),
    }
}

/// msal-browser's encrypted response mode asks for everything at once and takes a code where the server does not
/// know the mode; the challenge for that case is in the request.
fn response_type(dialect: Dialect, params: &Params) -> Option<String> {
    if dialect.is_directory() && params.has("ear_jwk") && params.has("code_challenge") {
        return Some("code".to_owned());
    }
    params.text("response_type")
}

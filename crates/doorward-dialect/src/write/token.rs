//! The token response (RFC 6749 §5.1) and what each dialect adds to it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::claims::ClientInfo;
use doorward_core::grants::TokenReply;
use http::Response;
use serde_json::{Map, Value};

use super::headers::{allow_origin, forbid_storing, json};
use crate::dialect::Dialect;

/// Writes the answer; `tokens` are the signed ones in the order of the decision's mint list.
pub fn write_token(dialect: Dialect, reply: &TokenReply, tokens: &[String]) -> Response<Vec<u8>> {
    let token = |index: usize| -> Value {
        tokens.get(index).expect("the reply names tokens of its own mint list").as_str().into()
    };
    let mut body = Map::new();
    body.insert("token_type".to_owned(), "Bearer".into());
    body.insert("access_token".to_owned(), token(reply.access_token));
    body.insert("expires_in".to_owned(), reply.expires_in.into());
    if dialect.is_directory() {
        body.insert("ext_expires_in".to_owned(), reply.expires_in.into());
    }
    if let Some(scope) = reply.scope.as_deref().map(|scope| told(dialect, scope)).filter(|s| !s.is_empty()) {
        body.insert("scope".to_owned(), scope.into());
    }
    if let Some(index) = reply.id_token {
        body.insert("id_token".to_owned(), token(index));
    }
    if let Some(secret) = &reply.refresh_token {
        body.insert("refresh_token".to_owned(), secret.expose().into());
    }
    if let Some(seconds) = reply.refresh_token_expires_in {
        body.insert("refresh_token_expires_in".to_owned(), seconds.into());
    }
    if let Some(info) = &reply.client_info {
        body.insert("client_info".to_owned(), client_info(info).into());
    }
    let mut response = json(200, &Value::Object(body));
    forbid_storing(response.headers_mut());
    allow_origin(response.headers_mut(), reply.allow_origin.as_deref());
    response
}

/// The scopes as the caller spelled them. MSAL compares them with what it asks for next time, without
/// `offline_access`.
fn told(dialect: Dialect, scope: &str) -> String {
    if !dialect.is_directory() {
        return scope.to_owned();
    }
    let kept: Vec<&str> = scope
        .split(' ')
        .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("offline_access"))
        .collect();
    kept.join(" ")
}

/// base64url of JSON without padding: MSAL fails upon anything else.
pub(super) fn client_info(info: &ClientInfo) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::json!({ "uid": info.uid, "utid": info.utid }).to_string())
}

//! JSON answers that are neither tokens nor errors.

use doorward_core::claims::ClaimsReply;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};
use serde_json::Value;

use super::headers::{allow_everybody, forbid_storing, json, set};
use crate::endpoint::Endpoint;

/// A published document: metadata, keys. Anybody may read it and keep it for five minutes, much shorter than a new key
/// is published before its first use.
pub fn write_document(body: &Value) -> Response<Vec<u8>> {
    let mut response = json(200, body);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    allow_everybody(response.headers_mut());
    response
}

/// Claims for one caller, as JSON or as the signed token that the decision planned. `tokens` are the signed ones.
pub fn write_claims(endpoint: Endpoint, reply: &ClaimsReply, tokens: &[String]) -> Response<Vec<u8>> {
    let (token, media_type) = match reply {
        ClaimsReply::Json(claims) => {
            return write_private(endpoint, &Value::Object(claims.as_map().clone()));
        }
        ClaimsReply::Jwt { token, media_type } => (*token, *media_type),
    };
    let text = tokens.get(token).expect("the reply names a token of its own mint list");
    let mut response = write_private(endpoint, &Value::Null);
    *response.body_mut() = text.clone().into_bytes();
    set(response.headers_mut(), CONTENT_TYPE, &format!("application/{media_type}"));
    response
}

/// An answer to one caller: userinfo, which scripts may read, or introspection, which is for servers.
pub fn write_private(endpoint: Endpoint, body: &Value) -> Response<Vec<u8>> {
    let mut response = json(200, body);
    forbid_storing(response.headers_mut());
    if endpoint.cors() {
        allow_everybody(response.headers_mut());
    }
    response
}

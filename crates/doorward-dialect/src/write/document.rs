//! JSON answers that are neither tokens nor errors.

use http::header::CACHE_CONTROL;
use http::{HeaderValue, Response};
use serde_json::Value;

use super::headers::{allow_everybody, forbid_storing, json};
use crate::endpoint::Endpoint;

/// A published document: metadata, keys. Anybody may read it and keep it for five minutes, much shorter than a new key
/// is published before its first use.
pub fn write_document(body: &Value) -> Response<Vec<u8>> {
    let mut response = json(200, body);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    allow_everybody(response.headers_mut());
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

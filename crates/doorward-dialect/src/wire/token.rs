//! The token request (RFC 6749 §4.1.3, §4.4.2, §6). Parameters count in the body only.

use doorward_core::grants::TokenRequest;
use doorward_core::model::Secret;
use doorward_core::refusal::RequestRefusal;
use http::HeaderMap;

use super::credentials::client;
use super::form::{origin, read_form};

/// Reads the request from its headers and its body.
pub fn read_token(headers: &HeaderMap, body: &[u8]) -> Result<TokenRequest, RequestRefusal> {
    let params = read_form(headers, body)?;
    let secret = |name: &str| params.value(name).map(Secret::new);
    Ok(TokenRequest {
        grant_type: params.text("grant_type"),
        client: client(headers, &params)?,
        code: secret("code"),
        redirect_uri: params.text("redirect_uri"),
        code_verifier: secret("code_verifier"),
        refresh_token: secret("refresh_token"),
        scope: params.text("scope"),
        resource: params.values("resource").map(str::to_owned).collect(),
        origin: origin(headers),
        wants_client_info: params.value("client_info") == Some("1"),
    })
}

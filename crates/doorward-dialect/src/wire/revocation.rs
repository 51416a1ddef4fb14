//! Introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1): a client and a token.

use doorward_core::introspect::IntrospectRequest;
use doorward_core::model::Secret;
use doorward_core::refusal::RequestRefusal;
use doorward_core::revoke::RevokeRequest;
use http::HeaderMap;

use super::credentials::client;
use super::form::{origin, read_form};

/// Reads a question about a token.
pub fn read_introspect(headers: &HeaderMap, body: &[u8]) -> Result<IntrospectRequest, RequestRefusal> {
    let params = read_form(headers, body)?;
    Ok(IntrospectRequest {
        client: client(headers, &params)?,
        token: params.value("token").map(Secret::new),
        token_type_hint: params.text("token_type_hint"),
    })
}

/// Reads the wish that a token end.
pub fn read_revoke(headers: &HeaderMap, body: &[u8]) -> Result<RevokeRequest, RequestRefusal> {
    let params = read_form(headers, body)?;
    Ok(RevokeRequest {
        client: client(headers, &params)?,
        token: params.value("token").map(Secret::new),
        token_type_hint: params.text("token_type_hint"),
        origin: origin(headers),
    })
}

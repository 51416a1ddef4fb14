//! A token request as it was read from the wire.

use crate::model::Secret;

/// The parameters of the token endpoint. An empty value counts as absent; a repeated one is refused earlier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRequest {
    /// RFC 6749 §4.1.3, §4.4.2, §6.
    pub grant_type: Option<String>,
    /// The client and what it sent to prove itself.
    pub client: PresentedClient,
    /// The authorization code.
    pub code: Option<Secret>,
    /// RFC 6749 §4.1.3.
    pub redirect_uri: Option<String>,
    /// RFC 7636 §4.5.
    pub code_verifier: Option<Secret>,
    /// RFC 6749 §6.
    pub refresh_token: Option<Secret>,
    /// RFC 6749 §3.3.
    pub scope: Option<String>,
    /// RFC 8707; may be repeated.
    pub resource: Vec<String>,
    /// The `Origin` header, where a browser sent one.
    pub origin: Option<String>,
    /// `client_info=1` was sent.
    pub wants_client_info: bool,
}

/// Who the client says it is, and its credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresentedClient {
    /// `client_id` of the form.
    pub client_id: Option<String>,
    /// `client_secret` of the form.
    pub form_secret: Option<Secret>,
    /// `Authorization: Basic`.
    pub basic: Option<BasicCredentials>,
    /// `client_assertion` was sent; its type.
    pub assertion_type: Option<String>,
}

/// Basic credentials (RFC 6749 §2.3.1): form-decoded as the specification says, and raw, because many clients do not
/// encode. Both are tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicCredentials {
    /// Decoded `client_id`.
    pub client_id: String,
    /// Raw `client_id`.
    pub raw_client_id: String,
    /// Decoded secret.
    pub secret: Secret,
    /// Raw secret.
    pub raw_secret: Secret,
}

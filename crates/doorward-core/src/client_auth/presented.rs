//! Who a client says it is, and what it sent to prove itself: text that nothing has been checked about yet.

use crate::model::Secret;

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

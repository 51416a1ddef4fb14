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
    /// `client_assertion` or its type.
    pub assertion: Option<PresentedAssertion>,
    /// The token endpoint as the caller spells the authority: beside the issuer the only audience that an assertion
    /// may have (OpenID Connect Core §9). The shell knows the address that was called.
    pub token_endpoint: Option<String>,
}

/// A client assertion (RFC 7521 §4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresentedAssertion {
    /// `client_assertion_type`; empty where it is absent.
    pub kind: String,
    /// `client_assertion`; empty where it is absent.
    pub token: Secret,
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

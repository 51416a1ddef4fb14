//! A token request as it was read from the wire.

use crate::client_auth::PresentedClient;
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

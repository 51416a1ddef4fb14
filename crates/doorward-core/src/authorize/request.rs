//! An authorization request as it was read from the wire: text that nothing has been checked about yet.

use serde::{Deserialize, Serialize};

/// The parameters of OpenID Connect Core §3.1.2.1, RFC 7636, RFC 8707 and the directory dialect. An empty value
/// counts as absent (RFC 6749 §3.1), and a repeated parameter is refused before this is built.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthorizeRequest {
    /// RFC 6749 §4.1.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// RFC 6749 §4.1.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// RFC 6749 §3.1.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_type: Option<String>,
    /// OAuth 2.0 Multiple Response Types §2.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_mode: Option<String>,
    /// RFC 6749 §3.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Comes back byte for byte.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Goes into the ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// RFC 7636 §4.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<String>,
    /// RFC 7636 §4.3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_challenge_method: Option<String>,
    /// Space-separated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<String>,
    /// Space-separated, the preferred one first (OpenID Connect Core §3.1.2.1, RFC 9470 §4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acr_values: Option<String>,
    /// A name, or the opaque hint of an ID token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_hint: Option<String>,
    /// An ID token, possibly expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_hint: Option<String>,
    /// The account session that shall be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// `organizations`, `consumers`, or a tenant's domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_hint: Option<String>,
    /// Languages the person reads, best first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ui_locales: Option<String>,
    /// The `claims` parameter as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<String>,
    /// RFC 8707; may be repeated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// `request` was sent.
    pub has_request_object: bool,
    /// `request_uri` was sent.
    pub has_request_uri: bool,
}

/// How the answer travels to the client (OAuth 2.0 Multiple Response Types §2.1, Form Post Response Mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// As a form that posts itself.
    FormPost,
    /// In the fragment.
    Fragment,
    /// In the query.
    Query,
}

/// Where and how the answer may go, once client and redirect URI are proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnAddress {
    /// The redirect URI.
    pub redirect_uri: String,
    /// How.
    pub mode: ResponseMode,
    /// `state`, byte for byte.
    pub state: Option<String>,
    /// `iss` (RFC 9207).
    pub issuer: String,
}

//! The end-session request (OpenID Connect RP-Initiated Logout 1.0 §2).

use doorward_core::logout::LogoutRequest;

use super::params::Params;

/// Reads the request from its query, its form, or both together. Unknown parameters are ignored.
pub fn read_logout(params: &Params) -> LogoutRequest {
    LogoutRequest {
        id_token_hint: params.text("id_token_hint"),
        client_id: params.text("client_id"),
        logout_hint: params.text("logout_hint"),
        post_logout_redirect_uri: params.text("post_logout_redirect_uri"),
        state: params.text("state"),
    }
}

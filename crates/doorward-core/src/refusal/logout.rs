//! Refusals of the end-session endpoint (OpenID Connect RP-Initiated Logout 1.0).

use doorward_token::Evidence;

use super::{OAuthError, Row};

/// Why a sign-out was not carried out as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoutRefusal {
    /// The hint is not an ID token of this issuer.
    #[error("id_token_hint is not an ID token of this issuer")]
    HintInvalid,
    /// The way back is registered nowhere.
    #[error("post_logout_redirect_uri {presented} is not registered")]
    PostLogoutUri {
        /// As sent.
        presented: String,
    },
}

impl LogoutRefusal {
    /// Code, error, remedy.
    pub fn row(&self) -> Row {
        match self {
            Self::HintInvalid => Row::new(
                "DW4050",
                OAuthError::InvalidRequest,
                "Send the ID token that this issuer gave to the app; it may be expired",
            ),
            Self::PostLogoutUri { presented } => Row::new(
                "DW4002",
                OAuthError::InvalidRequest,
                format!("Register it: doorward app redirect add APP {presented}"),
            )
            .seen(Evidence::sent(presented)),
        }
    }
}

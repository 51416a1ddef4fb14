//! Why a sign-in did not come to its end, in sentences for the page.

/// The reason. Texts of the server are shown as it sent them, shortened.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignInFault {
    #[error("the ID token is not to be believed: {0}")]
    IdToken(String),
    #[error("the answer comes from the issuer {}, and {expected} was asked", .got.as_deref().unwrap_or("(none)"))]
    Issuer { expected: String, got: Option<String> },
    #[error("the server's answer has no {0}")]
    Missing(&'static str),
    #[error("the answer brings neither a code nor an error")]
    NoCode,
    #[error("the ID token carries another nonce than this sign-in began with")]
    Nonce,
    #[error("{description}")]
    Refused {
        /// The protocol's word.
        error: String,
        /// The server's sentence.
        description: String,
    },
    #[error("the answer belongs to no sign-in that this browser began: its state is another one")]
    State,
    #[error("the renewed ID token is about another person")]
    Subject,
    #[error("{url} cannot be used: {fault}")]
    Unreachable { url: String, fault: String },
}

/// Characters of a server's sentence that are shown.
const MOST: usize = 600;

impl SignInFault {
    /// A refusal of the server.
    pub(super) fn refused(error: &str, description: Option<&str>) -> Self {
        let shortened = |text: &str| text.chars().take(MOST).collect::<String>();
        let description = description.filter(|text| !text.is_empty()).unwrap_or(error);
        Self::Refused { error: shortened(error), description: shortened(description) }
    }

    /// The protocol's word, where the server refused.
    pub(super) fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Whether only a new sign-in helps: the server no longer renews.
    pub(super) fn wants_sign_in(&self) -> bool {
        match self {
            Self::Refused { error, .. } => {
                matches!(
                    error.as_str(),
                    "invalid_grant" | "interaction_required" | "login_required" | "consent_required"
                )
            }
            Self::Missing("refresh_token") | Self::Subject => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_says_nothing_is_quoted_by_its_code() {
        let fault = SignInFault::refused("access_denied", Some(""));
        assert_eq!((fault.to_string().as_str(), fault.code()), ("access_denied", Some("access_denied")));
        assert!(SignInFault::refused("invalid_grant", None).wants_sign_in());
        assert!(!SignInFault::State.wants_sign_in());
    }

    #[test]
    fn a_long_sentence_is_shortened() {
        assert_eq!(SignInFault::refused("e", Some(&"ü".repeat(9999))).to_string().chars().count(), MOST);
    }
}

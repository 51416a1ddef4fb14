//! How strongly a person signed in: the authentication context class (OpenID Connect Core §2), from the methods used.

use doorward_token::acr;
use serde::{Deserialize, Serialize};

/// The classes of this house, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acr {
    /// One factor.
    Password,
    /// Two factors.
    MultiFactor,
}

impl Acr {
    /// The class of a sign-in by these methods (RFC 8176).
    pub fn of(amr: &[String]) -> Self {
        if amr.iter().any(|method| method == "mfa") { Self::MultiFactor } else { Self::Password }
    }

    /// The value of `acr`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => acr::PASSWORD,
            Self::MultiFactor => acr::MULTI_FACTOR,
        }
    }

    /// Reads a value of ours; `None` for one of somebody else.
    pub fn parse(value: &str) -> Option<Self> {
        [Self::Password, Self::MultiFactor].into_iter().find(|class| class.as_str() == value)
    }
}

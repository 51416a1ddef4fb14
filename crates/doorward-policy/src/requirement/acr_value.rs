//! A value of `acr` as a requirement names it.

use std::fmt;

use doorward_token::acr;
use serde::{Deserialize, Serialize};

/// An authentication context class (OpenID Connect Core §2): 1 to 200 visible ASCII characters without `"` and `\`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AcrValue(String);

/// The text cannot be a value of `acr`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a value of acr has 1 to {} visible characters and no white space, quotation mark or backslash",
    acr::LONGEST
)]
pub struct NotAnAcr;

impl AcrValue {
    /// Reads a value.
    pub fn parse(text: &str) -> Result<Self, NotAnAcr> {
        acr::is_well_formed(text).then(|| Self(text.to_owned())).ok_or(NotAnAcr)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AcrValue {
    type Error = NotAnAcr;

    fn try_from(text: String) -> Result<Self, NotAnAcr> {
        Self::parse(&text)
    }
}

impl From<AcrValue> for String {
    fn from(value: AcrValue) -> Self {
        value.0
    }
}

impl fmt::Display for AcrValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

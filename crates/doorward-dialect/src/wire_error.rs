//! What a dialect's clients call a refusal.

use std::fmt;

/// The number that applications look for in the text of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Number {
    /// Of a user flow: `AADB2C90091`.
    B2c(u32),
    /// Of the directory: `AADSTS50058`.
    Sts(u32),
}

impl Number {
    /// The digits alone.
    pub fn value(self) -> u32 {
        match self {
            Self::B2c(number) | Self::Sts(number) => number,
        }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::B2c(number) => write!(f, "AADB2C{number}"),
            Self::Sts(number) => write!(f, "AADSTS{number}"),
        }
    }
}

/// A refusal in a dialect's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireError {
    /// `error`.
    pub error: &'static str,
    /// HTTP status where the error is the answer itself and not a redirect.
    pub status: u16,
    /// Number, where the dialect numbers its errors.
    pub number: Option<Number>,
    /// `suberror`: what MSAL does next.
    pub suberror: Option<&'static str>,
}

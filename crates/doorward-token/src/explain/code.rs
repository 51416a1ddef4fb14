//! Stable refusal codes and what a refusal must be able to say.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Evidence;

/// `DW` and four digits, the first two naming the stage. Append-only: a code is never reused.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(Cow<'static, str>);

impl Code {
    /// A code known at compile time, such as `Code::new("DW1101")`.
    pub const fn new(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// Reads a code typed by a person; case is ignored. `None` unless it is `DW` and four digits.
    pub fn parse(text: &str) -> Option<Self> {
        let upper = text.trim().to_ascii_uppercase();
        let digits = upper.strip_prefix("DW")?;
        (digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit())).then_some(Self(Cow::Owned(upper)))
    }

    /// The text, for example `DW1101`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A rule said no, and can say which one, about what, and how to mend it.
pub trait Explain {
    /// The stable code; it has a page at `/docs/errors/{code}`.
    fn code(&self) -> Code;

    /// One lower-case sentence with the evidence, no full stop, no secret.
    fn diagnosis(&self) -> String;

    /// What was sent and what was expected, where both exist.
    fn evidence(&self) -> Option<Evidence> {
        None
    }

    /// What to do now: imperative, concrete, with the value to type. Names only actions that exist.
    fn remedy(&self) -> String;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_dw_and_four_digits() {
        assert_eq!(Code::parse(" dw1101 "), Some(Code::new("DW1101")));
        for bad in ["", "DW", "DW11", "DW11011", "XX1101", "DW11x1"] {
            assert_eq!(Code::parse(bad), None, "{bad}");
        }
    }
}

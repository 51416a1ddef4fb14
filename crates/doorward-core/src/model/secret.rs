//! A secret as it was presented: in clear only inside the request that carries it.

use std::fmt;

/// Text that must not be printed. Compared through digests only.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes over a presented secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for digesting or for handing to its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether nothing was presented.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

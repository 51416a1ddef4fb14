//! Scope tokens and sets of them (RFC 6749 §3.3).

use std::fmt;

use serde::{Deserialize, Serialize};

/// One scope token: 1 to 255 characters of `%x21 / %x23-5B / %x5D-7E`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeToken(String);

/// A scope list with a character that no scope may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeFault {
    /// A character outside the grammar.
    #[error("scope contains the character {0:?}, which RFC 6749 section 3.3 does not allow")]
    Character(char),
    /// A token of more than 255 characters.
    #[error("one scope is longer than 255 characters")]
    TooLong,
    /// More than 100 tokens.
    #[error("more than 100 scopes")]
    TooMany,
}

impl ScopeToken {
    /// Reads one token.
    pub fn parse(text: &str) -> Result<Self, ScopeFault> {
        if let Some(bad) = text.chars().find(|c| !matches!(c, '\x21' | '\x23'..='\x5b' | '\x5d'..='\x7e')) {
            return Err(ScopeFault::Character(bad));
        }
        if text.is_empty() || text.len() > 255 {
            return Err(ScopeFault::TooLong);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScopeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A set of scope tokens in the order in which they were first named. Holding one is the proof that it parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScopeSet(Vec<ScopeToken>);

impl ScopeSet {
    /// Parses a space-separated list (RFC 6749 §3.3). Duplicates are dropped, the caller's order and spelling are kept.
    pub fn parse(text: &str) -> Result<Self, ScopeFault> {
        let mut set = Self::default();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            set.insert(ScopeToken::parse(word)?);
            if set.0.len() > 100 {
                return Err(ScopeFault::TooMany);
            }
        }
        Ok(set)
    }

    /// Adds a token unless it is there already.
    pub fn insert(&mut self, token: ScopeToken) {
        if !self.0.contains(&token) {
            self.0.push(token);
        }
    }

    /// Whether the token is in the set, compared exactly.
    pub fn contains(&self, text: &str) -> bool {
        self.0.iter().any(|token| token.as_str() == text)
    }

    /// The tokens in order.
    pub fn iter(&self) -> std::slice::Iter<'_, ScopeToken> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether every token of `self` is in `other`.
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.0.iter().all(|token| other.0.contains(token))
    }

    /// The tokens of `self` that `other` lacks.
    pub fn minus(&self, other: &Self) -> Self {
        Self(self.0.iter().filter(|token| !other.0.contains(token)).cloned().collect())
    }

    /// Both together.
    pub fn union(mut self, other: &Self) -> Self {
        for token in &other.0 {
            self.insert(token.clone());
        }
        self
    }
}

impl FromIterator<ScopeToken> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = ScopeToken>>(iter: I) -> Self {
        let mut set = Self::default();
        for token in iter {
            set.insert(token);
        }
        set
    }
}

impl<'a> IntoIterator for &'a ScopeSet {
    type Item = &'a ScopeToken;
    type IntoIter = std::slice::Iter<'a, ScopeToken>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, token) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(token.as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn duplicates_are_dropped_and_order_is_kept() {
        let set = ScopeSet::parse("b  a b").unwrap();
        assert_eq!(set.to_string(), "b a");
    }

    #[test]
    fn quotes_backslashes_and_line_ends_are_not_scopes() {
        for bad in ["a\"b", "a\\b", "a\nb", "ä"] {
            assert!(ScopeSet::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_what_parses_prints_back(text in ".{0,300}") {
            if let Ok(set) = ScopeSet::parse(&text) {
                prop_assert_eq!(ScopeSet::parse(&set.to_string()).unwrap(), set);
            }
        }
    }
}

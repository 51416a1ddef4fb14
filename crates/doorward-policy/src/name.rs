//! The name of a scope or of an app role.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A scope or an app role as tokens carry it: one RFC 6749 §3.3 `scope-token` of at most 120 characters, without the
/// resource in front. A colon is allowed (`notes:read`); a space never is, since it separates scopes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PermissionName(String);

impl PermissionName {
    /// Reads a name byte for byte; nothing is trimmed or folded.
    pub fn parse(text: &str) -> Result<Self, NameFault> {
        if text.is_empty() {
            return Err(NameFault::Empty);
        }
        if text.len() > LONGEST {
            return Err(NameFault::TooLong { length: text.len() });
        }
        match text.chars().find(|c| !is_scope_character(*c)) {
            Some(character) => Err(NameFault::Character { character }),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The text as it stands in `scp`, `scope` or `roles`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PermissionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for PermissionName {
    type Error = NameFault;

    fn try_from(text: String) -> Result<Self, NameFault> {
        Self::parse(&text)
    }
}

impl From<PermissionName> for String {
    fn from(name: PermissionName) -> Self {
        name.0
    }
}

impl std::borrow::Borrow<str> for PermissionName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// Why a text is no name of a scope or role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameFault {
    /// A character outside %x21 / %x23-5B / %x5D-7E.
    #[error("{character:?} cannot be part of a scope or role name")]
    Character {
        /// The first offender.
        character: char,
    },
    /// Nothing there.
    #[error("the name is empty")]
    Empty,
    /// Over 120 bytes.
    #[error("the name has {length} characters, at most {LONGEST} are allowed")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
}

fn is_scope_character(c: char) -> bool {
    matches!(c, '\x21' | '\x23'..='\x5B' | '\x5D'..='\x7E')
}

const LONGEST: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colon_is_part_of_a_name_and_a_space_is_not() {
        assert!(PermissionName::parse("notes:read").is_ok());
        assert_eq!(PermissionName::parse("a b"), Err(NameFault::Character { character: ' ' }));
        assert_eq!(PermissionName::parse(""), Err(NameFault::Empty));
        assert!(PermissionName::parse("a\"b").is_err());
        assert!(PermissionName::parse("a\\b").is_err());
        assert!(PermissionName::parse(&"a".repeat(121)).is_err());
    }

    #[test]
    fn a_bad_name_does_not_deserialise() {
        assert!(serde_json::from_str::<PermissionName>("\"a b\"").is_err());
    }
}

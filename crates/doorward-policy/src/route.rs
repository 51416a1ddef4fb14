//! A declared operation: method, path template and what it requires.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Requirement, Template};

/// An HTTP method, upper case as on the wire (RFC 9110 §9.1: methods are case-sensitive).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Method(String);

impl Method {
    /// Reads an upper-case method name of at most 20 letters.
    pub fn parse(text: &str) -> Result<Self, MethodFault> {
        let well_formed =
            (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
        if well_formed { Ok(Self(text.to_owned())) } else { Err(MethodFault) }
    }

    /// The name, for example `GET`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Method {
    type Error = MethodFault;

    fn try_from(text: String) -> Result<Self, MethodFault> {
        Self::parse(&text)
    }
}

impl From<Method> for String {
    fn from(method: Method) -> Self {
        method.0
    }
}

/// The text is no method name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a method is an upper-case word of at most 20 letters, such as GET")]
pub struct MethodFault;

/// One declared operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The `operationId`, or `METHOD /template` where the document gives none; unique in a policy.
    pub id: String,
    /// The method; `HEAD` is not implied by `GET`.
    pub method: Method,
    /// The path template as declared, without any base path.
    pub template: Template,
    /// Who may pass.
    pub requirement: Requirement,
}

impl Route {
    /// `METHOD /template`, the words that people read.
    pub fn label(&self) -> String {
        format!("{} {}", self.method, self.template)
    }
}

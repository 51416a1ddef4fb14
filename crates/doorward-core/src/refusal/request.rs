//! Refusals of the request itself, before any rule of an area is asked.

use doorward_token::Evidence;

use super::{OAuthError, Row, quote};

/// What is wrong with the request as such.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestRefusal {
    /// The body is of another media type.
    #[error("the body is {sent}, this endpoint reads {expected}")]
    ContentType {
        /// As sent, or `nothing`.
        sent: String,
        /// What is read here.
        expected: &'static str,
    },
    /// It cannot be read at all.
    #[error("the request cannot be read: {what}")]
    Malformed {
        /// What could not be read.
        what: String,
    },
    /// The path exists, the method does not.
    #[error("{method} is not answered here, {allowed} is")]
    MethodNotAllowed {
        /// As sent.
        method: String,
        /// What would be.
        allowed: &'static str,
    },
    /// A required parameter is absent or empty.
    #[error("the parameter {name} is missing")]
    MissingParameter {
        /// Its name.
        name: &'static str,
    },
    /// A parameter has a value it cannot have.
    #[error("the parameter {name} has the value {sent}, expected {expected}")]
    ParameterValue {
        /// Its name.
        name: &'static str,
        /// As sent.
        sent: String,
        /// In words.
        expected: String,
    },
    /// A parameter occurs twice (RFC 6749 §3.1).
    #[error("the parameter {name} occurs more than once")]
    Repeated {
        /// Its name.
        name: String,
    },
    /// Larger than any request of its kind.
    #[error("the request is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The tenant has no such flow.
    #[error("the tenant {tenant} has no user flow {flow}")]
    UnknownFlow {
        /// As sent.
        flow: String,
        /// As sent.
        tenant: String,
    },
    /// Nothing lives there.
    #[error("nothing lives at {path}")]
    UnknownPath {
        /// As sent.
        path: String,
    },
    /// No tenant of that name, id or domain.
    #[error("there is no tenant {tenant}")]
    UnknownTenant {
        /// As sent.
        tenant: String,
    },
}

impl RequestRefusal {
    /// A parameter with a value it cannot have.
    pub fn value(name: &'static str, sent: &str, expected: impl Into<String>) -> Self {
        Self::ParameterValue { name, sent: quote(sent, 60), expected: expected.into() }
    }

    /// Code, error, remedy.
    pub fn row(&self) -> Row {
        use OAuthError::InvalidRequest;
        match self {
            Self::ContentType { sent, expected } => {
                Row::new("DW1053", InvalidRequest, format!("Send the parameters as {expected}"))
                    .seen(Evidence::differ(sent, *expected))
            }
            Self::Malformed { .. } => Row::new(
                "DW1050",
                InvalidRequest,
                "Send a well-formed request; the text says where it breaks",
            ),
            Self::MethodNotAllowed { method, allowed } => {
                Row::new("DW1052", InvalidRequest, format!("Use {allowed}"))
                    .seen(Evidence::differ(method, *allowed))
            }
            Self::MissingParameter { name } => {
                Row::new("DW1057", InvalidRequest, format!("Send {name}; an empty value counts as missing"))
                    .seen(Evidence::expected(*name))
            }
            Self::ParameterValue { name, sent, expected } => {
                Row::new("DW1061", InvalidRequest, format!("Send {name} as {expected}"))
                    .seen(Evidence::differ(sent, expected))
            }
            Self::Repeated { name } => {
                Row::new("DW1051", InvalidRequest, format!("Send {name} once")).seen(Evidence::sent(name))
            }
            Self::TooLarge { limit } => {
                Row::new("DW1054", InvalidRequest, format!("Keep the request below {limit} bytes"))
            }
            Self::UnknownFlow { flow, .. } => Row::new(
                "DW1106",
                InvalidRequest,
                "Use the name of a flow of this tenant; doorward flow list shows them",
            )
            .seen(Evidence::sent(flow)),
            Self::UnknownPath { path } => {
                Row::new("DW1055", InvalidRequest, "Compare the address with the issuer's metadata document")
                    .seen(Evidence::sent(path))
            }
            Self::UnknownTenant { tenant } => Row::new(
                "DW1056",
                InvalidRequest,
                "Put the tenant's name, domain or id into the address; doorward tenant list shows them",
            )
            .seen(Evidence::sent(tenant)),
        }
    }
}

//! Faults of the server itself: not refusals, for no rule said no.

use doorward_token::{Code, Explain};

use crate::dialect::Dialect;
use crate::wire_error::{Number, WireError};

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Something that should not happen; the log has the rest.
    Internal,
    /// The store cannot be read or written at the moment.
    Unavailable,
}

impl Fault {
    /// The fault in a dialect's words.
    pub(crate) fn wire_error(self, dialect: Dialect) -> WireError {
        let (error, status) = match self {
            Self::Internal => ("server_error", 500),
            Self::Unavailable => ("temporarily_unavailable", 503),
        };
        let number = match (dialect, self) {
            (Dialect::Entra, Self::Internal) => Some(Number::Sts(50_000)),
            (Dialect::Entra, Self::Unavailable) => Some(Number::Sts(90_033)),
            (Dialect::EntraFlow, Self::Internal) => Some(Number::B2c(90_085)),
            (Dialect::EntraFlow, Self::Unavailable) => Some(Number::B2c(90_035)),
            (Dialect::Oidc, _) => None,
        };
        WireError { error, status, number, suberror: None }
    }
}

impl Explain for Fault {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::Internal => "DW5151",
            Self::Unavailable => "DW5150",
        })
    }

    fn diagnosis(&self) -> String {
        match self {
            Self::Internal => "the server met a fault of its own while answering".to_owned(),
            Self::Unavailable => "the server cannot read or write its data at the moment".to_owned(),
        }
    }

    fn remedy(&self) -> String {
        "Try again in a moment; the server's log tells more under this trace id".to_owned()
    }
}

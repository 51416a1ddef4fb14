//! Refusals of the administration: objects, names, values.

use doorward_token::Evidence;

use super::{OAuthError, Row};

/// Why a change of the directory was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryRefusal {
    /// Somebody else changed it first.
    #[error("{kind} {name} changed meanwhile")]
    ChangedMeanwhile {
        /// `user`, `app`, `api`, ...
        kind: &'static str,
        /// Which.
        name: String,
    },
    /// Nobody may do that without credentials.
    #[error("administration needs credentials")]
    CredentialsMissing,
    /// Something still uses it.
    #[error("{kind} {name} is in use by {by}")]
    InUse {
        /// Kind of object.
        kind: &'static str,
        /// Which.
        name: String,
        /// What uses it.
        by: String,
    },
    /// A tenant keeps an administrator.
    #[error("{name} is the last administrator of the tenant")]
    LastAdministrator {
        /// Who.
        name: String,
    },
    /// The name is in use.
    #[error("the {kind} name {name} is taken")]
    NameTaken {
        /// Kind of object.
        kind: &'static str,
        /// Which.
        name: String,
    },
    /// No such object.
    #[error("there is no {kind} {name}{}", .nearest.as_ref().map(|n| format!("; did you mean {n}?")).unwrap_or_default())]
    NotFound {
        /// Kind of object.
        kind: &'static str,
        /// As asked.
        name: String,
        /// The closest name there is.
        nearest: Option<String>,
    },
    /// A value that cannot be.
    #[error("{field} is {sent}: {fault}")]
    Value {
        /// Name of the field or option.
        field: &'static str,
        /// As sent.
        sent: String,
        /// What is wrong with it.
        fault: String,
    },
}

impl DirectoryRefusal {
    /// Code, error, remedy.
    pub fn row(&self) -> Row {
        use OAuthError::InvalidRequest;
        match self {
            Self::ChangedMeanwhile { kind, name } => Row::new(
                "DW1073",
                InvalidRequest,
                format!("Look at it again and repeat: doorward {kind} show {name}"),
            ),
            Self::CredentialsMissing => Row::new(
                "DW1074",
                OAuthError::InvalidToken,
                "Administer at the machine with --data DIR, through the socket in the data directory",
            ),
            Self::InUse { by, .. } => Row::new("DW1076", InvalidRequest, format!("Remove {by} first")),
            Self::LastAdministrator { .. } => Row::new(
                "DW1075",
                InvalidRequest,
                "Make somebody else administrator first: doorward user role add NAME administrator",
            ),
            Self::NameTaken { name, .. } => {
                Row::new("DW1071", InvalidRequest, "Choose another name").seen(Evidence::sent(name))
            }
            Self::NotFound { kind, name, .. } => {
                Row::new("DW1070", InvalidRequest, format!("See what there is: doorward {kind} list"))
                    .seen(Evidence::sent(name))
            }
            Self::Value { field, sent, fault } => {
                Row::new("DW1072", InvalidRequest, format!("Correct {field}: {fault}"))
                    .seen(Evidence::sent(sent))
            }
        }
    }
}

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
            Self::ChangedMeanwhile { .. } => Row::new(
                "DW1073",
                InvalidRequest,
                format!("Look at it again ({}) and repeat the change", self.look()),
            ),
            Self::CredentialsMissing => Row::new(
                "DW1074",
                OAuthError::InvalidToken,
                "Run the command on the server's machine with --data pointing at its data directory, as the user that runs the server: it goes through the socket there. Administration over the network is not offered yet",
            ),
            Self::InUse { by, .. } => Row::new(
                "DW1076",
                InvalidRequest,
                format!("Take it away from {by} first: doorward grant list shows who has it"),
            ),
            Self::LastAdministrator { .. } => Row::new(
                "DW1075",
                InvalidRequest,
                "Make somebody else administrator first: doorward user role add NAME administrator",
            ),
            Self::NameTaken { name, .. } => {
                Row::new("DW1071", InvalidRequest, "Choose another name").seen(Evidence::sent(name))
            }
            Self::NotFound { name, nearest, .. } => {
                let row = Row::new("DW1070", InvalidRequest, format!("See what there is: {}", self.look()));
                match nearest {
                    Some(nearest) => row.seen(Evidence::differ(name, nearest)),
                    None => row.seen(Evidence::sent(name)),
                }
            }
            Self::Value { field, sent, .. } => {
                Row::new("DW1072", InvalidRequest, format!("Correct {field} and repeat"))
                    .seen(Evidence::sent(sent))
            }
        }
    }

    /// The HTTP status of an administration's answer (RFC 9110 §15.5).
    pub fn status(&self) -> u16 {
        match self {
            Self::ChangedMeanwhile { .. }
            | Self::InUse { .. }
            | Self::LastAdministrator { .. }
            | Self::NameTaken { .. } => 409,
            Self::CredentialsMissing => 401,
            Self::NotFound { .. } => 404,
            Self::Value { .. } => 422,
        }
    }

    /// The command that shows what there is of the refused kind.
    fn look(&self) -> &'static str {
        let (Self::ChangedMeanwhile { kind, .. } | Self::NotFound { kind, .. }) = self else {
            return "doorward --help";
        };
        match *kind {
            "tenant" => "doorward tenant list",
            "user" => "doorward user list",
            "name" => "doorward user show USER",
            "app" => "doorward app list",
            "logout" | "redirect" | "secret" => "doorward app show APP",
            "api" => "doorward api list",
            "permission" | "role" | "scope" => "doorward api show API",
            "flow" => "doorward flow list",
            "grant" => "doorward grant list",
            "key" => "doorward keys list",
            _ => "doorward --help",
        }
    }
}

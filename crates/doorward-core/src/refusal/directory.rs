//! Refusals of the administration: objects, names, values.

use doorward_token::Evidence;

use super::{OAuthError, Row};

/// Why a change of the directory was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryRefusal {
    /// There is an administrator, so the bootstrap code is good for nothing.
    #[error("the installation has an administrator already")]
    AdministratorExists,
    /// No such code, or no longer.
    #[error("the bootstrap code is not the one that this server printed, or it ended")]
    BootstrapCode,
    /// A browser sent it for a page.
    #[error("the request has the origin {origin}, and administration is not for browsers")]
    BrowserCaller {
        /// As sent.
        origin: String,
    },
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
    /// The installation keeps an owner.
    #[error("{name} is the last owner of the installation")]
    LastOwner {
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
    /// A token of the administration that another application got.
    #[error("the token was issued to {client}, and only the command line administers")]
    OtherClient {
        /// Its `client_id`.
        client: String,
    },
    /// It is not what the precondition names.
    #[error("{kind} {name} is not as If-Match says")]
    Outdated {
        /// `user`, `app`, `api`, ...
        kind: &'static str,
        /// Which.
        name: String,
    },
    /// The roles of the caller do not allow it.
    #[error("{act} needs one of the roles {roles}; yours: {held}")]
    RoleNeeded {
        /// What was to be done.
        act: String,
        /// The roles that allow it, as commands spell them.
        roles: String,
        /// The caller's, or `none`.
        held: String,
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
            Self::AdministratorExists => Row::new(
                "DW1081",
                InvalidRequest,
                "Let an administrator make you one: doorward user role add NAME administrator",
            ),
            Self::BootstrapCode => Row::new(
                "DW1080",
                OAuthError::AccessDenied,
                "Take the code from the standard error of doorward serve; it is good once and for an hour, and the next start prints another one",
            ),
            Self::BrowserCaller { origin } => Row::new(
                "DW1078",
                OAuthError::AccessDenied,
                "Administer with the command line: doorward login --server URL --tenant TENANT",
            )
            .seen(Evidence::sent(origin)),
            Self::ChangedMeanwhile { .. } => Row::new(
                "DW1073",
                InvalidRequest,
                format!("Look at it again ({}) and repeat the change", self.look()),
            ),
            Self::CredentialsMissing => Row::new(
                "DW1074",
                OAuthError::InvalidToken,
                "Sign in: doorward login --server URL --tenant TENANT. On the server's machine no sign-in is needed: name its data directory with --data, as the user that runs the server",
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
            Self::LastOwner { .. } => Row::new(
                "DW1082",
                InvalidRequest,
                "Make somebody else owner first: doorward user role add NAME owner",
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
            Self::OtherClient { client } => Row::new(
                "DW1079",
                OAuthError::AccessDenied,
                "Sign in with the command line: doorward login --server URL --tenant TENANT",
            )
            .seen(Evidence::differ(client, "doorward-cli")),
            Self::Outdated { .. } => Row::new(
                "DW1083",
                InvalidRequest,
                format!("Look at it again ({}), take its ETag, and repeat the change", self.look()),
            ),
            Self::RoleNeeded { roles, held, .. } => Row::new(
                "DW1077",
                OAuthError::AccessDenied,
                "Ask an administrator for the role: doorward user role add NAME ROLE",
            )
            .seen(Evidence::differ(held, roles)),
            Self::Value { field, sent, .. } => {
                Row::new("DW1072", InvalidRequest, format!("Correct {field} and repeat"))
                    .seen(Evidence::sent(sent))
            }
        }
    }

    /// The HTTP status of an administration's answer (RFC 9110 §15.5).
    pub fn status(&self) -> u16 {
        match self {
            Self::AdministratorExists
            | Self::ChangedMeanwhile { .. }
            | Self::InUse { .. }
            | Self::LastAdministrator { .. }
            | Self::LastOwner { .. }
            | Self::NameTaken { .. } => 409,
            Self::CredentialsMissing => 401,
            Self::BootstrapCode
            | Self::BrowserCaller { .. }
            | Self::OtherClient { .. }
            | Self::RoleNeeded { .. } => 403,
            Self::NotFound { .. } => 404,
            Self::Outdated { .. } => 412,
            Self::Value { .. } => 422,
        }
    }

    /// The command that shows what there is of the refused kind.
    fn look(&self) -> &'static str {
        let (Self::ChangedMeanwhile { kind, .. } | Self::NotFound { kind, .. } | Self::Outdated { kind, .. }) =
            self
        else {
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

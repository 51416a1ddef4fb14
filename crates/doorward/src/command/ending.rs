//! How a command ends when it is not done, and with which exit code.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::output::Output;

/// Why a command was not done.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The server, or a file, was judged and refused: a problem (RFC 9457), as it came.
    Refused(Value),
    /// There is no server and no store to talk to, or the store failed.
    Unreachable {
        /// What was tried, and why it failed.
        fault: String,
        /// What to do.
        remedy: String,
    },
    /// The command line cannot mean anything.
    Usage {
        /// What is wrong with it.
        fault: String,
        /// What to type.
        remedy: String,
    },
}

impl Ending {
    /// A wrong command line.
    pub(super) fn usage(fault: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Usage { fault: fault.into(), remedy: remedy.into() }
    }

    /// Nothing to talk to.
    pub(super) fn unreachable(fault: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Unreachable { fault: fault.into(), remedy: remedy.into() }
    }

    /// A finding of this program itself.
    pub(super) fn finding(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Refused(json!({ "detail": detail.into(), "remedy": remedy.into() }))
    }

    /// A finding with a code of the catalogue.
    pub(super) fn coded(code: &str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Refused(json!({ "code": code, "detail": detail.into(), "remedy": remedy.into() }))
    }

    /// A file that cannot be read.
    pub(super) fn unreadable(path: &std::path::Path, fault: &impl std::fmt::Display) -> Self {
        Self::usage(
            format!("{} cannot be read: {fault}", path.display()),
            "Name a file that this user can read",
        )
    }

    /// Says it on standard error, and gives the exit code.
    pub(super) fn print(self, output: Output) -> ExitCode {
        let (code, problem) = match self {
            // 5xx: the store failed, not the request.
            Self::Refused(problem) if problem["status"].as_u64().is_some_and(|status| status >= 500) => {
                (3, problem)
            }
            Self::Refused(problem) => (1, problem),
            Self::Usage { fault, remedy } => (2, json!({ "detail": fault, "remedy": remedy })),
            Self::Unreachable { fault, remedy } => (3, json!({ "detail": fault, "remedy": remedy })),
        };
        output.problem(&problem);
        ExitCode::from(code)
    }
}

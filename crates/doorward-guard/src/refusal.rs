//! Every reason for which the guard does not let a call through, with its code, status and OAuth error.

use doorward_policy::{AcrValue, Denial, PermissionName, UnmarkedToken};
use doorward_token::verify::TokenRefusal;
use doorward_token::{Code, Evidence, Explain};
use http::StatusCode;
use serde_json::{Value, json};

use crate::fresh::Outage;
use crate::revocations::RevokedPart;

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GuardRefusal {
    /// The policy says no.
    #[error("{0}")]
    Denied(Denial),
    /// There is no token.
    #[error("the request carries no bearer token")]
    NoCredentials {
        /// What a token would need at least.
        scopes: Vec<PermissionName>,
    },
    /// The revocation feed says nothing about the present, and calls were not to go on without it.
    #[error("the revocation feed is stale: {reason}")]
    FeedStale {
        /// Why.
        reason: String,
        /// When it is worth asking again.
        retry_after_secs: i64,
    },
    /// The token was good and was taken back.
    #[error("the token was revoked: {0}")]
    Revoked(RevokedPart),
    /// The token is not believed.
    #[error("{0}")]
    Token(TokenRefusal),
    /// Two tokens, or one where none belongs.
    #[error("the token stands in {}", places.join(" and "))]
    TokenMisplaced {
        /// Where.
        places: Vec<&'static str>,
    },
    /// The token is good and does not say whom it stands for.
    #[error("{0}")]
    Unmarked(UnmarkedToken),
    /// Keys or registration are needed and cannot be had.
    #[error("{what} is not available: {reason}")]
    Unreachable {
        /// What is needed.
        what: String,
        /// What the source says.
        reason: String,
        /// When it is worth asking again.
        retry_after_secs: i64,
    },
}

/// What `WWW-Authenticate` says.
pub(crate) enum Challenge {
    /// What is wrong with the credentials.
    Error(&'static str),
    /// Nothing: credentials would not help.
    None,
    /// That credentials are needed.
    WithoutError,
}

impl GuardRefusal {
    pub(crate) fn unreachable(what: impl Into<String>, outage: Outage) -> Self {
        let Outage { fault, retry_after_secs } = outage;
        Self::Unreachable { what: what.into(), reason: fault.to_string(), retry_after_secs }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Denied(Denial::AmbiguousPath { .. }) | Self::TokenMisplaced { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::Denied(Denial::InsufficientAuthentication { .. }) => StatusCode::UNAUTHORIZED,
            Self::Denied(Denial::MethodNotDeclared { .. }) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Denied(Denial::UndeclaredRoute { .. }) => StatusCode::NOT_FOUND,
            Self::Denied(_) => StatusCode::FORBIDDEN,
            Self::NoCredentials { .. } | Self::Revoked(_) | Self::Token(_) | Self::Unmarked(_) => {
                StatusCode::UNAUTHORIZED
            }
            Self::FeedStale { .. } | Self::Unreachable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The challenge that the answer carries (RFC 6750 §3.1).
    pub(crate) fn challenge(&self) -> Challenge {
        match self.status() {
            StatusCode::FORBIDDEN => Challenge::Error("insufficient_scope"),
            StatusCode::BAD_REQUEST if matches!(self, Self::TokenMisplaced { .. }) => {
                Challenge::Error("invalid_request")
            }
            StatusCode::UNAUTHORIZED if matches!(self, Self::NoCredentials { .. }) => Challenge::WithoutError,
            StatusCode::UNAUTHORIZED
                if matches!(self, Self::Denied(Denial::InsufficientAuthentication { .. })) =>
            {
                Challenge::Error("insufficient_user_authentication")
            }
            StatusCode::UNAUTHORIZED => Challenge::Error("invalid_token"),
            _ => Challenge::None,
        }
    }

    /// The scopes of the challenge.
    pub(crate) fn scopes(&self) -> &[PermissionName] {
        match self {
            Self::Denied(Denial::InsufficientScope { needed_all_of, .. }) => needed_all_of,
            Self::Denied(Denial::InsufficientAuthentication { scopes, .. })
            | Self::NoCredentials { scopes } => scopes,
            _ => &[],
        }
    }

    /// What a new sign-in must be (RFC 9470 §3): the attributes `acr_values` and `max_age`.
    pub(crate) fn sign_in(&self) -> Vec<(&'static str, String)> {
        let Self::Denied(Denial::InsufficientAuthentication { acr_values, max_age_secs, .. }) = self else {
            return Vec::new();
        };
        let values: Vec<_> = acr_values.iter().map(AcrValue::as_str).collect();
        let acr = (!values.is_empty()).then(|| ("acr_values", values.join(" ")));
        acr.into_iter().chain(max_age_secs.map(|secs| ("max_age", secs.to_string()))).collect()
    }

    /// What was needed and what was there, for the body.
    pub(crate) fn needed_and_present(&self) -> Option<(Value, Value)> {
        match self {
            Self::Denied(Denial::InsufficientScope { needed_all_of, present, .. }) => {
                Some((json!({"all_of": needed_all_of}), json!(present)))
            }
            Self::Denied(Denial::InsufficientAuthentication {
                acr_values,
                max_age_secs,
                present_acr,
                age_secs,
                ..
            }) => Some((
                json!({"acr_values": acr_values, "max_age": max_age_secs}),
                json!({"acr": present_acr, "age": age_secs}),
            )),
            Self::Denied(Denial::KindMismatch { needed, got, .. }) => {
                Some((json!({"kind": needed}), json!([got])))
            }
            Self::Denied(Denial::MethodNotDeclared { method, declared, .. }) => {
                Some((json!({"method": declared}), json!([method])))
            }
            Self::Denied(Denial::MissingRole { needed_all_of, present, .. }) => {
                Some((json!({"roles": needed_all_of}), json!(present)))
            }
            Self::NoCredentials { scopes } => Some((json!({"all_of": scopes}), json!([]))),
            _ => None,
        }
    }

    /// The word for programs, where the code alone leaves two readings (403 has three reasons).
    pub(crate) fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Denied(Denial::KindMismatch { .. }) => Some("token_kind_mismatch"),
            Self::Denied(Denial::MissingRole { .. }) => Some("missing_role"),
            _ => None,
        }
    }

    /// The slug of the code in the failure catalogue.
    pub(crate) fn title(&self) -> &'static str {
        let code = self.code();
        let known = TITLES.iter().find(|(known, _)| *known == code.as_str());
        known.map_or("refused", |(_, title)| title)
    }
}

impl Explain for GuardRefusal {
    fn code(&self) -> Code {
        match self {
            Self::Denied(denial) => denial.code(),
            Self::NoCredentials { .. } => TokenRefusal::Missing.code(),
            Self::Token(refusal) => refusal.code(),
            Self::TokenMisplaced { .. } => Code::new("DW3253"),
            Self::Unmarked(unmarked) => unmarked.code(),
            Self::FeedStale { .. } => Code::new("DW5160"),
            Self::Revoked(_) => Code::new("DW3156"),
            Self::Unreachable { .. } => Code::new("DW5103"),
        }
    }

    fn diagnosis(&self) -> String {
        self.to_string()
    }

    fn evidence(&self) -> Option<Evidence> {
        match self {
            Self::Denied(denial) => denial.evidence(),
            Self::NoCredentials { .. } => Some(Evidence::expected("Authorization: Bearer")),
            Self::Token(refusal) => refusal.evidence(),
            Self::TokenMisplaced { places } => {
                Some(Evidence::differ(places.join(", "), "one Authorization header"))
            }
            Self::Unmarked(unmarked) => unmarked.evidence(),
            Self::FeedStale { .. } | Self::Revoked(_) | Self::Unreachable { .. } => None,
        }
    }

    fn remedy(&self) -> String {
        match self {
            Self::Denied(denial) => denial.remedy(),
            Self::NoCredentials { .. } => TokenRefusal::Missing.remedy(),
            Self::Token(refusal) => refusal.remedy(),
            Self::TokenMisplaced { .. } => {
                "send one Authorization: Bearer header and nothing else".to_owned()
            }
            Self::Unmarked(unmarked) => unmarked.remedy(),
            Self::FeedStale { retry_after_secs, .. } => format!(
                "try again in {retry_after_secs} s with the same token; operator: make the address of the feed reachable \
                 from this API and compare the clocks, or let tokens count until their own end"
            ),
            Self::Revoked(_) => "send the person through sign-in again, or ask for a new token".to_owned(),
            Self::Unreachable { retry_after_secs, .. } => format!(
                "try again in {retry_after_secs} s with the same token; operator: make the address reachable from this \
                 API, and check that it is the one the issuer publishes"
            ),
        }
    }
}

/// The catalogue's slugs of the codes that a guard answers with; a test compares them.
const TITLES: &[(&str, &str)] = &[
    ("DW3003", "roles-missing-in-app-token"),
    ("DW3101", "wrong-token-kind"),
    ("DW3103", "custom-token-as-id-token"),
    ("DW3105", "audience-mismatch"),
    ("DW3106", "issuer-mismatch"),
    ("DW3108", "token-expired"),
    ("DW3150", "token-malformed"),
    ("DW3151", "signature-invalid"),
    ("DW3152", "header-forbidden"),
    ("DW3153", "algorithm-mismatch"),
    ("DW3154", "token-not-yet-valid"),
    ("DW3155", "claim-malformed"),
    ("DW3156", "token-revoked"),
    ("DW3202", "insufficient-scope"),
    ("DW3204", "app-token-on-user-route"),
    ("DW3205", "delegated-vs-application"),
    ("DW3250", "route-undeclared"),
    ("DW3251", "path-ambiguous"),
    ("DW3252", "method-undeclared"),
    ("DW3253", "token-in-two-places"),
    ("DW3254", "role-missing"),
    ("DW3260", "sign-in-insufficient"),
    ("DW5101", "kid-unknown"),
    ("DW5102", "clock-skew"),
    ("DW5103", "jwks-unreachable"),
    ("DW5160", "revocations-stale"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_the_slugs_of_the_catalogue() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue/failures.json");
        let rows: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for (code, title) in TITLES {
            let row = rows.iter().find(|row| row["code"] == *code);
            assert_eq!(row.map(|row| &row["slug"]), Some(&Value::from(*title)), "{code}");
        }
    }
}

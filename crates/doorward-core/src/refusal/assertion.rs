//! What can be wrong with a client assertion (RFC 7523 §3), for [`super::ClientAuthRefusal`].

use doorward_token::Evidence;

/// The first check that an assertion failed. Texts were quoted when they came in; none of them is a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionFault {
    /// An algorithm that is not offered, not registered, or not the key's.
    #[error("its algorithm {sent} does not fit {}", .expected.map_or("any registered key".to_owned(), |alg| format!("the registered {alg}")))]
    Algorithm {
        /// `alg`.
        sent: String,
        /// The registered one.
        expected: Option<&'static str>,
    },
    /// Meant for somebody else, or for others too.
    #[error("its audience is {sent}")]
    Audience {
        /// `aud`.
        sent: String,
        /// The issuer.
        expected: String,
    },
    /// Over.
    #[error("it ended {secs} seconds ago")]
    Expired {
        /// How long ago.
        secs: u64,
    },
    /// No registered key has that name.
    #[error("no registered key has its kid {kid}")]
    KeyUnknown {
        /// `kid`.
        kid: String,
    },
    /// Another kind of token.
    #[error("its typ {typ} names another kind of token")]
    Kind {
        /// `typ`.
        typ: String,
    },
    /// `client_assertion` is not there.
    #[error("client_assertion is missing")]
    Missing,
    /// Without an end it would be good for ever.
    #[error("it has no exp")]
    NoExpiry,
    /// Without an id its second use could not be told.
    #[error("it has no jti")]
    NoId,
    /// A claim that must be a time is none.
    #[error("its {name} is not a time")]
    NotATime {
        /// Which.
        name: &'static str,
    },
    /// `iss` or `sub` is not the client.
    #[error("its {name} is {sent}, and must be the client's id")]
    NotTheClient {
        /// Which.
        name: &'static str,
        /// What it says.
        sent: String,
        /// The client's id.
        expected: String,
    },
    /// Its time has not come.
    #[error("its {name} lies {secs} seconds ahead")]
    NotYet {
        /// `nbf` or `iat`.
        name: &'static str,
        /// How far.
        secs: u64,
    },
    /// Made with another key.
    #[error("no registered key made its signature")]
    Signature,
    /// It would be good for too long.
    #[error("it ends more than {hours} hours from now")]
    TooLong {
        /// The most.
        hours: u64,
    },
    /// Not a signed token.
    #[error("it cannot be read: {why}")]
    Unreadable {
        /// Why.
        why: String,
    },
}

impl AssertionFault {
    /// What was sent, and what would have done.
    pub(super) fn seen(&self) -> Evidence {
        match self {
            Self::Algorithm { sent, expected: Some(expected) } => Evidence::differ(sent, *expected),
            Self::Algorithm { sent, expected: None } => Evidence::sent(sent),
            Self::Audience { sent, expected } | Self::NotTheClient { sent, expected, .. } => {
                Evidence::differ(sent, expected)
            }
            Self::KeyUnknown { kid } => Evidence::sent(kid),
            Self::Kind { typ } => Evidence::sent(typ),
            Self::Missing => Evidence::expected("client_assertion"),
            Self::NoExpiry => Evidence::expected("exp"),
            Self::NoId => Evidence::expected("jti"),
            Self::Expired { .. }
            | Self::NotATime { .. }
            | Self::NotYet { .. }
            | Self::Signature
            | Self::TooLong { .. }
            | Self::Unreadable { .. } => Evidence::default(),
        }
    }

    /// What mends it.
    pub(super) fn remedy(&self, client: &str) -> String {
        match self {
            Self::Algorithm { .. } => format!(
                "Sign with the algorithm of a registered key, or change the registration: doorward app update {client} --assertion-alg ALG"
            ),
            Self::Audience { expected, .. } => {
                format!("Let aud be the issuer, {expected}, and nothing else")
            }
            Self::Expired { .. } | Self::NotYet { .. } => {
                "Make a fresh assertion for every request, and compare the clocks of both machines".to_owned()
            }
            Self::KeyUnknown { .. } | Self::Signature => {
                format!("Register the public key that signs: doorward app update {client} --jwks FILE")
            }
            Self::Kind { .. } | Self::Missing | Self::Unreadable { .. } => {
                "Send client_assertion, a signed JWT of typ JWT, with client_assertion_type".to_owned()
            }
            Self::NoExpiry | Self::TooLong { .. } => "Let it end within minutes: exp".to_owned(),
            Self::NoId => "Add a jti that is new in every assertion".to_owned(),
            Self::NotATime { name } => format!("Let {name} be a number of seconds"),
            Self::NotTheClient { .. } => "Let iss and sub both be the client id".to_owned(),
        }
    }
}

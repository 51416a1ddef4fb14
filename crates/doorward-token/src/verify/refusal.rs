//! Why a token is not believed, with its code and remedy.

use crate::explain::{Code, Evidence, Explain};
use crate::jose::JwsRefusal;

use super::kind::TokenKind;

/// The first rule that a token broke. Holds no part of the token but names and numbers from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// The key's algorithm and the header's differ; the key decides.
    #[error("the header says `{presented}`, but the issuer's key is for {expected}")]
    AlgorithmMismatch {
        /// The header's `alg`, shortened.
        presented: String,
        /// What the key allows.
        expected: String,
    },
    /// For another audience.
    #[error("the token is for {presented}; accepted here: {expected}")]
    Audience {
        /// The token's `aud`.
        presented: String,
        /// The admitted audiences.
        expected: String,
    },
    /// A claim of a wrong type, or a required one that is absent.
    #[error("the claim `{name}` {problem}")]
    ClaimMalformed {
        /// The claim.
        name: &'static str,
        /// The end of the sentence.
        problem: &'static str,
    },
    /// The token was issued in this verifier's future.
    #[error("the token starts {ahead_secs} s in this verifier's future: one of the two clocks is wrong")]
    ClockSkew {
        /// Seconds between now and the claimed time.
        ahead_secs: i64,
    },
    /// Past its life.
    #[error("the token expired {late_secs} s ago")]
    Expired {
        /// Seconds since `exp`.
        late_secs: i64,
    },
    /// A header that asks for something never done here.
    #[error("{0}")]
    HeaderForbidden(JwsRefusal),
    /// From another issuer.
    #[error("the token says it comes from {presented}; trusted here: {expected}")]
    Issuer {
        /// The token's `iss`.
        presented: String,
        /// The trusted issuers.
        expected: String,
    },
    /// The issuer's known keys do not include the one named.
    #[error("{}", key_unknown(kid.as_deref(), issuer))]
    KeyUnknown {
        /// The header's `kid`, shortened.
        kid: Option<String>,
        /// The token's issuer, which is trusted.
        issuer: String,
    },
    /// Not a signed token at all.
    #[error("{0}")]
    Malformed(JwsRefusal),
    /// Empty.
    #[error("there is no token")]
    Missing,
    /// Deliberately valid only later.
    #[error("the token becomes valid in {early_secs} s")]
    NotYetValid {
        /// Seconds until `nbf`.
        early_secs: i64,
    },
    /// An opaque token, which only its issuer can judge.
    #[error("this is an opaque token; only the server that issued it can say what it means")]
    Opaque,
    /// The mathematics says no.
    #[error("the signature does not match the issuer's key `{kid}`")]
    SignatureInvalid {
        /// The key that was tried, shortened.
        kid: String,
    },
    /// Another kind of token.
    #[error("this is {found}, because {because}; {expected} is needed")]
    WrongKind {
        /// What it is.
        found: TokenKind,
        /// The mark that gave it away.
        because: &'static str,
        /// What was expected, with articles.
        expected: String,
    },
}

impl Explain for TokenRefusal {
    fn code(&self) -> Code {
        Code::new(match self {
            Self::WrongKind { found: TokenKind::Custom, .. } => "DW3103",
            Self::WrongKind { .. } => "DW3101",
            Self::Audience { .. } => "DW3105",
            Self::Issuer { .. } => "DW3106",
            Self::Expired { .. } => "DW3108",
            Self::Malformed(_) | Self::Missing | Self::Opaque => "DW3150",
            Self::SignatureInvalid { .. } => "DW3151",
            Self::HeaderForbidden(_) => "DW3152",
            Self::AlgorithmMismatch { .. } => "DW3153",
            Self::NotYetValid { .. } => "DW3154",
            Self::ClaimMalformed { .. } => "DW3155",
            Self::KeyUnknown { .. } => "DW5101",
            Self::ClockSkew { .. } => "DW5102",
        })
    }

    fn diagnosis(&self) -> String {
        self.to_string()
    }

    fn evidence(&self) -> Option<Evidence> {
        Some(match self {
            Self::AlgorithmMismatch { presented, expected }
            | Self::Audience { presented, expected }
            | Self::Issuer { presented, expected } => Evidence::differ(presented, expected),
            Self::KeyUnknown { kid: Some(kid), .. } | Self::SignatureInvalid { kid } => Evidence::sent(kid),
            Self::WrongKind { found, expected, .. } => Evidence::differ(found.described(), expected),
            _ => return None,
        })
    }

    fn remedy(&self) -> String {
        match self {
            Self::AlgorithmMismatch { .. } => {
                "send the token as its issuer signed it; if you are the issuer, sign with the algorithm that the \
                 published key names"
                    .to_owned()
            }
            Self::Audience { presented, expected } => format!(
                "ask for a scope of the API itself (its audiences: {expected}), or add {presented} to the \
                 audiences that the API accepts"
            ),
            Self::ClaimMalformed { name, .. } => {
                format!("have the issuer write `{name}` as RFC 7519 §4.1 defines it")
            }
            Self::ClockSkew { .. } => {
                "synchronise the clocks of the server and of this machine; up to 300 s can be tolerated".to_owned()
            }
            Self::Expired { .. } => {
                "get the token right before the call and let the SDK renew it; do not keep access tokens in sessions"
                    .to_owned()
            }
            Self::HeaderForbidden(_) => {
                "send the token as the server issued it: signed, and without keys or critical members in its header"
                    .to_owned()
            }
            Self::Issuer { presented, .. } => format!(
                "trust {presented} here if it is yours, or send a token of a trusted issuer; do not switch the \
                 check off"
            ),
            Self::KeyUnknown { .. } => {
                "fetch the issuer's key set again; if the key is still missing, the token comes from another server \
                 or another data directory"
                    .to_owned()
            }
            Self::Malformed(_) => {
                "send the token exactly as received: three parts, no quotes, no line break, not shortened".to_owned()
            }
            Self::Missing => "send the header `Authorization: Bearer` with an access token".to_owned(),
            Self::NotYetValid { .. } => "wait until the time in `nbf`".to_owned(),
            Self::Opaque => {
                "send it to the server's introspection endpoint, or give the API a token profile that signs"
                    .to_owned()
            }
            Self::SignatureInvalid { .. } => {
                "get a new token; if fresh ones fail too, the key set here belongs to another server or was copied \
                 before a restore"
                    .to_owned()
            }
            Self::WrongKind { found: TokenKind::Custom, .. } => {
                "exchange it with signInWithCustomToken() and send what getIdToken() returns".to_owned()
            }
            Self::WrongKind { found: TokenKind::Id, .. } => {
                "send the access_token of the token response, not the id_token".to_owned()
            }
            Self::WrongKind { expected, .. } => format!("send {expected}"),
        }
    }
}

fn key_unknown(kid: Option<&str>, issuer: &str) -> String {
    match kid {
        Some(kid) => format!("the key `{kid}` is not among the known keys of {issuer}"),
        None => format!("the token names no key, and {issuer} has not exactly one"),
    }
}

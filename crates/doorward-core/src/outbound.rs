//! What a decision asks of the world outside, as data (Settled 3).
//!
//! A decision that cannot be made from the store alone names what it would have to hear; the shell's one guarded
//! caller fetches it and adds it to the facts. One round is enough: whoever names a key says which, and the caller
//! knows by itself when a kept answer is too old. What nobody could hear is an answer too.

use std::sync::Arc;

use doorward_token::jose::JwkSet;
use serde::{Deserialize, Serialize};

/// One question to somebody else's server. The address comes from a registration, never from a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outbound {
    /// The keys that a client publishes at its `jwks_uri`.
    KeySet {
        /// Where.
        uri: String,
        /// The key that is looked for: a kept answer without it may be asked for again.
        kid: Option<String>,
    },
    /// The redirect URIs that a sector document lists (OpenID Connect Core §8.1).
    SectorDocument {
        /// Where.
        uri: String,
    },
}

/// What was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// To `KeySet`.
    KeySet(Arc<JwkSet>),
    /// Nothing that could be used, and why: a sentence without a secret.
    Nothing {
        /// Why.
        why: String,
    },
    /// To `SectorDocument`.
    RedirectUris(Vec<String>),
}

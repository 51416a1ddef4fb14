//! Protocol metadata of an application as options: one for every member, and a word that takes one away.

use std::path::Path;

use clap::Args;
use serde_json::{Map, Value};

use crate::command::ending::Ending;

/// Takes a member away: the door that is called then decides.
const AWAY: &str = "default";
/// The longest key set that is read, in bytes; the server takes less.
const KEY_SET_LIMIT: u64 = 256 * 1024;

const SIGNING: [&str; 4] = ["RS256", "ES256", "EdDSA", AWAY];

/// Members by their registered names (RFC 7591 §2). `default` takes one away.
#[derive(Args, Debug)]
pub(super) struct MetadataArgs {
    /// The only way in which it may prove itself
    #[arg(long, value_parser = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none", AWAY])]
    auth_method: Option<String>,
    /// The only algorithm of its signed assertions
    #[arg(long, value_parser = ["RS256", "PS256", "ES256", "ES384", "EdDSA", AWAY])]
    assertion_alg: Option<String>,
    /// File with its public keys, a JWK set; or the set itself
    #[arg(long, value_name = "FILE")]
    jwks: Option<String>,
    /// Where it publishes its public keys
    #[arg(long, value_name = "URL")]
    jwks_uri: Option<String>,
    /// Whether its people have another sub than at other apps
    #[arg(long, value_parser = ["public", "pairwise", AWAY])]
    subject_type: Option<String>,
    /// Document that lists the redirect URIs of its sector
    #[arg(long, value_name = "URL")]
    sector_uri: Option<String>,
    /// Algorithm of its ID tokens
    #[arg(long, value_parser = SIGNING)]
    id_token_alg: Option<String>,
    /// Userinfo as a token signed with this algorithm
    #[arg(long, value_parser = SIGNING)]
    userinfo_alg: Option<String>,
    /// Algorithm of signed introspection answers
    #[arg(long, value_parser = SIGNING)]
    introspection_alg: Option<String>,
}

impl MetadataArgs {
    /// What was said, as a merge patch; empty where nothing was.
    pub(super) fn patch(self) -> Result<Map<String, Value>, Ending> {
        let mut patch = Map::new();
        if let Some(keys) = self.jwks {
            patch.insert("jwks".to_owned(), key_set(&keys)?);
        }
        for (name, word) in [
            ("token_endpoint_auth_method", self.auth_method),
            ("token_endpoint_auth_signing_alg", self.assertion_alg),
            ("jwks_uri", self.jwks_uri),
            ("subject_type", self.subject_type),
            ("sector_identifier_uri", self.sector_uri),
            ("id_token_signed_response_alg", self.id_token_alg),
            ("userinfo_signed_response_alg", self.userinfo_alg),
            ("introspection_signed_response_alg", self.introspection_alg),
        ] {
            if let Some(word) = word {
                let value = if word == AWAY { Value::Null } else { Value::from(word) };
                patch.insert(name.to_owned(), value);
            }
        }
        Ok(patch)
    }
}

/// The set in a file, or as it was typed: the way back of a change names it so.
fn key_set(word: &str) -> Result<Value, Ending> {
    if word == AWAY {
        return Ok(Value::Null);
    }
    let text = if word.trim_start().starts_with('{') { word.to_owned() } else { read(Path::new(word))? };
    serde_json::from_str(&text).map_err(|fault| {
        Ending::usage(
            format!("the key set is not JSON: {fault}"),
            "Name a file that holds a JWK set: {\"keys\": [...]}",
        )
    })
}

fn read(file: &Path) -> Result<String, Ending> {
    let length = std::fs::metadata(file).map_err(|fault| Ending::unreadable(file, &fault))?.len();
    if length > KEY_SET_LIMIT {
        let fault = format!("{} has {length} bytes; at most {KEY_SET_LIMIT} are read", file.display());
        return Err(Ending::usage(fault, "Name a file that holds a JWK set"));
    }
    std::fs::read_to_string(file).map_err(|fault| Ending::unreadable(file, &fault))
}

//! The closed JOSE header of a token (RFC 7515 §4.1).

use serde::Serialize;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::jws::JwsRefusal;

/// What a header may say. Keys never come from here: `jku`, `x5u` and `jwk` are refused, `x5c` is not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Header {
    /// The signer's claim about the algorithm; compared with the key, never used to choose.
    pub alg: String,
    /// The media type of the token, `JWT` or one of RFC 8725 §3.11; see [`Header::media_type`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typ: Option<String>,
    /// Which key of the issuer signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// SHA-1 of the certificate, base64url; an older spelling of `kid` in some ecosystems.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x5t: Option<String>,
    /// SHA-256 of the certificate, base64url.
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    pub x5t_s256: Option<String>,
    /// The media type of the payload; `JWT` marks a nested token (RFC 7519 §5.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cty: Option<String>,
    /// A proprietary mark of tokens that only their own API can check.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
}

impl Header {
    /// A header for a token to be signed: `typ` is `JWT` until it is changed.
    pub fn for_signing(alg: Algorithm, kid: impl Into<String>) -> Self {
        Self {
            alg: alg.name().to_owned(),
            typ: Some("JWT".to_owned()),
            kid: Some(kid.into()),
            ..Self::default()
        }
    }

    /// The `typ` in lower case without the optional `application/` (RFC 7515 §4.1.9); `None` where absent.
    pub fn media_type(&self) -> Option<String> {
        let lower = self.typ.as_deref()?.to_ascii_lowercase();
        Some(lower.strip_prefix("application/").map_or(lower.clone(), str::to_owned))
    }

    pub(super) fn from_map(map: &Map<String, Value>) -> Result<Self, JwsRefusal> {
        if let Some(name) = FORBIDDEN.iter().find(|name| map.contains_key(**name)) {
            return Err(JwsRefusal::ForbiddenMember(name));
        }
        let alg = text(map, "alg")?.ok_or(JwsRefusal::AlgorithmMissing)?;
        if alg.eq_ignore_ascii_case("none") {
            return Err(JwsRefusal::AlgorithmNone);
        }
        Ok(Self {
            alg,
            typ: text(map, "typ")?,
            kid: text(map, "kid")?,
            x5t: text(map, "x5t")?,
            x5t_s256: text(map, "x5t#S256")?,
            cty: text(map, "cty")?,
            nonce: text(map, "nonce")?,
        })
    }
}

fn text(map: &Map<String, Value>, name: &'static str) -> Result<Option<String>, JwsRefusal> {
    match map.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(JwsRefusal::MemberType(name)),
    }
}

/// Members whose mere presence refuses the token: what they ask for is never done here.
const FORBIDDEN: [&str; 6] = ["crit", "b64", "zip", "jku", "x5u", "jwk"];

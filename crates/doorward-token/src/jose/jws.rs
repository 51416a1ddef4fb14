//! Reading the compact serialisation (RFC 7515 §7.1) once, with every refusal named.

use std::fmt;

use crate::ClaimSet;

use super::base64url;
use super::header::Header;
use super::strict_json::{JsonRefusal, strict_object};

/// The longest token that is looked at, in bytes. Bigger ones do not fit the header limits of common servers.
pub const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// One of the three parts of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first.
    Header,
    /// The second.
    Payload,
    /// The third.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// Why a text is not a token that can be judged. Never carries the text itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsRefusal {
    /// The header has no `alg`.
    #[error("the header has no `alg`")]
    AlgorithmMissing,
    /// Unsigned (RFC 8725 §3.2).
    #[error("`alg` is `none`: the token is not signed")]
    AlgorithmNone,
    /// A part is not canonical base64url without padding.
    #[error("the {0} is not base64url without padding")]
    Base64(Part),
    /// A member is there twice.
    #[error("the {part} says `{name}` twice")]
    DuplicateMember {
        /// Header or payload.
        part: Part,
        /// The doubled member.
        name: String,
    },
    /// The third part is empty.
    #[error("the signature is empty")]
    EmptySignature,
    /// A header member that asks for something never done here.
    #[error("the header member `{0}` is not accepted")]
    ForbiddenMember(&'static str),
    /// A header member of the wrong JSON type.
    #[error("the header member `{0}` is not a string")]
    MemberType(&'static str),
    /// The part is JSON but no object.
    #[error("the {0} is not a JSON object")]
    NotAnObject(Part),
    /// The part is not JSON.
    #[error("the {0} is not JSON")]
    NotJson(Part),
    /// Not exactly three parts; five would be an encrypted token.
    #[error("a signed token has three parts separated by dots, this has {0}")]
    PartCount(usize),
    /// Longer than [`MAX_TOKEN_BYTES`].
    #[error("the token is {0} bytes long, the limit is {MAX_TOKEN_BYTES}")]
    TooLarge(usize),
}

impl JwsRefusal {
    /// Whether the token is readable but asks for something that is refused on principle.
    pub fn is_forbidden_header(&self) -> bool {
        matches!(self, Self::AlgorithmNone | Self::ForbiddenMember(_))
    }
}

/// A token in its parts, parsed and not yet believed.
#[derive(Clone, PartialEq, Eq)]
pub struct CompactJws<'t> {
    signing_input: &'t str,
    header: Header,
    claims: ClaimSet,
    signature: Vec<u8>,
}

impl<'t> CompactJws<'t> {
    /// Reads a compact JWS whose payload is a JSON object.
    pub fn parse(token: &'t str) -> Result<Self, JwsRefusal> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(JwsRefusal::TooLarge(token.len()));
        }
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JwsRefusal::PartCount(token.split('.').count()));
        };
        let header = Header::from_map(&object(header, Part::Header)?)?;
        let claims = ClaimSet::from_map(object(payload, Part::Payload)?);
        if signature.is_empty() {
            return Err(JwsRefusal::EmptySignature);
        }
        let signed = token.len() - signature.len() - 1;
        let signature = base64url::decode(signature).ok_or(JwsRefusal::Base64(Part::Signature))?;
        Ok(Self { signing_input: &token[..signed], header, claims, signature })
    }

    /// The bytes that were signed: the first two parts with their dot, as received.
    pub fn signing_input(&self) -> &'t [u8] {
        self.signing_input.as_bytes()
    }

    /// The decoded signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The header, not yet believed.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The payload, not yet believed.
    pub fn claims(&self) -> &ClaimSet {
        &self.claims
    }

    /// Gives header and payload away.
    pub fn into_parts(self) -> (Header, ClaimSet) {
        (self.header, self.claims)
    }
}

impl fmt::Debug for CompactJws<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text of a token is a credential; its header is not.
        f.debug_struct("CompactJws").field("header", &self.header).finish_non_exhaustive()
    }
}

fn object(text: &str, part: Part) -> Result<serde_json::Map<String, serde_json::Value>, JwsRefusal> {
    let bytes = base64url::decode(text).ok_or(JwsRefusal::Base64(part))?;
    strict_object(&bytes).map_err(|refusal| match refusal {
        JsonRefusal::Duplicate(name) => JwsRefusal::DuplicateMember { part, name },
        JsonRefusal::NotAnObject => JwsRefusal::NotAnObject(part),
        JsonRefusal::Syntax => JwsRefusal::NotJson(part),
    })
}

#[cfg(test)]
mod tests;

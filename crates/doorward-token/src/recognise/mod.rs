//! What a text is that somebody holds for a token: the detector of wrong tokens.
//!
//! Owns the marks by which tokens, secrets, codes and assertions of many products are told apart, and what was wrapped
//! around a token on its way through headers, forms, consoles and logs. Judges nothing: whether a signed token may be
//! believed is [`crate::verify`]'s business, and what is said here never lets anything pass. No part of the text is ever
//! repeated, since what is recognised may be a live credential.

mod issuer;
mod shape;
mod wrapping;

pub use issuer::Origin;
pub use wrapping::Wrapping;

use std::fmt;

use crate::explain::Code;
use crate::jose::{CompactJws, MAX_TOKEN_BYTES};

/// The longest text that is looked at, in bytes; what is longer is no token of anybody.
pub const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// What a text turned out to be.
#[derive(Clone, PartialEq, Eq)]
pub struct Recognition {
    /// What stood around it, from the outside in.
    pub wrappings: Vec<Wrapping>,
    /// What it is.
    pub sight: Sight,
    inner: String,
}

/// A kind of text, with the mark that gave it away and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// A stable word for programs, for example `client_secret`.
    pub kind: &'static str,
    /// With article, for people.
    pub described: &'static str,
    /// The mark: the end of a sentence "it is … because …".
    pub because: &'static str,
    /// The page of the failure catalogue; `None` where nothing is wrong so far.
    pub code: Option<Code>,
    /// What to do; empty where nothing is wrong so far.
    pub remedy: &'static str,
}

impl Sight {
    /// Something that no API takes.
    pub(crate) fn wrong(
        kind: &'static str,
        described: &'static str,
        because: &'static str,
        code: &'static str,
        remedy: &'static str,
    ) -> Self {
        Self { kind, described, because, code: Some(Code::new(code)), remedy }
    }

    /// Whether it is a signed token, which the verifier can judge.
    pub fn is_signed(&self) -> bool {
        self.kind == SIGNED || self.kind.starts_with("signed_")
    }
}

/// The word for a signed token of no foreign issuer.
const SIGNED: &str = "signed";

impl Recognition {
    /// Looks at a text as it was typed, pasted or logged.
    pub fn of(text: &str) -> Self {
        if text.len() > MAX_TEXT_BYTES {
            return Self { wrappings: Vec::new(), sight: too_long(), inner: String::new() };
        }
        let (wrappings, inner) = wrapping::peel(text);
        let sight = sight(&wrappings, &inner);
        Self { wrappings, sight, inner }
    }

    /// The text without what stood around it. May be a credential: not for printing.
    pub fn token(&self) -> &str {
        &self.inner
    }

    /// Where a signed token comes from, by its own word, if that place is a known one.
    pub fn origin(&self) -> Option<Origin> {
        Origin::of(CompactJws::parse(&self.inner).ok()?.claims())
    }
}

impl fmt::Debug for Recognition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Recognition");
        shown.field("wrappings", &self.wrappings).field("sight", &self.sight).field("inner", &"***").finish()
    }
}

fn sight(wrappings: &[Wrapping], inner: &str) -> Sight {
    if let Some(sight) = wrappings.iter().rev().find_map(Wrapping::names_its_content) {
        return sight;
    }
    if inner.is_empty() {
        return Sight::wrong(
            "nothing",
            "nothing",
            "the text is empty",
            "DW3150",
            "send the header `Authorization: Bearer` with an access token; an unset variable is a usual cause",
        );
    }
    match CompactJws::parse(inner) {
        Ok(jws) => issuer::sight(jws.header(), jws.claims()),
        Err(_) if inner.len() > MAX_TOKEN_BYTES => too_long(),
        Err(refusal) => shape::sight(inner, &refusal),
    }
}

fn too_long() -> Sight {
    Sight::wrong(
        "too_long",
        "a text that is longer than any token",
        "it has more than 16384 bytes",
        "DW3150",
        "send the access token alone; a token that grows so long carries too many groups or roles",
    )
}

#[cfg(test)]
mod tests;

//! A request path that every program reads the same way, or the reason why there is none.
//!
//! Neighbour: [`crate::trie`] matches it. The rule is to reject, never to normalise: a proxy, a framework and this crate
//! that each mend a path in their own way end in three routes for one request. Spec: RFC 3986 §3.3, §6.2.2.

use std::borrow::Cow;

/// Why a path could be read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Ambiguity {
    /// A backslash, which some programs take for a slash.
    #[error("it contains a backslash")]
    Backslash,
    /// A control character, raw or encoded.
    #[error("it contains a control character")]
    ControlCharacter,
    /// A segment `.` or `..`.
    #[error("it contains a `.` or `..` segment")]
    DotSegment,
    /// `%25` in front of two hexadecimal digits: encoded twice.
    #[error("it is percent-encoded twice")]
    DoubleEncoding,
    /// `//`.
    #[error("it contains an empty segment (`//`)")]
    EmptySegment,
    /// `%5C`.
    #[error("it contains an encoded backslash (`%5C`)")]
    EncodedBackslash,
    /// `%2E`.
    #[error("it contains an encoded dot (`%2E`)")]
    EncodedDot,
    /// A literal segment of one route, encoded, that a program which does not decode takes for another route's parameter.
    #[error("its encoded segment names one route when decoded and another when not")]
    EncodedLiteral,
    /// `%00`.
    #[error("it contains an encoded NUL (`%00`)")]
    EncodedNul,
    /// `%2F`.
    #[error("it contains an encoded slash (`%2F`)")]
    EncodedSlash,
    /// `#` or `?` inside the path.
    #[error("it contains a fragment or query delimiter")]
    Fragment,
    /// `%` without two hexadecimal digits.
    #[error("it contains `%` without two hexadecimal digits")]
    MalformedEncoding,
    /// Not `/…`.
    #[error("it does not begin with a slash")]
    NotAbsolute,
    /// Decodes to bytes that are not UTF-8, or carries characters that a URI spells percent-encoded.
    #[error("it is not the percent-encoded UTF-8 of a URI")]
    NotUtf8,
    /// A raw `;`, a path parameter to some programs.
    #[error("it contains `;`")]
    Semicolon,
}

/// A path in origin form, split and decoded.
#[derive(Clone, Debug)]
pub struct RequestPath<'a> {
    segments: Vec<(&'a str, Cow<'a, str>)>,
}

impl<'a> RequestPath<'a> {
    /// Splits and decodes `raw`, the path as it came over the wire, without the query. An encoded unreserved or
    /// sub-delimiter character, `%20` and `%40` are fine: real clients send them.
    pub fn parse(raw: &'a str) -> Result<Self, Ambiguity> {
        let rest = raw.strip_prefix('/').ok_or(Ambiguity::NotAbsolute)?;
        let mut segments = Vec::new();
        let mut pieces = rest.split('/').peekable();
        while let Some(piece) = pieces.next() {
            if piece.is_empty() && pieces.peek().is_some() {
                return Err(Ambiguity::EmptySegment);
            }
            segments.push((piece, decode(piece)?));
        }
        Ok(Self { segments })
    }

    /// The segments as sent; the last one is empty where the path ends in a slash.
    pub(crate) fn raw(&self) -> Vec<&str> {
        self.segments.iter().map(|(raw, _)| *raw).collect()
    }

    /// The segments, percent-decoded once.
    pub(crate) fn decoded(&self) -> Vec<&str> {
        self.segments.iter().map(|(_, decoded)| decoded.as_ref()).collect()
    }

    /// Whether decoding changed anything.
    pub(crate) fn is_encoded(&self) -> bool {
        self.segments.iter().any(|(_, decoded)| matches!(decoded, Cow::Owned(_)))
    }
}

fn decode(segment: &str) -> Result<Cow<'_, str>, Ambiguity> {
    if matches!(segment, "." | "..") {
        return Err(Ambiguity::DotSegment);
    }
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'%' => {
                decoded.push(encoded_byte(&bytes[at + 1..])?);
                at += 3;
            }
            b'\\' => return Err(Ambiguity::Backslash),
            b';' => return Err(Ambiguity::Semicolon),
            b'#' | b'?' => return Err(Ambiguity::Fragment),
            byte if byte.is_ascii_control() => return Err(Ambiguity::ControlCharacter),
            byte if byte == b' ' || !byte.is_ascii() => return Err(Ambiguity::NotUtf8),
            byte => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    if !segment.contains('%') {
        return Ok(Cow::Borrowed(segment));
    }
    // What decodes into another escape was encoded twice, however its characters were spelled.
    if decoded.iter().enumerate().any(|(at, byte)| *byte == b'%' && hex_byte(&decoded[at + 1..]).is_some()) {
        return Err(Ambiguity::DoubleEncoding);
    }
    let text = String::from_utf8(decoded).map_err(|_| Ambiguity::NotUtf8)?;
    if text.chars().any(char::is_control) { Err(Ambiguity::ControlCharacter) } else { Ok(Cow::Owned(text)) }
}

fn encoded_byte(after: &[u8]) -> Result<u8, Ambiguity> {
    let byte = hex_byte(after).ok_or(Ambiguity::MalformedEncoding)?;
    match byte {
        b'/' => Err(Ambiguity::EncodedSlash),
        b'\\' => Err(Ambiguity::EncodedBackslash),
        b'.' => Err(Ambiguity::EncodedDot),
        0 => Err(Ambiguity::EncodedNul),
        byte if byte.is_ascii_control() => Err(Ambiguity::ControlCharacter),
        byte => Ok(byte),
    }
}

fn hex_byte(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| text.get(at).and_then(|b| char::from(*b).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_ambiguous_path_is_refused_and_says_why() {
        for (path, why) in [
            ("/a%2fb", Ambiguity::EncodedSlash),
            ("/a%2Fb", Ambiguity::EncodedSlash),
            ("/a%5cb", Ambiguity::EncodedBackslash),
            ("/a\\b", Ambiguity::Backslash),
            ("/a/%2e%2e/b", Ambiguity::EncodedDot),
            ("/a/.%2E/b", Ambiguity::EncodedDot),
            ("/a%00", Ambiguity::EncodedNul),
            ("/a/../b", Ambiguity::DotSegment),
            ("/a/./b", Ambiguity::DotSegment),
            ("/..", Ambiguity::DotSegment),
            ("//a", Ambiguity::EmptySegment),
            ("/a//b", Ambiguity::EmptySegment),
            ("/a//", Ambiguity::EmptySegment),
            ("/a;v=1", Ambiguity::Semicolon),
            ("/a%252e", Ambiguity::DoubleEncoding),
            ("/a%25%32%65", Ambiguity::DoubleEncoding),
            ("/a%ff", Ambiguity::NotUtf8),
            ("/a%c0%ae", Ambiguity::NotUtf8),
            ("/a%0a", Ambiguity::ControlCharacter),
            ("/a%c2%85", Ambiguity::ControlCharacter),
            ("/a\tb", Ambiguity::ControlCharacter),
            ("/a#b", Ambiguity::Fragment),
            ("/a?b", Ambiguity::Fragment),
            ("/a%", Ambiguity::MalformedEncoding),
            ("/a%2", Ambiguity::MalformedEncoding),
            ("/a%zz", Ambiguity::MalformedEncoding),
            ("a", Ambiguity::NotAbsolute),
            ("", Ambiguity::NotAbsolute),
            ("*", Ambiguity::NotAbsolute),
        ] {
            assert_eq!(RequestPath::parse(path).err(), Some(why), "{path}");
        }
    }

    #[test]
    fn what_real_clients_encode_is_not_ambiguous() {
        for (path, segments) in [
            ("/users/ben%40meadow.test", vec!["users", "ben@meadow.test"]),
            ("/v1/accounts%3AsignUp", vec!["v1", "accounts:signUp"]),
            ("/a%20b", vec!["a b"]),
            ("/%61%7E", vec!["a~"]),
            ("/a%3Bb", vec!["a;b"]),
            ("/ben%23EXT%23", vec!["ben#EXT#"]),
            ("/100%25", vec!["100%"]),
            ("/%C3%A9", vec!["é"]),
            ("/a.b/...", vec!["a.b", "..."]),
            ("/", vec![""]),
            ("/a/", vec!["a", ""]),
        ] {
            assert_eq!(RequestPath::parse(path).unwrap().decoded(), segments, "{path}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_what_passes_has_no_traversal(path in "[/%a-f0-9.;\\\\?#\u{0}-\u{200}]{0,40}") {
            if let Ok(read) = RequestPath::parse(&path) {
                for segment in read.decoded() {
                    prop_assert!(segment != ".." && segment != "." && !segment.contains('/'));
                    prop_assert!(!segment.chars().any(char::is_control));
                }
            }
        }
    }
}

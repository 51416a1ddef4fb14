//! A path taken apart into its segments, without ever changing which path it is.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// No address of the table has more; a longer path is not worth decoding.
const MOST_SEGMENTS: usize = 8;
/// Nor is a longer text.
const LONGEST_PATH: usize = 1024;

/// Everything but the unreserved characters of RFC 3986 §2.3.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The decoded segments, or `None` where the path is ambiguous: an encoded slash or backslash, a dot segment in any
/// spelling, an empty segment but the last, a control character, or an encoding that is not UTF-8.
pub(super) fn split(path: &str) -> Option<Vec<String>> {
    if path.len() > LONGEST_PATH {
        return None;
    }
    let raw: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    if raw.len() > MOST_SEGMENTS {
        return None;
    }
    let last = raw.len() - 1;
    raw.iter()
        .enumerate()
        .map(|(index, segment)| {
            let decoded = decode(segment)?;
            (index == last || !decoded.is_empty()).then_some(decoded)
        })
        .collect()
}

fn decode(segment: &str) -> Option<String> {
    let bytes = segment.as_bytes();
    let well_formed = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%').all(|(at, _)| {
        bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if !well_formed {
        return None;
    }
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    let ambiguous =
        text.contains(['/', '\\']) || text.contains(char::is_control) || matches!(&*text, "." | "..");
    (!ambiguous).then(|| text.into_owned())
}

/// A name as a segment of an address.
pub(super) fn encode(name: &str) -> String {
    utf8_percent_encode(name, SEGMENT).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_ambiguous_path_has_no_segments() {
        for bad in [
            "",
            "a",
            "/a//b",
            "/a/../b",
            "/a/%2e%2E/b",
            "/a/./b",
            "/a%2fb",
            "/a%5Cb",
            "/a%00",
            "/a%zz",
            "/a%f",
            "/%ff",
        ] {
            assert_eq!(split(bad), None, "{bad}");
        }
        assert_eq!(split("/a%40b.test/C"), Some(vec!["a@b.test".to_owned(), "C".to_owned()]));
        assert_eq!(split("/a/"), Some(vec!["a".to_owned(), String::new()]));
    }

    proptest! {
        #[test]
        fn a_name_survives_its_encoding(name in "[^/\\\\\\p{Cc}]{1,40}") {
            prop_assume!(name != "." && name != "..");
            prop_assert_eq!(split(&format!("/{}", encode(&name))), Some(vec![name]));
        }

        #[test]
        fn splitting_never_panics(path in ".{0,200}") {
            let _ = split(&path);
        }
    }
}

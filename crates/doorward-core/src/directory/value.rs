//! Single values of a registration: what each may be, said so that it can be corrected.

use url::Url;

use crate::model::{AppId, ScopeToken};
use crate::refusal::{DirectoryRefusal, quote};

/// A value that cannot be.
pub(super) fn fault(field: &'static str, sent: &str, fault: impl Into<String>) -> DirectoryRefusal {
    DirectoryRefusal::Value { field, sent: quote(sent, 120), fault: fault.into() }
}

/// Text that people read: 1 to `most` characters, none of them a control character, trimmed.
pub(super) fn label(field: &'static str, text: &str, most: usize) -> Result<String, DirectoryRefusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(fault(field, text, "it is empty"));
    }
    optional_label(field, text, most)
}

/// The same, or nothing at all.
pub(super) fn optional_label(
    field: &'static str,
    text: &str,
    most: usize,
) -> Result<String, DirectoryRefusal> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(fault(field, text, format!("it is longer than {most} characters")));
    }
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    {
        return Err(fault(field, text, "it contains a control character"));
    }
    Ok(text.to_owned())
}

/// The name of an application: a label of at most 100 characters by which commands call it.
pub(super) fn app_name(text: &str) -> Result<String, DirectoryRefusal> {
    let name = label("name", text, 100)?;
    if name.starts_with('-') {
        return Err(fault("name", &name, "a name that begins with a hyphen reads as an option"));
    }
    if AppId::parse(&name).is_ok() {
        return Err(fault("name", &name, "a name must not look like an id"));
    }
    Ok(name)
}

/// The short name of an API: it stands before the colon of `api:permission`.
pub(super) fn api_name(text: &str) -> Result<String, DirectoryRefusal> {
    let fits = (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && text.as_bytes()[0].is_ascii_alphanumeric()
        && AppId::parse(text).is_err();
    if fits {
        Ok(text.to_owned())
    } else {
        Err(fault(
            "name",
            text,
            "the short name of an API has 1 to 64 letters, digits, `-`, `_` and `.`, begins with a letter or digit and is no UUID",
        ))
    }
}

/// An identifier URI, for example `api://notes`: what clients put before a scope.
pub(super) fn identifier_uri(text: &str) -> Result<String, DirectoryRefusal> {
    let refuse = |why: &str| Err(fault("identifier_uri", text, why));
    if text.len() > 255 || text.bytes().any(|b| b <= b' ' || b >= 0x7f || matches!(b, b'"' | b'\\')) {
        return refuse("it has more than 255 bytes, or a space, quote, backslash or non-ASCII character");
    }
    let Ok(url) = Url::parse(text) else { return refuse("it is not an absolute URI such as api://notes") };
    if !matches!(url.scheme(), "api" | "https" | "urn") {
        return refuse("its scheme is none of api, https and urn");
    }
    if url.scheme() != "urn" && !text[url.scheme().len()..].starts_with("://") {
        return refuse("after the scheme stands :// and a name");
    }
    if url.scheme() != "urn" && url.host_str().is_none_or(str::is_empty) {
        return refuse("after the scheme stands :// and a name");
    }
    if url.fragment().is_some()
        || url.query().is_some()
        || !url.username().is_empty()
        || url.password().is_some()
    {
        return refuse("it has a query, a fragment or a user name");
    }
    if text.ends_with('/') {
        return refuse("it ends with a slash, which would stand twice before a scope");
    }
    Ok(text.to_owned())
}

/// The short name of a scope (RFC 6749 §3.3), without `/`: the part after the last slash is the scope.
pub(super) fn scope_value(text: &str) -> Result<ScopeToken, DirectoryRefusal> {
    let token = ScopeToken::parse(text).map_err(|why| fault("scope", text, why.to_string()))?;
    if text.contains('/') {
        return Err(fault(
            "scope",
            text,
            "a short name has no slash: clients write {identifier URI}/{scope}",
        ));
    }
    if text == ".default" {
        return Err(fault("scope", text, "this name means all permissions of an API"));
    }
    Ok(token)
}

/// The value of an app role: as it stands in `roles`.
pub(super) fn role_value(text: &str) -> Result<String, DirectoryRefusal> {
    let fits = (1..=120).contains(&text.len())
        && text.bytes().all(|b| (0x21..=0x7e).contains(&b) && !matches!(b, b'"' | b'\\' | b'/' | b','));
    if fits {
        Ok(text.to_owned())
    } else {
        Err(fault(
            "role",
            text,
            "a role has 1 to 120 visible ASCII characters, none of them a quote, slash, backslash or comma",
        ))
    }
}

/// A domain name in lower case with at least one dot.
pub(super) fn domain(text: &str) -> Result<String, DirectoryRefusal> {
    let label_fits = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let lower = text.trim().to_lowercase();
    if lower.len() <= 253
        && lower.contains('.')
        && lower.split('.').all(label_fits)
        && !lower.contains("token")
    {
        Ok(lower)
    } else {
        Err(fault(
            "domain",
            text,
            "it is a domain name such as meadow.example: letters, digits, hyphens and at least one dot, without the word token",
        ))
    }
}

/// A number within a range.
pub(super) fn in_range(
    field: &'static str,
    number: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Result<u32, DirectoryRefusal> {
    if range.contains(&number) {
        Ok(number)
    } else {
        let why = format!("it is {} to {}", range.start(), range.end());
        Err(fault(field, &number.to_string(), why))
    }
}

/// At most so many.
pub(super) fn at_most(field: &'static str, count: usize, most: usize) -> Result<(), DirectoryRefusal> {
    if count <= most {
        Ok(())
    } else {
        Err(fault(field, &count.to_string(), format!("there may be at most {most}")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn identifier_uris_are_absolute_and_end_without_a_slash() {
        for good in [
            "api://notes",
            "https://graph.example.com",
            "urn:example:notes",
            "api://3f2504e0-4f89-11d3-9a0c-0305e82c3301/v1",
        ] {
            assert!(identifier_uri(good).is_ok(), "{good}");
        }
        for bad in [
            "notes",
            "api:notes",
            "api://",
            "http://notes",
            "api://notes/",
            "api://no tes",
            "api://n#f",
            "api://n?q",
            "javascript://x",
        ] {
            assert!(identifier_uri(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_cannot_be_mistaken_for_ids_or_options() {
        assert_eq!(app_name("  Web Shop ").unwrap(), "Web Shop");
        for bad in
            ["", " ", "-x", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "a\u{7}", "x\u{202e}y", &"x".repeat(101)]
        {
            assert!(app_name(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "a b", "a:b", "a/b", ".a", &"x".repeat(65)] {
            assert!(api_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn domains_have_a_dot() {
        assert_eq!(domain("Meadow.Test").unwrap(), "meadow.test");
        for bad in ["", "meadow", ".test", "a..b", "-a.b", "a_b.c", "my.token.test"] {
            assert!(domain(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_fault_quotes_what_was_sent_and_says_why() {
        let refusal = role_value("Notes Read").unwrap_err();
        assert!(refusal.to_string().starts_with("role is Notes Read: a role has"), "{refusal}");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_check_panic(text in ".{0,120}") {
            let _ = (label("x", &text, 10), app_name(&text), api_name(&text), identifier_uri(&text));
            let _ = (scope_value(&text), role_value(&text), domain(&text));
        }
    }
}

//! Path templates: literal segments, whole-segment parameters, and parameters inside a segment.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::path::{Ambiguity, RequestPath};

/// A path template such as `/notes/{id}` or `/files/{name}.json`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Template {
    segments: Vec<Segment>,
    text: String,
}

/// One part between two slashes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Segment {
    /// Literal text, percent-decoded.
    Literal(String),
    /// Literal text with parameters inside.
    Mixed(Mixed),
    /// `{parameter}` alone.
    Parameter,
}

/// A segment such as `{name}.json`: literals with a parameter between each two, so `["", ".json"]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mixed {
    literals: Vec<String>,
}

impl Template {
    /// Reads a template; names in braces are free, but two templates may not differ in them alone.
    pub fn parse(text: &str) -> Result<Self, TemplateFault> {
        let sample = substitute(text, "x")?;
        RequestPath::parse(&sample).map_err(TemplateFault::Unreachable)?;
        let rest = text.strip_prefix('/').ok_or(TemplateFault::Unreachable(Ambiguity::NotAbsolute))?;
        let segments = rest.split('/').map(read_segment).collect::<Result<_, _>>()?;
        Ok(Self { segments, text: text.to_owned() })
    }

    /// The text as declared.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text with nameless braces: two templates of one shape are one template.
    pub fn shape(&self) -> String {
        shape_of(&self.text)
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether some path matches both, and neither is the more literal one: routers would disagree about it.
    pub(crate) fn rivals(&self, other: &Self) -> bool {
        let weight = |template: &Self| template.segments.iter().map(Segment::weight).sum::<usize>();
        self.segments.len() == other.segments.len()
            && weight(self) == weight(other)
            && self.segments.iter().zip(&other.segments).all(|(a, b)| a.meets(b))
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Template {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Segment {
    fn weight(&self) -> usize {
        match self {
            Self::Literal(_) => 2,
            Self::Mixed(_) => 1,
            Self::Parameter => 0,
        }
    }

    fn meets(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Literal(a), Self::Literal(b)) => a == b,
            (Self::Literal(text), Self::Mixed(mixed)) | (Self::Mixed(mixed), Self::Literal(text)) => {
                mixed.matches(text)
            }
            (Self::Literal(text), Self::Parameter) | (Self::Parameter, Self::Literal(text)) => {
                !text.is_empty()
            }
            (Self::Mixed(a), Self::Mixed(b)) => a.may_meet(b),
            _ => true,
        }
    }
}

impl Mixed {
    /// Whether `text` is the literals in order with at least one character for each parameter.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let (Some(first), Some(last)) = (self.literals.first(), self.literals.last()) else { return false };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for middle in &self.literals[1..self.literals.len() - 1] {
            let Some(start) = rest.chars().next().map(char::len_utf8) else { return false };
            let Some(at) = rest[start..].find(middle.as_str()) else { return false };
            rest = &rest[start + at + middle.len()..];
        }
        rest.len() > last.len() && rest.ends_with(last.as_str())
    }

    /// Whether a text could match both; yes unless the first or the last literals contradict each other.
    fn may_meet(&self, other: &Self) -> bool {
        let ends = |of: &Self| (of.literals.first().cloned(), of.literals.last().cloned());
        let ((a_first, a_last), (b_first, b_last)) = (ends(self), ends(other));
        let (a_first, b_first) = (a_first.unwrap_or_default(), b_first.unwrap_or_default());
        let (a_last, b_last) = (a_last.unwrap_or_default(), b_last.unwrap_or_default());
        (a_first.starts_with(&b_first) || b_first.starts_with(&a_first))
            && (a_last.ends_with(&b_last) || b_last.ends_with(&a_last))
    }
}

/// Why a text is no path template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// Two parameters without text between them.
    #[error("two parameters stand next to each other in `{segment}`")]
    AdjacentParameters {
        /// The segment.
        segment: String,
    },
    /// `{` or `}` without its partner, or an empty or nested name.
    #[error("the braces in `{segment}` do not enclose a parameter name")]
    Braces {
        /// The segment, or the whole text.
        segment: String,
    },
    /// A router's catch-all such as `{*rest}`; it would open routes that nobody declared.
    #[error("`{segment}` matches any number of segments, which OpenAPI does not have")]
    CatchAll {
        /// The segment.
        segment: String,
    },
    /// Every request to it would be refused as ambiguous.
    #[error("no request can reach it: {0}")]
    Unreachable(Ambiguity),
}

/// Replaces each parameter's name by nothing.
pub(crate) fn shape_of(text: &str) -> String {
    substitute(text, "{}").unwrap_or_else(|_| text.to_owned())
}

fn substitute(text: &str, by: &str) -> Result<String, TemplateFault> {
    let braces = || TemplateFault::Braces { segment: text.to_owned() };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        let after = rest[open..].strip_prefix('{').ok_or_else(braces)?;
        let close = after.find(['{', '}', '/']).ok_or_else(braces)?;
        if close == 0 || !after[close..].starts_with('}') {
            return Err(braces());
        }
        if after.starts_with('*') {
            return Err(TemplateFault::CatchAll { segment: format!("{{{}}}", &after[..close]) });
        }
        out.push_str(&rest[..open]);
        out.push_str(by);
        rest = &after[close + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

fn read_segment(segment: &str) -> Result<Segment, TemplateFault> {
    // Braces were paired by `substitute`; a `}` now always ends a parameter.
    let marked = substitute(segment, "{}")?;
    let literals = marked.split("{}").map(decode_literal).collect::<Result<Vec<_>, _>>()?;
    if literals.len() == 1 {
        return Ok(Segment::Literal(literals.concat()));
    }
    if literals[1..literals.len() - 1].iter().any(String::is_empty) {
        return Err(TemplateFault::AdjacentParameters { segment: segment.to_owned() });
    }
    if literals.iter().all(String::is_empty) {
        return Ok(Segment::Parameter);
    }
    Ok(Segment::Mixed(Mixed { literals }))
}

fn decode_literal(text: &str) -> Result<String, TemplateFault> {
    // A part such as `.` or `..` is harmless beside a parameter; the whole segment was judged before.
    let path = format!("/x{text}");
    let read = RequestPath::parse(&path).map_err(TemplateFault::Unreachable)?;
    Ok(read.decoded().concat().split_off(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn template(text: &str) -> Template {
        Template::parse(text).expect("a template")
    }

    #[test]
    fn a_parameter_fills_a_segment_or_a_part_of_it() {
        assert_eq!(template("/notes/{id}").segments()[1], Segment::Parameter);
        let json = template("/f/{a}.json");
        let Segment::Mixed(mixed) = &json.segments()[1] else { panic!("mixed") };
        assert!(mixed.matches("x.json") && mixed.matches("a.json.json"));
        assert!(!mixed.matches(".json") && !mixed.matches("x.yaml"));
        let triple = template("/{a}-{b}.{c}");
        let Segment::Mixed(three) = &triple.segments()[0] else { panic!("mixed") };
        assert!(
            three.matches("1-2.3")
                && !three.matches("1-.3")
                && !three.matches("-2.3")
                && !three.matches("1-2.")
        );
    }

    #[test]
    fn parameter_names_are_not_part_of_the_shape() {
        assert_eq!(template("/a/{id}/b").shape(), template("/a/{noteId}/b").shape());
    }

    #[test]
    fn an_impossible_template_is_refused() {
        for text in [
            "", "a", "/a//b", "/../x", "/{a", "/a}", "/{}", "/{a{b}}", "/{a}{b}", "/{*rest}", "/a;b",
            "/{a/b}", "/a%2fb",
        ] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
        assert!(Template::parse("/accounts:signUp").is_ok());
        assert!(Template::parse("/").is_ok() && Template::parse("/a/").is_ok());
    }

    #[test]
    fn rivals_are_equally_literal_and_overlap() {
        assert!(template("/a/{x}").rivals(&template("/{y}/b")));
        assert!(!template("/a/{x}").rivals(&template("/a/b")), "the literal one wins");
        assert!(!template("/a/{x}").rivals(&template("/b/{x}")), "no path matches both");
        assert!(!template("/{x}.json").rivals(&template("/{x}.xml")));
        assert!(template("/{x}.json").rivals(&template("/v{x}")));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "[/{}a-c*.%2-9é-]{0,30}") {
            if let Ok(template) = Template::parse(&text) {
                let again = Template::parse(template.as_str());
                prop_assert_eq!(again, Ok(template));
            }
        }

        #[test]
        fn matching_a_mixed_segment_never_panics(text in "\\PC{0,12}") {
            for shape in ["/{a}-{b}", "/é{a}é{b}é", "/x{a}"] {
                if let Segment::Mixed(mixed) = &template(&shape.replace('é', "%C3%A9")).segments()[0] {
                    let _ = mixed.matches(&text);
                }
            }
        }
    }
}

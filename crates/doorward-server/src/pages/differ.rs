//! Marks the parts in which two texts differ, so that "expected X, got Y" is seen and not searched for.

use serde::Serialize;

/// A comparison that failed, split for display.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// What was sent, when something was.
    pub sent: Option<Vec<Run>>,
    /// What would have passed, when that may be told.
    pub expected: Option<Vec<Run>>,
    /// The difference in words, for those who do not see the mark.
    pub note: DifferenceNote,
}

/// A stretch of text that is equal on both sides, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// The text; empty where only the other side has something.
    pub text: String,
    /// Whether the other side has something else here.
    pub differs: bool,
}

/// The commonest differences between addresses, which have a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceNote {
    /// Only upper and lower case.
    Case,
    /// Only a slash at the end, which was sent and not expected.
    ExtraSlash,
    /// Only a slash at the end, which was expected and not sent.
    MissingSlash,
    /// None of these.
    #[default]
    Other,
    /// Only `http` against `https`.
    Scheme,
    /// `localhost` against a loopback address.
    Loopback,
}

impl Comparison {
    /// Compares what was sent with what was expected. Either may be absent or withheld.
    pub fn new(sent: Option<&str>, expected: Option<&str>) -> Self {
        match (sent, expected) {
            (Some(sent), Some(expected)) => {
                let (left, right) = runs(sent, expected);
                Self { sent: Some(left), expected: Some(right), note: DifferenceNote::of(sent, expected) }
            }
            _ => Self { sent: sent.map(whole), expected: expected.map(whole), note: DifferenceNote::Other },
        }
    }
}

impl DifferenceNote {
    fn of(sent: &str, expected: &str) -> Self {
        let without_scheme = |text: &str| text.split_once("://").map(|(_, rest)| rest.to_owned());
        let named_loopback =
            |text: &str| text.replace("127.0.0.1", "localhost").replace("[::1]", "localhost");
        if sent == expected {
            Self::Other
        } else if sent.strip_suffix('/') == Some(expected) {
            Self::ExtraSlash
        } else if expected.strip_suffix('/') == Some(sent) {
            Self::MissingSlash
        } else if sent.to_lowercase() == expected.to_lowercase() {
            Self::Case
        } else if without_scheme(sent).is_some() && without_scheme(sent) == without_scheme(expected) {
            Self::Scheme
        } else if named_loopback(sent) == named_loopback(expected) {
            Self::Loopback
        } else {
            Self::Other
        }
    }
}

fn whole(text: &str) -> Vec<Run> {
    vec![Run { text: text.to_owned(), differs: false }]
}

/// Splits both sides into equal and differing runs: word by word along the longest common subsequence, then
/// letter by letter at the edges of each differing run.
fn runs(left: &str, right: &str) -> (Vec<Run>, Vec<Run>) {
    let (a, b) = (words(left), words(right));
    let common = if a.len().max(b.len()) > LONGEST { Vec::new() } else { common_words(&a, &b) };
    let mut out = (Vec::new(), Vec::new());
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in common.into_iter().chain([(a.len(), b.len())]) {
        differing(&a[i..next_i].concat(), &b[j..next_j].concat(), &mut out);
        if let Some(word) = a.get(next_i) {
            push(&mut out.0, word, false);
            push(&mut out.1, word, false);
        }
        (i, j) = (next_i + 1, next_j + 1);
    }
    out
}

fn differing(left: &str, right: &str, out: &mut (Vec<Run>, Vec<Run>)) {
    if left.is_empty() && right.is_empty() {
        return;
    }
    // Two ports are two ports: the digits that they happen to share mean nothing.
    let numbers = [left, right].iter().all(|text| text.bytes().all(|b| b.is_ascii_digit()));
    let shared = |(a, b): &(char, char)| a == b && !numbers;
    let head: usize = left.chars().zip(right.chars()).take_while(shared).map(|(a, _)| a.len_utf8()).sum();
    let (left_rest, right_rest) = (&left[head..], &right[head..]);
    let tail: usize = left_rest
        .chars()
        .rev()
        .zip(right_rest.chars().rev())
        .take_while(shared)
        .map(|(a, _)| a.len_utf8())
        .sum();
    for (side, text) in [(&mut out.0, left), (&mut out.1, right)] {
        push(side, &text[..head], false);
        side.push(Run { text: text[head..text.len() - tail].to_owned(), differs: true });
        push(side, &text[text.len() - tail..], false);
    }
}

fn push(side: &mut Vec<Run>, text: &str, differs: bool) {
    match side.last_mut() {
        _ if text.is_empty() => {}
        Some(last) if last.differs == differs => last.text.push_str(text),
        _ => side.push(Run { text: text.to_owned(), differs }),
    }
}

/// Runs of letters and digits, and single other characters.
fn words(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if !c.is_alphanumeric() {
            if start < at {
                found.push(&text[start..at]);
            }
            start = at + c.len_utf8();
            found.push(&text[at..start]);
        }
    }
    if start < text.len() {
        found.push(&text[start..]);
    }
    found
}

/// Index pairs of a longest common subsequence.
fn common_words(a: &[&str], b: &[&str]) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    let mut longest = vec![0_u16; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * width + j] = if a[i] == b[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// Words per side up to which the table of the subsequence is built (64 kB of it).
const LONGEST: usize = 180;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(sent: &str, expected: &str) -> (String, String) {
        let comparison = Comparison::new(Some(sent), Some(expected));
        let text = |runs: Option<Vec<Run>>| {
            let mark = |run: &Run| if run.differs { format!("[{}]", run.text) } else { run.text.clone() };
            runs.unwrap().iter().map(mark).collect::<String>()
        };
        (text(comparison.sent), text(comparison.expected))
    }

    #[test]
    fn an_extra_slash_is_marked_where_it_stands() {
        let (sent, expected) = shown("http://localhost:5173/callback/", "http://localhost:5173/callback");
        assert_eq!(sent, "http://localhost:5173/callback[/]");
        assert_eq!(expected, "http://localhost:5173/callback[]");
    }

    #[test]
    fn several_differences_are_marked_one_by_one() {
        let (sent, expected) = shown("http://localhost:5173/cb", "https://localhost:7443/cb");
        assert_eq!(sent, "http[]://localhost:[5173]/cb");
        assert_eq!(expected, "http[s]://localhost:[7443]/cb");
    }

    #[test]
    fn common_differences_have_a_name() {
        let note = |sent, expected| Comparison::new(Some(sent), Some(expected)).note;
        assert_eq!(note("https://a/cb/", "https://a/cb"), DifferenceNote::ExtraSlash);
        assert_eq!(note("https://a/cb", "https://a/cb/"), DifferenceNote::MissingSlash);
        assert_eq!(note("https://a/CB", "https://a/cb"), DifferenceNote::Case);
        assert_eq!(note("http://a/cb", "https://a/cb"), DifferenceNote::Scheme);
        assert_eq!(note("http://127.0.0.1:1/cb", "http://localhost:1/cb"), DifferenceNote::Loopback);
        assert_eq!(note("x", "y"), DifferenceNote::Other);
    }

    #[test]
    fn a_side_that_is_withheld_leaves_the_other_unmarked() {
        let comparison = Comparison::new(Some("https://a/cb"), None);
        assert_eq!(comparison.sent, Some(whole("https://a/cb")));
        assert_eq!(comparison.expected, None);
    }

    proptest! {
        #[test]
        fn the_runs_make_up_the_texts(a in "[a-cäß/:.-]{0,400}", b in "[a-cäß/:.-]{0,400}") {
            let (left, right) = runs(&a, &b);
            let whole = |side: &[Run]| side.iter().map(|run| run.text.as_str()).collect::<String>();
            let same = |side: &[Run]| side.iter().filter(|r| !r.differs).map(|r| r.text.as_str()).collect::<String>();
            prop_assert_eq!(whole(&left), a);
            prop_assert_eq!(whole(&right), b);
            prop_assert_eq!(same(&left), same(&right));
        }

        #[test]
        fn equal_texts_have_no_difference(a in "\\PC{0,60}") {
            prop_assert!(runs(&a, &a).0.iter().all(|run| !run.differs));
        }
    }
}

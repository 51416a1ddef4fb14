//! Entity tags (RFC 9110 §8.8.3): a strong tag of what an object looks like, and the precondition that it still does.

use doorward_core::directory::Outcome;
use doorward_core::refusal::RequestRefusal;
use http::HeaderMap;
use http::header::IF_MATCH;

use super::reply::Failure;
use crate::app::App;

/// Tags that one header may name.
const MOST: usize = 16;

/// The `If-Match` of a request (RFC 9110 §13.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IfMatch {
    /// `*`: the object is there, however it looks.
    Any,
    /// It looks like one of these.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Reads the header; weak tags never match, so they are left out.
    pub(super) fn read(headers: &HeaderMap) -> Result<Option<Self>, Failure> {
        let mut tags = Vec::new();
        let mut is_there = false;
        for value in headers.get_all(IF_MATCH) {
            is_there = true;
            let text = value.to_str().map_err(|_| unreadable("other characters than ASCII"))?;
            if text.trim() == "*" {
                return Ok(Some(Self::Any));
            }
            for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                let strong = part.strip_prefix("W/").unwrap_or(part);
                if strong.len() < 2 || !strong.starts_with('"') || !strong.ends_with('"') {
                    return Err(unreadable(part));
                }
                if strong == part {
                    tags.push(part.to_owned());
                }
            }
        }
        if tags.len() > MOST {
            return Err(unreadable("more than 16 tags"));
        }
        Ok(is_there.then_some(Self::Tags(tags)))
    }

    /// Whether a tag satisfies it.
    pub(super) fn admits(&self, tag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Tags(tags) => tags.iter().any(|known| known == tag),
        }
    }
}

fn unreadable(sent: &str) -> Failure {
    RequestRefusal::value("If-Match", sent, "the ETag of an answer, in its double quotes, or *").into()
}

/// The tag of an object; `None` for what is no object that can be shown again.
pub(super) fn of(app: &App, outcome: &Outcome) -> Option<String> {
    let is_object = matches!(
        outcome,
        Outcome::Api(_) | Outcome::App(_) | Outcome::Flow(_) | Outcome::Tenant(_) | Outcome::User(_)
    );
    is_object.then(|| {
        let text = serde_json::to_vec(outcome).expect("an outcome holds texts, numbers and lists");
        format!("\"{}\"", &app.vault().digest(&text).to_text()[..22])
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn read(value: &str) -> Option<IfMatch> {
        let mut headers = HeaderMap::new();
        headers.insert(IF_MATCH, HeaderValue::from_str(value).unwrap());
        IfMatch::read(&headers).ok().flatten()
    }

    #[test]
    fn strong_tags_match_and_weak_ones_never() {
        assert!(read("*").unwrap().admits("\"a\""));
        assert!(read("\"a\", \"b\"").unwrap().admits("\"b\""));
        assert!(!read("W/\"a\"").unwrap().admits("\"a\""));
        assert_eq!(read("a"), None);
        assert!(IfMatch::read(&HeaderMap::new()).unwrap_or_else(|_| panic!("no header")).is_none());
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(text in "[ -~]{0,200}") {
            let _ = read(&text);
        }
    }
}

//! The web app's calls to the notes API, and what is told of the answer: above all, why not.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::demo::fetch;

/// Characters of an answer that are shown.
const MOST_SHOWN: usize = 6000;

/// A call that the page offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// `GET /health`, without a token.
    Health,
    /// `GET /notes`.
    List,
    /// `POST /notes`.
    Add(String),
    /// `DELETE /notes/{id}`.
    Delete(String),
}

/// A form of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sent {
    pub(super) form_token: String,
    pub(super) text: String,
    pub(super) id: String,
}

impl Call {
    /// The call that the last segment of an address names.
    pub(super) fn named(name: &str, form: &Sent) -> Option<Self> {
        match name {
            "health" => Some(Self::Health),
            "notes" => Some(Self::List),
            "add" => Some(Self::Add(form.text.chars().take(2000).collect())),
            "delete" => Some(Self::Delete(form.id.trim().chars().take(20).collect())),
            _ => None,
        }
    }

    /// Whether the person's token is sent along.
    pub(super) fn wants_token(&self) -> bool {
        *self != Self::Health
    }

    fn method(&self) -> &'static str {
        match self {
            Self::Health | Self::List => "GET",
            Self::Add(_) => "POST",
            Self::Delete(_) => "DELETE",
        }
    }

    fn path(&self) -> String {
        match self {
            Self::Health => "/health".to_owned(),
            Self::List | Self::Add(_) => "/notes".to_owned(),
            Self::Delete(id) => {
                let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
                format!("/notes/{id}")
            }
        }
    }
}

/// An answer of the API, for the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Told {
    pub(super) method: String,
    pub(super) path: String,
    /// 0 where there was no answer.
    pub(super) status: u16,
    pub(super) sent_token: bool,
    pub(super) good: bool,
    pub(super) challenge: Option<String>,
    pub(super) body: String,
    pub(super) why: Option<Why>,
}

/// What a refusal says about itself (RFC 9457, with the guard's own members).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Why {
    pub(super) code: String,
    pub(super) title: String,
    pub(super) detail: String,
    pub(super) needed: Option<String>,
    pub(super) present: Option<String>,
    pub(super) remedy: Option<String>,
    /// The page about the code, where it is one.
    pub(super) link: Option<String>,
    pub(super) trace: Option<String>,
}

/// Calls the API, with the token where the call wants one.
pub(super) async fn call(http: &reqwest::Client, api: &str, call: &Call, token: Option<&str>) -> Told {
    let path = call.path();
    let url = format!("{api}{path}");
    let mut request = match call {
        Call::Health | Call::List => http.get(url),
        Call::Add(text) => http.post(url).json(&json!({ "text": text })),
        Call::Delete(_) => http.delete(url),
    };
    let token = token.filter(|_| call.wants_token());
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let mut told = Told {
        method: call.method().to_owned(),
        path,
        status: 0,
        sent_token: token.is_some(),
        good: false,
        challenge: None,
        body: String::new(),
        why: None,
    };
    match fetch::answer(request).await {
        Err(fault) => told.body = fault.to_string(),
        Ok(answer) => {
            told.status = answer.status;
            told.good = (200..300).contains(&answer.status);
            told.challenge = answer.challenge;
            let body = serde_json::from_slice::<Value>(&answer.body).ok();
            told.why = body.as_ref().filter(|_| !told.good).and_then(why);
            told.body = shown(body.as_ref(), &answer.body);
        }
    }
    told
}

fn shown(json: Option<&Value>, raw: &[u8]) -> String {
    let text = match json {
        Some(json) => serde_json::to_string_pretty(json).unwrap_or_default(),
        None => String::from_utf8_lossy(raw).into_owned(),
    };
    if text.chars().count() <= MOST_SHOWN {
        return text;
    }
    let start: String = text.chars().take(MOST_SHOWN).collect();
    format!("{start} …")
}

/// The members of a problem; `None` where it explains nothing.
fn why(problem: &Value) -> Option<Why> {
    let text = |name: &str| problem.get(name).and_then(Value::as_str).map(str::to_owned);
    let words = |name: &str| problem.get(name).map(in_words).filter(|words| !words.is_empty());
    let detail = text("detail")?;
    Some(Why {
        code: text("code").unwrap_or_default(),
        title: text("title").unwrap_or_default(),
        detail,
        needed: words("needed"),
        present: words("present"),
        remedy: text("remedy"),
        link: text("type").filter(|link| link.starts_with("https://")),
        trace: text("trace"),
    })
}

/// A value of a problem in words: texts as they are, lists with commas, members with their name in front.
fn in_words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(in_words).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{}: {}", name.replace('_', " "), in_words(value)));
            members.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_named_by_its_address() {
        let form = Sent { id: " 7/../x ".to_owned(), text: "Buy tea".to_owned(), ..Sent::default() };
        assert_eq!(Call::named("delete", &form).unwrap().path(), "/notes/7%2F..%2Fx");
        assert_eq!(Call::named("add", &form), Some(Call::Add("Buy tea".to_owned())));
        assert_eq!(Call::named("share", &form), None);
        assert!(!Call::Health.wants_token() && Call::List.wants_token());
    }

    #[test]
    fn a_refusal_is_told_in_full() {
        let problem = json!({
            "type": "https://localhost:7443/docs/errors/DW3202", "title": "A scope is missing", "status": 403,
            "code": "DW3202", "detail": "DELETE /notes/{id} needs notes.write", "needed": {"all_of": ["notes.write"]},
            "present": ["notes.read"], "remedy": "ask for api://notes/notes.write", "trace": "0af7"
        });
        let why = why(&problem).unwrap();
        assert_eq!(why.needed.as_deref(), Some("all of: notes.write"));
        assert_eq!(why.present.as_deref(), Some("notes.read"));
        assert_eq!(why.link.as_deref(), Some("https://localhost:7443/docs/errors/DW3202"));
        assert!(super::why(&json!({"a": 1})).is_none());
        let odd = json!({"detail": "x", "type": "javascript:alert(1)", "present": []});
        assert_eq!(super::why(&odd).unwrap().link, None);
        assert_eq!(super::why(&odd).unwrap().present.as_deref(), Some("none"));
    }

    #[test]
    fn a_long_answer_is_cut() {
        assert!(shown(None, "ä".repeat(9999).as_bytes()).ends_with('…'));
        assert_eq!(shown(Some(&json!({"a": 1})), b""), "{\n  \"a\": 1\n}");
    }
}

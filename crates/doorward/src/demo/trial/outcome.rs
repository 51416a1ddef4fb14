//! What a refusal tells, wherever it stands: in a JSON body, in a problem, on an error page, in the answer to an app, or, for
//! a form that comes back, in the trace of the request.

use serde::Serialize;
use serde_json::Value;

use super::Stage;
use super::visitor::{Reply, text_of};
use crate::command::explain;

/// A refusal in its own words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::demo) struct Told {
    /// The status of the answer in which it stood.
    pub(in crate::demo) status: u16,
    /// `DW` and four digits; empty where nothing was refused.
    pub(in crate::demo) code: String,
    /// One sentence.
    pub(in crate::demo) diagnosis: String,
    /// What to do.
    pub(in crate::demo) remedy: String,
    /// The page about the code.
    pub(in crate::demo) page: String,
    /// The trace id.
    pub(in crate::demo) trace: String,
    /// Whether the server keeps the story of that id, for `doorward explain`.
    pub(in crate::demo) kept: bool,
}

impl Stage {
    /// Reads a refusal out of an answer.
    pub(super) fn told(&self, reply: &Reply) -> Told {
        let mut told = of_body(&reply.json());
        told.status = reply.status;
        if let Some(description) = reply.answered("error_description") {
            told.code = code_in(&description);
            told.diagnosis = description;
            told.page = reply.answered("error_uri").unwrap_or_default();
            told.trace = told
                .page
                .split_once("trace=")
                .map(|(_, id)| id.chars().take(32).collect())
                .unwrap_or_default();
        }
        if let Some(code) = text_of(&reply.body, "error-code") {
            told.code = code;
        }
        if told.trace.is_empty() {
            reply.header("doorward-trace").clone_into(&mut told.trace);
        }
        // The server's own story is the fullest. A guard's refusal has its trace there only once it was reported.
        if let Some(trace) = self.app.trace(&told.trace) {
            told.kept = true;
            told.code = trace.code.unwrap_or(told.code);
            told.diagnosis = trace.diagnosis.unwrap_or(told.diagnosis);
            told.remedy = trace.remedy.unwrap_or(told.remedy);
        }
        if told.remedy.is_empty() {
            explain::remedy_of(&told.code).clone_into(&mut told.remedy);
        }
        if told.page.is_empty() && !told.code.is_empty() {
            told.page = format!("{}/docs/errors/{}?trace={}", self.at.base, told.code, told.trace);
        }
        told
    }
}

fn of_body(body: &Value) -> Told {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let own = &body["doorward"];
    if own.is_object() {
        return Told {
            code: text(&own["code"]),
            diagnosis: text(&body["error_description"]),
            remedy: text(&own["remedy"]),
            page: text(&body["error_uri"]),
            trace: text(&own["trace"]),
            ..Told::default()
        };
    }
    Told {
        code: text(&body["code"]),
        diagnosis: text(&body["detail"]),
        remedy: text(&body["remedy"]),
        page: text(&body["type"]),
        trace: text(&body["trace"]),
        ..Told::default()
    }
}

/// The first code that a text names.
fn code_in(text: &str) -> String {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .find_map(doorward_token::Code::parse)
        .map(|code| code.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bodies_of_both_kinds_are_read() {
        let oauth = json!({
            "error": "invalid_grant", "error_description": "DW2004 code-already-used: x", "error_uri": "https://h/docs/errors/DW2004",
            "doorward": {"code": "DW2004", "remedy": "r", "trace": "t"}
        });
        let told = of_body(&oauth);
        assert_eq!((told.code.as_str(), told.remedy.as_str(), told.trace.as_str()), ("DW2004", "r", "t"));
        let problem =
            json!({"code": "DW3202", "detail": "d", "remedy": "r", "type": "https://h/p", "trace": "t"});
        assert_eq!(of_body(&problem).page, "https://h/p");
        assert_eq!(of_body(&Value::Null), Told::default());
    }

    #[test]
    fn a_code_is_found_behind_a_number_of_a_dialect() {
        assert_eq!(code_in("AADSTS50058: DW2101 x"), "DW2101");
        assert_eq!(code_in("nothing"), "");
    }
}

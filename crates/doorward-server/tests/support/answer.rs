//! An HTTP answer that was read to its end.

use axum::body::Body;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;

use super::witness;

/// Status, headers and the whole body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn read(response: http::Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("bodies of ours do not break off").to_bytes().to_vec();
        let answer = Self { status: parts.status, headers: parts.headers, body };
        answer.testify();
        answer
    }

    /// Keeps the codes of a refusal for the coverage of the catalogue, and looks at its text.
    fn testify(&self) {
        let told = [self.header("location"), self.header("www-authenticate")];
        witness::saw_answer(self.status.as_u16(), &told, &self.text());
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        if let Some(description) = body["error_description"].as_str() {
            witness::assert_fit(description);
        }
        if let Some((_, query)) = told[0].split_once(['?', '#']) {
            for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
                if name == "error_description" {
                    witness::assert_fit(&value);
                }
            }
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The JSON that a machine endpoint answers with, whatever the status.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{} {}", self.status, self.text());
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// The JSON of a success.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self.json()
    }

    /// `error` and the house's code of a refusal in JSON.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, String, String) {
        let body = self.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (self.status.as_u16(), text(&body["error"]), text(&body["doorward"]["code"]))
    }

    /// Asserts a refusal in JSON.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, error: &str, code: &str) {
        assert_eq!(self.error(), (status, error.to_owned(), code.to_owned()), "{}", self.text());
    }
}

/// Encodes a form or a query.
pub(crate) fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

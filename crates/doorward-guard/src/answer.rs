//! The answer to a refused call: status, challenge (RFC 6750 §3) and body (RFC 9457).

use doorward_token::Explain;
use http::header::{
    ACCESS_CONTROL_EXPOSE_HEADERS, ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use serde_json::{Map, Value};

use doorward_policy::Denial;

use crate::refusal::{Challenge, GuardRefusal};
use crate::trace::TraceId;

/// A refused call and all that its answer says.
#[derive(Clone, Debug)]
pub struct Refused {
    pub(crate) docs: Option<String>,
    pub(crate) realm: String,
    pub(crate) refusal: GuardRefusal,
    pub(crate) trace: TraceId,
}

impl Refused {
    /// Why.
    pub fn refusal(&self) -> &GuardRefusal {
        &self.refusal
    }

    /// The id that the answer and the report share.
    pub fn trace(&self) -> &TraceId {
        &self.trace
    }

    /// The answer, in any body that can be made of a text.
    pub fn into_response<B: From<String>>(self) -> Response<B> {
        let body = Value::Object(self.problem()).to_string();
        let mut response = Response::new(B::from(body));
        *response.status_mut() = self.refusal.status();
        self.fill(response.headers_mut());
        response
    }

    fn fill(&self, headers: &mut HeaderMap) {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("WWW-Authenticate, Doorward-Trace"),
        );
        headers.insert(TRACE, value(self.trace.as_str()));
        if let Some(challenge) = self.challenge() {
            headers.insert(WWW_AUTHENTICATE, value(&challenge));
        }
        if let GuardRefusal::Unreachable { retry_after_secs, .. }
        | GuardRefusal::FeedStale { retry_after_secs, .. } = &self.refusal
        {
            headers.insert(RETRY_AFTER, HeaderValue::from(retry_after_secs.unsigned_abs()));
        }
        if let GuardRefusal::Denied(Denial::MethodNotDeclared { declared, .. }) = &self.refusal {
            let declared: Vec<_> = declared.iter().map(doorward_policy::Method::as_str).collect();
            headers.insert(ALLOW, value(&declared.join(", ")));
        }
    }

    /// The challenge on one line, each attribute once. Without credentials: no error, no code (RFC 6750 §3.1).
    fn challenge(&self) -> Option<String> {
        let error = match self.refusal.challenge() {
            Challenge::None => return None,
            Challenge::WithoutError => None,
            Challenge::Error(error) => Some(error),
        };
        let mut attributes = vec![("realm", self.realm.clone())];
        attributes.extend(error.map(|error| ("error", error.to_owned())));
        let scopes: Vec<_> =
            self.refusal.scopes().iter().map(doorward_policy::PermissionName::as_str).collect();
        if !scopes.is_empty() {
            attributes.push(("scope", scopes.join(" ")));
        }
        attributes.extend(self.refusal.sign_in());
        if error.is_some() {
            let code = self.refusal.code();
            attributes.push(("error_description", format!("{code} {}", self.refusal.diagnosis())));
            attributes.extend(self.page().map(|page| ("error_uri", page)));
            attributes.push(("doorward_code", code.to_string()));
            attributes.push(("doorward_trace", self.trace.to_string()));
        }
        let attributes: Vec<_> =
            attributes.iter().map(|(name, text)| format!("{name}=\"{}\"", quotable(text))).collect();
        Some(format!("Bearer {}", attributes.join(", ")))
    }

    fn problem(&self) -> Map<String, Value> {
        let refusal = &self.refusal;
        let mut body = Map::new();
        let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
        let code = refusal.code();
        let page = self
            .docs
            .as_ref()
            .map_or_else(|| format!("urn:doorward:error:{code}"), |docs| format!("{docs}/{code}"));
        put("type", page.into());
        put("title", refusal.title().into());
        put("status", refusal.status().as_u16().into());
        put("code", code.as_str().into());
        put("detail", refusal.diagnosis().into());
        if let Some(reason) = refusal.reason() {
            put("reason", reason.into());
        }
        if let Some((needed, present)) = refusal.needed_and_present() {
            put("needed", needed);
            put("present", present);
        }
        put("remedy", refusal.remedy().into());
        put("trace", self.trace.as_str().into());
        body
    }

    fn page(&self) -> Option<String> {
        self.docs.as_ref().map(|docs| format!("{docs}/{}?trace={}", self.refusal.code(), self.trace))
    }
}

/// The characters that RFC 6750 §3 allows in a description, at most 300 of them; others are replaced, so that a text
/// from a token cannot end the quotation.
fn quotable(text: &str) -> String {
    let replace = |c: char| match c {
        '"' | '`' => '\'',
        '\\' => '/',
        ' '..='~' => c,
        _ => '?',
    };
    text.chars().take(300).map(replace).collect()
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("only visible ASCII is put into headers")
}

const TRACE: HeaderName = HeaderName::from_static("doorward-trace");

#[cfg(test)]
mod tests {
    use super::*;
    use doorward_token::verify::TokenRefusal;
    use proptest::prelude::*;

    fn refused(refusal: GuardRefusal) -> Refused {
        let docs = Some("https://id.test/docs/errors".to_owned());
        Refused { docs, realm: "notes".into(), refusal, trace: TraceId::random() }
    }

    #[test]
    fn a_text_from_a_token_cannot_end_the_quotation() {
        let presented = "x\", error=\"none\r\nSet-Cookie: a=b\\é".to_owned();
        let refusal = GuardRefusal::Token(TokenRefusal::Issuer { presented, expected: "y".into() });
        let challenge = refused(refusal).challenge().unwrap();
        assert_eq!(challenge.matches("error=").count(), 2);
        assert!(challenge.contains("x', error='none??Set-Cookie: a=b/?"), "{challenge}");
    }

    proptest! {
        #[test]
        fn any_text_makes_a_header(presented in "\\PC{0,400}", expected in any::<String>()) {
            let refusal = GuardRefusal::Token(TokenRefusal::Issuer { presented, expected });
            let response: Response<String> = refused(refusal).into_response();
            let header = response.headers()[WWW_AUTHENTICATE].to_str().unwrap();
            prop_assert_eq!(header.matches('"').count(), 12);
            prop_assert!(header.len() < 2_000);
        }
    }
}

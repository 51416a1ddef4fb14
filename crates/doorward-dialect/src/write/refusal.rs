//! Errors as JSON (RFC 6749 §5.2, and the explanation beside it).

use doorward_core::refusal::{Disclosure, Reason, Refusal, RequestRefusal};
use doorward_token::{Evidence, Explain};
use http::header::{ALLOW, WWW_AUTHENTICATE};
use http::{HeaderValue, Response};
use serde_json::{Map, Value, json};

use super::context::ErrorContext;
use super::headers::{REQUEST_ID, TRACE, allow_origin, forbid_storing, json as json_response, set};
use crate::catalogue::slug;
use crate::description::describe;
use crate::dialect::Dialect;
use crate::fault::Fault;
use crate::timestamp;
use crate::wire_error::{Number, WireError};

/// An error with its explanation, cut down to what this caller may read.
pub(super) struct Answer {
    pub(super) wire: WireError,
    pub(super) code: String,
    pub(super) diagnosis: String,
    pub(super) evidence: Option<Evidence>,
    pub(super) remedy: Option<String>,
}

impl Answer {
    pub(super) fn refusal(dialect: Dialect, refusal: &Refusal, ctx: &ErrorContext<'_>) -> Self {
        let row = refusal.reason.row();
        let told = match row.disclosure {
            Disclosure::Public => true,
            Disclosure::Client => ctx.client_authenticated || ctx.development,
            Disclosure::Trace => ctx.development,
        };
        Self {
            wire: dialect.wire_error(&refusal.reason),
            code: row.code.to_string(),
            diagnosis: refusal.reason.diagnosis(),
            evidence: row.evidence.filter(|_| told),
            remedy: told.then_some(row.remedy),
        }
    }

    /// Something that explains itself and that anybody may read.
    pub(super) fn public(wire: WireError, why: &dyn Explain) -> Self {
        Self {
            wire,
            code: why.code().to_string(),
            diagnosis: why.diagnosis(),
            evidence: why.evidence(),
            remedy: Some(why.remedy()),
        }
    }

    pub(super) fn description(&self, dialect: Dialect, ctx: &ErrorContext<'_>) -> String {
        describe(dialect, self.wire.number, &self.code, &self.diagnosis, ctx)
    }

    /// The page that explains. MSAL takes what stands behind the last `code=` for the error's number.
    pub(super) fn uri(&self, ctx: &ErrorContext<'_>) -> String {
        let page = format!("{}/docs/errors/{}?trace={}", ctx.base, self.code, ctx.trace);
        match self.wire.number {
            Some(number) => format!("{page}&code={}", number.value()),
            None => page,
        }
    }

    pub(super) fn response(&self, dialect: Dialect, ctx: &ErrorContext<'_>) -> Response<Vec<u8>> {
        let mut body = Map::new();
        body.insert("error".to_owned(), self.wire.error.into());
        body.insert("error_description".to_owned(), self.description(dialect, ctx).into());
        body.insert("error_uri".to_owned(), self.uri(ctx).into());
        if dialect.is_directory() {
            if let Some(Number::Sts(number)) = self.wire.number {
                body.insert("error_codes".to_owned(), json!([number]));
            }
            if let Some(suberror) = self.wire.suberror {
                body.insert("suberror".to_owned(), suberror.into());
            }
            body.insert("timestamp".to_owned(), timestamp::print(ctx.now).into());
            body.insert("trace_id".to_owned(), ctx.trace.into());
            body.insert("correlation_id".to_owned(), ctx.correlation().into());
        }
        body.insert("doorward".to_owned(), self.explanation(ctx));
        let mut response = json_response(self.wire.status, &Value::Object(body));
        let headers = response.headers_mut();
        forbid_storing(headers);
        set(headers, TRACE, ctx.trace);
        if dialect.is_directory() {
            set(headers, REQUEST_ID, ctx.trace);
        }
        allow_origin(headers, ctx.allow_origin);
        if self.wire.status == 401 && self.wire.error == "invalid_client" && ctx.basic_tried {
            headers.insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static("Basic realm=\"doorward\", charset=\"UTF-8\""),
            );
        }
        response
    }

    fn explanation(&self, ctx: &ErrorContext<'_>) -> Value {
        let mut explanation = Map::new();
        explanation.insert("code".to_owned(), self.code.as_str().into());
        explanation.insert("slug".to_owned(), slug(&self.code).into());
        if let Some(evidence) = &self.evidence {
            let cause = [("sent", &evidence.sent), ("expected", &evidence.expected)];
            let told =
                cause.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?.into())));
            explanation.insert("cause".to_owned(), Value::Object(told.collect()));
        }
        if let Some(remedy) = &self.remedy {
            explanation.insert("remedy".to_owned(), remedy.as_str().into());
        }
        explanation.insert("trace".to_owned(), ctx.trace.into());
        // Only for whom the page is open: a link to a page that asks for a sign-in helps no program.
        if ctx.development {
            explanation.insert("trace_url".to_owned(), format!("{}/_live/{}", ctx.base, ctx.trace).into());
        }
        Value::Object(explanation)
    }
}

/// Writes a refusal of an endpoint that answers JSON.
pub fn write_refusal(dialect: Dialect, refusal: &Refusal, ctx: &ErrorContext<'_>) -> Response<Vec<u8>> {
    let mut response = Answer::refusal(dialect, refusal, ctx).response(dialect, ctx);
    if let Reason::Request(RequestRefusal::MethodNotAllowed { allowed, .. }) = &refusal.reason {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    }
    response
}

/// Writes a fault of the server itself.
pub fn write_fault(dialect: Dialect, fault: Fault, ctx: &ErrorContext<'_>) -> Response<Vec<u8>> {
    Answer::public(fault.wire_error(dialect), &fault).response(dialect, ctx)
}

/// Instance discovery's own error: it was asked about another host.
pub(crate) fn write_instance_unknown(ctx: &ErrorContext<'_>) -> Response<Vec<u8>> {
    let wire = WireError {
        error: "invalid_instance",
        status: 400,
        number: Some(Number::Sts(50_049)),
        suberror: None,
    };
    let answer = Answer {
        wire,
        code: "DW1055".to_owned(),
        diagnosis: "the authorization_endpoint that was asked about is not one of this host".to_owned(),
        evidence: None,
        remedy: Some("Ask about an authority of this host, https://HOST/TENANT".to_owned()),
    };
    answer.response(Dialect::Entra, ctx)
}

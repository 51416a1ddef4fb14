//! Challenges of endpoints that take an access token (RFC 6750 §3).

use doorward_token::{Code, Explain};
use http::Response;
use http::header::WWW_AUTHENTICATE;

use super::context::ErrorContext;
use super::headers::{allow_everybody, set};
use super::refusal::Answer;
use crate::dialect::Dialect;
use crate::wire_error::WireError;

/// Why an access token did not do.
#[derive(Clone, Copy)]
pub enum Challenge<'a> {
    /// There was none. By RFC 6750 §3.1 the challenge then names no error.
    NoToken,
    /// It is good, but not for this.
    Scope {
        /// Why.
        why: &'a dyn Explain,
        /// The scopes that would do, separated by spaces.
        needed: &'a str,
    },
    /// It is not good.
    Token(&'a dyn Explain),
}

/// The words for a request without a token.
struct NoToken;

impl Explain for NoToken {
    fn code(&self) -> Code {
        Code::new("DW3112")
    }

    fn diagnosis(&self) -> String {
        "the request carries no access token".to_owned()
    }

    fn remedy(&self) -> String {
        "Send the header Authorization: Bearer with an access token".to_owned()
    }
}

/// Writes the refusal of a token, as JSON and as a challenge.
pub fn write_challenge(
    dialect: Dialect,
    challenge: Challenge<'_>,
    ctx: &ErrorContext<'_>,
) -> Response<Vec<u8>> {
    let wire = |error, status| WireError { error, status, number: None, suberror: None };
    let (answer, needed) = match challenge {
        Challenge::NoToken => (Answer::public(wire("invalid_token", 401), &NoToken), None),
        Challenge::Scope { why, needed } => {
            (Answer::public(wire("insufficient_scope", 403), why), Some(needed))
        }
        Challenge::Token(why) => (Answer::public(wire("invalid_token", 401), why), None),
    };
    let mut attributes = vec!["realm=\"doorward\"".to_owned()];
    if !matches!(challenge, Challenge::NoToken) {
        attributes.push(format!("error=\"{}\"", answer.wire.error));
        attributes.push(format!("error_description=\"{}\"", answer.description(dialect, ctx)));
        attributes.push(format!("error_uri=\"{}\"", answer.uri(ctx)));
    }
    attributes.extend(needed.map(|needed| format!("scope=\"{needed}\"")));
    let header = format!("Bearer {}", attributes.join(", "));
    let mut response = answer.response(dialect, ctx);
    set(response.headers_mut(), WWW_AUTHENTICATE, &header);
    allow_everybody(response.headers_mut());
    response
}

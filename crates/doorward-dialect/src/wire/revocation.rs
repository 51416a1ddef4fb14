//! Introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1): a client and a token.

use doorward_core::introspect::{AnswerForm, IntrospectRequest};
use doorward_core::model::Secret;
use doorward_core::refusal::RequestRefusal;
use doorward_core::revoke::RevokeRequest;
use http::HeaderMap;
use http::header::ACCEPT;

use super::credentials::client;
use super::form::{origin, read_form};

/// Reads a question about a token.
pub fn read_introspect(headers: &HeaderMap, body: &[u8]) -> Result<IntrospectRequest, RequestRefusal> {
    let params = read_form(headers, body)?;
    Ok(IntrospectRequest {
        client: client(headers, &params)?,
        token: params.value("token").map(Secret::new),
        token_type_hint: params.text("token_type_hint"),
        form: form_accepted(headers),
    })
}

/// RFC 9701 §5: a caller that wants a signed answer says so in `Accept`. Anything else gets JSON.
fn form_accepted(headers: &HeaderMap) -> AnswerForm {
    const SIGNED: &str = "application/token-introspection+jwt";
    let wants = |range: &str| {
        let mut parts = range.split(';').map(str::trim);
        let names_it = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(SIGNED));
        // A weight of zero means "not this one" (RFC 9110 §12.4.2).
        let is_refused = parts.any(|part| {
            part.split_once('=').is_some_and(|(name, weight)| {
                name.trim().eq_ignore_ascii_case("q") && weight.trim().parse::<f32>().is_ok_and(|w| w <= 0.0)
            })
        });
        names_it && !is_refused
    };
    let named = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(wants));
    if named { AnswerForm::Jwt } else { AnswerForm::Json }
}

/// Reads the wish that a token end.
pub fn read_revoke(headers: &HeaderMap, body: &[u8]) -> Result<RevokeRequest, RequestRefusal> {
    let params = read_form(headers, body)?;
    Ok(RevokeRequest {
        client: client(headers, &params)?,
        token: params.value("token").map(Secret::new),
        token_type_hint: params.text("token_type_hint"),
        origin: origin(headers),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form_of(accept: &str) -> AnswerForm {
        form_accepted(&HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]))
    }

    #[test]
    fn a_signed_answer_is_given_to_whoever_names_it() {
        for accept in [
            "application/token-introspection+jwt",
            "application/json;q=0.5, Application/Token-Introspection+JWT ; q=1",
        ] {
            assert_eq!(form_of(accept), AnswerForm::Jwt, "{accept}");
        }
        for accept in
            ["*/*", "application/json", "application/jwt", "application/token-introspection+jwt;q=0", ""]
        {
            assert_eq!(form_of(accept), AnswerForm::Json, "{accept}");
        }
        assert_eq!(form_accepted(&HeaderMap::new()), AnswerForm::Json);
    }

    proptest! {
        #[test]
        fn reading_accept_never_panics(accept in "[ -~]{0,80}") {
            let _ = form_of(&accept);
        }
    }
}

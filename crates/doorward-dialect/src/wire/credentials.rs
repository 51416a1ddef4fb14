//! How a client says who it is (RFC 6749 §2.3.1) and how a token is carried (RFC 6750 §2.1).

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use doorward_core::client_auth::{BasicCredentials, PresentedAssertion, PresentedClient};
use doorward_core::model::Secret;
use doorward_core::refusal::RequestRefusal;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::params::{Params, decode};

/// Clients exist that leave the padding out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Everything the client presented. Two methods at once are both kept: the engine refuses that.
pub(super) fn client(headers: &HeaderMap, params: &Params) -> Result<PresentedClient, RequestRefusal> {
    let has_assertion = params.has("client_assertion") || params.has("client_assertion_type");
    let assertion = has_assertion.then(|| PresentedAssertion {
        kind: params.text("client_assertion_type").unwrap_or_default(),
        token: Secret::new(params.value("client_assertion").unwrap_or_default()),
    });
    Ok(PresentedClient {
        client_id: params.text("client_id"),
        form_secret: params.value("client_secret").map(Secret::new),
        basic: basic(headers)?,
        assertion,
        token_endpoint: None,
    })
}

fn basic(headers: &HeaderMap) -> Result<Option<BasicCredentials>, RequestRefusal> {
    let Some((scheme, credentials)) = authorization(headers)? else { return Ok(None) };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(RequestRefusal::value("Authorization", scheme, "Basic credentials, or no such header"));
    }
    let malformed = |what: &str| RequestRefusal::Malformed { what: format!("the Basic credentials {what}") };
    let bytes = BASE64.decode(credentials).map_err(|_| malformed("are not base64"))?;
    let text = String::from_utf8(bytes).map_err(|_| malformed("are not UTF-8"))?;
    let (raw_client_id, raw_secret) = text.split_once(':').ok_or_else(|| malformed("have no colon"))?;
    let decoded = |raw: &str| decode(raw.as_bytes()).unwrap_or_else(|_| raw.to_owned());
    Ok(Some(BasicCredentials {
        client_id: decoded(raw_client_id),
        raw_client_id: raw_client_id.to_owned(),
        secret: Secret::new(decoded(raw_secret)),
        raw_secret: Secret::new(raw_secret),
    }))
}

/// The token of an `Authorization: Bearer` header. Another scheme is somebody else's business.
pub(super) fn bearer(headers: &HeaderMap) -> Result<Option<&str>, RequestRefusal> {
    Ok(authorization(headers)?
        .filter(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
        .map(|(_, token)| token))
}

/// Scheme and the rest of the only `Authorization` header.
fn authorization(headers: &HeaderMap) -> Result<Option<(&str, &str)>, RequestRefusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(RequestRefusal::Repeated { name: "Authorization".to_owned() });
    }
    let text = value.to_str().map_err(|_| RequestRefusal::Malformed {
        what: "the Authorization header has characters outside ASCII".to_owned(),
    })?;
    let (scheme, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    Ok((!scheme.is_empty()).then(|| (scheme, rest.trim())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(AUTHORIZATION, value.parse().unwrap())])
    }

    fn encode(text: &str) -> String {
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
    }

    #[test]
    fn basic_credentials_are_kept_decoded_and_raw() {
        let found = basic(&headers(&encode("web%20shop:a%2Bb+c"))).unwrap().unwrap();
        assert_eq!((found.client_id.as_str(), found.raw_client_id.as_str()), ("web shop", "web%20shop"));
        assert_eq!((found.secret.expose(), found.raw_secret.expose()), ("a+b c", "a%2Bb+c"));
    }

    #[test]
    fn a_secret_that_is_not_encoded_is_tried_as_it_is() {
        let found = basic(&headers(&encode("shop:50%off:now"))).unwrap().unwrap();
        assert_eq!((found.secret.expose(), found.raw_secret.expose()), ("50%off:now", "50%off:now"));
    }

    #[test]
    fn broken_credentials_are_named() {
        for (value, code) in [("Basic !!", "DW1050"), ("Basic c2hvcA==", "DW1050"), ("Bearer abc", "DW1061")]
        {
            assert_eq!(basic(&headers(value)).unwrap_err().row().code.as_str(), code, "{value}");
        }
        let mut twice = headers(&encode("a:b"));
        twice.append(AUTHORIZATION, encode("a:b").parse().unwrap());
        assert_eq!(basic(&twice).unwrap_err(), RequestRefusal::Repeated { name: "Authorization".to_owned() });
        assert_eq!(basic(&headers("")).unwrap(), None);
    }

    proptest! {
        #[test]
        fn reading_never_panics(value in "[ -~]{0,60}", basic_text in ".{0,40}") {
            let _ = basic(&headers(&value));
            let _ = bearer(&headers(&value));
            let _ = basic(&headers(&encode(&basic_text)));
        }
    }
}

//! Bodies and the headers beside them.

use doorward_core::refusal::{RequestRefusal, quote};
use http::HeaderMap;
use http::header::{CONTENT_TYPE, ORIGIN};
use uuid::Uuid;

use super::params::Params;

const FORM: &str = "application/x-www-form-urlencoded";

/// Reads a body that must be a form. Parameters of the media type (`charset`) are tolerated.
pub fn read_form(headers: &HeaderMap, body: &[u8]) -> Result<Params, RequestRefusal> {
    if is_form(headers) {
        return Params::form(body);
    }
    let sent = headers
        .get(CONTENT_TYPE)
        .map_or_else(|| "nothing".to_owned(), |value| quote(&String::from_utf8_lossy(value.as_bytes()), 60));
    Err(RequestRefusal::ContentType { sent, expected: FORM })
}

pub(super) fn is_form(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let Some(Ok(value)) = values.next().map(http::HeaderValue::to_str) else { return false };
    let media_type = value.split(';').next().unwrap_or_default().trim();
    values.next().is_none() && media_type.eq_ignore_ascii_case(FORM)
}

/// What the browser says where the calling script comes from; `null` is an origin too.
pub(super) fn origin(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(ORIGIN)?;
    Some(quote(&String::from_utf8_lossy(value.as_bytes()), 300))
}

/// The client's own id of this request, where it is a GUID: from the query, the form, or the header.
pub fn correlation_id(headers: &HeaderMap, params: &Params) -> Option<Uuid> {
    const NAME: &str = "client-request-id";
    let header = || headers.get(NAME).and_then(|value| value.to_str().ok());
    params.value(NAME).or_else(header).and_then(|text| Uuid::try_parse(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(content_type: &str) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_TYPE, content_type.parse().unwrap())])
    }

    #[test]
    fn a_body_is_a_form_or_refused() {
        for fits in [FORM, "Application/X-WWW-Form-Urlencoded; charset=UTF-8"] {
            assert!(read_form(&headers(fits), b"a=1").is_ok(), "{fits}");
        }
        for other in ["application/json", "multipart/form-data; boundary=x", ""] {
            assert_eq!(
                read_form(&headers(other), b"a=1"),
                Err(RequestRefusal::ContentType { sent: other.to_owned(), expected: FORM })
            );
        }
        let nothing = read_form(&HeaderMap::new(), b"").unwrap_err();
        assert_eq!(nothing.to_string(), format!("the body is nothing, this endpoint reads {FORM}"));
    }

    #[test]
    fn a_correlation_id_is_a_guid() {
        let id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";
        let params = Params::query(&format!("client-request-id={id}")).unwrap();
        assert_eq!(correlation_id(&HeaderMap::new(), &params), Uuid::try_parse(id).ok());
        let odd = Params::query("client-request-id=hello").unwrap();
        assert_eq!(correlation_id(&HeaderMap::new(), &odd), None);
    }
}

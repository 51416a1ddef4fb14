//! The userinfo request (OpenID Connect Core §5.3.1, RFC 6750 §2): a token in exactly one place.

use doorward_core::model::Secret;
use doorward_core::refusal::RequestRefusal;
use http::HeaderMap;

use super::credentials::bearer;
use super::form::is_form;
use super::params::Params;

/// Reads the access token from the header or the form; `None` where there is none. In a query, where it would end up
/// in logs, a token is refused (RFC 9700 §4.3.2).
pub fn read_userinfo(
    headers: &HeaderMap,
    query: &str,
    body: &[u8],
) -> Result<Option<Secret>, RequestRefusal> {
    if Params::query(query)?.has("access_token") {
        return Err(RequestRefusal::Malformed {
            what: "an access token does not belong into a query, send it in the Authorization header"
                .to_owned(),
        });
    }
    let form = if is_form(headers) { Params::form(body)? } else { Params::default() };
    match (bearer(headers)?, form.value("access_token")) {
        (Some(_), Some(_)) => Err(RequestRefusal::Repeated { name: "access_token".to_owned() }),
        (token, None) | (None, token) => Ok(token.map(Secret::new)),
    }
}

#[cfg(test)]
mod tests {
    use http::header::{AUTHORIZATION, CONTENT_TYPE};

    use super::*;

    #[test]
    fn a_token_comes_in_one_place() {
        let mut headers = HeaderMap::new();
        assert_eq!(read_userinfo(&headers, "", b"access_token=a").unwrap(), None);
        assert!(read_userinfo(&headers, "access_token=a", b"").is_err());
        headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
        let token = read_userinfo(&headers, "", b"access_token=a").unwrap().unwrap();
        assert_eq!(token.expose(), "a");
        headers.insert(AUTHORIZATION, "bearer  b".parse().unwrap());
        assert_eq!(read_userinfo(&headers, "", b"").unwrap().unwrap().expose(), "b");
        assert!(read_userinfo(&headers, "", b"access_token=a").is_err());
    }
}

//! The one bearer token of a request (RFC 6750 §2).

use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::refusal::GuardRefusal;

/// The token of the header; `None` where nothing, or another scheme, is presented. A token in the address is refused
/// even when it is the only one: addresses end up in logs.
pub(crate) fn find<'r>(headers: &'r HeaderMap, query: Option<&str>) -> Result<Option<&'r str>, GuardRefusal> {
    let mut places = Vec::new();
    let count = headers.get_all(AUTHORIZATION).iter().count();
    if count > 1 {
        places.push("several Authorization headers");
    }
    let in_query = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .any(|(name, _)| name == "access_token");
    if in_query {
        places.push("the query parameter access_token");
    }
    if !places.is_empty() {
        if count == 1 {
            places.push("the Authorization header");
        }
        return Err(GuardRefusal::TokenMisplaced { places });
    }
    let Some(value) = headers.get(AUTHORIZATION) else { return Ok(None) };
    // What is not visible ASCII is no token; the verifier says so.
    let Ok(text) = value.to_str() else { return Ok(Some("?")) };
    let (scheme, token) = text.trim_start().split_once(' ').unwrap_or((text.trim(), ""));
    Ok(scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use proptest::prelude::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn the_scheme_is_read_in_any_case() {
        for text in ["Bearer t", "bearer t", "BEARER  t ", "Bearer\tt"] {
            let found = find(&headers(&[text]), None).unwrap().map(str::to_owned);
            assert_eq!(found.as_deref(), if text.contains('\t') { None } else { Some("t") }, "{text}");
        }
        assert_eq!(find(&headers(&["Bearer"]), None).unwrap(), Some(""));
        assert_eq!(find(&headers(&["Basic dTpw"]), None).unwrap(), None);
        assert_eq!(find(&headers(&[]), Some("a=b")).unwrap(), None);
    }

    #[test]
    fn a_second_place_is_refused() {
        assert!(find(&headers(&["Bearer a", "Bearer a"]), None).is_err());
        assert!(find(&headers(&["Bearer a"]), Some("access_token=a")).is_err());
        assert!(find(&headers(&[]), Some("x=1&access%5Ftoken=a")).is_err());
        assert!(find(&headers(&["Basic x", "Bearer a"]), None).is_err());
    }

    proptest! {
        #[test]
        fn finding_never_panics(value in proptest::collection::vec(any::<u8>(), 0..40), query in "\\PC{0,40}") {
            let value = HeaderValue::from_bytes(&value);
            let headers: HeaderMap = value.into_iter().map(|value| (AUTHORIZATION, value)).collect();
            let _ = find(&headers, Some(&query));
        }
    }
}

//! The authorization response (RFC 6749 §4.1.2, RFC 9207, OAuth 2.0 Multiple Response Types §2.1).

use doorward_core::authorize::{CodeReply, ResponseMode, ReturnAddress};
use doorward_core::refusal::Refusal;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::context::ErrorContext;
use super::refusal::Answer;
use super::token::client_info;
use crate::dialect::Dialect;
use crate::fault::Fault;

/// Everything but the unreserved characters of RFC 3986 §2.3: a space is `%20`, which queries, fragments and every
/// client decode alike.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The parameters that carry a code to the client.
pub fn authorize_success_params(dialect: Dialect, reply: &CodeReply) -> Vec<(&'static str, String)> {
    let mut params = vec![("code", reply.code.expose().to_owned())];
    if dialect.is_directory() {
        params.extend(reply.client_info.as_ref().map(|info| ("client_info", client_info(info))));
        if !reply.session_state.is_empty() {
            params.push(("session_state", reply.session_state.clone()));
        }
    }
    params.extend(return_params(&reply.to));
    params
}

/// The parameters that tell the client why there is no code.
pub fn authorize_error_params(
    dialect: Dialect,
    refusal: &Refusal,
    to: &ReturnAddress,
    ctx: &ErrorContext<'_>,
) -> Vec<(&'static str, String)> {
    error_params(&Answer::refusal(dialect, refusal, ctx), dialect, to, ctx)
}

/// The parameters that tell the client that the server failed: a silent frame must get an answer, and a page is none.
pub fn authorize_fault_params(
    dialect: Dialect,
    fault: Fault,
    to: &ReturnAddress,
    ctx: &ErrorContext<'_>,
) -> Vec<(&'static str, String)> {
    error_params(&Answer::public(fault.wire_error(dialect), &fault), dialect, to, ctx)
}

fn error_params(
    answer: &Answer,
    dialect: Dialect,
    to: &ReturnAddress,
    ctx: &ErrorContext<'_>,
) -> Vec<(&'static str, String)> {
    let mut params = vec![
        ("error", answer.wire.error.to_owned()),
        ("error_description", answer.description(dialect, ctx)),
        ("error_uri", answer.uri(ctx)),
    ];
    params.extend(return_params(to));
    params
}

fn return_params(to: &ReturnAddress) -> Vec<(&'static str, String)> {
    let state = to.state.iter().map(|state| ("state", state.clone()));
    state.chain([("iss", to.issuer.clone())]).collect()
}

/// The address to redirect to: the registered URI as it is, and behind it the parameters, added to its query or as its
/// fragment. `None` where they travel in a form.
pub fn redirect_location(to: &ReturnAddress, params: &[(&'static str, String)]) -> Option<String> {
    let uri = to.redirect_uri.as_str();
    let joint = match to.mode {
        ResponseMode::FormPost => return None,
        ResponseMode::Fragment => "#",
        ResponseMode::Query if uri.ends_with(['?', '&']) => "",
        ResponseMode::Query if uri.contains('?') => "&",
        ResponseMode::Query => "?",
    };
    let pairs: Vec<String> =
        params.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, VALUE))).collect();
    Some(format!("{uri}{joint}{}", pairs.join("&")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::Params;

    fn to(uri: &str, mode: ResponseMode) -> ReturnAddress {
        ReturnAddress {
            redirect_uri: uri.to_owned(),
            mode,
            state: None,
            issuer: "https://id.test".to_owned(),
        }
    }

    #[test]
    fn parameters_are_added_to_a_query() {
        let code = [("code", "a b|=".to_owned())];
        for (uri, mode, location) in [
            ("https://a.test/cb", ResponseMode::Query, Some("https://a.test/cb?code=a%20b%7C%3D")),
            ("https://a.test/cb?x=1", ResponseMode::Query, Some("https://a.test/cb?x=1&code=a%20b%7C%3D")),
            ("https://a.test/cb?", ResponseMode::Query, Some("https://a.test/cb?code=a%20b%7C%3D")),
            ("https://a.test/cb?x=1", ResponseMode::Fragment, Some("https://a.test/cb?x=1#code=a%20b%7C%3D")),
            ("https://a.test/cb", ResponseMode::FormPost, None),
        ] {
            assert_eq!(redirect_location(&to(uri, mode), &code).as_deref(), location);
        }
    }

    proptest! {
        #[test]
        fn the_registered_uri_stays_a_prefix_and_state_comes_back(
            uri in "https://[a-z]{1,10}\\.test(:[0-9]{2,4})?/[a-z/]{0,10}(\\?[a-z]=[a-z]{0,5})?",
            state in "\\PC{1,60}",
            fragment in any::<bool>(),
        ) {
            let mode = if fragment { ResponseMode::Fragment } else { ResponseMode::Query };
            let location = redirect_location(&to(&uri, mode), &[("state", state.clone())]).unwrap();
            let added = location.strip_prefix(uri.as_str()).unwrap();
            prop_assert!(location.is_ascii());
            let params = Params::query(&added[1..]).unwrap();
            prop_assert_eq!(params.value("state"), Some(state.as_str()));
        }
    }
}

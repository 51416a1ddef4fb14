//! Parameters of a query or a form: strictly decoded, none of them twice (RFC 6749 §3.1, appendix B).

use std::fmt;

use doorward_core::refusal::{RequestRefusal, quote};

/// Most bytes of a query.
pub const QUERY_LIMIT: usize = 16 * 1024;
/// Most bytes of a form.
pub const FORM_LIMIT: usize = 64 * 1024;
/// Most parameters of a request.
pub const PARAMETER_LIMIT: usize = 100;

/// The parameters that mean something to OAuth, OpenID Connect or a dialect, now or in an extension. One of them
/// twice makes the request ambiguous. `resource` (RFC 8707) and `audience` may be repeated, and of unknown parameters
/// nothing is known.
const SINGLE: &[&str] = &[
    "access_token",
    "acr_values",
    "assertion",
    "authorization_details",
    "claims",
    "claims_locales",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_info",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "device_code",
    "display",
    "domain_hint",
    "dpop_jkt",
    "ear_jwe_crypto",
    "ear_jwk",
    "grant_type",
    "id_token_hint",
    "login_hint",
    "logout_hint",
    "max_age",
    "nonce",
    "password",
    "post_logout_redirect_uri",
    "prompt",
    "redirect_uri",
    "refresh_token",
    "registration",
    "request",
    "request_uri",
    "requested_token_use",
    "response_mode",
    "response_type",
    "scope",
    "sid",
    "state",
    "token",
    "token_type_hint",
    "ui_locales",
    "username",
];

/// The parameters of one request. An empty value counts as absent (RFC 6749 §3.1), so none is kept.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads the query of a request line, without the `?`.
    pub fn query(text: &str) -> Result<Self, RequestRefusal> {
        Self::read(text.as_bytes(), QUERY_LIMIT, "the query")
    }

    /// Reads a body of type `application/x-www-form-urlencoded`.
    pub fn form(body: &[u8]) -> Result<Self, RequestRefusal> {
        Self::read(body, FORM_LIMIT, "the form")
    }

    /// The parameters of a request that has some in its query and some in its body.
    pub fn and(mut self, other: Self) -> Result<Self, RequestRefusal> {
        self.0.extend(other.0);
        self.each_once()
    }

    /// The parameters that occur once, of a request in which another occurs more often: only to find out where the
    /// refusal may go.
    pub fn that_occur_once(query: &str, form: &[u8]) -> Result<Self, RequestRefusal> {
        let mut all = Self::parse(query.as_bytes(), QUERY_LIMIT, "the query")?;
        all.0.extend(Self::parse(form, FORM_LIMIT, "the form")?.0);
        let times = |name: &str| all.0.iter().filter(|(known, _)| known == name).count();
        let once = all.0.iter().filter(|(name, _)| !SINGLE.contains(&name.as_str()) || times(name) == 1);
        Ok(Self(once.cloned().collect()))
    }

    /// The value of a parameter that may occur once.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The values of a parameter that may be repeated, in order.
    pub fn values(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether the parameter was sent, and not empty.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// An owned copy of a value.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.value(name).map(str::to_owned)
    }

    fn read(bytes: &[u8], limit: usize, what: &'static str) -> Result<Self, RequestRefusal> {
        Self::parse(bytes, limit, what)?.each_once()
    }

    fn parse(bytes: &[u8], limit: usize, what: &'static str) -> Result<Self, RequestRefusal> {
        if bytes.len() > limit {
            return Err(RequestRefusal::TooLarge { limit });
        }
        let mut params = Vec::new();
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (&pair[..at], &pair[at + 1..]),
                None => (pair, &pair[pair.len()..]),
            };
            let name = decode(name).map_err(|fault| malformed(what, None, fault))?;
            let value = decode(value).map_err(|fault| malformed(what, Some(&name), fault))?;
            if params.len() == PARAMETER_LIMIT {
                return Err(RequestRefusal::Malformed {
                    what: format!("{what} has more than {PARAMETER_LIMIT} parameters"),
                });
            }
            params.push((name, value));
        }
        params.retain(|(_, value)| !value.is_empty());
        Ok(Self(params))
    }

    fn each_once(self) -> Result<Self, RequestRefusal> {
        let repeated = self.0.iter().enumerate().find(|(at, (name, _))| {
            SINGLE.contains(&name.as_str()) && self.0[..*at].iter().any(|(earlier, _)| earlier == name)
        });
        match repeated {
            Some((_, (name, _))) => Err(RequestRefusal::Repeated { name: name.clone() }),
            None => Ok(self),
        }
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Params {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, _)| (name, "***"))).finish()
    }
}

/// What is wrong with an encoded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EncodingFault {
    /// `%` without two hexadecimal digits behind it.
    Percent,
    /// The decoded bytes are not UTF-8.
    Utf8,
}

fn malformed(what: &'static str, parameter: Option<&str>, fault: EncodingFault) -> RequestRefusal {
    let place = match parameter {
        Some(name) => format!("{what}, the value of {}", quote(name, 40)),
        None => format!("{what}, a parameter name"),
    };
    let fault = match fault {
        EncodingFault::Percent => "a percent sign without two hexadecimal digits",
        EncodingFault::Utf8 => "bytes that are not UTF-8",
    };
    RequestRefusal::Malformed { what: format!("{place}: {fault}") }
}

/// Decodes one name or value: `+` is a space, `%XX` a byte (RFC 6749 appendix B).
pub(super) fn decode(encoded: &[u8]) -> Result<String, EncodingFault> {
    let hex = |at: usize| encoded.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut at = 0;
    while at < encoded.len() {
        match encoded[at] {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (high, low) = hex(at + 1).zip(hex(at + 2)).ok_or(EncodingFault::Percent)?;
                bytes.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits make a byte"));
                at += 2;
            }
            byte => bytes.push(byte),
        }
        at += 1;
    }
    String::from_utf8(bytes).map_err(|_| EncodingFault::Utf8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> String {
        Params::query(text).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_value_counts_as_absent() {
        let params = Params::query("scope=&state=x&&=&nonce&scope=openid").unwrap();
        assert_eq!(params.value("scope"), Some("openid"));
        assert!(!params.has("nonce"));
    }

    #[test]
    fn a_parameter_of_the_protocol_occurs_once() {
        assert_eq!(refusal("state=a&x=1&state=a"), "the parameter state occurs more than once");
        let params = Params::query("resource=a&resource=b&audience=c&audience=d&x=1&x=2").unwrap();
        assert_eq!(params.values("resource").collect::<Vec<_>>(), ["a", "b"]);
        let query = Params::query("client_id=a&client-request-id=1").unwrap();
        assert!(query.and(Params::form(b"client_id=a").unwrap()).is_err());
    }

    #[test]
    fn broken_encodings_are_named() {
        assert_eq!(
            refusal("a=1&state=%4"),
            "the request cannot be read: the query, the value of state: a percent sign without two hexadecimal digits"
        );
        assert_eq!(
            refusal("%FF=1"),
            "the request cannot be read: the query, a parameter name: bytes that are not UTF-8"
        );
    }

    #[test]
    fn size_and_number_are_bounded() {
        let long = "x".repeat(QUERY_LIMIT + 1);
        assert_eq!(Params::query(&long), Err(RequestRefusal::TooLarge { limit: QUERY_LIMIT }));
        assert_eq!(
            Params::form(&vec![b'x'; FORM_LIMIT + 1]),
            Err(RequestRefusal::TooLarge { limit: FORM_LIMIT })
        );
        assert!(Params::query(&"a=1&".repeat(PARAMETER_LIMIT)).is_ok());
        assert!(Params::query(&"a=1&".repeat(PARAMETER_LIMIT + 1)).is_err());
    }

    #[test]
    fn debug_shows_no_value() {
        let params = Params::form(b"client_secret=dws_abc").unwrap();
        assert_eq!(format!("{params:?}"), r#"{"client_secret": "***"}"#);
    }

    proptest! {
        #[test]
        fn reading_never_panics(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Params::form(&body);
        }

        #[test]
        fn what_a_form_encoder_writes_is_read_back(
            pairs in proptest::collection::btree_map("[a-z_]{1,12}", ".{1,40}", 0..20)
        ) {
            let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let params = Params::form(text.as_bytes()).unwrap();
            for (name, value) in &pairs {
                prop_assert_eq!(params.value(name), Some(value.as_str()));
            }
        }
    }
}

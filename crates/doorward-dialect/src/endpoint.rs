//! The endpoints that have an address in a dialect, and the methods each of them answers.

use doorward_core::refusal::RequestRefusal;
use http::Method;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// RFC 6749 §3.1.
    Authorize,
    /// OpenID Connect RP-Initiated Logout 1.0.
    EndSession,
    /// Tells a client library that this host is an authority.
    InstanceDiscovery,
    /// RFC 7662.
    Introspect,
    /// RFC 7517 §5.
    Keys,
    /// OpenID Connect Discovery 1.0, RFC 8414.
    Metadata,
    /// RFC 7009.
    Revoke,
    /// RFC 6749 §3.2.
    Token,
    /// OpenID Connect Core §5.3.
    Userinfo,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Authorize,
        Self::EndSession,
        Self::InstanceDiscovery,
        Self::Introspect,
        Self::Keys,
        Self::Metadata,
        Self::Revoke,
        Self::Token,
        Self::Userinfo,
    ];

    /// Name for logs and the docs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::EndSession => "end_session",
            Self::InstanceDiscovery => "instance_discovery",
            Self::Introspect => "introspect",
            Self::Keys => "keys",
            Self::Metadata => "metadata",
            Self::Revoke => "revoke",
            Self::Token => "token",
            Self::Userinfo => "userinfo",
        }
    }

    /// The methods it answers, as an `Allow` header says it. `HEAD` goes with documents, `OPTIONS` with [`Self::cors`].
    pub fn methods(self) -> &'static str {
        match self {
            Self::Authorize | Self::EndSession | Self::Userinfo => "GET, POST",
            Self::InstanceDiscovery | Self::Keys | Self::Metadata => "GET",
            Self::Introspect | Self::Revoke | Self::Token => "POST",
        }
    }

    /// Whether scripts of other origins may call it. Pages are navigated to, and introspection is for servers.
    pub fn cors(self) -> bool {
        match self {
            Self::Authorize | Self::EndSession | Self::Introspect => false,
            Self::InstanceDiscovery
            | Self::Keys
            | Self::Metadata
            | Self::Revoke
            | Self::Token
            | Self::Userinfo => true,
        }
    }

    /// Whether it answers the method.
    pub fn allow(self, method: &Method) -> Result<(), RequestRefusal> {
        let named = |name: &str| self.methods().split(", ").any(|allowed| allowed == name);
        let fits = match *method {
            // A document may be asked for without its body; a page or a person's claims are not tried out.
            Method::HEAD => self.methods() == "GET",
            Method::OPTIONS => self.cors(),
            _ => named(method.as_str()),
        };
        if fits {
            return Ok(());
        }
        Err(RequestRefusal::MethodNotAllowed {
            method: doorward_core::refusal::quote(method.as_str(), 20),
            allowed: self.methods(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_posted_for_and_keys_are_fetched() {
        assert!(Endpoint::Token.allow(&Method::POST).is_ok());
        assert!(Endpoint::Token.allow(&Method::OPTIONS).is_ok());
        assert!(Endpoint::Keys.allow(&Method::HEAD).is_ok());
        assert!(Endpoint::Authorize.allow(&Method::HEAD).is_err(), "it would give out a code");
        assert!(Endpoint::Authorize.allow(&Method::OPTIONS).is_err());
        assert_eq!(
            Endpoint::Token.allow(&Method::GET),
            Err(RequestRefusal::MethodNotAllowed { method: "GET".to_owned(), allowed: "POST" })
        );
    }

    #[test]
    fn no_endpoint_answers_a_method_that_nobody_sends() {
        for endpoint in Endpoint::ALL {
            for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE, Method::CONNECT] {
                assert!(endpoint.allow(&method).is_err(), "{method} {}", endpoint.name());
            }
        }
    }
}

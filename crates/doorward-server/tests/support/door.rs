//! The doors of the tenant as addresses, and an authorization request as it is put together.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_crypto::digest::sha256;

use super::cast::{BASE, redirect_of, tenant};

/// The verifier of every request (RFC 7636 §4.1).
pub(crate) const VERIFIER: &str = "a-verifier-of-more-than-43-characters_0123456789.~";
/// Holds what must be encoded on the way.
pub(crate) const STATE: &str = "eyJpZCI6IjEifQ==|a b&c=d/\u{e4}";
/// Of every request.
pub(crate) const NONCE: &str = "nonce-7f3a";

/// A way into the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// `/meadow`.
    Plain,
    /// `/meadow/v2.0`.
    Directory,
    /// `/meadow/b2c_1_susi`.
    Flow,
}

impl Door {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Directory, Self::Flow];

    /// The address of an endpoint by its last segment.
    pub(crate) fn at(self, endpoint: &str) -> String {
        match self {
            Self::Plain => format!("/meadow/oauth2/{endpoint}"),
            Self::Directory => format!("/meadow/oauth2/v2.0/{endpoint}"),
            Self::Flow => format!("/meadow/b2c_1_susi/oauth2/v2.0/{endpoint}"),
        }
    }

    pub(crate) fn metadata(self) -> &'static str {
        match self {
            Self::Plain => "/meadow/.well-known/openid-configuration",
            Self::Directory => "/meadow/v2.0/.well-known/openid-configuration",
            Self::Flow => "/meadow/b2c_1_susi/v2.0/.well-known/openid-configuration",
        }
    }

    pub(crate) fn issuer(self) -> String {
        let id = tenant().id;
        match self {
            Self::Plain => format!("{BASE}/meadow"),
            Self::Directory => format!("{BASE}/{id}/v2.0"),
            Self::Flow => format!("{BASE}/tfp/{id}/b2c_1_susi/v2.0/"),
        }
    }

    /// The issuer that access tokens for the notes API carry.
    pub(crate) fn api_issuer(self) -> String {
        match self {
            Self::Plain | Self::Directory => Self::Directory.issuer(),
            Self::Flow => self.issuer(),
        }
    }
}

/// An authorization request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) path: String,
    params: Vec<(String, String)>,
}

impl Ask {
    /// A complete request of an application: code, PKCE, state, nonce, `openid`.
    pub(crate) fn of(door: Door, client: &str) -> Self {
        let ask = Self { path: door.at("authorize"), params: Vec::new() };
        ask.with("client_id", client)
            .with("redirect_uri", redirect_of(client))
            .with("response_type", "code")
            .with("scope", "openid")
            .with("state", STATE)
            .with("nonce", NONCE)
            .with("code_challenge", &challenge(VERIFIER))
            .with("code_challenge_method", "S256")
    }

    /// Sets a parameter.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a parameter, also one that is there.
    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.params.retain(|(known, _)| known != name);
        self
    }

    pub(crate) fn scope(self, scope: &str) -> Self {
        self.with("scope", scope)
    }

    pub(crate) fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    pub(crate) fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.params).finish()
    }

    /// Path and query.
    pub(crate) fn url(&self) -> String {
        let joint = if self.path.contains('?') { '&' } else { '?' };
        format!("{}{joint}{}", self.path, self.encoded())
    }
}

/// `S256` of a verifier.
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes()))
}

//! What a registration may say beside kind, URIs and secrets (RFC 7591 §2, OpenID Connect Registration §2).
//!
//! Owns the members under their registered names and the sector of pairwise subjects. Whether a combination may be
//! registered is decided in `directory`.

use std::collections::BTreeSet;

use doorward_token::jose::Algorithm;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{Client, SigningAlgorithm};

/// How a client proves itself at the token, introspection and revocation endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A secret in the `Authorization` header (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// A secret in the form (RFC 6749 §2.3.1).
    ClientSecretPost,
    /// Nothing: a public client.
    None,
    /// A signed assertion (RFC 7523 §2.2).
    PrivateKeyJwt,
}

impl AuthMethod {
    /// The registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::None => "none",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }
}

/// Whether the application's people have another `sub` than at other applications (OpenID Connect Core §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectType {
    /// Another one in every sector.
    Pairwise,
    /// The same everywhere.
    Public,
}

/// The members. Absent ones leave the choice to the door that is called.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientMetadata {
    /// The only method by which the client may prove itself; without it any that fits the registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_method: Option<AuthMethod>,
    /// The only algorithm of its assertions; without it any that fits the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<Algorithm>,
    /// Its public keys (RFC 7517 §5). Never beside `jwks_uri`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks: Option<Value>,
    /// Where it publishes its public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<String>,
    /// Whether its people are the same persons elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_type: Option<SubjectType>,
    /// A document that lists the redirect URIs of a sector with several hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<String>,
    /// The algorithm of its ID tokens; RS256 without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token_signed_response_alg: Option<SigningAlgorithm>,
    /// Userinfo is a signed token of this algorithm; plain JSON without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// The algorithm of signed introspection answers (RFC 9701 §6); RS256 without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspection_signed_response_alg: Option<SigningAlgorithm>,
}

impl ClientMetadata {
    /// The names of all members.
    pub const NAMES: [&'static str; 9] = [
        "token_endpoint_auth_method",
        "token_endpoint_auth_signing_alg",
        "jwks",
        "jwks_uri",
        "subject_type",
        "sector_identifier_uri",
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "introspection_signed_response_alg",
    ];

    /// Whether the client has a key to prove itself with.
    pub fn has_keys(&self) -> bool {
        self.jwks.is_some() || self.jwks_uri.is_some()
    }
}

impl Client {
    /// The hosts of its redirect URIs, each once. Loopback addresses and private schemes belong to nobody alone.
    pub fn redirect_hosts(&self) -> BTreeSet<String> {
        self.redirect_uris.iter().filter_map(|redirect| host_of(redirect.uri.as_str())).collect()
    }

    /// In which sector its people have one `sub`: the host of `sector_identifier_uri`, else the one of its redirect
    /// URIs, else the client itself (OpenID Connect Core §8.1).
    pub fn sector(&self) -> String {
        let document = self.metadata.sector_identifier_uri.as_deref().and_then(host_of);
        let own = || {
            let mut hosts = self.redirect_hosts();
            if hosts.len() == 1 { hosts.pop_first() } else { None }
        };
        match document.or_else(own) {
            Some(host) => format!("host/{host}"),
            None => self.client_id.to_string(),
        }
    }
}

/// The host that an address of the open network names.
fn host_of(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    let is_loopback = match url.host()? {
        url::Host::Domain(domain) => domain == "localhost" || domain.ends_with(".localhost"),
        url::Host::Ipv4(ip) => ip.is_loopback(),
        url::Host::Ipv6(ip) => ip.is_loopback(),
    };
    let is_web = matches!(url.scheme(), "http" | "https");
    (is_web && !is_loopback).then(|| url.host_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Platform, RedirectUri, RegisteredRedirect};
    use crate::test_world::{NATIVE, WEB, World};

    fn web(uris: &[&str]) -> Client {
        let mut client = World::new().client(WEB).clone();
        client.redirect_uris = uris
            .iter()
            .map(|uri| RegisteredRedirect {
                uri: RedirectUri::parse(uri, Platform::Web).unwrap(),
                platform: Platform::Web,
            })
            .collect();
        client
    }

    #[test]
    fn the_sector_is_the_one_host_of_the_redirect_uris() {
        let client = web(&["https://Shop.test/a", "https://shop.test:8443/b", "http://localhost/c"]);
        assert_eq!(client.sector(), "host/shop.test");
        assert_eq!(web(&["https://a.test/", "https://b.test/"]).sector(), WEB, "none is better than another");
    }

    #[test]
    fn a_sector_document_decides_over_the_redirect_uris() {
        let mut client = web(&["https://a.test/", "https://b.test/"]);
        client.metadata.sector_identifier_uri = Some("https://sector.test/uris.json".to_owned());
        assert_eq!(client.sector(), "host/sector.test");
    }

    #[test]
    fn applications_on_devices_share_no_sector() {
        let client = World::new().client(NATIVE).clone();
        assert!(client.redirect_hosts().is_empty());
        assert_eq!(client.sector(), NATIVE);
    }

    #[test]
    fn every_member_is_named_and_absent_ones_are_left_out() {
        assert_eq!(serde_json::to_value(ClientMetadata::default()).unwrap(), serde_json::json!({}));
        let all = serde_json::json!({
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "ES256",
            "jwks": { "keys": [] },
            "jwks_uri": "https://a.test/jwks",
            "subject_type": "pairwise",
            "sector_identifier_uri": "https://a.test/sector",
            "id_token_signed_response_alg": "ES256",
            "userinfo_signed_response_alg": "RS256",
            "introspection_signed_response_alg": "EdDSA",
        });
        let read: ClientMetadata = serde_json::from_value(all.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), all);
        let mut names: Vec<&str> = all.as_object().unwrap().keys().map(String::as_str).collect();
        let mut known = ClientMetadata::NAMES.to_vec();
        names.sort_unstable();
        known.sort_unstable();
        assert_eq!(names, known);
    }
}

//! The table of addresses: what follows the authority in a path. Adding an address is adding a row.

use crate::endpoint::Endpoint;

/// The path below an authority, and its endpoint. The first row of an endpoint is the one that metadata names.
pub(super) struct Tail {
    pub(super) segments: &'static [&'static str],
    pub(super) endpoint: Endpoint,
}

const fn tail(segments: &'static [&'static str], endpoint: Endpoint) -> Tail {
    Tail { segments, endpoint }
}

/// The two names of the metadata document (OpenID Connect Discovery 1.0 §4, RFC 8414 §3).
pub(super) const DOCUMENTS: [&str; 2] = ["openid-configuration", "oauth-authorization-server"];

/// Below `/{tenant}`: plain OpenID Connect.
pub(super) const PLAIN: &[Tail] = &[
    tail(&[".well-known", "openid-configuration"], Endpoint::Metadata),
    tail(&[".well-known", "oauth-authorization-server"], Endpoint::Metadata),
    tail(&["oauth2", "authorize"], Endpoint::Authorize),
    tail(&["oauth2", "token"], Endpoint::Token),
    tail(&["oauth2", "userinfo"], Endpoint::Userinfo),
    tail(&["oauth2", "jwks"], Endpoint::Keys),
    tail(&["oauth2", "introspect"], Endpoint::Introspect),
    tail(&["oauth2", "revoke"], Endpoint::Revoke),
    tail(&["oauth2", "logout"], Endpoint::EndSession),
];

/// Below `/{tenant}`, `/{tenant}/{policy}` and `/tfp/{tenant}/{policy}`: the directory's dialect. Old clients append
/// `/v2.0` to an authority that ends in it already, hence the doubled rows.
pub(super) const DIRECTORY: &[Tail] = &[
    tail(&["v2.0", ".well-known", "openid-configuration"], Endpoint::Metadata),
    tail(&["v2.0", "v2.0", ".well-known", "openid-configuration"], Endpoint::Metadata),
    tail(&["v2.0", ".well-known", "oauth-authorization-server"], Endpoint::Metadata),
    tail(&["oauth2", "v2.0", "authorize"], Endpoint::Authorize),
    tail(&["oauth2", "v2.0", "token"], Endpoint::Token),
    tail(&["oauth2", "v2.0", "logout"], Endpoint::EndSession),
    tail(&["oauth2", "v2.0", "userinfo"], Endpoint::Userinfo),
    tail(&["oauth2", "v2.0", "introspect"], Endpoint::Introspect),
    tail(&["oauth2", "v2.0", "revoke"], Endpoint::Revoke),
    tail(&["discovery", "v2.0", "keys"], Endpoint::Keys),
];

/// Below a user flow only: clients in plain OpenID Connect mode leave the version out.
pub(super) const FLOW: &[Tail] = &[
    tail(&[".well-known", "openid-configuration"], Endpoint::Metadata),
    tail(&[".well-known", "oauth-authorization-server"], Endpoint::Metadata),
];

/// Below `/common`.
pub(super) const COMMON: &[Tail] = &[tail(&["discovery", "instance"], Endpoint::InstanceDiscovery)];

/// Words that have a meaning of their own in an address, now or in a dialect to come.
pub(super) const RESERVED: &[&str] =
    &[".well-known", "adminconsent", "discovery", "oauth", "oauth2", "tfp", "v1.0", "v2.0"];

/// The endpoint of the row that equals `segments` without case.
pub(super) fn find(table: &[Tail], segments: &[&str]) -> Option<Endpoint> {
    let fits = |row: &&Tail| {
        row.segments.len() == segments.len()
            && row.segments.iter().zip(segments).all(|(word, segment)| word.eq_ignore_ascii_case(segment))
    };
    table.iter().find(fits).map(|row| row.endpoint)
}

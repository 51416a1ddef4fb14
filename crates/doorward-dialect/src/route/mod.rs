//! Which door an address is, and which endpoint of it.
//!
//! Owns the table of addresses (`table`) and how a path is taken apart (`segments`). Does not own the lookup of the
//! tenant or of the user flow that are named: a [`Route`] holds the words of the address, and the shell finds what
//! they mean. Matching ignores case throughout, because client libraries lower-case whole addresses.

mod segments;
mod table;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use doorward_core::model::TenantKey;
use doorward_core::refusal::{RequestRefusal, quote};

use self::segments::split;
use self::table::{DIRECTORY, DOCUMENTS, FLOW, PLAIN, RESERVED, Tail, find};
use crate::dialect::Dialect;
use crate::endpoint::Endpoint;

/// The longest word of an address that can name a tenant or a user flow.
const LONGEST_NAME: usize = 128;

/// Where an address names the user flow, so that the endpoints in its metadata can name it the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Behind the tenant: `/{tenant}/{policy}/…`.
    Path,
    /// As a parameter: `?p={policy}`.
    Query,
    /// Nowhere: there is no user flow.
    Tenant,
    /// In three segments: `/tfp/{tenant}/{policy}/…`.
    Tfp,
}

/// An address that the table knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The spelling that is spoken here.
    pub dialect: Dialect,
    /// What the request is for.
    pub endpoint: Endpoint,
    /// How the tenant was named. `common` for [`Endpoint::InstanceDiscovery`].
    pub tenant: TenantKey,
    /// How the user flow was named, lower case; present exactly where the dialect is [`Dialect::EntraFlow`].
    pub policy: Option<String>,
    /// Where it was named.
    pub place: Place,
}

/// Finds the route of a request. `path` and `query` are as they stand in the request line, still percent-encoded;
/// of the query only `p` is looked at. An encoded slash, a dot segment or an empty segment is never a route.
pub fn route(path: &str, query: &str) -> Result<Route, RequestRefusal> {
    let unknown = || RequestRefusal::UnknownPath { path: quote(path, 100) };
    let segments = split(path).ok_or_else(unknown)?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let found =
        match segments.as_slice() {
            [well_known, document, authority @ ..] if well_known.eq_ignore_ascii_case(".well-known") => {
                is_document(document).then(|| inserted(authority)).flatten()
            }
            [common, rest @ ..]
                if common.eq_ignore_ascii_case("common") && find(table::COMMON, rest).is_some() =>
            {
                find(table::COMMON, rest)
                    .map(|endpoint| Found { endpoint, ..Found::tenant(common, Dialect::Entra) })
            }
            [tfp, tenant, policy, tail @ ..] if tfp.eq_ignore_ascii_case("tfp") => {
                below_flow(tail).map(|endpoint| Found { endpoint, ..Found::flow(tenant, policy, Place::Tfp) })
            }
            [tenant, policy, tail @ ..] if !is_reserved(policy) => below_flow(tail)
                .map(|endpoint| Found { endpoint, ..Found::flow(tenant, policy, Place::Path) }),
            [tenant, tail @ ..] => below_tenant(tail)
                .map(|(dialect, endpoint)| Found { endpoint, ..Found::tenant(tenant, dialect) }),
            [] => None,
        };
    let found = found.filter(Found::names_fit).ok_or_else(unknown)?;
    found.with_parameter(policy_parameter(query)?)
}

impl Route {
    /// The path of the authority, as the address named it but in lower case: `/meadow`, `/meadow/b2c_1_susi`,
    /// `/tfp/meadow/b2c_1_susi`. Client libraries derive the addresses of other tenants and flows from this text.
    pub(crate) fn authority_path(&self) -> String {
        let tenant = segments::encode(self.tenant.as_str());
        let policy = self.policy.as_deref().map(segments::encode).unwrap_or_default();
        match self.place {
            Place::Path => format!("/{tenant}/{policy}"),
            Place::Query | Place::Tenant => format!("/{tenant}"),
            Place::Tfp => format!("/tfp/{tenant}/{policy}"),
        }
    }

    /// The path of an endpoint of the same authority, with `?p=` where this address has it.
    pub(crate) fn path_of(&self, endpoint: Endpoint) -> String {
        let tails = match self.dialect {
            Dialect::Entra | Dialect::EntraFlow => DIRECTORY,
            Dialect::Oidc => PLAIN,
        };
        let Some(tail) = tails.iter().find(|tail| tail.endpoint == endpoint) else {
            return "/common/discovery/instance".to_owned();
        };
        let mut path = self.authority_path();
        for segment in tail.segments {
            path.push('/');
            path.push_str(segment);
        }
        if self.place == Place::Query {
            path.push_str("?p=");
            path.push_str(&segments::encode(self.policy.as_deref().unwrap_or_default()));
        }
        path
    }
}

/// A row that fits, with the words of the address.
struct Found<'a> {
    dialect: Dialect,
    endpoint: Endpoint,
    tenant: &'a str,
    policy: Option<&'a str>,
    place: Place,
}

impl<'a> Found<'a> {
    fn tenant(tenant: &'a str, dialect: Dialect) -> Self {
        Self { dialect, endpoint: Endpoint::Metadata, tenant, policy: None, place: Place::Tenant }
    }

    fn flow(tenant: &'a str, policy: &'a str, place: Place) -> Self {
        Self {
            dialect: Dialect::EntraFlow,
            endpoint: Endpoint::Metadata,
            tenant,
            policy: Some(policy),
            place,
        }
    }

    fn names_fit(&self) -> bool {
        let fits = |name: &str| name.len() <= LONGEST_NAME && !is_reserved(name);
        fits(self.tenant) && self.policy.is_none_or(fits)
    }

    /// Settles the user flow: the path's, or that of `?p=` on the directory's paths. Some clients send both.
    fn with_parameter(self, parameter: Option<String>) -> Result<Route, RequestRefusal> {
        let tenant = TenantKey::new(self.tenant);
        let endpoint = self.endpoint;
        let route = |dialect, policy, place| Route { dialect, endpoint, tenant, policy, place };
        match (self.policy, parameter) {
            (Some(policy), Some(parameter)) if policy.to_lowercase() != parameter => {
                Err(RequestRefusal::value("p", &parameter, "the user flow that the path names, or nothing"))
            }
            (Some(policy), _) => Ok(route(self.dialect, Some(policy.to_lowercase()), self.place)),
            (None, Some(policy))
                if self.dialect == Dialect::Entra && endpoint != Endpoint::InstanceDiscovery =>
            {
                Ok(route(Dialect::EntraFlow, Some(policy), Place::Query))
            }
            (None, _) => Ok(route(self.dialect, None, Place::Tenant)),
        }
    }
}

/// `p` of the query, lower case; the name is matched without case. Everything else is left to the readers.
fn policy_parameter(query: &str) -> Result<Option<String>, RequestRefusal> {
    let mut values = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, value)| name.eq_ignore_ascii_case("p") && !value.is_empty())
        .map(|(_, value)| value.to_lowercase());
    let Some(policy) = values.next() else { return Ok(None) };
    if values.any(|other| other != policy) {
        return Err(RequestRefusal::Repeated { name: "p".to_owned() });
    }
    if policy.len() > LONGEST_NAME || policy.contains(char::is_control) {
        return Err(RequestRefusal::value("p", &policy, "the name of a user flow"));
    }
    Ok(Some(policy))
}

/// RFC 8414 §3.1: the document's name stands before the authority's path.
fn inserted<'a>(authority: &[&'a str]) -> Option<Found<'a>> {
    // The flow's issuer ends in a slash, which the specification says to cut off; not everybody does.
    let authority = match authority {
        [rest @ .., ""] => rest,
        all => all,
    };
    let (authority, versioned) = match authority {
        [rest @ .., version] if version.eq_ignore_ascii_case("v2.0") => (rest, true),
        all => (all, false),
    };
    match *authority {
        [tfp, tenant, policy] if tfp.eq_ignore_ascii_case("tfp") => {
            Some(Found::flow(tenant, policy, Place::Tfp))
        }
        [tenant, policy] => Some(Found::flow(tenant, policy, Place::Path)),
        [tenant] => Some(Found::tenant(tenant, if versioned { Dialect::Entra } else { Dialect::Oidc })),
        _ => None,
    }
}

fn below_flow(tail: &[&str]) -> Option<Endpoint> {
    find(DIRECTORY, tail).or_else(|| find(FLOW, tail))
}

fn below_tenant(tail: &[&str]) -> Option<(Dialect, Endpoint)> {
    let plain = find(PLAIN, tail).map(|endpoint| (Dialect::Oidc, endpoint));
    plain.or_else(|| find(DIRECTORY, tail).map(|endpoint| (Dialect::Entra, endpoint)))
}

fn is_document(segment: &str) -> bool {
    DOCUMENTS.iter().any(|document| segment.eq_ignore_ascii_case(document))
}

/// Whether a word of an address has a meaning of its own and so can name neither a tenant nor a user flow.
fn is_reserved(segment: &str) -> bool {
    segment.is_empty() || RESERVED.iter().any(|word| segment.eq_ignore_ascii_case(word))
}

/// The table of addresses as Markdown, for the docs.
pub fn routes_markdown() -> String {
    let mut text = String::from("| path | methods | endpoint | dialect |\n|---|---|---|---|\n");
    let mut row = |path: &str, endpoint: Endpoint, dialect: Dialect| {
        let methods = endpoint.methods();
        writeln!(text, "| `{path}` | {methods} | {} | {} |", endpoint.name(), dialect.name())
            .expect("writing to a String does not fail");
    };
    let below = |prefix: &str, tail: &Tail| format!("{prefix}/{}", tail.segments.join("/"));
    for tail in PLAIN {
        row(&below("/{tenant}", tail), tail.endpoint, Dialect::Oidc);
    }
    for document in DOCUMENTS {
        row(&format!("/.well-known/{document}/{{tenant}}"), Endpoint::Metadata, Dialect::Oidc);
    }
    for tail in DIRECTORY {
        row(&below("/{tenant}", tail), tail.endpoint, Dialect::Entra);
    }
    for document in DOCUMENTS {
        row(&format!("/.well-known/{document}/{{tenant}}/v2.0"), Endpoint::Metadata, Dialect::Entra);
    }
    for tail in table::COMMON {
        row(&below("/common", tail), tail.endpoint, Dialect::Entra);
    }
    for prefix in ["/{tenant}/{policy}", "/tfp/{tenant}/{policy}"] {
        for tail in DIRECTORY.iter().chain(FLOW) {
            row(&below(prefix, tail), tail.endpoint, Dialect::EntraFlow);
        }
        for document in DOCUMENTS {
            for version in ["", "/v2.0"] {
                row(
                    &format!("/.well-known/{document}{prefix}{version}"),
                    Endpoint::Metadata,
                    Dialect::EntraFlow,
                );
            }
        }
    }
    for tail in DIRECTORY {
        row(&format!("{}?p={{policy}}", below("/{tenant}", tail)), tail.endpoint, Dialect::EntraFlow);
    }
    for document in DOCUMENTS {
        let path = format!("/.well-known/{document}/{{tenant}}/v2.0?p={{policy}}");
        row(&path, Endpoint::Metadata, Dialect::EntraFlow);
    }
    text
}

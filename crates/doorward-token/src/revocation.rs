//! The revocation feed as data: what was taken back, in words that the server and an enforcer spell alike.
//!
//! Owns the claims of the feed ([`FeedClaims`]) and the names of what it can say ([`Ended`], [`Absent`]). Does not own the
//! digest by which a name stands in the feed (no cryptography here: an argument), the signature, nor how the feed travels.
//! Neighbours: `doorward-server` writes it, `doorward-guard` reads it.
//!
//! A name never stands in the feed itself, only [`NAME_BYTES`] bytes of its digest: whoever holds a token can look it up,
//! whoever does not learns nothing but numbers and moments. `before` lines concern tokens issued at or before the moment,
//! `ended` lines every token until the moment at which the line is over. Both only ever grow: who keeps what it has read
//! until its time is over cannot be led back by an older feed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ClaimSet;
use crate::jose::base64url;

/// The `typ` of the feed: no token of any other class has it (RFC 8725 §3.11).
pub const FEED_TYP: &str = "doorward-revocations+jwt";

/// How much of a name's digest stands in the feed.
pub const NAME_BYTES: usize = 16;

/// Seconds for which a `before` line counts: no access token lives longer.
pub const LINE_SECS: i64 = 24 * 3600;

/// The claims of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedClaims {
    /// The tenant's own authority.
    pub iss: String,
    /// When it was written, seconds of the Unix epoch.
    pub iat: i64,
    /// From when on it says nothing about the present.
    pub exp: i64,
    /// Name to the moment at or before which a token was issued.
    #[serde(default)]
    pub before: BTreeMap<String, i64>,
    /// Name to the moment when the line is over.
    #[serde(default)]
    pub ended: BTreeMap<String, i64>,
}

/// Something whose tokens are refused as revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended<'a> {
    /// Everything for an API, by one of its audiences.
    Api(&'a str),
    /// Everything for an application, by its `client_id`.
    Client(&'a str),
    /// Everything of a grant: the part of `jti` before the dot.
    Grant(&'a str),
    /// Everything that a key signed.
    Key(&'a str),
    /// Everything of the tenant.
    Tenant,
    /// One token, by its `jti`.
    Token(&'a str),
    /// Everything for a person, by the id in `oid` or `sub`.
    User(&'a str),
}

impl Ended<'_> {
    /// The name, unlike every other name.
    pub fn name(&self) -> String {
        match self {
            Self::Api(audience) => join(&["api", audience]),
            Self::Client(client) => join(&["client", client]),
            Self::Grant(grant) => join(&["grant", grant]),
            Self::Key(kid) => join(&["key", kid]),
            Self::Tenant => join(&["tenant"]),
            Self::Token(jti) => join(&["token", jti]),
            Self::User(user) => join(&["user", user]),
        }
    }
}

/// A permission that counts as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent<'a> {
    /// A role that the API no longer has.
    ApiRole {
        /// One of its audiences.
        api: &'a str,
        /// The role's value.
        role: &'a str,
    },
    /// A scope that the API no longer has.
    ApiScope {
        /// One of its audiences.
        api: &'a str,
        /// The scope, by its short name.
        scope: &'a str,
    },
    /// A role that an application, by its `client_id`, or a person, by its id, no longer holds.
    Role {
        /// Who held it.
        holder: &'a str,
        /// One of the API's audiences.
        api: &'a str,
        /// The role's value.
        role: &'a str,
    },
    /// A scope that an application may no longer use for a person.
    Scope {
        /// Its `client_id`.
        client: &'a str,
        /// One of the API's audiences.
        api: &'a str,
        /// Whose consent; `None` for that of all.
        user: Option<&'a str>,
        /// The scope, by its short name; `None` for all of them.
        scope: Option<&'a str>,
    },
}

impl Absent<'_> {
    /// The name, unlike every other name.
    pub fn name(&self) -> String {
        match self {
            Self::ApiRole { api, role } => join(&["api-role", api, role]),
            Self::ApiScope { api, scope } => join(&["api-scope", api, scope]),
            Self::Role { holder, api, role } => join(&["role", holder, api, role]),
            Self::Scope { client, api, user, scope } => {
                join(&["scope", client, api, user.unwrap_or_default(), scope.unwrap_or_default()])
            }
        }
    }
}

/// Length before text: no text can be taken for two.
fn join(parts: &[&str]) -> String {
    parts.iter().fold(String::from("doorward"), |text, part| format!("{text} {}:{part}", part.len()))
}

/// A name as it stands in the feed, from its SHA-256.
pub fn written(sha256: &[u8; 32]) -> String {
    base64url::encode(&sha256[..NAME_BYTES])
}

/// What a token says of itself, as far as the feed can concern it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concerned<'a> {
    /// `jti`.
    pub token: Option<&'a str>,
    /// The grant in `jti`.
    pub grant: Option<&'a str>,
    /// `azp`, `appid` or `client_id`.
    pub client: Option<&'a str>,
    /// The person, where the token stands for one.
    pub user: Option<&'a str>,
    /// `iat`; a token without one was issued before everything.
    pub issued_at: i64,
}

impl<'a> Concerned<'a> {
    /// Reads verified claims.
    pub fn of(claims: &'a ClaimSet) -> Self {
        let token = claims.text("jti");
        let is_person = claims.text("idtyp") != Some("app");
        Self {
            token,
            grant: token.and_then(|jti| jti.split_once('.')).map(|(grant, _)| grant),
            client: ["azp", "appid", "client_id"].into_iter().find_map(|name| claims.text(name)),
            user: is_person.then(|| claims.text("oid").or_else(|| claims.text("sub"))).flatten(),
            issued_at: claims.seconds("iat").unwrap_or(i64::MIN),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_name_can_be_read_as_another() {
        let scope = |client, api, user, scope| Absent::Scope { client, api, user, scope }.name();
        let all = [
            Ended::Api("a").name(),
            Ended::Client("a").name(),
            Ended::Grant("a").name(),
            Ended::Key("a").name(),
            Ended::Tenant.name(),
            Ended::Token("a").name(),
            Ended::User("a").name(),
            Ended::User("a 1:b").name(),
            Absent::ApiRole { api: "a", role: "b" }.name(),
            Absent::ApiScope { api: "a", scope: "b" }.name(),
            Absent::Role { holder: "a", api: "b", role: "c" }.name(),
            scope("a", "b", Some("c"), Some("d")),
            scope("a", "b", None, Some("d")),
            scope("a", "b", Some("c"), None),
            scope("a", "b", None, None),
            scope("a 1:b", "b", None, None),
        ];
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "{all:#?}");
    }

    #[test]
    fn a_token_says_whom_it_concerns() {
        let mut claims = ClaimSet::new();
        claims.insert("jti", "g.n").insert("azp", "web").insert("oid", "u").insert("sub", "pairwise");
        claims.insert("idtyp", "user").insert("iat", 7);
        let of = Concerned::of(&claims);
        assert_eq!(
            (of.token, of.grant, of.client, of.user),
            (Some("g.n"), Some("g"), Some("web"), Some("u"))
        );
        claims.insert("idtyp", "app");
        assert_eq!(Concerned::of(&claims).user, None, "an application's oid names no person");
        assert_eq!(Concerned::of(&ClaimSet::new()).issued_at, i64::MIN);
    }

    #[test]
    fn a_name_in_the_feed_has_22_characters() {
        assert_eq!(written(&[0xff; 32]).len(), 22);
    }
}

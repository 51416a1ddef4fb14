//! Which kind of token this is, by its own marks.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ClaimSet;
use crate::jose::Header;

/// The classes of token that are never interchangeable (RFC 8725 §3.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// For an API.
    Access,
    /// A client's proof of itself (RFC 7523 §2.2).
    ClientAssertion,
    /// An invitation to sign in, as some SDKs mint it; a proof of nothing yet.
    Custom,
    /// A proof of possession (RFC 9449 §4).
    DpopProof,
    /// For a client, about a sign-in (OpenID Connect Core §2).
    Id,
    /// A notice that a session ended (OpenID Connect Back-Channel Logout §2.4).
    Logout,
    /// For the token endpoint only.
    Refresh,
    /// Nothing that is known says what it is for.
    Unknown,
}

/// A kind and the mark that gave it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The kind.
    pub kind: TokenKind,
    /// The mark, for people: the end of a sentence "it is … because …".
    pub because: &'static str,
}

/// Whom an access token speaks for (RFC 9068 §5 asks resource servers to tell them apart).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// An application on its own behalf.
    App,
    /// A person, through an application.
    User,
}

/// The claim that marks every access token of this house, with `app` or `user`; no other kind carries it.
pub(super) const KIND_MARK: &str = "idtyp";

impl TokenKind {
    /// Reads the marks: an explicit media type first, then claims that only one kind has, then look-alikes.
    pub fn detect(header: &Header, claims: &ClaimSet) -> Detected {
        by_media_type(header)
            .or_else(|| by_exclusive_claims(claims))
            .or_else(|| by_id_token_marks(claims))
            .unwrap_or_else(|| by_client(claims))
    }

    /// With article, for people.
    pub const fn described(self) -> &'static str {
        match self {
            Self::Access => "an access token",
            Self::ClientAssertion => "a client assertion",
            Self::Custom => "a custom token",
            Self::DpopProof => "a DPoP proof",
            Self::Id => "an ID token",
            Self::Logout => "a logout token",
            Self::Refresh => "a refresh token",
            Self::Unknown => "a token of unknown kind",
        }
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.described())
    }
}

impl PrincipalKind {
    /// Whom the token speaks for: by the kind mark, else by the signs that other issuers leave. `None` where they
    /// leave none; a rule that admits one kind must then refuse.
    pub fn detect(claims: &ClaimSet) -> Option<Self> {
        match claims.text(KIND_MARK) {
            Some("app") => return Some(Self::App),
            Some("user") => return Some(Self::User),
            _ => {}
        }
        let subject = claims.text("sub")?;
        let client = CLIENT_CLAIMS.iter().find_map(|name| claims.text(name));
        let is_client = client.is_some_and(|client| {
            subject == client || subject.strip_suffix("@clients").is_some_and(|bare| bare == client)
        });
        let is_service_principal = claims.text("oid") == Some(subject) && !claims.has("scp");
        if is_client || is_service_principal || claims.text("gty") == Some("client-credentials") {
            return Some(Self::App);
        }
        let is_delegated = claims.has("scp") || claims.has("scope");
        is_delegated.then_some(Self::User)
    }

    /// The value of the kind mark.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::User => "user",
        }
    }
}

impl fmt::Display for PrincipalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mark())
    }
}

fn by_media_type(header: &Header) -> Option<Detected> {
    let (kind, because) = match header.media_type()?.as_str() {
        "at+jwt" => (TokenKind::Access, "its `typ` is `at+jwt`"),
        "client-authentication+jwt" => {
            (TokenKind::ClientAssertion, "its `typ` is `client-authentication+jwt`")
        }
        "dpop+jwt" => (TokenKind::DpopProof, "its `typ` is `dpop+jwt`"),
        "logout+jwt" => (TokenKind::Logout, "its `typ` is `logout+jwt`"),
        "rt+jwt" => (TokenKind::Refresh, "its `typ` is `rt+jwt`"),
        // Absent, `JWT`, `JOSE`: no statement. Everything else names a kind that no API of ours takes.
        "jwt" | "jose" => return None,
        _ => (TokenKind::Unknown, "its `typ` names another kind"),
    };
    Some(Detected { kind, because })
}

fn by_exclusive_claims(claims: &ClaimSet) -> Option<Detected> {
    let is_logout = claims
        .value("events")
        .and_then(|events| events.as_object())
        .is_some_and(|events| events.contains_key(BACKCHANNEL_LOGOUT_EVENT));
    if is_logout {
        return Some(Detected { kind: TokenKind::Logout, because: "it carries the logout event" });
    }
    if claims.one_or_many("aud").contains(&CUSTOM_TOKEN_AUDIENCE) {
        return Some(Detected { kind: TokenKind::Custom, because: "its audience is a sign-in service" });
    }
    let says = claims.text("typ").unwrap_or_default();
    if ["refresh", "offline"].iter().any(|word| says.eq_ignore_ascii_case(word)) {
        return Some(Detected { kind: TokenKind::Refresh, because: "its claim `typ` says so" });
    }
    None
}

/// An ID token's marks win over the kind mark: a token with both was made by someone who mixes kinds up.
fn by_id_token_marks(claims: &ClaimSet) -> Option<Detected> {
    let mark = [
        ("at_hash", "it carries `at_hash`"),
        ("c_hash", "it carries `c_hash`"),
        ("nonce", "it carries `nonce`"),
    ];
    let (_, because) = mark.into_iter().find(|(name, _)| claims.has(name))?;
    Some(Detected { kind: TokenKind::Id, because })
}

fn by_client(claims: &ClaimSet) -> Detected {
    if let Some("app" | "user") = claims.text(KIND_MARK) {
        return Detected { kind: TokenKind::Access, because: "it carries the kind mark `idtyp`" };
    }
    let is_permitting = PERMISSION_CLAIMS.iter().any(|name| claims.has(name));
    if !is_permitting && claims.has("sub") && claims.text("iss") == claims.text("sub") {
        return Detected { kind: TokenKind::ClientAssertion, because: "`iss` and `sub` are the same" };
    }
    let client = CLIENT_CLAIMS.iter().find_map(|name| claims.text(name));
    let (kind, because) = match client {
        None if !claims.has("sub") => (TokenKind::Unknown, "it names neither a subject nor a client"),
        None => (TokenKind::Id, "it names no client: `azp`, `appid` and `client_id` are absent"),
        Some(client) if !is_permitting && claims.one_or_many("aud") == [client] => {
            (TokenKind::Id, "it is for the very client that it was issued to")
        }
        Some(_) => (TokenKind::Access, "it names the client it was issued to"),
    };
    Detected { kind, because }
}

/// Where issuers name the client of an access token.
const CLIENT_CLAIMS: [&str; 4] = ["azp", "appid", "client_id", "cid"];

/// Where issuers name what an access token permits.
const PERMISSION_CLAIMS: [&str; 5] = ["scp", "scope", "roles", "permissions", "authorities"];

const BACKCHANNEL_LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

const CUSTOM_TOKEN_AUDIENCE: &str =
    "https://identitytoolkit.googleapis.com/google.identity.identitytoolkit.v1.IdentityToolkit";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn claims(value: Value) -> ClaimSet {
        serde_json::from_value(value).unwrap()
    }

    fn kind(typ: &str, value: Value) -> TokenKind {
        let header = Header { typ: Some(typ.to_owned()), ..Header::default() };
        TokenKind::detect(&header, &claims(value)).kind
    }

    #[test]
    fn an_explicit_type_decides() {
        assert_eq!(kind("at+jwt", json!({})), TokenKind::Access);
        assert_eq!(kind("application/AT+JWT", json!({})), TokenKind::Access);
        assert_eq!(kind("logout+jwt", json!({"idtyp": "user"})), TokenKind::Logout);
        assert_eq!(kind("dpop+jwt", json!({"idtyp": "user"})), TokenKind::DpopProof);
        assert_eq!(kind("secevent+jwt", json!({"idtyp": "user"})), TokenKind::Unknown);
    }

    #[test]
    fn look_alikes_are_id_tokens_even_with_the_kind_mark() {
        for mark in ["nonce", "at_hash", "c_hash"] {
            assert_eq!(kind("JWT", json!({mark: "x", "azp": "app", "scp": "a"})), TokenKind::Id, "{mark}");
            assert_eq!(kind("JWT", json!({mark: "x", "idtyp": "user"})), TokenKind::Id, "{mark}");
        }
        assert_eq!(kind("JWT", json!({"sub": "s", "aud": "app"})), TokenKind::Id);
        assert_eq!(kind("JWT", json!({"aud": "app"})), TokenKind::Unknown);
        assert_eq!(kind("JWT", json!({"sub": "s", "aud": "app", "azp": "app"})), TokenKind::Id);
    }

    #[test]
    fn an_access_token_names_its_client() {
        for name in ["azp", "appid", "client_id"] {
            assert_eq!(kind("JWT", json!({name: "app", "aud": "api"})), TokenKind::Access, "{name}");
        }
        assert_eq!(kind("JWT", json!({"azp": "app", "aud": "app", "scp": "a"})), TokenKind::Access);
        assert_eq!(kind("JWT", json!({"idtyp": "app"})), TokenKind::Access);
    }

    #[test]
    fn assertions_custom_and_refresh_tokens_are_known() {
        assert_eq!(
            kind("JWT", json!({"iss": "c", "sub": "c", "aud": "https://as"})),
            TokenKind::ClientAssertion
        );
        assert_eq!(
            kind("JWT", json!({"iss": "c", "sub": "c", "aud": CUSTOM_TOKEN_AUDIENCE})),
            TokenKind::Custom
        );
        assert_eq!(kind("JWT", json!({"typ": "Refresh", "azp": "c"})), TokenKind::Refresh);
    }

    #[test]
    fn the_principal_is_read_from_mark_or_signs() {
        let of = |value| PrincipalKind::detect(&claims(value));
        assert_eq!(of(json!({"idtyp": "app", "sub": "x", "scp": "a"})), Some(PrincipalKind::App));
        assert_eq!(of(json!({"idtyp": "user"})), Some(PrincipalKind::User));
        assert_eq!(of(json!({"sub": "c", "client_id": "c", "scope": "a"})), Some(PrincipalKind::App));
        assert_eq!(of(json!({"sub": "o", "oid": "o", "roles": ["r"], "azp": "c"})), Some(PrincipalKind::App));
        assert_eq!(of(json!({"sub": "c@clients", "azp": "c", "scope": "a"})), Some(PrincipalKind::App));
        assert_eq!(of(json!({"sub": "u", "azp": "c", "scp": "a"})), Some(PrincipalKind::User));
        assert_eq!(of(json!({"sub": "u", "azp": "c"})), None);
        assert_eq!(of(json!({"idtyp": "robot"})), None);
    }
}

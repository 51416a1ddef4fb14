//! Who calls: the kind of principal, what its token carries, and how its person signed in.

use std::collections::BTreeSet;
use std::fmt;

use doorward_token::{ClaimSet, Code, Evidence, Explain, verify};
use serde::{Deserialize, Serialize};

/// Whether a token stands for a person (through an app) or for an app alone: the claim `idtyp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// An app with its own permissions (client credentials).
    App,
    /// A person who let an app act within granted scopes.
    User,
}

impl PrincipalKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::App, Self::User];

    /// The value of `idtyp`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::User => "user",
        }
    }

    /// Reads `app` or `user`, exactly.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl From<verify::PrincipalKind> for PrincipalKind {
    fn from(kind: verify::PrincipalKind) -> Self {
        match kind {
            verify::PrincipalKind::App => Self::App,
            verify::PrincipalKind::User => Self::User,
        }
    }
}

impl fmt::Display for PrincipalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The caller as the policy sees it: kind, scopes, roles and sign-in of a token that has already been verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    acr: Option<String>,
    auth_time: Option<i64>,
    kind: PrincipalKind,
    now: Option<i64>,
    roles: BTreeSet<String>,
    scopes: BTreeSet<String>,
}

impl Principal {
    /// A principal that holds nothing yet.
    pub fn new(kind: PrincipalKind) -> Self {
        Self { acr: None, auth_time: None, kind, now: None, roles: BTreeSet::new(), scopes: BTreeSet::new() }
    }

    /// Reads the kind (`idtyp`, or the signs of a foreign issuer's token; the verifier insists on `idtyp` where the
    /// issuer is ours), then scopes from `scp` or, only where that is absent, from `scope`, and roles from the array
    /// `roles`. Other JSON types hold nothing: a scope in an array is not a scope. How the person signed in is what
    /// `acr` and `auth_time` say (RFC 9470 §6.2).
    pub fn from_claims(claims: &ClaimSet) -> Result<Self, UnmarkedToken> {
        let unmarked =
            || UnmarkedToken { idtyp: claims.text("idtyp").map(|text| text.chars().take(40).collect()) };
        let kind = verify::PrincipalKind::detect(claims).ok_or_else(unmarked)?.into();
        let scope_claim = if claims.has("scp") { "scp" } else { "scope" };
        let roles = claims.value("roles").and_then(|value| value.as_array());
        let roles = roles.into_iter().flatten().filter_map(|role| role.as_str());
        let mut principal = Self::new(kind).with_scopes(claims.words(scope_claim)).with_roles(roles);
        if kind == PrincipalKind::User {
            principal.acr = claims.text("acr").map(str::to_owned);
            principal.auth_time = claims.seconds("auth_time");
        }
        Ok(principal)
    }

    /// Adds scopes.
    pub fn with_scopes<T: Into<String>>(mut self, scopes: impl IntoIterator<Item = T>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// Adds app roles.
    pub fn with_roles<T: Into<String>>(mut self, roles: impl IntoIterator<Item = T>) -> Self {
        self.roles.extend(roles.into_iter().map(Into::into));
        self
    }

    /// Signed in with this strength, at this moment (seconds since 1970-01-01 UTC).
    pub fn with_sign_in(mut self, acr: impl Into<String>, auth_time: i64) -> Self {
        self.acr = Some(acr.into());
        self.auth_time = Some(auth_time);
        self
    }

    /// Calls at this moment. Without it no sign-in is young enough for any route that asks for its age.
    pub fn at(mut self, now: i64) -> Self {
        self.now = Some(now);
        self
    }

    /// How strongly the person signed in.
    pub fn acr(&self) -> Option<&str> {
        self.acr.as_deref()
    }

    /// How long ago the person signed in, in seconds; zero where the issuer's clock is ahead.
    pub fn sign_in_age_secs(&self) -> Option<u64> {
        let age = self.now?.saturating_sub(self.auth_time?);
        Some(u64::try_from(age).unwrap_or(0))
    }

    /// Person or app.
    pub fn kind(&self) -> PrincipalKind {
        self.kind
    }

    /// The scopes of the token, whatever the kind; only a user's scopes open a route.
    pub fn scopes(&self) -> &BTreeSet<String> {
        &self.scopes
    }

    /// The app roles of the token.
    pub fn roles(&self) -> &BTreeSet<String> {
        &self.roles
    }
}

/// The token does not say whether it stands for a person or an app: it is no access token of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token carries no kind mark (claim idtyp), so it is not an access token for an API")]
pub struct UnmarkedToken {
    /// What stood in `idtyp`, if anything, at most 40 characters.
    pub idtyp: Option<String>,
}

impl Explain for UnmarkedToken {
    fn code(&self) -> Code {
        Code::new("DW3101")
    }

    fn diagnosis(&self) -> String {
        self.to_string()
    }

    fn evidence(&self) -> Option<Evidence> {
        Some(match &self.idtyp {
            Some(found) => Evidence::differ(format!("idtyp {found}"), "idtyp app or user"),
            None => Evidence::expected("idtyp app or user"),
        })
    }

    fn remedy(&self) -> String {
        "send the access_token of the token response, not the id_token".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn claims(value: Value) -> ClaimSet {
        ClaimSet::from_map(value.as_object().expect("an object").clone())
    }

    #[test]
    fn scp_wins_over_scope() {
        let both = claims(json!({"idtyp": "user", "scp": "a b", "scope": "c"}));
        let principal = Principal::from_claims(&both).unwrap();
        assert_eq!(principal.scopes().iter().collect::<Vec<_>>(), ["a", "b"]);
        let one = Principal::from_claims(&claims(json!({"idtyp": "user", "scope": "c"}))).unwrap();
        assert_eq!(one.scopes().iter().collect::<Vec<_>>(), ["c"]);
    }

    #[test]
    fn an_array_of_scopes_and_a_string_of_roles_hold_nothing() {
        let odd = claims(json!({"idtyp": "user", "scp": ["a"], "scope": "a", "roles": "R"}));
        let principal = Principal::from_claims(&odd).unwrap();
        assert!(principal.scopes().is_empty() && principal.roles().is_empty());
    }

    #[test]
    fn a_token_without_its_kind_mark_is_nobody() {
        for odd in
            [json!({"scp": "a"}), json!({"idtyp": "device"}), json!({"idtyp": 1}), json!({"idtyp": "App"})]
        {
            let refused = Principal::from_claims(&claims(odd)).unwrap_err();
            assert_eq!(refused.code(), Code::new("DW3101"));
        }
    }
}

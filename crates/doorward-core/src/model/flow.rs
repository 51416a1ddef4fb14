//! A user flow: a named way in, with its own issuer and its own choice of claims.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::TenantId;

/// Name of a user flow; compared without case, kept as registered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FlowName(String);

impl FlowName {
    /// 1 to 64 letters, digits, `_` and `-`, without the word `token`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
            && !text.to_ascii_lowercase().contains("token");
        fits.then(|| Self(text.to_owned()))
    }

    /// As registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As it stands in addresses and issuers.
    pub fn lower(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl fmt::Display for FlowName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a flow does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowKind {
    /// Signs in existing accounts only.
    SignIn,
    /// Signs in, and lets people create an account.
    SignUpOrSignIn,
}

/// By what an account that is made here is known, and signs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowIdentity {
    /// By a user name and an e-mail address, whose mailbox is proven before the account is made.
    Both,
    /// By an e-mail address, whose mailbox is proven before the account is made.
    Email,
    /// By a user name; an address may be given, and stays unproven.
    #[default]
    UserName,
}

/// Whether people are asked for consent on a flow (Settled 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentStyle {
    /// No page: a scope not granted is dropped; none left is refused.
    AdminOnly,
    /// The consent page.
    Interactive,
}

/// A claim that a flow returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlowClaim {
    /// `name`.
    DisplayName,
    /// `email`, the first proven address.
    Email,
    /// `emails`, an array.
    Emails,
    /// `family_name`.
    FamilyName,
    /// `given_name`.
    GivenName,
    /// `newUser`, true in the token of the sign-up itself.
    NewUser,
    /// `oid`.
    ObjectId,
    /// `preferred_username`, the sign-in name.
    SignInName,
    /// `tid`.
    TenantId,
}

/// A user flow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserFlow {
    /// The tenant.
    pub tenant: TenantId,
    /// Its name, also `tfp`.
    pub name: FlowName,
    /// Other path segments that lead to it.
    pub aliases: Vec<String>,
    /// What it does.
    pub kind: FlowKind,
    /// By what new accounts are known.
    #[serde(default)]
    pub identity: FlowIdentity,
    /// Consent.
    pub consent: ConsentStyle,
    /// Claims returned.
    pub claims: Vec<FlowClaim>,
}

impl UserFlow {
    /// Whether a path segment names this flow, without case.
    pub fn answers_to(&self, segment: &str) -> bool {
        self.name.as_str().eq_ignore_ascii_case(segment)
            || self.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(segment))
    }
}

//! An authorization code: what it stands for, and what it is bound to (RFC 6749 §4.1.2).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    AppId, AuthorityRef, Digest, Expiry, GrantId, Instant, Platform, PoolId, ResourceId, ScopeSet, SessionId,
    TenantId, UserId,
};

/// `code_challenge` with method `S256` (RFC 7636 §4.2): 43 base64url characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// Reads an S256 challenge; `None` unless it is 43 base64url characters.
    pub fn parse(text: &str) -> Option<Self> {
        let fits =
            text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        fits.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What happened when the code was redeemed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redemption {
    /// When.
    pub at: Instant,
}

/// A code that was handed to a client. The code itself is never stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// The tenant that issued it.
    pub tenant: TenantId,
    /// SHA-256 of the code.
    pub digest: Digest,
    /// The grant that its redemption starts.
    pub grant: GrantId,
    /// The client it was issued to.
    pub client: AppId,
    /// The redirect URI of the authorization request, exactly.
    pub redirect_uri: String,
    /// Whether the token request must repeat the redirect URI (it was in the authorization request).
    pub redirect_uri_sent: bool,
    /// Platform of that URI.
    pub platform: Platform,
    /// Through which door it was issued, and at which it must be redeemed.
    pub authority: AuthorityRef,
    /// The user's pool.
    pub pool: PoolId,
    /// The user.
    pub user: UserId,
    /// The account session behind it.
    pub sid: SessionId,
    /// Granted scopes as the client spelt them (`openid`, `api://notes/notes.read`).
    pub scopes: ScopeSet,
    /// The API of the access token; `None` where only identity scopes were asked for.
    pub resource: Option<ResourceId>,
    /// `nonce` of the authorization request.
    pub nonce: Option<String>,
    /// PKCE challenge.
    pub challenge: Option<CodeChallenge>,
    /// When the person proved who they are.
    pub auth_time: Instant,
    /// Whether `auth_time` must be told (`max_age` was sent).
    pub auth_time_required: bool,
    /// How they proved it.
    pub amr: Vec<String>,
    /// The account was created on the way to this code.
    pub new_user: bool,
    /// When it was issued.
    pub issued_at: Instant,
    /// When it ends.
    pub expiry: Expiry,
    /// Set by the one redemption.
    pub redeemed: Option<Redemption>,
}

impl AuthorizationCode {
    /// A code lives for 60 seconds.
    pub const LIFE: Duration = Duration::from_mins(1);
    /// A redeemed code is remembered for a day, longer than any access token that came of it.
    pub const REMEMBERED: Duration = Duration::from_mins(24 * 60 + 1);
    /// Within this time after the redemption the same client with the same verifier is a network retry (Settled 9):
    /// refused, but the grant survives.
    pub const REPLAY_GRACE: Duration = Duration::from_secs(10);
}

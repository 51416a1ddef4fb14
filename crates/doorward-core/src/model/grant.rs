//! A delegated grant: what a redeemed code started, and the one row of its refresh-token family (Settled 8, 10).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    AppId, AuthorityRef, Digest, Expiry, GrantId, Instant, Platform, PoolId, ResourceId, ScopeSet, SessionId,
    TenantId, UserId,
};

/// The moving part of a refresh-token family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshState {
    /// Number of the current token, from 1.
    pub generation: u32,
    /// SHA-256 of the current token's secret.
    pub secret_digest: Digest,
    /// When the current token replaced its predecessor; the start of the family for the first.
    pub rotated_at: Instant,
    /// The current token's secret, sealed under a key derived from the predecessor's secret: a client whose answer
    /// was lost gets the *same* successor again. base64url; `None` for the first generation.
    pub successor: Option<String>,
    /// When the token ends unless it is used.
    pub idle_expiry: Expiry,
    /// When the family ends, however often it is used.
    pub absolute_expiry: Expiry,
}

/// One delegated grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The tenant.
    pub tenant: TenantId,
    /// Random id; the stem of every `jti` issued from it.
    pub id: GrantId,
    /// The client.
    pub client: AppId,
    /// The user's pool.
    pub pool: PoolId,
    /// The user.
    pub user: UserId,
    /// The account session it began in.
    pub sid: SessionId,
    /// The door it came through; the claims of a refresh follow the door called.
    pub authority: AuthorityRef,
    /// Platform of the redirect URI, which binds SPA refresh tokens to their origin.
    pub platform: Platform,
    /// The full scopes as the client spelt them; a narrower refresh does not shrink them.
    pub scopes: ScopeSet,
    /// The API of the first access token.
    pub resource: Option<ResourceId>,
    /// When the person proved who they are.
    pub auth_time: Instant,
    /// How.
    pub amr: Vec<String>,
    /// When it began.
    pub started_at: Instant,
    /// The refresh family, where `offline_access` was granted.
    pub refresh: Option<RefreshState>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

impl Grant {
    /// Within this time after a rotation the predecessor still answers, with the same successor (Settled 8).
    pub const ROTATION_GRACE: Duration = Duration::from_secs(30);
}

//! What the token endpoint answers, in engine words. Tokens are named by their index in the mint list.

use crate::claims::ClientInfo;
use crate::model::Secret;

/// A successful token response (RFC 6749 §5.1).
#[derive(Clone, Debug)]
pub struct TokenReply {
    /// Index of the access token.
    pub access_token: usize,
    /// Index of the ID token.
    pub id_token: Option<usize>,
    /// The refresh token.
    pub refresh_token: Option<Secret>,
    /// Seconds until the refresh token's family ends, told for single-page applications.
    pub refresh_token_expires_in: Option<u64>,
    /// Seconds until the access token ends.
    pub expires_in: u32,
    /// What was granted, in the caller's spelling; `None` where the profile leaves it out.
    pub scope: Option<String>,
    /// Where it was asked for.
    pub client_info: Option<ClientInfo>,
    /// The origin that may read the answer (CORS): set for single-page redemptions.
    pub allow_origin: Option<String>,
}

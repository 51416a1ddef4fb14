//! Refusals of the token endpoint.

use doorward_token::Evidence;

use super::{OAuthError, Row};
use crate::model::ScopeSet;

/// Why a token request was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// The code was redeemed before.
    #[error("this code was redeemed {secs_since_first} s ago{}", if *.same_verifier { " by the same client with the same verifier" } else { "" })]
    CodeAlreadyUsed {
        /// Seconds since the first redemption.
        secs_since_first: u64,
        /// Whether the same client proved the verifier, within the grace of a network retry.
        same_verifier: bool,
    },
    /// The code is too old.
    #[error("the code ended {late_by_secs} s ago")]
    CodeExpired {
        /// Seconds since its end.
        late_by_secs: u64,
    },
    /// The code was issued at another door of this tenant, or at another tenant.
    #[error("the code was issued at another authority of this server")]
    CodeOtherAuthority,
    /// The code belongs to another client.
    #[error("the code was issued to another client")]
    CodeOtherClient,
    /// Another redirect URI than at the authorization endpoint.
    #[error("redirect_uri differs from the one of the authorization request")]
    CodeRedirectMismatch {
        /// As sent now.
        sent: String,
        /// As sent then.
        expected: String,
    },
    /// No such code.
    #[error("the code is not known here")]
    CodeUnknown,
    /// Consent was withdrawn since.
    #[error("the person no longer allows {scopes}")]
    ConsentWithdrawn {
        /// Which scopes are missing.
        scopes: ScopeSet,
    },
    /// Client credentials need the `.default` form.
    #[error("client credentials were asked with the scope {sent}")]
    DaemonScopeForm {
        /// As sent.
        sent: String,
    },
    /// This client may not use this grant.
    #[error("an application of kind {kind} cannot use the grant {grant}")]
    GrantNotAllowed {
        /// As registered.
        kind: &'static str,
        /// As sent.
        grant: String,
    },
    /// Revoked: by sign-out, a replay, an administrator, a new password.
    #[error("the grant behind this token was revoked")]
    GrantRevoked,
    /// A browser calls for a URI that is not single-page.
    #[error("the request has an Origin but redirect_uri is registered for the web platform, not spa")]
    OriginOnWebPlatform {
        /// As sent.
        origin: String,
    },
    /// A token that ends by itself and cannot be called back (RFC 7009 §2.2.1).
    #[error("an ID token cannot be revoked")]
    NotRevocable,
    /// A single-page redemption without `Origin`.
    #[error("a single-page redirect_uri can be redeemed by a browser only: the request has no Origin")]
    OriginMissing,
    /// Another origin than the registered ones.
    #[error("the origin {origin} is not one of this application's single-page origins")]
    OriginUnregistered {
        /// As sent.
        origin: String,
    },
    /// `code_verifier` without a challenge at the authorization endpoint (RFC 9700 §2.1.1).
    #[error("code_verifier was sent but the authorization request had no code_challenge")]
    PkceNotStarted,
    /// The verifier does not fit, or is missing.
    #[error("code_verifier {}", if *.missing { "is missing" } else { "does not match the code_challenge" })]
    PkceVerifier {
        /// It was not sent.
        missing: bool,
    },
    /// The refresh token is too old.
    #[error("the refresh token ended {late_by_secs} s ago")]
    RefreshExpired {
        /// Seconds since its end.
        late_by_secs: u64,
        /// A single-page family's 24 hours are over.
        spa: bool,
    },
    /// The refresh token belongs to another client.
    #[error("the refresh token was issued to another client")]
    RefreshOtherClient,
    /// A refresh token that was replaced was presented again, too late for a lost answer.
    #[error("a replaced refresh token was presented again; the whole family is revoked")]
    RefreshReused,
    /// Not a refresh token of this server.
    #[error("the refresh token is not known here")]
    RefreshUnknown,
    /// More than was granted.
    #[error("the scopes {scopes} go beyond the grant")]
    ScopeBeyondGrant {
        /// Which go beyond.
        scopes: ScopeSet,
    },
    /// A scope outside the grammar.
    #[error("{fault}")]
    ScopeSyntax {
        /// What is wrong.
        fault: String,
    },
    /// Scopes of two APIs in one request.
    #[error("the scopes name two APIs, {first} and {second}; one access token serves one API")]
    TwoApis {
        /// One.
        first: String,
        /// The other.
        second: String,
    },
    /// No API answers to that identifier.
    #[error("no API answers to {identifier}")]
    UnknownApi {
        /// As sent.
        identifier: String,
    },
    /// The API does not expose that scope.
    #[error("{api} does not expose the scope {scope}")]
    UnknownScope {
        /// The API's name.
        api: String,
        /// As sent.
        scope: String,
    },
    /// Unknown grant type.
    #[error("grant_type is {sent}")]
    UnsupportedGrantType {
        /// As sent.
        sent: String,
    },
    /// The account is disabled.
    #[error("the account is disabled")]
    UserDisabled,
}

impl GrantRefusal {
    /// Code, error, remedy.
    pub fn row(&self) -> Row {
        use OAuthError::{InvalidGrant, InvalidRequest, InvalidScope, InvalidTarget, UnauthorizedClient};
        let again = "Send the person through the authorization endpoint again";
        match self {
            Self::CodeAlreadyUsed { .. } => Row::new(
                "DW2004",
                InvalidGrant,
                "Run the callback once: guard the effect that redeems, or switch off the retry",
            ),
            Self::CodeExpired { .. } => Row::new("DW2051", InvalidGrant, "Redeem the code at once; it lives for 60 seconds"),
            Self::CodeOtherAuthority => Row::new(
                "DW2060",
                InvalidGrant,
                "Redeem the code at the token endpoint of the authority that issued it",
            ),
            Self::CodeOtherClient => Row::new("DW2052", InvalidGrant, "Redeem the code with the client id that asked for it"),
            Self::CodeRedirectMismatch { sent, expected } => Row::new(
                "DW2053",
                InvalidGrant,
                "Send the redirect_uri of the authorization request, byte for byte",
            )
            .seen(Evidence::differ(sent, expected))
            .for_client(),
            Self::CodeUnknown => Row::new("DW2050", InvalidGrant, "Send the code exactly as it arrived at the redirect URI"),
            Self::ConsentWithdrawn { scopes } => Row::new("DW1301", InvalidGrant, format!("{again}, asking for {scopes}")).for_client(),
            Self::DaemonScopeForm { sent } => Row::new(
                "DW2008",
                InvalidScope,
                "Ask for {API}/.default: an application gets the roles it was granted, not scopes",
            )
            .seen(Evidence::differ(sent, "{API}/.default")),
            Self::GrantNotAllowed { kind, grant } => Row::new(
                "DW1006",
                UnauthorizedClient,
                format!("Register an application of another kind for {grant}: doorward app add NAME --kind KIND"),
            )
            .seen(Evidence::sent(*kind)),
            Self::GrantRevoked => Row::new("DW2056", InvalidGrant, again),
            Self::OriginOnWebPlatform { origin } => Row::new(
                "DW2006",
                InvalidRequest,
                "Register the redirect URI as single-page: doorward app redirect add APP URI --platform spa",
            )
            .seen(Evidence::sent(origin)),
            Self::NotRevocable => Row::new(
                "DW2065",
                OAuthError::UnsupportedTokenType,
                "Revoke the access token or the refresh token; to end a session use the end-session endpoint",
            )
            .seen(Evidence::differ("an ID token", "an access token or a refresh token")),
            Self::OriginMissing => Row::new(
                "DW2007",
                InvalidRequest,
                "Redeem it in the browser, or register the URI for the web platform: doorward app redirect add APP URI --platform web",
            )
            .seen(Evidence::expected("Origin")),
            Self::OriginUnregistered { origin } => Row::new(
                "DW1010",
                InvalidRequest,
                "Register a redirect URI of that origin: doorward app redirect add APP URI --platform spa",
            )
            .seen(Evidence::sent(origin)),
            Self::PkceNotStarted => Row::new(
                "DW2061",
                InvalidGrant,
                "Send code_challenge at the authorization endpoint, or no code_verifier here",
            ),
            Self::PkceVerifier { .. } => Row::new(
                "DW2005",
                InvalidGrant,
                "Keep the verifier of this sign-in (43 to 128 characters) until the callback, one per sign-in",
            ),
            Self::RefreshExpired { .. } => Row::new("DW2055", InvalidGrant, again),
            Self::RefreshOtherClient => Row::new("DW2052", InvalidGrant, "Use the refresh token with the client id that got it"),
            Self::RefreshReused => Row::new(
                "DW2104",
                InvalidGrant,
                "Keep only the newest refresh token, and let one tab at a time refresh; the person must sign in again",
            ),
            Self::RefreshUnknown => Row::new("DW2054", InvalidGrant, again),
            Self::ScopeBeyondGrant { scopes } => {
                Row::new("DW2057", InvalidScope, again).seen(Evidence::sent(scopes.to_string()))
            }
            Self::ScopeSyntax { .. } => {
                Row::new("DW1103", InvalidScope, "Separate scopes by single spaces and use visible ASCII only")
            }
            Self::TwoApis { .. } => Row::new("DW1104", InvalidScope, "Ask for one API at a time; a refresh token serves the other one"),
            Self::UnknownApi { identifier } => Row::new(
                "DW1008",
                InvalidTarget,
                "Use an identifier of doorward api list, or register the API: doorward api import openapi FILE",
            )
            .seen(Evidence::sent(identifier)),
            Self::UnknownScope { api, scope } => Row::new(
                "DW1103",
                InvalidScope,
                format!("Ask for a scope that doorward api show {api} lists"),
            )
            .seen(Evidence::sent(scope)),
            Self::UnsupportedGrantType { sent } => Row::new(
                "DW1062",
                OAuthError::UnsupportedGrantType,
                "Send authorization_code, refresh_token or client_credentials",
            )
            .seen(Evidence::differ(sent, "authorization_code, refresh_token, client_credentials")),
            Self::UserDisabled => Row::new("DW1205", InvalidGrant, "Enable the account: doorward user enable NAME").for_trace(),
        }
    }
}

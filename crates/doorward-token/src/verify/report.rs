//! The outcome of judging one token.

use crate::ClaimSet;
use crate::explain::Trail;
use crate::jose::Header;

use super::kind::{PrincipalKind, TokenKind};
use super::refusal::TokenRefusal;

/// Every verdict about one token, and its claims if all of them are good.
#[derive(Clone, Debug)]
pub struct Report {
    /// The checks in their fixed order.
    pub trail: Trail,
    /// The claims of a token that passed every check; `None` after a refusal.
    pub claims: Option<ClaimSet>,
    /// The claims of a refused token that could be read, to explain the refusal with. They prove nothing.
    pub unproven: Option<ClaimSet>,
    /// The header, where there was one to read.
    pub header: Option<Header>,
    /// What kind of token it is, where it could be read.
    pub kind: Option<TokenKind>,
    /// The first failure: the cause.
    pub refusal: Option<TokenRefusal>,
    /// Every failure with the name of its check, in the order of the checks.
    pub failures: Vec<(&'static str, TokenRefusal)>,
}

impl Report {
    /// The believed claims, or the reason why they are not believed.
    pub fn verified(&self) -> Result<&ClaimSet, &TokenRefusal> {
        match (&self.claims, &self.refusal) {
            (Some(claims), None) => Ok(claims),
            (_, Some(refusal)) => Err(refusal),
            (None, None) => Err(&TokenRefusal::Missing),
        }
    }

    /// Whether all checks passed.
    pub fn is_good(&self) -> bool {
        self.verified().is_ok()
    }

    /// Whom a good token speaks for.
    pub fn principal(&self) -> Option<PrincipalKind> {
        self.claims.as_ref().and_then(PrincipalKind::detect)
    }

    /// Whether fresh keys of the issuer could change the verdict: the key is not known, or no longer verifies.
    pub fn wants_key(&self) -> bool {
        matches!(self.refusal, Some(TokenRefusal::KeyUnknown { .. } | TokenRefusal::SignatureInvalid { .. }))
    }
}

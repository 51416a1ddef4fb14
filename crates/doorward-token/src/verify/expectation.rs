//! What a verifier of a token expects of it.

use super::kind::TokenKind;

/// The largest tolerated clock skew in seconds: beyond it a stolen token outlives its revocation window.
pub const MAX_LEEWAY_SECS: i64 = 300;

/// What must hold of a token. Built once, used for many tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    issuers: Vec<(String, IssuerTrust)>,
    audience: AudienceRule,
    kinds: Vec<TokenKind>,
    leeway_secs: i64,
    expiry: ExpiryRule,
}

/// How far an issuer's access tokens are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerTrust {
    /// Another product: its access tokens are told by what they look like.
    Foreign,
    /// This house: its access tokens always carry the kind mark `idtyp`, and without it are refused.
    Ours,
}

/// Whom a token must be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AudienceRule {
    /// Anyone; the caller judges the audience itself, as introspection does.
    Any,
    /// One of these, byte for byte. An empty list is met by no token.
    OneOf(Vec<String>),
}

/// Whether the end of a token's life counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpiryRule {
    /// An expired token is refused.
    Enforced,
    /// A token may have expired, as an `id_token_hint` may (OpenID Connect RP-Initiated Logout §2).
    Ignored,
}

impl Expectation {
    /// A token of one kind, from no issuer and for no audience until they are added; 60 s of leeway.
    pub fn of(kind: TokenKind) -> Self {
        Self {
            issuers: Vec::new(),
            audience: AudienceRule::OneOf(Vec::new()),
            kinds: vec![kind],
            leeway_secs: 60,
            expiry: ExpiryRule::Enforced,
        }
    }

    /// Admits another kind beside the first.
    pub fn or_kind(mut self, kind: TokenKind) -> Self {
        self.kinds.push(kind);
        self
    }

    /// Trusts an issuer, compared byte for byte: a trailing slash matters (OpenID Connect Discovery §4.3).
    pub fn from_issuer(mut self, issuer: impl Into<String>, trust: IssuerTrust) -> Self {
        self.issuers.push((issuer.into(), trust));
        self
    }

    /// Admits an audience, compared byte for byte. A token for any of the admitted ones passes.
    pub fn for_audience(mut self, audience: impl Into<String>) -> Self {
        match &mut self.audience {
            AudienceRule::Any => self.audience = AudienceRule::OneOf(vec![audience.into()]),
            AudienceRule::OneOf(all) => all.push(audience.into()),
        }
        self
    }

    /// Leaves the audience to the caller.
    pub fn for_any_audience(mut self) -> Self {
        self.audience = AudienceRule::Any;
        self
    }

    /// Clock skew tolerated on `exp`, `nbf` and `iat`, in seconds; held within 0 and [`MAX_LEEWAY_SECS`].
    pub fn with_leeway_secs(mut self, secs: i64) -> Self {
        self.leeway_secs = secs.clamp(0, MAX_LEEWAY_SECS);
        self
    }

    /// Lets expired tokens through, for hints about a past sign-in.
    pub fn accept_expired(mut self) -> Self {
        self.expiry = ExpiryRule::Ignored;
        self
    }

    /// The trusted issuers.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.issuers.iter().map(|(issuer, _)| issuer.as_str())
    }

    /// How an issuer is trusted; `None` where it is not.
    pub fn trust_in(&self, issuer: &str) -> Option<IssuerTrust> {
        self.issuers.iter().find(|(known, _)| known == issuer).map(|(_, trust)| *trust)
    }

    /// The audience rule.
    pub fn audience(&self) -> &AudienceRule {
        &self.audience
    }

    /// The admitted kinds.
    pub fn kinds(&self) -> &[TokenKind] {
        &self.kinds
    }

    /// The tolerated clock skew in seconds.
    pub fn leeway_secs(&self) -> i64 {
        self.leeway_secs
    }

    /// Whether expiry counts.
    pub fn expiry(&self) -> ExpiryRule {
        self.expiry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leeway_stays_within_its_bounds() {
        let with = |secs| Expectation::of(TokenKind::Access).with_leeway_secs(secs).leeway_secs();
        assert_eq!(Expectation::of(TokenKind::Access).leeway_secs(), 60);
        assert_eq!((with(-5), with(0), with(90), with(100_000)), (0, 0, 90, MAX_LEEWAY_SECS));
    }

    #[test]
    fn an_issuer_is_trusted_byte_for_byte() {
        let expectation = Expectation::of(TokenKind::Access).from_issuer("https://id/t", IssuerTrust::Ours);
        assert_eq!(expectation.trust_in("https://id/t"), Some(IssuerTrust::Ours));
        assert_eq!(expectation.trust_in("https://id/t/"), None);
        assert_eq!(expectation.trust_in("https://ID/t"), None);
    }
}

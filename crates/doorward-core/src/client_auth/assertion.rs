//! `private_key_jwt` (RFC 7523 §2.2 and §3, OpenID Connect Core §9): a client signs that it is itself.
//!
//! Owns the order of the checks, from the cheapest to the signature. Which keys there are is a fact: registered in
//! line, or heard from the client's `jwks_uri`. That an assertion counts once is a mark in the commit of what it
//! allowed.

use std::time::Duration;

use doorward_token::jose::{Algorithm, CompactJws, Jwk, JwkSet};

use super::PresentedAssertion;
use crate::change::GuessChange;
use crate::model::{Client, Digest, Expiry, Instant, TenantId};
use crate::port::{Env, Vault};
use crate::refusal::{AssertionFault, quote};

/// The only `client_assertion_type` (RFC 7523 §8.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How far the clocks of a client and ours may differ.
const SKEW: Duration = Duration::from_secs(30);
/// How far ahead an assertion may end: its mark is kept until then.
const LONGEST: Duration = Duration::from_hours(24);
/// Longer ids than any library makes are not kept.
const LONGEST_ID: usize = 512;

/// An assertion that could be read; nothing in it is believed yet.
pub(super) struct Read<'t> {
    jws: CompactJws<'t>,
}

/// Reads one. The type is the wire's business and was looked at before.
pub(super) fn read(presented: &PresentedAssertion) -> Result<Read<'_>, AssertionFault> {
    if presented.token.is_empty() {
        return Err(AssertionFault::Missing);
    }
    CompactJws::parse(presented.token.expose())
        .map(|jws| Read { jws })
        .map_err(|why| AssertionFault::Unreadable { why: why.to_string() })
}

impl Read<'_> {
    /// Who it says it is about.
    pub(super) fn subject(&self) -> Option<&str> {
        self.jws.claims().text("sub")
    }

    /// Which key it says it was signed with.
    pub(super) fn kid(&self) -> Option<&str> {
        self.jws.header().kid.as_deref()
    }

    /// Under which mark it is remembered once it was used; `None` where it has no id.
    pub(super) fn mark(&self, tenant: TenantId, vault: &dyn Vault) -> Option<Digest> {
        let (subject, id) = (self.subject()?, self.jws.claims().text("jti")?);
        Some(vault.digest(format!("client assertion\n{tenant}\n{subject}\n{id}").as_bytes()))
    }

    /// The change that uses it up.
    pub(super) fn spend(&self, mark: Digest) -> GuessChange {
        let ends = Instant::from_seconds(self.jws.claims().seconds("exp").unwrap_or_default());
        GuessChange::Spend { id: mark, until: Expiry::at(ends + SKEW + SKEW) }
    }

    /// Everything but the signature: kind, `iss`, `sub`, `aud`, times, `jti`, and whether the algorithm may be.
    pub(super) fn claims_fit(
        &self,
        client: &Client,
        audiences: &[&str],
        now: Instant,
    ) -> Result<Algorithm, AssertionFault> {
        let claims = self.jws.claims();
        match self.jws.header().media_type().as_deref() {
            None | Some("jwt" | "client-authentication+jwt") => {}
            Some(other) => return Err(AssertionFault::Kind { typ: quote(other, 40) }),
        }
        let expected = client.client_id.as_str();
        for (name, value) in [("iss", claims.text("iss")), ("sub", claims.text("sub"))] {
            if value != Some(expected) {
                let sent = value.map_or_else(|| "nothing".to_owned(), |sent| quote(sent, 80));
                return Err(AssertionFault::NotTheClient { name, sent, expected: quote(expected, 80) });
            }
        }
        // An audience that is not ours beside one that is would let somebody else use the assertion here.
        let sent = claims.one_or_many("aud");
        if sent.is_empty() || sent.iter().any(|audience| !audiences.contains(audience)) {
            return Err(AssertionFault::Audience {
                sent: if sent.is_empty() { "nothing".to_owned() } else { quote(&sent.join(" "), 200) },
                expected: audiences.first().map_or_else(String::new, |issuer| quote(issuer, 200)),
            });
        }
        self.times_fit(now)?;
        match claims.text("jti") {
            Some(id) if (1..=LONGEST_ID).contains(&id.len()) => {}
            _ => return Err(AssertionFault::NoId),
        }
        let named = &self.jws.header().alg;
        let algorithm = Algorithm::from_name(named)
            .ok_or_else(|| AssertionFault::Algorithm { sent: quote(named, 20), expected: None })?;
        match client.metadata.token_endpoint_auth_signing_alg {
            Some(registered) if registered != algorithm => Err(AssertionFault::Algorithm {
                sent: algorithm.name().to_owned(),
                expected: Some(registered.name()),
            }),
            _ => Ok(algorithm),
        }
    }

    fn times_fit(&self, now: Instant) -> Result<(), AssertionFault> {
        let claims = self.jws.claims();
        let Some(ends) = claims.seconds("exp").map(Instant::from_seconds) else {
            return Err(AssertionFault::NoExpiry);
        };
        if Expiry::at(ends + SKEW).has_passed(now) {
            return Err(AssertionFault::Expired { secs: now.since(ends).as_secs() });
        }
        if ends > now + LONGEST {
            return Err(AssertionFault::TooLong { hours: LONGEST.as_secs() / 3600 });
        }
        for name in ["nbf", "iat"] {
            if claims.has(name) {
                let from = claims.seconds(name).map(Instant::from_seconds);
                match from {
                    Some(from) if from <= now + SKEW => {}
                    Some(from) => {
                        return Err(AssertionFault::NotYet { name, secs: from.since(now).as_secs() });
                    }
                    None => return Err(AssertionFault::NotATime { name }),
                }
            }
        }
        Ok(())
    }

    /// Whether one of these keys signed it. A `kid` names the one; without it every key may be the one.
    pub(super) fn signed_by(
        &self,
        keys: &JwkSet,
        algorithm: Algorithm,
        env: &Env<'_>,
    ) -> Result<(), AssertionFault> {
        let candidates: Vec<&Jwk> = match self.kid() {
            Some(kid) => keys.by_kid(kid).map(AsRef::as_ref).into_iter().collect(),
            None => keys.keys().iter().map(AsRef::as_ref).collect(),
        };
        if candidates.is_empty() {
            return Err(AssertionFault::KeyUnknown {
                kid: self.kid().map_or_else(|| "nothing".to_owned(), |kid| quote(kid, 80)),
            });
        }
        let fitting: Vec<&Jwk> =
            candidates.into_iter().filter(|key| key.algorithms().contains(&algorithm)).collect();
        if fitting.is_empty() {
            return Err(AssertionFault::Algorithm { sent: algorithm.name().to_owned(), expected: None });
        }
        let (message, signature) = (self.jws.signing_input(), self.jws.signature());
        let holds = fitting.iter().any(|key| env.vault.verifies(algorithm, key, message, signature));
        if holds { Ok(()) } else { Err(AssertionFault::Signature) }
    }
}

#[cfg(test)]
mod tests;

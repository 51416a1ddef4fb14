//! The checks themselves, in their order.

use std::sync::Arc;

use serde_json::Value;

use crate::ClaimSet;
use crate::explain::{Evidence, Explain, Trail};
use crate::jose::{Algorithm, CompactJws, Jwk, base64url, strict_object};

use super::expectation::{AudienceRule, Expectation, ExpiryRule, IssuerTrust};
use super::kind::{Detected, KIND_MARK, TokenKind};
use super::refusal::TokenRefusal;
use super::report::Report;
use super::{KeyLookup, SignatureCheck};

/// Judges tokens. Cheap to clone; holds nothing but the way to check a signature.
#[derive(Clone)]
pub struct Verifier {
    signatures: Arc<dyn SignatureCheck>,
}

impl Verifier {
    /// A verifier that checks signatures through this port.
    pub fn new(signatures: Arc<dyn SignatureCheck>) -> Self {
        Self { signatures }
    }

    /// Judges one token at a moment, `now` in seconds since 1970-01-01 UTC.
    pub fn check(&self, token: &str, expectation: &Expectation, keys: &dyn KeyLookup, now: i64) -> Report {
        let mut ledger = Ledger::default();
        ledger.record(PRESENT, if token.is_empty() { Err(TokenRefusal::Missing) } else { Ok(None) });
        if token.is_empty() {
            return ledger.close(None);
        }
        let jws = match CompactJws::parse(token) {
            Ok(jws) => jws,
            Err(refusal) => {
                ledger.record(PARSEABLE, Err(unreadable(token, refusal, expectation)));
                return ledger.close(None);
            }
        };
        let claims = jws.claims();
        ledger.record(PARSEABLE, well_formed(claims));

        let detected = TokenKind::detect(jws.header(), claims);
        let issuer = claims.text("iss").unwrap_or_default();
        let trust = expectation.trust_in(issuer);
        ledger.record(KIND, kind(detected, claims, trust, expectation));
        ledger.record(ISSUER, issuer_trusted(issuer, trust, expectation));
        self.check_signature(&jws, trust.map(|_| issuer), keys, &mut ledger);
        check_times(claims, expectation, now, &mut ledger);
        match expectation.audience() {
            AudienceRule::Any => ledger.skip(AUDIENCE),
            AudienceRule::OneOf(admitted) => ledger.record(AUDIENCE, audience(claims, admitted)),
        }
        ledger.close(Some((jws, detected)))
    }

    /// Key, algorithm and signature. The keys of an issuer that is not trusted are not even looked for.
    fn check_signature(
        &self,
        jws: &CompactJws<'_>,
        trusted_issuer: Option<&str>,
        keys: &dyn KeyLookup,
        ledger: &mut Ledger,
    ) {
        let kid = jws.header().kid.as_deref();
        let Some(issuer) = trusted_issuer else {
            return ledger.skip_all(&[KEY, ALGORITHM, SIGNATURE]);
        };
        let Some(key) = keys.key(issuer, kid) else {
            let kid = kid.map(shorten);
            ledger.record(KEY, Err(TokenRefusal::KeyUnknown { kid, issuer: issuer.to_owned() }));
            return ledger.skip_all(&[ALGORITHM, SIGNATURE]);
        };
        ledger.record(KEY, Ok(kid.map(|kid| Evidence::sent(shorten(kid)))));
        let alg = match algorithm(&key, &jws.header().alg) {
            Ok(alg) => alg,
            Err(refusal) => {
                ledger.record(ALGORITHM, Err(refusal));
                return ledger.skip(SIGNATURE);
            }
        };
        ledger.record(ALGORITHM, Ok(Some(Evidence::sent(alg.name()))));
        let holds = self.signatures.verify(alg, &key, jws.signing_input(), jws.signature());
        let refused = || TokenRefusal::SignatureInvalid {
            kid: kid.map_or_else(|| "(the only one)".to_owned(), shorten),
        };
        ledger.record(SIGNATURE, if holds { Ok(None) } else { Err(refused()) });
    }
}

/// What a check found: nothing worth showing, something worth showing, or a refusal.
type Verdict = Result<Option<Evidence>, TokenRefusal>;

/// A check's stable name and the section that demands it.
type Name = (&'static str, &'static str);

const PRESENT: Name = ("token.present", "RFC 6750 §2");
const PARSEABLE: Name = ("token.parseable", "RFC 7515 §7.1");
const KIND: Name = ("token.kind", "RFC 8725 §3.11");
const ISSUER: Name = ("token.issuer", "RFC 7519 §4.1.1");
const KEY: Name = ("token.key", "RFC 7515 §4.1.4");
const ALGORITHM: Name = ("token.algorithm", "RFC 8725 §3.1");
const SIGNATURE: Name = ("token.signature", "RFC 7515 §5.2");
const EXPIRY: Name = ("token.expiry", "RFC 7519 §4.1.4");
const NOT_BEFORE: Name = ("token.not_before", "RFC 7519 §4.1.5");
const AUDIENCE: Name = ("token.audience", "RFC 7519 §4.1.3");

/// The trail and its refusals, kept together so that they cannot disagree.
#[derive(Default)]
struct Ledger {
    trail: Trail,
    failures: Vec<(&'static str, TokenRefusal)>,
}

impl Ledger {
    fn record(&mut self, (name, spec): Name, verdict: Verdict) {
        match verdict {
            Ok(None) => self.trail.pass(name, spec),
            Ok(Some(evidence)) => self.trail.pass_with(name, spec, evidence),
            Err(refusal) => {
                let evidence = refusal.evidence().unwrap_or_else(|| Evidence::sent(refusal.diagnosis()));
                self.trail.fail(name, spec, evidence);
                self.failures.push((name, refusal));
            }
        }
    }

    fn skip(&mut self, (name, spec): Name) {
        self.trail.skip(name, spec);
    }

    fn skip_all(&mut self, names: &[Name]) {
        for name in names {
            self.skip(*name);
        }
    }

    fn close(self, read: Option<(CompactJws<'_>, Detected)>) -> Report {
        let kind = read.as_ref().map(|(_, detected)| detected.kind);
        let (header, claims) = read.map(|(jws, _)| jws.into_parts()).unzip();
        let refusal = self.failures.first().map(|(_, refusal)| refusal.clone());
        let (claims, unproven) = if refusal.is_none() { (claims, None) } else { (None, claims) };
        Report { trail: self.trail, claims, unproven, header, kind, refusal, failures: self.failures }
    }
}

/// A text that does not parse may still be recognisable as something that was sent by mistake.
fn unreadable(token: &str, refusal: crate::jose::JwsRefusal, expectation: &Expectation) -> TokenRefusal {
    if token.starts_with(OPAQUE_PREFIX) {
        return TokenRefusal::Opaque;
    }
    if is_dressed_refresh_token(token) {
        return TokenRefusal::WrongKind {
            found: TokenKind::Refresh,
            because: "its middle part says so",
            expected: described(expectation.kinds()),
        };
    }
    if refusal.is_forbidden_header() {
        TokenRefusal::HeaderForbidden(refusal)
    } else {
        TokenRefusal::Malformed(refusal)
    }
}

/// Our refresh tokens are three parts of which only the middle is JSON.
fn is_dressed_refresh_token(token: &str) -> bool {
    let mut parts = token.split('.');
    let (Some(_), Some(middle), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let Some(members) = base64url::decode(middle).and_then(|bytes| strict_object(&bytes).ok()) else {
        return false;
    };
    members.get("typ").and_then(Value::as_str).is_some_and(|typ| typ.eq_ignore_ascii_case("refresh"))
}

/// The registered claims have the types of RFC 7519 §4.1; absent ones are another check's business.
fn well_formed(claims: &ClaimSet) -> Verdict {
    let malformed = |name, problem| Err(TokenRefusal::ClaimMalformed { name, problem });
    for name in ["iss", "sub"] {
        if claims.value(name).is_some_and(|value| !value.is_string()) {
            return malformed(name, "is not a string");
        }
    }
    for name in ["exp", "nbf", "iat"] {
        if claims.value(name).is_some_and(|value| !value.is_number()) {
            return malformed(name, "is not a number of seconds");
        }
    }
    match claims.value("aud") {
        None | Some(Value::String(_)) => Ok(None),
        Some(Value::Array(many)) if many.iter().all(Value::is_string) => Ok(None),
        Some(_) => malformed("aud", "is neither a string nor an array of strings"),
    }
}

fn kind(
    detected: Detected,
    claims: &ClaimSet,
    trust: Option<IssuerTrust>,
    expectation: &Expectation,
) -> Verdict {
    let wrong = |because| {
        let expected = described(expectation.kinds());
        Err(TokenRefusal::WrongKind { found: detected.kind, because, expected })
    };
    if !expectation.kinds().contains(&detected.kind) {
        return wrong(detected.because);
    }
    let is_ours = trust == Some(IssuerTrust::Ours);
    let is_marked = matches!(claims.text(KIND_MARK), Some("app" | "user"));
    match detected.kind {
        TokenKind::Access if is_ours && !is_marked => {
            let because = "its issuer marks every access token with `idtyp`, and this has none";
            Err(TokenRefusal::WrongKind {
                found: TokenKind::Unknown,
                because,
                expected: described(expectation.kinds()),
            })
        }
        TokenKind::Id if is_ours && claims.has(KIND_MARK) => {
            wrong("it carries `idtyp`, which ID tokens never do")
        }
        _ => Ok(Some(Evidence::sent(detected.kind.described()))),
    }
}

fn issuer_trusted(issuer: &str, trust: Option<IssuerTrust>, expectation: &Expectation) -> Verdict {
    if trust.is_some() {
        return Ok(Some(Evidence::sent(issuer)));
    }
    let presented = if issuer.is_empty() { "nobody".to_owned() } else { shorten(issuer) };
    Err(TokenRefusal::Issuer { presented, expected: listed(expectation.issuers()) })
}

/// The key says which algorithms it is for; the header must name one of them.
fn algorithm(key: &Jwk, presented: &str) -> Result<Algorithm, TokenRefusal> {
    let allowed = key.algorithms();
    Algorithm::from_name(presented).filter(|alg| allowed.contains(alg)).ok_or_else(|| {
        TokenRefusal::AlgorithmMismatch {
            presented: shorten(presented),
            expected: listed(allowed.iter().map(|alg| alg.name())),
        }
    })
}

fn check_times(claims: &ClaimSet, expectation: &Expectation, now: i64, ledger: &mut Ledger) {
    let leeway = expectation.leeway_secs();
    match expectation.expiry() {
        ExpiryRule::Enforced => ledger.record(EXPIRY, expiry(claims, now, leeway)),
        ExpiryRule::Ignored => ledger.skip(EXPIRY),
    }
    ledger.record(NOT_BEFORE, not_before(claims, now, leeway));
}

fn expiry(claims: &ClaimSet, now: i64, leeway: i64) -> Verdict {
    let Some(exp) = claims.seconds("exp") else {
        return Err(TokenRefusal::ClaimMalformed { name: "exp", problem: "is missing" });
    };
    if now >= exp.saturating_add(leeway) {
        return Err(TokenRefusal::Expired { late_secs: now.saturating_sub(exp) });
    }
    Ok(None)
}

/// `nbf` in the future postpones a token; `iat` in the future means that two clocks disagree.
fn not_before(claims: &ClaimSet, now: i64, leeway: i64) -> Verdict {
    let ahead = |name| {
        let ahead = claims.seconds(name)?.saturating_sub(now);
        (ahead > leeway).then_some(ahead)
    };
    match (ahead("iat"), ahead("nbf")) {
        (Some(ahead_secs), _) => Err(TokenRefusal::ClockSkew { ahead_secs }),
        (None, Some(early_secs)) => Err(TokenRefusal::NotYetValid { early_secs }),
        (None, None) => Ok(None),
    }
}

fn audience(claims: &ClaimSet, admitted: &[String]) -> Verdict {
    let presented = claims.one_or_many("aud");
    if let Some(met) = presented.iter().find(|aud| admitted.iter().any(|known| known == *aud)) {
        return Ok(Some(Evidence::sent(*met)));
    }
    let presented = if presented.is_empty() { "nobody".to_owned() } else { listed(presented) };
    Err(TokenRefusal::Audience { presented, expected: listed(admitted.iter().map(String::as_str)) })
}

fn described(kinds: &[TokenKind]) -> String {
    kinds.iter().map(|kind| kind.described()).collect::<Vec<_>>().join(" or ")
}

/// Up to eight values; a token or a registration may have many more.
fn listed<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let mut values = values.into_iter();
    let mut text = values.by_ref().take(8).map(shorten).collect::<Vec<_>>().join(", ");
    match (text.is_empty(), values.count()) {
        (true, _) => text.push_str("none"),
        (false, 0) => {}
        (false, more) => text = format!("{text} and {more} more"),
    }
    text
}

/// Text from a token that is not believed yet: cut, and free of control characters.
fn shorten(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// What our opaque tokens begin with.
const OPAQUE_PREFIX: &str = "dwo_";

#[cfg(test)]
mod tests;

//! Reading a feed: a compact JWS of a type of its own, longer than a token may be.

use doorward_crypto::AwsLcVerifier;
use doorward_token::jose::{Algorithm, Jwk, base64url, strict_object};
use doorward_token::revocation::{FEED_TYP, FeedClaims};
use doorward_token::verify::SignatureCheck as _;
use serde_json::Value;

/// The longest feed that is read: some hundred thousand lines.
pub(crate) const MOST_BYTES: usize = 16 * 1024 * 1024;

/// A feed in its parts, not yet believed.
#[derive(Debug)]
pub(super) struct Unproven<'t> {
    pub(super) kid: String,
    algorithm: Algorithm,
    signing_input: &'t [u8],
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// Takes a text apart. The reasons never quote it.
pub(super) fn read(text: &str) -> Result<Unproven<'_>, String> {
    let text = text.trim();
    if text.len() > MOST_BYTES {
        return Err(format!("it is longer than {MOST_BYTES} bytes"));
    }
    let mut parts = text.split('.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("it is no compact JWS".to_owned());
    };
    let part = |name: &str, text: &str| {
        base64url::decode(text).ok_or_else(|| format!("its {name} is not base64url without padding"))
    };
    let header = strict_object(&part("header", header)?).map_err(|why| format!("its header: {why}"))?;
    if let Some(name) = FORBIDDEN.iter().find(|name| header.contains_key(**name)) {
        return Err(format!("its header has the member {name}"));
    }
    let member = |name: &str| header.get(name).and_then(Value::as_str);
    // RFC 8725 §3.11: whatever else the issuer signs is no feed, and a feed is nothing else.
    if member("typ") != Some(FEED_TYP) {
        return Err(format!("its typ is not {FEED_TYP}"));
    }
    let algorithm =
        member("alg").and_then(Algorithm::from_name).ok_or("its algorithm is none that is accepted")?;
    let kid = member("kid").ok_or("it names no key")?.to_owned();
    let signing_input = &text.as_bytes()[..text.len() - signature.len() - 1];
    let (payload, signature) = (part("payload", payload)?, part("signature", signature)?);
    Ok(Unproven { kid, algorithm, signing_input, payload, signature })
}

const FORBIDDEN: [&str; 6] = ["crit", "b64", "zip", "jku", "x5u", "jwk"];

impl Unproven<'_> {
    /// The claims, if the key signed them.
    pub(super) fn proven(&self, signatures: &AwsLcVerifier, key: &Jwk) -> Result<FeedClaims, String> {
        if !signatures.verify(self.algorithm, key, self.signing_input, &self.signature) {
            return Err(format!("its signature is not one of the key {}", self.kid));
        }
        let claims = strict_object(&self.payload).map_err(|why| format!("its claims: {why}"))?;
        serde_json::from_value(Value::Object(claims)).map_err(|why| format!("its claims: {why}"))
    }
}

/// Whether a proven feed is this issuer's and of this moment.
pub(super) fn judge(claims: &FeedClaims, issuer: &str, (now, leeway): (i64, i64)) -> Result<(), String> {
    if claims.iss != issuer {
        return Err("it is of another issuer".to_owned());
    }
    if claims.iat > now.saturating_add(leeway) {
        return Err(format!("it is of a moment {} s ahead: compare the clocks", claims.iat - now));
    }
    if now >= claims.exp.saturating_add(leeway) {
        return Err(format!("it ended {} s ago: compare the clocks", now - claims.exp));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn feed(header: &str, claims: &str) -> String {
        format!("{}.{}.{}", base64url::encode(header), base64url::encode(claims), base64url::encode("s"))
    }

    #[test]
    fn only_a_feed_is_read_as_one() {
        let good = r#"{"alg":"EdDSA","kid":"k","typ":"doorward-revocations+jwt"}"#;
        assert_eq!(read(&feed(good, "{}")).unwrap().kid, "k");
        for header in [
            r#"{"alg":"EdDSA","kid":"k","typ":"JWT"}"#,
            r#"{"alg":"EdDSA","kid":"k"}"#,
            r#"{"alg":"none","kid":"k","typ":"doorward-revocations+jwt"}"#,
            r#"{"alg":"HS256","kid":"k","typ":"doorward-revocations+jwt"}"#,
            r#"{"alg":"EdDSA","typ":"doorward-revocations+jwt"}"#,
            r#"{"alg":"EdDSA","kid":"k","kid":"l","typ":"doorward-revocations+jwt"}"#,
            r#"{"alg":"EdDSA","kid":"k","crit":[],"typ":"doorward-revocations+jwt"}"#,
            r#"{"alg":"EdDSA","kid":"k","jwk":{},"typ":"doorward-revocations+jwt"}"#,
            "[]",
            "",
        ] {
            assert!(read(&feed(header, "{}")).is_err(), "{header}");
        }
        for text in ["", ".", "a.b", "a.b.c.d", "e30.e30.", "\u{e9}.\u{e9}.\u{e9}"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_panic(text in "\\PC{0,80}", cut in any::<usize>()) {
            let _ = read(&text);
            let good = feed(r#"{"alg":"EdDSA","kid":"k","typ":"doorward-revocations+jwt"}"#, "{}");
            let _ = read(&good[..cut % good.len()]);
        }
    }
}

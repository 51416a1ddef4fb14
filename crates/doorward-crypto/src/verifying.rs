//! The signature port of `doorward-token` on aws-lc-rs, with parsed keys kept.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA256, RsaParameters, RsaPublicKeyComponents,
};
use doorward_token::jose::{Algorithm, EcCurve, Jwk, KeyMaterial, OkpCurve};
use doorward_token::verify::SignatureCheck;

/// Checks signatures. Parsed keys are kept up to a bound, so that a signature costs a signature.
#[derive(Default)]
pub struct AwsLcVerifier {
    parsed: RwLock<HashMap<KeyMaterial, (Algorithm, Arc<ParsedPublicKey>)>>,
}

/// More than the keys of any tenant's issuers and clients that are in use at once; about 1 KiB each.
const MAX_PARSED: usize = 1024;

impl AwsLcVerifier {
    /// How many parsed keys are kept now.
    pub fn kept_keys(&self) -> usize {
        self.parsed.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn parsed(&self, alg: Algorithm, material: &KeyMaterial) -> Option<Arc<ParsedPublicKey>> {
        let kept = self.parsed.read().unwrap_or_else(PoisonError::into_inner).get(material).cloned();
        if let Some((_, key)) = kept.filter(|(kept_for, _)| *kept_for == alg) {
            return Some(key);
        }
        let key = Arc::new(parse(alg, material)?);
        let mut parsed = self.parsed.write().unwrap_or_else(PoisonError::into_inner);
        if parsed.len() >= MAX_PARSED && !parsed.contains_key(material) {
            // Any one will do: the map's order is random, and a key in use comes back at once.
            if let Some(victim) = parsed.keys().next().cloned() {
                parsed.remove(&victim);
            }
        }
        parsed.insert(material.clone(), (alg, Arc::clone(&key)));
        Some(key)
    }
}

impl SignatureCheck for AwsLcVerifier {
    fn verify(&self, alg: Algorithm, key: &Jwk, message: &[u8], signature: &[u8]) -> bool {
        key.algorithms().contains(&alg)
            && self.parsed(alg, &key.key).is_some_and(|key| key.verify_sig(message, signature).is_ok())
    }
}

/// `None` for numbers that are no key, such as a point off its curve, and for an algorithm of another key type.
fn parse(alg: Algorithm, material: &KeyMaterial) -> Option<ParsedPublicKey> {
    match (alg, material) {
        (Algorithm::RS256, KeyMaterial::Rsa { n, e }) => parse_rsa(n, e, &RSA_PKCS1_2048_8192_SHA256),
        (Algorithm::PS256, KeyMaterial::Rsa { n, e }) => parse_rsa(n, e, &RSA_PSS_2048_8192_SHA256),
        (Algorithm::ES256, KeyMaterial::Ec { crv: EcCurve::P256, x, y }) => {
            ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, uncompressed(x, y)).ok()
        }
        (Algorithm::ES384, KeyMaterial::Ec { crv: EcCurve::P384, x, y }) => {
            ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, uncompressed(x, y)).ok()
        }
        (Algorithm::EdDSA, KeyMaterial::Okp { crv: OkpCurve::Ed25519, x }) => {
            ParsedPublicKey::new(&ED25519, x).ok()
        }
        _ => None,
    }
}

fn parse_rsa(n: &[u8], e: &[u8], rule: &'static RsaParameters) -> Option<ParsedPublicKey> {
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(rule).ok()
}

/// SEC 1 §2.3.3: 4 ‖ x ‖ y.
fn uncompressed(x: &[u8], y: &[u8]) -> Vec<u8> {
    [&[4], x, y].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SigningKey;

    #[test]
    fn parsed_keys_are_kept_and_bounded() {
        let verifier = AwsLcVerifier::default();
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let signature = key.sign(b"m").unwrap();
        for _ in 0..3 {
            assert!(verifier.verify(Algorithm::EdDSA, &key.public_jwk(), b"m", &signature));
        }
        assert_eq!(verifier.kept_keys(), 1);
        for _ in 0..(MAX_PARSED + 10) {
            let other = SigningKey::generate(Algorithm::EdDSA).unwrap();
            assert!(!verifier.verify(Algorithm::EdDSA, &other.public_jwk(), b"m", &signature));
        }
        assert_eq!(verifier.kept_keys(), MAX_PARSED);
        assert!(verifier.verify(Algorithm::EdDSA, &key.public_jwk(), b"m", &signature));
    }

    #[test]
    fn a_key_verifies_only_with_its_own_algorithm() {
        let verifier = AwsLcVerifier::default();
        let key = SigningKey::generate(Algorithm::RS256).unwrap();
        let signature = key.sign(b"m").unwrap();
        let declared = key.public_jwk();
        assert!(!verifier.verify(Algorithm::PS256, &declared, b"m", &signature));
        let undeclared = Jwk { alg: None, ..declared };
        assert!(!verifier.verify(Algorithm::PS256, &undeclared, b"m", &signature));
        assert!(verifier.verify(Algorithm::RS256, &undeclared, b"m", &signature));
        assert!(!verifier.verify(Algorithm::ES256, &undeclared, b"m", &signature));
    }

    #[test]
    fn numbers_that_are_no_key_verify_nothing() {
        let verifier = AwsLcVerifier::default();
        let off_curve = KeyMaterial::Ec { crv: EcCurve::P256, x: vec![1; 32], y: vec![1; 32] };
        assert!(!verifier.verify(Algorithm::ES256, &Jwk::new(off_curve), b"m", &[1; 64]));
        let even = KeyMaterial::Rsa { n: vec![0xfe; 256], e: vec![1, 0, 1] };
        assert!(!verifier.verify(Algorithm::RS256, &Jwk::new(even), b"m", &[1; 256]));
        let empty = KeyMaterial::Okp { crv: OkpCurve::Ed25519, x: Vec::new() };
        assert!(!verifier.verify(Algorithm::EdDSA, &Jwk::new(empty), b"m", &[]));
    }
}

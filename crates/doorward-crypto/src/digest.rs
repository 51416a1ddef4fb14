//! Digests, message authentication and comparison in constant time.

use aws_lc_rs::{constant_time, digest, hmac};
use doorward_token::jose::{Algorithm, HashFamily, base64url};

/// SHA-256.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// SHA-256 in base64url, as PKCE challenges and DPoP `ath` have it (RFC 7636 §4.2, RFC 9449 §4.2).
pub fn sha256_base64url(bytes: &[u8]) -> String {
    base64url::encode(digest::digest(&digest::SHA256, bytes))
}

/// HMAC with SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref());
    out
}

/// The left half of a token's or code's hash, base64url: `at_hash` and `c_hash` of an ID token that is signed with
/// `alg` (OpenID Connect Core §3.1.3.6, §3.3.2.11).
pub fn at_hash(alg: Algorithm, value: &str) -> String {
    let hash = match alg.hash_family() {
        HashFamily::Sha256 => &digest::SHA256,
        HashFamily::Sha384 => &digest::SHA384,
        HashFamily::Sha512 => &digest::SHA512,
    };
    let full = digest::digest(hash, value.as_bytes());
    let (left, _) = full.as_ref().split_at(full.as_ref().len() / 2);
    base64url::encode(left)
}

/// Compares without telling by time where two values differ. The lengths are not secret.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(a, b).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    #[test]
    fn digests_match_published_vectors() {
        assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        // RFC 4231 §4.3
        let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        // RFC 7636 Appendix B
        let verifier = b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(sha256_base64url(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn the_left_half_follows_the_algorithm() {
        // OpenID Connect Core Appendix A.3 and A.4 (RS256).
        assert_eq!(
            at_hash(Algorithm::RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"),
            "77QmUPtjPfzWtF2AnpK9RQ"
        );
        assert_eq!(
            at_hash(Algorithm::RS256, "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"),
            "LDktKdoQak3Pk0cnXxCltA"
        );
        assert_eq!(at_hash(Algorithm::ES384, "x").len(), 32);
        assert_eq!(at_hash(Algorithm::EdDSA, "x").len(), 43);
    }

    #[test]
    fn equality_is_of_every_byte() {
        assert!(equal(b"same", b"same") && equal(b"", b""));
        assert!(!equal(b"same", b"sane") && !equal(b"same", b"samer"));
    }
}

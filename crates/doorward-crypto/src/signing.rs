//! Key pairs that sign, kept parsed: rebuilding an RSA key costs three times its signature.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use doorward_token::jose::{Algorithm, EcCurve, Jwk, KeyMaterial, OkpCurve, base64url};
use zeroize::Zeroizing;

use crate::certificate::KeyCertificate;
use crate::digest::sha256;
use crate::seal::{OpenRefusal, Sealer};

/// A private key and the algorithm it signs with. `Debug` shows its name and nothing else.
pub struct SigningKey {
    pair: Pair,
    public: Jwk,
    kid: String,
}

/// Why a key could not be made, read or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The header to sign names another algorithm than the key's.
    #[error("the header says `{header}` and the key is for {key}")]
    AlgorithmMismatch {
        /// The header's `alg`.
        header: String,
        /// The key's algorithm.
        key: Algorithm,
    },
    /// A certificate could not be written.
    #[error("the certificate could not be made: {0}")]
    Certificate(String),
    /// The library refused, without saying why.
    #[error("the {0} key could not be used")]
    Library(Algorithm),
    /// Not the PKCS#8 form of a key for that algorithm.
    #[error("the stored bytes are not a {0} key")]
    NotAKey(Algorithm),
    /// Verified here, but never signed with.
    #[error("{0} is not used for signing")]
    NotForSigning(Algorithm),
    /// The sealed key does not open.
    #[error("the stored key does not open: {0}")]
    Sealed(#[from] OpenRefusal),
}

enum Pair {
    EdDsa(Ed25519KeyPair),
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl SigningKey {
    /// A fresh key: RSA of 2048 bits, P-256, or Ed25519. An RSA key takes a good part of a second.
    pub fn generate(alg: Algorithm) -> Result<Self, KeyFault> {
        let pair = match alg {
            Algorithm::EdDSA => Ed25519KeyPair::generate().map(Pair::EdDsa),
            Algorithm::ES256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::Es256),
            Algorithm::RS256 => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rs256),
            Algorithm::ES384 | Algorithm::PS256 => return Err(KeyFault::NotForSigning(alg)),
        };
        Self::from_pair(pair.map_err(|_| KeyFault::Library(alg))?)
    }

    /// Reads a key from PKCS#8 (RFC 5958).
    pub fn from_pkcs8(alg: Algorithm, der: &[u8]) -> Result<Self, KeyFault> {
        let pair = match alg {
            Algorithm::EdDSA => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Pair::EdDsa),
            Algorithm::ES256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der).map(Pair::Es256)
            }
            Algorithm::RS256 => RsaKeyPair::from_pkcs8(der).map(Pair::Rs256),
            Algorithm::ES384 | Algorithm::PS256 => return Err(KeyFault::NotForSigning(alg)),
        };
        Self::from_pair(pair.map_err(|_| KeyFault::NotAKey(alg))?)
    }

    /// The private key as PKCS#8 version 1, wiped when dropped.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let library = |_| KeyFault::Library(self.algorithm());
        let der = match &self.pair {
            Pair::EdDsa(pair) => pair.to_pkcs8v1().map_err(library)?.as_ref().to_vec(),
            Pair::Es256(pair) => pair.to_pkcs8v1().map_err(library)?.as_ref().to_vec(),
            Pair::Rs256(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map_err(library)?.as_ref().to_vec(),
        };
        Ok(Zeroizing::new(der))
    }

    /// Opens what [`SigningKey::seal`] made, at the same place.
    pub fn unseal(
        alg: Algorithm,
        sealed: &[u8],
        sealer: &Sealer,
        belongs_to: &[u8],
    ) -> Result<Self, KeyFault> {
        Self::from_pkcs8(alg, &sealer.open(sealed, belongs_to)?)
    }

    /// The private key sealed for the place where it is kept.
    pub fn seal(&self, sealer: &Sealer, belongs_to: &[u8]) -> Result<Vec<u8>, KeyFault> {
        Ok(sealer.seal(&self.to_pkcs8()?, belongs_to))
    }

    /// Signs a message in the form that JOSE wants: for ES256 r ‖ s of 64 bytes (RFC 7518 §3.4).
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let library = |_| KeyFault::Library(self.algorithm());
        match &self.pair {
            Pair::EdDsa(pair) => Ok(pair.try_sign(message).map_err(library)?.as_ref().to_vec()),
            Pair::Es256(pair) => {
                Ok(pair.sign(&SystemRandom::new(), message).map_err(library)?.as_ref().to_vec())
            }
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(library)?;
                Ok(signature)
            }
        }
    }

    /// The one algorithm of this key.
    pub fn algorithm(&self) -> Algorithm {
        match &self.pair {
            Pair::EdDsa(_) => Algorithm::EdDSA,
            Pair::Es256(_) => Algorithm::ES256,
            Pair::Rs256(_) => Algorithm::RS256,
        }
    }

    /// The key's name: the first 22 characters, 132 bits, of its thumbprint (RFC 7638). It cannot be reused by
    /// another key.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half with `kid` and `alg`, as published.
    pub fn public_jwk(&self) -> Jwk {
        self.public.clone()
    }

    /// The public half with its certificate (`x5c`, `x5t`, `x5t#S256`).
    pub fn public_jwk_with(&self, certificate: &KeyCertificate) -> Jwk {
        Jwk {
            x5c: vec![certificate.x5c()],
            x5t: Some(certificate.x5t()),
            x5t_s256: Some(certificate.x5t_s256()),
            ..self.public.clone()
        }
    }

    fn from_pair(pair: Pair) -> Result<Self, KeyFault> {
        let (alg, key) = match &pair {
            Pair::EdDsa(pair) => {
                let x = pair.public_key().as_ref().to_vec();
                (Algorithm::EdDSA, KeyMaterial::Okp { crv: OkpCurve::Ed25519, x })
            }
            Pair::Es256(pair) => {
                // An uncompressed point: 4 ‖ x ‖ y.
                let [4, point @ ..] = pair.public_key().as_ref() else {
                    return Err(KeyFault::Library(Algorithm::ES256));
                };
                let (x, y) = point.split_at(point.len() / 2);
                (Algorithm::ES256, KeyMaterial::Ec { crv: EcCurve::P256, x: x.to_vec(), y: y.to_vec() })
            }
            Pair::Rs256(pair) => {
                let public = pair.public_key();
                let n = public.modulus().big_endian_without_leading_zero().to_vec();
                if n.len() < 256 {
                    return Err(KeyFault::NotAKey(Algorithm::RS256));
                }
                let e = public.exponent().big_endian_without_leading_zero().to_vec();
                (Algorithm::RS256, KeyMaterial::Rsa { n, e })
            }
        };
        let mut public = Jwk::new(key);
        let mut kid = thumbprint(&public);
        kid.truncate(KID_CHARS);
        public.kid = Some(kid.clone());
        public.alg = Some(alg);
        Ok(Self { pair, public, kid })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("alg", &self.algorithm())
            .field("kid", &self.kid)
            .field("pair", &"***")
            .finish_non_exhaustive()
    }
}

/// The whole thumbprint of a public key, base64url (RFC 7638 §3).
pub fn thumbprint(key: &Jwk) -> String {
    base64url::encode(sha256(key.thumbprint_input().as_bytes()))
}

const KID_CHARS: usize = 22;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AwsLcVerifier;
    use crate::secret::MasterKey;
    use doorward_token::verify::SignatureCheck;

    pub(crate) const SIGNING: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

    #[test]
    fn every_algorithm_signs_what_its_public_key_verifies() {
        let verifier = AwsLcVerifier::default();
        for alg in SIGNING {
            let key = SigningKey::generate(alg).unwrap();
            let signature = key.sign(b"message").unwrap();
            let public = key.public_jwk();
            assert!(verifier.verify(alg, &public, b"message", &signature), "{alg}");
            assert!(!verifier.verify(alg, &public, b"massage", &signature), "{alg}");
            assert_eq!(public.kid.as_deref(), Some(key.kid()));
            assert_eq!(key.kid().len(), 22);
            assert!(thumbprint(&public).starts_with(key.kid()));
        }
    }

    #[test]
    fn an_es256_signature_has_the_fixed_length() {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        for _ in 0..20 {
            assert_eq!(key.sign(b"m").unwrap().len(), 64);
        }
    }

    #[test]
    fn a_key_survives_being_sealed() {
        let sealer = Sealer::new(&MasterKey::generate());
        for alg in SIGNING {
            let key = SigningKey::generate(alg).unwrap();
            let sealed = key.seal(&sealer, b"tenant/key").unwrap();
            let again = SigningKey::unseal(alg, &sealed, &sealer, b"tenant/key").unwrap();
            assert_eq!(again.public_jwk(), key.public_jwk());
            let signature = again.sign(b"m").unwrap();
            assert!(AwsLcVerifier::default().verify(alg, &key.public_jwk(), b"m", &signature));
            let moved = SigningKey::unseal(alg, &sealed, &sealer, b"other/key").unwrap_err();
            assert_eq!(moved, KeyFault::Sealed(OpenRefusal::Tampered));
        }
    }

    #[test]
    fn keys_of_another_algorithm_and_junk_are_refused() {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let der = key.to_pkcs8().unwrap();
        assert_eq!(
            SigningKey::from_pkcs8(Algorithm::RS256, &der).unwrap_err(),
            KeyFault::NotAKey(Algorithm::RS256)
        );
        assert_eq!(
            SigningKey::from_pkcs8(Algorithm::EdDSA, b"x").unwrap_err(),
            KeyFault::NotAKey(Algorithm::EdDSA)
        );
        assert_eq!(
            SigningKey::generate(Algorithm::PS256).unwrap_err(),
            KeyFault::NotForSigning(Algorithm::PS256)
        );
        assert!(format!("{key:?}").contains("***"));
    }
}

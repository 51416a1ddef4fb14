//! A self-signed certificate for a signing key, for verifiers that want `x5c` and `x5t` (RFC 7517 §4.7, §4.8).

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorward_token::jose::{Algorithm, base64url};
use rcgen::{CertificateParams, DnType, KeyPair, KeyUsagePurpose, SerialNumber};

use crate::digest::sha256;
use crate::random::random;
use crate::signing::{KeyFault, SigningKey};

/// A certificate in DER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCertificate(Vec<u8>);

/// From when to when a certificate is valid, both ends in seconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first second.
    pub from: i64,
    /// The last second.
    pub until: i64,
}

impl KeyCertificate {
    /// Makes a certificate that says no more than that this name signed this key.
    pub fn self_signed(key: &SigningKey, name: &str, validity: Validity) -> Result<Self, KeyFault> {
        let alg = match key.algorithm() {
            Algorithm::EdDSA => &rcgen::PKCS_ED25519,
            Algorithm::ES256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            Algorithm::RS256 => &rcgen::PKCS_RSA_SHA256,
            other => return Err(KeyFault::NotForSigning(other)),
        };
        let der = key.to_pkcs8()?;
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der.as_slice().into(), alg).map_err(fault)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        fix(&mut params, validity);
        let certificate = params.self_signed(&pair).map_err(fault)?;
        Ok(Self(certificate.der().to_vec()))
    }

    /// Takes over a stored certificate.
    pub fn from_der(der: Vec<u8>) -> Self {
        Self(der)
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.0
    }

    /// One entry of `x5c`: base64, not base64url, of the DER.
    pub fn x5c(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// SHA-1 of the DER, base64url. A name, not a protection: some clients look keys up by it.
    pub fn x5t(&self) -> String {
        base64url::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &self.0))
    }

    /// SHA-256 of the DER, base64url.
    pub fn x5t_s256(&self) -> String {
        base64url::encode(sha256(&self.0))
    }
}

/// Validity and a random serial number of 127 bits (RFC 5280 §4.1.2.2).
pub(crate) fn fix(params: &mut CertificateParams, validity: Validity) {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let moment = |secs: i64| {
        // The year 9999 is the last one that X.509 can write.
        let secs = u64::try_from(secs).unwrap_or(0).min(253_402_300_799);
        epoch + std::time::Duration::from_secs(secs)
    };
    params.not_before = moment(validity.from);
    params.not_after = moment(validity.until);
    let mut serial = random::<16>();
    serial[0] = (serial[0] & 0x7f) | 0x40;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
}

pub(crate) fn fault(error: rcgen::Error) -> KeyFault {
    KeyFault::Certificate(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_key_gets_a_certificate() {
        for alg in [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA] {
            let key = SigningKey::generate(alg).unwrap();
            let validity = Validity { from: 1_700_000_000, until: 1_800_000_000 };
            let certificate = KeyCertificate::self_signed(&key, "tenant contoso", validity).unwrap();
            let jwk = key.public_jwk_with(&certificate);
            assert_eq!(STANDARD.decode(&jwk.x5c[0]).unwrap(), certificate.der());
            assert_eq!(jwk.x5t.as_ref().unwrap().len(), 27);
            assert_eq!(jwk.x5t_s256.as_ref().unwrap().len(), 43);
            assert_eq!(jwk.kid.as_deref(), Some(key.kid()));
            assert_eq!(KeyCertificate::from_der(certificate.der().to_vec()), certificate);
        }
    }

    #[test]
    fn absurd_moments_are_held_within_what_x509_can_write() {
        let key = SigningKey::generate(Algorithm::EdDSA).unwrap();
        let validity = Validity { from: i64::MIN, until: i64::MAX };
        assert!(KeyCertificate::self_signed(&key, "x", validity).is_ok());
    }
}

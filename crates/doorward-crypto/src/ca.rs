//! The certificate authority of one development machine: it can vouch for localhost and for nothing else.
//!
//! Whoever steals its key can impersonate names that only reach the machine itself: the name constraints permit
//! `localhost` with the names below it, 127.0.0.1 and ::1; the path length is 0; the only purpose is server
//! authentication. Production never uses this module.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use doorward_token::jose::base64url;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PublicKeyData,
};
use zeroize::Zeroizing;

use crate::certificate::{Validity, fault, fix};
use crate::digest::sha256;
use crate::signing::KeyFault;

/// A certificate authority for localhost, with its private key.
pub struct DevelopmentCa {
    key: KeyPair,
    certificate_pem: String,
}

/// A server's certificate chain and private key, in PEM.
pub struct ServerIdentity {
    /// The server's certificate. The authority's own is not part of the chain that a server sends.
    pub certificate_pem: String,
    /// PKCS#8, wiped when dropped.
    pub key_pem: Zeroizing<String>,
}

/// Why stored PEM texts are not this authority.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CaRefusal {
    /// The certificate is not one certificate in PEM.
    #[error("the stored certificate of the development authority is not readable")]
    Certificate,
    /// The private key is not readable.
    #[error("the stored private key of the development authority is not readable")]
    Key,
    /// The two do not belong together.
    #[error("the stored certificate and private key of the development authority do not belong together")]
    Mismatch,
}

impl DevelopmentCa {
    /// Makes a new authority, valid for ten years from `now`.
    pub fn create(now: i64) -> Result<Self, KeyFault> {
        let key = KeyPair::generate().map_err(fault)?;
        let mut params = authority_params(&key);
        fix(&mut params, lasting(AUTHORITY_LIFE_SECS, now));
        let certificate_pem = params.self_signed(&key).map_err(fault)?.pem();
        Ok(Self { key, certificate_pem })
    }

    /// Reads what [`DevelopmentCa::certificate_pem`] and [`DevelopmentCa::key_pem`] gave.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, CaRefusal> {
        let key = KeyPair::from_pem(key_pem).map_err(|_| CaRefusal::Key)?;
        let der = der_of(certificate_pem).ok_or(CaRefusal::Certificate)?;
        // Everything else in the certificate follows from the key, so the key's presence is the whole test.
        let public = key.subject_public_key_info();
        if !der.windows(public.len()).any(|window| window == public) {
            return Err(CaRefusal::Mismatch);
        }
        Ok(Self { key, certificate_pem: certificate_pem.to_owned() })
    }

    /// The certificate, for trust stores.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The private key in PKCS#8, wiped when dropped. Keep it readable by its owner only.
    pub fn key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.key.serialize_pem())
    }

    /// The name that trust stores show; it ends in a mark of the key, so that two machines' authorities differ.
    pub fn name(&self) -> String {
        authority_name(&self.key)
    }

    /// Makes a certificate for localhost, 127.0.0.1 and ::1, valid for 396 days. It is cheap: a server makes a new
    /// one at every start and so never serves an expired one.
    pub fn issue_localhost(&self, now: i64) -> Result<ServerIdentity, KeyFault> {
        self.issue_below_localhost(&[], now)
    }

    /// The same, and for names such as `notes.localhost`. They are written out because OpenSSL, Node and browsers
    /// match no wildcard directly below a last label, and rustls refuses one beside name constraints.
    pub fn issue_below_localhost(&self, names: &[&str], now: i64) -> Result<ServerIdentity, KeyFault> {
        if let Some(outside) = names.iter().find(|name| !name.ends_with(".localhost")) {
            return Err(KeyFault::Certificate(format!("`{outside}` does not end in .localhost")));
        }
        let key = KeyPair::generate().map_err(fault)?;
        let names = ["localhost", "127.0.0.1", "::1"].iter().chain(names);
        let names: Vec<_> = names.map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).map_err(fault)?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        fix(&mut params, lasting(SERVER_LIFE_SECS, now));
        let issuer = Issuer::new(authority_params(&self.key), &self.key);
        let certificate = params.signed_by(&key, &issuer).map_err(fault)?;
        Ok(ServerIdentity {
            certificate_pem: certificate.pem(),
            key_pem: Zeroizing::new(key.serialize_pem()),
        })
    }
}

impl fmt::Debug for DevelopmentCa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevelopmentCa")
            .field("name", &self.name())
            .field("key", &"***")
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ServerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerIdentity")
            .field("certificate_pem", &self.certificate_pem)
            .field("key_pem", &"***")
            .finish()
    }
}

/// All of the authority's certificate but its dates and serial number; a function of the key alone.
fn authority_params(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, authority_name(key));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            // RFC 5280 §4.2.1.10: a name permits itself and every name below it. A leading dot is not DNS syntax there.
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::V4([127, 0, 0, 1], [0xff; 4])),
            GeneralSubtree::IpAddress(CidrSubnet::V6(LOOPBACK_V6, [0xff; 16])),
        ],
        excluded_subtrees: Vec::new(),
    });
    params
}

fn authority_name(key: &KeyPair) -> String {
    let mark = base64url::encode(sha256(&key.subject_public_key_info()));
    format!("Doorward development CA {}", &mark[..8])
}

fn lasting(secs: i64, now: i64) -> Validity {
    Validity { from: now.saturating_sub(CLOCK_SLACK_SECS), until: now.saturating_add(secs) }
}

fn der_of(pem: &str) -> Option<Vec<u8>> {
    let body = pem.trim().strip_prefix("-----BEGIN CERTIFICATE-----")?;
    let body = body.strip_suffix("-----END CERTIFICATE-----")?;
    STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
}

const LOOPBACK_V6: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const DAY_SECS: i64 = 86_400;
/// Browsers on machines whose clock is a little behind should still accept a certificate made just now.
const CLOCK_SLACK_SECS: i64 = 3_600;
const AUTHORITY_LIFE_SECS: i64 = 3_650 * DAY_SECS;
/// With the slack below the 397 days that browsers accept.
const SERVER_LIFE_SECS: i64 = 396 * DAY_SECS;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_000_000;

    #[test]
    fn a_stored_authority_is_the_same_authority() {
        let ca = DevelopmentCa::create(NOW).unwrap();
        let again = DevelopmentCa::from_pem(ca.certificate_pem(), &ca.key_pem()).unwrap();
        assert_eq!(again.name(), ca.name());
        assert_eq!(again.certificate_pem(), ca.certificate_pem());
        let server = again.issue_localhost(NOW).unwrap();
        assert!(server.certificate_pem.starts_with("-----BEGIN CERTIFICATE-----"));
        assert!(!format!("{ca:?} {server:?}").contains("PRIVATE"));
    }

    #[test]
    fn only_names_below_localhost_are_vouched_for() {
        let ca = DevelopmentCa::create(NOW).unwrap();
        assert!(ca.issue_below_localhost(&["notes.localhost"], NOW).is_ok());
        for outside in ["example.org", "localhost.example.org", "evil-localhost", ""] {
            assert!(ca.issue_below_localhost(&[outside], NOW).is_err(), "{outside}");
        }
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        let (one, two) = (DevelopmentCa::create(NOW).unwrap(), DevelopmentCa::create(NOW).unwrap());
        let read = |certificate: &str, key: &str| DevelopmentCa::from_pem(certificate, key).unwrap_err();
        assert_eq!(read(one.certificate_pem(), &two.key_pem()), CaRefusal::Mismatch);
        assert_eq!(read("junk", &one.key_pem()), CaRefusal::Certificate);
        assert_eq!(read(one.certificate_pem(), "junk"), CaRefusal::Key);
        assert_ne!(one.name(), two.name());
    }
}

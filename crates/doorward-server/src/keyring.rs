//! The tenants' signing keys, parsed and ready: signing never parses a key (Settled 7), and key documents are ready
//! bytes (Settled 27).

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::claims::TokenPlan;
use doorward_core::model::{Instant, KeyId, KeyState, SigningAlgorithm, SigningKeyRecord, TenantId};
use doorward_crypto::certificate::Validity;
use doorward_crypto::{KeyCertificate, KeyFault, Sealer, SigningKey, digest, sign_jwt};
use doorward_token::ClaimSet;
use doorward_token::jose::{Algorithm, Header, JwkSet};

/// A certificate lives for two years; rotation usually ends a key long before.
const CERTIFICATE_SECS: i64 = 2 * 365 * 24 * 3600;

/// A freshly made key, as the store keeps it.
pub type KeyMaterial = SigningKeyRecord;

/// Makes a signing key for a tenant, sealed under the master key.
pub fn new_key(
    (tenant, algorithm): (TenantId, SigningAlgorithm),
    state: KeyState,
    sealer: &Sealer,
    now: Instant,
) -> Result<KeyMaterial, KeyFault> {
    let key = SigningKey::generate(jose(algorithm))?;
    let (certificate, until) = certificate_of(&key, tenant, now)?;
    let kid = KeyId::new(key.kid());
    let sealed = key.seal(sealer, &place(tenant, &kid))?;
    Ok(SigningKeyRecord {
        tenant,
        algorithm,
        state,
        public_jwk: serde_json::to_value(key.public_jwk_with(&certificate)).expect("a JWK always serialises"),
        sealed_private: URL_SAFE_NO_PAD.encode(sealed),
        kid,
        created_at: now,
        state_since: now,
        certificate_until: Some(until),
    })
}

fn certificate_of(
    key: &SigningKey,
    tenant: TenantId,
    now: Instant,
) -> Result<(KeyCertificate, Instant), KeyFault> {
    let validity = Validity { from: now.seconds() - 300, until: now.seconds() + CERTIFICATE_SECS };
    let certificate = KeyCertificate::self_signed(key, &format!("Doorward {tenant}"), validity)?;
    Ok((certificate, Instant::from_seconds(validity.until)))
}

/// The same key with a new certificate.
pub(crate) fn renewed(
    record: &SigningKeyRecord,
    sealer: &Sealer,
    now: Instant,
) -> Result<SigningKeyRecord, MintFault> {
    let key = private_of(record, sealer)?;
    let (certificate, until) = certificate_of(&key, record.tenant, now)?;
    let jwk = key.public_jwk_with(&certificate);
    Ok(SigningKeyRecord {
        public_jwk: serde_json::to_value(jwk).expect("a JWK always serialises"),
        certificate_until: Some(until),
        ..record.clone()
    })
}

/// The key sealed anew, where it was sealed under an older key than the sealer's current one.
pub(crate) fn resealed(
    record: &SigningKeyRecord,
    sealer: &Sealer,
) -> Result<Option<SigningKeyRecord>, MintFault> {
    let sealed = sealed_of(record)?;
    if !sealer.is_stale(&sealed) {
        return Ok(None);
    }
    let place = place(record.tenant, &record.kid);
    let plain = sealer.open(&sealed, &place).map_err(KeyFault::Sealed)?;
    let sealed_private = URL_SAFE_NO_PAD.encode(sealer.seal(&plain, &place));
    Ok(Some(SigningKeyRecord { sealed_private, ..record.clone() }))
}

fn private_of(record: &SigningKeyRecord, sealer: &Sealer) -> Result<SigningKey, MintFault> {
    let place = place(record.tenant, &record.kid);
    Ok(SigningKey::unseal(jose(record.algorithm), &sealed_of(record)?, sealer, &place)?)
}

fn sealed_of(record: &SigningKeyRecord) -> Result<Vec<u8>, MintFault> {
    let corrupt = |_| MintFault::Corrupt(record.kid.clone());
    URL_SAFE_NO_PAD.decode(&record.sealed_private).map_err(corrupt)
}

fn place(tenant: TenantId, kid: &KeyId) -> Vec<u8> {
    format!("{tenant}/keys/{kid}").into_bytes()
}

fn jose(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::EdDsa => Algorithm::EdDSA,
        SigningAlgorithm::Es256 => Algorithm::ES256,
        SigningAlgorithm::Rs256 => Algorithm::RS256,
    }
}

/// Why a token could not be signed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MintFault {
    /// The tenant has no active key of that algorithm.
    #[error("tenant {0} has no active {1} key")]
    NoKey(TenantId, &'static str),
    /// A key cannot be opened or used.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// A sealed key is not base64url.
    #[error("the sealed key {0} is corrupt")]
    Corrupt(KeyId),
    /// A public key does not parse.
    #[error("the published keys of tenant {0} are corrupt: {1}")]
    Public(TenantId, String),
}

/// One tenant's keys as of some records.
pub(crate) struct TenantKeys {
    records: Vec<SigningKeyRecord>,
    signing: HashMap<SigningAlgorithm, SigningKey>,
    /// For verifying our own tokens.
    pub(crate) public: JwkSet,
    /// The document of the keys endpoint.
    pub(crate) document: Bytes,
}

impl TenantKeys {
    fn new(tenant: TenantId, records: &[SigningKeyRecord], sealer: &Sealer) -> Result<Self, MintFault> {
        let mut signing = HashMap::new();
        for record in records.iter().filter(|record| record.state == KeyState::Active) {
            signing.insert(record.algorithm, private_of(record, sealer)?);
        }
        let mut published: Vec<&SigningKeyRecord> = records.iter().collect();
        published.sort_by_key(|record| (rank(record.state), rank_of(record.algorithm)));
        let keys: Vec<&serde_json::Value> = published.iter().map(|record| &record.public_jwk).collect();
        let document = serde_json::to_vec(&serde_json::json!({ "keys": keys })).expect("JSON serialises");
        let public =
            JwkSet::parse(&document).map_err(|fault| MintFault::Public(tenant, fault.to_string()))?;
        Ok(Self { records: records.to_vec(), signing, public, document: document.into() })
    }

    /// The key that signs for the tenant itself: the first active one in the order of the key document.
    fn own(&self, tenant: TenantId) -> Result<&SigningKey, MintFault> {
        let active = self.records.iter().filter(|record| record.state == KeyState::Active);
        active
            .min_by_key(|record| rank_of(record.algorithm))
            .and_then(|record| self.signing.get(&record.algorithm))
            .ok_or(MintFault::NoKey(tenant, "signing"))
    }

    /// The key id of [`TenantKeys::sign`].
    pub(crate) fn kid(&self, tenant: TenantId) -> Result<&str, MintFault> {
        Ok(self.own(tenant)?.kid())
    }

    /// Signs a document of the tenant itself, and says with which key.
    pub(crate) fn sign(
        &self,
        tenant: TenantId,
        typ: &str,
        claims: &ClaimSet,
    ) -> Result<(&str, String), MintFault> {
        let key = self.own(tenant)?;
        let mut header = Header::for_signing(key.algorithm(), key.kid());
        header.typ = Some(typ.to_owned());
        Ok((key.kid(), sign_jwt(key, &header, claims)?))
    }

    /// Signs the plans in order; a later plan may carry the hash of an earlier token.
    pub(crate) fn mint(&self, plans: &[TokenPlan]) -> Result<Vec<String>, MintFault> {
        let mut tokens: Vec<String> = Vec::with_capacity(plans.len());
        for plan in plans {
            let key = self
                .signing
                .get(&plan.algorithm)
                .ok_or(MintFault::NoKey(plan.tenant, plan.algorithm.as_str()))?;
            let mut header = Header::for_signing(key.algorithm(), key.kid());
            header.typ = Some(plan.typ.clone());
            let token = match plan.at_hash_of.and_then(|index| tokens.get(index)) {
                None => sign_jwt(key, &header, &plan.claims)?,
                Some(access) => {
                    let mut claims = plan.claims.clone();
                    claims.insert("at_hash", digest::at_hash(key.algorithm(), access));
                    sign_jwt(key, &header, &claims)?
                }
            };
            tokens.push(token);
        }
        Ok(tokens)
    }
}

/// Active keys first, then the ones to come, then the old ones.
fn rank(state: KeyState) -> u8 {
    match state {
        KeyState::Active => 0,
        KeyState::Upcoming => 1,
        KeyState::Retiring => 2,
    }
}

/// RS256 first: some verifiers look at the first key only.
fn rank_of(algorithm: SigningAlgorithm) -> u8 {
    match algorithm {
        SigningAlgorithm::Rs256 => 0,
        SigningAlgorithm::Es256 => 1,
        SigningAlgorithm::EdDsa => 2,
    }
}

/// The parsed keys of every tenant that was used, each with the age of the cache at which they were right.
#[derive(Default)]
pub(crate) struct KeyRings(RwLock<HashMap<TenantId, Ring>>);

struct Ring {
    age: Option<u64>,
    keys: Arc<TenantKeys>,
}

impl KeyRings {
    /// The keys, if no configuration changed since they were parsed.
    pub(crate) fn as_of(&self, tenant: TenantId, age: u64) -> Option<Arc<TenantKeys>> {
        let rings = self.0.read().unwrap_or_else(PoisonError::into_inner);
        rings.get(&tenant).filter(|ring| ring.age == Some(age)).map(|ring| Arc::clone(&ring.keys))
    }

    /// The keys that these records describe, read at that age; parsed only when the records changed.
    pub(crate) fn of(
        &self,
        (tenant, age): (TenantId, Option<u64>),
        records: &[SigningKeyRecord],
        sealer: &Sealer,
    ) -> Result<Arc<TenantKeys>, MintFault> {
        let mut rings = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(ring) = rings.get_mut(&tenant).filter(|ring| ring.keys.records == records) {
            ring.age = age;
            return Ok(Arc::clone(&ring.keys));
        }
        let keys = Arc::new(TenantKeys::new(tenant, records, sealer)?);
        rings.insert(tenant, Ring { age, keys: Arc::clone(&keys) });
        Ok(keys)
    }
}

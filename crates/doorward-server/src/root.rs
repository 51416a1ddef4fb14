//! The installation's root secret, and what is derived from it.
//!
//! The root is 32 random bytes, stored sealed under the master key. Everything else at rest is sealed under a key derived
//! from the root, so that changing the master key rewrites this one record and nothing else; what an earlier version
//! sealed under the master key itself still opens, and is sealed anew by the first round of the key job.
//! Implements the core's [`Vault`] port on the crypto crate.
//!
//! Changing the master key ([`Root::rotate`]) has two steps, and a crash after any of them leaves an installation that
//! opens: first the record holds the root twice, under the old key and under the new one, and both open it; then the
//! first start with the new key drops the old sealing, and from there on the old key opens nothing.

use doorward_core::model::{Digest, TenantId};
use doorward_core::port::Vault;
use doorward_crypto::{AwsLcVerifier, MasterKey, OpenRefusal, Sealer, SecretKey, digest, random, wrap};
use doorward_store::{Store, StoreFault};
use doorward_token::jose::{Algorithm, Jwk};
use doorward_token::verify::SignatureCheck as _;
use zeroize::Zeroizing;

const RECORD: &str = "root_secret";
const PLACE: &[u8] = b"installation/records/root_secret";
/// First byte of a record that holds two sealings; one sealing begins with the format byte 1 of the crypto crate.
const TWO_SEALINGS: u8 = 2;

/// Everything that is derived from the root secret.
pub struct Root {
    secret: SecretKey,
    material: Zeroizing<Vec<u8>>,
    /// Seals values at rest.
    pub(crate) at_rest: Sealer,
    /// Seals what travels through the browser.
    pub(crate) in_flight: Sealer,
    /// Checks signatures of clients, with their parsed keys kept.
    signatures: AwsLcVerifier,
}

/// Why the root secret is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum RootFault {
    /// The master key is another than the one that sealed it.
    #[error("the master key does not open this installation: {0}")]
    WrongMasterKey(#[from] OpenRefusal),
    /// The record changed while it was being sealed anew.
    #[error("the master key was changed by somebody else at the same moment")]
    ChangedMeanwhile,
    /// The new key is the one that is in use.
    #[error("the new master key is the one that is in use")]
    SameKey,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreFault),
}

/// The root secret as the store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Record<'r> {
    /// Under one master key.
    One(&'r [u8]),
    /// Under the new master key, then under the old one.
    Two(&'r [u8], &'r [u8]),
}

impl<'r> Record<'r> {
    fn parse(bytes: &'r [u8]) -> Self {
        let two = || {
            let rest = bytes.strip_prefix(&[TWO_SEALINGS])?;
            let (length, rest) = rest.split_at_checked(2)?;
            let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
            let (new, old) = rest.split_at_checked(length)?;
            Some(Self::Two(new, old))
        };
        two().unwrap_or(Self::One(bytes))
    }

    fn write_two(new: &[u8], old: &[u8]) -> Vec<u8> {
        let length = u16::try_from(new.len()).expect("a sealed root has 65 bytes");
        [&[TWO_SEALINGS], length.to_be_bytes().as_slice(), new, old].concat()
    }

    /// The sealing that this master key opens, and the root in it.
    fn open(&self, sealer: &Sealer) -> Result<(&'r [u8], Zeroizing<Vec<u8>>), OpenRefusal> {
        match *self {
            Self::One(sealed) => Ok((sealed, sealer.open(sealed, PLACE)?)),
            Self::Two(new, old) => match sealer.open(new, PLACE) {
                Ok(root) => Ok((new, root)),
                Err(_) => Ok((old, sealer.open(old, PLACE)?)),
            },
        }
    }
}

impl Root {
    /// Opens the root secret, or makes it on the first start; of several nodes the first wins. Where the master key was
    /// changed and this is the new one, the old one opens nothing from here on.
    pub async fn open(store: &dyn Store, master: &MasterKey) -> Result<Self, RootFault> {
        let sealer = Sealer::new(master);
        let stored = match store.record(RECORD).await? {
            Some(stored) => stored,
            None => store.put_record_once(RECORD, sealer.seal(&random::<32>(), PLACE)).await?,
        };
        let record = Record::parse(&stored);
        let (opened, root) = record.open(&sealer)?;
        if let Record::Two(new, _) = record
            && opened == new
        {
            // Another node may have done it: then there is nothing left to do.
            if store.replace_record(RECORD, &stored, new.to_vec()).await? {
                tracing::info!("the new master key is in use; the old one opens nothing any more");
            }
        }
        let secret = SecretKey::from_material(&root, "doorward root");
        let in_flight = Sealer::from_key(&secret.derive("in flight"));
        let at_rest = Sealer::from_key(&secret.derive("at rest")).with_older(master);
        Ok(Self { secret, material: root, at_rest, in_flight, signatures: AwsLcVerifier::default() })
    }

    /// Seals the root under a new master key too; one write, after which the old and the new key both open it. What is
    /// still sealed under the master key itself must have been sealed anew before.
    pub async fn rotate(&self, store: &dyn Store, new: &MasterKey) -> Result<(), RootFault> {
        let sealer = Sealer::new(new);
        let stored = store.record(RECORD).await?.ok_or(RootFault::ChangedMeanwhile)?;
        let old = match Record::parse(&stored) {
            Record::One(sealed) if sealer.open(sealed, PLACE).is_ok() => return Err(RootFault::SameKey),
            // An earlier change that nobody has used yet: its key never counts.
            Record::One(sealed) | Record::Two(_, sealed) => sealed,
        };
        let both = Record::write_two(&sealer.seal(&self.material, PLACE), old);
        if store.replace_record(RECORD, &stored, both).await? {
            Ok(())
        } else {
            Err(RootFault::ChangedMeanwhile)
        }
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Root(***)")
    }
}

impl Vault for Root {
    fn digest(&self, bytes: &[u8]) -> Digest {
        Digest::new(digest::sha256(bytes))
    }

    fn mac(&self, tenant: TenantId, label: &'static str, bytes: &[u8]) -> [u8; 32] {
        let key = self.secret.derive(&format!("tenant {tenant} {label}"));
        digest::hmac_sha256(key.as_bytes(), bytes)
    }

    fn seal(&self, secret: &[u8], nonce: [u8; 12], plain: &[u8]) -> Vec<u8> {
        wrap::wrap(&SecretKey::from_material(secret, "refresh successor"), nonce, plain)
    }

    fn open(&self, secret: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        wrap::unwrap(&SecretKey::from_material(secret, "refresh successor"), sealed)
    }

    fn verifies(&self, algorithm: Algorithm, key: &Jwk, message: &[u8], signature: &[u8]) -> bool {
        self.signatures.verify(algorithm, key, message, signature)
    }
}

#[cfg(test)]
mod tests;
